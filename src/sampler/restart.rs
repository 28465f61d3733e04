//! Restart sampling: a deterministic run that goes back up to more noise on the way, and down again.

use super::{EdmHeun, Formula, Group, Info, Step, Stride, scale};
use crate::parameters::{Checked, Kind, Parameter};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "restart",
    label: "Restart",
    group: Group::Stochastic,
    help: "After a Heun step, puts back all the noise it removed, and takes the step again: new noise forgets earlier errors.",
    formula: r"y_s = \text{Heun}(y_t),\quad y_t' = y_s + \sqrt{\sigma_t^2-\sigma_s^2}\,z,\quad y_s = \text{Heun}(y_t'),\ \dots",
    source: "2306.14878 Alg 1, each step of the grid an interval of its own",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[
        Parameter {
            key: "times",
            label: "Restarts",
            help: "How often a step within the levels below is taken again.",
            kind: Kind::Integer { default: 1, min: 1, max: 10 },
        },
        Parameter {
            key: "s_min",
            label: "Restart from",
            help: "Lowest noise level at which a step that is taken again may end.",
            kind: Kind::Number { default: 0.05, min: 0.0, max: 1000.0, log: false },
        },
        Parameter {
            key: "s_max",
            label: "Restart up to",
            help: "Highest noise level at which a step that is taken again may start.",
            kind: Kind::Number { default: 2.0, min: 0.0, max: 1000.0, log: false },
        },
    ],
};

/// Restart (arXiv 2306.14878, Algorithm 1), each step of the grid between `s_min` and `s_max` an interval of its own: a step of
/// [`EdmHeun`], then `times` more of it from where fresh noise takes its end back up. Steps to no noise are taken once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Restart {
    /// How often a step is taken again.
    pub times: usize,
    /// Lowest `sigma` at which such a step may end.
    pub s_min: f64,
    /// Highest `sigma` at which it may start.
    pub s_max: f64,
}

impl From<Checked<'_>> for Restart {
    fn from(parameters: Checked<'_>) -> Self {
        Self {
            times: parameters.integer("times"),
            s_min: parameters.number("s_min"),
            s_max: parameters.number("s_max"),
        }
    }
}

impl Default for Restart {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl<S: State> Formula<S> for Restart {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, last, draw } = stride;
        let down =
            async |x: &S| EdmHeun.step(&mut (), Stride { denoiser, x, from, to, last, draw: &mut || x.clone() }).await;
        let mut step = down(x).await;
        if to.sigma() == 0.0 || to.sigma() < self.s_min || from.sigma() > self.s_max {
            return step;
        }
        let added = (from.sigma().powi(2) - to.sigma().powi(2)).sqrt() * from.signal_scale();
        for _ in 0..self.times {
            let up = S::combine(&[(scale(to, from), &step.state), (added, &draw())]);
            step.state = down(&up).await.state;
        }
        step
    }
}
