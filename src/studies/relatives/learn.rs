//! What all of them learn with: Adam, an average, and steps along levels that differ from point to point.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::network::{Course, FlowMap, LogSigma};
use crate::training::{Descent, DistilOptions, Rates};

/// Ends of all paths.
pub const FIRST: f64 = 10.0;
pub const LAST: f64 = 0.02;

/// A network in training, as [`Distiller`](crate::training::Distiller) trains its map.
pub struct Learner<M> {
    module: M,
    average: M,
    descent: Descent,
    options: DistilOptions,
    step: usize,
}

impl<M: Module> Learner<M> {
    /// Begins with `average` (without autodiff), for `budget` steps.
    pub fn new(average: M, budget: usize) -> Self {
        Self {
            module: average.clone().train(),
            average,
            descent: Descent::default(),
            options: DistilOptions { budget, ..DistilOptions::points() },
            step: 0,
        }
    }

    /// The network in training.
    pub fn module(&self) -> &M {
        &self.module
    }

    /// As it is now, without autodiff.
    pub fn current(&self) -> M {
        self.module.valid()
    }

    /// The averaged network, without autodiff.
    pub fn average(&self) -> &M {
        &self.average
    }

    /// Steps taken, and steps to take.
    pub fn progress(&self) -> (usize, usize) {
        (self.step, self.options.budget)
    }

    /// One step down `loss`, `[1]`.
    pub fn learn(&mut self, loss: &Tensor<1>) {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.module);
        let learning_rate = self.options.rate(self.step);
        self.step += 1;
        let decay = self.options.ema.min((1 + self.step) as f64 / (10 + self.step) as f64);
        let rates = Rates { learning_rate, decay };
        [self.module, self.average] = self.descent.step(self.module.clone(), self.average.clone(), gradients, rates);
    }
}

/// Values as a column `[n, 1]`.
pub fn column(values: impl Iterator<Item = f64>, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = values.map(|value| value as f32).collect();
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count, 1]), device)
}

/// Noise levels as networks take them.
pub fn log_sigma(sigmas: &[f64], device: &Device) -> LogSigma {
    LogSigma(column(sigmas.iter().map(|sigma| sigma.ln()), device))
}

/// `count` standard normal numbers.
pub fn normal(count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    (0..count).map(|_| StandardNormal.sample(rng)).collect()
}

/// VP states `[n, d]` of row-major `clean` points with `noise` on them, each row at its own level.
pub fn noised(clean: &[f32], noise: &[f32], sigmas: &[f64], device: &Device) -> Tensor<2> {
    let d = clean.len() / sigmas.len();
    let rows = clean.chunks_exact(d).zip(noise.chunks_exact(d)).zip(sigmas);
    let values = rows.flat_map(|((clean, noise), &sigma)| {
        let signal = (1.0 + sigma * sigma).sqrt().recip();
        clean.iter().zip(noise).map(move |(x0, eps)| (signal * (f64::from(*x0) + sigma * f64::from(*eps))) as f32)
    });
    Tensor::from_data(TensorData::new(values.collect::<Vec<_>>(), [sigmas.len(), d]), device)
}

/// Steps of a map, each row from its own level to its own.
pub struct Steps<'a> {
    pub from: &'a [f64],
    pub to: &'a [f64],
}

impl Steps<'_> {
    /// `F` of `map` at VP states `x` `[n, d]`.
    pub fn mean_velocity(&self, map: &FlowMap, x: Tensor<2>) -> Tensor<2> {
        let device = x.device();
        let [from, to] = [self.from, self.to].map(|sigmas| log_sigma(sigmas, &device));
        map.mean_velocity(x, Course { from: &from, to: &to, class: None, guidance: 1.0 })
    }

    /// Cosine and sine of `D = atan sigma_t - atan sigma_s`, `[n, 1]` each.
    pub fn turn(&self, device: &Device) -> (Tensor<2>, Tensor<2>) {
        let angles = || self.from.iter().zip(self.to).map(|(from, to)| from.atan() - to.atan());
        (column(angles().map(f64::cos), device), column(angles().map(f64::sin), device))
    }

    /// Where the steps of `map` end, `cos(D) x - sin(D) F`.
    pub fn walk(&self, map: &FlowMap, x: Tensor<2>) -> Tensor<2> {
        let (cos, sin) = self.turn(&x.device());
        x.clone() * cos - self.mean_velocity(map, x) * sin
    }
}
