//! DPM-Solver and DPM-Solver++: the probability-flow ODE, and one reverse SDE, in `lambda = -ln sigma`, their linear part integrated
//! exactly.

use super::{Ddim, Formula, Group, Info, Step, Stride, first_step, scale, straight};
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

pub(super) const FAST: Info = Info {
    value: "dpm_solver_fast",
    label: "DPM-Solver-fast",
    group: Group::SeveralEvaluations,
    help: "Takes the grid’s steps three at a time, each three as one step of third order, and what is left over by a lower order.",
    formula: r"N = 3 + 3 + \dots + 3 + r:\quad \text{steps of DPM-Solver-3, then one of order } r",
    source: "2206.00927 sec 3.4",
    evaluations: 1,
    order: 3,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const SDE_PLUS_PLUS: Info = Info {
    value: "sde_dpmpp_2m",
    label: "SDE-DPM-Solver++(2M)",
    group: Group::Extrapolating,
    help: "Extrapolates the denoised points from the last two evaluations, and renews the noise as the reverse SDE does.",
    formula: r"y_s = e^{-2h} y_t + (1-e^{-2h})\Bigl(\hat x_{0,t} + \frac{h}{2h_{\text{prev}}}\bigl(\hat x_{0,t}-\hat x_{0,t+1}\bigr)\Bigr) + \sigma_s\sqrt{1-e^{-2h}}\,z",
    source: "2211.01095 sec 5",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[],
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

/// SDE-DPM-Solver++(2M) (arXiv 2211.01095, sec 5): [`DpmSolverPlusPlus`] for the reverse SDE. The first and the last step extrapolate
/// nothing; one to no noise draws none.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SdeDpmSolverPlusPlus;

impl<S: State> Formula<S> for SdeDpmSolverPlusPlus {
    /// Denoised points of the last evaluation, and the step in `lambda` that followed it.
    type Memory = Option<(S, f64)>;

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, last, draw } = stride;
        let noise = denoiser.noise(x, from);
        let x0 = denoised(x, &noise, from);
        let h = (from.sigma() / to.sigma()).ln();
        let replaced = -(-2.0 * h).exp_m1();
        let of_x0 = to.signal_scale() * replaced;
        let mut terms = vec![(scale(from, to) * (1.0 - replaced), x), (of_x0, &x0)];
        if let Some((x0_prev, h_prev)) = memory
            && !last
        {
            let half_inverse_r = h / (2.0 * *h_prev);
            terms.extend([(of_x0 * half_inverse_r, &x0), (-of_x0 * half_inverse_r, &*x0_prev)]);
        }
        let z = (to.sigma() > 0.0).then(draw);
        terms.extend(z.as_ref().map(|z| (to.noise_scale() * replaced.sqrt(), z)));
        let state = S::combine(&terms);
        *memory = Some((x0, h));
        Step { state, noise }
    }
}

/// DPM-Solver-fast (arXiv 2206.00927, sec 3.4): as many evaluations as the grid has steps, spent three at a time on [`DpmSolver3`]. What
/// is left over is a step of order 2 or 1; nothing left over, the last three are one of each. On a log-linear grid the evaluations
/// between lie on the grid's own levels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DpmSolverFast;

impl<S: State> Formula<S> for DpmSolverFast {
    /// Orders of the steps to come, the next one last.
    type Memory = Vec<usize>;

    fn plan(&self, orders: &mut Vec<usize>, levels: Vec<Level>) -> Vec<Level> {
        let steps = levels.len() - 1;
        // A step to no noise takes one evaluation, whatever its order.
        let clean = usize::from(levels[steps].sigma() == 0.0);
        let (thirds, rest): (usize, &[usize]) = match steps - clean {
            0 => (0, &[]),
            noisy => match noisy % 3 {
                0 => (noisy / 3 - 1, &[1, 2]),
                1 => (noisy / 3, &[1]),
                _ => (noisy / 3, &[2]),
            },
        };
        *orders = [vec![1; clean], rest.to_vec(), vec![3; thirds]].concat();
        let ends = orders.iter().rev().scan(0, |end, order| {
            *end += order;
            Some(*end)
        });
        std::iter::once(0).chain(ends).map(|index| levels[index]).collect()
    }

    async fn step(&self, orders: &mut Vec<usize>, stride: Stride<'_, S>) -> Step<S> {
        match orders.pop() {
            Some(3) => DpmSolver3.step(&mut (), stride).await,
            Some(2) => DpmSolver2.step(&mut (), stride).await,
            _ => Ddim { eta: 0.0 }.step(&mut (), stride).await,
        }
    }
}
