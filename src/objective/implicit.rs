//! Implicit score matching: the noise is learned without looking at it.
//!
//! `E[|s|^2 / 2 + div s]` is least for the score (Hyvarinen 2005, theorem 1; arXiv 1905.07088, sec 2). Times `2 (1 - alpha_bar)` and with
//! `eh = -sqrt(1 - alpha_bar) s`, it is `E[|eh|^2 - 2 sqrt(1 - alpha_bar) div eh]`, which differs from `E|eh - eps|^2` by the
//! constant `d` alone: added here, so that both losses are the same number in the mean.

use burn::tensor::Tensor;

use crate::network::{Classes, Dual, LogSigma, Network};

/// Most coordinates that a divergence is computed for: it costs one derivative a coordinate.
pub const MOST_DIMENSIONS: usize = 2;

/// The loss of each point, a mean over coordinates, `[n, 1]`, for VP states `x` `[n, d]`; nothing where the divergence is out of
/// reach, for more than [`MOST_DIMENSIONS`] coordinates.
pub(super) fn loss(network: &Network, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Option<Tensor<2>> {
    let [_, dimension] = x.dims();
    if dimension > MOST_DIMENSIONS {
        return None;
    }
    let (noise, divergence) = divergence(network, x, level, class)?;
    Some(of(noise, divergence, level))
}

/// The estimate `eh` `[n, d]` and its divergence by `x`, `[n, 1]`.
fn divergence(
    network: &Network,
    x: Tensor<2>,
    level: &LogSigma,
    class: Option<&Classes>,
) -> Option<(Tensor<2>, Tensor<2>)> {
    let [_, dimension] = x.dims();
    let axis = |i: usize| x.zeros_like().slice_fill([0..x.dims()[0], i..i + 1], 1.0);
    let slopes: Vec<Tensor<2>> = (0..dimension).map(axis).collect();
    let Dual { value, slopes } =
        network.noise_dual(Dual { value: x, slopes }, Dual::still(level.0.clone(), dimension), class)?;
    let own = slopes.into_iter().enumerate().map(|(i, slope)| slope.narrow(1, i, 1));
    Some((value, own.reduce(|sum, slope| sum + slope)?))
}

fn of(noise: Tensor<2>, divergence: Tensor<2>, level: &LogSigma) -> Tensor<2> {
    let dimension = noise.dims()[1] as f64;
    let (.., scale) = level.scales();
    let learned = noise.square().mean_dim(1) - (divergence * scale).mul_scalar(2.0 / dimension);
    learned.add_scalar(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use crate::data::{DataKind, Dataset};
    use crate::network::{NetworkConfig, Output};
    use crate::objective::{Matching, Objective};
    use crate::training::{Trainer, TrainingOptions};

    fn normal(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| StandardNormal.sample(&mut rng)).collect()
    }

    fn points(values: Vec<f32>) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.clone(), [values.len() / 2, 2]), &Device::flex())
    }

    /// Among `eh = k x` on `N(0, c^2)`, the loss is least at `k = sqrt(1 - alpha_bar) / (alpha_bar c^2 + 1 - alpha_bar)`, where it
    /// is what denoising can reach, `c^2 / (c^2 + sigma^2)`.
    #[test]
    fn the_minimiser_on_a_gaussian_is_its_score() {
        for (sigma, c) in [(0.3_f64, 1.0), (1.0, 0.5), (4.0, 2.0)] {
            let alpha_bar = 1.0 / (1.0 + sigma * sigma);
            let noise = sigma * alpha_bar.sqrt();
            let power = alpha_bar * c * c + noise * noise;
            let x = points(normal(400_000, 1)).mul_scalar(power.sqrt());
            let level = LogSigma::uniform(sigma.ln(), &Device::flex());
            let loss = |k: f64| {
                let divergence = x.clone().narrow(1, 0, 1).full_like((2.0 * k) as f32);
                f64::from(of(x.clone().mul_scalar(k), divergence, &level).mean().into_scalar::<f32>())
            };
            // The vertex of the parabola through three of its points.
            let (low, middle, high) = (loss(0.0), loss(1.0), loss(2.0));
            let found = 1.0 - 0.5 * (high - low) / (high - 2.0 * middle + low);
            let expected = noise / power;
            assert!((found / expected - 1.0).abs() < 0.01, "{found} for {expected}");
            let least = c * c / (c * c + sigma * sigma);
            assert!((loss(expected) - least).abs() < 0.01, "{} for {least}", loss(expected));
        }
    }

    /// Forward differentiation against differences of the network, whose own error is what is left.
    #[test]
    fn the_divergence_is_exact() {
        let device = Device::flex();
        let network = NetworkConfig::points(2, 32).init(&mut ChaCha8Rng::seed_from_u64(4), &device);
        let x = points(normal(64, 2));
        let level = LogSigma(Tensor::full([32, 1], -0.5, &device));
        let (_, exact) = divergence(&network, x.clone(), &level, None).expect("a divergence");
        let by_difference = |step: f32| {
            let along = |i: usize| {
                let shift = x.zeros_like().slice_fill([0..32, i..i + 1], step);
                let ends = network.noise(x.clone() + shift.clone(), &level) - network.noise(x.clone() - shift, &level);
                ends.narrow(1, i, 1).div_scalar(2.0 * step)
            };
            (along(0) + along(1) - exact.clone()).abs().max().into_scalar::<f32>()
        };
        let size = exact.clone().abs().max().into_scalar::<f32>();
        let errors = [0.1, 0.01, 0.001].map(by_difference);
        println!("differences of 0.1, 0.01, 0.001 are off by {errors:?} of {size}");
        assert!(errors[1] < 2e-3 * size && errors[1] < errors[0]);
    }

    #[test]
    fn a_network_learns_a_gaussian_without_seeing_its_noise() {
        let (train, held_out) = (normal(20_000, 3), normal(200, 4));
        let data = Dataset { kind: DataKind::Points, dimension: 2, train, held_out, mixture: None, labels: None };
        let options = TrainingOptions {
            objective: Objective::Simple,
            matching: Matching::Implicit,
            learning_rate: 5e-3,
            ema: 0.98,
            ..TrainingOptions::points()
        };
        let config = NetworkConfig::points(2, 32).with(Output::Noise, Default::default());
        let mut trainer = Trainer::new(config, options, data, 1, &Device::flex());
        assert!(trainer.by_ref().take(500).all(|losses| losses.turn.is_none()));
        let x = points(normal(1000, 5));
        for sigma in [0.5_f64, 1.0, 3.0] {
            let found = trainer.average().noise(x.clone(), &LogSigma::uniform(sigma.ln(), &Device::flex()));
            // Standardised: the VP state is standard normal at every level.
            let expected = x.clone().mul_scalar(sigma / (1.0 + sigma * sigma).sqrt());
            let error = (found - expected).square().mean().sqrt().into_scalar::<f32>();
            assert!(error < 0.15, "at {sigma}: {error}");
        }
    }
}
