//! The two samplers of the convergence theory behind the accelerated objective, in its own variables: `alpha = alpha_bar_t /
//! alpha_bar_s`, the score `s = -noise / sqrt(1 - alpha_bar)` and the curvature bracket `B = (c - noise) / (1 -
//! alpha_bar)^{3/2}`. Both are Taylor steps in `sigma^2`, of first and second order; they need many steps, since a single one
//! can shrink the noise by no more than 2 and 8/3.

use super::{Formula, Group, Info, Step, Stride};
use crate::level::Level;
use crate::prediction::Prediction;
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
    uses_map: false,
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
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const LITERAL: Info = Info {
    value: "li_literal",
    label: "Li et al., accelerated, as printed",
    group: Group::Theory,
    help: "The accelerated one with the target y* of one printed form, which lacks a factor: its term of second order is wrong, and so it is of first order.",
    formula: r"x_s = \frac{1}{\sqrt\alpha}\Bigl(x_t + \frac{1-\alpha}{2}\,s_t + \frac{(1-\alpha)^2}{8}\Bigl(B_t - \frac{\bar\alpha_t\,m_t}{(1-\bar\alpha_t)^{3/2}}\Bigr)\Bigr),\quad m = \mathbb E[\lVert\epsilon\rVert^2(\epsilon-\hat\epsilon) \mid x]",
    source: "README of Diffusion-faster-conv, after 2306.09251",
    evaluations: 3,
    order: 1,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const TRAINING_FREE: Info = Info {
    value: "li_tf_accel",
    label: "Li et al., training-free",
    group: Group::Theory,
    help: "Finds the second-order term by an evaluation one step back, in place of a second head.",
    formula: r"x_s = \frac{1}{\sqrt{\alpha}}\Bigl(x_t + \frac{1-\alpha}{2}\,s_t + \frac{(1-\alpha)^2}{4(1-\alpha')}\bigl(s_t - \sqrt{\alpha'}\,s_{t+1}(x^-)\bigr)\Bigr),\quad x^- = \sqrt{\alpha'}\Bigl(x_t - \frac{1-\alpha'}{2}\,s_t\Bigr)",
    source: "2403.03852 eq 11",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

/// The deterministic sampler of the convergence theorems (arXiv 2306.09251, 2403.03852): a Taylor step of first order in
/// `sigma^2`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiPlain;

impl<S: State> Formula<S> for LiPlain {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let of_noise = -(1.0 - alpha) / 2.0 / from.noise_scale();
        Step { state: S::combine(&[(alpha.sqrt().recip(), x), (of_noise / alpha.sqrt(), &noise)]), noise }
    }
}

/// The accelerated deterministic sampler (arXiv 2306.09251): [`LiPlain`] with the second-order term.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiAccelerated;

impl<S: State> Formula<S> for LiAccelerated {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let prediction = denoiser.noise_and_turn(x, from);
        Step { state: accelerated(x, &prediction, from, to), noise: prediction.noise }
    }
}

/// The step with the bracket `(c - eh) / (1 - alpha_bar)^{3/2}`.
fn accelerated<S: State>(x: &S, Prediction { noise, turn }: &Prediction<S>, from: Level, to: Level) -> S {
    let alpha = from.alpha_bar() / to.alpha_bar();
    let of_bracket = (1.0 - alpha).powi(2) / 8.0 / from.noise_scale().powi(3);
    let of_noise = -(1.0 - alpha) / 2.0 / from.noise_scale() - of_bracket;
    S::combine(&[(alpha.sqrt().recip(), x), (of_noise / alpha.sqrt(), noise), (of_bracket / alpha.sqrt(), turn)])
}

/// [`LiAccelerated`] with the expectation of `y*` as the README of Diffusion-faster-conv prints it, which has `|eps|^2` in place of `|u|^2`:
/// in normalised units it lacks `alpha_bar m`, `m = E[|eps|^2 (eps - eh) | x] = c + Cov(eps | x) eh`. The covariance is a
/// derivative of the denoiser along `eh`, here a central difference.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiLiteral;

/// Half the width of the difference, in units of the VP state's noise: wide enough for single precision.
const WIDTH: f64 = 0.05;

impl<S: State> Formula<S> for LiLiteral {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let Prediction { noise, turn } = denoiser.noise_and_turn(x, from);
        let at = |step: f64| denoiser.noise(&S::combine(&[(1.0, x), (step * from.noise_scale(), &noise)]), from);
        // `Cov = 1 - sqrt(1 - alpha_bar) d eh / dx`.
        let scale = 0.5 / WIDTH;
        let signal = from.alpha_bar();
        let printed = S::combine(&[
            (1.0 - signal, &turn),
            (-signal, &noise),
            (signal * scale, &at(WIDTH)),
            (-signal * scale, &at(-WIDTH)),
        ]);
        let prediction = Prediction { noise, turn: printed };
        Step { state: accelerated(x, &prediction, from, to), noise: prediction.noise }
    }
}

/// The training-free accelerated sampler (arXiv 2403.03852, eq 11), with `alpha'` the ratio of the step before. The first step is
/// one of [`LiPlain`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiTrainingFree;

impl<S: State> Formula<S> for LiTrainingFree {
    /// The level before.
    type Memory = Option<Level>;

    async fn step(&self, previous: &mut Option<Level>, stride: Stride<'_, S>) -> Step<S> {
        let Some(before) = previous.replace(stride.from) else {
            return LiPlain.step(&mut (), stride).await;
        };
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let (alpha, alpha_prime) = (from.alpha_bar() / to.alpha_bar(), before.alpha_bar() / from.alpha_bar());
        let root = alpha_prime.sqrt();
        let of_score = |score: f64| -score / from.noise_scale();
        let x_minus = S::combine(&[(root, x), (of_score(-root * (1.0 - alpha_prime) / 2.0), &noise)]);
        let noise_minus = denoiser.noise(&x_minus, before);
        let second_order = (1.0 - alpha).powi(2) / (4.0 * (1.0 - alpha_prime));
        let state = S::combine(&[
            (alpha.sqrt().recip(), x),
            (of_score(((1.0 - alpha) / 2.0 + second_order) / alpha.sqrt()), &noise),
            (second_order * root / before.noise_scale() / alpha.sqrt(), &noise_minus),
        ]);
        Step { state, noise }
    }
}
