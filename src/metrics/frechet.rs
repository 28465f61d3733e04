//! The Frechet distance between two sets of points, each taken as a Gaussian (arXiv 1706.08500, sec 2).
//!
//! Images are compared in the [`FEATURES`](crate::network::classifier::FEATURES) numbers that
//! [`Classifier`](crate::network::classifier::Classifier) describes them by. The
//! unit is the mean variance of one of those numbers over the training images. Read it beside its floor, which is what as many real
//! images score. A finite sample overestimates it, by about a constant over the number of points (arXiv 1911.07023), so
//! distances can be compared only at equal numbers of points, and its floor is no smaller than that: as `docs/digits-quality.md` has it,
//! real digits score 1.64 where there are 128, 0.94 of 256, 0.51 of 512, 0.28 of 1,000 and 0.16 of 2,000.

use crate::symmetric::{Eigen, product};

/// Mean and covariance of points that come one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    dimension: usize,
    count: usize,
    /// `[d]`.
    sum: Vec<f64>,
    /// Sums of products `[d, d]`, row-major; the lower triangle only.
    products: Vec<f64>,
}

impl Moments {
    /// Of no points of dimension `d` yet.
    pub fn new(d: usize) -> Self {
        Self { dimension: d, count: 0, sum: vec![0.0; d], products: vec![0.0; d * d] }
    }

    /// Of row-major `points` `[n, d]`.
    pub fn of(points: &[f32], d: usize) -> Self {
        let mut moments = Self::new(d);
        moments.add(points);
        moments
    }

    /// Adds row-major `points` `[n, d]`.
    pub fn add(&mut self, points: &[f32]) {
        let d = self.dimension;
        for point in points.chunks_exact(d) {
            for (i, &x) in point.iter().enumerate() {
                let x = f64::from(x);
                self.sum[i] += x;
                let row = &mut self.products[i * d..i * d + i + 1];
                row.iter_mut().zip(point).for_each(|(sum, &y)| *sum += x * f64::from(y));
            }
            self.count += 1;
        }
    }

    /// Adds the points of `other`.
    pub fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.sum.iter_mut().zip(&other.sum).for_each(|(a, b)| *a += b);
        self.products.iter_mut().zip(&other.products).for_each(|(a, b)| *a += b);
    }

    /// The number of points.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Mean `[d]`; not a number before the first point.
    pub fn mean(&self) -> Vec<f64> {
        self.sum.iter().map(|sum| sum / self.count as f64).collect()
    }

    /// Unbiased covariance `[d, d]`, row-major; not finite before the second point.
    pub fn covariance(&self) -> Vec<f64> {
        let (d, count, mean) = (self.dimension, self.count as f64, self.mean());
        let entry = |i: usize, j: usize| {
            let sum = self.products[i.max(j) * d + i.min(j)];
            (sum - count * mean[i] * mean[j]) / (count - 1.0)
        };
        (0..d * d).map(|index| entry(index / d, index % d)).collect()
    }
}

/// A Gaussian to measure others against; what depends on it alone is computed once.
#[derive(Clone, Debug)]
pub struct Frechet {
    mean: Vec<f64>,
    trace: f64,
    /// The square root of the covariance, `[d, d]`.
    root: Vec<f64>,
}

impl Frechet {
    /// The Gaussian with `mean` `[d]` and `covariance` `[d, d]`, row-major; `None` when these are not finite or not symmetric.
    pub fn new(mean: Vec<f64>, covariance: Vec<f64>) -> Option<Self> {
        let d = mean.len();
        let finite = mean.iter().all(|value| value.is_finite()) && covariance.len() == d * d;
        let trace = (0..d).map(|i| covariance.get(i * d + i).copied().unwrap_or(f64::NAN)).sum();
        let root = finite.then(|| Eigen::of(covariance, d)).flatten()?.rebuild(|value| value.max(0.0).sqrt());
        Some(Self { mean, trace, root })
    }

    /// The Gaussian with the moments of points; `None` for fewer than two, or when one was not finite.
    pub fn of(points: &Moments) -> Option<Self> {
        (points.count > 1).then(|| Self::new(points.mean(), points.covariance())).flatten()
    }

