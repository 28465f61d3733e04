//! The control variate's running mean over noise levels.

use burn::tensor::{Device, Tensor, TensorData};

use crate::network::LogSigma;

const BINS: usize = 40;
const FIRST: f64 = -5.3;
const LAST: f64 = 5.1;
/// What is left of a sum after one batch.
const KEPT: f64 = 0.98;

/// Running means of a quantity by `ln sigma`, piecewise linear between 40 knots. Stays on the device.
#[derive(Clone, Debug)]
pub struct Baseline {
    knots: Tensor<2>,
    sums: Tensor<2>,
    weights: Tensor<2>,
}

impl Baseline {
    /// All means zero.
    pub fn new(device: &Device) -> Self {
        let knots: Vec<f32> = (0..BINS).map(|i| (FIRST + i as f64 * spacing()) as f32).collect();
        Self {
            knots: Tensor::from_data(TensorData::new(knots, [1, BINS]), device),
            sums: Tensor::zeros([BINS, 1], device),
            weights: Tensor::full([BINS, 1], 1e-3, device),
        }
    }

    /// Takes in `values` `[n, 1]` at `level` and returns the running mean at each point's level, `[n, 1]`, as it was before.
    pub fn update(&mut self, values: Tensor<2>, level: &LogSigma) -> Tensor<2> {
        let distance = (level.0.clone() - self.knots.clone()).abs().div_scalar(spacing());
        let hat = distance.neg().add_scalar(1.0).clamp_min(0.0);
        let means = self.sums.clone() / self.weights.clone();
        let here = hat.clone().matmul(means);
        let hat = hat.transpose();
        self.weights = self.weights.clone().mul_scalar(KEPT) + hat.clone().sum_dim(1);
        self.sums = self.sums.clone().mul_scalar(KEPT) + hat.matmul(values);
        here
    }
}

fn spacing() -> f64 {
    (LAST - FIRST) / (BINS - 1) as f64
}
