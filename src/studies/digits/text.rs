//! The words of the study: question, explanation, parameters, presets.

use crate::denoiser::Guidance;
use crate::parameters::{FixedChoice, Kind, Listed, Parameter};
use crate::studies::{Info, Needs, Preset};

const fn guided(default: f64) -> Kind {
    let (min, max) = Guidance::EVERYWHERE;
    Kind::Number { default, min, max, log: false }
}

pub(in crate::studies) const INFO: Info = Info {
    value: "digits",
    label: "Digits against evaluations",
    question: "How many network evaluations does a digit need?",
    help: "Every sampler draws the same number of digits from the same noise, within each number of network evaluations. A small \
           classifier of our own, which reads 99 % of MNIST’s test images correctly, describes each image by 32 features, and the \
           Frechet distance compares means and covariances of these features with those of half of the training images: zero \
           means that both agree. The second picture shows the classifier’s confidence, the probability of the likeliest digit: \
           strokes between two digits lower it. It can be high for what is no digit at all, so read it beside the distance.\n\n\
           The distance’s unit is the mean variance of one feature among real digits. It is too large for few images, by about \
           a constant over how many there are: compare equal numbers of images only, and read it beside the dashed line, which is what \
           as many real ones, of the other half of the training images, score. ± is the standard error found by leaving out an eighth of the samples at a time. The last \
           picture asks whether the model copies its training images: how far the nearest training image is from samples, and from \
           handwriting that was held out.",
    source: "1706.08500 sec 2, 1911.07023",
    needs: Needs::Digits,
    parameters: &[
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "One curve each, from the same noise.",
            kind: Kind::Names { default: &["ddim", "dpmpp_2m", "curved_denoised"], of: Listed::Samplers },
        },
        Parameter {
            key: "budgets",
            label: "Network evaluations",
            help: "One point of each curve.",
            kind: Kind::Counts { default: &[3, 4, 6, 10], min: 1, max: 1000 },
        },
        Parameter {
            key: "images",
            label: "Images",
            help: "Samples for each point. More of them lower the floor and the uncertainty.",
            kind: Kind::Integer { default: 256, min: 64, max: 15_000 },
        },
        Parameter {
            key: "grid",
            label: "Noise levels",
            help: "",
            kind: Kind::Grid { default: FixedChoice("log_linear", &[("sigma_max", 80.0), ("sigma_min", 0.02)]) },
        },
        Parameter {
            key: "guidance",
            label: "Guidance",
            help: "How strongly samples are pushed towards the chosen digit. 1 is the distribution of that digit; \
                   more makes digits clearer and less varied, and any weight but 0 and 1 takes two evaluations for one.",
            kind: Kind::Number { default: 1.0, min: 0.0, max: 5.0, log: false },
        },
        Parameter {
            key: "guidance_lowest",
            label: "Guided from σ",
            help: "The least noise at which guidance holds. Outside of these ends a step takes one evaluation, and the weight is 1 (2404.07724).",
            kind: guided(Guidance::EVERYWHERE.0),
        },
        Parameter {
            key: "guidance_highest",
            label: "Guided up to σ",
            help: "The most noise at which guidance holds.",
            kind: guided(Guidance::EVERYWHERE.1),
        },
        Parameter {
            key: "seed",
            label: "Seed",
            help: "Draws the noise.",
            kind: Kind::Integer { default: 1, min: 0, max: 1_000_000 },
        },
    ],
    presets: &[
        Preset {
            label: "Straight and curved",
            help: "Where does each curve come down to what more evaluations no longer improve?",
            values: r#"{"samplers": ["ddim", "curved_denoised"], "budgets": [3, 4, 5, 6, 8, 10, 15]}"#,
        },
        Preset {
            label: "All the fast ones",
            help: "Ten samplers at seven numbers of evaluations. This takes long without a graphics card.",
            values: r#"{"samplers": ["ddim", "curved_denoised", "curved_pc", "curved_gaussian_pc", "gradient_estimation", "dpmpp_2m", "unipc", "deis", "pndm_plms", "edm_heun"], "budgets": [4, 6, 8, 10, 15, 20, 50]}"#,
        },
        Preset {
            label: "Guidance within an interval",
            help: "Guidance of 3 between σ = 0.5 and 5 alone. Set the ends to 0 and 100,000 for the same everywhere, and the weight to 1 for none.",
            values: r#"{"samplers": ["dpmpp_2m"], "budgets": [10, 20, 40], "guidance": 3, "guidance_lowest": 0.5, "guidance_highest": 5}"#,
        },
        Preset {
            label: "The deterministic pair of theory",
            help: "The plain sampler of 2403.03852 and its training-free acceleration on digits, on its theorem’s terms: many steps, and a stop above no noise.",
            values: r#"{"samplers": ["ddim", "li_plain", "li_tf_accel"], "budgets": [20, 40, 80]}"#,
        },
    ],
};
