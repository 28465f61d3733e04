//! Reverse processes: one trait, one file for each family, one line each in the table below.
//!
//! All samplers move the VP state `x`. In the VE state `y = x / sqrt(alpha_bar)` the probability-flow ODE is
//! `dy/dsigma = noise(y, sigma)`, and every deterministic sampler here is a way to integrate it.

mod curved;
mod ddim;
mod ddpm;
mod gradient_estimation;
mod li;
mod multistep;

use serde::{Deserialize, Serialize};

use crate::denoiser::Denoiser;
use crate::schedule::Level;
use crate::state::State;

/// One step's outcome.
pub struct Step<S> {
    /// The VP state at the step's cleaner level, `[n, d]`.
    pub state: S,
    /// The noise predicted at the step's start, `[n, d]`: the direction in which the path leaves.
    pub noise: S,
}

/// One step to take.
pub struct Stride<'a, S> {
    /// What predicts the noise.
    pub denoiser: &'a dyn Denoiser<S>,
    /// VP states `[n, d]`.
    pub x: &'a S,
    /// Their level.
    pub from: Level,
    /// The cleaner level to move to.
    pub to: Level,
    /// Standard normal noise of `x`'s shape; deterministic samplers never draw.
    pub draw: &'a mut dyn FnMut() -> S,
}

/// A reverse process, stepped by its caller. Keeps what multistep methods need of earlier steps.
pub trait Sampler<S: State> {
    /// Moves `stride.x` from its level to the cleaner one.
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S>;
}

/// What a table of samplers says of one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Name in links and in code.
    pub value: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// arXiv id and equation, or "own".
    pub source: &'static str,
    /// Network evaluations a step.
    pub evaluations: usize,
    /// Order of convergence in strong error (0: stochastic, no strong order).
    pub order: usize,
    /// Whether it needs the acceleration as well.
    pub uses_turn: bool,
    /// Whether it draws noise on the way.
    pub stochastic: bool,
}

/// Parameters that some samplers take.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Gradient estimation: weight of the newest noise (1: DDIM).
    pub gamma: f64,
    /// Gradient estimation: 0 is deterministic, 1/2 the DDPM form.
    pub mu: f64,
    /// DDPM: the large reverse variance `beta` instead of the small one.
    pub large_variance: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { gamma: 2.0, mu: 0.0, large_variance: false }
    }
}

macro_rules! table {
    ($($info:path => $make:expr),* $(,)?) => {
        /// Every sampler, in the order in which lists show them.
        pub const TABLE: &[Info] = &[$($info),*];

        /// The sampler called `name`, or `None`.
        pub fn build<S: State + 'static>(name: &str, options: Options) -> Option<Box<dyn Sampler<S>>> {
            $(if name == $info.value {
                let make: fn(Options) -> Box<dyn Sampler<S>> = $make;
                return Some(make(options));
            })*
            None
        }
    };
}

table! {
    ddim::INFO => |_| Box::new(ddim::Ddim),
    curved::PREDICTOR_CORRECTOR => |_| Box::new(curved::PredictorCorrector::new()),
    curved::TAYLOR_LOG => |_| Box::new(curved::TaylorLog),
    curved::TAYLOR => |_| Box::new(curved::Taylor),
    ddpm::INFO => |options| Box::new(ddpm::Ddpm::new(options.large_variance)),
    gradient_estimation::INFO => |options| Box::new(gradient_estimation::GradientEstimation::new(options.gamma, options.mu)),
    multistep::INFO => |_| Box::new(multistep::Plms::new()),
    li::PLAIN => |_| Box::new(li::Plain),
    li::ACCELERATED => |_| Box::new(li::Accelerated),
}

/// The entry called `name`.
pub fn info(name: &str) -> Option<&'static Info> {
    TABLE.iter().find(|info| info.value == name)
}

/// A whole reverse process as an iterator over its steps: the caller plots, measures and stops.
pub struct Trajectory<'a, S: State> {
    sampler: Box<dyn Sampler<S>>,
    denoiser: Box<dyn Denoiser<S> + 'a>,
    levels: std::vec::IntoIter<Level>,
    from: Level,
    x: S,
    draw: Box<dyn FnMut() -> S + 'a>,
}

impl<'a, S: State> Trajectory<'a, S> {
    /// A process that starts at VP states `x` `[n, d]` on the first of `levels` (noisiest first).
    ///
    /// # Panics
    /// When there is no level.
    pub fn new(
        sampler: Box<dyn Sampler<S>>,
        denoiser: Box<dyn Denoiser<S> + 'a>,
        levels: Vec<Level>,
        x: S,
        draw: impl FnMut() -> S + 'a,
    ) -> Self {
        let mut levels = levels.into_iter();
        let from = levels.next().expect("a grid has at least one level");
        Self { sampler, denoiser, levels, from, x, draw: Box::new(draw) }
    }
}

impl<S: State> Iterator for Trajectory<'_, S> {
    type Item = Step<S>;

    fn next(&mut self) -> Option<Step<S>> {
        let to = self.levels.next()?;
        let step = self.sampler.step(Stride {
            denoiser: &*self.denoiser,
            x: &self.x,
            from: self.from,
            to,
            draw: &mut self.draw,
        });
        self.x = step.state.clone();
        self.from = to;
        Some(step)
    }
}

/// The DDIM map: moves VP states along the straight VE line of direction `noise` (arXiv 2010.02502, eq 12).
fn straight<S: State>(x: &S, noise: &S, from: Level, to: Level) -> S {
    S::combine(&[(scale(from, to), x), (to.signal_scale() * (to.sigma() - from.sigma()), noise)])
}

/// What a VP state is multiplied with when its VE state stays.
fn scale(from: Level, to: Level) -> f64 {
    to.signal_scale() / from.signal_scale()
}
