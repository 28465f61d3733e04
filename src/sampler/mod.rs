//! Reverse processes: one trait, one file for each family, one line each in the table below.
//!
//! All samplers move the VP state `x`. In the VE state `y = x / sqrt(alpha_bar)` the probability-flow ODE is
//! `dy/dsigma = noise(y, sigma)`, and every deterministic sampler here is a way to integrate it.

mod adaptive;
mod aliases;
mod analytic;
mod curved;
mod curved_denoised;
mod curved_gaussian;
mod curved_multistep;
mod ddim;
mod ddpm;
mod deis;
mod dpm_solver;
mod edm;
mod gradient_estimation;
mod group;
mod langevin;
mod li;
mod li_stochastic;
mod plms;
mod quadrature;
mod reverse_sde;
mod trajectory;
mod unipc;

use std::pin::Pin;

use serde::Serialize;
use thiserror::Error;

use crate::denoiser::Denoiser;
use crate::level::Level;
use crate::parameters::{self, Checked, Parameter, ParameterError, Values};
use crate::state::State;

pub use aliases::{resolve, short_names};
pub use group::Group;
pub use trajectory::{Trajectory, evaluations, steps_within};

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
    /// Whether this is the run's last step.
    pub last: bool,
    /// Standard normal noise of `x`'s shape; deterministic samplers never draw.
    pub draw: &'a mut dyn FnMut() -> S,
}

/// A step under way.
pub type Pending<'a, S> = Pin<Box<dyn Future<Output = Step<S>> + 'a>>;

/// A reverse process, stepped by its caller. Keeps what multistep methods need of earlier steps.
pub trait Sampler<S: State> {
    /// Sees the grid before the first step, and returns the levels that the run will visit.
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        levels
    }

    /// Moves `stride.x` from its level to the cleaner one. Waits only where a number must be read from the device.
    fn step<'a>(&'a mut self, stride: Stride<'a, S>) -> Pending<'a, S>;
}

/// A sampler that never looks at a number on the way: its step is a formula.
trait Formula<S: State> {
    /// As [`Sampler::plan`].
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        levels
    }

    /// As [`Sampler::step`].
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S>;
}

struct Immediate<F>(F);

impl<S: State, F: Formula<S>> Sampler<S> for Immediate<F> {
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        self.0.plan(levels)
    }

    fn step<'a>(&'a mut self, stride: Stride<'a, S>) -> Pending<'a, S> {
        Box::pin(std::future::ready(self.0.step(stride)))
    }
}

fn formula<S: State, F: Formula<S> + 'static>(formula: F) -> Box<dyn Sampler<S>> {
    Box::new(Immediate(formula))
}

/// What a table of samplers says of one.
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "SamplerEntry"))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Info {
    /// Name in links, in JSON and in code.
    #[cfg_attr(test, ts(type = "Sampler"))]
    pub value: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// Where lists put it.
    pub group: Group,
    /// One sentence.
    pub help: &'static str,
    /// The update in TeX: `x` and `y` the VP and VE state, `t -> s` the step, hats for predictions, `c` the turn.
    pub formula: &'static str,
    /// arXiv id and equation, or "own".
    pub source: &'static str,
    /// Network evaluations a step; [`evaluations`] counts those of a whole run.
    pub evaluations: usize,
    /// Order of convergence for the default parameters: of the strong error for deterministic samplers, of total variation for
    /// stochastic ones; 0 where the error does not fall with the number of steps.
    pub order: usize,
    /// Whether it needs the acceleration as well.
    pub uses_turn: bool,
    /// Whether it draws noise on the way.
    pub stochastic: bool,
    /// What can be chosen.
    pub parameters: &'static [Parameter],
}

