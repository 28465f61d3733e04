//! How far samples are from data on a scale with two ends: nothing for fresh data, one for pure noise.
//!
//! The distance is the squared maximum mean discrepancy (Gretton et al. 2012, JMLR 13) of the kernel `1 / (1 + |x - y|^2 / h^2)`, a
//! mixture of Gaussian kernels of all widths around `h` (Bińkowski et al. 2018, arXiv 1801.01401, section 3.3). With `h` a fraction
//! of the data's spread it sees their structure, where the energy distance mostly sees their mean and width.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::estimate::Estimate;

/// Width `h` of the kernel for the plane, in units of standardised data. With the number of coordinates it grows as distances do.
const WIDTH: f64 = 0.2;
/// Points of pure noise at the far end of the scale, at most.
const NOISE: usize = 4000;

/// Held-out data to compare samples with; what depends on them alone is computed once.
#[derive(Clone, Debug)]
pub struct NoiseScale {
    data: Columns,
    /// For each point, the mean kernel to the others.
    within: Vec<f64>,
    /// `1 / h^2`.
    sharpness: f32,
    /// Squared discrepancy of pure noise.
    noise: f64,
}

/// Points by their coordinates, `[d, n]`, so that a loop over points is one over neighbours in memory.
#[derive(Clone, Debug)]
struct Columns {
    dimension: usize,
    count: usize,
    values: Vec<f32>,
}

impl NoiseScale {
    /// The scale of row-major, standardised `points` `[m, d]`; nothing where they are fewer than two.
    pub fn new(points: &[f32], dimension: usize) -> Option<Self> {
        let data = Columns::new(points, dimension);
        if data.count < 2 {
            return None;
        }
        let sharpness = (2.0 / (WIDTH * WIDTH * dimension as f64)) as f32;
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let noise: Vec<f32> =
            (0..NOISE.min(4 * data.count) * dimension).map(|_| StandardNormal.sample(&mut rng)).collect();
        let scale = Self { within: data.within(sharpness), data, sharpness, noise: 1.0 };
        Some(Self { noise: scale.error(&noise).mean, ..scale })
    }

    /// The same scale with the first `count` of its data alone: faster, and less sure.
    pub fn coarse(&self, count: usize) -> Self {
        let data = self.data.first(count.clamp(2, self.data.count));
        Self { within: data.within(self.sharpness), data, ..*self }
    }

    /// How far row-major `samples` `[n, d]`, two at least, are from the data, in parts of how far pure noise is. The estimate has no
    /// bias, so that it may come out a little below zero; where there is no distance its standard error is too large by the root of
    /// two. Not a number where a sample is none.
    pub fn error(&self, samples: &[f32]) -> Estimate {
        let samples = Columns::new(samples, self.data.dimension);
        let (rows, columns) = self.data.across(&samples, self.sharpness);
        let (of_samples, of_data) = (terms(&samples.within(self.sharpness), &rows), terms(&self.within, &columns));
        Estimate {
            mean: (of_samples.mean + of_data.mean) / self.noise,
            standard_error: 2.0 * of_samples.standard_error.hypot(of_data.standard_error) / self.noise,
        }
    }
}

/// The mean over points of their kernel to their own set less that to the other one.
fn terms(within: &[f64], across: &[f64]) -> Estimate {
    Estimate::of(&within.iter().zip(across).map(|(own, other)| own - other).collect::<Vec<_>>())
}

impl Columns {
    fn new(points: &[f32], dimension: usize) -> Self {
        let values = (0..dimension).flat_map(|k| points.iter().skip(k).step_by(dimension).copied()).collect();
        Self { dimension, count: points.len() / dimension, values }
    }

    fn first(&self, count: usize) -> Self {
        let values = self.values.chunks_exact(self.count).flat_map(|values| &values[..count]).copied().collect();
        Self { dimension: self.dimension, count, values }
    }

    /// For each point, the mean kernel to the others.
    fn within(&self, sharpness: f32) -> Vec<f64> {
        let (sums, _) = self.across(self, sharpness);
        // Each is at no distance from itself.
        let count = self.count as f64;
        sums.iter().map(|mean| (mean * count - 1.0) / (count - 1.0)).collect()
    }

