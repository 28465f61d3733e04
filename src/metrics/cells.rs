//! An interval of the line in equal cells, and the masses of a distribution in them.

use crate::state::Points;

/// Equal cells next to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cells {
    low: f64,
    width: f64,
    count: usize,
}

impl Cells {
    /// `count` cells from `low` to `high`.
    ///
    /// # Panics
    /// When `low < high` does not hold, or there are fewer than six cells.
    pub fn new(low: f64, high: f64, count: usize) -> Self {
        assert!(low < high && count > 5, "{count} cells from {low} to {high}");
        Self { low, width: (high - low) / count as f64, count }
    }

    /// The number of cells.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The width of a cell.
    pub fn width(&self) -> f64 {
        self.width
    }

    /// The ends of the cells, `[count + 1, 1]`, rising.
    pub fn edges(&self) -> Points {
        Points::new(1, (0..=self.count).map(|i| self.edge(i)).collect())
    }

    /// The middles of the cells, `[count, 1]`, rising.
    pub fn centres(&self) -> Points {
        Points::new(1, (0..self.count).map(|i| self.low + (i as f64 + 0.5) * self.width).collect())
    }

    /// Mass of each cell, from a distribution's mass between two points. The outer cells take the distribution's tails too, so that the
    /// masses sum to one.
    pub fn masses(&self, mass: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let end = |i: usize| match i {
            0 => f64::NEG_INFINITY,
            i if i == self.count => f64::INFINITY,
            i => self.edge(i),
        };
        (0..self.count).map(|i| mass(end(i), end(i + 1))).collect()
    }

    /// Mean and variance of masses that sit in the middles of the cells.
    pub fn moments(&self, masses: &[f64]) -> (f64, f64) {
        let centres = self.centres();
        let mean: f64 = centres.values().iter().zip(masses).map(|(x, mass)| x * mass).sum();
        (mean, centres.values().iter().zip(masses).map(|(x, mass)| (x - mean).powi(2) * mass).sum())
    }

    fn edge(&self, i: usize) -> f64 {
        self.low + i as f64 * self.width
    }

    /// Where `x` lies, counted in cells from the first one's start.
    pub(super) fn position(&self, x: f64) -> f64 {
        (x - self.low) / self.width
    }
}
