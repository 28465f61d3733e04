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
    stochastic: false,
    parameters: &[],
};

pub(super) const HEUN: Info = Info {
    value: "edm_heun",
    label: "EDM Heun",
    group: Group::SeveralLooks,
    help: "Takes a straight step, looks at the velocity there, and takes the step again with the mean of both.",
    formula: r"y' = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t,\quad y_s = y_t + \tfrac12(\sigma_s-\sigma_t)\bigl(\hat\epsilon_t+\hat\epsilon(y',\sigma_s)\bigr)",
    source: "2206.00364 Alg 1",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const STOCHASTIC: Info = Info {
    value: "edm_stochastic",
    label: "EDM with churn",
    group: Group::Stochastic,
    help: "Puts a little noise in before each Heun step, and takes it out with the rest.",
    formula: r"\hat\sigma = (1+\gamma)\,\sigma_t,\quad \hat y = y_t + \sqrt{\hat\sigma^2-\sigma_t^2}\,S_{\text{noise}}\,z,\quad\text{then Heun from }\hat\sigma",
    source: "2206.00364 Alg 2",
    evaluations: 2,
    order: 2,
    uses_turn: false,
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

pub(super) struct Heun;

impl<S: State> Formula<S> for Heun {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let state = straight(x, &noise, from, to);
        if to.sigma() == 0.0 {
            return Step { state, noise };
        }
        let mean = S::combine(&[(0.5, &noise), (0.5, &denoiser.noise(&state, to))]);
        Step { state: straight(x, &mean, from, to), noise }
    }
}

pub(super) struct Stochastic {
    churn: f64,
    min: f64,
    max: f64,
    noise_factor: f64,
    steps: usize,
}

impl Stochastic {
    pub(super) fn new(parameters: Checked<'_>) -> Self {
        Self {
            churn: parameters.number("s_churn"),
            min: parameters.number("s_min"),
            max: parameters.number("s_max"),
            noise_factor: parameters.number("s_noise"),
            steps: 1,
        }
    }
}

impl<S: State> Formula<S> for Stochastic {
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        self.steps = (levels.len() - 1).max(1);
        levels
    }

    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let within = (self.min..=self.max).contains(&stride.from.sigma());
        let gamma = if within { (self.churn / self.steps as f64).min(2.0_f64.sqrt() - 1.0) } else { 0.0 };
        if gamma == 0.0 {
            return Formula::step(&mut Heun, stride);
        }
        let raised = Level::from_sigma(stride.from.sigma() * (1.0 + gamma));
        let added = (raised.sigma().powi(2) - stride.from.sigma().powi(2)).sqrt() * self.noise_factor;
        let fresh = (stride.draw)();
        let x = S::combine(&[(scale(stride.from, raised), stride.x), (raised.signal_scale() * added, &fresh)]);
        let Stride { denoiser, to, last, draw, .. } = stride;
        Formula::step(&mut Heun, Stride { denoiser, x: &x, from: raised, to, last, draw: &mut *draw })
    }
}
