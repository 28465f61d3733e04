//! Pseudo linear multistep: Adams-Bashforth weights on the last noise predictions, moved by the DDIM map. The first steps use
//! the lower orders.

use std::collections::VecDeque;

use super::{Info, Sampler, Step, Stride, straight};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "plms4",
    label: "PLMS",
    help: "Extrapolates the velocity from the last four evaluations.",
    source: "2202.09778 eq 12",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    stochastic: false,
};

/// Adams-Bashforth weights of orders 1 to 4, newest first.
const WEIGHTS: [&[f64]; 4] = [
    &[1.0],
    &[3.0 / 2.0, -1.0 / 2.0],
    &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0],
    &[55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
];

pub(super) struct Plms<S> {
    history: VecDeque<S>,
}

impl<S> Plms<S> {
    pub(super) fn new() -> Self {
        Self { history: VecDeque::with_capacity(WEIGHTS.len()) }
    }
}

impl<S: State> Sampler<S> for Plms<S> {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        self.history.truncate(WEIGHTS.len() - 1);
        self.history.push_front(noise.clone());
        let weights = WEIGHTS[self.history.len() - 1];
        let terms: Vec<(f64, &S)> = weights.iter().copied().zip(&self.history).collect();
        Step { state: straight(x, &S::combine(&terms), from, to), noise }
    }
}
