//! The samplers of EDM, in the VE state.

use super::{Formula, Group, Info, Step, Stride, scale, straight};
use crate::level::Level;
use crate::parameters::{Checked, Kind, Parameter};
use crate::state::State;

pub(super) const EULER: Info = Info {
    value: "edm_euler",
    label: "EDM Euler",
    group: Group::Straight,
    help: "Euler’s method in sigma, which is DDIM under another name.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t",
    source: "2206.00364 Alg 1, first order",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const HEUN: Info = Info {
    value: "edm_heun",
    label: "EDM Heun",
    group: Group::SeveralEvaluations,
    help: "Takes a straight step, evaluates the velocity there, and takes the step again with the mean of both.",
    formula: r"y' = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t,\quad y_s = y_t + \tfrac12(\sigma_s-\sigma_t)\bigl(\hat\epsilon_t+\hat\epsilon(y',\sigma_s)\bigr)",
    source: "2206.00364 Alg 1",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const STOCHASTIC: Info = Info {
    value: "edm_stochastic",
    label: "EDM with churn",
    group: Group::Stochastic,
    help: "Adds a little noise before each Heun step, which removes it with the rest.",
    formula: r"\hat\sigma = (1+\gamma)\,\sigma_t,\quad \hat y = y_t + \sqrt{\hat\sigma^2-\sigma_t^2}\,S_{\text{noise}}\,z,\quad\text{then Heun from }\hat\sigma",
    source: "2206.00364 Alg 2",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[
        Parameter {
            key: "s_churn",
            label: "Churn",
            help: "How much noise the whole run puts in; split over its steps.",
            kind: Kind::Number { default: 4.0, min: 0.0, max: 200.0, log: false },
        },
        Parameter {
            key: "s_min",
            label: "Churn from",
            help: "Lowest noise level at which noise is put in.",
            kind: Kind::Number { default: 0.0, min: 0.0, max: 1000.0, log: false },
        },
        Parameter {
            key: "s_max",
            label: "Churn up to",
            help: "Highest noise level at which noise is put in.",
            kind: Kind::Number { default: 1000.0, min: 0.0, max: 1000.0, log: false },
        },
        Parameter {
            key: "s_noise",
            label: "Noise scale",
            help: "Factor on the noise put in; slightly above 1 makes up for detail that networks lose.",
            kind: Kind::Number { default: 1.0, min: 0.5, max: 1.5, log: false },
        },
    ],
};

/// EDM's deterministic sampler (arXiv 2206.00364, Algorithm 1): Heun's method in `sigma`, Euler's on a step to no noise.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EdmHeun;

impl<S: State> Formula<S> for EdmHeun {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let d_cur = denoiser.noise(x, from);
        let x_next = straight(x, &d_cur, from, to);
        if to.sigma() == 0.0 {
            return Step { state: x_next, noise: d_cur };
        }
        let d_prime = denoiser.noise(&x_next, to);
        let d_mean = S::combine(&[(0.5, &d_cur), (0.5, &d_prime)]);
        Step { state: straight(x, &d_mean, from, to), noise: d_cur }
    }
}

/// EDM's stochastic sampler (arXiv 2206.00364, Algorithm 2): noise is raised to `sigma_hat = (1 + gamma) sigma`, then a step of
/// [`EdmHeun`] goes down from there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EdmStochastic {
    /// `gamma` summed over the run; each of its `N` steps has `min(s_churn / N, sqrt(2) - 1)`.
    pub s_churn: f64,
    /// Lowest `sigma` at which noise is added.
    pub s_min: f64,
    /// Highest `sigma` at which noise is added.
    pub s_max: f64,
    /// Standard deviation of the noise added, in units of the one that `sigma_hat` asks for.
    pub s_noise: f64,
}

impl From<Checked<'_>> for EdmStochastic {
    fn from(parameters: Checked<'_>) -> Self {
        Self {
            s_churn: parameters.number("s_churn"),
            s_min: parameters.number("s_min"),
            s_max: parameters.number("s_max"),
            s_noise: parameters.number("s_noise"),
        }
    }
}

impl Default for EdmStochastic {
    fn default() -> Self {
        Checked::defaults(STOCHASTIC.parameters).into()
    }
}

impl<S: State> Formula<S> for EdmStochastic {
    /// Steps of the run.
    type Memory = usize;

    fn plan(&self, steps: &mut usize, levels: Vec<Level>) -> Vec<Level> {
        *steps = levels.len() - 1;
        levels
    }

    async fn step(&self, steps: &mut usize, stride: Stride<'_, S>) -> Step<S> {
        let within = (self.s_min..=self.s_max).contains(&stride.from.sigma());
        let gamma = if within { (self.s_churn / *steps as f64).min(2.0_f64.sqrt() - 1.0) } else { 0.0 };
        if gamma == 0.0 {
            return EdmHeun.step(&mut (), stride).await;
        }
        let Stride { x, from, draw, .. } = stride;
        let hat = Level::from_sigma(from.sigma() * (1.0 + gamma));
        let deviation = (hat.sigma().powi(2) - from.sigma().powi(2)).sqrt() * self.s_noise;
        let x_hat = S::combine(&[(scale(from, hat), x), (hat.signal_scale() * deviation, &draw())]);
        EdmHeun.step(&mut (), Stride { x: &x_hat, from: hat, draw, ..stride }).await
    }
}
