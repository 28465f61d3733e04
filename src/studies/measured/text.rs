//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{Kind, Listed, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "measured",
    label: "Sampling with a measurement",
    question: "If something about a point is known, does replacing it on the way find the right distribution of the rest?",
    help: "A measurement tells one number about each point, its coordinate along some direction, and the sampler is to draw points that agree. Inpainting does so by replacement: \
           before each evaluation the known part gets its true value with fresh noise of the level, and after it the known value. Any denoiser can be wrapped so, \
           for any linear measurement, as in compressed sensing. But it is no exact posterior: the unknown part is not conditioned on the noise that was put in.\n\n\
           For eight Gaussians the exact posterior is a mixture again, with a denoiser of its own, so here both can be run on the same noise and measured against exact draws. \
           What lies between the two curves of a sampler is the price of replacement.",
    source: "2011.13456 sec I.2; the problem is that of 2201.09865; the exact posterior is Gaussian conditioning",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "angle",
            label: "Direction",
            help: "In degrees from the first axis.",
            kind: Kind::Number { default: 20.0, min: 0.0, max: 180.0, log: false },
        },
        Parameter {
            key: "value",
            label: "Measured value",
            help: "The coordinate along it; the ring has the radius 1.3.",
            kind: Kind::Number { default: 0.6, min: -1.5, max: 1.5, log: false },
        },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Each runs both ways.",
            kind: Kind::Names { default: &["ddim", "dpmpp_2m", "ddpm"], of: Listed::Samplers },
        },
        Parameter {
            key: "budgets",
            label: "Network evaluations",
            help: "One point of each curve.",
            kind: Kind::Counts { default: &[4, 8, 16, 32, 64, 128], min: 1, max: 1000 },
        },
        Parameter {
            key: "points",
            label: "Points",
            help: "In each of four draws of noise.",
            kind: Kind::Integer { default: 1000, min: 100, max: 10_000 },
        },
        seed("Draws the noise."),
    ],
    presets: &[
        Preset {
            label: "A line through the ring",
            help: "The line crosses the ring at two places, one nearer to a mode than the other: does replacement find how often each is right?",
            values: "{}",
        },
        Preset {
            label: "By symmetry",
            help: "Measured along an axis of symmetry, both places are equally likely, and replacement has less to get wrong.",
            values: r#"{"angle": 0, "value": 0.9}"#,
        },
        Preset { label: "Outside", help: "A value beyond the ring: one place is left.", values: r#"{"value": 1.4}"# },
    ],
};

pub(super) fn outline(rows: Vec<String>) -> Outline {
    let errors = Table {
        key: "errors",
        caption: "Energy distance to exact draws of the posterior; ± is one standard error over draws of noise".into(),
        columns: vec![
            Column::names("row", "Sampler", rows),
            Column::number("evaluations", "Network evaluations"),
            Column::number("error", "Energy distance").uncertain("uncertainty"),
            Column::error("uncertainty"),
            Column::number("floor", "Mean of exact draws, and two standard errors").line(Line::Theory),
        ],
        keys: 2,
    };
    let lines = View::Lines {
        title: "Distance from the exact posterior".into(),
        table: "errors",
        x: "evaluations",
        y: vec!["error", "floor"],
        by: Some("row"),
        log: (true, true),
        slopes: None,
    };
    Outline { tables: vec![errors], views: vec![lines] }
}
