//! The words of the study: question, explanation, parameters, presets.

use crate::objective::{NoiseLevels, Weighting};
use crate::parameters::{Kind, Parameter};
use crate::studies::{Info, Needs, Preset, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "loss",
    label: "Loss by noise level",
    question: "How much of the training loss is left to learn, how much can nobody learn, and at which noise levels?",
    help: "The network guesses the noise in a point. Even the best guess is off, because many clean points could have become the same noisy \
           one: that part of the loss is the floor L*, and only what lies above it can be learned. All losses here are squared errors \
           per coordinate, as in the chart of the training; guessing “no noise” everywhere would cost 1. They are measured on held-out points.\n\n\
           Where the data’s law is known exactly (the eight Gaussians), so is the floor. Then score matching can be measured itself: how far \
           the network’s noise is from the exact expected noise, not from the noise that was put in. Denoising score matching \
           exceeds it by just the floor, at every level, whatever the network: so both have the same best network. \
           (Divided by σ², all of these are errors of the score.) For other data the exact floor is not known. \
           It lies, on average over data sets, between two losses of a denoiser that knows some training points by heart: on those points, \
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
            label: "Points known by heart",
            help: "Training points of the denoiser that has learned them by heart.",
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
            help: "Most of what the training chart shows is floor: look at how little is left above it.",
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
