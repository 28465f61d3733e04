//! A trained network as a denoiser.

use burn::tensor::Tensor;

use super::{Denoiser, Prediction};
use crate::level::Level;
use crate::network::weights::Weights;
use crate::network::{Classes, Course, FlowMap, GUIDANCE, LogSigma, Network};

/// A network out of training. A turn longer than `3 sqrt(d)` is cut to that length and one that is not finite is
/// dropped, which leaves the straight step; exact turns are shorter but for one in a thousand.
#[derive(Clone, Debug)]
pub struct NetworkDenoiser {
    network: Network,
    turn_cost: f64,
    /// With its cost.
    map: Option<(FlowMap, f64)>,
}

impl NetworkDenoiser {
    /// `network` must be without autodiff; `turn_cost` is its [`crate::network::NetworkConfig::turn_cost`].
    pub fn new(network: Network, turn_cost: f64) -> Self {
        Self { network, turn_cost, map: None }
    }

    /// The same with a flow map for whole steps; `cost` is its [`crate::network::NetworkConfig::map_cost`]. Without one they are DDIM's.
    pub fn with_map(self, map: FlowMap, cost: f64) -> Self {
        Self { map: Some((map, cost)), ..self }
    }

    /// The network.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// Its flow map.
    pub(crate) fn map(&self) -> Option<&FlowMap> {
        self.map.as_ref().map(|(map, _)| map)
    }

    /// [`Denoiser::mean_noise`] conditioned on classes with the weight `guidance`, of which the nearest within [`GUIDANCE`] is taken. A
    /// step to a level without noise ends at the cleanest one that maps know, and then goes on straight.
    pub fn mean_noise_of(
        &self,
        x: &Tensor<2>,
        from: Level,
        to: Level,
        class: Option<&Classes>,
        guidance: f64,
    ) -> Tensor<2> {
        let Some((map, _)) = &self.map else {
            return self.noise_of(x, from, class);
        };
        let level = |level: Level| LogSigma::uniform(level.sigma().clamp(CLEANEST, NOISIEST).ln(), &x.device());
        let guidance = guidance.clamp(*GUIDANCE.start(), *GUIDANCE.end());
        map.mean_noise(x.clone(), Course { from: &level(from), to: &level(to), class, guidance })
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

impl From<Weights> for NetworkDenoiser {
    /// The network with its map, and what the turn and the map of its shape cost.
    fn from(weights: Weights) -> Self {
        let Weights { network, map, description } = weights;
        let (turn_cost, map_cost) = (description.network.turn_cost(), description.network.map_cost());
        Self { network, turn_cost, map: map.map(|map| (map, map_cost)) }
    }
}

/// Ends of what a flow map is asked for.
const CLEANEST: f64 = 0.005;
const NOISIEST: f64 = 160.0;

impl Denoiser<Tensor<2>> for NetworkDenoiser {
    fn noise(&self, x: &Tensor<2>, level: Level) -> Tensor<2> {
        self.noise_of(x, level, None)
    }

    fn noise_and_turn(&self, x: &Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        self.noise_and_turn_of(x, level, None)
    }

    fn mean_noise(&self, x: &Tensor<2>, from: Level, to: Level) -> Tensor<2> {
        self.mean_noise_of(x, from, to, None, 1.0)
    }

    fn turn_cost(&self) -> f64 {
        self.turn_cost
    }

    fn map_cost(&self) -> f64 {
        self.map.as_ref().map_or(1.0, |(_, cost)| *cost)
    }
}
