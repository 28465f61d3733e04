//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{Kind, Named, Parameter};
use crate::studies::{Info, Needs, Preset, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "turn",
    label: "Learning to turn",
    question: "Can a network learn how its own path bends, and at which noise levels may a sampler trust it?",
    help: "Along its path the network’s noise changes, by c = d ε̂ / d ln σ: the turn. A second head learns c from single noisy samples, whose mean is c. \
           One such sample is mostly chance. Any number κ that depends on the noisy point alone may be put into it without changing the mean, \
           so κ should be what calms the sample most: the control variate. The noise-to-signal ratio shows what a good κ is worth; \
           a ratio twice as high needs four times as many samples to average. Training averages too, by small steps and over its last weights: the two \
           heads differ most early on and in many coordinates, and end near each other, where what is left is what a head \
           of this size has not learned yet.\n\n\
           The head’s relative error is measured twice: against the change of the network’s own noise along its own path, which is what a sampler \
           wants to know, and against the exact turn, where the data’s law is known. A head that always says zero has the \
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
            kind: Kind::Integer { default: 1500, min: 20, max: 20_000 },
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
