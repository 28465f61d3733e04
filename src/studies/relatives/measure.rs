//! Samples of every row at every number of evaluations, each row on the best of the same grids.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::learn::{FIRST, LAST};
use crate::data::{DataError, Dataset};
use crate::denoiser::NetworkDenoiser;
use crate::level::Level;
use crate::metrics::plane::{PlaneReference, even_normal};
use crate::parameters::{Choice, Value};
use crate::sampler::{Consistency, Ddim, FinePaths, FlowMap, Formula, Sampler, Trajectory, UniPc};
use crate::schedule;
use crate::studies::StudyError;
use crate::studies::common::points::{double, normal, read};
use crate::studies::report::Meter;

/// Numbers of evaluations.
pub const BUDGETS: [usize; 4] = [1, 2, 4, 8];
/// Samples where a grid is chosen, and where it counts; points that they are measured against.
const CHOOSING: usize = 2048;
const SAMPLES: usize = 8192;
const FRESH: usize = 40_000;
/// Samples that are drawn together, between two rests.
const BATCH: usize = 2048;
/// Paths and steps with which turns are measured.
const PATHS: usize = 256;
const CELLS: usize = 32;

/// How a row is sampled.
#[derive(Clone, Copy, Debug)]
pub enum Sampling {
    Ddim,
    UniPc,
    Map,
    Consistency,
}

impl Sampling {
    fn start(self) -> Box<dyn Sampler<Tensor<2>>> {
        match self {
            Sampling::Ddim => Ddim { eta: 0.0 }.start(),
            Sampling::UniPc => UniPc::default().start(),
            Sampling::Map => FlowMap.start(),
            Sampling::Consistency => Consistency.start(),
        }
    }
}

/// The grids that every row chooses from, with their names.
pub fn grids(steps: usize) -> Result<Vec<(String, Vec<Level>)>, StudyError> {
    let grid = |name: &str, first: f64| {
        let mut choice = Choice::new(name, &[("sigma_max", first), ("sigma_min", LAST)]);
        choice.parameters.insert("end".into(), Value::Text("first".into()));
        Ok((format!("{name} {first}"), schedule::levels(&choice.name, &choice.parameters, steps)?))
    };
    [("log_linear", 3.0), ("log_linear", 5.0), ("log_linear", FIRST), ("edm", FIRST), ("rectified_flow", FIRST)]
        .into_iter()
        .map(|(name, first)| grid(name, first))
        .collect()
}

/// What samples are measured against.
pub struct Judge {
    reference: PlaneReference,
    mean: Vec<f32>,
    device: Device,
    seed: u64,
}

impl Judge {
    pub fn new(set: &str, data: &Dataset, seed: u64, device: &Device) -> Result<Self, DataError> {
        let reference = PlaneReference::new(&Dataset::more(set, FRESH, 1)?);
        Ok(Self { reference, mean: data.mean(), device: device.clone(), seed })
    }

    /// What one row costs, in rests of the meter.
    pub fn rests() -> f64 {
        let choosing = 5 * CHOOSING / BATCH;
        (BUDGETS.len() * (choosing + SAMPLES / BATCH)) as f64
    }

    /// Energy distance at `budget` evaluations, and the index of the grid.
    pub async fn measure(
        &self,
        denoiser: &NetworkDenoiser,
        sampling: Sampling,
        budget: usize,
        meter: &Meter<'_>,
    ) -> Result<(f64, usize), StudyError> {
        let grids = grids(budget)?;
        let mut best = (f64::INFINITY, 0);
        for (index, (_, levels)) in grids.iter().enumerate() {
            let distance = self.distance(denoiser, sampling, levels, CHOOSING, 2 * self.seed, meter).await?;
            if distance < best.0 {
                best = (distance, index);
            }
        }
        let levels = &grids[best.1].1;
        let distance = self.distance(denoiser, sampling, levels, SAMPLES, 2 * self.seed + 1, meter).await?;
        Ok((distance, best.1))
    }

