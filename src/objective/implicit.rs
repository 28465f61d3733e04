//! Implicit score matching: the noise is learned without looking at it.
//!
//! `E[|s|^2 / 2 + div s]` is least for the score (Hyvarinen 2005, theorem 1; arXiv 1905.07088, sec 2). Times `2 (1 - alpha_bar)` and with
//! `eh = -sqrt(1 - alpha_bar) s`, it is `E[|eh|^2 - 2 sqrt(1 - alpha_bar) div eh]`, which differs from `E|eh - eps|^2` by the
//! constant `d` alone: added here, so that both losses are the same number in the mean.

use burn::tensor::Tensor;

use crate::network::{Dual, LogSigma, Network};

/// Most coordinates that a divergence is computed for: it costs one derivative a coordinate.
pub const MOST_DIMENSIONS: usize = 2;

/// The loss of each point, a mean over coordinates, `[n, 1]`, for VP states `x` `[n, d]`; nothing where the divergence is out of
/// reach, for more than [`MOST_DIMENSIONS`] coordinates.
pub(super) fn loss(network: &Network, x: Tensor<2>, level: &LogSigma) -> Option<Tensor<2>> {
    let [_, dimension] = x.dims();
    if dimension > MOST_DIMENSIONS {
        return None;
    }
    let (noise, divergence) = divergence(network, x, level)?;
    Some(of(noise, divergence, level))
}

/// The estimate `eh` `[n, d]` and its divergence by `x`, `[n, 1]`.
fn divergence(network: &Network, x: Tensor<2>, level: &LogSigma) -> Option<(Tensor<2>, Tensor<2>)> {
    let [_, dimension] = x.dims();
    let axis = |i: usize| x.zeros_like().slice_fill([0..x.dims()[0], i..i + 1], 1.0);
    let slopes: Vec<Tensor<2>> = (0..dimension).map(axis).collect();
    let Dual { value, slopes } =
        network.noise_dual(Dual { value: x, slopes }, Dual::still(level.0.clone(), dimension))?;
    let own = slopes.into_iter().enumerate().map(|(i, slope)| slope.narrow(1, i, 1));
    Some((value, own.reduce(|sum, slope| sum + slope)?))
}

fn of(noise: Tensor<2>, divergence: Tensor<2>, level: &LogSigma) -> Tensor<2> {
    let dimension = noise.dims()[1] as f64;
    let (.., scale) = level.scales();
    let learned = noise.square().mean_dim(1) - (divergence * scale).mul_scalar(2.0 / dimension);
    learned.add_scalar(1.0)
}
