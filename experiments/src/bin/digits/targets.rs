//! What the second head learns best from at 784 dimensions: the same trained velocity, a fresh head for each target.

use std::error::Error;
use std::fmt::Write;
use std::fs;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::Dataset;
use fewsteps::data::digits::PIXELS;
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::network::weights::{Weights, load};
use fewsteps::network::{Classes, LogSigma, Network};
use fewsteps::objective::TurnTarget;
use fewsteps::training::{Trainer, TrainingOptions};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use fewsteps_experiments::samples::{self, Draw};

const PAGE: &str = "docs/digits-targets.md";
const TARGETS: [(TurnTarget, &str); 5] = [
    (TurnTarget::Central, "central differences of the averaged network, h = 0.05"),
    (TurnTarget::OneSided, "one-sided differences, h = 0.05"),
    (TurnTarget::Best, "single samples, kappa = norm of eh squared + running mean"),
    (TurnTarget::Dimension, "single samples, kappa = d"),
    (TurnTarget::Zero, "single samples, no control variate"),
];
/// Noise levels at which the head is examined.
const SIGMAS: [f64; 4] = [0.3, 1.0, 3.0, 8.0];
/// Held-out images that it is examined on.
const EXAMINED: usize = 200;
/// Half the distance in `ln sigma` over which the velocity's own turn is measured.
const HALF: f64 = 0.02;
/// Samples whose distance to a fine solution is measured, their steps, and those of the fine one.
const SAMPLES: usize = 100;
const STEPS: [usize; 2] = [5, 8];
const FINE: usize = 100;

/// Trains heads from the weights in `file`, whose own has learned nothing yet, for `steps` steps each, and writes the table.
pub fn targets(file: &str, steps: usize) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let data = samples::images()?;
    let Weights { network, description, .. } = load(&fs::read(file)?, &device)?;
    if description.turn_steps > 0 {
        return Err(format!("the second head of {file} has learned already").into());
    }
    let probes = Probe::all(&data)?;
    let mut rows = String::new();
    for (target, label) in TARGETS {
        let options = TrainingOptions {
            turn_target: target,
            learning_rate: 5e-4,
            ema: 0.99,
            budget: steps,
            ..TrainingOptions::images()
        };
        let mut trainer = Trainer::new(description.network.clone(), options, data.clone(), 7, &device);
        trainer.replace(description.network.clone(), network.clone(), steps, 0);
        drop(trainer.by_ref().take(steps).last());
        let errors: Vec<String> = probes.iter().map(|probe| format!("{:.2}", probe.error(trainer.average()))).collect();
        let denoiser = NetworkDenoiser::new(trainer.average().clone(), description.network.turn_cost());
        let classes = description.network.classes();
        let drawn = |sampler, steps| {
            let ask = Draw::new(sampler, steps, 1.0, SAMPLES);
            samples::samples(&denoiser, classes, &data.mean(), &ask).map(|(values, _)| values)
        };
        let fine = drawn("pndm_plms", FINE)?;
        let mut far = Vec::new();
        for steps in STEPS {
            for sampler in ["ddim", "taylor2_log", "curved_pc"] {
                far.push(format!("{:.3}", distance(&drawn(sampler, steps)?, &fine)));
            }
        }
        println!("{label}: {} | {}", errors.join(" "), far.join(" "));
        writeln!(rows, "| {label} | {} | {} |", errors.join(" | "), far.join(" | "))?;
    }
    let sigmas: Vec<String> = SIGMAS.iter().map(|sigma| format!("sigma {sigma}")).collect();
    let samplers: Vec<String> = STEPS
        .iter()
        .flat_map(|steps| ["DDIM", "Taylor", "curved_pc"].map(|name| format!("{name}, {steps} steps")))
        .collect();
    let text = format!(
        "# Digits: what the second head learns from\n\n\
         Written by `cargo experiments digits -- targets <file> [steps]`, where the file is saved by the training command before \
         its second head begins to learn. From that velocity (after {} steps) on, {steps} more steps of batch 64 with each target, the rest \
         alike.\n\nFirst the relative error of the head, `|c - c*| / |c*|` on {EXAMINED} held-out images, where `c*` is how the network's own \
         velocity turns along its own path (central differences over {HALF} either way): 1 is as bad as no head at all. Then the root mean \
         square distance for each pixel of {SAMPLES} samples to those of {FINE} steps of PLMS from the same noise; DDIM does not ask the head.\n\n\
         | target | {} | {} |\n|---|{}\n{rows}",
        description.step,
        sigmas.join(" | "),
        samplers.join(" | "),
        "---|".repeat(sigmas.len() + samplers.len()),
    );
    Ok(fs::write(PAGE, text)?)
}

/// States at one level, and their digits.
struct Probe {
    x: Tensor<2>,
    sigma: f64,
    class: Classes,
}

impl Probe {
    fn all(data: &Dataset) -> Result<Vec<Self>, Box<dyn Error>> {
        let labels = data.labels.as_ref().ok_or("digits without labels")?;
        let asked: Vec<Option<u8>> = labels.held_out[..EXAMINED].iter().copied().map(Some).collect();
        let class = Classes::new(&asked, labels.classes, &Device::flex());
        let clean = matrix(data.held_out[..EXAMINED * PIXELS].to_vec());
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut at = |sigma: f64| {
            let noise = matrix((0..EXAMINED * PIXELS).map(|_| StandardNormal.sample(&mut rng)).collect());
            Self { x: (clean.clone() + noise.mul_scalar(sigma)).mul_scalar(signal(sigma)), sigma, class: class.clone() }
        };
        Ok(SIGMAS.iter().map(|&sigma| at(sigma)).collect())
    }

    /// The network's noise at `sigma e^step`, where its own path leads from here: by Heun's rule, for whose error `HALF` is short.
    fn along(&self, network: &Network, step: f64) -> Tensor<2> {
        let level = |sigma: f64| LogSigma::uniform(sigma.ln(), &Device::flex());
        let to = self.sigma * step.exp();
        let stretched = self.x.clone().div_scalar(signal(self.sigma));
        let there = |noise: Tensor<2>| (stretched.clone() + noise.mul_scalar(to - self.sigma)).mul_scalar(signal(to));
        let ask = |x: Tensor<2>, sigma: f64| network.noise_of(x, &level(sigma), Some(&self.class));
        let first = ask(self.x.clone(), self.sigma);
        let second = ask(there(first.clone()), to);
        ask(there((first + second).mul_scalar(0.5)), to)
    }

    /// How far the head's turn is from the velocity's own, relative to the latter.
    fn error(&self, network: &Network) -> f64 {
        let own = (self.along(network, HALF) - self.along(network, -HALF)).div_scalar(2.0 * HALF);
        let level = LogSigma::uniform(self.sigma.ln(), &Device::flex());
        let head = network.noise_and_turn_of(self.x.clone(), &level, Some(&self.class)).turn;
        let size = |values: Tensor<2>| f64::from(values.square().mean().into_scalar::<f32>()).sqrt();
        size(head - own.clone()) / size(own)
    }
}

fn signal(sigma: f64) -> f64 {
    (1.0 + sigma * sigma).sqrt().recip()
}

fn matrix(values: Vec<f32>) -> Tensor<2> {
    let rows = values.len() / PIXELS;
    Tensor::from_data(TensorData::new(values, [rows, PIXELS]), &Device::flex())
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (sum / a.len() as f64).sqrt()
}
