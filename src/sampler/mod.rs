//! Reverse processes: samplers as typed structs, one file for each family, and the table of all of them by name.
//!
//! A sampler is a configuration, such as [`Ddim`] or [`UniPc`], that implements [`Formula`]: one step from a level to a cleaner one.
//! [`Formula::start`] begins a run of it, a boxed [`Sampler`], and [`Trajectory`] steps that down a grid of levels. [`build`] makes
//! the same samplers from a name of [`TABLE`] and parameters. Every sampler runs in `f64` on [`Points`](crate::state::Points) and, but
//! for [`DpmSolverV3`], on tensors.
//!
//! ```
//! use fewsteps::parameters::{Value, Values};
//! use fewsteps::sampler::{self, Ddim, Deis, DeisVariable, Formula, UniPc};
//! use fewsteps::state::Points;
//!
//! let typed = [
//!     Formula::<Points>::start(Ddim { eta: 0.0 }),
//!     UniPc { order: 3, ..UniPc::default() }.start(),
//!     Deis { order: 3, variable: DeisVariable::LogSigma }.start(),
//! ];
//! let named = sampler::build::<Points>("unipc", &Values::from([("order".into(), Value::Number(3.0))]))?;
//! # let _ = (typed, named);
//! # Ok::<(), sampler::SamplerError>(())
//! ```
//!
//! All samplers move the VP state `x`. In the VE state `y = x / sqrt(alpha_bar)` the probability-flow ODE is
//! `dy/dsigma = eh(y, sigma)`, and every deterministic sampler here is a way to integrate it.

mod adaptive;
mod aliases;
mod analytic;
mod consistency;
mod curved;
mod curved_denoised;
mod curved_gaussian;
mod curved_multistep;
mod ddim;
mod ddpm;
mod deis;
mod dpm_solver;
mod dpm_solver_v3;
mod edm;
mod first_step;
mod fitted;
mod flow_map;
mod gradient_estimation;
mod group;
mod langevin;
mod li;
mod li_stochastic;
mod plms;
mod quadrature;
mod restart;
mod reverse_sde;
mod sa_solver;
mod slope;
mod trajectory;
mod unipc;

use std::pin::Pin;

use serde::Serialize;
use thiserror::Error;

use crate::level::Level;
use crate::parameters::{self, Checked, Kind, Parameter, ParameterError, Value, Values};
use crate::prediction::Denoiser;
use crate::state::State;

pub use adaptive::DormandPrince;
pub use aliases::{resolve, short_names};
pub use analytic::{AnalyticDdim, AnalyticDdpm};
pub use consistency::Consistency;
pub use curved::{CurveModel, CurvedPc, DdimTaylor2, Taylor2Log};
pub use curved_denoised::CurvedDenoised;
pub use curved_gaussian::CurvedGaussian;
pub use curved_multistep::{CurvedMultistep, Interpolant};
pub use ddim::Ddim;
pub use ddpm::{Ddpm, DdpmVariance};
pub use deis::{Deis, DeisVariable};
pub use dpm_solver::{DpmSolver2, DpmSolver3, DpmSolverFast, DpmSolverPlusPlus, SdeDpmSolverPlusPlus};
pub use dpm_solver_v3::{DpmSolverV3, DpmSolverV3Memory, ModelCoefficients, ModelStatistics};
pub use edm::{EdmHeun, EdmStochastic};
pub use first_step::FirstStep;
pub use fitted::{FinePaths, FittedSolver, StepErrors, StraysOff, refined_grid};
pub use flow_map::{FlowMap, FlowMapThenSolver};
pub use gradient_estimation::GradientEstimation;
pub use group::Group;
pub use langevin::{AnnealedLangevin, Langevin};
pub use li::{LiAccelerated, LiLiteral, LiPlain, LiTrainingFree};
pub use li_stochastic::{LiForm, LiStochastic, LiStochasticAccelerated, LiStochasticJacobian};
pub use plms::{Plms, PlmsWarmUp};
pub use restart::Restart;
pub use reverse_sde::{FlowExponential, ReverseSdeEulerMaruyama, ReverseSdeExponential, ReverseSdeHeun, Seeds1};
pub use sa_solver::{SaHistory, SaSolver};
pub use slope::Slope;
pub use trajectory::{Trajectory, Watched, couples, evaluations, evaluations_with, sample, steps_within, turns};
pub use unipc::{UniPc, UniPcB, UniPcHistory, UniPcPrediction};

