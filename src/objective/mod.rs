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
use crate::network::{Classes, LogSigma, Network};
use crate::parameters::options;
use fewsteps_kernels::Noised;

pub use levels::NoiseLevels;
pub use running_mean::RunningMean;
pub use target::{Form, Moments, TurnTarget, target};
pub use weighting::{Weigher, Weighting};

options! {
    /// What training asks of the network.
    #[derive(Default)]
    pub enum Objective {
        /// DDPM's simple objective `E|eh - noise|^2` (arXiv 2006.11239, eq 14): the velocity alone.
        Simple = ("simple", "Straight", "DDPM’s simple objective: learn the velocity only, and every step is a straight line."),
        /// The simple objective, and a regression of the turn `c` for the turn head (after arXiv 2306.09251).
        Accelerated = ("accelerated", "Curved", "The accelerated objective: learn how the velocity turns as well, and every step is a curve."),
        /// The accelerated objective, and then a flow map from the trained network's own trajectories
        /// ([`Distiller`](crate::training::Distiller)).
        #[default]
        Whole = (
            "whole",
            "Whole",
            "Learn the velocity and its turn, then from its paths where a whole step ends: one step is enough.",
        ),
    }
}

options! {
    /// How the noise is learned.
    #[derive(Default)]
    pub enum Matching {
        /// From the noise that was put on (arXiv 2006.11239, eq 14).
        #[default]
        Denoising = ("denoising", "Denoising", "The noise that was added to the points (Ho et al. 2020)."),
        /// From the divergence of the estimate (Hyvarinen 2005, theorem 1): for one or two dimensions; with more, as `Denoising`.
        Implicit = (
            "implicit",
            "Implicit",
            "The divergence of the velocity, without looking at the noise that was added (Hyvärinen 2005, Song et al. 2019). For points; images are denoised.",
        ),
    }
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
    /// The classes that condition the network; unconditional if nothing.
    pub class: Option<Classes>,
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
            class: None,
            weight,
        }
    }

    /// `count` of its rows from row `start` on.
    pub(crate) fn rows(&self, start: usize, count: usize) -> Self {
        let own = |rows: &Tensor<2>| rows.clone().narrow(0, start, count);
        Self {
            x: own(&self.x),
            noise: own(&self.noise),
            level: LogSigma(own(&self.level.0)),
            class: self.class.as_ref().map(|class| Classes(own(&class.0))),
            weight: self.weight.as_ref().map(own),
        }
    }
}

/// Losses of one step, each a weighted mean over points and coordinates, `[1]`, not yet read from the device.
#[derive(Clone, Debug)]
pub struct Losses {
    /// Mean squared error of the noise.
    pub noise: Tensor<1>,
    /// Mean squared error of the turn against its target, when it is trained; of `y*` where that is the target.
    pub turn: Option<Tensor<1>>,
}

/// Which losses one step has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossOptions {
    /// How the noise is learned.
    pub matching: Matching,
    /// What the turn head learns from, if it does.
    pub turn: Option<TurnTarget>,
    /// Whether a batch's weights are to be divided by the running error at their levels ([`Weighting::adapts`]).
    pub adaptive: bool,
}

impl LossOptions {
    /// How many of `rows` points teach the turn.
    pub(crate) fn taught(self, rows: usize) -> usize {
        if self.turn.is_some_and(TurnTarget::distils) { rows.div_ceil(SHARE) } else { rows }
    }
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

    /// The running means' numbers, each `[n, 1]`.
    pub(crate) fn state(&self) -> [Tensor<2>; 4] {
        let ([excess, excesses], [error, errors]) = (self.excess.state(), self.error.state());
        [excess, excesses, error, errors]
    }

    /// Takes over what [`Criterion::state`] gave.
    pub(crate) fn restore(&mut self, [excess, excesses, error, errors]: [Tensor<2>; 4]) {
        self.excess.restore([excess, excesses]);
        self.error.restore([error, errors]);
    }

