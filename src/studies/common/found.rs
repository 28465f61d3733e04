//! Errors that are compared on the same noise.

use super::paths::RootMeanSquare;
use crate::estimate::Estimate;

/// Standard errors between what can be told apart: within so many, chance stays 95 times of 100 where there are eight draws.
pub const SURE: f64 = 2.4;

/// What an error is a mean over, with the same noise in the same place for all that are compared; or an error and the bound on it.
pub enum Found {
    /// Energy distances, one for each draw.
    Draws(Vec<f64>),
    /// Squared distances, one for each path.
    Paths(RootMeanSquare),
    /// Without sampling error.
    Exactly(Estimate),
}

impl Found {
    /// The error.
    pub fn estimate(&self) -> Estimate {
        match self {
            Found::Draws(distances) => Estimate::of(distances),
            Found::Paths(paths) => paths.estimate(),
            Found::Exactly(estimate) => *estimate,
        }
    }

    /// How much larger this error is than `other`, found with the same noise: pair by pair, which leaves out the chance that both
    /// share.
    pub fn minus(&self, other: &Found) -> Estimate {
        match (self, other) {
            (Found::Draws(a), Found::Draws(b)) => {
                Estimate::of(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
            }
            (Found::Paths(a), Found::Paths(b)) => a.minus(b),
            _ => {
                let (a, b) = (self.estimate(), other.estimate());
                // Bounds add up, and are no standard errors.
                let bound = a.standard_error + b.standard_error;
                Estimate { mean: a.mean - b.mean, standard_error: bound / SURE }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_leave_out_what_they_share() {
        let shared = [1.0, 5.0, 2.0, 9.0];
        let of = |shift: f64| Found::Draws(shared.iter().map(|draw| draw + shift).collect());
        let difference = of(0.25).minus(&of(0.0));
        assert!((difference.mean - 0.25).abs() < 1e-12 && difference.standard_error < 1e-12, "{difference:?}");
    }
}