/// The outcome of one step.
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
    /// Their level, `sigma > 0`.
    pub from: Level,
    /// The cleaner level to move to; `sigma = 0` is allowed.
    pub to: Level,
    /// Whether this is the run's last step.
    pub last: bool,
    /// Standard normal noise of `x`'s shape; deterministic samplers never draw.
    pub draw: &'a mut dyn FnMut() -> S,
}

/// A step under way.
pub type Pending<'a, S> = Pin<Box<dyn Future<Output = Step<S>> + 'a>>;

/// A sampler as its configuration and its step. One's own sampler is an implementation of `step`:
///
/// ```
/// use fewsteps::distribution::Mixture;
/// use fewsteps::sampler::{Formula, Step, Stride, sample, straight};
/// use fewsteps::schedule::log_linear;
/// use fewsteps::state::{Points, State};
///
/// /// Two-step Adams-Bashforth in sigma, with the weights of equal steps.
/// struct AdamsBashforth;
///
/// impl<S: State> Formula<S> for AdamsBashforth {
///     type Memory = Option<S>; // the noise of the last step
///
///     async fn step(&self, previous: &mut Option<S>, stride: Stride<'_, S>) -> Step<S> {
///         let Stride { denoiser, x, from, to, .. } = stride;
///         let noise = denoiser.noise(x, from);
///         let direction = match previous.replace(noise.clone()) {
///             Some(previous) => S::combine(&[(1.5, &noise), (-0.5, &previous)]),
///             None => noise.clone(),
///         };
///         Step { state: straight(x, &direction, from, to), noise }
///     }
/// }
///
/// let normal = Mixture::new(&[1.0], &[vec![0.0]], &[vec![vec![0.25]]])?;
/// let start = || Points::new(1, vec![-1.0, 0.5, 1.0]);
/// let points = pollster::block_on(sample(AdamsBashforth, &normal, log_linear(100, 0.01, 20.0), start));
/// assert!((points.values()[2] - 0.5).abs() < 0.01); // the standard deviation is 0.5
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Formula<S: State> {
    /// What a run remembers from one step to the next: earlier predictions, or `()`. Each run starts from its default.
    type Memory: Default;

    /// Receives the grid before the first step, and returns the levels that the run will visit.
    fn plan(&self, _memory: &mut Self::Memory, levels: Vec<Level>) -> Vec<Level> {
        levels
    }

    /// Moves `stride.x` from its level to the cleaner one. Waits only where a number must be read from the device.
    fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> impl Future<Output = Step<S>>;

    /// A run of this sampler before its first step.
    fn start(self) -> Box<dyn Sampler<S>>
    where
        Self: Sized + 'static,
        S: 'static,
    {
        Box::new(Run::<S, Self> { formula: self, memory: Self::Memory::default() })
    }
}

/// A run of some sampler: a [`Formula`] and its memory, of whatever type. [`Trajectory`] is the loop over its steps.
///
/// ```
/// use fewsteps::distribution::Mixture;
/// use fewsteps::level::Level;
/// use fewsteps::sampler::{Formula, Stride, Taylor2Log};
/// use fewsteps::state::Points;
///
/// let normal = Mixture::new(&[1.0], &[vec![0.0]], &[vec![vec![1.0]]])?;
/// let (from, to) = (Level::from_sigma(2.0), Level::CLEAN);
/// let mut run = Taylor2Log::default().start();
/// run.plan(vec![from, to]);
/// let x = Points::new(1, vec![1.0]);
/// let draw = &mut || x.clone();
/// let step = pollster::block_on(run.step(Stride { denoiser: &normal, x: &x, from, to, last: true, draw }));
/// assert_eq!(step.state.values().len(), 1);
/// # Ok::<(), fewsteps::distribution::MixtureError>(())
/// ```
pub trait Sampler<S: State> {
    /// As [`Formula::plan`]; to be called once, before the first step.
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level>;