    /// `|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^{1/2})` to the Gaussian with `mean` `[d]` and `covariance` `[d, d]` (1706.08500, eq 6). The
    /// last trace is the sum of the roots of the eigenvalues of the symmetric `C1^{1/2} C2 C1^{1/2}`, which are those of `C1 C2`.
    /// Not a number when they are not finite or not symmetric.
    pub fn distance_to(&self, mean: &[f64], covariance: &[f64]) -> f64 {
        let d = self.mean.len();
        let apart: f64 = self.mean.iter().zip(mean).map(|(a, b)| (a - b).powi(2)).sum();
        let trace: f64 = (0..d).map(|i| covariance[i * d + i]).sum();
        let mut between = product(&product(&self.root, covariance, d), &self.root, d);
        // Rounding leaves the two halves a little different.
        for i in 0..d {
            for j in 0..i {
                let middle = 0.5 * (between[i * d + j] + between[j * d + i]);
                (between[i * d + j], between[j * d + i]) = (middle, middle);
            }
        }
        let Some(eigen) = Eigen::of(between, d) else { return f64::NAN };
        let common: f64 = eigen.values.iter().map(|value| value.max(0.0).sqrt()).sum();
        apart + self.trace + trace - 2.0 * common
    }

    /// The distance to points with these moments, two at least.
    pub fn distance(&self, points: &Moments) -> f64 {
        self.distance_to(&points.mean(), &points.covariance())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    fn diagonal(values: &[f64]) -> Vec<f64> {
        let d = values.len();
        (0..d * d).map(|i| if i / d == i % d { values[i / d] } else { 0.0 }).collect()
    }

    fn distance(a: (&[f64], &[f64]), b: (&[f64], &[f64])) -> f64 {
        Frechet::new(a.0.to_vec(), a.1.to_vec()).expect("a Gaussian").distance_to(b.0, b.1)
    }

    /// An orthogonal `[d, d]` matrix: the axes of some symmetric one.
    fn rotation(d: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut matrix = vec![0.0; d * d];
        for i in 0..d {
            for j in 0..=i {
                matrix[i * d + j] = StandardNormal.sample(&mut rng);
                matrix[j * d + i] = matrix[i * d + j];
            }
        }
        Eigen::of(matrix, d).expect("symmetric").axes
    }

    fn turned(matrix: &[f64], by: &[f64], d: usize) -> Vec<f64> {
        let back: Vec<f64> = (0..d * d).map(|i| by[i % d * d + i / d]).collect();
        product(&product(by, matrix, d), &back, d)
    }

    fn moved(mean: &[f64], by: &[f64]) -> Vec<f64> {
        by.chunks_exact(mean.len()).map(|row| row.iter().zip(mean).map(|(a, b)| a * b).sum()).collect()
    }

    const MEANS: [[f64; 4]; 2] = [[1.0, -2.0, 0.5, 0.0], [0.0, 1.0, 0.5, 3.0]];
    const VARIANCES: [[f64; 4]; 2] = [[4.0, 0.25, 1.0, 0.0], [1.0, 2.25, 1.0, 0.09]];

    /// For covariances that commute it is `|m1 - m2|^2 + sum (s1 - s2)^2` over standard deviations along the common axes.
    fn closed_form() -> f64 {
        let means = MEANS[0].iter().zip(MEANS[1]).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
        means + VARIANCES[0].iter().zip(VARIANCES[1]).map(|(a, b)| (a.sqrt() - b.sqrt()).powi(2)).sum::<f64>()
    }

    #[test]
    fn diagonal_gaussians_are_as_far_apart_as_known() {
        let [a, b] = VARIANCES.map(|variances| diagonal(&variances));
        let found = distance((&MEANS[0], &a), (&MEANS[1], &b));
        assert!((found - closed_form()).abs() < 1e-12, "{found}");
        let back = distance((&MEANS[1], &b), (&MEANS[0], &a));
        assert!((back - found).abs() < 1e-12, "{back} against {found}");
        assert!(distance((&MEANS[0], &a), (&MEANS[0], &a)).abs() < 1e-12);
    }

    #[test]
    fn commuting_covariances_too_whatever_the_axes() {
        let by = rotation(4, 1);
        let [a, b] = VARIANCES.map(|variances| turned(&diagonal(&variances), &by, 4));
        let [m, n] = MEANS.map(|mean| moved(&mean, &by));
        let found = distance((&m, &a), (&n, &b));
        // A vanishing variance is found to about 1e-16, and its root to 1e-8.
        assert!((found - closed_form()).abs() < 1e-7, "{found}");
    }

    /// Of covariances that do not commute, in the plane: `tr (C1 C2)^{1/2} = sqrt(tr C1 C2 + 2 sqrt(det C1 C2))`.
    #[test]
    fn two_by_two_is_known_and_turns_with_its_axes() {
        let (a, b) = ([2.0, 0.5, 0.5, 1.0], [0.7, -0.6, -0.6, 3.0]);
        let determinant = |m: &[f64]| m[0] * m[3] - m[1] * m[2];
        let both = product(&a, &b, 2);
        let common = (both[0] + both[3] + 2.0 * (determinant(&a) * determinant(&b)).sqrt()).sqrt();
        let expected = 0.25 + 3.0 + 3.7 - 2.0 * common;
        let found = distance((&[0.5, 0.0], &a), (&[0.0, 0.0], &b));
        assert!((found - expected).abs() < 1e-12, "{found} against {expected}");
        let by = rotation(2, 2);
        let again = distance((&moved(&[0.5, 0.0], &by), &turned(&a, &by, 2)), (&[0.0; 2], &turned(&b, &by, 2)));
        assert!((again - found).abs() < 1e-12, "{again} against {found}");
    }

    /// To first order in one over its size, which is what makes small samples look bad.
    #[test]
    fn a_sample_is_as_far_from_its_law_as_its_size_says() {
        let (d, draws) = (6, 40);
        let distribution = Frechet::new(vec![0.0; d], diagonal(&[1.0; 6])).expect("a Gaussian");
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut mean = |count: usize| -> f64 {
            let mut one = || {
                let points: Vec<f32> = (0..count * d).map(|_| StandardNormal.sample(&mut rng)).collect();
                distribution.distance(&Moments::of(&points, d))
            };
            (0..draws).map(|_| one()).sum::<f64>() / f64::from(draws)
        };
        let (small, large) = (mean(200), mean(800));
        // Means are d / n apart. Of a sample covariance I + E, tr (2 I + E - 2 (I + E)^{1/2}) is tr E^2 / 4, and the mean of tr E^2 is
        // d (d + 1) / n.
        let expected = |count: f64| (6.0 + 6.0 * 7.0 / 4.0) / count;
        assert!((small / expected(200.0) - 1.0).abs() < 0.1, "{small} against {}", expected(200.0));
        assert!((large / expected(800.0) - 1.0).abs() < 0.1, "{large} against {}", expected(800.0));
    }

    #[test]
    fn moments_of_parts_are_those_of_the_whole() {
        let points: Vec<f32> = (0..60).map(|i| (0.37 * i as f32).sin() + 5.0).collect();
        let whole = Moments::of(&points, 3);
        let mut parts = Moments::of(&points[..21], 3);
        parts.join(&Moments::of(&points[21..], 3));
        assert_eq!(parts.count(), 20);
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(&parts.mean(), &whole.mean()) && close(&parts.covariance(), &whole.covariance()));
        let column: Vec<f64> = points.iter().skip(1).step_by(3).map(|&x| f64::from(x)).collect();
        let mean = column.iter().sum::<f64>() / 20.0;
        let variance = column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 19.0;
        assert!((whole.mean()[1] - mean).abs() < 1e-12 && (whole.covariance()[4] - variance).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_gaussian_is_refused() {
        assert!(Frechet::of(&Moments::of(&[1.0, 2.0], 2)).is_none());
        assert!(Frechet::of(&Moments::of(&[1.0, f32::NAN, 2.0, 3.0], 2)).is_none());
        let distribution = Frechet::of(&Moments::of(&[1.0, 0.0, 2.0, 3.0, 0.0, 1.0], 2)).expect("a Gaussian");
        assert!(distribution.distance(&Moments::of(&[f32::INFINITY, 0.0, 2.0, 3.0], 2)).is_nan());
    }
}
