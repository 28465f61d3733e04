//! A noise level.
//!
//! A level is one number in two coordinates: the cumulative signal power `alpha_bar` of the variance-preserving state
//! `x = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps`, or the noise level `sigma = sqrt((1 - alpha_bar) / alpha_bar)` of
//! the variance-exploding state `y = x / sqrt(alpha_bar) = x0 + sigma eps`.

/// One noise level.
///
/// ```
/// use fewsteps::level::Level;
///
/// let level = Level::from_sigma(2.0);
/// assert!((level.alpha_bar() - 0.2).abs() < 1e-15 && (level.noise_power() - 0.8).abs() < 1e-15);
/// ```
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

    /// The level whose log signal power is `log_alpha_bar <= 0`; with full precision near no noise.
    pub fn from_log_alpha_bar(log_alpha_bar: f64) -> Self {
        let alpha_bar = log_alpha_bar.exp();
        Self { alpha_bar, sigma: (-log_alpha_bar.exp_m1() / alpha_bar).sqrt() }
    }

    /// Both numbers to the last bit, for another worker.
    pub(crate) fn bits(self) -> [u64; 2] {
        [self.alpha_bar.to_bits(), self.sigma.to_bits()]
    }

    /// The level whose [`Level::bits`] these are.
    pub(crate) fn from_bits([alpha_bar, sigma]: [u64; 2]) -> Self {
        Self { alpha_bar: f64::from_bits(alpha_bar), sigma: f64::from_bits(sigma) }
    }

    /// Signal power of the VP state.
    pub fn alpha_bar(self) -> f64 {
        self.alpha_bar
    }

    /// Noise level of the VE state.
    pub fn sigma(self) -> f64 {
        self.sigma
    }

    /// The time `t` of the Ornstein-Uhlenbeck process, `alpha_bar = exp(-2t)`.
    pub fn ou_time(self) -> f64 {
        0.5 * self.sigma.powi(2).ln_1p()
    }

    /// `1 - alpha_bar`, without cancellation.
    pub fn noise_power(self) -> f64 {
        self.sigma * self.sigma * self.alpha_bar
    }

    /// `sqrt(alpha_bar)`: the factor of the clean data in the VP state.
    pub fn signal_scale(self) -> f64 {
        self.alpha_bar.sqrt()
    }

    /// `sqrt(1 - alpha_bar)`: the factor of the noise in the VP state.
    pub fn noise_scale(self) -> f64 {
        self.sigma * self.alpha_bar.sqrt()
    }
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
}