    async fn distance(
        &self,
        denoiser: &NetworkDenoiser,
        sampling: Sampling,
        levels: &[Level],
        count: usize,
        seed: u64,
        meter: &Meter<'_>,
    ) -> Result<f64, StudyError> {
        let mut rng = ChaCha8Rng::seed_from_u64(1_000_000 + seed);
        let noise = even_normal(count, [rng.random(), rng.random()]);
        let end = levels[levels.len() - 1].signal_scale() as f32;
        let mut samples = Vec::with_capacity(noise.len());
        for part in noise.chunks(2 * BATCH) {
            let start = self.start(part, levels[0]);
            let rows = part.len() / 2;
            let draw = || normal(rows, 2, &mut rng).to_device(&self.device);
            let run = Trajectory::new(sampling.start(), denoiser, levels.to_vec(), start, draw);
            samples.extend(read(run.last().await).await?.into_iter().map(|x| x / end));
            meter.advance(1.0).await;
        }
        let distance = self.reference.energy_distance(&samples);
        Ok(if distance.is_finite() { distance } else { f64::INFINITY })
    }

    /// Noise as VP states at `level`, beyond which only the mean is left of the data.
    fn start(&self, noise: &[f32], level: Level) -> Tensor<2> {
        let signal = level.signal_scale() as f32;
        let values: Vec<f32> = noise.iter().enumerate().map(|(i, eps)| eps + signal * self.mean[i % 2]).collect();
        Tensor::from_data(TensorData::new(values, [noise.len() / 2, 2]), &self.device)
    }

    /// The denoiser's own fine paths.
    pub async fn paths(&self, denoiser: &NetworkDenoiser) -> Result<FinePaths, StudyError> {
        let mut rng = ChaCha8Rng::seed_from_u64(2_000_000 + self.seed);
        let noise = even_normal(PATHS, [rng.random(), rng.random()]);
        let levels = schedule::log_linear(CELLS, LAST, FIRST);
        let start = self.start(&noise, levels[0]);
        FinePaths::follow(denoiser, levels, start, async |state| double(state, 2).await).await
    }
}

