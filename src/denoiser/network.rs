//! A trained network as a denoiser, with a guard around what it learned.

use burn::tensor::Tensor;

use super::{Denoiser, Prediction};
use crate::network::{LogSigma, Network};
use crate::schedule::Level;

/// A network out of training. An acceleration longer than `3 sqrt(d)` is cut to that length and one that is not finite is
/// dropped, which leaves the straight step; exact accelerations are shorter but for one in a thousand.
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
}

impl Denoiser<Tensor<2>> for NetworkDenoiser {
    fn noise(&self, x: &Tensor<2>, level: Level) -> Tensor<2> {
        self.network.noise(x.clone(), &LogSigma::uniform(level.sigma().ln(), &x.device()))
    }

    fn noise_and_turn(&self, x: &Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        let Prediction { noise, turn } =
            self.network.noise_and_turn(x.clone(), &LogSigma::uniform(level.sigma().ln(), &x.device()));
        let limit = 3.0 * (x.dims()[1] as f64).sqrt();
        let length = turn.clone().square().sum_dim(1).sqrt();
        let broken = length.clone().lower_elem(f32::MAX).bool_not();
        let turn = turn * length.recip().mul_scalar(limit).clamp_max(1.0);
        let broken = broken.expand(turn.dims());
        Prediction { noise, turn: turn.mask_fill(broken, 0.0) }
    }

    fn turn_cost(&self) -> f64 {
        self.turn_cost
    }
}
