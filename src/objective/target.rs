//! What the second head is asked for.
//!
//! All forms teach the same head, whose output is the turn `c` that samplers use: `c = E[(|eps|^2 - kappa)(eps - eh) -
//! (eps - eh)((eps - eh) . eh) | x]` for any `kappa` that depends on `x` alone, since `E[eps - eh | x] = 0`. The other quantity of
//! arXiv 2306.09251, `y* = E[|u|^2 (u + s) + u (u . s) | x]` with `u = eps / sqrt(1 - alpha_bar)` and the score `s`, differs by a
//! known term, `(1 - alpha_bar)^{3/2} y* = c - |eh|^2 eh`, so a regression of `y*` is one of `c` against a noisier target.

use std::ops::{Add, Mul, Sub};

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::network::{Dual, LogSigma, Network};

/// Where the second head's target comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnTarget {
    /// `y*` as an extension of arXiv 2306.09251 prints it: `|eps|^2 (u + s) + eps (eps . s) / (1 - alpha_bar)`, which lacks the factor
    /// `1 / (1 - alpha_bar)` of its first term and has another mean.
    Literal,
    /// `y*`, in its own units: an error at little noise counts `(1 - alpha_bar)^{-3}` as much.
    Raw,
    /// `(1 - alpha_bar)^{3/2} y*`: `|eps|^2 (eps - eh) - eps (eps . eh)`.
    Normalised,
    /// `c` without a control variate: `kappa = 0`.
    Zero,
    /// `c` with `kappa = d`.
    Dimension,
    /// `c` with `kappa = |eh|^2`.
    Estimate,
    /// `c` with `kappa = |eh|^2 + m`, where `m` is the running mean of `|eps|^2 - |eh|^2` at the level: the least noisy of the
    /// single-sample targets. For few dimensions.
    #[default]
    Best,
    /// `(eh(sigma e^h) - eh(sigma e^-h)) / 2h` along the averaged network's own path, `h = 0.05`: no noise of the data, off by
    /// `O(h^2)`. For many dimensions.
    Central,
    /// `(eh(sigma) - eh(sigma e^-h)) / h`: one evaluation less, off by `O(h)`.
    OneSided,
    /// The derivative of the averaged network along its own path, exactly, by forward-mode differentiation (distilled as in arXiv
    /// 2210.05475). For images, whose network can't be differentiated so, [`TurnTarget::Central`].
    Derivative,
}

impl TurnTarget {
    /// Whether the target is made of a network that must have learned something, and has no noise of the data in it.
    pub fn distils(self) -> bool {
        matches!(self, TurnTarget::Central | TurnTarget::OneSided | TurnTarget::Derivative)
    }

    /// Whether errors count in the units of `y*`.
    pub(super) fn raw(self) -> bool {
        matches!(self, TurnTarget::Literal | TurnTarget::Raw)
    }
}

/// A single-sample target, up to a factor `(1 - alpha_bar)^{-3/2}` of `y*`. `T` is a number for one point, or a tensor `[n, 1]`.
#[derive(Clone, Debug)]
pub enum Form<T> {
    /// `(|eps|^2 - kappa)(eps - eh) - (eps - eh)((eps - eh) . eh)`, of mean `c`; `kappa = 0` if none.
    Turn {
        /// The control variate.
        kappa: Option<T>,
    },
    /// `(|eps|^2 - kappa)(eps - eh) - eps (eps . eh)`, of mean `(1 - alpha_bar)^{3/2} y*`.
    Normalised {
        /// The control variate.
        kappa: Option<T>,
    },
    /// `(1 - alpha_bar) |eps|^2 (eps - eh) - eps (eps . eh)`: [`TurnTarget::Literal`].
    Literal {
        /// `1 - alpha_bar`.
        noise_power: T,
    },
}

/// Products of the noise `eps` in a point and its estimate `eh`.
#[derive(Clone, Debug)]
pub struct Moments<T> {
    /// `|eps|^2`.
    pub noise: T,
    /// `eps . eh`.
    pub along: T,
    /// `|eh|^2`.
    pub estimate: T,
}