/// How far paths are from straight lines: `S` of arXiv 2209.03003 (eq 5) as a root mean square for a coordinate, with the time `t = sigma / (1 +
/// sigma)` from the first to the last level. The state `z = y / (1 + sigma)` moves with `eh - x0h`.
pub fn straightness(paths: &FinePaths) -> f64 {
    let mut times = Vec::new();
    let (mut states, mut velocities) = (Vec::new(), Vec::new());
    for (level, x, noise) in paths.steps() {
        let (sigma, signal) = (level.sigma(), level.signal_scale());
        times.push(sigma / (1.0 + sigma));
        let row = |(x, eh): (&f64, &f64)| {
            let y = x / signal;
            (y / (1.0 + sigma), eh - (y - sigma * eh))
        };
        let (state, velocity): (Vec<f64>, Vec<f64>) = x.values().iter().zip(noise.values()).map(row).unzip();
        states.push(state);
        velocities.push(velocity);
    }
    let last = times.len() - 1;
    let chord: Vec<f64> =
        states[0].iter().zip(&states[last]).map(|(a, b)| (a - b) / (times[0] - times[last])).collect();
    let off = |velocity: &Vec<f64>| {
        velocity.iter().zip(&chord).map(|(v, chord)| (v - chord).powi(2)).sum::<f64>() / chord.len() as f64
    };
    let squares: Vec<f64> = velocities.iter().map(off).collect();
    let area: f64 = (0..last).map(|i| 0.5 * (squares[i] + squares[i + 1]) * (times[i] - times[i + 1])).sum();
    (area / (times[0] - times[last])).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::denoiser::Denoiser;
    use crate::distribution::{Empirical, Mixture};
    use crate::sampler::{DpmSolverPlusPlus, sample, straight};
    use crate::state::{Points, State, now};

    fn mixture() -> Mixture {
        let covariance = vec![vec![0.02, 0.0], vec![0.0, 0.05]];
        Mixture::new(&[0.4, 0.6], &[vec![-1.0, -0.5], vec![0.9, 0.7]], &[covariance.clone(), covariance])
            .expect("a mixture")
    }

    fn noise() -> Points {
        Points::new(2, even_normal(200, [0.1, 0.7]).into_iter().map(f64::from).collect())
    }

    /// Rectified flow's velocity `E[eps - x0 | z]` for its state `z = (1 - t) x0 + t eps`.
    fn rectified(exact: &Mixture, z: &Points, t: f64) -> Points {
        let level = Level::from_sigma(t / (1.0 - t));
        let x = Points::combine(&[(level.signal_scale() / (1.0 - t), z)]);
        let noise = Denoiser::<Points>::noise(exact, &x, level);
        let clean = crate::prediction::derived::denoised(&x, &noise, level);
        Points::combine(&[(1.0, &noise), (-1.0, &clean)])
    }

    /// The same ODE in another clock: integrated in rectified flow's time by the classical Runge-Kutta method, its paths end where those of the
    /// variance-preserving one do, and one Euler step of it is one of DDIM's.
    #[test]
    fn rectified_flow_is_the_same_flow_in_another_time() {
        let exact = mixture();
        let (first, last) = (Level::from_sigma(FIRST), Level::from_sigma(LAST));
        let time = |level: Level| level.sigma() / (1.0 + level.sigma());
        let start = noise();
        let mut z = Points::combine(&[((1.0 - time(first)) / first.signal_scale(), &start)]);
        let at_first = z.clone();
        let count = 1000;
        // Time falls fast at first and slowly at last, where the paths bend.
        let times: Vec<f64> = schedule::log_linear(count, LAST, FIRST).into_iter().map(time).collect();
        for pair in times.windows(2) {
            let (t, h) = (pair[0], pair[1] - pair[0]);
            let slope =
                |by: f64, k: &Points| rectified(&exact, &Points::combine(&[(1.0, &z), (by * h, k)]), t + by * h);
            let one = rectified(&exact, &z, t);
            let two = slope(0.5, &one);
            let three = slope(0.5, &two);
            let four = slope(1.0, &three);
            let sixth = h / 6.0;
            z = Points::combine(&[
                (1.0, &z),
                (sixth, &one),
                (2.0 * sixth, &two),
                (2.0 * sixth, &three),
                (sixth, &four),
            ]);
        }
        let ended = Points::combine(&[((1.0 - time(last)).recip(), &z)]);
        let expected =
            now(sample(DpmSolverPlusPlus, &exact, schedule::log_linear(4000, LAST, FIRST), || start.clone()));
        let off = now(Points::combine(&[(1.0, &ended), (-1.0, &expected)]).rms());
        assert!(off < 1e-4, "{off}");

        let middle = Level::from_sigma(0.7);
        let euler = Points::combine(&[
            (1.0, &at_first),
            (time(middle) - time(first), &rectified(&exact, &at_first, time(first))),
        ]);
        let ddim = straight(&start, &Denoiser::<Points>::noise(&exact, &start, first), first, middle);
        let euler = Points::combine(&[(middle.signal_scale() / (1.0 - time(middle)), &euler)]);
        let off = now(Points::combine(&[(1.0, &euler), (-1.0, &ddim)]).rms());
        assert!(off < 1e-12, "{off}");
    }

    /// Paths to one point are straight, in every clock; those of a mixture are not.
    #[test]
    fn straight_paths_have_no_turn() {
        let levels = schedule::log_linear(CELLS, LAST, FIRST);
        let point = Empirical::new(Points::new(2, vec![0.4, -0.3]));
        for (paths, is_straight) in [
            (FinePaths::of(&point, levels.clone(), noise()), true),
            (FinePaths::of(&mixture(), levels, noise()), false),
        ] {
            let turn = paths.turns().iter().map(|(_, turn)| *turn).fold(0.0, f64::max);
            assert_eq!((turn < 1e-9, straightness(&paths) < 1e-9), (is_straight, is_straight), "{turn}");
        }
    }
}
