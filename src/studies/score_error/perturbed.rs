//! An exact denoiser with a known error.

use crate::denoiser::{Denoiser, Prediction};
use crate::distribution::Mixture;
use crate::level::Level;
use crate::metrics::cells::Cells;
use crate::parameters::options;
use crate::state::Points;

options! {
    /// Where the error of the score is.
    pub enum Shape {
        /// The same number everywhere.
        Shift = ("shift", "Everywhere the same", "One number added to the score of every point: largest and root mean square error agree."),
        /// A wave along the line, `sin(4 x)`.
        Wave = ("wave", "A wave", "An error that changes its sign: neighbouring points are pushed apart and together."),
        /// Only where a hundredth of the probability lies, at the right end.
        Rare = ("rare", "Where few points are", "All of it in the outermost hundredth of the probability, ten times as large there."),
    }
}

/// Frequency of the wave.
const FREQUENCY: f64 = 4.0;
/// Probability where the rare error is.
pub(super) const SHARE: f64 = 0.01;
/// Cells of the mean square of a wave.
const CELLS: usize = 256;

/// The denoiser of a mixture on the line whose score `s` of the VP state is off by a known error of root mean square `size` at every level.
/// The turn is the exact one.
pub(in crate::studies) struct Perturbed<'a> {
    pub(in crate::studies) exact: &'a Mixture,
    pub(in crate::studies) shape: Shape,
    pub(in crate::studies) size: f64,
}

impl Perturbed<'_> {
    /// The error of the score at VP states `x` `[n, 1]`.
    pub(super) fn error(&self, x: &Points, level: Level) -> Points {
        let size = self.size;
        let error: Box<dyn Fn(f64) -> f64> = match self.shape {
            Shape::Shift => Box::new(move |_| size),
            Shape::Wave => {
                let wave = |x: f64| (FREQUENCY * x).sin();
                let (low, high) = self.exact.support(level, 6.0);
                let cells = Cells::new(low, high, CELLS);
                let masses = cells.masses(|from, to| self.exact.mass(from, to, level));
                let square: f64 = cells.centres().values().iter().zip(&masses).map(|(x, m)| m * wave(*x).powi(2)).sum();
                Box::new(move |x| size / square.sqrt() * wave(x))
            }
            Shape::Rare => {
                let from = self.quantile(level);
                Box::new(move |x| if x > from { size / SHARE.sqrt() } else { 0.0 })
            }
        };
        Points::new(1, x.values().iter().map(|&x| error(x)).collect())
    }

    /// Where the outermost [`SHARE`] of the probability begins.
    fn quantile(&self, level: Level) -> f64 {
        let (mut low, mut high) = self.exact.support(level, 9.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if self.exact.mass(middle, f64::INFINITY, level) > SHARE { low = middle } else { high = middle }
        }
        high
    }

    fn with_error(&self, noise: &Points, x: &Points, level: Level) -> Points {
        let error = self.error(x, level);
        // `s = -eh / sqrt(1 - alpha_bar)`.
        let scale = level.noise_scale();
        Points::new(1, noise.values().iter().zip(error.values()).map(|(noise, error)| noise - scale * error).collect())
    }
}

impl Denoiser<Points> for Perturbed<'_> {
    fn noise(&self, x: &Points, level: Level) -> Points {
        self.with_error(&self.exact.noise(x, level), x, level)
    }

    fn noise_and_turn(&self, x: &Points, level: Level) -> Prediction<Points> {
        let Prediction { noise, turn } = Denoiser::<Points>::noise_and_turn(self.exact, x, level);
        Prediction { noise: self.with_error(&noise, x, level), turn }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studies::common::targets::line;

    /// At every level each shape has the root mean square that was asked for, and its own largest value.
    #[test]
    fn errors_have_their_size() {
        let exact = line();
        for level in [0.05, 0.4, 3.0].map(Level::from_sigma) {
            let (low, high) = exact.support(level, 8.0);
            let cells = Cells::new(low, high, 40_000);
            let masses = cells.masses(|from, to| exact.mass(from, to, level));
            for (shape, largest) in [(Shape::Shift, 1.0), (Shape::Wave, f64::NAN), (Shape::Rare, 10.0)] {
                let perturbed = Perturbed { exact: &exact, shape, size: 0.2 };
                let error = perturbed.error(&cells.centres(), level);
                let square: f64 = error.values().iter().zip(&masses).map(|(e, m)| m * e * e).sum();
                assert!((square.sqrt() / 0.2 - 1.0).abs() < 5e-3, "{shape:?}: {}", square.sqrt());
                let most = error.values().iter().copied().fold(0.0, f64::max);
                assert!(largest.is_nan() || (most / 0.2 - largest).abs() < 1e-9, "{shape:?}: {most}");
            }
        }
    }
}
