//! SA-Solver: the family of reverse SDEs with some share of noise, their linear part integrated exactly and the denoised points taken
//! for a polynomial in `lambda = -ln sigma` (arXiv 2309.05019).

use std::collections::VecDeque;

use super::quadrature::{basis, integrate};
use super::{Formula, Group, Info, Step, Stride, scale};
use crate::level::Level;
use crate::parameters::{Checked, Kind, Named, Parameter};
use crate::prediction::derived::denoised;
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "sa_solver",
    label: "SA-Solver",
    group: Group::Extrapolating,
    help: "Extrapolates the denoised points as Adams methods do, corrects with the next evaluation, and renews a share of the noise.",
    formula: r"y_s = e^{-(1+\tau^2)h} y_t + \sum_j B_j\,\hat x_{0,t+j} + \sigma_s\sqrt{1-e^{-2\tau^2 h}}\,z,\quad B_j = \int_0^h (1+\tau^2)\,e^{-(1+\tau^2)(h-u)} L_j(u)\,du",
    source: "2309.05019 Alg 1",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[
        Parameter {
            key: "tau",
            label: "Noise renewed, τ",
            help: "0 draws none and follows the path; 1 is the reverse SDE.",
            kind: Kind::Number { default: 1.0, min: 0.0, max: 2.0, log: false },
        },
        Parameter {
            key: "order",
            label: "Evaluations used",
            help: "How many evaluations the polynomial passes through.",
            kind: Kind::Integer { default: 3, min: 1, max: 4 },
        },
        Parameter {
            key: "corrector",
            label: "Corrector",
            help: "Whether each step is taken again with the evaluation at its end, which the next step needs anyway.",
            kind: Kind::Choice {
                default: "on",
                options: &[
                    Named { value: "on", label: "On", help: "Predict, evaluate, correct." },
                    Named { value: "off", label: "Off", help: "Predict, evaluate." },
                ],
            },
        },
    ],
};

pub(super) const THIRD: Info = Info {
    value: "dpmpp_3m",
    label: "DPM-Solver++(3M)",
    group: Group::Extrapolating,
    help: "A parabola through the last three denoised points, integrated exactly.",
    formula: r"y_s = \tfrac{\sigma_s}{\sigma_t}\,y_t + \sum_{j<3} B_j\,\hat x_{0,t+j},\quad B_j = \int_0^h e^{u-h} L_j(u)\,du,\quad h=\ln\frac{\sigma_t}{\sigma_s}",
    source: "third order of 2211.01095; SA-Solver without noise, 2309.05019",
    evaluations: 1,
    order: 3,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

/// SA-Solver (arXiv 2309.05019, Algorithm 1) for a constant `tau`. The first steps have lower orders; one to no noise is of first order
/// and draws none.
///
/// With `tau: 0` and no corrector it is DPM-Solver++ of that order, its polynomial integrated exactly: the third order has
/// [`SaSolver::THIRD_ORDER`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SaSolver {
    /// The share of noise: `tau^2` times that of the reverse SDE.
    pub tau: f64,
    /// Evaluations that the polynomial passes through, from 1 to 4.
    pub order: usize,
    /// Whether a step is taken again, with the same noise, once the evaluation at its end is known.
    pub corrector: bool,
}

impl SaSolver {
    /// DPM-Solver++(3M).
    pub const THIRD_ORDER: Self = Self { tau: 0.0, order: 3, corrector: false };
}

impl From<Checked<'_>> for SaSolver {
    fn from(parameters: Checked<'_>) -> Self {
        Self {
            tau: parameters.number("tau"),
            order: parameters.integer("order"),
            corrector: parameters.choice("corrector") == "on",
        }
    }
}

impl Default for SaSolver {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

/// What a run of [`SaSolver`] remembers.
#[derive(Debug)]
pub struct SaHistory<S> {
    /// Denoised points and levels of the last evaluations, newest first.
    evaluations: VecDeque<(S, Level)>,
    /// Corrected start of the last step, and the noise that the step drew.
    start: Option<(S, Option<S>)>,
}

impl<S> Default for SaHistory<S> {
    fn default() -> Self {
        Self { evaluations: VecDeque::new(), start: None }
    }
}

impl SaSolver {
    /// The step `from` to `to` through `evaluations` (one at `from`, earlier ones, or the one at `to`), with noise `z`.
    fn update<S: State>(&self, evaluations: &[(&S, Level)], x: &S, from: Level, to: Level, z: Option<&S>) -> S {
        let signal = to.signal_scale();
        let (now, _) = evaluations[0];
        if to.sigma() == 0.0 {
            return S::combine(&[(signal, now)]);
        }
        let lambda = |level: Level| (from.sigma() / level.sigma()).ln();
        let nodes: Vec<f64> = evaluations.iter().map(|(_, level)| lambda(*level)).collect();
        let h = lambda(to);
        let rate = 1.0 + self.tau * self.tau;
        let weight = |j: usize| integrate(0.0, h, |u| rate * (rate * (u - h)).exp() * basis(&nodes, j, u));
        let points = evaluations.iter().enumerate().map(|(j, (point, _))| (signal * weight(j), *point));
        let renewed = -(-2.0 * self.tau * self.tau * h).exp_m1();
        let noise = z.map(|z| (to.noise_scale() * renewed.sqrt(), z));
        let terms: Vec<(f64, &S)> =
            [(scale(from, to) * (-rate * h).exp(), x)].into_iter().chain(points).chain(noise).collect();
        S::combine(&terms)
    }
}

impl<S: State> Formula<S> for SaSolver {
    type Memory = SaHistory<S>;

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let x0 = denoised(x, &noise, from);
        let SaHistory { evaluations, start } = memory;
        let corrected = match start {
            Some((start, z)) if self.corrector => {
                let known: Vec<(&S, Level)> =
                    [(&x0, from)].into_iter().chain(evaluations.iter().map(|(point, level)| (point, *level))).collect();
                self.update(&known, start, evaluations[0].1, from, z.as_ref())
            }
            _ => x.clone(),
        };
        evaluations.truncate(self.order - 1);
        evaluations.push_front((x0, from));
        let z = (self.tau > 0.0 && to.sigma() > 0.0).then(draw);
        let known: Vec<(&S, Level)> = evaluations.iter().map(|(point, level)| (point, *level)).collect();
        let state = self.update(&known, &corrected, from, to, z.as_ref());
        *start = Some((corrected, z));
        Step { state, noise }
    }
}
