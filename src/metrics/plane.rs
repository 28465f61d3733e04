//! The energy distance in the plane in `n log n`: exact but for a quadrature over directions.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

/// `count` points of a standard normal, row-major `[count, 2]`, from a shifted Kronecker sequence (the plastic number's) as radius and angle:
/// they fill the plane evenly, so that a mean over them hardly depends on `shift`, two numbers from 0 to 1.
pub fn even_normal(count: usize, shift: [f64; 2]) -> Vec<f32> {
    let point = |index: usize| {
        let [radius, angle] = [(0.754_877_666_246_692_8, 0), (0.569_840_290_998_053_3, 1)]
            .map(|(step, axis): (f64, usize)| (shift[axis] + step * (index + 1) as f64).fract());
        let length = (-2.0 * (1.0 - radius).ln()).sqrt();
        [(TAU * angle).cos() * length, (TAU * angle).sin() * length].map(|value| value as f32)
    };
    (0..count).flat_map(point).collect()
}

/// Directions of the quadrature. The mean of `|cos|` over so many is right to 1e-3, and the distance with it in proportion.
const DIRECTIONS: usize = 32;

/// Points of the plane to measure many samples against.
///
/// `E|A - B| = pi/2` times the mean of `E|u . (A - B)|` over directions `u`, and along a line sorted points need no pairs.
pub struct PlaneReference {
    lines: Vec<Line>,
}

/// The reference along one direction.
struct Line {
    sorted: Vec<f64>,
    /// Sums of the first `i` of them.
    sums: Vec<f64>,
    /// Mean distance of two different ones.
    within: f64,
}

impl PlaneReference {
    /// Row-major `points` `[n, 2]`, two at least.
    pub fn new(points: &[f32]) -> Self {
        let line = |direction: [f64; 2]| {
            let sorted = projected(points, direction);
            let mut total = 0.0;
            let sums = std::iter::once(0.0)
                .chain(sorted.iter().map(|value| {
                    total += value;
                    total
                }))
                .collect();
            let count = sorted.len() as f64;
            Line { within: mean_within(&sorted) * count / (count - 1.0), sums, sorted }
        };
        Self { lines: directions().map(line).collect() }
    }

    /// Energy distance `2 E|A - B| - E|A - A'| - E|B - B'|` of row-major `samples` `[m, 2]`. Samples may come from quasi-random noise, which
    /// fills the plane more evenly than independent draws: so the mean among them has each one's distance to itself, and what they lack
    /// of independence is not counted in their favour. Those of independent draws come out larger by their spread over `m`.
    pub fn energy_distance(&self, samples: &[f32]) -> f64 {
        let one = |(line, direction): (&Line, [f64; 2])| {
            let along = projected(samples, direction);
            2.0 * line.mean_to(&along) - mean_within(&along) - line.within
        };
        FRAC_PI_2 * self.lines.iter().zip(directions()).map(one).sum::<f64>() / DIRECTIONS as f64
    }
}

impl Line {
    /// Mean distance of `samples` to the points.
    fn mean_to(&self, samples: &[f64]) -> f64 {
        let count = self.sorted.len();
        let total = self.sums[count];
        let to = |value: &f64| {
            let below = self.sorted.partition_point(|point| point < value);
            value * (2.0 * below as f64 - count as f64) - 2.0 * self.sums[below] + total
        };
        samples.iter().map(to).sum::<f64>() / (count as f64 * samples.len() as f64)
    }
}

fn directions() -> impl Iterator<Item = [f64; 2]> {
    (0..DIRECTIONS).map(|index| PI * index as f64 / DIRECTIONS as f64).map(|angle| [angle.cos(), angle.sin()])
}

/// Points along a direction, in rising order; those that are no numbers come last.
fn projected(points: &[f32], [x, y]: [f64; 2]) -> Vec<f64> {
    let mut values: Vec<f64> =
        points.chunks_exact(2).map(|row| x * f64::from(row[0]) + y * f64::from(row[1])).collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

/// Mean distance over all ordered pairs of sorted values, each with itself too.
fn mean_within(sorted: &[f64]) -> f64 {
    let count = sorted.len() as f64;
    let weighted = |(index, value): (usize, &f64)| value * (2.0 * index as f64 - count + 1.0);
    2.0 * sorted.iter().enumerate().map(weighted).sum::<f64>() / (count * count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use crate::metrics::distances::ReferenceSet;

    /// The same distance as pair by pair, but for the samples' own spread.
    #[test]
    fn lines_add_up_to_the_distance_of_pairs() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut normal = |count: usize, scale: f32| -> Vec<f32> {
            (0..2 * count)
                .map(|_| scale * <StandardNormal as Distribution<f32>>::sample(&StandardNormal, &mut rng))
                .collect()
        };
        let reference = normal(3000, 1.0);
        for scale in [0.7, 1.0, 1.5] {
            let samples = normal(1500, scale);
            let found = PlaneReference::new(&reference).energy_distance(&samples);
            let pairs = ReferenceSet::new(&reference, 2).energy_distance(&samples);
            // E|A - A'| of two normal points of the plane is sqrt(pi) times their width.
            let own = f64::from(scale) * PI.sqrt() / 1500.0;
            assert!((found - pairs - own).abs() < 3e-4 + 2e-3 * pairs.abs(), "{scale}: {found} for {pairs} + {own}");
        }
    }
}
