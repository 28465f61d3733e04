//! What the network is trained on: the simple objective, the second regression that teaches it how its velocity turns, at which
//! levels, and how much an error counts at each.

mod implicit;
mod levels;
mod running_mean;
mod target;
mod weighting;

use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::denoiser::Prediction;
use crate::network::{LogSigma, Network};

pub use levels::NoiseLevels;
pub use running_mean::RunningMean;
pub use target::{Form, Moments, TurnTarget, target};
pub use weighting::{Weigher, Weighting};

/// What training asks of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// DDPM's simple objective `E|eh - noise|^2` (arXiv 2006.11239, eq 14): the velocity alone.
    Simple,
    /// The simple objective, and a regression of the acceleration `c` for the second head (after arXiv 2306.09251).
    Accelerated,
}

/// How the noise is learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matching {
    /// From the noise that was put on (arXiv 2006.11239, eq 14).
    #[default]
    Denoising,
    /// From the divergence of the estimate (Hyvarinen 2005, theorem 1): for one or two dimensions; with more, as `Denoising`.
    Implicit,
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
    /// How much their errors count, `[n, 1]`; all alike if nothing.
    pub weight: Option<Tensor<2>>,
}

impl Batch {
    /// Puts noise on `clean` row-major points `[n, dimension]`, at levels drawn from those of `weigher`, and uploads the result.
    pub fn new(clean: &[f32], dimension: usize, weigher: &Weigher, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let count = clean.len() / dimension;
        let log_sigmas = weigher.levels().draw(count, rng);
        let noise: Vec<f32> = (0..clean.len()).map(|_| StandardNormal.sample(rng)).collect();
        let mut x = Vec::with_capacity(clean.len());
        for ((clean, noise), &log_sigma) in clean.chunks(dimension).zip(noise.chunks(dimension)).zip(&log_sigmas) {
            let sigma = log_sigma.exp();
            let signal = (1.0 + sigma * sigma).sqrt().recip();
            x.extend(clean.iter().zip(noise).map(|(x0, eps)| signal * (x0 + sigma * eps)));
        }
        let matrix = |values, columns| Tensor::from_data(TensorData::new(values, [count, columns]), device);
        let weight = weigher.weights(&log_sigmas).map(|weights| matrix(weights, 1));
        Self {
            x: matrix(x, dimension),
            noise: matrix(noise, dimension),
            level: LogSigma(matrix(log_sigmas, 1)),
            weight,
        }
    }
}

/// Losses of one step, each a weighted mean over points and coordinates, `[1]`, not yet read from the device.
#[derive(Clone, Debug)]
pub struct Losses {
    /// Mean squared error of the noise.
    pub noise: Tensor<1>,
    /// Mean squared error of the acceleration against its target, when it is trained; of `y*` where that is the target.
    pub turn: Option<Tensor<1>>,
}

/// What one step asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// How the noise is learned.
    pub matching: Matching,
    /// What the second head learns from, if it does.
    pub turn: Option<TurnTarget>,
    /// Whether a batch's weights are to be divided by the running error at their levels ([`Weighting::Adaptive`]).
    pub adaptive: bool,
}

/// One in so many points of a batch gets a distilled target: it costs up to three evaluations and, without noise of the data in it,
/// needs fewer points than the velocity does.
const SHARE: usize = 4;

/// Computes losses, with the running means over levels that they need.
#[derive(Clone, Debug)]
pub struct Criterion {
    /// Of `|eps|^2 - |eh|^2`.
    excess: RunningMean,
    /// Of the mean squared error of the noise.
    error: RunningMean,
}

impl Criterion {
    /// Nothing is known yet. `device` is without autodiff.
    pub fn new(device: &Device) -> Self {
        Self { excess: RunningMean::new(0.0, device), error: RunningMean::new(1.0, device) }
    }

