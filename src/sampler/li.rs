//! The two samplers of the convergence theory behind the accelerated objective, in its own variables: `alpha = alpha_bar_t /
//! alpha_bar_s`, the score `s = -noise / sqrt(1 - alpha_bar)` and the curvature bracket `B = (c - noise) / (1 -
//! alpha_bar)^{3/2}`. Both are Taylor steps in `sigma^2`, of first and second order; they need many steps, since a single one
//! can shrink the noise by no more than 2 and 8/3.

use super::{Info, Sampler, Step, Stride};
use crate::state::State;

pub(super) const PLAIN: Info = Info {
    value: "li_plain",
    label: "Li et al., plain",
    help: "The deterministic sampler of the convergence theorems: straight in the noise variance.",
    source: "2306.09251, 2403.03852",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: false,
};

pub(super) const ACCELERATED: Info = Info {
    value: "li_accel",
    label: "Li et al., accelerated",
    help: "The same with the second-order term; made for many steps.",
    source: "2306.09251",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    stochastic: false,
};

pub(super) struct Plain;

impl<S: State> Sampler<S> for Plain {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let of_noise = -(1.0 - alpha) / 2.0 / from.noise_scale();
        Step { state: S::combine(&[(alpha.sqrt().recip(), x), (of_noise / alpha.sqrt(), &noise)]), noise }
    }
}

pub(super) struct Accelerated;

impl<S: State> Sampler<S> for Accelerated {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let prediction = denoiser.noise_and_turn(x, from);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let of_bracket = (1.0 - alpha).powi(2) / 8.0 / from.noise_scale().powi(3);
        let of_noise = -(1.0 - alpha) / 2.0 / from.noise_scale() - of_bracket;
        let state = S::combine(&[
            (alpha.sqrt().recip(), x),
            (of_noise / alpha.sqrt(), &prediction.noise),
            (of_bracket / alpha.sqrt(), &prediction.turn),
        ]);
        Step { state, noise: prediction.noise }
    }
}
