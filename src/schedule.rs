//! Noise levels and the grids of levels that samplers walk down. Pure `f64`; knows no tensors.
//!
//! A level is one number in two coordinates: the cumulative signal power `alpha_bar` of the variance-preserving state
//! `x = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) noise`, or the noise level `sigma = sqrt((1 - alpha_bar) / alpha_bar)` of
//! the variance-exploding state `y = x / sqrt(alpha_bar) = x0 + sigma noise`.

use std::f64::consts::FRAC_PI_2;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Number of levels in the tables of [`linear_table`] and [`cosine_table`].
pub const TABLE_LEN: usize = 1000;

/// One noise level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    alpha_bar: f64,
    sigma: f64,
}

impl Level {
    /// No noise at all: `alpha_bar = 1`, `sigma = 0`.
    pub const CLEAN: Level = Level { alpha_bar: 1.0, sigma: 0.0 };

    /// The level with noise `sigma >= 0`.
    pub fn from_sigma(sigma: f64) -> Self {
        Self { alpha_bar: 1.0 / (1.0 + sigma * sigma), sigma }
    }

    /// The level with signal power `alpha_bar` in (0, 1].
    pub fn from_alpha_bar(alpha_bar: f64) -> Self {
        Self { alpha_bar, sigma: ((1.0 - alpha_bar) / alpha_bar).sqrt() }
    }

    /// The level whose log signal power is `log_alpha_bar <= 0`; keeps full precision near no noise.
    pub fn from_log_alpha_bar(log_alpha_bar: f64) -> Self {
        let alpha_bar = log_alpha_bar.exp();
        Self { alpha_bar, sigma: (-log_alpha_bar.exp_m1() / alpha_bar).sqrt() }
    }

    /// Signal power of the VP state.
    pub fn alpha_bar(self) -> f64 {
        self.alpha_bar
    }

    /// Noise level of the VE state.
    pub fn sigma(self) -> f64 {
        self.sigma
    }

    /// `1 - alpha_bar`, without cancellation.
    pub fn noise_power(self) -> f64 {
        self.sigma * self.sigma * self.alpha_bar
    }

    /// `sqrt(alpha_bar)`: what the clean data is multiplied with in the VP state.
    pub fn signal_scale(self) -> f64 {
        self.alpha_bar.sqrt()
    }

    /// `sqrt(1 - alpha_bar)`: what the noise is multiplied with in the VP state.
    pub fn noise_scale(self) -> f64 {
        self.sigma * self.alpha_bar.sqrt()
    }
}

/// Why a grid can't be made.
#[derive(Debug, Error, PartialEq)]
pub enum ScheduleError {
    /// Steps outside 1 to [`TABLE_LEN`].
    #[error("steps must be from 1 to {TABLE_LEN}, not {0}")]
    Steps(usize),
    /// Bounds that are not `0 < sigma_min < sigma_max`.
    #[error("noise levels must satisfy 0 < sigma_min < sigma_max, not {min} and {max}")]
    Bounds {
        /// The smallest noise level asked for.
        min: f64,
        /// The largest noise level asked for.
        max: f64,
    },
}

/// A family of step grids: from a number of steps to the levels to visit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Grid {
    /// `sigma` geometric from `sigma_max` to `sigma_min`: equal ratios, admissible in the sense of arXiv 2306.04848.
    LogLinear {
        /// First noise level.
        sigma_max: f64,
        /// Last noise level.
        sigma_min: f64,
    },
    /// EDM's polynomial grid with exponent 7, closing at no noise (arXiv 2206.00364, eq 5).
    Edm {
        /// First noise level.
        sigma_max: f64,
        /// Last noise level before zero.
        sigma_min: f64,
    },
    /// DDPM's linear schedule (arXiv 2006.11239, sec 4), trailing sub-sampling, closing at no noise.
    Linear,
    /// The cosine schedule (arXiv 2102.09672, eq 17), trailing sub-sampling, closing at no noise.
    Cosine,
}

impl Grid {
    /// The `steps + 1` levels of a run of `steps` steps, noisiest first.
    ///
    /// # Errors
    /// [`ScheduleError`] when `steps` is not in 1 to [`TABLE_LEN`] or the bounds are not in order.
    pub fn levels(self, steps: usize) -> Result<Vec<Level>, ScheduleError> {
        if !(1..=TABLE_LEN).contains(&steps) {
            return Err(ScheduleError::Steps(steps));
        }
        match self {
            Grid::LogLinear { sigma_max, sigma_min } => {
                check(sigma_min, sigma_max)?;
                Ok(log_linear(steps, sigma_min, sigma_max))
            }
            Grid::Edm { sigma_max, sigma_min } => {
                check(sigma_min, sigma_max)?;
                Ok(edm(steps, sigma_min, sigma_max, 7.0))
            }
            Grid::Linear => Ok(trailing(&linear_table(), steps, Level::CLEAN)),
            Grid::Cosine => Ok(trailing(&cosine_table(), steps, Level::CLEAN)),
        }
    }
}

