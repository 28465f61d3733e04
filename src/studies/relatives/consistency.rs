//! Consistency models (arXiv 2303.01469): the step to the path's end, learned by agreeing with itself one small step further on.

use burn::tensor::{Device, Tensor};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::learn::{FIRST, LAST, Learner, Steps, column, log_sigma, noised, normal};
use crate::data::Dataset;
use crate::network::{FlowMap, Network};

/// Small steps of a whole path where a teacher takes them.
const CELLS: f64 = 32.0;
/// Small steps where the data takes them, at first and at last: doubled in equal parts of the training (arXiv 2310.14189, sec 3.4).
const COARSE: usize = 10;
const DOUBLINGS: usize = 4;

/// A consistency model `f(x, t)`: the map of a step from `t` to the last level, which is the identity there.
pub struct Consistency {
    pub learner: Learner<FlowMap>,
    /// Takes the small steps, by Heun's method (Algorithm 2); without one the data does (Algorithm 3).
    pub teacher: Option<Network>,
}

impl Consistency {
    /// What one step of training costs a point, in evaluations of the velocity (a gradient costs two more); `map` is a map's.
    pub fn cost(map: f64, distilled: bool) -> f64 {
        4.0 * map + if distilled { 2.0 } else { 0.0 }
    }

    /// One step of training on `batch` points.
    pub fn step(&mut self, data: &Dataset, batch: usize, rng: &mut ChaCha8Rng, device: &Device) {
        let (clean, _) = data.draw(batch, rng);
        let noise = normal(clean.len(), rng);
        let span = (LAST / FIRST).ln();
        let cells = match self.teacher {
            Some(_) => CELLS,
            None => {
                let (step, budget) = self.learner.progress();
                (COARSE << (step * (DOUBLINGS + 1) / budget.max(1)).min(DOUBLINGS)) as f64
            }
        };
        // Not from the very end, where a step is nothing and its mean velocity nothing over nothing.
        let latest = 1.0 - 0.2 / cells;
        let from: Vec<f64> = (0..batch).map(|_| FIRST * (span * latest * rng.random::<f64>()).exp()).collect();
        let to: Vec<f64> = from.iter().map(|sigma| (sigma * (span / cells).exp()).max(LAST)).collect();
        let end = vec![LAST; batch];
        let x = noised(&clean, &noise, &from, device);
        let further = match &self.teacher {
            Some(teacher) => heun(teacher, x.clone(), &from, &to),
            None => noised(&clean, &noise, &to, device),
        };
        // The target is the network itself without a gradient: no average of its own (arXiv 2310.14189, sec 3.2).
        let current = self.learner.current();
        let target = Steps { from: &to, to: &end }.walk(&current, further);
        // Errors count as those of F in `f = cos(D) x - sin(D) F` (as in arXiv 2410.11081), not as those of `f`, which vanish with the noise.
        let steps = Steps { from: &from, to: &end };
        let (cos, sin) = steps.turn(device);
        let expected = (x.clone() * cos - target) / sin;
        let found = steps.mean_velocity(self.learner.module(), x);
        self.learner.learn(&(found - expected).square().mean());
    }
}

/// A step of Heun's method in `sigma` along the paths of `teacher`, each row between its own levels.
fn heun(teacher: &Network, x: Tensor<2>, from: &[f64], to: &[f64]) -> Tensor<2> {
    let device = x.device();
    let signal = |sigmas: &[f64]| column(sigmas.iter().map(|sigma| (1.0 + sigma * sigma).sqrt().recip()), &device);
    let change = column(from.iter().zip(to).map(|(from, to)| to - from), &device);
    let y = x.clone() / signal(from);
    let first = teacher.noise(x, &log_sigma(from, &device));
    let ahead = (y.clone() + first.clone() * change.clone()) * signal(to);
    let second = teacher.noise(ahead, &log_sigma(to, &device));
    (y + (first + second) * change.mul_scalar(0.5)) * signal(to)
}
