//! Curved steps that extrapolate the denoised points.
//!
//! With `lambda = -ln sigma` the path is `d(y / sigma) / d lambda = x0 / sigma`, so only the denoised points `x0` are guessed over
//! a step. Their slope is known twice: from the last evaluation, and from the turn, `d x0 / d lambda = sigma c`. Both are noisy in
//! many dimensions, and in different ways, so the mean of the two is better than either.
//!
//! Far above the data's widths `s` the denoised points leave their mean as `1 / sigma`, far below they settle evenly in `ln sigma`.
//! `v = ln(1 + s / sigma)` has both limits, and the slope is taken in `v`. That is a choice, not a derivation: a Gaussian's denoised points are
//! flat at low noise, where `v` is not. `s` and the share of the turn were tuned on the shipped network of digits.

use super::{Formula, Group, Info, Slope, Step, Stride, first_step, scale, slope};
use crate::parameters::{Checked, Kind, Parameter};
use crate::prediction::derived::denoised;
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "curved_denoised",
    label: "Curved, denoised",
    group: Group::Turn,
    help: "Extrapolates the denoised points, not the velocity: at first as the learned turn says, then also as they moved since the \
           last evaluation. Made for images and few steps.",
    formula: r"y_s = r\,y_t + (1-r)\Bigl(\hat x_{0,t} + \frac{v_s-v_t}{2}\Bigl(w\,\frac{\sigma_t(\sigma_t+s)}{s}\,c_t + (1-w)\frac{\hat x_{0,t}-\hat x_{0,t+1}}{v_t-v_{t+1}}\Bigr)\Bigr),\quad v=\ln\Bigl(1+\frac{s}{\sigma}\Bigr),\ r=\frac{\sigma_s}{\sigma_t}",
    source: "own; DPM-Solver++(2M), 2211.01095, with the turn as in GENIE, 2210.05475, and 2306.09251",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: &[
        Parameter {
            key: "share",
            label: "Share of the turn",
            help: "How much of the slope is the learned turn's once there is an earlier evaluation; the first step follows the turn alone.",
            kind: Kind::Number { default: 0.3, min: 0.0, max: 1.0, log: false },
        },
        Parameter {
            key: "width",
            label: "Width of the data",
            help: "The noise level around which the points stop growing out of their mean and begin to settle: larger for wider data.",
            kind: Kind::Number { default: 15.0, min: 0.1, max: 1000.0, log: true },
        },
        slope::PARAMETER,
        first_step::PARAMETER,
    ],
};

/// DPM-Solver++(2M) (arXiv 2211.01095) with a slope of the denoised points that is a weighted mean of two: from the turn, and from
/// the last evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvedDenoised {
    /// Weight of the turn's slope from the second step on, from 0 to 1; the first step has the turn's alone.
    pub share: f64,
    /// Noise level `s` in `v = ln(1 + s / sigma)`, the variable of the slope.
    pub width: f64,
    /// Where the turn comes from. Without the learned one the share is 0 and history alone tells the slope; the first step is straight,
    /// or that of Gaussian data.
    pub slope: Slope,
}

impl From<Checked<'_>> for CurvedDenoised {
    fn from(parameters: Checked<'_>) -> Self {
        Self { share: parameters.number("share"), width: parameters.number("width"), slope: parameters.into() }
    }
}

impl Default for CurvedDenoised {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl<S: State> Formula<S> for CurvedDenoised {
    /// Denoised points of the last evaluation, and their `v`.
    type Memory = Option<(S, f64)>;

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { x, from, to, last, .. } = stride;
        let at = self.slope.predict(&stride, None);
        let x0 = denoised(x, &at.noise, from);
        let v = |sigma: f64| (self.width / sigma).ln_1p();
        let v_t = v(from.sigma());
        let r = to.sigma() / from.sigma();
        let of_x0 = to.signal_scale() * (1.0 - r);
        let mut terms = vec![(scale(from, to) * r, x), (of_x0, &x0)];
        // As in DPM-Solver++(2M), the last step is straight: it may be much longer than the others, down to no noise at all.
        if !last {
            let of_slope = of_x0 * 0.5 * (v(to.sigma()) - v_t);
            // A turn that is not learned is no second opinion on the slope: history has told it already.
            let share = if self.slope == Slope::Learned { self.share } else { 0.0 };
            let w = if memory.is_some() { share } else { 1.0 };
            terms.push((of_slope * w * from.sigma() * (from.sigma() + self.width) / self.width, &at.turn));
            if let Some((x0_prev, v_prev)) = memory {
                let of_difference = of_slope * (1.0 - w) / (v_t - *v_prev);
                terms.extend([(of_difference, &x0), (-of_difference, x0_prev)]);
            }
        }
        let state = S::combine(&terms);
        *memory = Some((x0, v_t));
        Step { state, noise: at.noise }
    }
}
