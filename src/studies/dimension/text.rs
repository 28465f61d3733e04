//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{Kind, Listed, Named, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "dimension",
    label: "Dimension against steps",
    question: "How many more steps do more coordinates take?",
    help: "The data has d independent coordinates, each with the same distribution. A sampler then treats each coordinate alone, so its \
           distribution on the line tells that in any dimension: the density’s ratio is a product, and the total variation a mean over it, taken here over \
           points drawn from what the sampler makes. The Kullback-Leibler divergence of the whole is exactly d times that of one coordinate, and the \
           dashed line is the bound that it gives (Pinsker).\n\n\
           Errors of independent coordinates add up like chance: the total variation grows as √d until it is near 1. So a sampler of order p needs steps in \
           proportion to d to the power 1/(2p): a fourfold dimension takes twice the steps of the plain sampler, and 1.4 times those of a second-order one. \
           The theorems’ bounds hold for all data, dependent coordinates among them, and are larger: in proportion to d for the plain deterministic sampler (2408.02320). \
           Products are an easy case, and this study says nothing of harder ones.",
    source: "2306.09251, 2408.02320; own (products)",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "target",
            label: "Each coordinate",
            help: "",
            kind: Kind::Choice { default: "line", options: TARGETS },
        },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Those that draw no noise and treat each coordinate alone.",
            kind: Kind::Names { default: &["li_plain", "ddim", "dpmpp_2m", "li_accel"], of: Listed::Samplers },
        },
        Parameter {
            key: "steps",
            label: "Steps",
            help: "Of the picture over the dimension; no more than the search allows.",
            kind: Kind::Integer { default: 64, min: 4, max: 512 },
        },
        Parameter {
            key: "most",
            label: "Most steps",
            help: "The search for enough steps ends here.",
            kind: Kind::Integer { default: 512, min: 16, max: 1000 },
        },
        Parameter {
            key: "accuracy",
            label: "Enough is",
            help: "The total variation that must be reached.",
            kind: Kind::Number { default: 0.05, min: 0.001, max: 0.5, log: true },
        },
        Parameter {
            key: "points",
            label: "Points",
            help: "That a total variation is a mean over.",
            kind: Kind::Integer { default: 10_000, min: 500, max: 100_000 },
        },
        seed("Draws the points."),
    ],
    presets: &[
        Preset {
            label: "One to 64 coordinates",
            help: "How much steeper is the plain sampler’s need of steps than the accelerated one’s?",
            values: "{}",
        },
        Preset {
            label: "Gaussian coordinates",
            help: "One round Gaussian in d dimensions, where all is known.",
            values: r#"{"target": "gaussian"}"#,
        },
        Preset {
            label: "Multistep and curved samplers",
            help: "Orders 2 and 3 with the exact turn, and without it.",
            values: r#"{"samplers": ["pndm_plms", "unipc", "taylor2_log", "curved_pc", "curved_pc_history"]}"#,
        },
    ],
};

pub(in crate::studies) const TARGETS: &[Named] = &[
    Named {
        value: "line",
        label: "Three Gaussians",
        help: "Of different weights and widths: 3 to the power d modes in all.",
    },
    Named { value: "gaussian", label: "One Gaussian", help: "Of width one half." },
];

/// Parts of the points, whose curves tell how certain the steps are that a whole curve needs.
pub(super) const PARTS: usize = 8;
/// Dimensions measured.
pub(super) const DIMENSIONS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// Those with a curve over steps.
pub(super) const DRAWN: [usize; 3] = [1, 8, 64];

pub(super) fn outline(samplers: &[String], steps: usize, accuracy: f64) -> Outline {
    let by = || Column::names("sampler", "Sampler", samplers.to_vec());
    let curves = samplers.iter().flat_map(|sampler| DRAWN.map(|d| format!("{sampler}, d = {d}"))).collect();
    let variation = || Column::number("error", "Total variation").uncertain("uncertainty");
    let dimension = || Column::number("dimension", "Dimension d");
    let dimensions = Table {
        key: "dimensions",
        caption: format!("Total variation after {steps} steps by dimension; ± is one standard error over points"),
        columns: vec![
            by(),
            dimension(),
            variation(),
            Column::error("uncertainty"),
            Column::number("bound", "Bound √(d KL / 2)").line(Line::Theory),
        ],
        keys: 2,
    };
    let needed = Table {
        key: "needed",
        caption: format!(
            "Steps after which the total variation is {accuracy}, between those measured by a power law; ± is one standard error over \
             {PARTS} parts of the points"
        ),
        columns: vec![
            by(),
            dimension(),
            Column::number("steps", "Steps").uncertain("steps_error"),
            Column::error("steps_error"),
        ],
        keys: 2,
    };
    let slopes = Table {
        key: "slopes",
        caption: "Slopes of the steps needed over the dimension, and one over twice the sampler’s order".into(),
        columns: vec![
            by(),
            Column::number("slope", "Slope").uncertain("slope_error"),
            Column::error("slope_error"),
            Column::number("theory", "Theory").line(Line::Theory),
        ],
        keys: 1,
    };
    let errors = Table {
        key: "errors",
        caption: "Total variation by steps; ± is one standard error over points".into(),
        columns: vec![
            Column::names("curve", "Sampler and dimension", curves),
            Column::number("steps", "Steps"),
            variation(),
            Column::error("uncertainty"),
        ],
        keys: 2,
    };
    let lines = |title: String, table, x, y, by, slopes| View::Lines {
        title,
        table,
        x,
        y,
        by: Some(by),
        log: (true, true),
        slopes,
    };
    let views = vec![
        lines(
            format!("Steps to a total variation of {accuracy}"),
            "needed",
            "dimension",
            vec!["steps"],
            "sampler",
            Some("slopes"),
        ),
        lines(
            format!("Total variation after {steps} steps"),
            "dimensions",
            "dimension",
            vec!["error", "bound"],
            "sampler",
            None,
        ),
        lines("Total variation against steps".into(), "errors", "steps", vec!["error"], "curve", None),
    ];
    Outline { tables: vec![needed, slopes, dimensions, errors], views }
}
