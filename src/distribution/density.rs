//! The denoiser of a density that is known up to a factor, by Monte Carlo: samples without data and without a network.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::empirical::moments;
use super::mixture::log_sum_exp;
use crate::level::Level;
use crate::prediction::{self, Denoiser, Prediction};
use crate::state::Points;

/// The denoiser of `p(x0)`, given as its logarithm up to a constant.
///
/// `E[x0 | y]` is a mean over the posterior, which is in proportion to `p(x0) N(y; x0, sigma^2 I)`. Here it is a weighted mean over draws from the
/// posterior that a normal prior of width `s` would have, `x0 = k y + sigma sqrt(k) e` with `k = s^2 / (s^2 + sigma^2)` and standard normal `e`,
/// weighted by `p(x0) / N(x0; 0, s^2 I)` (self-normalised importance sampling); without a prior, `s` infinite, `x0 = y + sigma e` weighted by
/// `p`. The `e` are the same for every point and level, each with its opposite, so that the field is smooth where `p` is, and exact where
/// `p` is the prior. Its error falls as one over the root of their number. Formulas own; the mean of a posterior in place of a learned score:
/// arXiv 2307.02037.
///
/// ```
/// use fewsteps::distribution::Density;
/// use fewsteps::sampler::{Ddim, sample};
/// use fewsteps::schedule::log_linear;
/// use fewsteps::state::Points;
///
/// // A ring of radius one.
/// let ring = Density::new(2, |x: &[f64]| -50.0 * (x[0].hypot(x[1]) - 1.0).powi(2), 1.0, 256, 1);
/// let start = || Points::new(2, vec![0.5, -0.2, -0.9, 0.8]);
/// let points = pollster::block_on(sample(Ddim { eta: 0.0 }, ring, log_linear(20, 0.02, 10.0), start));
/// assert!(points.rows().all(|x| (x[0].hypot(x[1]) - 1.0).abs() < 0.5));
/// ```
#[derive(Clone, Debug)]
pub struct Density<F> {
    log_density: F,
    prior: f64,
    /// `[m, d]`.
    noises: Points,
}

impl<F: Fn(&[f64]) -> f64> Density<F> {
    /// The denoiser of the density in `dimension` coordinates whose logarithm is `log_density`, but for a constant, by `draws` draws (two at
    /// least; rounded up to even) of the generator seeded with `seed`. `prior` is the width of a normal density that reaches as far as it.
    pub fn new(dimension: usize, log_density: F, prior: f64, draws: usize, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let half: Vec<f64> = (0..draws.div_ceil(2) * dimension).map(|_| StandardNormal.sample(&mut rng)).collect();
        let opposite = half.iter().map(|e| -e).collect::<Vec<_>>();
        Self { log_density, prior, noises: Points::new(dimension, [half, opposite].concat()) }
    }

    /// The noise `[m, d]` in the VP state `row` that each draw says, and the draws' weights.
    fn posterior(&self, row: &[f64], level: Level) -> (Vec<f64>, Vec<f64>) {
        let shrink = 1.0 / (1.0 + (level.sigma() / self.prior).powi(2));
        let (to_mean, spread) = (shrink / level.signal_scale(), level.sigma() * shrink.sqrt());
        let precision = 0.5 / self.prior.powi(2);
        let (mut eps, mut logits) = (Vec::with_capacity(self.noises.values().len()), Vec::new());
        let mut clean = vec![0.0; row.len()];
        for noise in self.noises.rows() {
            clean.iter_mut().zip(row.iter().zip(noise)).for_each(|(x0, (x, e))| *x0 = to_mean * x + spread * e);
            logits.push((self.log_density)(&clean) + precision * clean.iter().map(|x0| x0 * x0).sum::<f64>());
            let of = |(x, x0): (&f64, &f64)| (x - level.signal_scale() * x0) / level.noise_scale();
            eps.extend(row.iter().zip(&clean).map(of));
        }
        // Where no draw meets the density, the prior's posterior has the word.
        if logits.iter().all(|&logit| logit == f64::NEG_INFINITY) {
            logits.fill(0.0);
        }
        let total = log_sum_exp(&logits);
        logits.iter_mut().for_each(|logit| *logit = (*logit - total).exp());
        (eps, logits)
    }
}

impl<F: Fn(&[f64]) -> f64> Denoiser<Points> for Density<F> {
    fn noise(&self, x: &Points, level: Level) -> Points {
        let d = x.dimension();
        let mean = |row: &[f64]| {
            let (eps, weights) = self.posterior(row, level);
            let mut mean = vec![0.0; d];
            for (eps, weight) in eps.chunks_exact(d).zip(weights) {
                mean.iter_mut().zip(eps).for_each(|(sum, e)| *sum += weight * e);
            }
            mean
        };
        Points::new(d, x.rows().flat_map(mean).collect())
    }

