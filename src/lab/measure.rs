//! Errors of a sampler, three ways: of its paths, of the law it makes on the line, of its samples.

use std::cell::OnceCell;

use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::method::Method;
use super::report::Meter;
use super::{Bench, LabError};
use crate::data::Labels;
use crate::denoiser::dataset::to_device;
use crate::denoiser::exact::Estimate;
use crate::denoiser::{Denoiser, Exact, Guided, Mixture, NetworkDenoiser, Prediction};
use crate::network::Classes;
use crate::parameters::Value;
use crate::sampler::{Group, Stride, Trajectory};
use crate::schedule::{Level, log_linear};
use crate::state::{Points, State, now};
use crate::study::cells::Cells;
use crate::study::change_of_variables::push_forward;
use crate::study::divergence::Divergence;
use crate::study::metrics::Yardstick;
use crate::study::propagation::{NormalRule, Propagation};

/// `count` points of dimension `d` of standard normal noise.
pub fn normal(count: usize, d: usize, rng: &mut ChaCha8Rng) -> Points {
    Points::new(d, (0..count * d).map(|_| StandardNormal.sample(rng)).collect())
}

/// VP states `[n, d]` of `clean` points with `noise` on them.
pub fn noised(clean: &Points, noise: &Points, level: Level) -> Points {
    Points::combine(&[(level.signal_scale(), clean), (level.noise_scale(), noise)])
}

/// `|a - b|^2` row by row.
pub fn square_distances(a: &Points, b: &Points) -> Vec<f64> {
    let square = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    a.rows().zip(b.rows()).map(square).collect()
}

/// `|a|^2` row by row.
pub fn squares(a: &Points) -> Vec<f64> {
    a.rows().map(|row| row.iter().map(|a| a * a).sum()).collect()
}

/// The root of the mean of `squares`, and its standard error.
pub fn root_mean(squares: &[f64]) -> Estimate {
    let square = Estimate::of(squares);
    let mean = square.mean.sqrt();
    Estimate { mean, standard_error: if mean > 0.0 { square.standard_error / (2.0 * mean) } else { 0.0 } }
}

/// The root of the mean of squares `above` over that of squares `below` at the same points, and its standard error.
pub fn root_ratio(above: &[f64], below: &[f64]) -> Estimate {
    let means = [above, below].map(|squares| squares.iter().sum::<f64>() / squares.len() as f64);
    let mean = (means[0] / means[1]).sqrt();
    // To first order, the square's relative error at each point is the difference of both sides' own.
    let off = above.iter().zip(below).map(|(a, b)| a / means[0] - b / means[1]);
    let relative = if means[0] > 0.0 { Estimate::of(&off.collect::<Vec<_>>()).standard_error } else { 0.0 };
    Estimate { mean, standard_error: 0.5 * mean * relative }
}

/// Rows `from` and the `count - 1` after it of row-major `points` `[n, d]`, beginning anew at their end.
pub fn rows(points: &[f32], d: usize, from: usize, count: usize) -> Points {
    let all = points.len() / d;
    let row = |index: usize| points[(index % all) * d..(index % all + 1) * d].iter().map(|&x| f64::from(x));
    Points::new(d, (from..from + count).flat_map(row).collect())
}

/// Points of more coordinates are images: fewer of them, in smaller batches.
const IMAGES: usize = 16;

/// Points of dimension `d` that a network can look at between two rests.
pub fn batch(d: usize) -> usize {
    if d > IMAGES { 8 } else { 256 }
}

/// `count` points, or a sixteenth of that if they are images of `d` pixels.
pub fn fewer(count: usize, d: usize) -> usize {
    if d > IMAGES { count.div_ceil(16) } else { count }
}

/// The noise that a network sees in VP states `x` `[n, d]`.
///
/// # Errors
/// When the device fails.
pub async fn noise_of(
    denoiser: &NetworkDenoiser,
    x: &Points,
    level: Level,
    device: &Device,
) -> Result<Points, LabError> {
    double(denoiser.noise(&to_device(x, device), level), x.dimension()).await
}

/// The same with the turn that it sees.
///
/// # Errors
/// When the device fails.
pub async fn noise_and_turn_of(
    denoiser: &NetworkDenoiser,
    x: &Points,
    level: Level,
    device: &Device,
) -> Result<Prediction<Points>, LabError> {
    let Prediction { noise, turn } = denoiser.noise_and_turn(&to_device(x, device), level);
    Ok(Prediction { noise: double(noise, x.dimension()).await?, turn: double(turn, x.dimension()).await? })
}