fn check(min: f64, max: f64) -> Result<(), ScheduleError> {
    if 0.0 < min && min < max && max.is_finite() { Ok(()) } else { Err(ScheduleError::Bounds { min, max }) }
}

/// Geometric noise levels, `steps + 1` of them, both ends included.
pub fn log_linear(steps: usize, sigma_min: f64, sigma_max: f64) -> Vec<Level> {
    let ratio = (sigma_min / sigma_max).ln();
    (0..=steps).map(|i| Level::from_sigma(sigma_max * (ratio * i as f64 / steps as f64).exp())).collect()
}

/// EDM's polynomial levels with exponent `rho`, then no noise: `steps + 1` levels (arXiv 2206.00364, eq 5).
pub fn edm(steps: usize, sigma_min: f64, sigma_max: f64, rho: f64) -> Vec<Level> {
    let (first, last) = (sigma_max.powf(1.0 / rho), sigma_min.powf(1.0 / rho));
    let spacing = 1.0 / (steps.max(2) - 1) as f64;
    let sigma = |i: usize| (first + i as f64 * spacing * (last - first)).powf(rho);
    (0..steps).map(|i| Level::from_sigma(sigma(i))).chain([Level::CLEAN]).collect()
}

/// DDPM's table: `beta` linear from 1e-4 to 0.02 over [`TABLE_LEN`] levels, least noisy first (arXiv 2006.11239, sec 4).
pub fn linear_table() -> Vec<Level> {
    let beta = |t: usize| 1e-4 + (0.02 - 1e-4) * t as f64 / (TABLE_LEN - 1) as f64;
    accumulate((0..TABLE_LEN).map(beta))
}

/// The cosine table, `beta` clipped at 0.999, least noisy first (arXiv 2102.09672, eq 17).
pub fn cosine_table() -> Vec<Level> {
    let signal = |t: usize| ((t as f64 / TABLE_LEN as f64 + 0.008) / 1.008 * FRAC_PI_2).cos().powi(2);
    accumulate((0..TABLE_LEN).map(|t| (1.0 - signal(t + 1) / signal(t)).min(0.999)))
}

/// Levels of cumulative products of `1 - beta`, summed in logarithms so that small noise keeps its digits.
fn accumulate(betas: impl Iterator<Item = f64>) -> Vec<Level> {
    betas
        .scan(0.0, |log_alpha_bar, beta| {
            *log_alpha_bar += (-beta).ln_1p();
            Some(Level::from_log_alpha_bar(*log_alpha_bar))
        })
        .collect()
}

/// `steps` levels of a table counted down from its noisiest one in equal strides, then `closing`.
pub fn trailing(table: &[Level], steps: usize, closing: Level) -> Vec<Level> {
    let len = table.len() as f64;
    let index = |i: usize| (len - i as f64 * len / steps as f64).round() as usize;
    (0..steps).map(|i| table[index(i) - 1]).chain([closing]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_agree_in_both_coordinates() {
        for sigma in [0.0, 1e-3, 0.02, 1.0, 157.4] {
            let level = Level::from_sigma(sigma);
            let back = Level::from_alpha_bar(level.alpha_bar());
            assert!((back.sigma() - sigma).abs() <= 1e-9 * sigma.max(1e-2), "{sigma}");
            assert!((level.noise_power() + level.alpha_bar() - 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn every_grid_falls_and_has_one_level_more_than_steps() {
        let (sigma_max, sigma_min) = (10.0, 0.02);
        for grid in
            [Grid::LogLinear { sigma_max, sigma_min }, Grid::Edm { sigma_max, sigma_min }, Grid::Linear, Grid::Cosine]
        {
            for steps in [1, 2, 7, 1000] {
                let levels = grid.levels(steps).expect("a grid");
                assert_eq!(levels.len(), steps + 1);
                assert!(levels.windows(2).all(|pair| pair[0].sigma() > pair[1].sigma()), "{grid:?} {steps}");
            }
            assert_eq!(grid.levels(0), Err(ScheduleError::Steps(0)));
        }
        let upside_down = Grid::Edm { sigma_max: 0.1, sigma_min: 1.0 };
        assert_eq!(upside_down.levels(4), Err(ScheduleError::Bounds { min: 1.0, max: 0.1 }));
    }
}
