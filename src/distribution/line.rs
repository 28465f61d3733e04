//! Exact distributions on the line (`d = 1`): a mixture's support, and its mass, or a data set's, between two points.

use std::f64::consts::FRAC_1_SQRT_2;

use super::{Empirical, Mixture};
use crate::level::Level;

impl Mixture {
    /// Mass of the VP state's distribution at `level` between `from` and `to`, either of which may be infinite. Both tails keep their
    /// digits.
    ///
    /// # Panics
    /// When the mixture is not one-dimensional.
    pub fn mass(&self, from: f64, to: f64, level: Level) -> f64 {
        let of = |(weight, mean, deviation): (f64, f64, f64)| {
            weight * normal_mass((from - mean) / deviation, (to - mean) / deviation)
        };
        self.normals(level).map(of).sum()
    }

    /// The interval that holds every component's mean and `deviations` standard deviations on both sides of it, for the VP
    /// state at `level`.
    ///
    /// # Panics
    /// When the mixture is not one-dimensional.
    pub fn support(&self, level: Level, deviations: f64) -> (f64, f64) {
        self.normals(level).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, mean, deviation)| {
            (low.min(mean - deviations * deviation), high.max(mean + deviations * deviation))
        })
    }

    /// Weight, mean and standard deviation of each component of the VP state.
    fn normals(&self, level: Level) -> impl Iterator<Item = (f64, f64, f64)> {
        assert_eq!(self.dimension(), 1, "a mixture on the line");
        self.components.iter().map(move |component| {
            let variance = level.alpha_bar() * component.variances[0] + level.noise_power();
            (component.log_weight.exp(), level.signal_scale() * component.mean[0], variance.sqrt())
        })
    }
}

impl Empirical {
    /// Mass of the VP state's distribution at `level`, normals of width `sqrt(1 - alpha_bar)` around the data, between `from` and `to`, either
    /// of which may be infinite.
    ///
    /// # Panics
    /// When the data is not one-dimensional.
    pub fn mass(&self, from: f64, to: f64, level: Level) -> f64 {
        /// Deviations beyond which a normal's mass is less than the smallest number.
        const NOTHING: f64 = 40.0;
        assert_eq!(self.data.dimension(), 1, "a data set on the line");
        let (signal, deviation) = (level.signal_scale(), level.noise_scale());
        let ends = self.data.values().iter().map(|x| ((from - signal * x) / deviation, (to - signal * x) / deviation));
        let masses =
            ends.filter(|(from, to)| *from < NOTHING && *to > -NOTHING).map(|(from, to)| normal_mass(from, to));
        masses.sum::<f64>() / self.data.len() as f64
    }
}

/// Mass of the standard normal distribution between two points, either of which may be infinite.
pub fn normal_mass(from: f64, to: f64) -> f64 {
    let tail = |x: f64| 0.5 * libm::erfc(x * FRAC_1_SQRT_2);
    if from > 0.0 { tail(from) - tail(to) } else { tail(-to) - tail(-from) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Points;

    #[test]
    fn mass_is_the_integral_of_the_density() {
        let mixture = Mixture::new(&[0.3, 0.7], &[vec![-1.0], vec![0.8]], &[vec![vec![0.04]], vec![vec![0.2]]])
            .expect("a mixture");
        for level in [Level::from_sigma(0.05), Level::from_sigma(1.0)] {
            assert!((mixture.mass(f64::NEG_INFINITY, f64::INFINITY, level) - 1.0).abs() < 1e-15);
            let (low, high) = mixture.support(level, 8.0);
            assert!((mixture.mass(low, high, level) - 1.0).abs() < 1e-14);
            let (count, from, to) = (4000, -0.3, 1.1);
            let at = |i: usize| from + (to - from) * (i as f64 + 0.5) / f64::from(count);
            let points = Points::new(1, (0..count as usize).map(at).collect());
            let density = mixture.log_density(&points, level).iter().map(|log| log.exp()).sum::<f64>();
            let integral = density * (to - from) / f64::from(count);
            assert!((mixture.mass(from, to, level) - integral).abs() < 1e-7);
        }
    }

    #[test]
    fn a_data_set_is_a_mixture_of_points() {
        let points = [-1.0, 0.2, 0.3];
        let data = Empirical::new(Points::new(1, points.to_vec()));
        let level = Level::from_sigma(0.3);
        // As a mixture of Gaussians too narrow to tell from points.
        let means: Vec<Vec<f64>> = points.iter().map(|x| vec![*x]).collect();
        let mixture = Mixture::new(&[1.0; 3], &means, &vec![vec![vec![1e-18]]; 3]).expect("a mixture");
        for (from, to) in [(f64::NEG_INFINITY, 0.1), (-0.9, 0.25), (1.5, f64::INFINITY)] {
            let (mass, expected) = (data.mass(from, to, level), mixture.mass(from, to, level));
            assert!((mass / expected - 1.0).abs() < 1e-12, "{mass} against {expected}");
        }
        assert_eq!(data.mass(14.0, f64::INFINITY, level), 0.0);
    }

    #[test]
    fn tails_keep_their_digits() {
        // Q(10) = 7.619853024160527e-24.
        for mass in [normal_mass(10.0, f64::INFINITY), normal_mass(f64::NEG_INFINITY, -10.0)] {
            assert!((mass / 7.619_853_024_160_527e-24 - 1.0).abs() < 1e-12, "{mass:e}");
        }
        assert!((normal_mass(-1.0, 1.0) - 0.682_689_492_137_085_9).abs() < 1e-15);
    }
}
