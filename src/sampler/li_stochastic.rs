//! The stochastic samplers of the convergence theory: `alpha = alpha_bar_t / alpha_bar_s`, score `s = -eh / sqrt(1 - alpha_bar)`.

use super::{Formula, Group, Info, Step, Stride};
use crate::parameters::{Kind, Named, Parameter};
use crate::state::State;

pub(super) const PLAIN: Info = Info {
    value: "li_stochastic_plain",
    label: "Li et al., stochastic",
    group: Group::Theory,
    help: "The stochastic sampler of the convergence theorems.",
    formula: r"x_s = \frac{1}{\sqrt\alpha}\bigl(x_t + (1-\alpha)\,s_t(x_t) + \sqrt{1-\alpha}\,z\bigr)",
    source: "2306.09251, 2403.03852",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: true,
    parameters: &[],
};

pub(super) const ACCELERATED: Info = Info {
    value: "li_stochastic_accel",
    label: "Li et al., stochastic, accelerated",
    group: Group::Theory,
    help: "Half of the noise before the score is taken, half after: right covariance at no cost.",
    formula: r"x^+ = x_t + \sqrt{\tfrac{1-\alpha}{2}}\,z,\quad x_s = \frac{1}{\sqrt\alpha}\Bigl(x^+ + (1-\alpha)\,s_t(x^+) + \sqrt{\tfrac{1-\alpha}{2}}\,z^+\Bigr)",
    source: "2403.03852",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: true,
    parameters: &[Parameter {
        key: "form",
        label: "Form",
        help: "The paper’s formula, or what its authors’ programs do.",
        kind: Kind::Choice {
            default: "paper",
            options: &[
                Named { value: "paper", label: "Paper", help: "Both noises inside the division: the consistent form." },
                Named { value: "repo", label: "Program", help: "The second noise outside the division." },
                Named {
                    value: "cifar",
                    label: "Program, images",
                    help: "As before, and the first noise scaled down too.",
                },
            ],
        },
    }],
};

pub(super) struct Plain;

impl<S: State> Formula<S> for Plain {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let root = alpha.sqrt();
        let of_noise = -(1.0 - alpha) / from.noise_scale();
        let of_fresh = (1.0 - alpha).sqrt();
        let state = S::combine(&[(1.0 / root, x), (of_noise / root, &noise), (of_fresh / root, &draw())]);
        Step { state, noise }
    }
}

pub(super) struct Accelerated {
    scale_first: bool,
    second_outside: bool,
}

impl Accelerated {
    pub(super) fn new(form: &str) -> Self {
        Self { scale_first: form == "cifar", second_outside: form != "paper" }
    }
}

impl<S: State> Formula<S> for Accelerated {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let alpha = from.alpha_bar() / to.alpha_bar();
        let root = alpha.sqrt();
        let half = ((1.0 - alpha) / 2.0).sqrt();
        let first = if self.scale_first { half * root } else { half };
        let second = if self.second_outside { half } else { half / root };
        let shaken = S::combine(&[(1.0, x), (first, &draw())]);
        let noise = denoiser.noise(&shaken, from);
        let of_noise = -(1.0 - alpha) / from.noise_scale();
        let state = S::combine(&[(1.0 / root, &shaken), (of_noise / root, &noise), (second, &draw())]);
        Step { state, noise }
    }
}
