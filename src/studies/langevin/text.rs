//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{FixedChoice, Kind, Listed, Named, Parameter};
use crate::studies::{Info, Needs, Preset, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "langevin",
    label: "Langevin, annealing, diffusion",
    question: "Why start from noise at all, instead of walking uphill in the density from anywhere?",
    help: "The data is two round modes far apart, and one holds more of it than the other. The score is known exactly, so nothing here \
           is the fault of a network. Langevin dynamics walks uphill in the density, shaken by noise, and in the long run it samples from it. \
           But the valley between the modes is so empty that hardly any walker crosses it, and near each mode the score looks the same whatever \
           the mode’s weight is: the shares stay what they were at the start.\n\n\
           Annealed Langevin (1907.05600) walks at a heavy noise level first, where the modes have melted into one, and cools: as long as \
           points still cross, they settle in the right shares; when the valley gets too empty the shares freeze, so \
           haste leaves an error that only slower cooling removes. Reverse diffusion goes down the same levels and waits nowhere, because its \
           steps follow the distribution as it changes. All spend the same number of evaluations; the study counts the share of points \
           nearer to the right-hand mode.",
    source: "1907.05600 sec 3.2 and Alg 1, 2006.11239, 2010.02502",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "distance",
            label: "Distance",
            help: "Between the modes, in widths (standard deviations) of one.",
            kind: Kind::Number { default: 12.0, min: 2.0, max: 40.0, log: false },
        },
        Parameter {
            key: "weight",
            label: "Weight",
            help: "Share of the data in the right-hand mode.",
            kind: Kind::Number { default: 0.8, min: 0.05, max: 0.95, log: false },
        },
        Parameter {
            key: "start",
            label: "Start",
            help: "Where Langevin’s points start; the others start from the first noise level’s version of it.",
            kind: Kind::Choice { default: "noise", options: STARTS },
        },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Compared at equal numbers of evaluations; eight at most.",
            kind: Kind::Names { default: &["langevin", "annealed_langevin", "ddpm", "ddim"], of: Listed::Samplers },
        },
        Parameter {
            key: "evaluations",
            label: "Evaluations",
            help: "Evaluations of the denoiser that each sampler may spend.",
            kind: Kind::Integer { default: 500, min: 8, max: 1000 },
        },
        Parameter {
            key: "step",
            label: "Langevin’s step size",
            help: "In units of a mode’s variance. Crossing a mode takes about 2 / h steps of size h.",
            kind: Kind::Number { default: 0.1, min: 0.001, max: 0.5, log: true },
        },
        Parameter {
            key: "inner",
            label: "Annealing’s steps a level",
            help: "Langevin steps at each noise level on the way down.",
            kind: Kind::Integer { default: 5, min: 1, max: 100 },
        },
        Parameter {
            key: "grid",
            label: "Noise levels",
            help: "Where annealing and diffusion walk down.",
            kind: Kind::Grid { default: FixedChoice("log_linear", &[("sigma_max", 80.0), ("sigma_min", 0.01)]) },
        },
        Parameter {
            key: "count",
            label: "Points",
            help: "Points of each sampler.",
            kind: Kind::Integer { default: 3000, min: 100, max: 20_000 },
        },
        seed("Draws all noise."),
    ],
    presets: &[
        Preset {
            label: "Two far modes",
            help: "From noise around both modes, half of Langevin’s points fall into each and stay: the weights have no effect.",
            values: "{}",
        },
        Preset {
            label: "From one mode, with patience",
            help: "Started in the left-hand mode, Langevin never reaches the other, however long it runs.",
            values: r#"{"start": "left", "evaluations": 1000, "inner": 10}"#,
        },
        Preset {
            label: "Near modes",
            help: "Four widths apart the valley can be crossed: Langevin gets there, slowly.",
            values: r#"{"distance": 4, "start": "left", "evaluations": 1000, "count": 2000}"#,
        },
        Preset {
            label: "In a hurry",
            help: "With 24 evaluations: which sampler needs more?",
            values: r#"{"evaluations": 24, "inner": 2, "count": 10000}"#,
        },
    ],
};

pub(in crate::studies) const STARTS: &[Named] = &[
    Named {
        value: "noise",
        label: "Noise around both modes",
        help: "A round cloud halfway between the modes, as wide as half their distance.",
    },
    Named { value: "left", label: "The left-hand mode", help: "Samples of the left-hand mode alone." },
];