/// Why there is no such sampler.
#[derive(Debug, Error, PartialEq)]
pub enum SamplerError {
    /// A name that no sampler has.
    #[error("there is no sampler called “{0}”")]
    Unknown(String),
    /// A parameter that the sampler does not have or can't take.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

macro_rules! table {
    ($($info:path => $make:expr),* $(,)?) => {
        /// Every sampler, in the order in which lists show them.
        pub const TABLE: &[Info] = &[$($info),*];

        /// The sampler called `name` with parameters `values`.
        ///
        /// # Errors
        /// [`SamplerError`] when there is no such sampler or a parameter is not allowed.
        pub fn build<S: State + 'static>(name: &str, values: &Values) -> Result<Box<dyn Sampler<S>>, SamplerError> {
            $(if name == $info.value {
                let make: fn(Checked<'_>) -> Box<dyn Sampler<S>> = $make;
                return Ok(make(parameters::check(name, $info.parameters, values)?));
            })*
            Err(SamplerError::Unknown(name.into()))
        }
    };
}

table! {
    ddim::INFO => |p| formula(ddim::Ddim::new(p.number("eta"))),
    curved_gaussian::CORRECTED => |_| formula(curved::PredictorCorrector::new(curved_gaussian::model)),
    curved_gaussian::INFO => |_| formula(curved_gaussian::Gaussian),
    curved::PREDICTOR_CORRECTOR => |_| formula(curved::PredictorCorrector::new(curved::even)),
    curved_denoised::INFO => |p| formula(curved_denoised::Denoised::new(p)),
    curved::TAYLOR_LOG => |_| formula(curved::TaylorLog),
    curved::TAYLOR => |_| formula(curved::Taylor),
    curved_multistep::QUADRATIC => |_| formula(curved_multistep::Multistep::new(curved_multistep::Model::Quadratic)),
    curved_multistep::HERMITE => |_| formula(curved_multistep::Multistep::new(curved_multistep::Model::Hermite)),
    gradient_estimation::INFO => |p| formula(gradient_estimation::GradientEstimation::new(p.number("gamma"), p.number("mu"))),
    deis::ADAPTIVE_GAMMA => |_| formula(deis::Deis::new(2, deis::Variable::Sigma)),
    plms::INFO => |p| formula(plms::Plms::new(p.integer("order"), p.choice("warm_up"))),
    deis::INFO => |p| formula(deis::Deis::new(p.integer("order"), deis::Variable::named(p.choice("variable")))),
    dpm_solver::SECOND => |_| formula(dpm_solver::Second),
    dpm_solver::THIRD => |_| formula(dpm_solver::Third),
    dpm_solver::PLUS_PLUS => |_| formula(dpm_solver::PlusPlus::new()),
    unipc::INFO => |p| formula(unipc::UniPc::new(p)),
    edm::EULER => |_| formula(ddim::Ddim::new(0.0)),
    edm::HEUN => |_| formula(edm::Heun),
    edm::STOCHASTIC => |p| formula(edm::Stochastic::new(p)),
    ddpm::INFO => |p| formula(ddpm::Ddpm::new(p.choice("variance") == "large")),
    analytic::DDPM => |p| Box::new(analytic::Analytic::new(true, p.numbers("gamma"))),
    analytic::DDIM => |p| Box::new(analytic::Analytic::new(false, p.numbers("gamma"))),
    li::PLAIN => |_| formula(li::Plain),
    li::ACCELERATED => |_| formula(li::Accelerated),
    li::TRAINING_FREE => |_| formula(li::TrainingFree::new()),
    deis::CHEAP_LI => |_| formula(deis::Deis::new(2, deis::Variable::AlphaBar)),
    li_stochastic::PLAIN => |_| formula(li_stochastic::Plain),
    li_stochastic::ACCELERATED => |p| formula(li_stochastic::Accelerated::new(p.choice("form"))),
    reverse_sde::EULER_MARUYAMA => |_| formula(reverse_sde::EulerMaruyama),
    reverse_sde::EXPONENTIAL => |_| formula(reverse_sde::Exponential),
    reverse_sde::HEUN => |_| formula(reverse_sde::Heun),
    reverse_sde::FLOW => |_| formula(reverse_sde::Flow),
    adaptive::INFO => |p| Box::new(adaptive::Adaptive::new(p.number("tolerance"))),
    langevin::PLAIN => |p| formula(langevin::Langevin::new(p.number("h"))),
    langevin::ANNEALED => |p| formula(langevin::Annealed::new(p.number("eps0"), p.integer("inner"))),
}

/// The entry called `name`.
pub fn info(name: &str) -> Option<&'static Info> {
    TABLE.iter().find(|info| info.value == name)
}

/// The DDIM map: moves VP states along the straight VE line of direction `noise` (arXiv 2010.02502, eq 12).
fn straight<S: State>(x: &S, noise: &S, from: Level, to: Level) -> S {
    S::combine(&[(scale(from, to), x), (to.signal_scale() * (to.sigma() - from.sigma()), noise)])
}

/// What a VP state is multiplied with when its VE state stays.
fn scale(from: Level, to: Level) -> f64 {
    to.signal_scale() / from.signal_scale()
}
