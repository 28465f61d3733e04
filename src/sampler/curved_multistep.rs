//! Curved steps that look back: the noise as a polynomial in `u = ln(sigma / sigma_t)` through value and slope now and value, or
//! value and slope, one step back, integrated exactly. The first step, and a step to no noise, use value and slope alone.

use super::curved::{curve, first_moment};
use super::quadrature::integrate;
use super::{Formula, Group, Info, Step, Stride, scale};
use crate::denoiser::Prediction;
use crate::level::Level;
use crate::state::State;

pub(super) const QUADRATIC: Info = Info {
    value: "curved_quadratic",
    label: "Curved, quadratic",
    group: Group::Turn,
    help: "Velocity and turn now, velocity one step back: made for exact turns and many steps.",
    formula: r"y_s = y_t + \int_{\sigma_t}^{\sigma_s} q\Bigl(\ln\frac{\sigma}{\sigma_t}\Bigr)d\sigma,\quad q(0)=\hat\epsilon_t,\ q'(0)=c_t,\ q(u_{t+1})=\hat\epsilon_{t+1}",
    source: "own, after 2306.09251",
    evaluations: 1,
    order: 3,
    uses_turn: true,
    stochastic: false,
    parameters: &[],
};

pub(super) const HERMITE: Info = Info {
    value: "curved_hermite",
    label: "Curved, Hermite",
    group: Group::Turn,
    help: "Velocity and turn now and one step back: the highest order here, for exact turns and many steps.",
    formula: r"y_s = y_t + \int_{\sigma_t}^{\sigma_s} q\Bigl(\ln\frac{\sigma}{\sigma_t}\Bigr)d\sigma,\quad q(0)=\hat\epsilon_t,\ q'(0)=c_t,\ q(u_{t+1})=\hat\epsilon_{t+1},\ q'(u_{t+1})=c_{t+1}",
    source: "own, after 2306.09251",
    evaluations: 1,
    order: 4,
    uses_turn: true,
    stochastic: false,
    parameters: &[],
};

#[derive(Clone, Copy)]
pub(super) enum Model {
    Quadratic,
    Hermite,
}

pub(super) struct Multistep<S> {
    model: Model,
    last: Option<(Prediction<S>, Level)>,
}

impl<S> Multistep<S> {
    pub(super) fn new(model: Model) -> Self {
        Self { model, last: None }
    }
}

impl Model {
    /// Weights at `u` of value and slope at 0, and of value and slope at `back`.
    fn weights(self, u: f64, back: f64) -> [f64; 4] {
        let r = u / back;
        match self {
            Model::Quadratic => [1.0 - r * r, u - u * r, r * r, 0.0],
            Model::Hermite => {
                [(1.0 + 2.0 * r) * (1.0 - r).powi(2), u * (1.0 - r).powi(2), r * r * (3.0 - 2.0 * r), u * r * (r - 1.0)]
            }
        }
    }
}

impl<S: State> Formula<S> for Multistep<S> {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let now = denoiser.noise_and_turn(x, from);
        let state = match &self.last {
            Some((before, level)) if to.sigma() > 0.0 => {
                let back = (level.sigma() / from.sigma()).ln();
                let end = (to.sigma() / from.sigma()).ln();
                let weight = |i: usize| {
                    let moment = integrate(0.0, end, |u| u.exp() * self.model.weights(u, back)[i]);
                    to.signal_scale() * from.sigma() * moment
                };
                S::combine(&[
                    (scale(from, to), x),
                    (weight(0), &now.noise),
                    (weight(1), &now.turn),
                    (weight(2), &before.noise),
                    (weight(3), &before.turn),
                ])
            }
            _ => curve(x, &now, first_moment(from, to), from, to),
        };
        let noise = now.noise.clone();
        self.last = Some((now, from));
        Step { state, noise }
    }
}
