//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{Kind, Listed, Named, Parameter};
use crate::studies::quality::TARGETS;
use crate::studies::{Info, Needs, Preset, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "grids",
    label: "Optimised grids",
    question: "Where should a few steps be, and is the best place the same for every sampler?",
    help: "Fine paths pass through many candidate noise levels. For all pairs of levels, and the level before them, one step of the sampler between \
           points of the path tells how far off it ends. A dynamic programme finds the levels with the least sum, where to start among them: \
           no training, and no network evaluations but those of the fine paths. A descent then moves each level up and down as long as whole runs \
           end nearer to the paths’ ends. The controls are levels made by hand; each may choose its start by where its runs end on the same \
           fine paths.\n\n\
           Beside it stands the other thing that learns almost nothing: a multistep sampler on its own levels with coefficients that \
           least squares has fitted to the paths’ ends, 25 numbers for five steps. It knows only paths from where it was fitted.\n\n\
           All are then measured from fresh noise: by how far each point ends from the end of its own fine path (strong error), and by the \
           energy distance of all points to held-out data. Single errors say little of what later steps make of them, so the dynamic programme \
           alone is not always ahead.",
    source: "2106.03802; 2405.11326; 2402.17376; 2403.01329",
    needs: Needs::Target,
    parameters: &[
        Parameter {
            key: "target",
            label: "Target",
            help: "",
            kind: Kind::Choice { default: "ring", options: &Named::pick(TARGETS, ["ring", "model"]) },
        },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Each gets its own levels. Those with one evaluation a step and without noise.",
            kind: Kind::Names { default: &["ddim", "dpmpp_2m", "unipc", "curved_pc_history"], of: Listed::Samplers },
        },
        Parameter {
            key: "budgets",
            label: "Network evaluations",
            help: "One column each.",
            kind: Kind::Counts { default: &[3, 5, 8], min: 1, max: 16 },
        },
        Parameter {
            key: "paths",
            label: "Fine paths",
            help: "What levels and coefficients are fitted to; a sixteenth of it for images.",
            kind: Kind::Integer { default: 256, min: 32, max: 2048 },
        },
        Parameter {
            key: "points",
            label: "Points",
            help: "Fresh paths that the outcome is measured on, in eight draws of noise together; a sixteenth of it for images.",
            kind: Kind::Integer { default: 4096, min: 256, max: 40_000 },
        },
        seed("Draws the noise, for the fit and for the measurement."),
    ],
    presets: &[
        Preset {
            label: "Eight Gaussians, exact",
            help: "Which samplers gain from levels of their own, and where do these levels lie?",
            values: "{}",
        },
        Preset {
            label: "The trained model",
            help: "The same on the page’s own network and data: its paths, and the distance of its samples to held-out points.",
            values: r#"{"target": "model"}"#,
        },
        Preset {
            label: "Digits",
            help: "With the digits as the page’s data, on a sixteenth of the fine paths: are the best levels those of the plane?",
            values: r#"{"target": "model", "samplers": ["ddim", "unipc"], "budgets": [3, 5], "points": 1024}"#,
        },
    ],
};
