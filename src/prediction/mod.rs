//! The denoiser trait, its predictions, and the quantities derived from them.
//!
//! A [`Denoiser`] maps noisy points and their level to the posterior mean of the noise. Networks, exact distributions and adapters
//! are denoisers, and a sampler needs nothing else.

pub mod derived;
mod path;

use std::ops::Deref;

use crate::level::Level;

pub(crate) use path::mean_noise;

/// A denoiser's prediction for a batch of points at one noise level. Both parts are `[n, d]`.
#[derive(Clone, Debug)]
pub struct Prediction<S> {
    /// `E[noise | x]`: the velocity `dy/dsigma` of the probability-flow ODE in the VE state.
    pub noise: S,
    /// `c = d noise / d ln sigma` along that ODE: the turn, the acceleration of the path.
    pub turn: S,
}

/// An exact or learned estimate of the noise in a batch of points.
///
/// ```
/// use fewsteps::level::Level;
/// use fewsteps::prediction::{Denoiser, Prediction, derived};
/// use fewsteps::state::{Points, State};
///
/// /// Of data that is standard normal in every coordinate: `E[eps | x] = sqrt(1 - alpha_bar) x`, `c = (1 - alpha_bar)^{1/2} alpha_bar x`.
/// struct Normal;
///
/// impl<S: State> Denoiser<S> for Normal {
///     fn noise(&self, x: &S, level: Level) -> S {
///         S::combine(&[(level.noise_scale(), x)])
///     }
///
///     fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S> {
///         let turn = S::combine(&[(level.noise_scale() * level.alpha_bar(), x)]);
///         Prediction { noise: self.noise(x, level), turn }
///     }
/// }
///
/// let (x, level) = (Points::new(2, vec![0.3, -1.1]), Level::from_sigma(2.0));
/// let score = derived::score(&Normal.noise(&x, level), level);
/// assert!(score.values().iter().zip(x.values()).all(|(s, x)| (s + x).abs() < 1e-12));
/// ```
pub trait Denoiser<S> {
    /// `E[noise | x]`, `[n, d]`, for VP states `x` `[n, d]` at `level` (`sigma > 0`).
    fn noise(&self, x: &S, level: Level) -> S;

    /// The noise and the turn at the same points, in one evaluation.
    fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S>;

    /// The mean of the noise by `sigma` over the path from `x` at `from` to the cleaner `to`, `[n, d]`: with it one straight step is
    /// the whole way, `y_s = y_t + (sigma_s - sigma_t) mean`. A denoiser that does not know its path says the noise at its start,
    /// and the step is DDIM's.
    fn mean_noise(&self, x: &S, from: Level, _to: Level) -> S {
        self.noise(x, from)
    }

    /// Cost of [`Denoiser::noise_and_turn`] in units of [`Denoiser::noise`].
    fn turn_cost(&self) -> f64 {
        1.0
    }

    /// Cost of [`Denoiser::mean_noise`] in units of [`Denoiser::noise`].
    fn map_cost(&self) -> f64 {
        1.0
    }

    /// Evaluations of the network that one of the first two takes at a level.
    fn passes(&self, _level: Level) -> usize {
        1
    }
}

/// A pointer to a denoiser is one.
impl<S, P: Deref<Target: Denoiser<S>>> Denoiser<S> for P {
    fn noise(&self, x: &S, level: Level) -> S {
        (**self).noise(x, level)
    }

    fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S> {
        (**self).noise_and_turn(x, level)
    }

    fn mean_noise(&self, x: &S, from: Level, to: Level) -> S {
        (**self).mean_noise(x, from, to)
    }

    fn turn_cost(&self) -> f64 {
        (**self).turn_cost()
    }

    fn map_cost(&self) -> f64 {
        (**self).map_cost()
    }

    fn passes(&self, level: Level) -> usize {
        (**self).passes(level)
    }
}
