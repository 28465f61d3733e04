//! Girsanov's bound on the reverse SDE with its score held over each step, exactly.
//!
//! In the VE state and its variance `v = sigma^2` the reverse SDE is `dy = g(y, v) dv + dw` with `v` falling, `g` the score, and the sampler
//! holds `g` plus its error `e` at each step's start. By Girsanov's theorem the divergence of the paths, which bounds that of their ends, is
//! that of the starts and half the integral of `E|g - g_k - e_k|^2`. Along the reverse process the score is a martingale (its drift is
//! `-dg/dv + (grad g) g + lap g / 2`, which the heat equation makes zero), so that nothing mixes: `E|g - g_k|^2 = I(v) - I(v_k)`, with
//! `I(v) = E|g|^2`, and the errors add their own squares. As `I` is twice the growth of the entropy `H` (de Bruijn), the integral is known too.

use crate::denoiser::Denoiser;
use crate::distribution::Mixture;
use crate::distribution::line::normal_mass;
use crate::level::Level;
use crate::metrics::cells::Cells;
use crate::metrics::divergence::Divergence;
use crate::state::Points;

/// Cells of quadratures, and deviations of the distribution that they cover.
const CELLS: usize = 4000;
const WIDE: f64 = 9.0;

/// The three parts of the bound on `KL(exact || made)`, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound {
    /// `KL(q || N(0, 1))` of the VP state at the first level.
    pub(super) initialisation: f64,
    /// `sum of the integral of (I(v) - I(v_k)) dv / 2` over each step: `H(v_0) - H(v_N) - sum (v_k - v_{k+1}) I(v_k) / 2`.
    pub(super) discretisation: f64,
    /// `sum (v_k - v_{k+1}) E|e_k|^2 / 2`.
    pub(super) score: f64,
}

impl Bound {
    /// Of a run of Euler and Maruyama's method in `sigma^2` on `levels`, from standard normal VP states to `mixture` on the line, with a score
    /// whose error has the mean square `error^2` in the VP state.
    pub(super) fn of(mixture: &Mixture, levels: &[Level], error: f64) -> Self {
        let steps = || levels.windows(2).map(|pair| (pair[0], pair[0].sigma().powi(2) - pair[1].sigma().powi(2)));
        let held: f64 = steps().map(|(level, change)| change * information(mixture, level)).sum();
        let grown = entropy(mixture, levels[0]) - entropy(mixture, levels[levels.len() - 1]);
        Self {
            initialisation: initialisation(mixture, levels[0]),
            discretisation: grown - 0.5 * held,
            score: steps().map(|(level, change)| 0.5 * change * level.alpha_bar() * error * error).sum(),
        }
    }

    pub(super) fn sum(self) -> f64 {
        self.initialisation + self.discretisation + self.score
    }
}

fn cells(mixture: &Mixture, level: Level) -> Cells {
    let (low, high) = mixture.support(level, WIDE);
    Cells::new(low, high, CELLS)
}

/// The mean of `value` over the VP state at `level`.
fn mean(mixture: &Mixture, level: Level, value: impl Fn(&Points) -> Vec<f64>) -> f64 {
    let cells = cells(mixture, level);
    let masses = cells.masses(|from, to| mixture.mass(from, to, level));
    masses.iter().zip(value(&cells.centres())).map(|(mass, value)| mass * value).sum()
}

/// `I = E|g|^2` of the VE state: `E[eh^2] / sigma^2`.
fn information(mixture: &Mixture, level: Level) -> f64 {
    let squares = |x: &Points| mixture.noise(x, level).values().iter().map(|noise| noise * noise).collect();
    mean(mixture, level, squares) / level.sigma().powi(2)
}

/// `H = -E ln q` of the VE state.
fn entropy(mixture: &Mixture, level: Level) -> f64 {
    -mean(mixture, level, |x| mixture.log_density(x, level)) - level.signal_scale().ln()
}

fn initialisation(mixture: &Mixture, level: Level) -> f64 {
    let cells = cells(mixture, level);
    let exact = cells.masses(|from, to| mixture.mass(from, to, level));
    Divergence::of_masses(&exact, &cells.masses(normal_mass)).kullback_leibler
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::log_linear;

    /// Of a Gaussian everything is known: `I = 1 / (s^2 + v)`, `H = ln(s^2 + v) / 2` but for a constant.
    #[test]
    fn a_gaussian_s_bound_is_known() {
        let (s, m) = (0.4_f64, 0.7);
        let gaussian = Mixture::new(&[1.0], &[vec![m]], &[vec![vec![s * s]]]).expect("a Gaussian");
        let levels = log_linear(12, 0.05, 5.0);
        let bound = Bound::of(&gaussian, &levels, 0.3);
        let v: Vec<f64> = levels.iter().map(|level| level.sigma().powi(2)).collect();
        let total = |v: f64| s * s + v;
        let held: f64 = v.windows(2).map(|v| (v[0] - v[1]) / total(v[0])).sum();
        let discretisation = 0.5 * ((total(v[0]) / total(v[12])).ln() - held);
        let (mean, variance) = (m * levels[0].signal_scale(), levels[0].alpha_bar() * s * s + levels[0].noise_power());
        let initialisation = 0.5 * (variance + mean * mean - 1.0 - variance.ln());
        let score: f64 = v.windows(2).map(|v| 0.045 * (v[0] - v[1]) / (1.0 + v[0])).sum();
        for (found, expected) in
            [(bound.initialisation, initialisation), (bound.discretisation, discretisation), (bound.score, score)]
        {
            assert!((found / expected - 1.0).abs() < 1e-4, "{bound:?}: {expected}");
        }
    }
}
