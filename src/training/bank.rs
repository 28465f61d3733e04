//! Trajectories of a trained network, from which a flow map learns.

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::denoiser::{Denoiser, Guided, NetworkDenoiser};
use crate::level::Level;
use crate::network::{Classes, Course, FlowMap, GUIDANCE, LogSigma};
use crate::sampler::{DpmSolverPlusPlus, Formula, Trajectory};
use crate::sharing::{ShareError, cut, flat, taken_rows};
use crate::state::now;

/// Trajectories that are made together, on the same levels.
pub(super) const TOGETHER: usize = 64;
/// Numbers of steps that a map is to be used with, and how often a pair is one of their steps.
const GRIDS: [(usize, usize); 9] = [(1, 3), (2, 3), (3, 3), (4, 3), (6, 2), (8, 2), (12, 1), (16, 1), (32, 1)];
/// Share of the trajectories without a class, where there are classes, and of the others at a weight that is not 1.
const ANY: f64 = 0.1;
const GUIDED: f64 = 0.5;

/// What makes trajectories.
pub(super) struct Teacher {
    pub(super) denoiser: NetworkDenoiser,
    /// Classes that the network knows.
    pub(super) classes: usize,
    /// Mean of the data, `[d]`: what is left of it in the noise that trajectories start from.
    pub(super) mean: Vec<f32>,
    pub(super) cells: usize,
    pub(super) sigma_min: f64,
    pub(super) sigma_max: f64,
    pub(super) device: Device,
}

/// [`TOGETHER`] trajectories.
pub(super) struct Chunk {
    /// VP states `[levels * TOGETHER, d]`, level by level.
    states: Tensor<2>,
    levels: Vec<Level>,
    classes: Option<Vec<Option<u8>>>,
    guidance: f64,
}

impl Teacher {
    /// [`TOGETHER`] trajectories from fresh noise, by DPM-Solver++(2M). The levels between the first and the last one are each moved by up
    /// to half a cell, so that a map meets all levels and not those of one grid.
    pub(super) fn chunk(&self, rng: &mut ChaCha8Rng) -> Chunk {
        let (cells, d) = (self.cells, self.mean.len());
        let level = |index: usize| {
            let moved = if index == 0 || index == cells { 0.0 } else { rng.random::<f64>() - 0.5 };
            let part = (index as f64 + moved) / cells as f64;
            Level::from_sigma(self.sigma_max * (self.sigma_min / self.sigma_max).powf(part))
        };
        let levels: Vec<Level> = (0..=cells).map(level).collect();
        let signal = levels[0].signal_scale() as f32;
        let start = (0..TOGETHER * d).map(|i| {
            let noise: f32 = StandardNormal.sample(rng);
            noise + signal * self.mean[i % d]
        });
        let start = Tensor::from_data(TensorData::new(start.collect::<Vec<_>>(), [TOGETHER, d]), &self.device);
        let (classes, guidance) = self.asked(rng);
        let denoiser: Box<dyn Denoiser<Tensor<2>>> = match &classes {
            Some(classes) => {
                let class = Classes::new(classes, self.classes, &self.device);
                Box::new(Guided::new(self.denoiser.clone(), class, guidance))
            }
            None => Box::new(&self.denoiser),
        };
        let mut states = vec![start.clone()];
        let draw = || unreachable!("the solver draws no noise");
        let mut run = Trajectory::new(DpmSolverPlusPlus.start(), denoiser, levels.clone(), start, draw);
        // The solver reads nothing from the device.
        while let Some(step) = now(run.next()) {
            states.push(step.state);
        }
        Chunk { states: Tensor::cat(states, 0), levels, classes, guidance }
    }

    /// Classes of a chunk, and their weight.
    fn asked(&self, rng: &mut ChaCha8Rng) -> (Option<Vec<Option<u8>>>, f64) {
        if self.classes == 0 {
            return (None, 1.0);
        }
        let one = |rng: &mut ChaCha8Rng| {
            (rng.random::<f64>() >= ANY).then(|| rng.random_range(0..self.classes.min(256)) as u8)
        };
        let classes = (0..TOGETHER).map(|_| one(rng)).collect();
        let guidance = if rng.random::<f64>() < GUIDED { rng.random_range(GUIDANCE) } else { 1.0 };
        (Some(classes), guidance)
    }
}

/// Steps to learn, each from one point of a trajectory to a later one.
pub(super) struct Pairs {
    x: Tensor<2>,
    /// `F*`, `[n, d]`.
    expected: Tensor<2>,
    from: LogSigma,
    to: LogSigma,
    class: Option<Classes>,
    guidance: f64,
}

/// How many pairs there are, the columns of their classes, none if zero, and the bits of their guidance.
#[derive(Serialize, Deserialize)]
pub(super) struct Shape {
    pairs: usize,
    classes: usize,
    guidance: u64,
}

