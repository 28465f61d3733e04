//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{Kind, Parameter};
use crate::studies::{Info, Needs, Preset, seed, seeds};

pub(in crate::studies) const INFO: Info = Info {
    value: "memorisation",
    label: "Memorisation and generalisation",
    question: "When does a network memorise its points, and when does it learn the distribution that they come from?",
    help: "A network is trained for long on a few points of eight Gaussians on a ring. Its loss is the mean squared error of the noise, summed over \
           both coordinates (always guessing zero scores 2). On its training points the loss keeps falling. On fresh points of the same distribution it \
           falls, turns, and rises: from there on the network learns the points and no longer the distribution. The two dashed ends are closed \
           forms: the perfect memory, which is the exact denoiser of the training points, and the floor L*, below which no denoiser gets on \
           fresh points.\n\n\
           At a noise level far below the distance between points, the perfect memory has almost no loss on its own points and is far \
           worse than a guess on fresh ones. A network is saved from this by being small, by stopping early, or by more data.\n\n\
           Copies are samples that lie three times nearer to one training point than to any other. Among fresh points \
           about one in nine does so by chance.",
    source: "2310.02664 sec 2; 2310.02557; 2306.04848",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "known",
            label: "Training points",
            help: "As many others are held out.",
            kind: Kind::Integer { default: 20, min: 3, max: 2000 },
        },
        Parameter {
            key: "width",
            label: "Width of the network",
            help: "Units in each of its three hidden layers.",
            kind: Kind::Integer { default: 96, min: 16, max: 256 },
        },
        Parameter {
            key: "training",
            label: "Training steps",
            help: "On 256 points each, so every training point is seen many times.",
            kind: Kind::Integer { default: 2000, min: 50, max: 50_000 },
        },
        Parameter {
            key: "sigma",
            label: "Small noise level σ",
            help: "Where losses are compared, besides the mean over all training levels.",
            kind: Kind::Number { default: 0.03, min: 0.003, max: 1.0, log: true },
        },
        seeds("Each has points and first weights of its own; the picture of points shows the first."),
        seed("Draws the points, and the network’s first weights."),
    ],
    presets: &[
        Preset {
            label: "Twenty points",
            help: "The losses part after a hundred steps, and in the end most samples are copies.",
            values: "{}",
        },
        Preset {
            label: "Two thousand points",
            help: "The same network for the same time: both losses stay together, close to the floor, and samples are new.",
            values: r#"{"known": 2000}"#,
        },
        Preset {
            label: "A small network",
            help: "Twenty points again, but a thirtieth of the weights: they are memorised more slowly.",
            values: r#"{"width": 16}"#,
        },
        Preset {
            label: "Stop early",
            help: "Twenty points and a large network, stopped where the loss on fresh points is least.",
            values: r#"{"training": 64}"#,
        },
    ],
};