async fn double(tensor: Tensor<2>, d: usize) -> Result<Points, LabError> {
    Ok(Points::new(d, read(tensor).await?.into_iter().map(f64::from).collect()))
}

/// `count` VP states of an exact law at `level`.
pub fn noisy(exact: &(impl Exact + ?Sized), level: Level, count: usize, rng: &mut ChaCha8Rng) -> Points {
    let clean = exact.draw(count, rng);
    let noise = normal(count, clean.dimension(), rng);
    noised(&clean, &noise, level)
}

/// Runs `method` down `levels` from VP states `start`, with noise from `draw`; counts evaluations on `meter`.
///
/// # Errors
/// When the method can't be built.
pub async fn follow<S: State + 'static>(
    method: &Method,
    denoiser: &dyn Denoiser<S>,
    levels: &[Level],
    start: S,
    draw: impl FnMut() -> S,
    meter: &Meter<'_>,
) -> Result<S, LabError> {
    let mut run = Trajectory::new(method.build()?, Box::new(denoiser), levels.to_vec(), start.clone(), draw);
    let (mut state, mut spent) = (start, 0);
    while let Some(step) = run.next().await {
        state = step.state;
        let now = run.evaluations().0;
        meter.advance((now - spent) as f64).await;
        spent = now;
    }
    Ok(state)
}

/// Largest error of a step of the reference solution.
const TOLERANCE: f64 = 1e-9;
/// Rests of a reference solution on its way.
const STRIDES: usize = 40;

/// Where the probability-flow ODE takes VP states `start` from level `from` to level `to`. Counts `cost` in all on `meter`.
///
/// # Errors
/// None that the caller could cause.
pub async fn reference(
    denoiser: &dyn Denoiser<Points>,
    start: Points,
    from: Level,
    to: Level,
    meter: &Meter<'_>,
    cost: f64,
) -> Result<Points, LabError> {
    let tolerance = [("tolerance".to_string(), Value::Number(TOLERANCE))].into_iter().collect();
    let method = Method::named("ode_adaptive")?.with(tolerance)?;
    // Where the end has no noise, the solver itself knows where to stop.
    let lowest = if to.sigma() > 0.0 { to.sigma() } else { from.sigma().min(0.01) };
    let mut levels = log_linear(STRIDES, lowest, from.sigma());
    levels[0] = from;
    if to.sigma() > 0.0 {
        levels[STRIDES] = to;
    } else {
        levels.push(to);
    }
    let steps = (levels.len() - 1) as f64;
    let draw = || unreachable!("the reference solution draws no noise");
    let mut run = Trajectory::new(method.build()?, Box::new(denoiser), levels, start.clone(), draw);
    let mut state = start;
    while let Some(step) = run.next().await {
        state = step.state;
        meter.advance(cost / steps).await;
    }
    Ok(state)
}

/// The first and the last level of a run: paths can be compared with one reference solution where these agree.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The noisiest level.
    pub from: Level,
    /// Where the run stops.
    pub to: Level,
}

impl Span {
    /// Whether `levels` begin and end here, but for rounding.
    pub fn agrees(&self, levels: &[Level]) -> bool {
        let near = |a: Level, b: Level| (a.sigma() - b.sigma()).abs() <= 1e-12 * a.sigma();
        near(self.from, levels[0]) && near(self.to, levels[levels.len() - 1])
    }

    /// The spans of `runs`, each once. Grids of a theorem begin and end elsewhere for each number of steps; all others share their
    /// ends.
    pub fn all<'a>(runs: impl Iterator<Item = &'a [Level]>) -> Vec<Self> {
        let mut spans: Vec<Self> = Vec::new();
        for levels in runs {
            if !spans.iter().any(|span| span.agrees(levels)) {
                spans.push(Self { from: levels[0], to: levels[levels.len() - 1] });
            }
        }
        spans
    }
}

/// A mean of squares that grows batch by batch, as a root: the strong error.
#[derive(Clone, Debug, Default)]
pub struct RootMeanSquare {
    squares: Vec<f64>,
}

