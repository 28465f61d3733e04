//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{Kind, Listed, Parameter};
use crate::studies::relatives::SETS;
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "progress",
    label: "Quality against training",
    question: "How many training steps does a good sample take, does learning the turn get there sooner, and which noise levels suit a network that is badly trained?",
    help: "Networks learn the velocity and the turn on one data set, each from its own seed, and are sampled now and then within the same few evaluations. \
           Every sampler runs on the same networks from the same noise, so what sets two curves apart is the sampler alone. The turn’s head never changes the \
           velocity (its gradient stops at the features that it reads): the curves without a turn are those of the simple objective. The control of a learned turn is the \
           same sampler with the slope of its last two evaluations.\n\n\
           The first picture counts training steps, and evaluations alike. The second counts time: the head’s multiplications make a training step and an evaluation \
           longer, so samplers without a turn take as many more evaluations as fit, and their networks have had fewer multiplications at the same step. ± is \
           one standard error over networks.\n\n\
           With several kinds of noise levels the same study asks which suit a bad score. The theory of 2406.12839 has EDM’s polynomial levels ahead while the score’s \
           error is large, and log-linear ones once it is small and the steps’ own error counts.",
    source: "2306.09251, 2406.12839",
    needs: Needs::Nothing,
    parameters: &[
        Parameter { key: "set", label: "Data", help: "", kind: Kind::Choice { default: "two_moons", options: SETS } },
        Parameter {
            key: "steps",
            label: "Training steps",
            help: "Of each network, on 256 points each; measured at a thirty-second of it, a sixteenth, and so on.",
            kind: Kind::Integer { default: 960, min: 32, max: 20_000 },
        },
        Parameter {
            key: "networks",
            label: "Networks",
            help: "Trained from seeds of their own.",
            kind: Kind::Integer { default: 3, min: 2, max: 10 },
        },
        Parameter {
            key: "width",
            label: "Width of the networks",
            help: "Units in each of three hidden layers.",
            kind: Kind::Integer { default: 64, min: 16, max: 256 },
        },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Compared on the same networks and noise.",
            kind: Kind::Names { default: &["ddim", "unipc", "curved_pc_history", "curved_pc"], of: Listed::Samplers },
        },
        Parameter {
            key: "grids",
            label: "Noise levels",
            help: "Every sampler runs on each of these, down to the same last level where they can choose it.",
            kind: Kind::Names { default: &["log_linear"], of: Listed::Grids },
        },
        Parameter {
            key: "sigma_max",
            label: "First noise level",
            help: "Of grids that can choose it.",
            kind: Kind::Number { default: 5.0, min: 1.0, max: 200.0, log: true },
        },
        Parameter {
            key: "sigma_min",
            label: "Last noise level",
            help: "Of grids that can choose it.",
            kind: Kind::Number { default: 0.02, min: 0.001, max: 0.5, log: true },
        },
        Parameter {
            key: "evaluations",
            label: "Network evaluations",
            help: "Of each sampler.",
            kind: Kind::Integer { default: 4, min: 1, max: 100 },
        },
        Parameter {
            key: "points",
            label: "Samples",
            help: "That a distance is measured on.",
            kind: Kind::Integer { default: 2000, min: 200, max: 10_000 },
        },
        seed("Of the first network; of the noise too."),
    ],
    presets: &[
        Preset {
            label: "Simple and accelerated",
            help: "Four evaluations: does the learned turn ever leave its control behind, and at what cost?",
            values: "{}",
        },
        Preset {
            label: "Five networks, three evaluations",
            help: "At three evaluations there is hardly a history, and a learned turn has most to say.",
            values: r#"{"networks": 5, "evaluations": 3}"#,
        },
        Preset {
            label: "Levels for a bad score",
            help: "DDIM on five kinds of noise levels while the network learns: does the best kind change as the score gets better?",
            values: r#"{"samplers": ["ddim"], "grids": ["log_linear", "edm", "ou_quadratic", "ou_uniform", "vp_sde"], "sigma_max": 40, "sigma_min": 0.01, "evaluations": 30}"#,
        },
        Preset {
            label: "Gaps between clusters",
            help: "The first picture for eight Gaussians.",
            values: r#"{"set": "eight_gaussians"}"#,
        },
    ],
};

/// `rows` are the samplers and, last, the data itself.
pub(super) fn outline(rows: &[String], set: &str, evaluations: usize, timed: bool) -> Outline {
    let energy = || Column::number("error", "Energy distance").uncertain("uncertainty");
    let table = |key, caption: String, x, unit| Table {
        key,
        caption,
        columns: vec![
            Column::names("row", "Sampler", rows.to_vec()),
            Column::number(x, unit),
            Column::number("spent", "Network evaluations"),
            energy(),
            Column::error("uncertainty"),
            Column::number("floor", "Mean of parts of the training data").line(Line::Theory),
        ],
        keys: 2,
    };
    let how = "± is one standard error over networks";
    let lines = |title: String, table, x| View::Lines {
        title,
        table,
        x,
        y: vec!["error", "floor"],
        by: Some("row"),
        log: (true, true),
        slopes: None,
    };
    let mut tables = vec![table(
        "steps",
        format!("Energy distance of samples of “{set}” within {evaluations} evaluations, by training step; {how}"),
        "step",
        "Training steps",
    )];
    let mut views = vec![lines(format!("Within {evaluations} evaluations, by training steps"), "steps", "step")];
    if timed {
        tables.push(table(
            "time",
            format!("The same within the time of {evaluations} evaluations with a turn, by multiplications of the training; {how}"),
            "cost",
            "Training, in steps of the velocity alone",
        ));
        views.push(lines("Within equal time, by training time".into(), "time", "cost"));
    }
    Outline { tables, views }
}
