//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::objective::{NoiseLevels, Weighting};
use crate::parameters::{Kind, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "loss",
    label: "Loss by noise level",
    question: "How much of the training loss is left to learn, how much can nobody learn, and at which noise levels?",
    help: "The network guesses the noise in a point. Even the best guess is off, because many clean points could have become the same noisy \
           one: that part of the loss is the floor L*, and only what lies above it can be learned. All losses here are squared errors \
           per coordinate, as in the chart of the training; guessing “no noise” everywhere would cost 1. They are measured on held-out points.\n\n\
           Where the data’s distribution is known exactly (the eight Gaussians), so is the floor. Then score matching can be measured itself: how far \
           the network’s noise is from the exact expected noise, not from the noise that was put in. Denoising score matching \
           exceeds it by just the floor, at every level, whatever the network: so both have the same best network. \
           (Divided by σ², all of these are errors of the score.) For other data the exact floor is not known. \
           It lies, on average over data sets, between two losses of a denoiser that has memorised some training points: on those points, \
           and on held-out ones.\n\n\
           A weighting, together with how often training visits each level, decides what the network is asked to be good at: the dotted curve.",
    source: "2006.11239 eq 14, 2206.00364 table 1, 2303.09556, 2406.12839; Vincent 2011 (denoising score matching)",
    needs: Needs::Model,
    parameters: &[
        Parameter {
            key: "weighting",
            label: "Loss weighting",
            help: "How much an error of the noise counts at each noise level.",
            kind: Kind::Choice { default: "uniform", options: Weighting::TABLE },
        },
        Parameter {
            key: "weighting_power",
            label: "Power of σ",
            help: "Exponent of σ, where the weighting is a power of it.",
            kind: Kind::Number { default: 1.0, min: -2.0, max: 2.0, log: false },
        },
        Parameter {
            key: "noise",
            label: "Training noise",
            help: "How often training visits each level.",
            kind: Kind::Choice { default: "log_normal", options: NoiseLevels::TABLE },
        },
        Parameter {
            key: "count",
            label: "Points",
            help: "Held-out points at each level; of images, a sixteenth of that.",
            kind: Kind::Integer { default: 2000, min: 64, max: 4000 },
        },
        Parameter {
            key: "known",
            label: "Memorised points",
            help: "Training points of the denoiser that memorises them.",
            kind: Kind::Integer { default: 500, min: 20, max: 2000 },
        },
        Parameter {
            key: "levels",
            label: "Levels",
            help: "Noise levels at which the loss is measured.",
            kind: Kind::Integer { default: 28, min: 8, max: 64 },
        },
        seed("Draws the noise."),
    ],
    presets: &[
        Preset {
            label: "Loss and floor",
            help: "Most of what the training chart shows is floor: little is left above it.",
            values: "{}",
        },
        Preset {
            label: "EDM’s weighting and levels",
            help: "Together they make a bell over ln σ, highest at σ = 5.2.",
            values: r#"{"weighting": "edm", "noise": "edm"}"#,
        },
        Preset {
            label: "DDPM’s simple loss",
            help: "No weights, but DDPM’s schedule visits heavy noise most: there the loss is small and easy.",
            values: r#"{"weighting": "uniform", "noise": "linear"}"#,
        },
        Preset {
            label: "The plain score",
            help: "All errors of the score alike: little noise counts most, where nearly all of the loss is floor.",
            values: r#"{"weighting": "snr", "noise": "log_uniform"}"#,
        },
    ],
};

pub(super) fn outline(data: &str, exact: bool, known: usize) -> Outline {
    let sigma = || Column::number("sigma", "Noise level σ");
    let pair = |key, label: &str, error| [Column::number(key, label).uncertain(error), Column::error(error)];
    let heart = format!("{known} memorised points, on those points");
    let elsewhere = format!("{known} memorised points, on held-out points");
    let floor = |key, error| pair(key, "Floor L*, exact", error).map(|column| column.line(Line::Theory));
    let mut loss: Vec<Column> = vec![sigma()];
    loss.extend(pair("loss", "The network", "loss_error"));
    if exact {
        loss.extend(floor("floor", "floor_error"));
    }
    loss.extend(pair("by_heart", &heart, "by_heart_error").map(|column| column.line(Line::Theory)));
    loss.extend(pair("elsewhere", &elsewhere, "elsewhere_error").map(|column| column.line(Line::Theory)));
    loss.push(Column::number("weight", "Weight, as density in ln σ").line(Line::Other));
    let mut curves = vec!["loss", "by_heart", "elsewhere", "weight"];
    if exact {
        curves.insert(1, "floor");
    }
    let caption = |what: &str| {
        format!("{what}, by noise level, data “{data}”; per coordinate; ± is one standard error over points")
    };
    let below = if exact { "Floor" } else { "Memorised points, on those points" };
    let mut share = vec![sigma()];
    share.extend(pair("weighted", "Loss", "weighted_error"));
    share.extend(pair("below", below, "below_error").map(|column| column.line(Line::Theory)));
    let mut tables = vec![
        Table {
            key: "loss",
            caption: caption("Mean squared error of the noise, and how much training weighs it"),
            columns: loss,
            keys: 1,
        },
        Table { key: "weighted", caption: caption("Loss times weight"), columns: share, keys: 1 },
    ];
    let lines = |title: &str, table, y, log| View::Lines {
        title: title.into(),
        table,
        x: "sigma",
        y,
        by: None,
        log,
        slopes: None,
    };
    let mut views = vec![lines("Loss and floor", "loss", curves, (true, true))];
    if exact {
        let mut gap = vec![sigma()];
        gap.extend(pair("denoising", "Against the noise put in (denoising score matching)", "denoising_error"));
        gap.extend(pair("matching", "Against the exact expected noise (score matching)", "matching_error"));
        gap.extend(pair("gap", "Their difference", "gap_error"));
        gap.extend(floor("floor", "floor_error"));
        let caption = caption("Both sides of score matching, measured at the same points, and the floor at others");
        tables.push(Table { key: "gap", caption, columns: gap, keys: 1 });
        let y = vec!["denoising", "matching", "gap", "floor"];
        views.push(lines("Score matching, and what denoising adds to it", "gap", y, (true, true)));
    }
    let y = vec!["weighted", "below"];
    views.push(lines(
        "Where the training loss comes from: areas under the curve are shares",
        "weighted",
        y,
        (true, false),
    ));
    Outline { tables, views }
}
