//! The two samplers of the convergence theory behind the accelerated objective, in its own variables: `alpha = alpha_bar_t /
//! alpha_bar_s`, the score `s = -noise / sqrt(1 - alpha_bar)` and the curvature bracket `B = (c - noise) / (1 -
//! alpha_bar)^{3/2}`. Both are Taylor steps in `sigma^2`, of first and second order; they need many steps, since a single one
//! can shrink the noise by no more than 2 and 8/3.

use super::{Formula, Group, Info, Step, Stride};
use crate::level::Level;
use crate::state::State;

pub(super) const PLAIN: Info = Info {
    value: "li_plain",
    label: "Li et al., plain",
    group: Group::Theory,
    help: "The deterministic sampler of the convergence theorems: straight in the noise variance.",
    formula: r"x_s = \frac{1}{\sqrt\alpha}\Bigl(x_t + \frac{1-\alpha}{2}\,s_t\Bigr),\quad \alpha=\tfrac{\bar\alpha_t}{\bar\alpha_s}",
    source: "2306.09251, 2403.03852",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const ACCELERATED: Info = Info {
    value: "li_accel",
    label: "Li et al., accelerated",
    group: Group::Theory,
    help: "The same with the second-order term; made for many steps.",
    formula: r"x_s = \frac{1}{\sqrt\alpha}\Bigl(x_t + \frac{1-\alpha}{2}\,s_t + \frac{(1-\alpha)^2}{8}\,B_t\Bigr)",
    source: "2306.09251",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    stochastic: false,
    parameters: &[],
};

pub(super) const TRAINING_FREE: Info = Info {
    value: "li_tf_accel",
    label: "Li et al., training-free",
    group: Group::Theory,
    help: "Finds the second-order term by a look one step back: a second evaluation in place of a second head.",
    formula: r"x_s = \frac{1}{\sqrt{\alpha}}\Bigl(x_t + \frac{1-\alpha}{2}\,s_t + \frac{(1-\alpha)^2}{4(1-\alpha')}\bigl(s_t - \sqrt{\alpha'}\,s_{t+1}(x^-)\bigr)\Bigr),\quad x^- = \sqrt{\alpha'}\Bigl(x_t - \frac{1-\alpha'}{2}\,s_t\Bigr)",
    source: "2403.03852 eq 11",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    stochastic: false,
    parameters: &[],
};

pub(super) struct Plain;

impl<S: State> Formula<S> for Plain {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let of_noise = -(1.0 - alpha) / 2.0 / from.noise_scale();
        Step { state: S::combine(&[(alpha.sqrt().recip(), x), (of_noise / alpha.sqrt(), &noise)]), noise }
    }
}

pub(super) struct Accelerated;

impl<S: State> Formula<S> for Accelerated {
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

/// `alpha'` is the ratio of the step before; the first step is plain.
pub(super) struct TrainingFree {
    before: Option<Level>,
}

impl TrainingFree {
    pub(super) fn new() -> Self {
        Self { before: None }
    }
}

impl<S: State> Formula<S> for TrainingFree {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Some(before) = self.before.replace(stride.from) else {
            return Formula::step(&mut Plain, stride);
        };
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let (alpha, alpha_before) = (from.alpha_bar() / to.alpha_bar(), before.alpha_bar() / from.alpha_bar());
        let root = alpha_before.sqrt();
        let of_score = |score: f64| -score / from.noise_scale();
        let back = S::combine(&[(root, x), (of_score(-root * (1.0 - alpha_before) / 2.0), &noise)]);
        let earlier = denoiser.noise(&back, before);
        let bend = (1.0 - alpha).powi(2) / (4.0 * (1.0 - alpha_before));
        let state = S::combine(&[
            (alpha.sqrt().recip(), x),
            (of_score(((1.0 - alpha) / 2.0 + bend) / alpha.sqrt()), &noise),
            (bend * root / before.noise_scale() / alpha.sqrt(), &earlier),
        ]);
        Step { state, noise }
    }
}