impl<T: Clone + Add<Output = T> + Sub<Output = T> + Mul<Output = T>> Form<T> {
    /// `(p, q)` of the target `p (eps - eh) - q eps`; no `q` where it is zero.
    fn coefficients(self, moments: &Moments<T>) -> (T, Option<T>) {
        let Moments { noise, along, estimate } = moments.clone();
        let less = |kappa: Option<T>| match kappa {
            Some(kappa) => noise.clone() - kappa,
            None => noise.clone(),
        };
        match self {
            Form::Turn { kappa } => (less(kappa) - (along - estimate), None),
            Form::Normalised { kappa } => (less(kappa), Some(along)),
            Form::Literal { noise_power } => (noise * noise_power, Some(along)),
        }
    }
}

/// The target `[d]` of one point with `noise` in it and the estimate `estimate` of it, both `[d]`.
pub fn target(form: Form<f64>, noise: &[f64], estimate: &[f64]) -> Vec<f64> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum();
    let moments = Moments { noise: dot(noise, noise), along: dot(noise, estimate), estimate: dot(estimate, estimate) };
    let (rest, whole) = form.coefficients(&moments);
    noise.iter().zip(estimate).map(|(eps, eh)| rest * (eps - eh) - whole.unwrap_or(0.0) * eps).collect()
}

/// The targets `[n, d]` of points with `noise` in them and the estimates `estimate` of it, both `[n, d]`; also what `form` is made
/// of, given the moments.
pub(super) fn targets(
    form: impl FnOnce(&Moments<Tensor<2>>) -> Form<Tensor<2>>,
    noise: Tensor<2>,
    estimate: Tensor<2>,
) -> (Tensor<2>, Moments<Tensor<2>>) {
    let moments = Moments {
        noise: noise.clone().square().sum_dim(1),
        along: (noise.clone() * estimate.clone()).sum_dim(1),
        estimate: estimate.clone().square().sum_dim(1),
    };
    let (rest, whole) = form(&moments).coefficients(&moments);
    let target = (noise.clone() - estimate) * rest;
    let target = match whole {
        Some(whole) => target - noise * whole,
        None => target,
    };
    (target, moments)
}

/// Half the width of the central difference, the whole of the one-sided one, in `ln sigma`.
const WIDTH: f64 = 0.05;

/// The turn `[n, d]` of the path that `average` makes through VP states `x` `[n, d]`, from the network alone.
pub(super) fn distilled(target: TurnTarget, x: Tensor<2>, level: &LogSigma, average: &Network) -> Tensor<2> {
    let noise = average.noise(x.clone(), level);
    let (_, signal, _) = level.scales();
    let sigma = level.0.clone().exp();
    if target == TurnTarget::Derivative
        && let Some(turn) = derivative(&x, &noise, level, average)
    {
        return turn;
    }
    let y = x / signal;
    let at = |shift: f64| {
        let level = LogSigma(level.0.clone().add_scalar(shift));
        let (_, signal, _) = level.scales();
        let moved = y.clone() + noise.clone() * sigma.clone().mul_scalar(shift.exp_m1());
        average.noise(moved * signal, &level)
    };
    match target {
        TurnTarget::OneSided => (noise.clone() - at(-WIDTH)).div_scalar(WIDTH),
        _ => (at(WIDTH) - at(-WIDTH)).div_scalar(2.0 * WIDTH),
    }
}

/// `d eh / d ln sigma` along `dx / d ln sigma = -(1 - alpha_bar) x + sqrt(1 - alpha_bar) eh`.
fn derivative(x: &Tensor<2>, noise: &Tensor<2>, level: &LogSigma, network: &Network) -> Option<Tensor<2>> {
    let (.., scale) = level.scales();
    let path = (noise.clone() - x.clone() * scale.clone()) * scale;
    let x = Dual { value: x.clone(), slopes: vec![path] };
    let level = Dual { value: level.0.clone(), slopes: vec![level.0.ones_like()] };
    network.noise_dual(x, level)?.slopes.pop()
}
