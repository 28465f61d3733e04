//! Curved multistep samplers: the noise as a polynomial in `u = ln(sigma / sigma_t)` through value and slope now and value, or
//! value and slope, one step back, integrated exactly. The first step, and a step to no noise, use value and slope alone.

use super::curved::{PARAMETERS, curve, first_moment};
use super::quadrature::integrate;
use super::{Formula, Group, Info, Slope, Step, Stride, scale};
use crate::level::Level;
use crate::prediction::Prediction;
use crate::state::State;

pub(super) const QUADRATIC: Info = Info {
    value: "curved_quadratic",
    label: "Curved, quadratic",
    group: Group::Turn,
    help: "Velocity and turn now, velocity one step back: made for exact turns and many steps.",
    formula: r"y_s = y_t + \int_{\sigma_t}^{\sigma_s} q\Bigl(\ln\frac{\sigma}{\sigma_t}\Bigr)d\sigma,\quad q(0)=\hat\epsilon_t,\ q'(0)=c_t,\ q(u_{t+1})=\hat\epsilon_{t+1}",
    source: "own; the turn as in GENIE, 2210.05475, and 2306.09251",
    evaluations: 1,
    order: 3,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: PARAMETERS,
};

pub(super) const HERMITE: Info = Info {
    value: "curved_hermite",
    label: "Curved, Hermite",
    group: Group::Turn,
    help: "Velocity and turn now and one step back: the highest order here, for exact turns and many steps.",
    formula: r"y_s = y_t + \int_{\sigma_t}^{\sigma_s} q\Bigl(\ln\frac{\sigma}{\sigma_t}\Bigr)d\sigma,\quad q(0)=\hat\epsilon_t,\ q'(0)=c_t,\ q(u_{t+1})=\hat\epsilon_{t+1},\ q'(u_{t+1})=c_{t+1}",
    source: "own; the turn as in GENIE, 2210.05475, and 2306.09251",
    evaluations: 1,
    order: 4,
    uses_turn: true,
    uses_map: false,
    stochastic: false,
    parameters: PARAMETERS,
};

/// A step along a polynomial in `u = ln(sigma / sigma_t)` through noise and turn now and the last evaluation, integrated exactly.
/// The first step, and a step to no noise, are those of [`Taylor2Log`](super::Taylor2Log).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvedMultistep {
    /// What of the last evaluation the polynomial passes through.
    pub interpolant: Interpolant,
    /// Where the turn comes from.
    pub slope: Slope,
}

/// The polynomial of [`CurvedMultistep`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolant {
    /// Through the last evaluation's noise: order 3.
    Quadratic,
    /// Through its noise and turn: order 4.
    Hermite,
}

impl Interpolant {
    /// Weights at `u` of value and slope at 0, and of value and slope at `back`.
    fn weights(self, u: f64, back: f64) -> [f64; 4] {
        let r = u / back;
        match self {
            Interpolant::Quadratic => [1.0 - r * r, u - u * r, r * r, 0.0],
            Interpolant::Hermite => {
                [(1.0 + 2.0 * r) * (1.0 - r).powi(2), u * (1.0 - r).powi(2), r * r * (3.0 - 2.0 * r), u * r * (r - 1.0)]
            }
        }
    }
}

impl<S: State> Formula<S> for CurvedMultistep {
    /// The last evaluation and its level.
    type Memory = Option<(Prediction<S>, Level)>;

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { x, from, to, .. } = stride;
        let now = self.slope.predict(&stride, memory.as_ref().map(|(previous, level)| (&previous.noise, *level)));
        let state = match memory {
            Some((previous, level)) if to.sigma() > 0.0 => {
                let back = (level.sigma() / from.sigma()).ln();
                let end = (to.sigma() / from.sigma()).ln();
                let weight = |i: usize| {
                    let moment = integrate(0.0, end, |u| u.exp() * self.interpolant.weights(u, back)[i]);
                    to.signal_scale() * from.sigma() * moment
                };
                S::combine(&[
                    (scale(from, to), x),
                    (weight(0), &now.noise),
                    (weight(1), &now.turn),
                    (weight(2), &previous.noise),
                    (weight(3), &previous.turn),
                ])
            }
            _ => curve(x, &now, first_moment(from, to), from, to),
        };
        let noise = now.noise.clone();
        *memory = Some((now, from));
        Step { state, noise }
    }
}
