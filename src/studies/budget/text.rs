//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{Kind, Named, Parameter};
use crate::studies::common::method::WORDS;
use crate::studies::{Info, Needs, Preset, seed, seeds};

pub(in crate::studies) const INFO: Info = Info {
    value: "budget",
    label: "Error budget",
    question: "What is a sampler’s error made of, and which part is worth working on?",
    help: "A sampler errs four times. Initialisation: it starts from pure noise, though a little of the data is left even at the largest \
           noise level. Discretisation: it takes a few long steps where the exact path bends. Score: its denoiser is a network that \
           has learned only so much. Early stopping: it ends at a small noise level, and what is left is the data with that much noise on it.\n\n\
           Each part is measured alone, everything else being exact: initialisation from pure noise with the exact score and \
           infinitely many steps (the exact flow is one to one and so carries the distance at its start unchanged to its end); discretisation from the \
           exact noisy distribution with the exact score and the chosen steps; score with the network, trained here, and very fine \
           steps; early stopping as the distance of the distribution that is left from that of the data. The last bar is the joint run: noise, few steps and \
           network together, against the data. Convergence theorems bound it by the sum; here one sees how tight that is.\n\n\
           Total variation is the share of probability that lies in the wrong place, from 0 to 1. The Kullback-Leibler divergence (in nats) is \
           what the theorems bound; it is no distance, and its parts need not add up.",
    source: "2406.12839 sec 3; 2209.11215",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "target",
            label: "Target",
            help: "",
            kind: Kind::Choice { default: "line", options: TARGETS },
        },
        Parameter {
            key: "measure",
            label: "Measured by",
            help: "",
            kind: Kind::Choice { default: "variation", options: MEASURES },
        },
        Parameter {
            key: "sampler",
            label: "Sampler",
            help: "",
            kind: Kind::Choice { default: "ddim", options: SAMPLERS },
        },
        Parameter {
            key: "steps",
            label: "Steps",
            help: "Of the sampler, from the largest noise level to the smallest, by the same factor each.",
            kind: Kind::Integer { default: 16, min: 1, max: 256 },
        },
        Parameter {
            key: "sigma_max",
            label: "Start at σ",
            help: "The largest noise level: more of it hides the data better, and makes the way longer.",
            kind: Kind::Number { default: 1.0, min: 0.5, max: 80.0, log: true },
        },
        Parameter {
            key: "sigma_min",
            label: "Stop at σ",
            help: "The noise level at which the sampler stops early.",
            kind: Kind::Number { default: 0.05, min: 0.01, max: 0.4, log: true },
        },
        Parameter {
            key: "training",
            label: "Training steps",
            help: "Of the small network, on 256 points each.",
            kind: Kind::Integer { default: 1000, min: 10, max: 20_000 },
        },
        seeds("Of the network: each has first weights and training points of its own. All else is the same."),
        seed("Draws the network’s first weights and all points."),
    ],
    presets: &[
        Preset {
            label: "Four parts and their sum",
            help: "On the line all numbers are exact: the parts add up to more than the joint run, because some of their errors cancel.",
            values: "{}",
        },
        Preset {
            label: "Start with more noise",
            help: "From σ = 40 nothing is left of initialisation, and the same sixteen steps have a longer way to go.",
            values: r#"{"sigma_max": 40}"#,
        },
        Preset {
            label: "Better steps",
            help: "A second-order sampler makes discretisation small. What remains is the network.",
            values: r#"{"sampler": "edm_heun", "sigma_max": 10}"#,
        },
        Preset {
            label: "In the plane",
            help: "Eight Gaussians on a ring: the same parts, with densities from the Jacobian of the whole run.",
            values: r#"{"target": "ring", "sigma_max": 10}"#,
        },
    ],
};

pub(in crate::studies) const TARGETS: &[Named] = &[
    Named {
        value: "line",
        label: "Three Gaussians on the line",
        help: "One dimension, where cells of mass are moved: numbers without sampling error.",
    },
    Named {
        value: "ring",
        label: "Eight Gaussians in the plane",
        help: "Densities come from the determinant of the run’s Jacobian; numbers are means over a thousand points.",
    },
];

pub(in crate::studies) const MEASURES: &[Named] = &[
    Named { value: "variation", label: "Total variation", help: "The share of probability in the wrong place." },
    Named {
        value: "information",
        label: "Kullback-Leibler divergence",
        help: "Of what was made from what was wanted, in nats.",
    },
];

pub(in crate::studies) const SAMPLERS: &[Named] =
    &Named::pick(&WORDS, ["ddim", "gradient_estimation", "dpmpp_2m", "pndm_plms", "edm_heun"]);
