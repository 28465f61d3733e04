//! The words of the study: question, explanation, parameters, presets.

use crate::data::OPTIONS;
use crate::parameters::{Kind, Named, Parameter};
use crate::studies::{Info, Needs, Preset, seed, seeds};

pub(in crate::studies) const INFO: Info = Info {
    value: "relatives",
    label: "Relatives of the flow map",
    question: "After the same training, which way to few steps gives the best samples at 1, 2, 4 and 8 evaluations?",
    help: "One velocity is trained, and then, each for as much computation, what can be made of it: a flow map from its paths, a second round of rectified \
           flow (the same simple loss, on noise and data that a path joins), a consistency model that takes small steps with the velocity and \
           agrees with itself after each, a shortcut model that learns each step from two of half its length, and more of the same training. \
           Consistency and shortcut models are also trained from the data alone, for as long as everything together.\n\n\
           The first round of rectified flow is no row: in its time σ/(1+σ) it is the velocity’s own ODE, and its Euler steps are DDIM’s. How far \
           the second round straightens the paths is the size of the turn before and after.\n\n\
           Every row chooses the best of the same step grids from other noise, then is measured once, from noise that fills the plane evenly, \
           against 40,000 fresh points. Each seed repeats all of it, and rows are compared seed by seed. The cost is counted in evaluations of the \
           velocity, a gradient as two more.",
    source: "2209.03003, 2303.01469, 2310.14189, 2410.11081, 2410.12557; flow maps: 2406.07507",
    needs: Needs::Nothing,
    parameters: &[
        Parameter { key: "set", label: "Data", help: "", kind: Kind::Choice { default: "two_moons", options: SETS } },
        Parameter {
            key: "steps",
            label: "Training steps",
            help: "Of the velocity, on 256 points each; everything after it costs half as much, and everything from data alone one and a half.",
            kind: Kind::Integer { default: 900, min: 50, max: 20_000 },
        },
        Parameter {
            key: "width",
            label: "Width of the networks",
            help: "Units in each of three hidden layers.",
            kind: Kind::Integer { default: 64, min: 16, max: 256 },
        },
        seeds("Each trains networks of its own, and draws its own noise."),
        seed("Draws the networks’ first weights, their training, and the noise."),
    ],
    presets: &[
        Preset {
            label: "Two moons",
            help: "Small networks, trained for a short time: which rows need no more than one evaluation?",
            values: "{}",
        },
        Preset {
            label: "Eight Gaussians",
            help: "Gaps between clusters are where a single step is hardest.",
            values: r#"{"set": "eight_gaussians"}"#,
        },
        Preset {
            label: "As in the playground",
            help: "Networks of the playground’s size and training: five times the work.",
            values: r#"{"steps": 5000, "width": 128}"#,
        },
    ],
};

/// Data sets that are drawn by a formula: fresh points of them are as good as perfect samples.
pub(in crate::studies) const SETS: &[Named] = &Named::pick(
    OPTIONS,
    ["eight_gaussians", "two_moons", "swiss_roll", "spiral", "checkerboard", "circles", "pinwheel", "cat"],
);