    /// The losses of `network` in training on `batch`. Targets, weights and everything they are made of are constants to the
    /// gradient; `average` is the network that distilled targets come from.
    pub fn losses(&mut self, network: &Network, average: &Network, batch: &Batch, options: LossOptions) -> Losses {
        let Some(target) = options.turn else {
            if let Some(noise) = by_kernel(network, batch, options) {
                return Losses { noise, turn: None };
            }
            let noise = network.noise_of(batch.x.clone(), &batch.level, batch.class.as_ref());
            let weight = self.weight(batch, &noise, options);
            return Losses { noise: noise_loss(network, batch, noise, weight.as_ref(), options.matching), turn: None };
        };
        let count = options.taught(batch.x.dims()[0]);
        let Prediction { noise, turn } =
            network.with_turn_of_first(batch.x.clone(), &batch.level, batch.class.as_ref(), count);
        let (level, class) = (batch.level.first(count), batch.class.as_ref().map(|class| class.first(count)));
        let expected = match target.distils() {
            true => target::distilled(target, first(batch.x.clone(), count), &level, class.as_ref(), average),
            false => self.single_sample(target, batch, noise.clone().inner()),
        };
        let weight = self.weight(batch, &noise, options);
        let own = weight.clone().map(|weight| first(weight, count));
        let own = match target.raw() {
            true => {
                let cubed = noise_power(&level).powi_scalar(-3);
                Some(own.map_or(cubed.clone(), |own| own * cubed))
            }
            false => own,
        };
        Losses {
            noise: noise_loss(network, batch, noise, weight.as_ref(), options.matching),
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
    fn weight(&mut self, batch: &Batch, noise: &Tensor<2>, options: LossOptions) -> Option<Tensor<2>> {
        let weight = batch.weight.clone()?;
        if !options.adaptive {
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

/// The loss of the noise where a kernel computes it.
fn by_kernel(network: &Network, batch: &Batch, options: LossOptions) -> Option<Tensor<1>> {
    if options.adaptive || options.matching != Matching::Denoising {
        return None;
    }
    let Batch { x, noise, level, class, weight } = batch.clone();
    network.noise_loss(&Noised { x, noise, level: level.0, weight }, class.as_ref())
}

fn noise_loss(
    network: &Network,
    batch: &Batch,
    noise: Tensor<2>,
    weight: Option<&Tensor<2>>,
    matching: Matching,
) -> Tensor<1> {
    let implicit = match matching {
        Matching::Implicit => implicit::loss(network, batch.x.clone(), &batch.level, batch.class.as_ref()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use burn::optim::{AdamConfig, GradientsParams};
    use rand::SeedableRng;

    use crate::network::{Heads, NetworkConfig, Output};

    const PLAIN: LossOptions = LossOptions { matching: Matching::Denoising, turn: None, adaptive: false };
    const TARGETS: [TurnTarget; 10] = [
        TurnTarget::Literal,
        TurnTarget::Raw,
        TurnTarget::Normalised,
        TurnTarget::Zero,
        TurnTarget::Dimension,
        TurnTarget::Estimate,
        TurnTarget::Best,
        TurnTarget::Central,
        TurnTarget::OneSided,
        TurnTarget::Derivative,
    ];

    /// Losses of noise and turn at the first and at the last of many steps on one small batch, which can be learned by heart.
    fn fit(output: Output, heads: Heads, weighting: Weighting, options: LossOptions) -> [[f32; 2]; 2] {
        let device = Device::flex();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let config = NetworkConfig::points(2, 32).with(output, heads);
        let mut network = config.init(&mut rng, &device.clone().autodiff());
        // Its path bends from the start, which the one of a fresh velocity hardly does.
        let average = NetworkConfig::points(2, 32).with(Output::Denoised, heads).init(&mut rng, &device);
        let clean: Vec<f32> = (0..32).map(|i| (i as f32 * 0.9).sin()).collect();
        let weigher = Weigher::new(weighting, 1.0, NoiseLevels::LogNormal);
        let batch = Batch::new(&clean, 2, &weigher, &mut rng, &device);
        // Levels of middling noise: at little noise, y* in its own units is huge and known from the start.
        let log_sigma = batch.level.0.clone().clamp(-0.7, 1.0);
        let (_, signal, noise) = LogSigma(log_sigma.clone()).scales();
        let clean = Tensor::from_data(TensorData::new(clean, [16, 2]), &device);
        let batch = Batch { x: clean * signal + batch.noise.clone() * noise, level: LogSigma(log_sigma), ..batch };
        let mut criterion = Criterion::new(&device);
        let mut optimizer = AdamConfig::new().init();
        let mut read = || {
            let losses = criterion.losses(&network, &average, &batch, options);
            let values = [Some(losses.noise.clone()), losses.turn.clone()];
            let total = losses.turn.map_or(losses.noise.clone(), |turn| losses.noise + turn);
            let gradients = GradientsParams::from_grads(total.backward(), &network);
            network = optimizer.step(5e-3, network.clone(), gradients);
            values.map(|loss| loss.map_or(0.0, |loss| loss.into_scalar::<f32>()))
        };
        let start = read();
        let mut end = start;
        for _ in 0..150 {
            end = read();
        }
        [start, end]
    }

    #[test]
    fn every_target_is_learned_with_either_kind_of_heads() {
        for target in TARGETS {
            for heads in [Heads::Shared, Heads::Separate] {
                let options = LossOptions { turn: Some(target), ..PLAIN };
                let [[noise, turn], [noise_end, turn_end]] = fit(Output::Velocity, heads, Weighting::Uniform, options);
                assert!(noise_end < 0.5 * noise, "{target:?}, {heads:?}: noise {noise} to {noise_end}");
                assert!(turn_end < 0.5 * turn, "{target:?}, {heads:?}: turn {turn} to {turn_end}");
            }
        }
    }

    #[test]
    fn every_output_and_weighting_is_learned() {
        for output in [Output::Velocity, Output::Noise, Output::Denoised, Output::Score] {
            let [[start, _], [end, _]] = fit(output, Heads::Shared, Weighting::Uniform, PLAIN);
            assert!(end < 0.5 * start, "{output:?}: {start} to {end}");
            let options = LossOptions { matching: Matching::Implicit, ..PLAIN };
            let [[start, _], [end, _]] = fit(output, Heads::Shared, Weighting::Uniform, options);
            assert!(end < start, "{output:?}, implicit: {start} to {end}");
        }
        for weighting in [
            Weighting::Velocity,
            Weighting::VariationalBound,
            Weighting::Snr,
            Weighting::MinSnr,
            Weighting::Edm,
            Weighting::SigmaPower,
            Weighting::Bell,
            Weighting::Adaptive,
            Weighting::AdaptiveBell,
        ] {
            let options = LossOptions { adaptive: weighting.adapts(), ..PLAIN };
            let [[start, _], [end, _]] = fit(Output::Velocity, Heads::Shared, weighting, options);
            assert!(end < 0.7 * start, "{weighting:?}: {start} to {end}");
        }
    }

    /// With errors that differ a hundredfold between levels, the weighted error is the same at all of them, or follows the bell.
    #[test]
    fn adaptive_weights_make_errors_alike() {
        let device = Device::flex();
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let mut running = RunningMean::new(1.0, &device);
        let error = |level: &LogSigma| {
            let (alpha_bar, ..) = level.scales();
            alpha_bar.add_scalar(0.01)
        };
        for _ in 0..200 {
            let drawn = NoiseLevels::LogUniform.draw(512, &mut rng);
            let level = LogSigma(Tensor::from_data(TensorData::new(drawn, [512, 1]), &device));
            running.update(error(&level), &level);
        }
        let levels: Vec<f32> = (0..41).map(|i| -4.0 + 0.2 * i as f32).collect();
        let column = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [41, 1]), &device);
        let level = LogSigma(column(levels.clone()));
        let mean = running.update(error(&level), &level);
        for (weighting, bell) in [(Weighting::Adaptive, false), (Weighting::AdaptiveBell, true)] {
            let weights = Weigher::new(weighting, 1.0, NoiseLevels::LogUniform).weights(&levels).expect("weights");
            let follows = if bell { weights.clone() } else { vec![1.0; levels.len()] };
            let weight = adapted(column(weights), mean.clone());
            assert!((weight.clone().mean().into_scalar::<f32>() - 1.0).abs() < 1e-4);
            let alike: Vec<f32> = (weight * error(&level) / column(follows)).into_data().iter().collect();
            let (least, most) = alike.iter().fold((f32::MAX, 0.0_f32), |(a, b), &v| (a.min(v), b.max(v)));
            assert!(most < 1.15 * least, "{weighting:?}: {least} to {most}");
        }
    }

    #[test]
    fn uniform_weights_are_none_at_all() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut batch = |weighting| {
            let weigher = Weigher::new(weighting, 1.0, NoiseLevels::LogNormal);
            Batch::new(&[0.5; 16], 2, &weigher, &mut rng, &Device::flex())
        };
        assert!(batch(Weighting::Uniform).weight.is_none());
        let weighted = batch(Weighting::Velocity);
        let (alpha_bar, ..) = weighted.level.scales();
        let off = weighted.weight.expect("a weight") * alpha_bar - 1.0;
        assert!(off.abs().max().into_scalar::<f32>() < 1e-5);
    }
}
