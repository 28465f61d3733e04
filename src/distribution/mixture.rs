//! The exact denoiser of a Gaussian mixture.
//!
//! Conditioned on a noisy point, the noise is again a mixture of Gaussians, one for each component, with mean `e_k` linear in the point
//! and covariance `V_k` that depends on the level only. All moments that the samplers need follow:
//! `E[noise | x] = sum r_k e_k` and, from `c = E[|eps|^2 (eps - eh) - (eps - eh)((eps - eh) . eh) | x]`,
//! `c = sum r_k ((|e_k|^2 + tr V_k)(e_k - eh) + 2 V_k e_k - V_k eh - (e_k - eh)((e_k - eh) . eh))`.

use burn::tensor::{Tensor, TensorData, activation::softmax};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use thiserror::Error;

use super::Exact;
use crate::level::Level;
use crate::prediction::{self, Denoiser, Prediction};
use crate::state::Points;
use crate::symmetric::Eigen;

/// Why a mixture can't be made.
#[derive(Debug, Error, PartialEq)]
pub enum MixtureError {
    /// Lists of different lengths, no component, or no dimension.
    #[error("a mixture needs one weight, mean and covariance for each component, of one dimension")]
    Shape,
    /// A weight that is not positive.
    #[error("mixture weights must be positive, not {0}")]
    Weight(f64),
    /// A covariance that is not symmetric and positive semi-definite.
    #[error("covariance {0} is not symmetric and positive semi-definite")]
    Covariance(usize),
    /// A measurement `[d]` of another length, or with a number that is not finite.
    #[error(
        "a measurement needs a row with one finite number for each dimension, a finite value and a finite deviation"
    )]
    Measurement,
    /// A measurement without noise along which a component does not vary: it says nothing new, or contradicts what is known.
    #[error(
        "component {0} does not vary along a measurement without noise: leave the measurement out, or give it a deviation"
    )]
    Certain(usize),
}

/// A mixture of Gaussians in `d` dimensions, with full covariances.
///
/// ```
/// use fewsteps::distribution::Mixture;
/// use fewsteps::level::Level;
/// use fewsteps::prediction::Denoiser;
/// use fewsteps::state::Points;
///
/// let covariance = vec![vec![0.1, 0.0], vec![0.0, 0.1]];
/// let mixture = Mixture::new(&[1.0, 1.0], &[vec![-1.0, 0.0], vec![1.0, 0.0]], &[covariance.clone(), covariance])?;
/// let prediction = mixture.noise_and_turn(&Points::new(2, vec![0.0, 0.7]), Level::from_sigma(1.0));
/// assert_eq!((prediction.noise.len(), prediction.turn.dimension()), (1, 2));
/// # Ok::<(), fewsteps::distribution::MixtureError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mixture {
    dimension: usize,
    pub(super) components: Vec<Component>,
}

#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) log_weight: f64,
    pub(super) mean: Vec<f64>,
    /// Eigenvalues of the covariance, and its eigenvectors as columns of a row-major `[d, d]` matrix.
    pub(super) variances: Vec<f64>,
    axes: Vec<f64>,
}

/// A component at one level: everything but the point itself.
struct AtLevel {
    /// Logarithm of the weight over the square root of the determinant.
    log_weight: f64,
    /// Where the component's mean lies in the VP state.
    center: Vec<f64>,
    /// `e_k = gain (x - center)`, row-major `[d, d]`, symmetric.
    gain: Vec<f64>,
    /// `V_k`, row-major `[d, d]`, symmetric.
    spread: Vec<f64>,
}

impl Mixture {
    /// A mixture from `weights` `[k]` (any positive scale), `means` `[k][d]` and `covariances` `[k][d][d]`.
    ///
    /// # Errors
    /// [`MixtureError`] when the shapes disagree, a weight is not positive or a covariance is none.
    pub fn new(weights: &[f64], means: &[Vec<f64>], covariances: &[Vec<Vec<f64>>]) -> Result<Self, MixtureError> {
        let dimension = means.first().map_or(0, Vec::len);
        let square = |m: &Vec<Vec<f64>>| m.len() == dimension && m.iter().all(|row| row.len() == dimension);
        let fits = weights.len() == means.len() && means.len() == covariances.len() && dimension > 0;
        if !fits || means.iter().any(|mean| mean.len() != dimension) || !covariances.iter().all(square) {
            return Err(MixtureError::Shape);
        }
        if let Some(&weight) = weights.iter().find(|&&weight| !(weight > 0.0 && weight.is_finite())) {
            return Err(MixtureError::Weight(weight));
        }
        let total: f64 = weights.iter().sum();
        let mut components = Vec::with_capacity(weights.len());
        for (k, covariance) in covariances.iter().enumerate() {
            let (variances, axes) = eigen(covariance).ok_or(MixtureError::Covariance(k))?;
            components.push(Component {
                log_weight: (weights[k] / total).ln(),
                mean: means[k].clone(),
                variances,
                axes,
            });
        }
        Ok(Self { dimension, components })
    }

