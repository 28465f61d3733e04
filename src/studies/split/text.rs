//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::network::Hidden;
use crate::parameters::{Kind, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "split",
    label: "Three parts of the score’s error",
    question: "Does a score err because its network is small, because its points are few, or because it has not been trained for long?",
    help: "A learned score is off for three reasons. Approximation: no network of its width is the exact score. Estimation: it has learned from n points, and the best network for these \
           is not the best for the distribution. Optimisation: training has not come to that best one. The data are eight Gaussians on a ring, whose exact denoiser is known, so that each part can be \
           measured as a mean square difference of noises, over the levels that training draws.\n\n\
           How: approximation is what a network of the same width and first weights is off after the longest training on fresh points, hardly one of which is seen twice. Estimation is how much \
           more a network on n points is off after as long. Optimisation is how much more it was off earlier. The three add up to the whole error by construction. The longest training stands for an endless \
           one: what both networks still lacked then is counted as approximation, and a closing sentence says how much the last half of the steps still took off. Dashed, in the first picture, is \
           approximation; the table also has the perfect memory of the n points, which an unlimited network would come to. Optimisation is below zero where training went on for too long: the network was nearer to the \
           truth on its way to its own points than there.",
    source: "2505.18344 (the three parts), 2406.12839 (ReLU networks in training); estimates own",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "widths",
            label: "Widths of the networks",
            help: "Units in each of three hidden layers; one wide layer has eight times as many.",
            kind: Kind::Counts { default: &[8, 64], min: 4, max: 256 },
        },
        Parameter {
            key: "hidden",
            label: "Hidden layers",
            help: "What the networks are made of.",
            kind: Kind::Choice { default: "deep", options: Hidden::TABLE },
        },
        Parameter {
            key: "known",
            label: "Training points",
            help: "One network for each, and each width, beside the one on fresh points.",
            kind: Kind::Counts { default: &[32, 128, 512], min: 8, max: 100_000 },
        },
        Parameter {
            key: "steps",
            label: "Training steps",
            help: "Of each network, on 256 points each; measured at a thirty-second of it, a sixteenth, and so on.",
            kind: Kind::Integer { default: 1024, min: 32, max: 50_000 },
        },
        Parameter {
            key: "networks",
            label: "Networks",
            help: "Of each kind, from seeds of their own: first weights, points and batches.",
            kind: Kind::Integer { default: 2, min: 2, max: 10 },
        },
        seed("Of the first network."),
    ],
    presets: &[
        Preset {
            label: "Narrow and wide",
            help: "Where does a wider network help, and where do more points?",
            values: "{}",
        },
        Preset {
            label: "Long training",
            help: "Eight times as many steps: does the wide network come to the perfect memory of its points?",
            values: r#"{"widths": [64], "known": [32, 128], "steps": 8192}"#,
        },
        Preset {
            label: "One wide layer",
            help: "The network of which theory can follow training: one layer of 64 and of 512 units with kinks. Which of the parts is larger than with three smooth layers?",
            values: r#"{"hidden": "wide"}"#,
        },
    ],
};

/// `curves` are widths with their points, `widths` the widths alone.
pub(super) fn outline(curves: Vec<String>, widths: &[usize]) -> Outline {
    let part = |key, label: &str, error| Column::number(key, label).uncertain(error);
    let errors = Table {
        key: "errors",
        caption: "Mean square difference of the noise from the exact one, by training steps; ± is one standard error over networks".into(),
        columns: vec![
            Column::names("curve", "Network", curves),
            Column::number("step", "Training steps"),
            part("error", "Whole error", "uncertainty"),
            Column::error("uncertainty"),
            Column::number("approximation", "Approximation").line(Line::Theory),
            Column::number("memory", "Perfect memory").line(Line::Theory),
            part("optimisation", "Optimisation", "optimisation_error"),
            Column::error("optimisation_error"),
        ],
        keys: 2,
    };
    let parts = Table {
        key: "parts",
        caption: "Parts of the error after the longest training, by points; ± is one standard error over networks"
            .into(),
        columns: vec![
            Column::names("width", "Network", widths.iter().map(|width| format!("width {width}")).collect()),
            Column::number("known", "Training points"),
            part("estimation", "Estimation", "estimation_error"),
            Column::error("estimation_error"),
            part("approximation", "Approximation", "approximation_error").line(Line::Theory),
            Column::error("approximation_error"),
        ],
        keys: 2,
    };
    let lines = |title: &str, table, x, y: Vec<&'static str>, by, log| View::Lines {
        title: title.into(),
        table,
        x,
        y,
        by: Some(by),
        log: (true, log),
        slopes: None,
    };
    let views = vec![
        lines(
            "The whole error against training steps",
            "errors",
            "step",
            vec!["error", "approximation"],
            "curve",
            true,
        ),
        lines(
            "Optimisation: how much more than after the longest training",
            "errors",
            "step",
            vec!["optimisation"],
            "curve",
            false,
        ),
        lines(
            "Estimation against training points",
            "parts",
            "known",
            vec!["estimation", "approximation"],
            "width",
            true,
        ),
    ];
    Outline { tables: vec![errors, parts], views }
}
