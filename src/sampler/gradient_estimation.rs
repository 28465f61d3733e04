//! Gradient estimation (arXiv 2306.04848).

use super::{Formula, Group, Info, Step, Stride, first_step, scale};
use crate::parameters::{Checked, Kind, Parameter};
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
    uses_map: false,
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
        first_step::PARAMETER,
    ],
};

/// Gradient estimation (arXiv 2306.04848, Algorithm 2): the two newest noise predictions, extrapolated:
/// `gamma eh_t + (1 - gamma) eh_{t+1}`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientEstimation {
    /// 1 is DDIM; 2 cancels DDIM's leading error at few steps and is of first order nevertheless.
    pub gamma: f64,
    /// With `mu > 0` a step goes on to `sigma' = (sigma_s / sigma_t^mu)^{1 / (1 - mu)}`, and drawn noise fills the gap to
    /// `sigma_s`; 1/2 is DDPM's share. Below 1.
    pub mu: f64,
}

impl From<Checked<'_>> for GradientEstimation {
    fn from(parameters: Checked<'_>) -> Self {
        Self { gamma: parameters.number("gamma"), mu: parameters.number("mu") }
    }
}

impl Default for GradientEstimation {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl<S: State> Formula<S> for GradientEstimation {
    /// The noise of the last evaluation.
    type Memory = Option<S>;

    async fn step(&self, previous: &mut Option<S>, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let sigma_prime = (to.sigma() / from.sigma().powf(self.mu)).powf(1.0 / (1.0 - self.mu));
        let eta = (to.sigma().powi(2) - sigma_prime.powi(2)).max(0.0).sqrt();
        let signal = to.signal_scale();
        let change = signal * (sigma_prime - from.sigma());
        let gamma = if previous.is_some() { self.gamma } else { 1.0 };
        let mut terms = vec![(scale(from, to), x), (change * gamma, &noise)];
        terms.extend(previous.as_ref().map(|previous| (change * (1.0 - gamma), previous)));
        let mut state = S::combine(&terms);
        if eta > 0.0 {
            state = S::combine(&[(1.0, &state), (signal * eta, &draw())]);
        }
        *previous = Some(noise.clone());
        Step { state, noise }
    }
}
