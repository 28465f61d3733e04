//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{Kind, Named, Parameter};
use crate::studies::common::seeds::uncertainty;
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed, seeds};

pub(in crate::studies) const INFO: Info = Info {
    value: "turn",
    label: "Learning to turn",
    question: "Can a network learn how its own path bends, and at which noise levels may a sampler trust it?",
    help: "Along its path the network’s noise changes, by c = d ε̂ / d ln σ: the turn. A second head learns c from single noisy samples, whose mean is c. \
           One such sample is mostly chance. Any number κ that depends on the noisy point alone may be put into it without changing the mean, \
           so κ should be what calms the sample most: the control variate. The noise-to-signal ratio shows what a good κ is worth; \
           a ratio twice as high needs four times as many samples to average. Training averages too, by small steps and over its last weights: the two \
           heads differ most early on and in many coordinates, and end near each other, where what is left is what a head \
           of this size has not learned yet. The target of 2306.09251, y*, holds the same knowledge plus a known term. A printed form of it leaves out one factor: its mean \
           is not the turn at little noise, and the study shows by how much.\n\n\
           The head’s relative error is measured twice: against the change of the network’s own noise along its own path, which is what a sampler \
           wants to know, and against the exact turn, where the data’s distribution is known. A head that is always zero has the \
           relative error 1: where it is below, the turn helps, and it may be trusted; above, it harms.",
    source: "own; after 2306.09251; 2210.05475 (the slope of a network’s own path)",
    needs: Needs::Target,
    parameters: &[
        Parameter {
            key: "target",
            label: "Networks",
            help: "",
            kind: Kind::Choice { default: "fresh", options: TARGETS },
        },
        Parameter {
            key: "steps",
            label: "Training steps",
            help: "Of each fresh network.",
            kind: Kind::Integer { default: 1000, min: 20, max: 20_000 },
        },
        Parameter {
            key: "dimension",
            label: "Coordinates",
            help: "Of the fresh networks’ data: eight Gaussians in the plane of the first two, in all others one of width 1.",
            kind: Kind::Integer { default: 2, min: 2, max: 16 },
        },
        Parameter {
            key: "width",
            label: "Width",
            help: "Units of each hidden layer of the fresh networks.",
            kind: Kind::Integer { default: 64, min: 16, max: 256 },
        },
        Parameter {
            key: "count",
            label: "Points",
            help: "Held-out points at each noise level; of images, a sixteenth of that.",
            kind: Kind::Integer { default: 2000, min: 64, max: 4000 },
        },
        seeds("Of the fresh networks: each pair has points, first weights and noise of its own."),
        seed("Of the networks and of the noise."),
    ],
    presets: &[
        Preset {
            label: "With and without a control variate",
            help: "Two networks that differ in κ alone learn the turn of eight Gaussians: watch their errors part.",
            values: "{}",
        },
        Preset {
            label: "Sixteen coordinates",
            help: "The noise of the target grows with the dimension: without a control variate the head learns later.",
            values: r#"{"dimension": 16, "steps": 1000}"#,
        },
        Preset {
            label: "The trained model",
            help: "Where may a sampler trust the head of the stage’s network?",
            values: r#"{"target": "model"}"#,
        },
    ],
};

pub(in crate::studies) const TARGETS: &[Named] = &[
    Named {
        value: "fresh",
        label: "Two fresh networks",
        help: "Trained here on eight Gaussians from one seed, with and without a control variate.",
    },
    Named { value: "model", label: "The trained model", help: "The stage’s network on the stage’s data." },
];

/// Targets, those of which more must be known than a network tells last.
pub(super) const TARGET_FORMS: [&str; 8] = [
    "κ = 0",
    "κ = d",
    "κ = |ε̂|²",
    "κ = |ε̂|² + the level’s mean of |ε|² − |ε̂|² (as trained)",
    "y*, normalised",
    "y*, as printed",
    "κ = E[|ε|² given the point], exact",
    "y*, as printed: the error of its mean alone",
];
/// How many of them need no exact distribution: a network's noise is enough.
pub(super) const KNOWN_TO_NETWORK: usize = 6;

/// Levels whose errors a single number sums up.
pub(super) const MIDDLE: (f64, f64) = (0.05, 5.0);

/// `seeds` is none where nothing is trained.
pub(super) fn outline(names: Vec<String>, exact: bool, seeds: Option<usize>) -> Outline {
    let by = || Column::names("network", "Network", names.clone());
    let sigma = || Column::number("sigma", "Noise level σ");
    let pair = |key, label: &str, error| [Column::number(key, label).uncertain(error), Column::error(error)];
    let mut head = vec![by(), sigma()];
    head.extend(pair("own", "Relative error, against the change along its own path", "own_error"));
    let mut size = vec![by(), sigma()];
    size.extend(pair("learned", "Output of the second head", "learned_error"));
    size.extend(pair("change", "Change of its own noise along its own path", "change_error"));
    let (mut errors, mut sizes) = (vec!["own"], vec!["learned", "change"]);
    if exact {
        head.extend(pair("truth", "Relative error, against the exact turn", "truth_error"));
        size.extend(pair("exact", "Exact turn", "exact_error").map(|column| column.line(Line::Theory)));
        errors.push("truth");
        sizes.push("exact");
    }
    head.push(Column::number("zero", "A head that is always zero").line(Line::Theory));
    errors.push("zero");
    let mut ratio = vec![
        Column::names(
            "target",
            "Target",
            TARGET_FORMS.map(String::from)[..if exact { 8 } else { KNOWN_TO_NETWORK }].to_vec(),
        ),
        sigma(),
    ];
    ratio.extend(pair("ratio", "Noise-to-signal ratio", "ratio_error"));
    let of_what =
        if exact { "exact noise and exact turn" } else { "the network’s noise and the change along its path" };
    let error = uncertainty(seeds.unwrap_or(1), "one standard error over points");
    let mut tables = vec![
        Table {
            key: "noise",
            caption: format!("Noise of one sample of the target over the size of the turn, with {of_what}; {error}"),
            columns: ratio,
            keys: 2,
        },
        Table {
            key: "head",
            caption: format!("Relative error of the head: root mean square error over root mean square turn; {error}"),
            columns: head,
            keys: 2,
        },
        Table {
            key: "size",
            caption: format!("Root mean square turn, for all coordinates together; {error}"),
            columns: size,
            keys: 2,
        },
    ];
    let lines = |title: &str, table, x, y, by, log| View::Lines {
        title: title.into(),
        table,
        x,
        y,
        by: Some(by),
        log,
        slopes: None,
    };
    let mut views = vec![
        lines("Where the head may be trusted: below 1", "head", "sigma", errors, "network", (true, true)),
        lines("How noisy one sample of the target is", "noise", "sigma", vec!["ratio"], "target", (true, true)),
        lines("How large the turn is", "size", "sigma", sizes, "network", (true, true)),
    ];
    if seeds.is_some() {
        let mut columns = vec![by(), Column::number("step", "Training step")];
        columns.extend(pair("error", "Relative error against the exact turn", "error_error"));
        columns.push(Column::number("zero", "A head that is always zero").line(Line::Theory));
        let caption =
            format!("Relative error of the head over all levels from σ = {} to {}; {error}", MIDDLE.0, MIDDLE.1);
        tables.push(Table { key: "training", caption, columns, keys: 2 });
        views.insert(1, lines("As training goes", "training", "step", vec!["error", "zero"], "network", (false, true)));
    }
    Outline { tables, views }
}
