//! Pseudo linear multistep (PNDM): Adams-Bashforth weights on the last noise predictions, moved by the DDIM map.

use std::collections::VecDeque;

use super::{Formula, Group, Info, Step, Stride, straight};
use crate::parameters::{Kind, Named, Parameter};
use crate::schedule::{vp_level, vp_time};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "pndm_plms",
    label: "PNDM (PLMS)",
    group: Group::Extrapolating,
    help: "Extrapolates the velocity from the last four evaluations.",
    formula: r"y_s = y_t + \tfrac{\sigma_s-\sigma_t}{24}\bigl(55\,\hat\epsilon_t-59\,\hat\epsilon_{t+1}+37\,\hat\epsilon_{t+2}-9\,\hat\epsilon_{t+3}\bigr)",
    source: "2202.09778 eq 12",
    evaluations: 1,
    order: 2,
    uses_turn: false,
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
    ],
};

/// Adams-Bashforth weights of orders 1 to 4, newest first.
const WEIGHTS: [&[f64]; 4] = [
    &[1.0],
    &[3.0 / 2.0, -1.0 / 2.0],
    &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0],
    &[55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
];

enum WarmUp {
    Lower,
    Heun,
    RungeKutta,
}

pub(super) struct Plms<S> {
    order: usize,
    warm_up: WarmUp,
    history: VecDeque<S>,
}

impl<S> Plms<S> {
    pub(super) fn new(order: usize, warm_up: &str) -> Self {
        let warm_up = match warm_up {
            "heun" => WarmUp::Heun,
            "prk" => WarmUp::RungeKutta,
            _ => WarmUp::Lower,
        };
        Self { order, warm_up, history: VecDeque::with_capacity(order) }
    }
}

impl<S: State> Formula<S> for Plms<S> {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let first = self.history.is_empty();
        let incomplete = self.history.len() + 1 < self.order;
        self.history.truncate(self.order - 1);
        self.history.push_front(noise.clone());
        let direction = match self.warm_up {
            WarmUp::Heun if first && incomplete && to.sigma() > 0.0 => {
                let next = denoiser.noise(&straight(x, &noise, from, to), to);
                S::combine(&[(0.5, &noise), (0.5, &next)])
            }
            WarmUp::RungeKutta if incomplete && to.sigma() > 0.0 => {
                // Half way in the time of the table that the method was made for.
                let middle = vp_level(0.5 * (vp_time(from) + vp_time(to)));
                let second = denoiser.noise(&straight(x, &noise, from, middle), middle);
                let third = denoiser.noise(&straight(x, &second, from, middle), middle);
                let fourth = denoiser.noise(&straight(x, &third, from, to), to);
                let sixth = 1.0 / 6.0;
                S::combine(&[(sixth, &noise), (2.0 * sixth, &second), (2.0 * sixth, &third), (sixth, &fourth)])
            }
            _ => {
                let weights = WEIGHTS[self.history.len() - 1];
                let terms: Vec<(f64, &S)> = weights.iter().copied().zip(&self.history).collect();
                S::combine(&terms)
            }
        };
        Step { state: straight(x, &direction, from, to), noise }
    }
}
