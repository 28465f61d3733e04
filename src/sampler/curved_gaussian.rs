//! Curved steps that are exact for round Gaussian data, however long they are.
//!
//! Along the path of data with variance `s^2` the noise is `eh ~ sigma / sqrt(s^2 + sigma^2)` and its turn `c = q eh` with `q = s^2 /
//! (s^2 + sigma^2)`. Read backwards: the turn along the noise, `q = c . eh / |eh|^2`, tells the width of the data as far as this
//! point shows it, and so how the noise will fall all the way down. With `r = sigma_s / sigma_t`,
//!
//! `int eh dsigma = -sigma_t (1 - r^2) / (1 + sqrt(q + r^2 (1 - q))) eh_t` and `eh(sigma_s) = r / sqrt(q + r^2 (1 - q)) eh_t`.
//!
//! The part of the turn across the noise makes the noise linear in `ln sigma`.

use super::curved::{PARAMETERS, first_moment, moved};
use super::{Formula, Group, Info, Slope, Step, Stride};
use crate::level::Level;
use crate::parameters::Checked;
use crate::prediction::Prediction;
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "curved_gaussian",
    group: Group::Turn,
    label: "Gaussian curve",
    help: "Reads the width of the data from the turn, and follows the path of a Gaussian of that width to the step’s end.",
    formula: r"y_s = y_t - \frac{\sigma_t(1-r^2)}{1+\sqrt{q+r^2(1-q)}}\,\hat\epsilon_t + \Bigl(\sigma_s\ln\frac{\sigma_s}{\sigma_t}-(\sigma_s-\sigma_t)\Bigr)(c_t-q\,\hat\epsilon_t),\quad q=\frac{c_t\cdot\hat\epsilon_t}{|\hat\epsilon_t|^2},\ r=\frac{\sigma_s}{\sigma_t}",
    source: "own; Gaussian paths as in 2412.09726; the turn as in GENIE, 2210.05475, and 2306.09251",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: PARAMETERS,
};

pub(super) const CORRECTED: Info = Info {
    value: "curved_gaussian_pc",
    group: Group::Turn,
    label: "Gaussian curve, corrected",
    help: "Follows the path of a Gaussian whose width is read from the turn, and redoes each step once the next velocity is known, at no extra evaluation.",
    formula: r"y_s = y_t + \int_{\sigma_t}^{\sigma_s} \Bigl(g(\sigma) + \frac{\ln^2(\sigma/\sigma_t)}{\ln^2(\sigma_s/\sigma_t)}\bigl(\hat\epsilon_s-g(\sigma_s)\bigr)\Bigr)d\sigma,\quad g\text{ as without correction}",
    source: "own; as without correction; the free corrector as in UniPC, 2302.04867",
    evaluations: 1,
    order: 3,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: PARAMETERS,
};

/// One step along the path that a round Gaussian would have whose noise turns as the prediction says; exact for such data, however
/// long the step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CurvedGaussian {
    /// Where the turn comes from.
    pub slope: Slope,
}

impl From<Checked<'_>> for CurvedGaussian {
    fn from(parameters: Checked<'_>) -> Self {
        Self { slope: parameters.into() }
    }
}

impl<S: State> Formula<S> for CurvedGaussian {
    /// Noise and level of the last evaluation.
    type Memory = Option<(S, Level)>;

    async fn step(&self, last: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { x, from, to, .. } = stride;
        let prediction = self.slope.predict(&stride, last.as_ref().map(|(noise, level)| (noise, *level)));
        *last = Some((prediction.noise.clone(), from));
        let (change, _) = model(&prediction, from, to);
        Step { state: moved(x, &change, from, to), noise: prediction.noise }
    }
}

/// The model's change of the VE state, and its noise at the end.
pub(super) fn model<S: State>(at: &Prediction<S>, from: Level, to: Level) -> (S, S) {
    let r = to.sigma() / from.sigma();
    let power = at.noise.dot(&at.noise).curve(TINY, -1.0, 0.0);
    // No Gaussian has q below 0 or above 1: what of the turn goes beyond is left to the other term.
    let q = at.turn.dot(&at.noise).scaled(&power).curve(0.0, 1.0, -1.0);
    let below = S::combine(&[(-1.0, &q)]).curve(0.0, 1.0, 0.0);
    let q = S::combine(&[(-1.0, &below)]).curve(-1.0, 1.0, 1.0);
    let across = S::combine(&[(1.0, &at.turn), (-1.0, &at.noise.scaled(&q))]);
    // q + r^2 (1 - q)
    let root = S::combine(&[(1.0 - r * r, &q)]).curve(0.0, 1.0, r * r).curve(TINY, 0.5, 0.0);
    let part = root.curve(0.0, 1.0, 1.0).curve(0.0, -1.0, 0.0);
    let along = at.noise.scaled(&part);
    let change = S::combine(&[(-from.sigma() * (1.0 - r * r), &along), (first_moment(from, to), &across)]);
    let end_over_r = at.noise.scaled(&root.curve(0.0, -1.0, 0.0));
    let end = match r > 0.0 {
        true => S::combine(&[(r, &end_over_r), (r.ln(), &across)]),
        false => end_over_r,
    };
    (change, end)
}

/// Keeps divisions and roots of nothing finite, in single precision too.
const TINY: f64 = 1e-24;