    /// Number of coordinates `d`.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Logarithm of the density of the VP state at `level`, for each of `x` `[n, d]`.
    pub fn log_density(&self, x: &Points, level: Level) -> Vec<f64> {
        let at_level = self.at(level);
        let normal = -0.5 * self.dimension as f64 * std::f64::consts::TAU.ln();
        let mut posterior = Posterior::new(&at_level, self.dimension, level);
        let at = |row: &[f64]| {
            posterior.compare(row);
            normal + log_sum_exp(&posterior.weights)
        };
        x.rows().map(at).collect()
    }

    fn at(&self, level: Level) -> Vec<AtLevel> {
        let (signal, noise) = (level.alpha_bar(), level.noise_power());
        let at_level = |component: &Component| {
            let total = |variance: &f64| signal * variance + noise;
            AtLevel {
                log_weight: component.log_weight - 0.5 * component.variances.iter().map(|v| total(v).ln()).sum::<f64>(),
                center: component.mean.iter().map(|m| level.signal_scale() * m).collect(),
                gain: component.rebuild(|variance| level.noise_scale() / total(&variance)),
                spread: component.rebuild(|variance| signal * variance / total(&variance)),
            }
        };
        self.components.iter().map(at_level).collect()
    }

    fn predict(&self, x: &Points, level: Level, mut turn: Option<&mut Vec<f64>>) -> Points {
        let (d, at_level) = (self.dimension, self.at(level));
        let mut posterior = Posterior::new(&at_level, d, level);
        let spreads: Vec<f64> = at_level.iter().map(|at_level| trace(&at_level.spread, d)).collect();
        let mut noises = Vec::with_capacity(x.values().len());
        for row in x.rows() {
            posterior.condition(row);
            let noise = &posterior.noise;
            noises.extend_from_slice(noise);
            let Some(turns) = turn.as_deref_mut() else {
                continue;
            };
            let start = turns.len();
            turns.resize(start + d, 0.0);
            let turn = &mut turns[start..];
            for (((mean, &weight), at_level), spread_trace) in posterior.components().zip(&at_level).zip(&spreads) {
                if weight == 0.0 {
                    continue;
                }
                let power = mean.iter().map(|e| e * e).sum::<f64>() + spread_trace;
                let along: f64 = mean.iter().zip(noise).map(|(e, eh)| (e - eh) * eh).sum();
                for (i, spread) in at_level.spread.chunks_exact(d).enumerate() {
                    let spread: f64 = (0..d).map(|j| spread[j] * (2.0 * mean[j] - noise[j])).sum();
                    turn[i] += weight * ((power - along) * (mean[i] - noise[i]) + spread);
                }
            }
        }
        Points::new(d, noises)
    }
}

impl Component {
    /// The symmetric matrix with this covariance's eigenvectors and eigenvalues `f(variance)`.
    pub(super) fn rebuild(&self, f: impl Fn(f64) -> f64) -> Vec<f64> {
        let d = self.mean.len();
        let entry = |i: usize, j: usize| {
            (0..d).map(|k| self.axes[i * d + k] * f(self.variances[k]) * self.axes[j * d + k]).sum::<f64>()
        };
        (0..d * d).map(|index| entry(index / d, index % d)).collect()
    }
}

/// The components conditioned on one VP state. Its memory is reused for the next one.
struct Posterior<'a> {
    at_level: &'a [AtLevel],
    noise_scale: f64,
    /// `x - center`, `[d]`.
    offset: Vec<f64>,
    /// Means `e_k` of the noise in each component, `[k, d]`.
    means: Vec<f64>,
    /// Weights `[k]`: logarithms before they are normalised.
    weights: Vec<f64>,
    /// `eh`, `[d]`.
    noise: Vec<f64>,
}

/// Log weights so far below the greatest are no weight: what they would add is lost in rounding.
const NEGLIGIBLE: f64 = -60.0;

