//! The reverse SDE and its probability-flow ODE, in the time of the Ornstein-Uhlenbeck process: `dx = (x + 2s) dt + sqrt(2) dw`
//! and `dx = (x + s) dt` backwards from `alpha_bar = exp(-2t)` (arXiv 2011.13456, 2406.12839).

use super::{Formula, Group, Info, Step, Stride, scale};
use crate::state::State;

pub(super) const EULER_MARUYAMA: Info = Info {
    value: "reverse_sde_em",
    label: "Reverse SDE, Euler–Maruyama",
    group: Group::Stochastic,
    help: "The simplest way to integrate the reverse SDE.",
    formula: r"x_s = x_t + h\,(x_t + 2 s_t) + \sqrt{2h}\,z",
    source: "2011.13456 sec 4",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: true,
    parameters: &[],
};

pub(super) const EXPONENTIAL: Info = Info {
    value: "reverse_sde_ei",
    label: "Reverse SDE, exponential",
    group: Group::Stochastic,
    help: "The linear part of the reverse SDE integrated exactly, the score held.",
    formula: r"x_s = e^h x_t + 2(e^h-1)\,s_t + \sqrt{e^{2h}-1}\,z",
    source: "2406.12839 sec 2",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: true,
    parameters: &[],
};

pub(super) const FLOW: Info = Info {
    value: "pf_ode_ei",
    label: "Flow, exponential",
    group: Group::Straight,
    help: "The same for the probability-flow ODE: no noise drawn.",
    formula: r"x_s = e^h x_t + (e^h-1)\,s_t",
    source: "2406.12839 sec 2",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const HEUN: Info = Info {
    value: "sde_heun",
    label: "Reverse SDE, Heun",
    group: Group::Stochastic,
    help: "Takes the mean of the scores at both ends: mean and covariance are right to second order.",
    formula: r"w=\sqrt{D}\,z,\quad y_s = y_t + w + \tfrac{D}{2}\bigl(g_t(y_t) + g_s(y_t + D g_t + w)\bigr),\quad D=\sigma_t^2-\sigma_s^2",
    source: "own",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    stochastic: true,
    parameters: &[],
};

pub(super) struct EulerMaruyama;

impl<S: State> Formula<S> for EulerMaruyama {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let h = from.ou_time() - to.ou_time();
        let of_noise = -2.0 * h / from.noise_scale();
        Step { state: S::combine(&[(1.0 + h, x), (of_noise, &noise), ((2.0 * h).sqrt(), &draw())]), noise }
    }
}

pub(super) struct Exponential;

impl<S: State> Formula<S> for Exponential {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let h = from.ou_time() - to.ou_time();
        let of_noise = -2.0 * h.exp_m1() / from.noise_scale();
        let of_fresh = (2.0 * h).exp_m1().sqrt();
        Step { state: S::combine(&[(h.exp(), x), (of_noise, &noise), (of_fresh, &draw())]), noise }
    }
}

pub(super) struct Flow;

impl<S: State> Formula<S> for Flow {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let h = from.ou_time() - to.ou_time();
        Step { state: S::combine(&[(h.exp(), x), (-h.exp_m1() / from.noise_scale(), &noise)]), noise }
    }
}

pub(super) struct Heun;

impl<S: State> Formula<S> for Heun {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let power = from.sigma().powi(2) - to.sigma().powi(2);
        let signal = to.signal_scale();
        let of_noise = -signal * power / from.sigma();
        if to.sigma() == 0.0 {
            return Step { state: S::combine(&[(scale(from, to), x), (of_noise, &noise)]), noise };
        }
        let shaken = S::combine(&[(scale(from, to), x), (signal * power.sqrt(), &draw())]);
        let there = denoiser.noise(&S::combine(&[(1.0, &shaken), (of_noise, &noise)]), to);
        let of_there = -signal * power / to.sigma();
        Step { state: S::combine(&[(1.0, &shaken), (0.5 * of_noise, &noise), (0.5 * of_there, &there)]), noise }
    }
}
