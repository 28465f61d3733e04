//! Distances between two sets of points.

use std::iter::Sum;
use std::ops::{Mul, Sub};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Held-out points to measure samples against; what depends on them alone is computed once.
#[derive(Clone, Debug)]
pub struct ReferenceSet {
    dimension: usize,
    points: Vec<f32>,
    within: f64,
}

/// The numbers that points are made of: `f32`, as samples on a device are, or `f64`.
pub trait Coordinate: Copy + Into<f64> + Sub<Output = Self> + Mul<Output = Self> + Sum {}

impl<T: Copy + Into<f64> + Sub<Output = T> + Mul<Output = T> + Sum> Coordinate for T {}

impl ReferenceSet {
    /// The reference set of row-major `points` `[n, dimension]`, two at least.
    pub fn new(points: &[f32], dimension: usize) -> Self {
        Self { dimension, points: points.to_vec(), within: mean_distance_within(points, dimension) }
    }

    /// Energy distance `2 E|A - B| - E|A - A'| - E|B - B'|` of row-major `samples` `[m, d]`, two at least, to these points.
    ///
    /// Means within a set leave out a point's distance to itself, which makes the estimate unbiased and lets it be slightly
    /// negative. Not a number when a sample is none.
    pub fn energy_distance(&self, samples: &[f32]) -> f64 {
        let across = mean_distance(samples, &self.points, self.dimension);
        2.0 * across - mean_distance_within(samples, self.dimension) - self.within
    }

    /// Sliced 2-Wasserstein distance to as many of these points: the root mean square over `directions` seeded directions.
    pub fn sliced_wasserstein(&self, samples: &[f32], directions: usize) -> f64 {
        let d = self.dimension;
        let count = samples.len().min(self.points.len()) / d;
        let directions = unit_directions(directions, d);
        sliced_wasserstein(&samples[..count * d], &self.points[..count * d], &directions, d)
    }
}

/// Energy distance of two row-major sets `a` and `b` `[n, d]`, two points at least each, as [`ReferenceSet::energy_distance`].
pub fn energy_distance<T: Coordinate>(a: &[T], b: &[T], d: usize) -> f64 {
    2.0 * mean_distance(a, b, d) - mean_distance_within(a, d) - mean_distance_within(b, d)
}

/// Sliced 2-Wasserstein distance of two row-major sets of equal size along row-major unit `directions` `[k, d]`.
pub fn sliced_wasserstein<T: Coordinate>(a: &[T], b: &[T], directions: &[T], d: usize) -> f64 {
    let project = |points: &[T], direction: &[T]| -> Vec<f64> {
        let along = |row: &[T]| row.iter().zip(direction).map(|(&x, &u)| x * u).sum::<T>().into();
        let mut values: Vec<f64> = points.chunks_exact(d).map(along).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let along = |direction: &[T]| {
        let (a, b) = (project(a, direction), project(b, direction));
        a.iter().zip(&b).map(|(x, y)| (x - y).powi(2)).sum::<f64>() / a.len() as f64
    };
    let slices = directions.chunks_exact(d);
    let count = slices.len() as f64;
    (slices.map(along).sum::<f64>() / count).sqrt()
}

fn unit_directions(count: usize, d: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut directions: Vec<f32> = (0..count * d).map(|_| StandardNormal.sample(&mut rng)).collect();
    for direction in directions.chunks_exact_mut(d) {
        let length = direction.iter().map(|u| u * u).sum::<f32>().sqrt();
        direction.iter_mut().for_each(|u| *u /= length);
    }
    directions
}

/// `|a - b|^2`, summed in the points' own precision.
pub(super) fn squared_distance<T: Coordinate>(a: &[T], b: &[T]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| (x - y) * (x - y)).sum::<T>().into()
}

fn distance<T: Coordinate>(a: &[T], b: &[T]) -> f64 {
    squared_distance(a, b).sqrt()
}

fn mean_distance<T: Coordinate>(a: &[T], b: &[T], d: usize) -> f64 {
    let sum: f64 = a.chunks_exact(d).map(|x| b.chunks_exact(d).map(|y| distance(x, y)).sum::<f64>()).sum();
    sum / ((a.len() / d) as f64 * (b.len() / d) as f64)
}

fn mean_distance_within<T: Coordinate>(a: &[T], d: usize) -> f64 {
    let count = (a.len() / d) as f64;
    let rest = |i: usize| a[(i + 1) * d..].chunks_exact(d);
    let sum: f64 = a.chunks_exact(d).enumerate().map(|(i, x)| rest(i).map(|y| distance(x, y)).sum::<f64>()).sum();
    2.0 * sum / (count * (count - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_no_distance_from_its_own_distribution() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut normal = |shift: f32| -> Vec<f32> {
            (0..2000)
                .map(|_| shift + <StandardNormal as Distribution<f32>>::sample(&StandardNormal, &mut rng))
                .collect()
        };
        let reference = ReferenceSet::new(&normal(0.0), 2);
        let same = reference.energy_distance(&normal(0.0));
        assert!(same.abs() < 0.01, "{same}");
        let near = reference.energy_distance(&normal(0.5));
        assert!(near > 0.1 && reference.energy_distance(&normal(1.0)) > 2.0 * near, "{near}");
        // A shift by s moves every projection by s (u . 1), whose mean square over directions is s^2.
        let sliced = reference.sliced_wasserstein(&normal(1.0), 64);
        assert!((sliced - 1.0).abs() < 0.1, "{sliced}");
    }
}
