//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{Kind, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "weightings",
    label: "Weightings at equal steps",
    question: "After the same number of training steps, which weighting of the noise levels makes the best samples?",
    help: "The setting of 2406.12839’s experiment: a finite number of points, noise drawn once and kept, and the whole of it in every step, so that training is plain \
           descent on one function and chance plays no part but in the first weights. (Here the steps are Adam’s, as everywhere on this page.) The networks differ in the weighting alone, each scaled to a mean of one: all levels alike; \
           1/σ; the bell; one over the running loss, which that theory derives for descent; and the bell over the running loss. Levels are drawn evenly in ln σ.\n\n\
           Samples take many steps, so that their distance from data tells of the score alone. The second picture shows where each network errs: the mean square distance of its noise from the \
           exact expected one, which is the score’s error times σ². Of the score’s error one part is the descent’s, which more steps take away; one is that of finite points, seen as the gap between the loss on \
           these points and on fresh ones; the rest is what a network of this size can’t say.",
    source: "2406.12839 (its experiment on weightings, in the plane)",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "steps",
            label: "Training steps",
            help: "Of each network; measured at an eighth of it, a quarter, a half, and the end.",
            kind: Kind::Integer { default: 400, min: 8, max: 20_000 },
        },
        Parameter {
            key: "known",
            label: "Data points",
            help: "Of eight Gaussians on a ring; that is all the networks see.",
            kind: Kind::Integer { default: 256, min: 8, max: 4000 },
        },
        Parameter {
            key: "draws",
            label: "Noise for each",
            help: "Levels and noises that each point has, once and for all.",
            kind: Kind::Integer { default: 2, min: 1, max: 64 },
        },
        Parameter {
            key: "networks",
            label: "Networks",
            help: "For each weighting, with first weights and data of their own.",
            kind: Kind::Integer { default: 2, min: 2, max: 10 },
        },
        Parameter {
            key: "width",
            label: "Width of the networks",
            help: "Units in each of three hidden layers.",
            kind: Kind::Integer { default: 48, min: 16, max: 256 },
        },
        seed("Draws the points, the noise and the first weights."),
    ],
    presets: &[
        Preset {
            label: "256 points, 400 steps",
            help: "Is the bell ahead, as 2406.12839 reports for images?",
            values: "{}",
        },
        Preset { label: "Few steps", help: "Where descent itself is what is lacking.", values: r#"{"steps": 80}"# },
        Preset {
            label: "Few points",
            help: "Where the points are what is lacking: the loss on them falls away from that on fresh ones.",
            values: r#"{"known": 32, "draws": 16, "steps": 800}"#,
        },
        Preset {
            label: "A narrow network",
            help: "Where the network is: sixteen units can’t serve all levels, and the weighting says which it serves.",
            values: r#"{"width": 16, "known": 1000, "draws": 1}"#,
        },
    ],
};

/// The weightings, by name.
pub(super) const ROWS: [&str; 5] = ["1", "1/σ", "Bell", "1/loss", "Bell over loss"];
/// What no weighting gets below.
const LEAST: &str = "Fresh data, and the exact denoiser";

pub(super) fn outline() -> Outline {
    let names: Vec<String> = ROWS.into_iter().chain([LEAST]).map(String::from).collect();
    let by = || Column::names("weighting", "Weighting", names.clone());
    let pair = |key, label: &str, error| [Column::number(key, label).uncertain(error), Column::error(error)];
    let how = "± is one standard error over networks";
    let mut steps = vec![by(), Column::number("step", "Training step")];
    steps.extend(pair("error", "Energy distance", "uncertainty"));
    steps.extend(pair("own", "Loss on its own points and noise", "own_error"));
    steps.extend(pair("fresh", "Loss on fresh points", "fresh_error"));
    steps.push(Column::number("least", "Floor L*, exact").line(Line::Theory));
    steps.push(Column::number("floor", "Fresh data score this").line(Line::Theory));
    let mut levels = vec![by(), Column::number("sigma", "Noise level σ")];
    levels.extend(pair("excess", "Mean square error against the exact noise", "excess_error"));
    let tables = vec![
        Table {
            key: "steps",
            caption: format!(
                "Samples’ energy distance, and losses without weights as means over ln σ from 0.02 to 10; {how}"
            ),
            columns: steps,
            keys: 2,
        },
        Table {
            key: "levels",
            caption: format!(
                "Mean square error of the noise against the exact expected one at the end, per coordinate; {how}"
            ),
            columns: levels,
            keys: 2,
        },
    ];
    let lines = |title: &str, table, x, y| View::Lines {
        title: title.into(),
        table,
        x,
        y,
        by: Some("weighting"),
        log: (true, true),
        slopes: None,
    };
    let views = vec![
        lines("Samples, by training steps", "steps", "step", vec!["error", "floor"]),
        lines("Where the score is still wrong", "levels", "sigma", vec!["excess"]),
        lines("Loss on its own points and on fresh ones", "steps", "step", vec!["own", "fresh", "least"]),
    ];
    Outline { tables, views }
}
