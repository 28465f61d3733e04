//! Curved steps: samplers that follow the velocity and its turn.
//!
//! With `c = d noise / d ln sigma` along the path, a model of the noise over a step can be integrated exactly:
//! `y_s = y_t + int noise(sigma) dsigma` from `sigma_t` to `sigma_s`. A model linear in sigma gives a parabola, one linear in
//! ln sigma a smaller error almost everywhere.

use super::{Formula, Group, Info, Step, Stride, scale};
use crate::denoiser::Prediction;
use crate::level::Level;
use crate::state::State;

pub(super) const TAYLOR: Info = Info {
    value: "ddim_taylor2",
    label: "Parabola in sigma",
    group: Group::Turn,
    help: "DDIM plus the second-order Taylor term: every step is a parabola.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t + \frac{(\sigma_s-\sigma_t)^2}{2\sigma_t}\,c_t",
    source: "own, after 2306.09251",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    stochastic: false,
    parameters: &[],
};

pub(super) const TAYLOR_LOG: Info = Info {
    value: "taylor2_log",
    label: "Curve in ln sigma",
    group: Group::Turn,
    help: "One curved step at a time, with the velocity changing evenly in ln sigma.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t + \Bigl(\sigma_s\ln\frac{\sigma_s}{\sigma_t}-(\sigma_s-\sigma_t)\Bigr)c_t",
    source: "own, after 2306.09251",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    stochastic: false,
    parameters: &[],
};

pub(super) const PREDICTOR_CORRECTOR: Info = Info {
    value: "curved_pc",
    label: "Curved, corrected",
    group: Group::Turn,
    help: "Steps along the learned curve, then redoes the step once the next velocity is known, at no extra evaluation.",
    formula: r"y_s = y_t + \int_{\sigma_t}^{\sigma_s} q\Bigl(\ln\frac{\sigma}{\sigma_t}\Bigr)d\sigma,\quad q(0)=\hat\epsilon_t,\ q'(0)=c_t,\ q(h)=\hat\epsilon_s",
    source: "own, after 2306.09251",
    evaluations: 1,
    order: 3,
    uses_turn: true,
    stochastic: false,
    parameters: &[],
};

/// `y += (sigma_s - sigma_t) noise + (sigma_s - sigma_t)^2 / (2 sigma_t) c`.
pub(super) struct Taylor;

impl<S: State> Formula<S> for Taylor {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let prediction = denoiser.noise_and_turn(x, from);
        let change = to.sigma() - from.sigma();
        let state = curve(x, &prediction, change * change / (2.0 * from.sigma()), from, to);
        Step { state, noise: prediction.noise }
    }
}

/// `y += (sigma_s - sigma_t) noise + (sigma_s ln(sigma_s / sigma_t) - (sigma_s - sigma_t)) c`.
pub(super) struct TaylorLog;

impl<S: State> Formula<S> for TaylorLog {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let prediction = denoiser.noise_and_turn(x, from);
        let state = curve(x, &prediction, first_moment(from, to), from, to);
        Step { state, noise: prediction.noise }
    }
}

/// A model of a step `from` to `to` that knows value and slope at its start: the change of the VE state, and the noise that it
/// expects at the end. `to` has noise where the latter is used.
pub(super) type Model<S> = fn(&Prediction<S>, from: Level, to: Level) -> (S, S);

/// Predicts with a model. When the noise at the predicted state is known, redoes the last step from its start with a quadratic in
/// ln sigma added that brings the model to that noise, and predicts onward from the corrected state.
pub(super) struct PredictorCorrector<S> {
    model: Model<S>,
    last: Option<(S, Prediction<S>, Level)>,
}

impl<S> PredictorCorrector<S> {
    pub(super) fn new(model: Model<S>) -> Self {
        Self { model, last: None }
    }
}

impl<S: State> Formula<S> for PredictorCorrector<S> {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let prediction = denoiser.noise_and_turn(x, from);
        let start = match self.last.take() {
            Some((start, then, level)) => {
                let (change, expected) = (self.model)(&then, level, from);
                let h = (from.sigma() / level.sigma()).ln();
                let second = from.sigma() * h * h - 2.0 * first_moment(level, from);
                let weight = second / (h * h);
                let change = S::combine(&[(1.0, &change), (weight, &prediction.noise), (-weight, &expected)]);
                moved(&start, &change, level, from)
            }
            None => x.clone(),
        };
        let (change, _) = (self.model)(&prediction, from, to);
        let state = moved(&start, &change, from, to);
        let noise = prediction.noise.clone();
        self.last = Some((start, prediction, from));
        Step { state, noise }
    }
}

/// The model of [`TaylorLog`]: the noise changes evenly in ln sigma.
pub(super) fn even<S: State>(at: &Prediction<S>, from: Level, to: Level) -> (S, S) {
    let change = S::combine(&[(to.sigma() - from.sigma(), &at.noise), (first_moment(from, to), &at.turn)]);
    let h = if to.sigma() > 0.0 { (to.sigma() / from.sigma()).ln() } else { 0.0 };
    (change, S::combine(&[(1.0, &at.noise), (h, &at.turn)]))
}

/// VP states `x` whose VE states change by `change`.
pub(super) fn moved<S: State>(x: &S, change: &S, from: Level, to: Level) -> S {
    S::combine(&[(scale(from, to), x), (to.signal_scale(), change)])
}

/// The straight move plus `of_turn` times the acceleration, in the VE state.
pub(super) fn curve<S: State>(x: &S, at: &Prediction<S>, of_turn: f64, from: Level, to: Level) -> S {
    let signal = to.signal_scale();
    S::combine(&[(scale(from, to), x), (signal * (to.sigma() - from.sigma()), &at.noise), (signal * of_turn, &at.turn)])
}

/// `int ln(sigma / sigma_t) dsigma` from `sigma_t` to `sigma_s`; its limit when `sigma_s = 0`.
pub(super) fn first_moment(from: Level, to: Level) -> f64 {
    let (start, end) = (from.sigma(), to.sigma());
    let logarithmic = if end > 0.0 { end * (end / start).ln() } else { 0.0 };
    logarithmic - (end - start)
}
