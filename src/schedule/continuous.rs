//! Continuous schedules: levels at evenly spread values of some function of the noise level.

use crate::level::Level;

/// Rates of the continuous form of DDPM's linear schedule, `beta(t) = b0 + t (b1 - b0)` (arXiv 2011.13456, eq 33).
const VP_RATES: (f64, f64) = (0.1, 20.0);

/// Geometric noise levels, `steps + 1` of them, both ends included (arXiv 2306.04848).
///
/// ```
/// use fewsteps::schedule::log_linear;
///
/// let levels = log_linear(2, 0.1, 10.0);
/// assert!(levels.iter().zip([10.0, 1.0, 0.1]).all(|(level, sigma)| (level.sigma() - sigma).abs() < 1e-12));
/// ```
pub fn log_linear(steps: usize, sigma_min: f64, sigma_max: f64) -> Vec<Level> {
    spread(steps, sigma_max.ln(), sigma_min.ln(), |u| Level::from_sigma(u.exp()))
}

/// EDM's polynomial levels: `sigma^(1/rho)` uniform, both ends included (arXiv 2206.00364, eq 5).
pub(super) fn polynomial(steps: usize, sigma_min: f64, sigma_max: f64, rho: f64) -> Vec<Level> {
    spread(steps, sigma_max.powf(1.0 / rho), sigma_min.powf(1.0 / rho), |u| Level::from_sigma(u.powf(rho)))
}

/// The level at time `t` of the variance-preserving SDE, `alpha_bar = exp(-(t^2 (b1 - b0) / 2 + t b0))` (arXiv 2011.13456, eq 33).
pub fn vp_level(t: f64) -> Level {
    let (b0, b1) = VP_RATES;
    Level::from_log_alpha_bar(-(t * t * (b1 - b0) / 2.0 + t * b0))
}

/// The time of the variance-preserving SDE at `level`; the inverse of [`vp_level`].
pub fn vp_time(level: Level) -> f64 {
    let (b0, b1) = VP_RATES;
    let exponent = level.sigma().powi(2).ln_1p();
    2.0 * exponent / (b0 + (b0 * b0 + 2.0 * (b1 - b0) * exponent).sqrt())
}

/// Time uniform on the variance-preserving SDE, both ends included.
pub(super) fn vp_uniform(steps: usize, sigma_min: f64, sigma_max: f64) -> Vec<Level> {
    let time = |sigma: f64| vp_time(Level::from_sigma(sigma));
    spread(steps, time(sigma_max), time(sigma_min), vp_level)
}

/// Rectified flow's time `t` uniform, both ends included: its state `(1 - t) x0 + t eps` has `sigma = t / (1 - t)` (arXiv 2209.03003). Euler's
/// steps in that time are DDIM's on these levels.
pub(super) fn rectified(steps: usize, sigma_min: f64, sigma_max: f64) -> Vec<Level> {
    let time = |sigma: f64| sigma / (1.0 + sigma);
    spread(steps, time(sigma_max), time(sigma_min), |t| Level::from_sigma(t / (1.0 - t)))
}

/// Levels of the Ornstein-Uhlenbeck process, `alpha_bar = exp(-2t)`, with `spacing(t)` uniform and `time` its inverse.
pub(super) fn ornstein_uhlenbeck(
    steps: usize,
    sigma_min: f64,
    sigma_max: f64,
    spacing: fn(f64) -> f64,
    time: fn(f64) -> f64,
) -> Vec<Level> {
    let at = |sigma: f64| spacing(Level::from_sigma(sigma).ou_time());
    spread(steps, at(sigma_max), at(sigma_min), |u| Level::from_log_alpha_bar(-2.0 * time(u)))
}

fn spread(steps: usize, first: f64, last: f64, level: impl Fn(f64) -> Level) -> Vec<Level> {
    (0..=steps).map(|i| level(first + (last - first) * i as f64 / steps as f64)).collect()
}
