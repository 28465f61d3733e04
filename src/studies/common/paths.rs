//! A sampler’s paths against the reference solution of the probability-flow ODE.

use super::method::{Begins, Method};
use crate::denoiser::Denoiser;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::parameters::Value;
use crate::sampler::Trajectory;
use crate::schedule::log_linear;
use crate::state::{Points, State};
use crate::studies::StudyError;
use crate::studies::numbers::numbers;
use crate::studies::report::Meter;

/// Runs `method` down `levels` from VP states `start`, with noise from `draw`; counts evaluations on `meter`.
///
/// # Errors
/// When the method can't be built.
pub async fn follow<S: State + 'static>(
    method: &impl Begins,
    denoiser: &dyn Denoiser<S>,
    levels: &[Level],
    start: S,
    draw: impl FnMut() -> S,
    meter: &Meter<'_>,
) -> Result<S, StudyError> {
    let mut run = Trajectory::new(method.begin()?, Box::new(denoiser), levels.to_vec(), start.clone(), draw);
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
) -> Result<Points, StudyError> {
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

numbers!(RootMeanSquare { squares });

impl RootMeanSquare {
    /// Adds the squared distances of VP states `x` from `truth`, both at `level`, as VE states.
    pub fn add(&mut self, x: &Points, truth: &Points, level: Level) {
        let scale = level.signal_scale().powi(2);
        let square = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / scale;
        self.squares.extend(x.rows().zip(truth.rows()).map(square));
    }

    /// Adds the points of `more`.
    pub fn join(&mut self, more: Self) {
        self.squares.extend(more.squares);
    }

    /// The root of the mean over points, and its standard error.
    pub fn estimate(&self) -> Estimate {
        Estimate::root_mean(&self.squares)
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
