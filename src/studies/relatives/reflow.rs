//! Rectified flow's second round (arXiv 2209.03003): the same simple loss, on noise and data that a path of the first network joins.
//!
//! The first round is the velocity itself: in the time `t = sigma / (1 + sigma)` the state `(1 - t) y` moves with `eps - x0`, and Euler's steps are
//! DDIM's. Only the pairs are new, and so how straight the paths are.

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::learn::{FIRST, LAST, Learner, log_sigma, noised, normal};
use crate::denoiser::NetworkDenoiser;
use crate::network::Network;
use crate::objective::NoiseLevels;
use crate::sampler::{DpmSolverPlusPlus, Formula, Trajectory};
use crate::schedule::log_linear;
use crate::state::now;

/// Paths that are followed together.
const TOGETHER: usize = 256;

/// Ends of paths, joined by straight lines: row-major clean points and the noise that leads from there to the start.
#[derive(Default)]
pub struct Couplings {
    pub clean: Vec<f32>,
    pub noise: Vec<f32>,
}

impl Couplings {
    /// Follows some more paths of `teacher` in `cells` steps, from noise about what is left of `mean`, and returns them to be read.
    pub fn follow(
        teacher: &NetworkDenoiser,
        mean: &[f32],
        cells: usize,
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> (Tensor<2>, Tensor<2>) {
        let levels = log_linear(cells, LAST, FIRST);
        let (first, last) = (levels[0], levels[cells]);
        let shift = vec![mean; TOGETHER].concat();
        let start = normal(shift.len(), rng);
        let start: Vec<f32> =
            start.iter().zip(&shift).map(|(eps, mean)| eps + first.signal_scale() as f32 * mean).collect();
        let start = Tensor::from_data(TensorData::new(start, [TOGETHER, mean.len()]), device);
        let draw = || unreachable!("the solver draws no noise");
        let run = Trajectory::new(DpmSolverPlusPlus.start(), teacher, levels, start.clone(), draw);
        // The solver reads nothing from the device.
        let end = now(run.last()).div_scalar(last.signal_scale());
        let noise = (start.div_scalar(first.signal_scale()) - end.clone()).div_scalar(FIRST - LAST);
        (end - noise.clone().mul_scalar(LAST), noise)
    }

    /// Pairs so far, of `d` coordinates.
    pub fn len(&self, d: usize) -> usize {
        self.clean.len() / d
    }
}

/// A velocity in its second round.
pub struct Reflow {
    pub learner: Learner<Network>,
    pub couplings: Couplings,
}

impl Reflow {
    /// What one step of training costs a point, in evaluations of the velocity.
    pub const COST: f64 = 3.0;

    /// One step of training on `batch` points of `d` coordinates.
    pub fn step(&mut self, d: usize, batch: usize, rng: &mut ChaCha8Rng, device: &Device) {
        let count = self.couplings.len(d);
        let rows: Vec<usize> = (0..batch).map(|_| rng.random_range(0..count)).collect();
        let pick = |values: &[f32]| rows.iter().flat_map(|row| &values[row * d..(row + 1) * d]).copied().collect();
        let (clean, noise): (Vec<f32>, Vec<f32>) = (pick(&self.couplings.clean), pick(&self.couplings.noise));
        let sigmas: Vec<f64> =
            NoiseLevels::default().draw(batch, rng).iter().map(|level| f64::from(*level).exp()).collect();
        let x = noised(&clean, &noise, &sigmas, device);
        let expected = Tensor::from_data(TensorData::new(noise, [batch, d]), device);
        let found = self.learner.module().noise(x, &log_sigma(&sigmas, device));
        self.learner.learn(&(found - expected).square().mean());
    }
}
