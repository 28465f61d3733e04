//! Quantities that only exact denoisers have: densities, posterior variances, and the least loss.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::estimate::Estimate;
use crate::level::Level;
use crate::prediction::Denoiser;
use crate::state::{Points, State};

/// A denoiser whose distribution of clean points is known. `x` are VP states `[n, d]` at a level with `sigma > 0`; results have one
/// number for each.
///
/// ```
/// use fewsteps::distribution::{Empirical, Exact, Mixture};
/// use fewsteps::level::Level;
/// use fewsteps::state::Points;
///
/// let normal = Mixture::new(&[1.0], &[vec![0.0]], &[vec![vec![1.0]]])?;
/// let two_points = Empirical::new(Points::new(1, vec![-1.0, 1.0]));
/// let (x, level) = (Points::new(1, vec![0.0]), Level::from_sigma(1.0));
/// for exact in [&normal as &dyn Exact, &two_points] {
///     println!("{:?} {:?}", exact.log_density(&x, level), exact.noise_variance(&x, level));
/// }
/// assert!((normal.noise_variance(&x, level)[0] - 0.5).abs() < 1e-12);
/// # Ok::<(), fewsteps::distribution::MixtureError>(())
/// ```
pub trait Exact: Denoiser<Points> {
    /// Logarithm of the density `q` of the VP state.
    fn log_density(&self, x: &Points, level: Level) -> Vec<f64>;

    /// `tr Cov(eps | x)`.
    fn noise_variance(&self, x: &Points, level: Level) -> Vec<f64>;

    /// `count` clean points, `[count, d]`.
    fn draw(&self, count: usize, rng: &mut ChaCha8Rng) -> Points;

    /// `tr J` with `J = ds/dx`, from `Cov(eps | x) = I + (1 - alpha_bar) J`.
    fn score_trace(&self, x: &Points, level: Level) -> Vec<f64> {
        let d = x.dimension() as f64;
        self.noise_variance(x, level).iter().map(|variance| (variance - d) / level.noise_power()).collect()
    }

    /// `E[|eps|^2 | x] = |eh|^2 + tr Cov(eps | x)`: the best control variate of the accelerated objective.
    fn noise_power(&self, x: &Points, level: Level) -> Vec<f64> {
        let noise = self.noise(x, level);
        let power = noise.rows().map(|row| row.iter().map(|e| e * e).sum::<f64>());
        power.zip(self.noise_variance(x, level)).map(|(power, variance)| power + variance).collect()
    }

    /// `tr Cov(x0 | x) = sigma^2 tr Cov(eps | x)`.
    fn denoised_variance(&self, x: &Points, level: Level) -> Vec<f64> {
        self.noise_variance(x, level).iter().map(|variance| level.sigma().powi(2) * variance).collect()
    }
}

/// The least possible loss of the simple objective at a level, `L*(sigma) = E tr Cov(x0 | x) / sigma^2 = d - E |eh|^2`, from `count`
/// points, two at least, of the generator seeded with `seed`.
///
/// For a single Gaussian the covariance is the same everywhere, so the estimate has no error.
pub fn optimal_loss(exact: &(impl Exact + ?Sized), level: Level, count: usize, seed: u64) -> Estimate {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let clean = exact.draw(count, &mut rng);
    let noise = (0..clean.values().len()).map(|_| StandardNormal.sample(&mut rng)).collect();
    let noise = Points::new(clean.dimension(), noise);
    let x = Points::combine(&[(level.signal_scale(), &clean), (level.noise_scale(), &noise)]);
    Estimate::of(&exact.noise_variance(&x, level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Empirical, Mixture};

    #[test]
    fn the_optimal_loss_of_a_gaussian_is_known() {
        let (variance, d) = (0.3, 3);
        let covariance = (0..d).map(|i| (0..d).map(|j| if i == j { variance } else { 0.0 }).collect()).collect();
        let gaussian = Mixture::new(&[1.0], &[vec![0.5; d]], &[covariance]).expect("a Gaussian");
        for sigma in [1e-3, 0.1, 1.0, 40.0] {
            let loss = optimal_loss(&gaussian, Level::from_sigma(sigma), 100, 1);
            let expected = d as f64 * variance / (variance + sigma * sigma);
            assert!((loss.mean / expected - 1.0).abs() < 1e-12 && loss.standard_error < 1e-12 * expected, "{loss:?}");
        }
    }

    /// The optimal loss is what the exact noise leaves of the noise that was put in.
    #[test]
    fn the_optimal_loss_is_the_loss_of_the_exact_denoiser() {
        let covariances = [vec![vec![0.1, 0.05], vec![0.05, 0.08]], vec![vec![0.02, 0.0], vec![0.0, 0.2]]];
        let mixture = Mixture::new(&[0.3, 0.7], &[vec![1.0, 0.0], vec![-0.5, 0.4]], &covariances).expect("a mixture");
        let data = Empirical::new(mixture.draw(20, &mut ChaCha8Rng::seed_from_u64(3)));
        let (level, count) = (Level::from_sigma(0.5), 40_000);
        for exact in [&mixture as &dyn Exact, &data] {
            let mut rng = ChaCha8Rng::seed_from_u64(4);
            let clean = exact.draw(count, &mut rng);
            let noise = Points::new(2, (0..2 * count).map(|_| StandardNormal.sample(&mut rng)).collect());
            let x = Points::combine(&[(level.signal_scale(), &clean), (level.noise_scale(), &noise)]);
            let rest = Points::combine(&[(1.0, &noise), (-1.0, &exact.noise(&x, level))]);
            let loss: Vec<f64> = rest.rows().map(|row| row.iter().map(|e| e * e).sum()).collect();
            let (loss, least) = (Estimate::of(&loss), optimal_loss(exact, level, count, 5));
            let error = loss.standard_error.hypot(least.standard_error);
            assert!((loss.mean - least.mean).abs() < 4.0 * error, "{loss:?} against {least:?}");
            assert!(error < 0.02 * least.mean);
        }
    }
}
