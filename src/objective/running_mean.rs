//! Running means over noise levels: the control variate's, and the adaptive weighting's.

use burn::tensor::{Device, Tensor, TensorData};

use crate::network::LogSigma;

const BINS: usize = 40;
const FIRST: f64 = -5.3;
const LAST: f64 = 5.1;
/// What is left of a sum after one batch.
const DECAY: f64 = 0.98;
/// How many points the prior counts for.
const PRIOR: f64 = 1e-3;

/// Running means of a quantity by `ln sigma`, piecewise linear between 40 knots. Stays on the device.
#[derive(Clone, Debug)]
pub struct RunningMean {
    knots: Tensor<2>,
    sums: Tensor<2>,
    counts: Tensor<2>,
    prior: f64,
}

impl RunningMean {
    /// All means are `prior` until there is something to average, and at levels that nothing comes from.
    pub fn new(prior: f64, device: &Device) -> Self {
        let knots: Vec<f32> = (0..BINS).map(|i| (FIRST + i as f64 * spacing()) as f32).collect();
        Self {
            knots: Tensor::from_data(TensorData::new(knots, [1, BINS]), device),
            sums: Tensor::zeros([BINS, 1], device),
            counts: Tensor::zeros([BINS, 1], device),
            prior,
        }
    }

    /// Its sums and counts, each `[n, 1]`.
    pub(super) fn state(&self) -> [Tensor<2>; 2] {
        [self.sums.clone(), self.counts.clone()]
    }

    /// Takes over the sums and counts of another.
    pub(super) fn restore(&mut self, [sums, counts]: [Tensor<2>; 2]) {
        (self.sums, self.counts) = (sums, counts);
    }

    /// Takes in `values` `[n, 1]` at `level` and returns the running mean at each point's level, `[n, 1]`, as it was before.
    pub fn update(&mut self, values: Tensor<2>, level: &LogSigma) -> Tensor<2> {
        let distance = (level.0.clone() - self.knots.clone()).abs().div_scalar(spacing());
        let hat = distance.neg().add_scalar(1.0).clamp_min(0.0);
        let means = self.sums.clone().add_scalar(PRIOR * self.prior) / self.counts.clone().add_scalar(PRIOR);
        let here = hat.clone().matmul(means);
        let hat = hat.transpose();
        self.counts = self.counts.clone().mul_scalar(DECAY) + hat.clone().sum_dim(1);
        self.sums = self.sums.clone().mul_scalar(DECAY) + hat.matmul(values);
        here
    }
}

fn spacing() -> f64 {
    (LAST - FIRST) / (BINS - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A level without points must not end as nothing divided by nothing, which would spread to all levels.
    #[test]
    fn levels_that_are_never_visited_keep_the_prior() {
        let device = Device::flex();
        let mut mean = RunningMean::new(1.0, &device);
        let often = LogSigma(Tensor::from_data([[-1.0], [-1.0]], &device));
        for _ in 0..8000 {
            mean.update(Tensor::from_data([[2.0], [4.0]], &device), &often);
        }
        let both = LogSigma(Tensor::from_data([[-1.0], [5.0]], &device));
        let found: Vec<f32> = mean.update(Tensor::zeros([2, 1], &device), &both).into_data().iter().collect();
        assert!((found[0] - 3.0).abs() < 1e-2 && (found[1] - 1.0).abs() < 1e-3, "{found:?}");
    }
}
