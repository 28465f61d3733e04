//! The exact denoiser of a finite data set, a sum of Diracs: `x0 = softmax_i(-|y - x_i|^2 / (2 sigma^2)) x_i` (arXiv 2306.04848).
//!
//! It is what a network of unlimited size would learn from the data set: the path ends on the data points themselves.

use burn::tensor::{Tensor, activation::softmax};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::Exact;
use super::mixture::log_sum_exp;
use crate::level::Level;
use crate::prediction::{self, Denoiser, Prediction};
use crate::state::{Points, State};

/// Largest number of weights (points times data) held at once on the device.
const BLOCK: usize = 1 << 22;

/// A finite data set in `f64` on the CPU.
#[derive(Clone, Debug)]
pub struct Empirical {
    pub(super) data: Points,
}

impl Empirical {
    /// The denoiser of `data` `[m, d]`, `m >= 1`.
    pub fn new(data: Points) -> Self {
        Self { data }
    }

    /// `-|y - x_i|^2 / (2 sigma^2)` for each data point, for the VP state `row`.
    fn logits(&self, row: &[f64], level: Level) -> Vec<f64> {
        let scale = 1.0 / level.signal_scale();
        let precision = 0.5 / level.sigma().powi(2);
        let distance = |point: &[f64]| point.iter().zip(row).map(|(p, x)| (x * scale - p).powi(2)).sum::<f64>();
        self.data.rows().map(|point| -precision * distance(point)).collect()
    }

    /// Posterior weights `[m]` of the data points for the VP state `row` `[d]`.
    pub fn weights(&self, row: &[f64], level: Level) -> Vec<f64> {
        let mut logits = self.logits(row, level);
        let total = log_sum_exp(&logits);
        logits.iter_mut().for_each(|logit| *logit = (*logit - total).exp());
        logits
    }
}

impl Exact for Empirical {
    fn log_density(&self, x: &Points, level: Level) -> Vec<f64> {
        let count = self.data.len() as f64;
        let normal = -0.5 * x.dimension() as f64 * (std::f64::consts::TAU * level.noise_power()).ln() - count.ln();
        x.rows().map(|row| normal + log_sum_exp(&self.logits(row, level))).collect()
    }

    fn noise_variance(&self, x: &Points, level: Level) -> Vec<f64> {
        let d = x.dimension();
        let variance = |row: &[f64]| {
            let weights = self.weights(row, level);
            let mut mean = vec![0.0; d];
            for (point, weight) in self.data.rows().zip(&weights) {
                mean.iter_mut().zip(point).for_each(|(sum, p)| *sum += weight * p);
            }
            let away = |point: &[f64]| point.iter().zip(&mean).map(|(p, m)| (p - m).powi(2)).sum::<f64>();
            let spread: f64 = self.data.rows().zip(&weights).map(|(point, weight)| weight * away(point)).sum();
            spread / level.sigma().powi(2)
        };
        x.rows().map(variance).collect()
    }

    fn draw(&self, count: usize, rng: &mut ChaCha8Rng) -> Points {
        let d = self.data.dimension();
        let row = |index: usize| &self.data.values()[index * d..(index + 1) * d];
        let rows = (0..count).flat_map(|_| row(rng.random_range(0..self.data.len())).iter().copied());
        Points::new(d, rows.collect())
    }
}

/// The mean `[d]` of the noise and its turn under a posterior of finitely many noises `eps(k, i)`, which have `weights`.
pub(super) fn moments(weights: &[f64], d: usize, eps: impl Fn(usize, usize) -> f64) -> (Vec<f64>, Vec<f64>) {
    let mean: Vec<f64> =
        (0..d).map(|i| weights.iter().enumerate().map(|(k, weight)| weight * eps(k, i)).sum()).collect();
    let mut turn = vec![0.0; d];
    for (k, weight) in weights.iter().enumerate() {
        let eps: Vec<f64> = (0..d).map(|i| eps(k, i)).collect();
        let away = || eps.iter().zip(&mean).map(|(e, m)| e - m);
        let power: f64 = eps.iter().map(|e| e * e).sum();
        let along: f64 = away().zip(&mean).map(|(r, m)| r * m).sum();
        turn.iter_mut().zip(away()).for_each(|(sum, r)| *sum += weight * (power - along) * r);
    }
    (mean, turn)
}