impl RootMeanSquare {
    /// Adds the squared distances of VP states `x` from `truth`, both at `level`, as VE states.
    pub fn add(&mut self, x: &Points, truth: &Points, level: Level) {
        let scale = level.signal_scale().powi(2);
        let square = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / scale;
        self.squares.extend(x.rows().zip(truth.rows()).map(square));
    }

    /// The root of the mean over points, and its standard error.
    pub fn estimate(&self) -> Estimate {
        root_mean(&self.squares)
    }

    /// How much larger this error is than `other` of the same paths, by the differences of their squares path by path.
    pub fn minus(&self, other: &Self) -> Estimate {
        let squares: Vec<f64> = self.squares.iter().zip(&other.squares).map(|(a, b)| a - b).collect();
        let sum = self.estimate().mean + other.estimate().mean;
        let Estimate { mean, standard_error } = Estimate::of(&squares);
        let scale = if sum > 0.0 { sum.recip() } else { 0.0 };
        Estimate { mean: scale * mean, standard_error: scale * standard_error }
    }
}

/// Cells of the line, for maps and for kernels, and how much more of it than the law they cover.
const EDGES: usize = 4096;
const CELLS: usize = 900;
const WIDE: f64 = 9.0;

/// The stretch of the line that holds the law at both levels.
fn stretch(mixture: &Mixture, levels: &[Level]) -> (f64, f64) {
    let (start, stop) = (mixture.support(levels[0], WIDE), mixture.support(levels[levels.len() - 1], WIDE));
    (start.0.min(stop.0), start.1.max(stop.1))
}

