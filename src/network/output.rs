//! What a network's raw output means, and how the noise estimate is read from it.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::LogSigma;

/// The quantity that the velocity head's raw output `F` estimates. All describe the same function: `eh = a x + b F` with `a` and
/// `b` given by the level alone. They differ in what a fresh network says and in how an error of `F` grows with the level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// `v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x0` (arXiv 2202.00512, sec 4): `eh = sqrt(1 - alpha_bar) x +
    /// sqrt(alpha_bar) F`. An error of `F` never grows, and at high noise the state itself is the answer.
    #[default]
    Velocity,
    /// The noise (arXiv 2006.11239, eq 14): `eh = F`.
    Noise,
    /// The clean point `E[x0 | x]` (arXiv 2202.00512, sec 4): `eh = (x - sqrt(alpha_bar) F) / sqrt(1 - alpha_bar)`. An error of
    /// `F` is `1 / sigma` times as large in `eh`.
    Denoised,
    /// The score of the VP state (arXiv 2011.13456, eq 7): `eh = -sqrt(1 - alpha_bar) F`. `F` must grow like `1 / sigma`.
    Score,
}

impl Output {
    /// The estimate `eh` `[n, d]` from VP states `x` and raw outputs `raw`, both `[n, d]`.
    pub fn noise(self, x: Tensor<2>, raw: Tensor<2>, level: &LogSigma) -> Tensor<2> {
        match self {
            Output::Velocity => {
                let (_, signal, noise) = level.scales();
                x * noise + raw * signal
            }
            Output::Noise => raw,
            Output::Denoised => {
                let (_, signal, noise) = level.scales();
                (x - raw * signal) / noise
            }
            Output::Score => {
                let (.., noise) = level.scales();
                raw * noise.neg()
            }
        }
    }

    /// The derivative of [`Output::noise`] by `ln sigma` where `x` and `raw` stand still, `[n, d]`; nothing where it is zero.
    pub(super) fn noise_by_level(self, x: Tensor<2>, raw: Tensor<2>, level: &LogSigma) -> Option<Tensor<2>> {
        let (alpha_bar, signal, noise) = level.scales();
        match self {
            // d sqrt(1 - alpha_bar) = alpha_bar sqrt(1 - alpha_bar), d sqrt(alpha_bar) = -(1 - alpha_bar) sqrt(alpha_bar).
            Output::Velocity => Some((x * signal.clone() - raw * noise.clone()) * signal * noise),
            Output::Noise => None,
            Output::Denoised => Some((raw * signal - x * alpha_bar) / noise),
            Output::Score => Some(raw * (noise * alpha_bar).neg()),
        }
    }
}
