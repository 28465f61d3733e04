//! What a sampler asks of the world: the denoiser trait, its answer, and what follows from that answer.

pub mod derived;

use std::ops::Deref;

use crate::level::Level;

/// What a denoiser says of a batch of points at one noise level. Both parts are `[n, d]`.
#[derive(Clone, Debug)]
pub struct Prediction<S> {
    /// `E[noise | x]`: the velocity `dy/dsigma` of the probability-flow ODE in the VE state.
    pub noise: S,
    /// `c = d noise / d ln sigma` along that ODE: how the velocity turns.
    pub turn: S,
}

/// The ideal or learned answer to: which noise is in these points?
pub trait Denoiser<S> {
    /// `E[noise | x]`, `[n, d]`, for VP states `x` `[n, d]` at `level` (`sigma > 0`).
    fn noise(&self, x: &S, level: Level) -> S;

    /// The noise and the acceleration of the path at the same points, in one evaluation.
    fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S>;

    /// Cost of [`Denoiser::noise_and_turn`] in units of [`Denoiser::noise`].
    fn turn_cost(&self) -> f64 {
        1.0
    }

    /// Evaluations of the network that one of either takes.
    fn passes(&self) -> usize {
        1
    }
}

/// What points to a denoiser is one.
impl<S, P: Deref<Target: Denoiser<S>>> Denoiser<S> for P {
    fn noise(&self, x: &S, level: Level) -> S {
        (**self).noise(x, level)
    }

    fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S> {
        (**self).noise_and_turn(x, level)
    }

    fn turn_cost(&self) -> f64 {
        (**self).turn_cost()
    }

    fn passes(&self) -> usize {
        (**self).passes()
    }
}
