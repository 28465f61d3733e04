//! The words of the study: question, explanation, parameters, presets.

use crate::parameters::{Kind, Listed, Parameter};
use crate::sampler;
use crate::studies::common::grids::End;
use crate::studies::quality::{ERRORS, TARGETS};
use crate::studies::{Info, Needs, Preset, seed};

pub(in crate::studies) const INFO: Info = Info {
    value: "ranking",
    label: "The table of all samplers",
    question: "Which sampler is best within 5, 10, 20 or 50 network evaluations?",
    help: "Every sampler runs on every chosen grid of noise levels within each number of evaluations of the denoiser, from the same \
           noise, and the table shows its error with the uncertainty: smaller is better. A sampler that evaluates twice a step takes half \
           the steps. A cell is left out where a sampler has no run so short, and where it chooses its own number of evaluations.\n\n\
           The first and last noise level are the same for all grids that can choose them, and all end alike: at the last level, or without noise. \
           DDPM’s linear table and the cosine table \
           keep the levels that they were made with, and so does the schedule of the convergence theorems. Because the noise is \
           shared, two samplers differ by less chance than either alone: the sentences under the table compare them draw by draw. \
           Energy distances can come out a little below zero, those of fresh data too.",
    source: "2306.04848, 2403.03852, 2406.12839",
    needs: Needs::Target,
    parameters: &[
        Parameter {
            key: "target",
            label: "Target",
            help: "",
            kind: Kind::Choice { default: "ring", options: TARGETS },
        },
        Parameter { key: "error", label: "Error", help: "", kind: Kind::Choice { default: "energy", options: ERRORS } },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Compared on the same noise.",
            kind: Kind::Names { default: EVERYONE, of: Listed::Samplers },
        },
        Parameter {
            key: "grids",
            label: "Noise levels",
            help: "Every sampler runs on each of these.",
            kind: Kind::Names { default: &["log_linear"], of: Listed::Grids },
        },
        Parameter {
            key: "sigma_max",
            label: "First noise level",
            help: "Of grids that can choose it.",
            kind: Kind::Number { default: 10.0, min: 0.1, max: 1000.0, log: true },
        },
        Parameter {
            key: "sigma_min",
            label: "Last noise level",
            help: "Of grids that can choose it: the last level that is not zero.",
            kind: Kind::Number { default: 0.02, min: 0.0001, max: 1.0, log: true },
        },
        Parameter {
            key: "end",
            label: "Grids end",
            help: "Alike, so that grids are compared and not their last step.",
            kind: Kind::Choice { default: "level", options: End::TABLE },
        },
        Parameter {
            key: "budgets",
            label: "Network evaluations",
            help: "One column each.",
            kind: Kind::Counts { default: &[5, 10, 20, 50], min: 1, max: 1000 },
        },
        Parameter {
            key: "points",
            label: "Points",
            help: "Paths, or samples in eight draws of noise together; the distribution on the line needs none.",
            kind: Kind::Integer { default: 4000, min: 256, max: 40_000 },
        },
        seed("Draws the noise."),
    ],
    presets: &[
        Preset {
            label: "Everyone",
            help: "Five evaluations tell the samplers apart, by factors of thousands; within 20, most can’t be told from fresh data.",
            values: "{}",
        },
        Preset {
            label: "Everyone, on the trained model",
            help: "With the page’s own weights for eight Gaussians, the curved samplers and PNDM can’t be told from fresh data within 5 evaluations; DDIM, from the same noise, is still behind at 10.",
            values: r#"{"target": "model", "budgets": [5, 10]}"#,
        },
        Preset {
            label: "Samplers of 2306.04848",
            help: "Within 5 evaluations gradient estimation comes several times closer than DDIM and ahead of DPM-Solver, as the paper finds; but where all run on the same log-linear levels PNDM is closer still, and so is the corrected curve.",
            values: r#"{"samplers": ["ddim", "gradient_estimation", "pndm_plms", "dpm_solver_fast", "dpmpp_2m", "deis", "unipc", "analytic_ddim", "ddpm", "curved_pc"]}"#,
        },
        Preset {
            label: "Noise levels of 2306.04848",
            help: "Where all end alike, are log-linear levels, the paper’s choice, the best for gradient estimation, and are the same levels the best for DDIM?",
            values: r#"{"samplers": ["ddim", "gradient_estimation"], "grids": ["log_linear", "edm", "linear", "cosine", "vp_sde"]}"#,
        },
        Preset {
            label: "Accelerations of 2403.03852",
            help: "The training-free acceleration gains an order: its error falls three to four times when evaluations double, the plain one’s twice. The stochastic one halves the error of its plain form and gains no order, on a distribution that is no Gaussian.",
            values: r#"{"target": "line", "error": "variation", "samplers": ["li_plain", "li_tf_accel", "li_stochastic_plain", "li_stochastic_accel"], "sigma_max": 10, "sigma_min": 0.05, "budgets": [25, 50, 100, 200]}"#,
        },
        Preset {
            label: "Noise levels of 2406.12839",
            help: "Where the denoiser is exact, only the sampler’s own error is left, and log-linear levels beat EDM’s at each number of evaluations, for Euler and for Heun, as that theory says for well-trained models.",
            values: r#"{"error": "strong", "samplers": ["edm_euler", "edm_heun"], "grids": ["edm", "log_linear"], "sigma_max": 80, "sigma_min": 0.002, "budgets": [10, 20, 50, 100]}"#,
        },
    ],
};

/// Names of all samplers.
pub(in crate::studies) const EVERYONE: &[&str] = &{
    let mut names = [""; sampler::TABLE.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = sampler::TABLE[index].value;
        index += 1;
    }
    names
};