impl Chunk {
    /// `count` steps along its trajectories.
    pub(super) fn pairs(&self, count: usize, known: usize, rng: &mut ChaCha8Rng) -> Pairs {
        let device = self.states.device();
        let cells = self.levels.len() - 1;
        let rows: Vec<usize> = (0..count).map(|_| rng.random_range(0..TOGETHER)).collect();
        let ends: Vec<(usize, usize)> =
            (0..count).map(|index| if index % 2 == 0 { any(cells, rng) } else { of_a_grid(cells, rng) }).collect();
        let states = |end: fn(&(usize, usize)) -> usize| {
            let places = ends.iter().zip(&rows).map(|(ends, row)| (end(ends) * TOGETHER + row) as i32);
            let places = TensorData::new(places.collect::<Vec<_>>(), [count]);
            self.states.clone().select(0, Tensor::<1, Int>::from_data(places, &device))
        };
        let column = |value: &dyn Fn(Level, Level) -> f64| -> Tensor<2> {
            let values = ends.iter().map(|&(from, to)| value(self.levels[from], self.levels[to]) as f32);
            Tensor::from_data(TensorData::new(values.collect::<Vec<_>>(), [count, 1]), &device)
        };
        let (x, end) = (states(|ends| ends.0), states(|ends| ends.1));
        let angle = |from: Level, to: Level| from.sigma().atan() - to.sigma().atan();
        let of_start = column(&|from, to| angle(from, to).tan().recip());
        let of_end = column(&|from, to| angle(from, to).sin().recip());
        Pairs {
            expected: x.clone() * of_start - end * of_end,
            x,
            from: LogSigma(column(&|from, _| from.sigma().ln())),
            to: LogSigma(column(&|_, to| to.sigma().ln())),
            class: self.classes.as_ref().map(|classes| {
                let asked: Vec<_> = rows.iter().map(|&row| classes[row]).collect();
                Classes::new(&asked, known, &device)
            }),
            guidance: self.guidance,
        }
    }
}

impl Pairs {
    /// `count` of them, from `start` on.
    fn rows(&self, start: usize, count: usize) -> Self {
        let own = |rows: &Tensor<2>| rows.clone().narrow(0, start, count);
        Self {
            x: own(&self.x),
            expected: own(&self.expected),
            from: LogSigma(own(&self.from.0)),
            to: LogSigma(own(&self.to.0)),
            class: self.class.as_ref().map(|class| Classes(own(&class.0))),
            guidance: self.guidance,
        }
    }

    /// Them in `count` parts of equal size within a pair, and the share of each in the mean over all.
    pub(super) fn cut(self, count: usize) -> Vec<(Self, f64)> {
        let all = self.x.dims()[0];
        let parts = cut(all, count);
        if parts.len() == 1 {
            return vec![(self, 1.0)];
        }
        parts.into_iter().map(|own| (self.rows(own.start, own.len()), own.len() as f64 / all as f64)).collect()
    }

    /// Their numbers, and how many columns of classes are among them.
    pub(super) fn flat(&self) -> (Vec<Tensor<1>>, Shape) {
        let columns = self.class.as_ref().map_or(0, |class| class.0.dims()[1]);
        let mut tensors = vec![&self.x, &self.expected, &self.from.0, &self.to.0];
        tensors.extend(self.class.as_ref().map(|class| &class.0));
        let shape = Shape { pairs: self.x.dims()[0], classes: columns, guidance: self.guidance.to_bits() };
        (tensors.into_iter().cloned().map(flat).collect(), shape)
    }

    /// Pairs of `dimension` coordinates from [`Pairs::flat`].
    pub(super) fn read(
        mut values: &[f32],
        Shape { pairs, classes, guidance }: Shape,
        dimension: usize,
        device: &Device,
    ) -> Result<Self, ShareError> {
        let mut next = |columns: usize| taken_rows(&mut values, [pairs, columns], device);
        Ok(Self {
            x: next(dimension)?,
            expected: next(dimension)?,
            from: LogSigma(next(1)?),
            to: LogSigma(next(1)?),
            class: if classes > 0 { Some(Classes(next(classes)?)) } else { None },
            guidance: f64::from_bits(guidance),
        })
    }

    /// The mean squared error of `F`, `[1]`.
    pub(super) fn loss(&self, map: &FlowMap) -> Tensor<1> {
        let course = Course { from: &self.from, to: &self.to, class: self.class.as_ref(), guidance: self.guidance };
        (map.mean_velocity(self.x.clone(), course) - self.expected.clone()).square().mean()
    }
}

/// A stretch of any length, anywhere.
fn any(cells: usize, rng: &mut ChaCha8Rng) -> (usize, usize) {
    let length = rng.random_range(1..=cells);
    let start = rng.random_range(0..=cells - length);
    (start, start + length)
}

/// A step of a grid of few steps.
fn of_a_grid(cells: usize, rng: &mut ChaCha8Rng) -> (usize, usize) {
    let usable = || GRIDS.iter().filter(|(steps, _)| *steps <= cells);
    let mut left = rng.random_range(0..usable().map(|(_, weight)| weight).sum::<usize>());
    let mut steps = 1;
    for &(count, weight) in usable() {
        steps = count;
        match left.checked_sub(weight) {
            Some(rest) => left = rest,
            None => break,
        }
    }
    let step = rng.random_range(0..steps);
    let place = |step: usize| (step * cells * 2 + steps) / (2 * steps);
    (place(step), place(step + 1).max(place(step) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn steps_lie_on_the_trajectory_and_go_forwards() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for cells in [1, 3, 16, 32] {
            let mut whole = 0;
            for _ in 0..2000 {
                for (from, to) in [any(cells, &mut rng), of_a_grid(cells, &mut rng)] {
                    assert!(from < to && to <= cells, "{from} to {to} of {cells}");
                    whole += usize::from(to - from == cells);
                }
            }
            assert!(whole > 150, "{whole} of 4000 are the whole path of {cells}");
        }
    }
}