impl<'a> Posterior<'a> {
    fn new(at_level: &'a [AtLevel], d: usize, level: Level) -> Self {
        let (means, weights) = (vec![0.0; at_level.len() * d], vec![0.0; at_level.len()]);
        Self { at_level, noise_scale: level.noise_scale(), offset: vec![0.0; d], means, weights, noise: vec![0.0; d] }
    }

    /// Fills in the means and the unnormalised log weights, for the VP state `row`.
    fn compare(&mut self, row: &[f64]) {
        let (d, offset) = (row.len(), &mut self.offset);
        let components = self.at_level.iter().zip(self.means.chunks_exact_mut(d)).zip(&mut self.weights);
        for ((at_level, mean), weight) in components {
            offset.iter_mut().zip(row).zip(&at_level.center).for_each(|((offset, x), center)| *offset = x - center);
            let mut distance = 0.0;
            for (i, gain) in at_level.gain.chunks_exact(d).enumerate() {
                mean[i] = gain.iter().zip(&*offset).map(|(gain, offset)| gain * offset).sum();
                distance += mean[i] * offset[i];
            }
            *weight = at_level.log_weight - 0.5 * distance / self.noise_scale;
        }
    }

    /// Fills in everything, for the VP state `row`.
    fn condition(&mut self, row: &[f64]) {
        self.compare(row);
        let max = self.weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut total = 0.0;
        for weight in &mut self.weights {
            // Not a number stays none.
            let below = *weight - max;
            *weight = if below < NEGLIGIBLE { 0.0 } else { below.exp() };
            total += *weight;
        }
        self.noise.fill(0.0);
        for (mean, weight) in self.means.chunks_exact(row.len()).zip(&mut self.weights) {
            *weight /= total;
            self.noise.iter_mut().zip(mean).for_each(|(noise, mean)| *noise += *weight * mean);
        }
    }

    /// Mean and weight of each component.
    fn components(&self) -> impl Iterator<Item = (&[f64], &f64)> {
        self.means.chunks_exact(self.offset.len()).zip(&self.weights)
    }
}

pub(super) fn log_sum_exp(values: &[f64]) -> f64 {
    let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    max + values.iter().map(|value| (value - max).exp()).sum::<f64>().ln()
}

/// Eigenvalues and eigenvectors (columns) of a symmetric positive semi-definite matrix.
fn eigen(matrix: &[Vec<f64>]) -> Option<(Vec<f64>, Vec<f64>)> {
    let Eigen { values, axes } = Eigen::of(matrix.concat(), matrix.len())?;
    let size = values.iter().fold(0.0, |max: f64, value| max.max(value.abs()));
    let positive = values.iter().all(|&value| value >= -1e-9 * size);
    positive.then(|| (values.iter().map(|value| value.max(0.0)).collect(), axes))
}

impl Denoiser<Points> for Mixture {
    fn noise(&self, x: &Points, level: Level) -> Points {
        self.predict(x, level, None)
    }

    fn noise_and_turn(&self, x: &Points, level: Level) -> Prediction<Points> {
        let mut turn = Vec::with_capacity(x.values().len());
        let noise = self.predict(x, level, Some(&mut turn));
        Prediction { noise, turn: Points::new(self.dimension, turn) }
    }

    fn mean_noise(&self, x: &Points, from: Level, to: Level) -> Points {
        prediction::mean_noise(self, x, from, to)
    }
}

impl Mixture {
    /// The mean over components, at each of `x`, of `f(|e_k - eh|^2, k)`.
    fn mean_over_components(
        &self,
        x: &Points,
        at_level: &[AtLevel],
        level: Level,
        f: impl Fn(f64, usize) -> f64,
    ) -> Vec<f64> {
        let d = self.dimension;
        let mut posterior = Posterior::new(at_level, d, level);
        let at = |row: &[f64]| {
            posterior.condition(row);
            let away = |mean: &[f64]| mean.iter().zip(&posterior.noise).map(|(e, eh)| (e - eh).powi(2)).sum::<f64>();
            posterior.components().enumerate().map(|(k, (mean, weight))| weight * f(away(mean), k)).sum()
        };
        x.rows().map(at).collect()
    }
}

impl Exact for Mixture {
    fn log_density(&self, x: &Points, level: Level) -> Vec<f64> {
        Mixture::log_density(self, x, level)
    }

    fn noise_variance(&self, x: &Points, level: Level) -> Vec<f64> {
        let at_level = self.at(level);
        let spread: Vec<f64> = at_level.iter().map(|at_level| trace(&at_level.spread, self.dimension)).collect();
        self.mean_over_components(x, &at_level, level, |away, k| away + spread[k])
    }

