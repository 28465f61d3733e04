//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{FixedChoice, Kind, Listed, Parameter};
use crate::studies::{Column, Info, Line, Needs, Outline, Preset, Table, View, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "known_density",
    label: "Sampling a known density",
    question: "Can a density be sampled that is known as a function, without data and without a network?",
    help: "A diffusion model’s denoiser is a mean over the clean points that a noisy one may come from. Where the density p is known, but for a factor, that mean can be \
           computed by Monte Carlo: draw clean points, weight each by p, and take their mean. Here p is a ring of eight Gaussians, given to the denoiser as a function alone, so that its answers \
           can be held against the exact ones. Clean points are drawn from the posterior of a normal prior and weighted by p over that prior; the same draws serve every point and every level.\n\n\
           The first picture is the root mean square distance of samples from the ends of their exact paths, against the number of draws; dashed is the control, the exact denoiser in the same steps. \
           Draws help until the steps’ own error is left: where a curve meets its dashed line. The second picture is the error of the noise itself at each noise level: it falls as one over the root of the number of draws, \
           and is largest in the middle, where the posterior is spread over several modes. At little noise all draws land near the point, and few are enough.",
    source: "2307.02037; the draws own",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Deterministic ones, on the same noise.",
            kind: Kind::Names { default: &["ddim", "unipc"], of: Listed::Samplers },
        },
        Parameter {
            key: "budgets",
            label: "Denoiser evaluations",
            help: "One curve for each and each sampler.",
            kind: Kind::Counts { default: &[5, 20], min: 1, max: 200 },
        },
        Parameter {
            key: "draws",
            label: "Draws",
            help: "For each evaluation of the denoiser at a point.",
            kind: Kind::Counts { default: &[16, 64, 256, 1024], min: 2, max: 65_536 },
        },
        Parameter {
            key: "prior",
            label: "Width of the prior",
            help: "It should reach as far as the density: a wide one wastes draws where nothing is, a narrow one gives a few of them all the weight.",
            kind: Kind::Number { default: 1.0, min: 0.1, max: 1000.0, log: true },
        },
        Parameter {
            key: "grid",
            label: "Noise levels",
            help: "",
            kind: Kind::Grid { default: FixedChoice("log_linear", &[("sigma_max", 10.0), ("sigma_min", 0.02)]) },
        },
        Parameter {
            key: "points",
            label: "Samples",
            help: "More of them make errors surer.",
            kind: Kind::Integer { default: 300, min: 10, max: 10_000 },
        },
        seed("Draws the noise of samples; draws of the denoiser have streams of their own."),
    ],
    presets: &[
        Preset {
            label: "A ring, five and twenty steps",
            help: "How many draws are enough for five steps, and how many for twenty?",
            values: "{}",
        },
        Preset {
            label: "Hardly a prior",
            help: "A prior ten times too wide: how many more draws does the same error take?",
            values: r#"{"prior": 10}"#,
        },
    ],
};

/// `curves` are samplers with their evaluations, `draws` the numbers of draws.
pub(super) fn outline(curves: Vec<String>, draws: &[usize]) -> Outline {
    let errors = Table {
        key: "errors",
        caption:
            "Root mean square distance of samples from the ends of their exact paths; ± is one standard error over samples"
                .into(),
        columns: vec![
            Column::names("curve", "Sampler", curves),
            Column::number("draws", "Draws"),
            Column::number("error", "Error of samples").uncertain("uncertainty"),
            Column::error("uncertainty"),
            Column::number("exact", "With the exact denoiser").line(Line::Theory),
        ],
        keys: 2,
    };
    let names = || draws.iter().map(|draws| format!("{draws} draws")).collect();
    let noise = Table {
        key: "noise",
        caption: "Root mean square error of the noise that the denoiser sees in noisy points; ± is one standard error over points".into(),
        columns: vec![
            Column::names("set", "Denoiser", names()),
            Column::number("sigma", "Noise level σ"),
            Column::number("error", "Error of the noise").uncertain("uncertainty"),
            Column::error("uncertainty"),
        ],
        keys: 2,
    };
    let lines = |title: &str, table, x, y: Vec<&'static str>, by| View::Lines {
        title: title.into(),
        table,
        x,
        y,
        by: Some(by),
        log: (true, true),
        slopes: None,
    };
    let views = vec![
        lines("Error of samples against draws", "errors", "draws", vec!["error", "exact"], "curve"),
        lines("Error of the denoiser, by noise level", "noise", "sigma", vec!["error"], "set"),
    ];
    Outline { tables: vec![errors, noise], views }
}
