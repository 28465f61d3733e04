//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{Kind, Parameter};
use crate::studies::{Info, Needs, Preset, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "density",
    label: "Density evolving",
    question: "How does noise become data, and when does a sampler that knows only a few points stop making new ones?",
    help: "Each picture shows a whole law on its way from noise (left) to data (right): the brighter, the more likely the state x is at \
           that moment. The curves are paths of the probability-flow equation, and the same twenty starting points \
           are used in all three pictures. Exact: the denoiser of three Gaussians, known in closed form. Learned: a small network, trained \
           here on 20,000 points of that law, whose own law is computed by moving the ends of a thousand cells down its paths. Empirical: \
           the perfect denoiser of a handful of data points, which has seen nothing else; its law is a sum of Gaussians of \
           width σ around them.\n\n\
           While σ is large the three agree. As σ falls below the distance between data points, the empirical law splits into \
           one peak for each point: every path ends on a point that was known before. That is memorisation, and the perfect \
           solution of the training problem does it. Stop early, at a larger σ, and the empirical law has not yet let go of the truth.\n\n\
           Total variation, under the pictures, is the share of probability that lies in the wrong place: 0 for the same law, 1 for laws \
           that have nothing in common.",
    source: "2011.13456 sec 4.3; 2306.04848",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "known",
            label: "Data points",
            help: "How many points the empirical denoiser knows.",
            kind: Kind::Integer { default: 12, min: 2, max: 200 },
        },
        Parameter {
            key: "stop",
            label: "Stop at σ",
            help: "The noise level at which the paths end.",
            kind: Kind::Number { default: 0.01, min: 0.002, max: 1.0, log: true },
        },
        Parameter {
            key: "training",
            label: "Training steps",
            help: "Of the small network, on 256 points each.",
            kind: Kind::Integer { default: 1500, min: 10, max: 20_000 },
        },
        seed("Draws the data points, and the network’s first weights."),
    ],
    presets: &[
        Preset {
            label: "Twelve points",
            help: "Near the end the empirical law falls apart into its points, and the learned one does not.",
            values: "{}",
        },
        Preset {
            label: "Stop early",
            help: "The same twelve points, but the paths end at σ = 0.25, before the empirical law has let go of the truth.",
            values: r#"{"stop": 0.25}"#,
        },
        Preset {
            label: "A hundred points",
            help: "More points lie closer together: the empirical law stays true for longer, and in the end it collapses as well.",
            values: r#"{"known": 100, "stop": 0.002}"#,
        },
        Preset {
            label: "Hardly trained",
            help: "After a hundred steps the network knows roughly where the data is, and its law is a blur.",
            values: r#"{"training": 100}"#,
        },
    ],
};
