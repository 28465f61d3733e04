//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{FixedChoice, Kind, Listed, Named, Parameter};
use crate::studies::{Info, Needs, Preset, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "quality",
    label: "Quality against steps",
    question: "How fast does each sampler improve with more network evaluations?",
    help: "Every sampler runs with more and more evaluations of the denoiser, and its error is drawn over them, both on logarithmic axes. \
           A straight line is a power-law, and its slope is the order of convergence: one that falls with slope −2 \
           loses three quarters of its error when the evaluations double. Measured slopes stand beside what theory promises.\n\n\
           On exact targets nothing is learned, so what remains is the sampler’s own error. Strong error: how far each point lands from \
           where the exact path leads. Total variation: how far the distribution of all points is from the exact one, at the level where the \
           sampler stops, computed without sampling error on the line. Energy distance: how far samples are from held-out data, the \
           only one of the three that a trained model has.",
    source: "2306.09251, 2403.03852, 2306.04848",
    needs: Needs::Target,
    parameters: &[
        Parameter {
            key: "target",
            label: "Target",
            help: "",
            kind: Kind::Choice { default: "ring", options: TARGETS },
        },
        Parameter { key: "error", label: "Error", help: "", kind: Kind::Choice { default: "strong", options: ERRORS } },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Compared on the same noise; the first is the control of the others.",
            kind: Kind::Names {
                default: &["ddim", "gradient_estimation", "pndm_plms", "dpmpp_2m", "ddim_taylor2", "curved_pc"],
                of: Listed::Samplers,
            },
        },
        Parameter {
            key: "grid",
            label: "Noise levels",
            help: "",
            kind: Kind::Grid { default: FixedChoice("log_linear", &[("sigma_max", 80.0), ("sigma_min", 0.01)]) },
        },
        Parameter {
            key: "most",
            label: "Most evaluations",
            help: "The curves end there.",
            kind: Kind::Integer { default: 256, min: 4, max: 2048 },
        },
        Parameter {
            key: "points",
            label: "Points",
            help: "Paths or samples that an error is a mean over; the distribution on the line needs none.",
            kind: Kind::Integer { default: 4096, min: 64, max: 20_000 },
        },
        seed("Draws the noise."),
    ],
    presets: &[
        Preset {
            label: "Curved steps",
            help: "Straight, extrapolating and curved samplers on eight Gaussians: which needs the fewest evaluations?",
            values: "{}",
        },
        Preset {
            label: "The theorem, deterministic",
            help: "Slope −1 against −2 in total variation: what the second-order term of 2306.09251 buys.",
            values: r#"{"target": "line", "error": "variation", "samplers": ["li_plain", "li_accel", "ddim", "ddim_taylor2", "taylor2_log"], "grid": {"name": "log_linear", "sigma_max": 10, "sigma_min": 0.05}}"#,
        },
        Preset {
            label: "The theorem, with noise",
            help: "The accelerated stochastic sampler of 2403.03852 gets one moment right and moves another: on a distribution that is no Gaussian it stays at slope −1. Getting both right takes two evaluations.",
            values: r#"{"target": "line", "error": "variation", "samplers": ["li_stochastic_plain", "li_stochastic_accel", "ddpm", "sde_heun"], "grid": {"name": "log_linear", "sigma_max": 10, "sigma_min": 0.05}, "most": 128}"#,
        },
        Preset {
            label: "The theorem’s own schedule",
            help: "On the schedule of Li et al. the error goes with log T / T: drawn over it, slopes of 1 and 2 that many steps come near.",
            values: r#"{"target": "line", "error": "variation", "samplers": ["li_plain", "li_accel"], "grid": {"name": "li"}, "most": 1024}"#,
        },
        Preset {
            label: "The trained model",
            help: "With a learned denoiser the curves end where the model’s own error begins.",
            values: r#"{"target": "model", "error": "energy", "samplers": ["ddim", "gradient_estimation", "pndm_plms", "unipc", "curved_pc", "curved_gaussian_pc"], "grid": {"name": "log_linear", "sigma_max": 10, "sigma_min": 0.02}, "most": 16, "points": 1000}"#,
        },
    ],
};

pub(in crate::studies) const TARGETS: &[Named] = &[
    Named {
        value: "ring",
        label: "Eight Gaussians, exact",
        help: "A ring in the plane, whose denoiser is known in closed form.",
    },
    Named {
        value: "line",
        label: "Three Gaussians on the line, exact",
        help: "One dimension, where whole distributions can be followed.",
    },
    Named { value: "model", label: "The trained model", help: "The stage’s network on the stage’s data." },
];

pub(in crate::studies) const ERRORS: &[Named] = &[
    Named {
        value: "strong",
        label: "Strong error",
        help: "Root mean square distance from where the exact path of the same noise ends. For samplers that draw no noise on the way.",
    },
    Named {
        value: "variation",
        label: "Total variation",
        help: "Of the whole distribution, without sampling error. On the line only.",
    },
    Named { value: "energy", label: "Energy distance", help: "Of samples to held-out points." },
];
