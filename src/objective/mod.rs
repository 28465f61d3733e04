//! What the network is trained on: the simple objective, and the second regression that teaches it how its velocity turns.

mod baseline;
mod noise_levels;

use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::network::{LogSigma, Network};

pub use baseline::Baseline;
pub use noise_levels::NoiseLevels;

/// What training asks of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// DDPM's simple objective `E|eh - noise|^2` (arXiv 2006.11239, eq 14): the velocity alone.
    Simple,
    /// The simple objective, and a regression of the acceleration `c` for the second head (after arXiv 2306.09251).
    Accelerated,
}

/// Points on their way: a batch of clean points, the noise put on them, and how much.
#[derive(Clone, Debug)]
pub struct Batch {
    /// VP states, `[n, d]`.
    pub x: Tensor<2>,
    /// The noise in them, `[n, d]`.
    pub noise: Tensor<2>,
    /// Their levels, `[n, 1]`.
    pub level: LogSigma,
}

impl Batch {
    /// Puts noise on `clean` row-major points `[n, dimension]`, at levels drawn from `levels`, and uploads the result.
    pub fn new(clean: &[f32], dimension: usize, levels: NoiseLevels, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let count = clean.len() / dimension;
        let log_sigmas = levels.draw(count, rng);
        let noise: Vec<f32> = (0..clean.len()).map(|_| StandardNormal.sample(rng)).collect();
        let mut x = Vec::with_capacity(clean.len());
        for ((clean, noise), &log_sigma) in clean.chunks(dimension).zip(noise.chunks(dimension)).zip(&log_sigmas) {
            let sigma = log_sigma.exp();
            let signal = (1.0 + sigma * sigma).sqrt().recip();
            x.extend(clean.iter().zip(noise).map(|(x0, eps)| signal * (x0 + sigma * eps)));
        }
        let matrix = |values, columns| Tensor::from_data(TensorData::new(values, [count, columns]), device);
        Self { x: matrix(x, dimension), noise: matrix(noise, dimension), level: LogSigma(matrix(log_sigmas, 1)) }
    }
}

/// Losses of one step, each a mean over points and coordinates, `[1]`, not yet read from the device.
#[derive(Clone, Debug)]
pub struct Losses {
    /// Mean squared error of the noise.
    pub noise: Tensor<1>,
    /// Mean squared error of the acceleration against its noisy target, when it is trained.
    pub turn: Option<Tensor<1>>,
}

/// How much an error counts at each noise level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// All alike, as errors of the noise.
    Noise,
    /// By `1 / alpha_bar`, as errors of `v` (arXiv 2202.00512, sec 4). A data set of many dimensions is wide along some of them:
    /// what its samples have in common is decided at levels where the noise itself is predicted almost without error.
    Velocity,
}

impl Weighting {
    /// The mean `[1]` of squared `errors` `[n, d]` at their levels.
    fn mean_square(self, errors: Tensor<2>, level: &LogSigma) -> Tensor<1> {
        match self {
            Weighting::Noise => errors.square().mean(),
            Weighting::Velocity => {
                let (_, signal, _) = level.scales();
                (errors / signal).square().mean()
            }
        }
    }
}

/// The simple objective.
pub fn simple(network: &Network, batch: &Batch, weighting: Weighting) -> Losses {
    let noise = network.noise(batch.x.clone(), &batch.level);
    Losses { noise: weighting.mean_square(noise - batch.noise.clone(), &batch.level), turn: None }
}

/// Where the second head's target comes from.
pub enum TurnTarget<'a> {
    /// From the same sample: `(|eps|^2 - |eh|^2 - m)(eps - eh) - (eps - eh)((eps - eh) . eh)`, whose mean given `x` is `c` for
    /// any baseline `m`; the running mean of `|eps|^2 - |eh|^2` takes out most of its variance. For few dimensions.
    ControlVariate(&'a mut Baseline),
    /// `(eh(sigma e^h) - eh(sigma e^-h)) / 2h` along the averaged network's own path: no noise of the data, two more
    /// evaluations. For many dimensions.
    CentralDifference(&'a Network),
}

/// The accelerated objective. Its target and everything the target is made of are constants to the gradient.
pub fn accelerated(network: &Network, batch: &Batch, weighting: Weighting, target: TurnTarget<'_>) -> Losses {
    let count = match target {
        TurnTarget::ControlVariate(_) => batch.x.dims()[0],
        TurnTarget::CentralDifference(_) => batch.x.dims()[0].div_ceil(SHARE),
    };
    let prediction = network.noise_and_turn_of(batch.x.clone(), &batch.level, count);
    let level = batch.level.first(count);
    let target = match target {
        TurnTarget::ControlVariate(baseline) => control_variate(batch, prediction.noise.clone().inner(), baseline),
        TurnTarget::CentralDifference(average) => {
            central_difference(batch.x.clone().narrow(0, 0, count), &level, average)
        }
    };
    Losses {
        noise: weighting.mean_square(prediction.noise - batch.noise.clone(), &batch.level),
        turn: Some(weighting.mean_square(prediction.turn - target, &level)),
    }
}

/// The single-sample target `[n, d]` given the estimate `noise` of the noise.
fn control_variate(batch: &Batch, noise: Tensor<2>, baseline: &mut Baseline) -> Tensor<2> {
    let excess = (batch.noise.clone().square() - noise.clone().square()).sum_dim(1);
    let mean = baseline.update(excess.clone(), &batch.level);
    let rest = batch.noise.clone() - noise.clone();
    let along = (rest.clone() * noise).sum_dim(1);
    rest * (excess - mean - along)
}

/// Half the width of the central difference, in `ln sigma`.
const HALF_WIDTH: f64 = 0.05;

/// One in so many points of a batch gets a central difference: it costs three evaluations and, without noise of the data in it,
/// needs fewer points than the velocity does.
const SHARE: usize = 4;

fn central_difference(x: Tensor<2>, level: &LogSigma, average: &Network) -> Tensor<2> {
    let (_, signal, _) = level.scales();
    let sigma = level.0.clone().exp();
    let y = x.clone() / signal;
    let noise = average.noise(x, level);
    let at = |shift: f64| {
        let level = LogSigma(level.0.clone().add_scalar(shift));
        let (_, signal, _) = level.scales();
        let moved = y.clone() + noise.clone() * sigma.clone().mul_scalar(shift.exp_m1());
        average.noise(moved * signal, &level)
    };
    (at(HALF_WIDTH) - at(-HALF_WIDTH)).div_scalar(2.0 * HALF_WIDTH)
}
