//! DDIM without noise, which is Euler's method in sigma.

use super::{Info, Sampler, Step, Stride, straight};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "ddim",
    label: "DDIM",
    help: "Follows the velocity in a straight line until the next level.",
    source: "2010.02502 eq 12",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: false,
};

pub(super) struct Ddim;

impl<S: State> Sampler<S> for Ddim {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        Step { state: straight(x, &noise, from, to), noise }
    }
}
