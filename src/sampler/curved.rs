//! Curved steps: samplers that follow the velocity and its turn.
//!
//! With `c = d noise / d ln sigma` along the path, a model of the noise over a step can be integrated exactly:
//! `y_s = y_t + int noise(sigma) dsigma` from `sigma_t` to `sigma_s`. A model linear in sigma gives a parabola, one linear in
//! ln sigma a smaller error almost everywhere.

use super::{Formula, Group, Info, Slope, Step, Stride, curved_gaussian, first_step, scale, slope};
use crate::level::Level;
use crate::parameters::{Checked, Parameter};
use crate::prediction::Prediction;
use crate::state::State;

/// What all curved samplers can choose.
pub(super) const PARAMETERS: &[Parameter] = &[slope::PARAMETER, first_step::PARAMETER];

pub(super) const TAYLOR: Info = Info {
    value: "ddim_taylor2",
    label: "GENIE: parabola in sigma",
    group: Group::Turn,
    help: "DDIM plus the second-order Taylor term: every step is a parabola.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t + \frac{(\sigma_s-\sigma_t)^2}{2\sigma_t}\,c_t",
    source: "GENIE: 2210.05475, the learned derivative too",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: PARAMETERS,
};

pub(super) const TAYLOR_LOG: Info = Info {
    value: "taylor2_log",
    label: "Curve in ln sigma",
    group: Group::Turn,
    help: "One curved step at a time, with the velocity changing evenly in ln sigma.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t + \Bigl(\sigma_s\ln\frac{\sigma_s}{\sigma_t}-(\sigma_s-\sigma_t)\Bigr)c_t",
    source: "DPM-Solver with the exact derivative: 2206.00927",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: PARAMETERS,
};

pub(super) const PREDICTOR_CORRECTOR: Info = Info {
    value: "curved_pc",
    label: "Curved, corrected",
    group: Group::Turn,
    help: "Steps along the learned curve, then redoes the step once the next velocity is known, at no extra evaluation.",
    formula: r"y_s = y_t + \int_{\sigma_t}^{\sigma_s} q\Bigl(\ln\frac{\sigma}{\sigma_t}\Bigr)d\sigma,\quad q(0)=\hat\epsilon_t,\ q'(0)=c_t,\ q(h)=\hat\epsilon_s",
    source: "own; the turn as in GENIE, 2210.05475, and 2306.09251; the free corrector as in UniPC, 2302.04867",
    evaluations: 1,
    order: 3,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: PARAMETERS,
};

/// GENIE's sampler (arXiv 2210.05475): the second-order Taylor step in `sigma`,
/// `y += (sigma_s - sigma_t) eh + (sigma_s - sigma_t)^2 / (2 sigma_t) c`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DdimTaylor2 {
    /// Where `c` comes from.
    pub slope: Slope,
}

impl From<Checked<'_>> for DdimTaylor2 {
    fn from(parameters: Checked<'_>) -> Self {
        Self { slope: parameters.into() }
    }
}

impl<S: State> Formula<S> for DdimTaylor2 {
    /// Noise and level of the last evaluation.
    type Memory = Option<(S, Level)>;

    async fn step(&self, last: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { x, from, to, .. } = stride;
        let prediction = self.slope.predict(&stride, last.as_ref().map(|(noise, level)| (noise, *level)));
        *last = Some((prediction.noise.clone(), from));
        let change = to.sigma() - from.sigma();
        let state = curve(x, &prediction, change * change / (2.0 * from.sigma()), from, to);
        Step { state, noise: prediction.noise }
    }
}

/// DPM-Solver's expansion with the exact derivative, `k = 2` (arXiv 2206.00927), that is the second-order Taylor step in
/// `ln sigma`: `y += (sigma_s - sigma_t) eh + (sigma_s ln(sigma_s / sigma_t) - (sigma_s - sigma_t)) c`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Taylor2Log {
    /// Where `c` comes from.
    pub slope: Slope,
}

impl From<Checked<'_>> for Taylor2Log {
    fn from(parameters: Checked<'_>) -> Self {
        Self { slope: parameters.into() }
    }
}

impl<S: State> Formula<S> for Taylor2Log {
    /// Noise and level of the last evaluation.
    type Memory = Option<(S, Level)>;

    async fn step(&self, last: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { x, from, to, .. } = stride;
        let prediction = self.slope.predict(&stride, last.as_ref().map(|(noise, level)| (noise, *level)));
        *last = Some((prediction.noise.clone(), from));
        let state = curve(x, &prediction, first_moment(from, to), from, to);
        Step { state, noise: prediction.noise }
    }
}

/// Predicts with a model of the step. Once the noise at the predicted state is known, redoes the last step from its start with a
/// quadratic in `ln sigma` added that brings the model to that noise, and predicts onward from the corrected state. The
/// corrector needs no evaluation of its own, as UniPC's (arXiv 2302.04867).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CurvedPc {
    /// The model to predict with and to correct.
    pub model: CurveModel,
    /// Where the turn of the model comes from. The order is 3 with the turn, 2 with that of history, 1 with none.
    pub slope: Slope,
}

/// A model of the noise over a step from its value and turn at the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CurveModel {
    /// Linear in `ln sigma`, as [`Taylor2Log`].
    #[default]
    LogSigma,
    /// That of a Gaussian, as [`CurvedGaussian`](super::CurvedGaussian).
    Gaussian,
}

impl CurveModel {
    /// The change of the VE state over the step `from` to `to`, and the noise that the model expects at its end. `to` has noise where
    /// the latter is used.
    fn predict<S: State>(self, at: &Prediction<S>, from: Level, to: Level) -> (S, S) {
        match self {
            CurveModel::LogSigma => linear(at, from, to),
            CurveModel::Gaussian => curved_gaussian::model(at, from, to),
        }
    }
}

impl<S: State> Formula<S> for CurvedPc {
    /// Corrected start of the last step, the prediction at its uncorrected start, and its level.
    type Memory = Option<(S, Prediction<S>, Level)>;

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { x, from, to, .. } = stride;
        let last = memory.as_ref().map(|(_, previous, level)| (&previous.noise, *level));
        let prediction = self.slope.predict(&stride, last);
        let start = match memory.take() {
            Some((start, previous, level)) => {
                let (change, expected) = self.model.predict(&previous, level, from);
                let h = (from.sigma() / level.sigma()).ln();
                let second_moment = from.sigma() * h * h - 2.0 * first_moment(level, from);
                let weight = second_moment / (h * h);
                let change = S::combine(&[(1.0, &change), (weight, &prediction.noise), (-weight, &expected)]);
                moved(&start, &change, level, from)
            }
            None => x.clone(),
        };
        let (change, _) = self.model.predict(&prediction, from, to);
        let state = moved(&start, &change, from, to);
        let noise = prediction.noise.clone();
        *memory = Some((start, prediction, from));
        Step { state, noise }
    }
}

/// The model of [`Taylor2Log`]: the noise is linear in `ln sigma`.
fn linear<S: State>(at: &Prediction<S>, from: Level, to: Level) -> (S, S) {
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