    /// As [`Formula::step`].
    fn step<'a>(&'a mut self, stride: Stride<'a, S>) -> Pending<'a, S>;
}

struct Run<S: State, F: Formula<S>> {
    formula: F,
    memory: F::Memory,
}

impl<S: State, F: Formula<S>> Sampler<S> for Run<S, F> {
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        self.formula.plan(&mut self.memory, levels)
    }

    fn step<'a>(&'a mut self, stride: Stride<'a, S>) -> Pending<'a, S> {
        Box::pin(self.formula.step(&mut self.memory, stride))
    }
}

/// An entry of the table of samplers: words, source and properties.
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
    #[cfg_attr(test, ts(skip))]
    pub formula: &'static str,
    /// Prior art: arXiv id and equation; "own" where the formula is this project's.
    pub source: &'static str,
    /// Network evaluations a step; [`evaluations`] counts those of a whole run.
    pub evaluations: usize,
    /// Order of convergence for the default parameters: of the strong error for deterministic samplers, of total variation for
    /// stochastic ones (of means of the ends, where those remember earlier steps); 0 where the error does not fall with the number of steps.
    pub order: usize,
    /// Whether it needs the acceleration as well.
    pub uses_turn: bool,
    /// Whether it needs a map of the whole step.
    pub uses_map: bool,
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
    /// A list with a number for each step that has another length.
    #[error("{owner}: {key} has {found} numbers, and the run takes {steps} steps: one for each is needed, or none")]
    List {
        /// The sampler.
        owner: String,
        /// The parameter.
        key: &'static str,
        /// Numbers in the list.
        found: usize,
        /// Steps of the run.
        steps: usize,
    },
}

macro_rules! table {
    ($($info:path => $make:expr),* $(,)?) => {
        /// Every sampler, in the order in which lists show them.
        pub const TABLE: &[Info] = &[$($info),*];

        /// A run of the sampler that the table calls `name`, with parameters `values`.
        ///
        /// # Errors
        /// [`SamplerError`] when there is no such sampler or a parameter is not allowed.
        pub fn build<S: State + 'static>(name: &str, values: &Values) -> Result<Box<dyn Sampler<S>>, SamplerError> {
            $(if name == $info.value {
                let make: fn(Checked<'_>) -> Box<dyn Sampler<S>> = $make;
                let checked = parameters::check(name, $info.parameters, values)?;
                return Ok(first_step::chosen(make(checked), checked));
            })*
            Err(SamplerError::Unknown(name.into()))
        }
    };
}

