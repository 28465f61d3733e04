//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{Kind, Listed, Named, Parameter};
use crate::studies::{Info, Needs, Preset, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "projection",
    label: "Denoising is projection",
    question: "Why does removing noise step by step lead to the data, and why in steps of equal factors?",
    help: "In many dimensions noise of level σ moves a point by almost exactly √d σ: the noise level is the distance to the data. \
           A denoiser points at the place where the point came from, so it does what a projection to the nearest data point does, and \
           a step of DDIM is a step of gradient descent on half the squared distance to the data (2306.04848). Both are run here, with the same step sizes, from \
           the same points. η is how far the denoised point is from the projection, over the distance; ν is √d σ over the distance. \
           As long as η is small and ν near 1, descent works.\n\n\
           A real denoiser has an error. With a relative error η, a step from σ to σ/r leaves up to 1 − η + ηr times too much distance, and \
           too much distance at the end is too much noise. For a given number of steps the product of these factors is least when all r are \
           equal: log-linear steps. Errors of random direction, put in on purpose, show what is left with each way of spacing the levels.",
    source: "2306.04848",
    needs: Needs::Target,
    parameters: &[
        Parameter {
            key: "target",
            label: "Data",
            help: "",
            kind: Kind::Choice { default: "points", options: TARGETS },
        },
        Parameter {
            key: "dimension",
            label: "Coordinates",
            help: "Of the random points.",
            kind: Kind::Integer { default: 64, min: 2, max: 256 },
        },
        Parameter {
            key: "known",
            label: "Data points",
            help: "How many random points there are.",
            kind: Kind::Integer { default: 100, min: 1, max: 1000 },
        },
        Parameter {
            key: "error",
            label: "Error put in",
            help: "Relative error of random direction on what the exact denoiser says, where ways of spacing are compared.",
            kind: Kind::Number { default: 0.3, min: 0.0, max: 0.9, log: false },
        },
        Parameter {
            key: "grids",
            label: "Noise levels",
            help: "Compared at equal steps between the same ends; the first one’s path is drawn.",
            kind: Kind::Names {
                default: &["log_linear", "edm", "ou_uniform", "ou_geometric", "vp_sde"],
                of: Listed::Grids,
            },
        },
        Parameter { key: "steps", label: "Steps", help: "", kind: Kind::Integer { default: 20, min: 2, max: 200 } },
        Parameter {
            key: "sigma_max",
            label: "Noisiest level",
            help: "σ at the start.",
            kind: Kind::Number { default: 40.0, min: 1.0, max: 200.0, log: true },
        },
        Parameter {
            key: "sigma_min",
            label: "Last level",
            help: "σ at the end.",
            kind: Kind::Number { default: 0.01, min: 0.001, max: 0.5, log: true },
        },
        Parameter {
            key: "count",
            label: "Paths",
            help: "Of images, a sixteenth of that.",
            kind: Kind::Integer { default: 256, min: 32, max: 2000 },
        },
        seed("Draws the data, the starts and the errors."),
    ],
    presets: &[
        Preset {
            label: "A hundred points",
            help: "In 64 dimensions the distance follows √d σ over three and a half decades.",
            values: "{}",
        },
        Preset {
            label: "Few dimensions",
            help: "In the plane noise has no fixed length: the same rule holds on average only, and distances spread.",
            values: r#"{"dimension": 2, "known": 20}"#,
        },
        Preset {
            label: "A perfect denoiser",
            help: "Without an error every spacing ends close by: it is the error that asks for equal factors.",
            values: r#"{"error": 0}"#,
        },
        Preset {
            label: "The trained model",
            help: "Where the rule ends: in the plane the data fills areas, so points soon lie among it and their distance to it says nothing of the noise.",
            values: r#"{"target": "model", "sigma_max": 10, "sigma_min": 0.02}"#,
        },
    ],
};

pub(in crate::studies) const TARGETS: &[Named] = &[
    Named {
        value: "points",
        label: "Random points, exact",
        help: "Normal coordinates of width 1; the exact denoiser of these very points.",
    },
    Named { value: "model", label: "The trained model", help: "The stage’s network and the data it learned from." },
];