    /// For each of `samples`, the mean kernel to these points, and for each of these the mean kernel to `samples`.
    fn across(&self, samples: &Self, sharpness: f32) -> (Vec<f64>, Vec<f64>) {
        let mut squares = vec![0.0f32; self.count];
        let mut columns = vec![0.0f32; self.count];
        let rows = (0..samples.count)
            .map(|i| {
                squares.fill(0.0);
                for (k, own) in self.values.chunks_exact(self.count).enumerate() {
                    let x = samples.values[k * samples.count + i];
                    squares.iter_mut().zip(own).for_each(|(square, y)| *square += (x - y) * (x - y));
                }
                squares.iter_mut().for_each(|square| *square = 1.0 / (1.0 + sharpness * *square));
                columns.iter_mut().zip(&squares).for_each(|(sum, value)| *sum += value);
                sum(&squares) / self.count as f64
            })
            .collect();
        (rows, columns.iter().map(|&sum| f64::from(sum) / samples.count as f64).collect())
    }
}

/// The sum of `values`, in eight parts side by side.
fn sum(values: &[f32]) -> f64 {
    let mut parts = [0.0f32; 8];
    let chunks = values.chunks_exact(8);
    let rest: f32 = chunks.remainder().iter().sum();
    for chunk in chunks {
        parts.iter_mut().zip(chunk).for_each(|(part, value)| *part += value);
    }
    parts.iter().map(|&part| f64::from(part)).sum::<f64>() + f64::from(rest)
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::data::{Dataset, built_ins};

    fn normals(count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
        (0..count).map(|_| StandardNormal.sample(rng)).collect()
    }

    fn scales() -> impl Iterator<Item = (&'static str, Dataset, NoiseScale)> {
        built_ins().map(|set| {
            let data = Dataset::named(set.value, None, None).expect("a built-in set");
            let scale = NoiseScale::new(&data.held_out, data.dimension).expect("enough points");
            (set.value, data, scale)
        })
    }

    /// Embeddings mix as distributions do: the squared discrepancy grows with the square of the part that is noise.
    #[test]
    fn fresh_data_are_at_zero_noise_at_one_and_mixtures_between() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        for (name, data, scale) in scales() {
            for part in [0.0, 0.5, 1.0] {
                let mut samples = data.train[..4000].to_vec();
                for point in samples.chunks_exact_mut(data.dimension) {
                    if rng.random_bool(part) {
                        point.copy_from_slice(&normals(data.dimension, &mut rng));
                    }
                }
                let Estimate { mean, standard_error } = scale.error(&samples);
                let off = (mean - part * part).abs();
                // The far end has an error of its own, of a few percent.
                assert!(off < 3.0 * standard_error + 0.1 * part * part, "{name}: {part} as {mean} ± {standard_error}");
                assert!(standard_error < 0.1, "{name}: ± {standard_error}");
            }
        }
    }

    /// Few straight steps make a set of the wrong width, and blurred, yet plainly that set. The energy distance puts some beyond noise.
    #[test]
    fn a_blurred_set_of_the_wrong_width_is_better_than_noise() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for (name, data, scale) in scales() {
            let clear: Vec<f32> = data.train[..2000].iter().map(|x| 0.9 * x + 0.05 * normals(1, &mut rng)[0]).collect();
            let found = scale.error(&clear);
            assert!(found.mean + 2.0 * found.standard_error < 1.0, "{name}: {found:?}");
        }
    }

    /// Less data are less sure, and measure the same.
    #[test]
    fn a_coarse_scale_agrees_within_its_error() {
        for (name, data, scale) in scales() {
            for samples in [&data.train[..1000], &normals(1000, &mut ChaCha8Rng::seed_from_u64(4))] {
                let (fine, coarse) = (scale.error(samples), scale.coarse(1000).error(samples));
                assert!(
                    (fine.mean - coarse.mean).abs() < 3.0 * coarse.standard_error,
                    "{name}: {fine:?} and {coarse:?}"
                );
                assert!(coarse.standard_error > fine.standard_error, "{name}: {fine:?} and {coarse:?}");
            }
        }
    }

    #[test]
    fn too_few_points_leave_it_open() {
        let data = Dataset::named("checkerboard", None, None).expect("a built-in set");
        let scale = NoiseScale::new(&data.held_out[..60], 2).expect("enough points");
        let found = scale.error(&data.train[..200]);
        assert!(2.0 * found.standard_error > 0.2 && found.mean.abs() < 2.0 * found.standard_error, "{found:?}");
        assert!(scale.error(&[f32::NAN, 0.0, 0.0, 0.0]).mean.is_nan());
        assert!(NoiseScale::new(&data.held_out[..2], 2).is_none());
    }
}
