//! Score, denoised points, bracket and `y*` from a prediction, in `f64` or on a device.
//!
//! The bracket is `B = -(grad tr J + J s)` with `J = ds/dx`, and `y* = E[|u|^2 (u + s) + u (u . s) | x]` with `u = eps / sqrt(1 -
//! alpha_bar)` is the conditional mean of the second-order target (arXiv 2306.09251). Both grow without bound as the noise goes;
//! their normalised forms `(1 - alpha_bar)^{3/2} B` and `(1 - alpha_bar)^{3/2} y*` do not. All are `[n, d]`, all levels have
//! `sigma > 0`.

use burn::tensor::Tensor;

use super::Prediction;
use crate::level::Level;
use crate::state::{Points, State};

/// The score of the VP state, `s = -eh / sqrt(1 - alpha_bar)` (arXiv 2011.13456).
pub fn score<S: State>(noise: &S, level: Level) -> S {
    S::combine(&[(-1.0 / level.noise_scale(), noise)])
}

/// The clean points expected under the VP states `x`, `x0h = (x - sqrt(1 - alpha_bar) eh) / sqrt(alpha_bar)`.
pub fn denoised<S: State>(x: &S, noise: &S, level: Level) -> S {
    S::combine(&[(level.signal_scale().recip(), x), (-level.sigma(), noise)])
}

/// `b = c - eh`, the same in the VP and the VE state.
pub fn normalised_bracket<S: State>(prediction: &Prediction<S>) -> S {
    S::combine(&[(1.0, &prediction.turn), (-1.0, &prediction.noise)])
}

/// `B = b / (1 - alpha_bar)^{3/2}`.
pub fn bracket<S: State>(prediction: &Prediction<S>, level: Level) -> S {
    S::combine(&[(level.noise_scale().powi(-3), &normalised_bracket(prediction))])
}

/// `(1 - alpha_bar)^{3/2} y* = c - |eh|^2 eh`.
pub fn normalised_y_star<S: Power>(prediction: &Prediction<S>) -> S {
    S::combine(&[(1.0, &prediction.turn), (-1.0, &prediction.noise.times_power())])
}

/// `y* = (c - |eh|^2 eh) / (1 - alpha_bar)^{3/2}`.
pub fn y_star<S: Power>(prediction: &Prediction<S>, level: Level) -> S {
    S::combine(&[(level.noise_scale().powi(-3), &normalised_y_star(prediction))])
}

/// States whose rows can be multiplied with their own power.
pub trait Power: State {
    /// `|x|^2 x`, row by row.
    fn times_power(&self) -> Self;
}

impl Power for Points {
    fn times_power(&self) -> Self {
        let cubed = |row: &[f64]| -> Vec<f64> {
            let power: f64 = row.iter().map(|x| x * x).sum();
            row.iter().map(|x| power * x).collect()
        };
        Points::new(self.dimension(), self.rows().flat_map(cubed).collect())
    }
}

impl Power for Tensor<2> {
    fn times_power(&self) -> Self {
        self.clone() * self.clone().square().sum_dim(1)
    }
}
