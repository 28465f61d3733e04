//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{FixedChoice, Kind, Named, Parameter};
use crate::studies::quality::TARGETS;
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "gamma",
    label: "How far to extrapolate",
    question: "Which γ is best for gradient estimation, and does it depend on the number of steps?",
    help: "Gradient estimation steps along γ times the newest velocity and 1 − γ times the one before: γ = 1 is DDIM, and its authors take 2. \
           Each curve is the error over γ at one number of steps, on the same noise.\n\n\
           Two velocities make a method of second order only where γ = 1 + ρ/2, with ρ the length of a step over that of the one before: less \
           than 1.5 on levels of equal ratio, and nearer to it the more steps there are. That γ changes along the grid on other levels; the dashed lines are the error of the sampler that \
           takes it at each step (DEIS in σ). A fixed γ of 2 extrapolates at least twice too far, which helps while steps are few and paths bend more than a straight line says, \
           and costs the order when they are many.\n\n\
           The last picture shows where the levels are of the grids that 2306.04848 compares: DDIM’s strides from 157 and from 40, EDM’s polynomial, and the authors’ own, which is \
           log-linear from 40 to a level that depends on the number of steps, and then takes one step to 0.01. The first two are drawn in continuous time.",
    source: "2306.04848; 2204.13902 (the consistent γ)",
    needs: Needs::Target,
    parameters: &[
        Parameter {
            key: "target",
            label: "Target",
            help: "Exact paths have a strong error; a trained model has the energy distance of its samples.",
            kind: Kind::Choice { default: "ring", options: &Named::pick(TARGETS, ["ring", "model"]) },
        },
        Parameter {
            key: "budgets",
            label: "Steps",
            help: "One curve each.",
            kind: Kind::Counts { default: &[5, 10, 20, 50, 200], min: 2, max: 400 },
        },
        Parameter {
            key: "values",
            label: "Values of γ",
            help: "Evenly from 1 to 3.",
            kind: Kind::Integer { default: 21, min: 3, max: 101 },
        },
        Parameter {
            key: "grid",
            label: "Noise levels",
            help: "",
            kind: Kind::Grid { default: FixedChoice("log_linear", &[("sigma_max", 40.0), ("sigma_min", 0.01)]) },
        },
        Parameter {
            key: "points",
            label: "Points",
            help: "Paths or samples that an error is a mean over.",
            kind: Kind::Integer { default: 1024, min: 64, max: 20_000 },
        },
        Parameter {
            key: "drawn",
            label: "Steps of the grids drawn",
            help: "In the picture of noise levels.",
            kind: Kind::Integer { default: 10, min: 2, max: 100 },
        },
        seed("Draws the noise."),
    ],
    presets: &[
        Preset { label: "Eight Gaussians, exact", help: "Is 2 the best γ at 5 steps, and at 200?", values: "{}" },
        Preset {
            label: "The authors’ levels",
            help: "The same on the levels that 2306.04848 chose for each number of steps.",
            values: r#"{"grid": {"name": "permenter_yuan"}}"#,
        },
        Preset {
            label: "DDIM’s strides from 40",
            help: "The authors’ “DDIM offset”: equal strides in time, which begin at σ = 40 and not at 157.",
            values: r#"{"grid": {"name": "vp_sde", "sigma_max": 40, "sigma_min": 0.01}}"#,
        },
        Preset {
            label: "The trained model",
            help: "With a network, what is left at many steps is its own error, and the curves are flat.",
            values: r#"{"target": "model", "budgets": [5, 10, 20], "grid": {"name": "log_linear", "sigma_max": 10, "sigma_min": 0.02}, "points": 2000}"#,
        },
    ],
};

/// A grid's label, its name in the table and its numbers.
type Drawn = (&'static str, &'static str, &'static [(&'static str, f64)]);

/// Grids of the picture of levels.
pub(super) const DRAWN: [Drawn; 4] = [
    ("DDIM", "vp_sde", &[("sigma_max", 157.0), ("sigma_min", 0.01)]),
    ("DDIM, offset", "vp_sde", &[("sigma_max", 40.0), ("sigma_min", 0.01)]),
    ("EDM", "edm", &[("sigma_max", 80.0), ("sigma_min", 0.002)]),
    ("Permenter and Yuan", "permenter_yuan", &[]),
];

pub(super) fn outline(budgets: &[usize], drawn: usize, exact: bool) -> Outline {
    let curves: Vec<String> = budgets.iter().map(|steps| format!("{steps} steps")).collect();
    let by = || Column::names("budget", "Steps", curves.clone());
    let (label, how) = match exact {
        true => ("Strong error", "standard error over paths"),
        false => ("Energy distance", "standard error over draws of noise"),
    };
    let errors = Table {
        key: "errors",
        caption: format!("{label} of gradient estimation by γ; ± is the {how}"),
        columns: vec![
            by(),
            Column::number("gamma", "γ"),
            Column::number("error", label).uncertain("uncertainty"),
            Column::error("uncertainty"),
            Column::number("consistent", "γ = 1 + ρ/2 at each step").uncertain("consistent_error").line(Line::Theory),
            Column::error("consistent_error"),
        ],
        keys: 2,
    };
    let best = Table {
        key: "best",
        caption: format!("The γ with the least error, and the mean of 1 + ρ/2 over the steps; ± is the {how}"),
        columns: vec![
            by(),
            Column::number("steps", "Steps"),
            Column::number("gamma", "Best γ"),
            Column::number("error", label).uncertain("error_error"),
            Column::error("error_error"),
            Column::number("ddim", "At γ = 1").uncertain("ddim_error"),
            Column::error("ddim_error"),
            Column::number("two", "At γ = 2").uncertain("two_error"),
            Column::error("two_error"),
            Column::number("consistent", "Mean of 1 + ρ/2").line(Line::Theory),
        ],
        keys: 1,
    };
    let levels = Table {
        key: "levels",
        caption: format!("Noise levels of {drawn} steps; a last step to no noise is not drawn"),
        columns: vec![
            Column::names("grid", "Levels", DRAWN.map(|(label, ..)| label.to_string()).to_vec()),
            Column::number("step", "Step"),
            Column::number("sigma", "Noise level σ"),
        ],
        keys: 2,
    };
    let lines = |title: String, table, x, y, by, log| View::Lines { title, table, x, y, by, log, slopes: None };
    let views = vec![
        lines(
            format!("{label} against γ"),
            "errors",
            "gamma",
            vec!["error", "consistent"],
            Some("budget"),
            (false, true),
        ),
        lines(
            "The best γ against the number of steps".into(),
            "best",
            "steps",
            vec!["gamma", "consistent"],
            None,
            (true, false),
        ),
        lines(format!("Noise levels of {drawn} steps"), "levels", "step", vec!["sigma"], Some("grid"), (false, true)),
    ];
    Outline { tables: vec![errors, best, levels], views }
}