    /// Without the difference of two numbers near `d`, which loses all digits as the noise goes.
    fn score_trace(&self, x: &Points, level: Level) -> Vec<f64> {
        let at_level = self.at(level);
        let gain: Vec<f64> = at_level.iter().map(|at_level| trace(&at_level.gain, self.dimension)).collect();
        let scale = level.noise_scale();
        self.mean_over_components(x, &at_level, level, |away, k| (away / scale - gain[k]) / scale)
    }

    fn draw(&self, count: usize, rng: &mut ChaCha8Rng) -> Points {
        let d = self.dimension;
        let mut values = Vec::with_capacity(count * d);
        for _ in 0..count {
            let mut rest: f64 = rng.random();
            let chosen = self.components.iter().find(|component| {
                rest -= component.log_weight.exp();
                rest < 0.0
            });
            let component = chosen.unwrap_or(&self.components[0]);
            let along =
                |variance: &f64| variance.sqrt() * <StandardNormal as Distribution<f64>>::sample(&StandardNormal, rng);
            let along: Vec<f64> = component.variances.iter().map(along).collect();
            let at = |i: usize| (0..d).map(|k| component.axes[i * d + k] * along[k]).sum::<f64>();
            values.extend((0..d).map(|i| component.mean[i] + at(i)));
        }
        Points::new(d, values)
    }
}

fn trace(matrix: &[f64], d: usize) -> f64 {
    (0..d).map(|i| matrix[i * d + i]).sum()
}

impl Mixture {
    /// Noise means `e_k` `[n, d]` and weights `r_k` `[n, 1]` of each component, on the points' device.
    fn posterior_on_device(&self, x: &Tensor<2>, level: Level) -> Vec<(AtLevel, Tensor<2>, Tensor<2>)> {
        let at_level = self.at(level);
        let mut means = Vec::with_capacity(at_level.len());
        let mut log_weights = Vec::with_capacity(at_level.len());
        for at_level in &at_level {
            let offset = x.clone() - row(&at_level.center, x);
            let mean = offset.clone().matmul(square(&at_level.gain, x));
            let distance = (offset * mean.clone()).sum_dim(1).div_scalar(level.noise_scale());
            log_weights.push(distance.mul_scalar(-0.5).add_scalar(at_level.log_weight));
            means.push(mean);
        }
        let weights = softmax(Tensor::cat(log_weights, 1), 1);
        let weight = |k: usize| weights.clone().narrow(1, k, 1);
        at_level.into_iter().zip(means).enumerate().map(|(k, (at_level, mean))| (at_level, mean, weight(k))).collect()
    }
}

impl Denoiser<Tensor<2>> for Mixture {
    fn noise(&self, x: &Tensor<2>, level: Level) -> Tensor<2> {
        let posterior = self.posterior_on_device(x, level).into_iter();
        sum(posterior.map(|(_, mean, weight)| mean * weight))
    }

    fn noise_and_turn(&self, x: &Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        let d = self.dimension;
        let posterior = self.posterior_on_device(x, level);
        let noise = sum(posterior.iter().map(|(_, mean, weight)| mean.clone() * weight.clone()));
        let turn = sum(posterior.into_iter().map(|(at_level, mean, weight)| {
            let trace = trace(&at_level.spread, d);
            let away = mean.clone() - noise.clone();
            let power = mean.clone().square().sum_dim(1).add_scalar(trace);
            let along = (away.clone() * noise.clone()).sum_dim(1);
            let spread = (mean.mul_scalar(2.0) - noise.clone()).matmul(square(&at_level.spread, x));
            (away * (power - along) + spread) * weight
        }));
        Prediction { noise, turn }
    }

    fn mean_noise(&self, x: &Tensor<2>, from: Level, to: Level) -> Tensor<2> {
        prediction::mean_noise(self, x, from, to)
    }
}

fn sum(terms: impl Iterator<Item = Tensor<2>>) -> Tensor<2> {
    terms.reduce(|sum, term| sum + term).expect("a mixture has a component")
}

fn row(values: &[f64], like: &Tensor<2>) -> Tensor<2> {
    Tensor::from_data(TensorData::new(to_f32(values), [1, values.len()]), &like.device())
}

fn square(values: &[f64], like: &Tensor<2>) -> Tensor<2> {
    let d = like.dims()[1];
    Tensor::from_data(TensorData::new(to_f32(values), [d, d]), &like.device())
}

fn to_f32(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}
