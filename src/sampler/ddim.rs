//! DDIM: without noise it is Euler's method in sigma; with `eta = 1` it is DDPM with the small variance.

use super::{Formula, Group, Info, Step, Stride, straight};
use crate::parameters::{Kind, Parameter};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "ddim",
    label: "DDIM",
    group: Group::Straight,
    help: "Follows the velocity in a straight line until the next level.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t",
    source: "2010.02502 eq 12",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: false,
    parameters: &[Parameter {
        key: "eta",
        label: "Fresh noise",
        help: "0 draws no noise, 1 as much as DDPM.",
        kind: Kind::Number { default: 0.0, min: 0.0, max: 1.0, log: false },
    }],
};

pub(super) struct Ddim {
    eta: f64,
}

impl Ddim {
    pub(super) fn new(eta: f64) -> Self {
        Self { eta }
    }
}

impl<S: State> Formula<S> for Ddim {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let kept = to.noise_power() / from.noise_power();
        let fresh = self.eta.powi(2) * kept * (1.0 - from.alpha_bar() / to.alpha_bar());
        if fresh == 0.0 {
            return Step { state: straight(x, &noise, from, to), noise };
        }
        let of_noise = (to.noise_power() - fresh).sqrt() - to.signal_scale() * from.sigma();
        let of_x = to.signal_scale() / from.signal_scale();
        Step { state: S::combine(&[(of_x, x), (of_noise, &noise), (fresh.sqrt(), &draw())]), noise }
    }
}
