//! A first evaluation that is known: at the highest level almost everything is noise, and standardised data may be taken for a
//! standard Gaussian, whose noise is `sigma y / (1 + sigma^2)`. One evaluation is saved (GENIE's analytical first step, arXiv
//! 2210.05475).

use super::{Pending, Sampler, Stride};
use crate::level::Level;
use crate::parameters::{Checked, Kind, Parameter, options};
use crate::prediction::{Denoiser, Prediction};
use crate::state::State;

options! {
    /// What predicts the noise at the start of a run.
    #[derive(Default)]
    pub enum FirstStep {
        /// The denoiser, as everywhere.
        #[default]
        Network = ("network", "Network", "An evaluation like all others."),
        /// The noise of standard normal data, and its turn.
        Analytic = (
            "analytic",
            "Gaussian",
            "The data is taken for a Gaussian there: one evaluation saved, which another step can use (GENIE).",
        ),
    }
}

/// The parameter of samplers that may save their first evaluation.
pub(super) const PARAMETER: Parameter = Parameter {
    key: "first_step",
    label: "First evaluation",
    help: "What predicts the velocity where the path starts, in nothing but noise.",
    kind: Kind::Choice { default: "network", options: FirstStep::TABLE },
};

/// `sampler` with the first step that `parameters` choose, where they have that choice.
pub(super) fn chosen<S: State + 'static>(sampler: Box<dyn Sampler<S>>, parameters: Checked<'_>) -> Box<dyn Sampler<S>> {
    let first: FirstStep =
        if parameters.declares(PARAMETER.key) { parameters.option(PARAMETER.key) } else { FirstStep::Network };
    first.of(sampler)
}

impl FirstStep {
    /// `sampler`, before its first step, with this start. What it evaluates at the first level costs nothing if the start is analytic.
    ///
    /// ```
    /// use fewsteps::sampler::{Ddim, FirstStep, Formula, evaluations};
    /// use fewsteps::schedule::log_linear;
    ///
    /// let levels = log_linear(5, 0.02, 10.0);
    /// let saved = FirstStep::Analytic.of(Ddim { eta: 0.0 }.start());
    /// assert_eq!((evaluations(Ddim { eta: 0.0 }.start(), levels.clone()), evaluations(saved, levels)), (5, 4));
    /// ```
    pub fn of<S: State + 'static>(self, sampler: Box<dyn Sampler<S>>) -> Box<dyn Sampler<S>> {
        match self {
            FirstStep::Network => sampler,
            FirstStep::Analytic => Box::new(Analytic { sampler, begun: false }),
        }
    }
}

/// A run whose first evaluation is that of standard normal data.
struct Analytic<S> {
    sampler: Box<dyn Sampler<S>>,
    begun: bool,
}

impl<S: State + 'static> Sampler<S> for Analytic<S> {
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        self.sampler.plan(levels)
    }

    fn step<'a>(&'a mut self, stride: Stride<'a, S>) -> Pending<'a, S> {
        if std::mem::replace(&mut self.begun, true) {
            return self.sampler.step(stride);
        }
        Box::pin(async move {
            let Stride { denoiser, x, from, to, last, draw } = stride;
            let denoiser = &Start { denoiser, level: from };
            self.sampler.step(Stride { denoiser, x, from, to, last, draw }).await
        })
    }
}

/// The denoiser of standard normal data at one level, and another at all others.
struct Start<'a, S> {
    denoiser: &'a dyn Denoiser<S>,
    level: Level,
}

impl<S: State> Denoiser<S> for Start<'_, S> {
    fn noise(&self, x: &S, level: Level) -> S {
        match level == self.level {
            // sigma y / (1 + sigma^2) in the VP state.
            true => S::combine(&[(level.noise_scale(), x)]),
            false => self.denoiser.noise(x, level),
        }
    }

    fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S> {
        if level != self.level {
            return self.denoiser.noise_and_turn(x, level);
        }
        let noise = self.noise(x, level);
        Prediction { turn: S::combine(&[(level.alpha_bar(), &noise)]), noise }
    }

    fn turn_cost(&self) -> f64 {
        self.denoiser.turn_cost()
    }

    fn passes(&self, level: Level) -> usize {
        self.denoiser.passes(level)
    }
}
