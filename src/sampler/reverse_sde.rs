//! The reverse SDE and its probability-flow ODE, in the time of the Ornstein-Uhlenbeck process: `dx = (x + 2s) dt + sqrt(2) dw`
//! and `dx = (x + s) dt` backwards from `alpha_bar = exp(-2t)` (arXiv 2011.13456, 2406.12839).

use super::{Formula, Group, Info, Step, Stride, scale, straight};
use crate::state::State;

pub(super) const EULER_MARUYAMA: Info = Info {
    value: "reverse_sde_em",
    label: "Reverse SDE, Euler–Maruyama",
    group: Group::Stochastic,
    help: "The simplest way to integrate the reverse SDE. A step to no noise draws none.",
    formula: r"x_s = x_t + h\,(x_t + 2 s_t) + \sqrt{2h}\,z",
    source: "2011.13456 sec 4; as analysed in 2209.11215",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[],
};

pub(super) const EXPONENTIAL: Info = Info {
    value: "reverse_sde_ei",
    label: "Reverse SDE, exponential",
    group: Group::Stochastic,
    help: "The linear part of the reverse SDE integrated exactly, the score constant over a step. A step to no noise draws none.",
    formula: r"x_s = e^h x_t + 2(e^h-1)\,s_t + \sqrt{e^{2h}-1}\,z",
    source: "2209.11215; 2406.12839 sec 2",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[],
};

pub(super) const FLOW: Info = Info {
    value: "pf_ode_ei",
    label: "Flow, exponential",
    group: Group::Straight,
    help: "The same for the probability-flow ODE: no noise drawn. A step to no noise leaves about half of what is there, so stop above it.",
    formula: r"x_s = e^h x_t + (e^h-1)\,s_t",
    source: "2406.12839 sec 2",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const HEUN: Info = Info {
    value: "sde_heun",
    label: "Reverse SDE, Heun",
    group: Group::Stochastic,
    help: "Takes the mean of the scores at both ends: mean and covariance are right to second order.",
    formula: r"w=\sqrt{D}\,z,\quad y_s = y_t + w + \tfrac{D}{2}\bigl(g_t(y_t) + g_s(y_t + D g_t + w)\bigr),\quad D=\sigma_t^2-\sigma_s^2",
    source: "stochastic improved Euler: 2105.14080",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[],
};

pub(super) const SEEDS: Info = Info {
    value: "seeds_1",
    label: "SEEDS-1",
    group: Group::Stochastic,
    help: "The reverse SDE in σ, the velocity constant over a step. A step to no noise is straight and draws none.",
    formula: r"y_s = y_t - 2\,(\sigma_t-\sigma_s)\,\hat\epsilon_t + \sqrt{\sigma_t^2-\sigma_s^2}\,z",
    source: "2305.14267 Alg 1",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[],
};

/// Euler-Maruyama for the reverse SDE in the time of the Ornstein-Uhlenbeck process (arXiv 2011.13456, sec 4). A step to no noise draws
/// none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReverseSdeEulerMaruyama;

impl<S: State> Formula<S> for ReverseSdeEulerMaruyama {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let h = from.ou_time() - to.ou_time();
        let of_noise = -2.0 * h / from.noise_scale();
        let mean = S::combine(&[(1.0 + h, x), (of_noise, &noise)]);
        if to.sigma() == 0.0 {
            return Step { state: mean, noise };
        }
        Step { state: S::combine(&[(1.0, &mean), ((2.0 * h).sqrt(), &draw())]), noise }
    }
}

/// The exponential integrator for the reverse SDE (arXiv 2209.11215; 2406.12839, sec 2): its linear part exact, the score constant over a
/// step. A step to no noise draws none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReverseSdeExponential;

impl<S: State> Formula<S> for ReverseSdeExponential {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let h = from.ou_time() - to.ou_time();
        let of_noise = -2.0 * h.exp_m1() / from.noise_scale();
        let mean = S::combine(&[(h.exp(), x), (of_noise, &noise)]);
        if to.sigma() == 0.0 {
            return Step { state: mean, noise };
        }
        let of_z = (2.0 * h).exp_m1().sqrt();
        Step { state: S::combine(&[(1.0, &mean), (of_z, &draw())]), noise }
    }
}

/// The exponential integrator for the probability-flow ODE (arXiv 2406.12839, sec 2). Like [`LiPlain`](super::LiPlain), a step from little
/// noise to none leaves half of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FlowExponential;

impl<S: State> Formula<S> for FlowExponential {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let h = from.ou_time() - to.ou_time();
        Step { state: S::combine(&[(h.exp(), x), (-h.exp_m1() / from.noise_scale(), &noise)]), noise }
    }
}

/// Stochastic improved Euler (arXiv 2105.14080) for the reverse SDE of the VE state in `sigma^2`. A step to no noise draws none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReverseSdeHeun;

impl<S: State> Formula<S> for ReverseSdeHeun {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let d = from.sigma().powi(2) - to.sigma().powi(2);
        let signal = to.signal_scale();
        let of_noise = -signal * d / from.sigma();
        if to.sigma() == 0.0 {
            return Step { state: S::combine(&[(scale(from, to), x), (of_noise, &noise)]), noise };
        }
        let x_w = S::combine(&[(scale(from, to), x), (signal * d.sqrt(), &draw())]);
        let noise_end = denoiser.noise(&S::combine(&[(1.0, &x_w), (of_noise, &noise)]), to);
        let of_noise_end = -signal * d / to.sigma();
        Step { state: S::combine(&[(1.0, &x_w), (0.5 * of_noise, &noise), (0.5 * of_noise_end, &noise_end)]), noise }
    }
}

/// SEEDS-1 (arXiv 2305.14267): the exponential integrator of the reverse SDE with the noise constant over a step, which is Euler-Maruyama
/// in `sigma` for the VE state (in `sigma^2` that is [`LiStochastic`](super::LiStochastic)). A step to no noise is DDIM's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seeds1;

impl<S: State> Formula<S> for Seeds1 {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        if to.sigma() == 0.0 {
            return Step { state: straight(x, &noise, from, to), noise };
        }
        let signal = to.signal_scale();
        let of_noise = -2.0 * signal * (from.sigma() - to.sigma());
        let of_z = signal * (from.sigma().powi(2) - to.sigma().powi(2)).sqrt();
        Step { state: S::combine(&[(scale(from, to), x), (of_noise, &noise), (of_z, &draw())]), noise }
    }
}