table! {
    ddim::INFO => |p| Ddim::from(p).start(),
    curved_gaussian::CORRECTED => |p| CurvedPc { model: CurveModel::Gaussian, slope: p.into() }.start(),
    curved_gaussian::INFO => |p| CurvedGaussian::from(p).start(),
    curved::PREDICTOR_CORRECTOR => |p| CurvedPc { model: CurveModel::LogSigma, slope: p.into() }.start(),
    curved_denoised::INFO => |p| CurvedDenoised::from(p).start(),
    curved::TAYLOR_LOG => |p| Taylor2Log::from(p).start(),
    curved::TAYLOR => |p| DdimTaylor2::from(p).start(),
    curved_multistep::QUADRATIC => |p| CurvedMultistep { interpolant: Interpolant::Quadratic, slope: p.into() }.start(),
    curved_multistep::HERMITE => |p| CurvedMultistep { interpolant: Interpolant::Hermite, slope: p.into() }.start(),
    flow_map::INFO => |_| FlowMap.start(),
    flow_map::HANDING_OVER => |p| FlowMapThenSolver::from(p).start(),
    gradient_estimation::INFO => |p| GradientEstimation::from(p).start(),
    deis::ADAPTIVE_GAMMA => |_| Deis { order: 2, variable: DeisVariable::Sigma }.start(),
    plms::INFO => |p| Plms::from(p).start(),
    deis::INFO => |p| Deis::from(p).start(),
    dpm_solver::SECOND => |_| DpmSolver2.start(),
    dpm_solver::THIRD => |_| DpmSolver3.start(),
    dpm_solver::FAST => |_| DpmSolverFast.start(),
    dpm_solver::PLUS_PLUS => |_| DpmSolverPlusPlus.start(),
    sa_solver::THIRD => |_| SaSolver::THIRD_ORDER.start(),
    dpm_solver::SDE_PLUS_PLUS => |_| SdeDpmSolverPlusPlus.start(),
    sa_solver::INFO => |p| SaSolver::from(p).start(),
    unipc::INFO => |p| UniPc::from(p).start(),
    edm::EULER => |_| Ddim { eta: 0.0 }.start(),
    edm::HEUN => |_| EdmHeun.start(),
    edm::STOCHASTIC => |p| EdmStochastic::from(p).start(),
    restart::INFO => |p| Restart::from(p).start(),
    ddpm::INFO => |p| Ddpm::from(p).start(),
    analytic::DDPM => |p| AnalyticDdpm::from(p).start(),
    analytic::DDIM => |p| AnalyticDdim::from(p).start(),
    li::PLAIN => |_| LiPlain.start(),
    li::ACCELERATED => |_| LiAccelerated.start(),
    li::TRAINING_FREE => |_| LiTrainingFree.start(),
    li::LITERAL => |_| LiLiteral.start(),
    deis::CHEAP_LI => |_| Deis { order: 2, variable: DeisVariable::AlphaBar }.start(),
    li_stochastic::PLAIN => |_| LiStochastic.start(),
    li_stochastic::ACCELERATED => |p| LiStochasticAccelerated::from(p).start(),
    li_stochastic::JACOBIAN => |_| LiStochasticJacobian.start(),
    reverse_sde::EULER_MARUYAMA => |_| ReverseSdeEulerMaruyama.start(),
    reverse_sde::EXPONENTIAL => |_| ReverseSdeExponential.start(),
    reverse_sde::SEEDS => |_| Seeds1.start(),
    reverse_sde::HEUN => |_| ReverseSdeHeun.start(),
    reverse_sde::FLOW => |_| FlowExponential.start(),
    adaptive::INFO => |p| DormandPrince::from(p).start(),
    langevin::PLAIN => |p| Langevin::from(p).start(),
    langevin::ANNEALED => |p| AnnealedLangevin::from(p).start(),
}

/// Checks that lists with a number for each step are as long as a run of `steps` steps.
///
/// # Errors
/// [`SamplerError::List`] for the first that is not.
pub fn check_lists(name: &str, values: &Values, steps: usize) -> Result<(), SamplerError> {
    let declared = info(name).into_iter().flat_map(|info| info.parameters);
    for Parameter { key, .. } in declared.filter(|parameter| parameter.kind == Kind::Numbers) {
        if let Some(Value::Numbers(numbers)) = values.get(*key)
            && !numbers.is_empty()
            && numbers.len() != steps
        {
            return Err(SamplerError::List { owner: name.into(), key, found: numbers.len(), steps });
        }
    }
    Ok(())
}

/// The entry called `name`.
pub fn info(name: &str) -> Option<&'static Info> {
    TABLE.iter().find(|info| info.value == name)
}

/// The DDIM map: VP states `x` `[n, d]` moved from one level to another along the straight VE line of direction `noise` `[n, d]` (arXiv
/// 2010.02502, eq 12).
pub fn straight<S: State>(x: &S, noise: &S, from: Level, to: Level) -> S {
    S::combine(&[(scale(from, to), x), (to.signal_scale() * (to.sigma() - from.sigma()), noise)])
}

