//! DPM-Solver and DPM-Solver++: the probability-flow ODE in `lambda = -ln sigma`, its linear part integrated exactly.

use super::{Formula, Group, Info, Step, Stride, first_step, scale, straight};
use crate::level::Level;
use crate::prediction::derived::denoised;
use crate::state::State;

pub(super) const SECOND: Info = Info {
    value: "dpm_solver_2",
    label: "DPM-Solver-2",
    group: Group::SeveralEvaluations,
    help: "Goes half the way, evaluates the velocity there, and takes the whole step with it.",
    formula: r"y_{1/2} = y_t + (\sigma_{1/2}-\sigma_t)\,\hat\epsilon_t,\quad y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon(y_{1/2},\sigma_{1/2}),\quad \sigma_{1/2}=\sqrt{\sigma_t\sigma_s}",
    source: "2206.00927 Alg 1",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const THIRD: Info = Info {
    value: "dpm_solver_3",
    label: "DPM-Solver-3",
    group: Group::SeveralEvaluations,
    help: "Evaluates the velocity after a third and two thirds of the way.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t - \tfrac32\,\sigma_s\Bigl(\frac{e^h-1}{h}-1\Bigr)\bigl(\hat\epsilon_{2/3}-\hat\epsilon_t\bigr),\quad h=\ln\frac{\sigma_t}{\sigma_s}",
    source: "2206.00927 Alg 2",
    evaluations: 3,
    order: 3,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const PLUS_PLUS: Info = Info {
    value: "dpmpp_2m",
    label: "DPM-Solver++(2M)",
    group: Group::Extrapolating,
    help: "Extrapolates the denoised points, not the velocity, from the last two evaluations.",
    formula: r"y_s = \tfrac{\sigma_s}{\sigma_t}\,y_t + \bigl(1-\tfrac{\sigma_s}{\sigma_t}\bigr)\Bigl(\hat x_{0,t} + \frac{h}{2h_{\text{prev}}}\bigl(\hat x_{0,t}-\hat x_{0,t+1}\bigr)\Bigr)",
    source: "2211.01095 Alg 2",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[first_step::PARAMETER],
};

/// The level a `part` of the way in `ln sigma`.
fn between(from: Level, to: Level, part: f64) -> Level {
    Level::from_sigma(from.sigma() * (to.sigma() / from.sigma()).powf(part))
}

/// DPM-Solver-2 (arXiv 2206.00927, Algorithm 1 with `r1 = 1/2`): the midpoint rule in `lambda`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DpmSolver2;

impl<S: State> Formula<S> for DpmSolver2 {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        if to.sigma() == 0.0 {
            return Step { state: straight(x, &noise, from, to), noise };
        }
        let s1 = between(from, to, 0.5);
        let noise_s1 = denoiser.noise(&straight(x, &noise, from, s1), s1);
        Step { state: straight(x, &noise_s1, from, to), noise }
    }
}

/// DPM-Solver-3 (arXiv 2206.00927, Algorithm 2 with `r1 = 1/3`, `r2 = 2/3`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DpmSolver3;

impl<S: State> Formula<S> for DpmSolver3 {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        if to.sigma() == 0.0 {
            return Step { state: straight(x, &noise, from, to), noise };
        }
        let h = (from.sigma() / to.sigma()).ln();
        let (s1, s2) = (between(from, to, 1.0 / 3.0), between(from, to, 2.0 / 3.0));
        // The DDIM map to `level = lambda + r h`, plus `factor` times the integrated first difference towards `other`.
        let expand = |level: Level, r: f64, factor: f64, other: &S| {
            let of_difference = -factor * level.noise_scale() * ((r * h).exp_m1() / (r * h) - 1.0);
            let of_noise = level.signal_scale() * (level.sigma() - from.sigma()) - of_difference;
            S::combine(&[(scale(from, level), x), (of_noise, &noise), (of_difference, other)])
        };
        let noise_s1 = denoiser.noise(&straight(x, &noise, from, s1), s1);
        let noise_s2 = denoiser.noise(&expand(s2, 2.0 / 3.0, 2.0, &noise_s1), s2);
        Step { state: expand(to, 1.0, 1.5, &noise_s2), noise }
    }
}

/// DPM-Solver++(2M) (arXiv 2211.01095, Algorithm 2): extrapolates the denoised points from the last two evaluations. The first and
/// the last step are of first order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DpmSolverPlusPlus;

impl<S: State> Formula<S> for DpmSolverPlusPlus {
    /// Denoised points of the last evaluation, and the step in `lambda` that followed it.
    type Memory = Option<(S, f64)>;

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, last, .. } = stride;
        let noise = denoiser.noise(x, from);
        let x0 = denoised(x, &noise, from);
        let h = (from.sigma() / to.sigma()).ln();
        let ratio = to.sigma() / from.sigma();
        let of_x0 = to.signal_scale() * (1.0 - ratio);
        let of_x = (scale(from, to) * ratio, x);
        // The last step may be much longer than the one before, and extrapolate too far: it is of first order.
        let state = match memory {
            Some((x0_prev, h_prev)) if !last => {
                let half_inverse_r = h / (2.0 * *h_prev);
                S::combine(&[of_x, (of_x0 * (1.0 + half_inverse_r), &x0), (-of_x0 * half_inverse_r, x0_prev)])
            }
            _ => S::combine(&[of_x, (of_x0, &x0)]),
        };
        *memory = Some((x0, h));
        Step { state, noise }
    }
}
