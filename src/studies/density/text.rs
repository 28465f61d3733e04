//! The words of the study: question, explanation, parameters, presets, tables and views.

use crate::parameters::{Kind, Parameter};
use crate::studies::common::seeds::uncertainty;
use crate::studies::{Column, Info, Needs, Outline, Preset, Table, View, seed, seeds};

pub(in crate::studies) const INFO: Info = Info {
    value: "density",
    label: "Density evolving",
    question: "How does noise become data, and when does a sampler that knows only a few points stop making new ones?",
    help: "Each picture shows a whole distribution on its way from noise (left) to data (right): the brighter, the more likely the state x is at \
           that moment. The curves are paths of the probability-flow equation, and the same twenty starting points \
           are used in all three pictures. Exact: the denoiser of three Gaussians, known in closed form. Learned: a small network, trained \
           here on 20,000 points of that distribution, whose own distribution is computed by moving the ends of a thousand cells down its paths. Empirical: \
           the perfect denoiser of a handful of data points, which has seen nothing else; its distribution is a sum of Gaussians of \
           width σ around them.\n\n\
           While σ is large the three agree. As σ falls below the distance between data points, the empirical distribution splits into \
           one peak for each point: every path ends on a point that was known before. That is memorisation, and the perfect \
           solution of the training problem does it. Stop early, at a larger σ, and the empirical distribution has not yet let go of the truth.\n\n\
           Total variation, under the pictures, is the share of probability that lies in the wrong place: 0 for the same distribution, 1 for distributions \
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
            kind: Kind::Integer { default: 1200, min: 10, max: 20_000 },
        },
        seeds("Of the network: each has first weights and training points of its own. The pictures show the first."),
        seed("Draws the data points, and the network’s first weights."),
    ],
    presets: &[
        Preset {
            label: "Twelve points",
            help: "Near the end the empirical distribution falls apart into its points, and the learned one does not.",
            values: "{}",
        },
        Preset {
            label: "Stop early",
            help: "The same twelve points, but the paths end at σ = 0.25, before the empirical distribution has let go of the truth.",
            values: r#"{"stop": 0.25}"#,
        },
        Preset {
            label: "A hundred points",
            help: "More points lie closer together: the empirical distribution stays true for longer, and in the end it collapses as well.",
            values: r#"{"known": 100, "stop": 0.002}"#,
        },
        Preset {
            label: "Hardly trained",
            help: "After a hundred steps the network knows roughly where the data is, and its distribution is a blur.",
            values: r#"{"training": 100}"#,
        },
    ],
};

/// Data sets that the empirical distribution's distance is a mean over.
pub(super) const DRAWS: u64 = 8;

pub(super) fn outline(points: usize, seeds: usize) -> Outline {
    let names = ["Exact", "Learned", "Empirical"].map(String::from).to_vec();
    let time = || Column::number("lambda", "−ln σ: from noise to data");
    let state = || Column::number("x", "State x");
    let density = Table {
        key: "density",
        caption: "Probability density of the state x (the signal and the noise together, scaled to variance one where all is noise), \
                  as a mean over each cell of the line, by moment"
            .into(),
        columns: vec![
            time(),
            state(),
            Column::number("exact", &names[0]),
            Column::number("learned", &names[1]),
            Column::number("empirical", &names[2]),
        ],
        keys: 2,
    };
    let paths = Table {
        key: "paths",
        caption: "Paths of the probability-flow equation under each denoiser, from the same starting points".into(),
        columns: vec![Column::names("picture", "Denoiser", names), Column::number("path", "Path"), time(), state()],
        keys: 3,
    };
    let variation = Table {
        key: "variation",
        caption: format!(
            "Total variation from the exact distribution at each noise level. Learned: {}. Empirical: mean over {DRAWS} data sets of {points} \
             points, ± its standard error",
            uncertainty(seeds, "a bound on what cells and steps may hide")
        ),
        columns: vec![
            Column::number("sigma", "Noise level σ"),
            Column::number("learned", "Learned").uncertain("learned_error"),
            Column::error("learned_error"),
            Column::number("empirical", "Empirical").uncertain("empirical_error"),
            Column::error("empirical_error"),
            time(),
        ],
        keys: 1,
    };
    let heat = View::Heat {
        title: "From noise to data: the density of the state, and paths through it".into(),
        table: "density",
        x: "lambda",
        y: "x",
        values: vec!["exact", "learned", "empirical"],
        paths: Some("paths"),
    };
    let lines = View::Lines {
        title: "How far each distribution is from the exact one (total variation)".into(),
        table: "variation",
        x: "lambda",
        y: vec!["learned", "empirical"],
        by: None,
        log: (false, false),
        slopes: None,
    };
    Outline { tables: vec![density, paths, variation], views: vec![heat, lines] }
}
