//! Pseudo linear multistep, PNDM and iPNDM.

use std::collections::VecDeque;

use super::{Formula, Group, Info, Step, Stride, first_step, straight};
use crate::parameters::{Checked, Kind, Named, Parameter};
use crate::schedule::{vp_level, vp_time};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "pndm_plms",
    label: "PNDM (PLMS)",
    group: Group::Extrapolating,
    help: "Extrapolates the velocity from the last four evaluations.",
    formula: r"y_s = y_t + \tfrac{\sigma_s-\sigma_t}{24}\bigl(55\,\hat\epsilon_t-59\,\hat\epsilon_{t+1}+37\,\hat\epsilon_{t+2}-9\,\hat\epsilon_{t+3}\bigr)",
    source: "2202.09778 eq 12; with lower orders first iPNDM, 2204.13902",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[
        Parameter {
            key: "order",
            label: "Evaluations used",
            help: "How many of the last evaluations are extrapolated from.",
            kind: Kind::Integer { default: 4, min: 1, max: 4 },
        },
        Parameter {
            key: "warm_up",
            label: "First steps",
            help: "What is done until there are enough evaluations to extrapolate from.",
            kind: Kind::Choice {
                default: "lower",
                options: &[
                    Named { value: "lower", label: "Lower orders", help: "Extrapolate from fewer evaluations." },
                    Named { value: "heun", label: "Heun", help: "One Heun step: one evaluation more." },
                    Named {
                        value: "prk",
                        label: "Runge–Kutta",
                        help: "Pseudo Runge–Kutta steps of four evaluations each.",
                    },
                ],
            },
        },
        first_step::PARAMETER,
    ],
};

/// Adams-Bashforth weights of orders 1 to 4, newest first.
const WEIGHTS: [&[f64]; 4] = [
    &[1.0],
    &[3.0 / 2.0, -1.0 / 2.0],
    &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0],
    &[55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
];

/// PNDM (arXiv 2202.09778, eq 12): Adams-Bashforth weights on the last noise predictions, moved by the DDIM map. With
/// [`PlmsWarmUp::Lower`] it is iPNDM (arXiv 2204.13902).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plms {
    /// Evaluations extrapolated from, from 1 to 4.
    pub order: usize,
    /// The first steps, while there are fewer evaluations.
    pub warm_up: PlmsWarmUp,
}

/// The first steps of [`Plms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlmsWarmUp {
    /// Adams-Bashforth of lower orders.
    Lower,
    /// One Heun step, then lower orders.
    Heun,
    /// Pseudo Runge-Kutta steps of four evaluations (arXiv 2202.09778).
    RungeKutta,
}

impl From<Checked<'_>> for Plms {
    fn from(parameters: Checked<'_>) -> Self {
        let warm_up = match parameters.choice("warm_up") {
            "heun" => PlmsWarmUp::Heun,
            "prk" => PlmsWarmUp::RungeKutta,
            _ => PlmsWarmUp::Lower,
        };
        Self { order: parameters.integer("order"), warm_up }
    }
}

impl Default for Plms {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl<S: State> Formula<S> for Plms {
    /// Noise of the last evaluations, newest first.
    type Memory = VecDeque<S>;

    async fn step(&self, history: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let first = history.is_empty();
        let incomplete = history.len() + 1 < self.order;
        history.truncate(self.order - 1);
        history.push_front(noise.clone());
        let direction = match self.warm_up {
            PlmsWarmUp::Heun if first && incomplete && to.sigma() > 0.0 => {
                let next = denoiser.noise(&straight(x, &noise, from, to), to);
                S::combine(&[(0.5, &noise), (0.5, &next)])
            }
            PlmsWarmUp::RungeKutta if incomplete && to.sigma() > 0.0 => {
                // Half way in the time of the table that the method was made for.
                let middle = vp_level(0.5 * (vp_time(from) + vp_time(to)));
                let second = denoiser.noise(&straight(x, &noise, from, middle), middle);
                let third = denoiser.noise(&straight(x, &second, from, middle), middle);
                let fourth = denoiser.noise(&straight(x, &third, from, to), to);
                let sixth = 1.0 / 6.0;
                S::combine(&[(sixth, &noise), (2.0 * sixth, &second), (2.0 * sixth, &third), (sixth, &fourth)])
            }
            _ => {
                let weights = WEIGHTS[history.len() - 1];
                let terms: Vec<(f64, &S)> = weights.iter().copied().zip(&*history).collect();
                S::combine(&terms)
            }
        };
        Step { state: straight(x, &direction, from, to), noise }
    }
}
