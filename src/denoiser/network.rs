//! A trained network as a denoiser.

use burn::tensor::Tensor;

use super::{Denoiser, Prediction};
use crate::level::Level;
use crate::network::{Classes, LogSigma, Network};

/// A network out of training. A turn longer than `3 sqrt(d)` is cut to that length and one that is not finite is
/// dropped, which leaves the straight step; exact turns are shorter but for one in a thousand.
#[derive(Clone, Debug)]
pub struct NetworkDenoiser {
    network: Network,
    turn_cost: f64,
}

impl NetworkDenoiser {
    /// `network` must be without autodiff; `turn_cost` is its [`crate::network::NetworkConfig::turn_cost`].
    pub fn new(network: Network, turn_cost: f64) -> Self {
        Self { network, turn_cost }
    }

    /// [`Denoiser::noise`] conditioned on classes; unconditional without.
    pub fn noise_of(&self, x: &Tensor<2>, level: Level, class: Option<&Classes>) -> Tensor<2> {
        self.network.noise_of(x.clone(), &LogSigma::uniform(level.sigma().ln(), &x.device()), class)
    }

    /// [`Denoiser::noise_and_turn`] conditioned on classes; unconditional without.
    pub fn noise_and_turn_of(&self, x: &Tensor<2>, level: Level, class: Option<&Classes>) -> Prediction<Tensor<2>> {
        let level = LogSigma::uniform(level.sigma().ln(), &x.device());
        let Prediction { noise, turn } = self.network.noise_and_turn_of(x.clone(), &level, class);
        let limit = 3.0 * (x.dims()[1] as f64).sqrt();
        let length = turn.clone().square().sum_dim(1).sqrt();
        let broken = length.clone().lower_elem(f32::MAX).bool_not();
        let turn = turn * length.recip().mul_scalar(limit).clamp_max(1.0);
        let broken = broken.expand(turn.dims());
        Prediction { noise, turn: turn.mask_fill(broken, 0.0) }
    }
}

impl Denoiser<Tensor<2>> for NetworkDenoiser {
    fn noise(&self, x: &Tensor<2>, level: Level) -> Tensor<2> {
        self.noise_of(x, level, None)
    }

    fn noise_and_turn(&self, x: &Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        self.noise_and_turn_of(x, level, None)
    }

    fn turn_cost(&self) -> f64 {
        self.turn_cost
    }
}