impl Denoiser<Points> for Empirical {
    fn noise(&self, x: &Points, level: Level) -> Points {
        let d = x.dimension();
        let mut noise = Vec::with_capacity(x.values().len());
        for row in x.rows() {
            let mut denoised = vec![0.0; d];
            for (point, weight) in self.data.rows().zip(self.weights(row, level)) {
                // Most weights are zero at little noise.
                if weight > 0.0 {
                    denoised.iter_mut().zip(point).for_each(|(sum, p)| *sum += weight * p);
                }
            }
            let of = |(x, x0): (&f64, f64)| (x - level.signal_scale() * x0) / level.noise_scale();
            noise.extend(row.iter().zip(denoised).map(of));
        }
        Points::new(d, noise)
    }

    fn noise_and_turn(&self, x: &Points, level: Level) -> Prediction<Points> {
        let d = x.dimension();
        let (mut noise, mut turn) = (Vec::with_capacity(x.values().len()), Vec::with_capacity(x.values().len()));
        for row in x.rows() {
            let weights = self.weights(row, level);
            let data = self.data.values();
            let eps = |k: usize, i: usize| (row[i] - level.signal_scale() * data[k * d + i]) / level.noise_scale();
            let (of_noise, of_turn) = moments(&weights, d, eps);
            noise.extend(of_noise);
            turn.extend(of_turn);
        }
        Prediction { noise: Points::new(d, noise), turn: Points::new(d, turn) }
    }

    fn mean_noise(&self, x: &Points, from: Level, to: Level) -> Points {
        prediction::mean_noise(self, x, from, to)
    }
}

/// A finite data set on a device, `[m, d]`.
#[derive(Clone, Debug)]
pub struct EmpiricalOnDevice {
    data: Tensor<2>,
    /// `|x_i|^2`, `[1, m]`.
    power: Tensor<2>,
}

impl EmpiricalOnDevice {
    /// The denoiser of `data` `[m, d]`, `m >= 1`.
    pub fn new(data: Tensor<2>) -> Self {
        let power = data.clone().square().sum_dim(1).transpose();
        Self { data, power }
    }

    fn block(&self, x: Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        let (signal, noise_scale) = (level.signal_scale(), level.noise_scale());
        let y = x.clone().div_scalar(signal);
        let products = y.clone().matmul(self.data.clone().transpose());
        let precision = 1.0 / level.sigma().powi(2);
        let weights = softmax((products - self.power.clone().mul_scalar(0.5)).mul_scalar(precision), 1);
        let denoised = weights.clone().matmul(self.data.clone());
        let noise = State::combine(&[(1.0 / noise_scale, &x), (-signal / noise_scale, &denoised)]);
        // With D the denoised points and e_k the noise if x_k is the truth, |e_k|^2 - (e_k - eh) . eh differs from a_k only by
        // a constant in k, which drops out of c = sum r_k a_k (e_k - eh).
        let products = (y + denoised).matmul(self.data.clone().transpose());
        let a = (self.power.clone() - products).mul_scalar(precision);
        let centred = a.clone() - (weights.clone() * a).sum_dim(1);
        let weighted = weights * centred;
        let turn = weighted.matmul(self.data.clone()).mul_scalar(-signal / noise_scale);
        Prediction { noise, turn }
    }

    fn blocks(&self, x: &Tensor<2>, level: Level) -> Vec<Prediction<Tensor<2>>> {
        let rows = (BLOCK / self.data.dims()[0]).max(1);
        x.clone().split(rows, 0).into_iter().map(|x| self.block(x, level)).collect()
    }
}

impl Denoiser<Tensor<2>> for EmpiricalOnDevice {
    fn noise(&self, x: &Tensor<2>, level: Level) -> Tensor<2> {
        self.noise_and_turn(x, level).noise
    }

    fn noise_and_turn(&self, x: &Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        let (noise, turn) = self.blocks(x, level).into_iter().map(|part| (part.noise, part.turn)).unzip();
        Prediction { noise: Tensor::cat(noise, 0), turn: Tensor::cat(turn, 0) }
    }

    fn mean_noise(&self, x: &Tensor<2>, from: Level, to: Level) -> Tensor<2> {
        prediction::mean_noise(self, x, from, to)
    }
}