/// The factor of a VP state whose VE state stays: `sqrt(alpha_bar_s / alpha_bar_t)`.
pub fn scale(from: Level, to: Level) -> f64 {
    to.signal_scale() / from.signal_scale()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Mixture;
    use crate::schedule::log_linear;
    use crate::state::{Points, now};

    fn end(run: Box<dyn Sampler<Points>>) -> Points {
        let covariance = vec![vec![0.1, 0.02], vec![0.02, 0.3]];
        let mixture = Mixture::new(&[1.0, 2.0], &[vec![-1.0, 0.2], vec![0.7, 0.0]], &[covariance.clone(), covariance]);
        let x = Points::new(2, vec![0.3, -1.2, 0.8, 0.1]);
        let draw = || Points::new(2, vec![0.5, -0.4, 1.1, -0.9]);
        now(Trajectory::new(run, mixture.expect("a mixture"), log_linear(6, 0.05, 10.0), x, draw).last())
    }

    /// A typed sampler and its name in the table are the same sampler, and so are their defaults.
    #[test]
    fn typed_samplers_are_those_of_the_table() {
        let short = |name: &str| {
            let (name, values) = resolve(name).expect("a sampler's name");
            end(build(name, &values).expect("a sampler"))
        };
        let expected: Vec<(&str, Box<dyn Sampler<Points>>)> = vec![
            ("ddim", Ddim::default().start()),
            ("ddim_eta0.4", Ddim { eta: 0.4 }.start()),
            ("unipc", UniPc::default().start()),
            (
                "unipc3_bh1_eps",
                UniPc { order: 3, b: UniPcB::Bh1, prediction: UniPcPrediction::Noise, ..UniPc::default() }.start(),
            ),
            ("deis", Deis::default().start()),
            ("deis_logrho2", Deis { order: 2, variable: DeisVariable::LogSigma }.start()),
            ("deis_rho3", Deis { order: 3, variable: DeisVariable::Sigma }.start()),
            ("deis_abar2", Deis { order: 2, variable: DeisVariable::AlphaBar }.start()),
            ("pndm_plms", Plms::default().start()),
            ("plms4_heun", Plms { order: 4, warm_up: PlmsWarmUp::Heun }.start()),
            ("plms4_prk", Plms { order: 4, warm_up: PlmsWarmUp::RungeKutta }.start()),
            ("ddpm", Ddpm::default().start()),
            ("ddpm_large", Ddpm { variance: DdpmVariance::Large }.start()),
            ("ge_gamma1.5_mu0.5", GradientEstimation { gamma: 1.5, mu: 0.5 }.start()),
            ("edm_stochastic_churn9", EdmStochastic { s_churn: 9.0, ..EdmStochastic::default() }.start()),
            ("li_stochastic_accel", LiStochasticAccelerated::default().start()),
            ("li_stochastic_accel_repo", LiStochasticAccelerated { form: LiForm::Repository }.start()),
            ("li_stochastic_accel_cifar", LiStochasticAccelerated { form: LiForm::Cifar }.start()),
            ("curved_denoised", CurvedDenoised::default().start()),
            ("curved_denoised_none", CurvedDenoised { slope: Slope::None, ..CurvedDenoised::default() }.start()),
            ("curved_pc", CurvedPc::default().start()),
            ("curved_gaussian_pc_none", CurvedPc { model: CurveModel::Gaussian, slope: Slope::None }.start()),
            ("curved_gaussian_history", CurvedGaussian { slope: Slope::History }.start()),
            ("genie_history", DdimTaylor2 { slope: Slope::History }.start()),
            ("deis_t4_analytic", FirstStep::Analytic.of(Deis { order: 4, ..Deis::default() }.start())),
            ("analytic_ddpm", AnalyticDdpm::default().start()),
            ("ode_adaptive", DormandPrince::default().start()),
            ("langevin", Langevin::default().start()),
            ("annealed_langevin", AnnealedLangevin::default().start()),
        ];
        for (name, typed) in expected {
            assert_eq!(end(typed), short(name), "{name}");
        }
    }
}