    /// The losses of `network` in training on `batch`. Targets, weights and everything they are made of are constants to the
    /// gradient; `average` is the network that distilled targets come from.
    pub fn losses(&mut self, network: &Network, average: &Network, batch: &Batch, ask: Ask) -> Losses {
        let Some(target) = ask.turn else {
            let noise = network.noise(batch.x.clone(), &batch.level);
            let weight = self.weight(batch, &noise, ask);
            return Losses { noise: noise_loss(network, batch, noise, weight.as_ref(), ask.matching), turn: None };
        };
        let points = batch.x.dims()[0];
        let count = if target.distils() { points.div_ceil(SHARE) } else { points };
        let Prediction { noise, turn } = network.noise_and_turn_of(batch.x.clone(), &batch.level, count);
        let level = batch.level.first(count);
        let expected = match target.distils() {
            true => target::distilled(target, first(batch.x.clone(), count), &level, average),
            false => self.single_sample(target, batch, noise.clone().inner()),
        };
        let weight = self.weight(batch, &noise, ask);
        let own = weight.clone().map(|weight| first(weight, count));
        let own = match target.raw() {
            true => {
                let cubed = noise_power(&level).powi_scalar(-3);
                Some(own.map_or(cubed.clone(), |own| own * cubed))
            }
            false => own,
        };
        Losses {
            noise: noise_loss(network, batch, noise, weight.as_ref(), ask.matching),
            turn: Some(mean_square(turn - expected, own.as_ref())),
        }
    }

    /// A target `[n, d]` of mean `c` from the noise of the batch and the estimate `estimate` of it.
    fn single_sample(&mut self, target: TurnTarget, batch: &Batch, estimate: Tensor<2>) -> Tensor<2> {
        let dimension = batch.x.dims()[1] as f32;
        let form = |moments: &Moments<Tensor<2>>| match target {
            TurnTarget::Literal => Form::Literal { noise_power: noise_power(&batch.level) },
            TurnTarget::Raw | TurnTarget::Normalised => Form::Normalised { kappa: None },
            TurnTarget::Zero => Form::Turn { kappa: None },
            TurnTarget::Dimension => Form::Turn { kappa: Some(moments.noise.full_like(dimension)) },
            TurnTarget::Estimate => Form::Turn { kappa: Some(moments.estimate.clone()) },
            TurnTarget::Best | TurnTarget::Central | TurnTarget::OneSided | TurnTarget::Derivative => {
                let excess = moments.noise.clone() - moments.estimate.clone();
                let mean = self.excess.update(excess, &batch.level);
                Form::Turn { kappa: Some(moments.estimate.clone() + mean) }
            }
        };
        let (sample, moments) = target::targets(form, batch.noise.clone(), estimate.clone());
        match target {
            TurnTarget::Literal | TurnTarget::Raw | TurnTarget::Normalised => sample + estimate * moments.estimate,
            _ => sample,
        }
    }

    /// The weights `[n, 1]` of a batch whose noise is estimated as `noise`.
    fn weight(&mut self, batch: &Batch, noise: &Tensor<2>, ask: Ask) -> Option<Tensor<2>> {
        let weight = batch.weight.clone()?;
        if !ask.adaptive {
            return Some(weight);
        }
        let error = (noise.clone().inner() - batch.noise.clone()).square().mean_dim(1);
        Some(adapted(weight, self.error.update(error, &batch.level)))
    }
}

/// `weight` over `error`, both `[n, 1]`, with a mean of one.
fn adapted(weight: Tensor<2>, error: Tensor<2>) -> Tensor<2> {
    let weight = weight / error.clamp_min(1e-6);
    let mean = weight.clone().mean_dim(0);
    weight / mean
}

fn noise_loss(
    network: &Network,
    batch: &Batch,
    noise: Tensor<2>,
    weight: Option<&Tensor<2>>,
    matching: Matching,
) -> Tensor<1> {
    let implicit = match matching {
        Matching::Implicit => implicit::loss(network, batch.x.clone(), &batch.level),
        Matching::Denoising => None,
    };
    match (implicit, weight) {
        (Some(losses), Some(weight)) => (losses * weight.clone()).mean(),
        (Some(losses), None) => losses.mean(),
        (None, weight) => mean_square(noise - batch.noise.clone(), weight),
    }
}

/// The mean `[1]` of squared `errors` `[n, d]`, weighted by `weight` `[n, 1]`.
fn mean_square(errors: Tensor<2>, weight: Option<&Tensor<2>>) -> Tensor<1> {
    match weight {
        Some(weight) => (errors.square().mean_dim(1) * weight.clone()).mean(),
        None => errors.square().mean(),
    }
}

/// `1 - alpha_bar`, `[n, 1]`.
fn noise_power(level: &LogSigma) -> Tensor<2> {
    let (.., noise) = level.scales();
    noise.square()
}

fn first(rows: Tensor<2>, count: usize) -> Tensor<2> {
    rows.narrow(0, 0, count)
}
