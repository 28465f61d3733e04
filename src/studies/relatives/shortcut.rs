//! Shortcut models (arXiv 2410.12557): steps of any length, the shortest learned from data, each longer one from two of half its length.

use burn::tensor::{Device, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::learn::{FIRST, LAST, Learner, Steps, column, noised, normal};
use crate::data::Dataset;
use crate::network::FlowMap;
use crate::objective::NoiseLevels;

/// One in so many points learns from two half steps, the others from the data (sec 3.2).
const SHARE: usize = 4;
/// Halvings of the whole path: the shortest step is one of 128.
const HALVINGS: u32 = 7;

/// A shortcut model.
pub struct Shortcut {
    pub learner: Learner<FlowMap>,
}

impl Shortcut {
    /// What one step of training costs a point, in evaluations of the velocity; `map` is a map's.
    pub fn cost(map: f64) -> f64 {
        (3.0 + 2.0 / SHARE as f64) * map
    }

    /// One step of training on `batch` points.
    pub fn step(&mut self, data: &Dataset, batch: usize, rng: &mut ChaCha8Rng, device: &Device) {
        let (clean, _) = data.draw(batch, rng);
        let noise = normal(clean.len(), rng);
        let halved = batch / SHARE;
        let (mut from, mut middle, mut to) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..halved {
            let cells = 1_u32 << rng.random_range(0..HALVINGS);
            let cell = rng.random_range(0..cells);
            let level = |part: f64| FIRST * ((LAST / FIRST).ln() * (f64::from(cell) + part) / f64::from(cells)).exp();
            from.push(level(0.0));
            middle.push(level(0.5));
            to.push(level(1.0));
        }
        let levels = NoiseLevels::default().draw(batch - halved, rng);
        let short = levels.iter().map(|level| f64::from(*level).exp());
        from.extend(short);
        to.extend_from_slice(&from[halved..]);
        let x = noised(&clean, &noise, &from, device);
        let target = Tensor::cat(
            vec![
                self.of_halves(x.clone().narrow(0, 0, halved), [&from[..halved], &middle, &to[..halved]]),
                velocity(&clean[halved * data.dimension..], &noise[halved * data.dimension..], &from[halved..], device),
            ],
            0,
        );
        let found = Steps { from: &from, to: &to }.mean_velocity(self.learner.module(), x);
        self.learner.learn(&(found - target).square().mean());
    }

    /// `F` of the step that two halves of the averaged map make from VP states `x` `[n, d]`. Half of the shortest step is as short as what
    /// the data teaches.
    fn of_halves(&self, x: Tensor<2>, [from, middle, to]: [&[f64]; 3]) -> Tensor<2> {
        let map = self.learner.average();
        let half = Steps { from, to: middle }.walk(map, x.clone());
        let end = Steps { from: middle, to }.walk(map, half);
        let (cos, sin) = Steps { from, to }.turn(&x.device());
        (x * cos - end) / sin
    }
}

/// `v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x0` of each row, `[n, d]`.
fn velocity(clean: &[f32], noise: &[f32], sigmas: &[f64], device: &Device) -> Tensor<2> {
    let d = clean.len() / sigmas.len();
    let matrix = |values: &[f32]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), [sigmas.len(), d]), device);
    let signal = column(sigmas.iter().map(|sigma| (1.0 + sigma * sigma).sqrt().recip()), device);
    let of_noise = column(sigmas.iter().map(|sigma| sigma / (1.0 + sigma * sigma).sqrt()), device);
    matrix(noise) * signal - matrix(clean) * of_noise
}
