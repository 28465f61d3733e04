//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{Kind, Listed, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View};

pub(in crate::studies) const INFO: Info = Info {
    value: "bound",
    label: "The bound and the error",
    question: "How much larger is what theorems promise than what a stochastic sampler errs by, and do both prefer the same noise levels?",
    help: "Theorems on the reverse SDE bound the divergence of samples from data by Girsanov’s theorem: the divergence of whole paths, which is at least that of their ends, is a sum of three parts. \
           Initialisation: the run starts from pure noise. Discretisation: the score is held over each step while the exact one goes on. Score: its own mean square error, times the length of the process. \
           On the line all three are computed exactly here, without constants or inequalities: along the reverse process the exact score is a martingale, so that no parts mix, and its mean square growth is known by the entropy of the noisy data. \
           The sampler is Euler and Maruyama’s in σ² (Li et al., stochastic); the distribution that it makes is propagated without sampling error.\n\n\
           The first picture has the Kullback-Leibler divergence at the last level, and dashed its bound. The bound’s discretisation falls as one over the number of steps, and the divergence itself as its square: what the steps’ errors do to a path mostly cancels in where it ends. \
           The second picture has the bound’s discretisation for each kind of noise levels. EDM’s polynomial has the exponent 7.",
    source: "2209.11215 (Girsanov); exact form own",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "grids",
            label: "Noise levels",
            help: "All from the first to the last level, where they can choose them.",
            kind: Kind::Names { default: &["log_linear", "edm", "ou_quadratic"], of: Listed::Grids },
        },
        Parameter {
            key: "budgets",
            label: "Steps",
            help: "One point of each curve.",
            kind: Kind::Counts { default: &[16, 32, 64, 128], min: 8, max: 512 },
        },
        Parameter {
            key: "sigma_max",
            label: "First noise level",
            help: "Of grids that can choose it.",
            kind: Kind::Number { default: 10.0, min: 1.0, max: 100.0, log: true },
        },
        Parameter {
            key: "sigma_min",
            label: "Last noise level",
            help: "Where samples are compared with the data with as much noise.",
            kind: Kind::Number { default: 0.1, min: 0.05, max: 0.5, log: true },
        },
        Parameter {
            key: "error",
            label: "Error of the score",
            help: "Root mean square, the same everywhere; every grid is run without it too.",
            kind: Kind::Number { default: 0.1, min: 0.001, max: 2.0, log: true },
        },
    ],
    presets: &[
        Preset {
            label: "Three kinds of levels",
            help: "The bound ranks the levels: does the error rank them alike?",
            values: "{}",
        },
        Preset {
            label: "A bad score",
            help: "An error of one: how much is there left for the levels to decide?",
            values: r#"{"error": 1}"#,
        },
    ],
};

/// `curves` are grids without and with an error of the score, `grids` the grids alone.
pub(super) fn outline(curves: Vec<String>, grids: Vec<String>) -> Outline {
    let nats = |key, label: &str| Column::number(key, label).unit("nats");
    let errors = Table {
        key: "errors",
        caption:
            "Kullback-Leibler divergence of samples at the last noise level, and its bound, both without sampling error"
                .into(),
        columns: vec![
            Column::names("curve", "Noise levels and score", curves),
            Column::number("steps", "Steps"),
            nats("divergence", "Divergence"),
            nats("bound", "Bound").line(Line::Theory),
            Column::number("variation", "Total variation"),
            Column::number("pinsker", "Its bound, √(bound / 2)").line(Line::Theory),
        ],
        keys: 2,
    };
    let parts = Table {
        key: "parts",
        caption: "Parts of the bound".into(),
        columns: vec![
            Column::names("grid", "Noise levels", grids),
            Column::number("steps", "Steps"),
            nats("discretisation", "Discretisation"),
            nats("initialisation", "Initialisation"),
            nats("score", "Score, with its error"),
        ],
        keys: 2,
    };
    let lines = |title: &str, table, y, by| View::Lines {
        title: title.into(),
        table,
        x: "steps",
        y,
        by: Some(by),
        log: (true, true),
        slopes: None,
    };
    let views = vec![
        lines("Divergence and bound against steps", "errors", vec!["divergence", "bound"], "curve"),
        lines("The bound’s discretisation", "parts", vec!["discretisation"], "grid"),
        lines("Total variation and its bound", "errors", vec!["variation", "pinsker"], "curve"),
    ];
    Outline { tables: vec![errors, parts], views }
}