    fn noise_and_turn(&self, x: &Points, level: Level) -> Prediction<Points> {
        let d = x.dimension();
        let (mut noise, mut turn) = (Vec::with_capacity(x.values().len()), Vec::with_capacity(x.values().len()));
        for row in x.rows() {
            let (eps, weights) = self.posterior(row, level);
            let (of_noise, of_turn) = moments(&weights, d, |k, i| eps[k * d + i]);
            noise.extend(of_noise);
            turn.extend(of_turn);
        }
        Prediction { noise: Points::new(d, noise), turn: Points::new(d, turn) }
    }

    fn mean_noise(&self, x: &Points, from: Level, to: Level) -> Points {
        prediction::mean_noise(self, x, from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Exact, Mixture};

    /// Two round Gaussians, as a mixture and as a function.
    const MEANS: [[f64; 2]; 2] = [[1.0, 0.0], [-0.5, 0.4]];
    const WEIGHTS: [f64; 2] = [0.3, 0.7];
    const VARIANCES: [f64; 2] = [0.1, 0.05];

    fn mixture() -> Mixture {
        let covariances = VARIANCES.map(|variance| vec![vec![variance, 0.0], vec![0.0, variance]]);
        Mixture::new(&WEIGHTS, &MEANS.map(|mean| mean.to_vec()), &covariances).expect("a mixture")
    }

    fn log_density(x: &[f64]) -> f64 {
        let component = |k: usize| {
            let square = (x[0] - MEANS[k][0]).powi(2) + (x[1] - MEANS[k][1]).powi(2);
            WEIGHTS[k] / VARIANCES[k] * (-0.5 * square / VARIANCES[k]).exp()
        };
        (component(0) + component(1)).ln() + 3.0
    }

    /// Root mean square errors of the noise and of its turn over sets of draws, at the middle one of many noisy points: far from the data few draws
    /// count at all, and a mean over points would be that of the farthest.
    fn errors(prior: f64, draws: usize, sigma: f64) -> [f64; 2] {
        const SETS: u64 = 16;
        let (exact, level) = (mixture(), Level::from_sigma(sigma));
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let clean = exact.draw(40, &mut rng);
        let x = clean.values().iter().map(|x0| {
            let e: f64 = StandardNormal.sample(&mut rng);
            level.signal_scale() * x0 + level.noise_scale() * e
        });
        let x = Points::new(2, x.collect());
        let truth = Denoiser::<Points>::noise_and_turn(&exact, &x, level);
        let mut squares = [vec![0.0; 40], vec![0.0; 40]];
        for seed in 0..SETS {
            let density = Density::new(2, log_density, prior, draws, seed);
            let found = density.noise_and_turn(&x, level);
            assert_eq!(density.noise(&x, level), found.noise);
            for (squares, (a, b)) in squares.iter_mut().zip([(&found.noise, &truth.noise), (&found.turn, &truth.turn)])
            {
                for (square, (a, b)) in squares.iter_mut().zip(a.rows().zip(b.rows())) {
                    *square += a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
                }
            }
        }
        squares.map(|mut squares| {
            squares.sort_by(f64::total_cmp);
            (squares[20] / (2 * SETS) as f64).sqrt()
        })
    }

    /// Sixteen times as many draws, a quarter of the error, within the root of two: of the noise and of its turn, at every level, with a prior and
    /// without.
    #[test]
    fn the_error_falls_as_one_over_the_root_of_the_draws() {
        for (prior, sigma) in [(1.0, 0.1), (1.0, 0.6), (1.0, 5.0), (f64::INFINITY, 0.1), (f64::INFINITY, 0.6)] {
            let (few, many) = (errors(prior, 256, sigma), errors(prior, 4096, sigma));
            for (few, many) in few.into_iter().zip(many) {
                let ratio = few / many;
                assert!((2.8..5.7).contains(&ratio), "prior {prior}, sigma {sigma}: {few:e} and {many:e}");
            }
            assert!(many[0] < 0.05, "prior {prior}, sigma {sigma}: {many:?}");
        }
    }

    /// Every draw counts alike where the density is the prior, and pairs of opposites have their mean where it should be.
    #[test]
    fn the_prior_itself_is_exact() {
        let width = 0.7;
        let density = Density::new(1, |x: &[f64]| -0.5 * (x[0] / width).powi(2), width, 6, 1);
        for sigma in [0.01, 0.8, 30.0] {
            let level = Level::from_sigma(sigma);
            let y = 1.3;
            let noise = density.noise(&Points::new(1, vec![level.signal_scale() * y]), level).values()[0];
            let expected = sigma * y / (width * width + sigma * sigma);
            assert!((noise / expected - 1.0).abs() < 1e-9, "{noise} for {expected}");
        }
    }

    /// A point that no draw carries into the density is denoised as the prior would, not to what is no number.
    #[test]
    fn far_from_the_density_the_prior_has_the_word() {
        let box_of_one = |x: &[f64]| if x[0].abs() < 1.0 { 0.0 } else { f64::NEG_INFINITY };
        let density = Density::new(1, box_of_one, 1.0, 4, 1);
        let level = Level::from_sigma(0.01);
        let Prediction { noise, turn } = density.noise_and_turn(&Points::new(1, vec![50.0]), level);
        assert!(noise.values()[0].is_finite() && turn.values()[0].is_finite());
    }
}