/// Total variation, at the level where it stops, of the law that `method` makes of the exact one on the line, and a bound on the
/// numbers' own error. `None` where that bound is too large to say anything, and for random walks.
///
/// # Errors
/// When the method can't be built.
pub async fn variation(
    method: &Method,
    mixture: &Mixture,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<Option<(f64, f64)>, LabError> {
    // A walk visits levels of its own, and draws too often in one step for all its nodes.
    if method.info.group == Group::Walk {
        meter.advance((levels.len() - 1) as f64).await;
        return Ok(None);
    }
    if method.info.stochastic {
        propagated(method, mixture, levels, meter).await
    } else {
        pushed(method, mixture, levels, meter).await
    }
}

async fn pushed(
    method: &Method,
    mixture: &Mixture,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<Option<(f64, f64)>, LabError> {
    let (low, high) = stretch(mixture, &levels[..1]);
    let edges = Cells::new(low, high, EDGES).edges();
    let draw = || unreachable!("deterministic samplers draw no noise");
    let images = follow(method, mixture, levels, edges.clone(), draw, meter).await?;
    let (from, stop) = (levels[0], levels[levels.len() - 1]);
    // With every second edge left out as well: the difference tells what the cells hide.
    let coarse = |points: &Points| Points::new(1, points.values().iter().step_by(2).copied().collect());
    let off = |edges: &Points, images: Points| {
        let law = |level: Level| move |low: f64, high: f64| mixture.mass(low, high, level);
        push_forward(edges, law(from), |_| images, law(stop)).map(|law| law.total_variation)
    };
    let halved = off(&coarse(&edges), coarse(&images));
    match (off(&edges, images), halved) {
        (Ok(fine), Ok(coarse)) => Ok(Some((fine, (fine - coarse).abs()))),
        // So few steps fold the line.
        _ => Ok(None),
    }
}

/// Most error of a step's mean over its noise, relative to what the step changes, that is still shown.
const ROUGH: f64 = 1e-3;
/// Calls of a step's map between rests.
const CALLS: usize = 16;
/// Most nodes of a rule.
const NODES: usize = 48;

async fn propagated(
    method: &Method,
    mixture: &Mixture,
    levels: &[Level],
    meter: &Meter<'_>,
) -> Result<Option<(f64, f64)>, LabError> {
    // A step that replaces the part `a` of the noise is averaged with an error of about (a / (2 - a))^nodes.
    let replaced = |pair: &[Level]| 1.0 - (pair[1].sigma() / pair[0].sigma()).powi(2);
    let part = levels.windows(2).map(replaced).fold(0.0, f64::max);
    let ratio = part / (2.0 - part);
    let nodes = ((1e-6_f64.ln() / ratio.ln()).ceil() as usize).clamp(8, NODES);
    let off = ratio.powi(nodes as i32);
    if off > ROUGH || levels.iter().any(|level| level.sigma() == 0.0) {
        meter.advance((levels.len() - 1) as f64).await;
        return Ok(None);
    }
    let (low, high) = stretch(mixture, levels);
    let cells = Cells::new(low, high, CELLS);
    let at = |level: Level| cells.masses(|from, to| mixture.mass(from, to, level));
    let mut law = Propagation::new(cells, at(levels[0]), NormalRule::new(nodes));
    for (i, pair) in levels.windows(2).enumerate() {
        let last = i + 2 == levels.len();
        // Analytic samplers would take a mean over the batch, which cells and nodes are none of.
        let method = match method.info.value.starts_with("analytic") {
            true => {
                let gamma = Value::Numbers(vec![mean_square_noise(mixture, &cells, pair[0])]);
                method.with([("gamma".to_string(), gamma)].into_iter().collect())?
            }
            false => method.clone(),
        };
        let mut failed = None;
        let map = |x: &Points, draw: &mut dyn FnMut() -> Points| {
            let step = method.build().map(|mut sampler| {
                sampler.plan(levels.to_vec());
                now(sampler.step(Stride { denoiser: mixture, x, from: pair[0], to: pair[1], last, draw })).state
            });
            step.unwrap_or_else(|error| {
                failed = Some(error);
                x.clone()
            })
        };
        let mut calls = 0;
        law.step_resting(map, async || {
            calls += 1;
            if calls % CALLS == 0 {
                meter.advance(0.0).await;
            }
        })
        .await;
        if let Some(error) = failed {
            return Err(error);
        }
        meter.advance(1.0).await;
    }
    let variation = Divergence::of_masses(law.masses(), &at(levels[levels.len() - 1])).total_variation;
    Ok(Some((variation, off)))
}

/// `E|eh|^2` at a level, by quadrature.
fn mean_square_noise(mixture: &Mixture, cells: &Cells, level: Level) -> f64 {
    let masses = cells.masses(|from, to| mixture.mass(from, to, level));
    let noise = mixture.noise(&cells.centres(), level);
    masses.iter().zip(noise.values()).map(|(mass, noise)| mass * noise * noise).sum()
}

/// What makes noise out of a state.
enum Maker {
    /// Known exactly, in double precision.
    Exact(Box<Mixture>),
    /// Learned, on a device, and what it is told, where it can be told anything.
    Learned { denoiser: Box<NetworkDenoiser>, told: Option<Told>, device: Device },
}

/// Classes to ask for, as often as the data has them.
struct Told {
    labels: Labels,
    classes: usize,
    /// Weight of the class; see [`Guided`].
    guidance: f64,
}

impl Told {
    fn classes(&self, count: usize, seed: u64, device: &Device) -> Classes {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1);
        Classes::new(&self.labels.sample(count, &mut rng), self.classes, device)
    }
}

/// What samples are made with and measured against.
pub struct Source {
    maker: Maker,
    mean: Vec<f32>,
    held_out: Vec<f32>,
    /// Of the held-out points, when it is first needed.
    yardstick: OnceCell<Yardstick>,
    /// Points as good as perfect samples, row-major.
    fresh: Vec<f32>,
}

/// Held-out points that samples are measured against.
const HELD_OUT: usize = 2000;
/// Fresh points of an exact target.
const FRESH: usize = 20_000;

impl Source {
    /// The exact denoiser of `mixture`, measured against fresh points of it.
    pub fn exact(mixture: Mixture) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::MAX);
        let held_out = single(&mixture.draw(HELD_OUT, &mut rng));
        let fresh = single(&mixture.draw(FRESH, &mut rng));
        let (mean, yardstick) = (vec![0.0; mixture.dimension()], OnceCell::new());
        Self { mean, maker: Maker::Exact(Box::new(mixture)), held_out, yardstick, fresh }
    }

    /// The trained model, measured against its data's held-out points.
    ///
    /// # Errors
    /// When there is none on the bench.
    pub fn learned(bench: &Bench) -> Result<Self, LabError> {
        let (denoiser, data, classes) = bench.model()?;
        let mean = data.mean();
        let mut held_out = data.held_out;
        held_out.truncate(HELD_OUT * data.dimension);
        let told = data.labels.filter(|_| classes > 0).map(|labels| Told { labels, classes, guidance: 1.0 });
        let maker = Maker::Learned { denoiser: Box::new(denoiser), told, device: bench.device().clone() };
        Ok(Self { maker, mean, held_out, yardstick: OnceCell::new(), fresh: data.train })
    }

    /// The same with another weight of the class, where samples are told one (arXiv 2207.12598).
    pub fn guided(mut self, weight: f64) -> Self {
        if let Maker::Learned { told: Some(told), .. } = &mut self.maker {
            told.guidance = weight;
        }
        self
    }

    /// Evaluations of the network for one of the denoiser.
    pub fn passes(&self) -> usize {
        match &self.maker {
            Maker::Learned { told: Some(told), .. } => Guided::passes_at(told.guidance),
            _ => 1,
        }
    }

    /// Row-major points as good as perfect samples: those that a model was trained on, or fresh ones of an exact target.
    pub fn fresh(&self) -> &[f32] {
        &self.fresh
    }

    /// Row-major points that were held out, 2,000 at most.
    pub fn held_out(&self) -> &[f32] {
        &self.held_out
    }

    fn yardstick(&self) -> &Yardstick {
        self.yardstick.get_or_init(|| Yardstick::new(&self.held_out, self.mean.len()))
    }

    /// `count` samples by `method` down `levels` from the noise that `seed` draws, row-major, as VE states at the last level.
    ///
    /// # Errors
    /// When the method can't be built or the device fails.
    pub async fn samples(
        &self,
        method: &Method,
        levels: &[Level],
        count: usize,
        seed: u64,
        meter: &Meter<'_>,
    ) -> Result<Vec<f32>, LabError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let d = self.mean.len();
        let start = normal(count, d, &mut rng);
        let values = match &self.maker {
            Maker::Exact(mixture) => {
                single(&follow(method, &**mixture, levels, start, || normal(count, d, &mut rng), meter).await?)
            }
            Maker::Learned { denoiser, told, device } => {
                // Beyond the first level only the data's mean is left of the signal.
                let shift = levels[0].signal_scale();
                let moved = |row: &[f64]| -> Vec<f64> {
                    row.iter().zip(&self.mean).map(|(x, mean)| x + shift * f64::from(*mean)).collect()
                };
                let start = to_device(&Points::new(d, start.rows().flat_map(moved).collect()), device);
                let draw = || to_device(&normal(count, d, &mut rng), device);
                let end = match told {
                    Some(told) => {
                        let asked = told.classes(count, seed, device);
                        let asked = Guided::new((**denoiser).clone(), asked, told.guidance);
                        follow(method, &asked, levels, start, draw, meter).await?
                    }
                    None => follow(method, &**denoiser, levels, start, draw, meter).await?,
                };
                read(end).await?
            }
        };
        let signal = levels[levels.len() - 1].signal_scale() as f32;
        Ok(values.into_iter().map(|x| x / signal).collect())
    }

    /// What it costs to measure samples, in evaluations of as many points, roughly.
    pub fn measuring(&self) -> f64 {
        match self.maker {
            Maker::Exact(_) => 20.0,
            Maker::Learned { .. } => 1.0,
        }
    }

    /// Energy distance to the held-out points of [`Source::samples`].
    ///
    /// # Errors
    /// As [`Source::samples`].
    pub async fn energy(
        &self,
        method: &Method,
        levels: &[Level],
        count: usize,
        seed: u64,
        meter: &Meter<'_>,
    ) -> Result<f64, LabError> {
        Ok(self.yardstick().energy_distance(&self.samples(method, levels, count, seed, meter).await?))
    }

    /// Energy distance of as many fresh points to the held-out ones, over as many draws as there are points for (`draws` at most,
    /// two at least): what perfect samples score.
    pub fn floor(&self, count: usize, draws: usize) -> Estimate {
        let d = self.mean.len();
        let count = count.min(self.fresh.len() / d / 2);
        let parts = self.fresh.chunks_exact(count * d).take(draws);
        Estimate::of(&parts.map(|part| self.yardstick().energy_distance(part)).collect::<Vec<_>>())
    }
}

/// Points in single precision, row-major.
pub fn single(points: &Points) -> Vec<f32> {
    points.values().iter().map(|&value| value as f32).collect()
}

/// Reads a tensor `[n, d]` from its device, row-major.
///
/// # Errors
/// When the device fails.
pub async fn read(tensor: Tensor<2>) -> Result<Vec<f32>, LabError> {
    let data = tensor.into_data_async().await.map_err(|error| LabError::Device(format!("{error:?}")))?;
    Ok(data.iter::<f32>().collect())
}
