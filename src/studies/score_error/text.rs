//! The words of the study: question, explanation, parameters, presets, tables and views.

use super::perturbed::Shape;
use super::run::FINE;
use crate::parameters::{Kind, Listed, Named, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View};

pub(in crate::studies) const INFO: Info = Info {
    value: "score_error",
    label: "Errors of the score",
    question: "What does an error of the score leave in the samples, and from how many steps on do more steps not help?",
    help: "Convergence theorems bound the distance of samples from data by two parts: one that falls with the number T of steps, as C/T for \
           the plain sampler and C/T² for the accelerated ones, and one that is the score’s own error times a constant, however many steps there \
           are. Here the score is exact but for an error of known size ε, put in on purpose, and the distance is the total variation of the \
           whole distribution on the line, without sampling error. The first picture shows each sampler’s curve come down and then stay; the \
           accelerated one is the sooner at the bottom, and gains nothing there.\n\n\
           The theorems ask for a small mean square error, not for a small largest one. The second picture puts the same mean square in \
           three places: everywhere, in a wave, and all of it where a hundredth of the points is. An error where few points are harms few points, \
           however large it is. (Deterministic samplers need more: their theorems also bound the derivative of the error, since a wave of high \
           frequency can be small and still fold the line. Where a map folds, no distance is shown.)\n\n\
           The same theorems need no smooth density. Points without width and a uniform density have scores that grow without bound as the noise \
           goes. The plain sampler’s rate stays, and the accelerated one is still the steeper, though it comes to its own rate later; the distance is measured at σ = 0.05, where the samplers stop.",
    source: "2306.09251, 2403.03852",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "target",
            label: "Target",
            help: "",
            kind: Kind::Choice { default: "line", options: TARGETS },
        },
        Parameter {
            key: "shape",
            label: "Where the error is",
            help: "Of the curves over the number of steps; the second picture has all three.",
            kind: Kind::Choice { default: "shift", options: Shape::TABLE },
        },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "One curve each for every size of the error.",
            kind: Kind::Names { default: &["li_plain", "li_tf_accel"], of: Listed::Samplers },
        },
        Parameter {
            key: "most",
            label: "Most steps",
            help: "Curves end there.",
            kind: Kind::Integer { default: 256, min: 8, max: 1000 },
        },
        Parameter {
            key: "error",
            label: "Largest error",
            help: "Root mean square error of the score; the others are a fifth, a twenty-fifth, and none.",
            kind: Kind::Number { default: 0.25, min: 0.001, max: 2.0, log: true },
        },
    ],
    presets: &[
        Preset {
            label: "Plain and accelerated",
            help: "Both end at the same height, which is the score’s; the accelerated sampler is there with fewer steps.",
            values: "{}",
        },
        Preset {
            label: "A Gaussian",
            help: "Everything is known here: an error ε moves all points by ε times the time of the process, and the dashed line says how far that is.",
            values: r#"{"target": "normal"}"#,
        },
        Preset {
            label: "Points without width",
            help: "No density at all: the plain sampler still goes as 1/T, and the accelerated one nearly as 1/T².",
            values: r#"{"target": "diracs"}"#,
        },
        Preset {
            label: "A uniform density",
            help: "Edges are where a density is not smooth: how much of its lead does the accelerated sampler keep?",
            values: r#"{"target": "uniform"}"#,
        },
        Preset {
            label: "A checkerboard’s row",
            help: "Two uniform pieces with a gap between them.",
            values: r#"{"target": "checkerboard"}"#,
        },
        Preset {
            label: "With the exact bracket",
            help: "The accelerated sampler of 2306.09251 with an exact bracket, whose own error is another term of its theorem, beside curved steps.",
            values: r#"{"samplers": ["li_plain", "li_accel", "taylor2_log"]}"#,
        },
    ],
};

pub(in crate::studies) const TARGETS: &[Named] = &[
    Named { value: "line", label: "Three Gaussians", help: "Of different weights and widths." },
    Named { value: "normal", label: "One Gaussian", help: "Of width one: all errors are known in closed form." },
    Named {
        value: "diracs",
        label: "Three points",
        help: "Without width, where the three Gaussians have their means.",
    },
    Named {
        value: "uniform",
        label: "Uniform",
        help: "Of variance one; 120 points without width stand for it, which the last noise hides.",
    },
    Named { value: "checkerboard", label: "Two uniform pieces", help: "A row of a checkerboard, by as many points." },
];

/// The levels between which all samplers run.
pub(super) const SPAN: (f64, f64) = (0.05, 10.0);

pub(super) fn outline(curves: Vec<String>) -> Outline {
    let curve = || Column::names("curve", "Sampler and error", curves.clone());
    let shapes = Shape::TABLE.iter().map(|shape| shape.label.into()).collect();
    let variation = || Column::number("error", "Total variation").uncertain("uncertainty");
    let slopes = |key, by: Column, caption: &str| Table {
        key,
        caption: caption.into(),
        columns: vec![
            by,
            Column::number("slope", "Slope").uncertain("slope_error"),
            Column::error("slope_error"),
            Column::number("theory", "Theory").line(Line::Theory),
        ],
        keys: 1,
    };
    let shape = |shapes: &Vec<String>| Column::names("shape", "Where the error is", shapes.clone());
    let errors = Table {
        key: "errors",
        caption: format!(
            "Total variation from the exact distribution at σ = {}, by steps; ± bounds the numbers’ own error",
            SPAN.0
        ),
        columns: vec![curve(), Column::number("steps", "Steps"), variation(), Column::error("uncertainty")],
        keys: 2,
    };
    let floors = Table {
        key: "floors",
        caption: format!(
            "Total variation by Heun’s method in {FINE} steps, where only the score errs, by the size of its error; ± as above"
        ),
        columns: vec![
            shape(&shapes),
            Column::number("size", "Root mean square error of the score"),
            Column::number("largest", "Largest error of the score"),
            variation(),
            Column::error("uncertainty"),
            Column::number("known", "Known: all points moved alike").line(Line::Theory),
        ],
        keys: 2,
    };
    let rates = slopes("rates", curve(), "Slopes without an error, and minus the sampler’s order");
    let sizes = slopes("sizes", shape(&shapes), "Slopes over the size of the error; in proportion is 1");
    let lines = |title: &str, table, x, y, by, slopes| View::Lines {
        title: title.into(),
        table,
        x,
        y,
        by: Some(by),
        log: (true, true),
        slopes,
    };
    let views = vec![
        lines("Total variation against steps", "errors", "steps", vec!["error"], "curve", Some("rates")),
        lines(
            "What is left after many steps, against the mean square error",
            "floors",
            "size",
            vec!["error", "known"],
            "shape",
            Some("sizes"),
        ),
        lines("The same, against the largest error", "floors", "largest", vec!["error"], "shape", None),
    ];
    Outline { tables: vec![errors, rates, floors, sizes], views }
}
