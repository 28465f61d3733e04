//! Gradient estimation: the two newest noise predictions, extrapolated: `gamma e_t + (1 - gamma) e_{t+1}`.
//!
//! `gamma = 1` is DDIM; `gamma = 2` cancels DDIM's leading error at few steps and is of first order nevertheless. With
//! `mu > 0` the step overshoots to `sigma' = (sigma_s / sigma_t^mu)^{1 / (1 - mu)}` and fresh noise fills the gap
//! (`mu = 1/2`: DDPM).

use super::{Formula, Group, Info, Step, Stride, scale};
use crate::parameters::{Kind, Parameter};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "gradient_estimation",
    label: "Gradient estimation",
    group: Group::Extrapolating,
    help: "Extrapolates from the last two velocities; gamma says how far.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\bigl(\gamma\,\hat\epsilon_t + (1-\gamma)\,\hat\epsilon_{t+1}\bigr)",
    source: "2306.04848 Alg 2",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: false,
    parameters: &[
        Parameter {
            key: "gamma",
            label: "Gamma",
            help: "How far to extrapolate; 1 is DDIM.",
            kind: Kind::Number { default: 2.0, min: 0.5, max: 4.0, log: false },
        },
        Parameter {
            key: "mu",
            label: "Fresh noise",
            help: "0 draws none; 1/2 is DDPM’s share.",
            kind: Kind::Number { default: 0.0, min: 0.0, max: 0.9, log: false },
        },
    ],
};

pub(super) struct GradientEstimation<S> {
    gamma: f64,
    mu: f64,
    previous: Option<S>,
}

impl<S> GradientEstimation<S> {
    pub(super) fn new(gamma: f64, mu: f64) -> Self {
        Self { gamma, mu, previous: None }
    }
}

impl<S: State> Formula<S> for GradientEstimation<S> {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let target = (to.sigma() / from.sigma().powf(self.mu)).powf(1.0 / (1.0 - self.mu));
        let fresh = (to.sigma().powi(2) - target.powi(2)).max(0.0).sqrt();
        let signal = to.signal_scale();
        let shift = signal * (target - from.sigma());
        let newest = if self.previous.is_some() { self.gamma } else { 1.0 };
        let mut terms = vec![(scale(from, to), x), (shift * newest, &noise)];
        terms.extend(self.previous.as_ref().map(|previous| (shift * (1.0 - newest), previous)));
        let mut state = S::combine(&terms);
        if fresh > 0.0 {
            state = S::combine(&[(1.0, &state), (signal * fresh, &draw())]);
        }
        self.previous = Some(noise.clone());
        Step { state, noise }
    }
}
