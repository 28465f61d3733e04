//! DPM-Solver: the probability-flow ODE in `lambda = -ln sigma`, its linear part integrated exactly.

use super::{Formula, Group, Info, Step, Stride, scale, straight};
use crate::level::Level;
use crate::state::State;

pub(super) const SECOND: Info = Info {
    value: "dpm_solver_2",
    label: "DPM-Solver-2",
    group: Group::SeveralLooks,
    help: "Goes half the way, looks at the velocity there, and takes the whole step with it.",
    formula: r"y_{1/2} = y_t + (\sigma_{1/2}-\sigma_t)\,\hat\epsilon_t,\quad y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon(y_{1/2},\sigma_{1/2}),\quad \sigma_{1/2}=\sqrt{\sigma_t\sigma_s}",
    source: "2206.00927 Alg 1",
    evaluations: 2,
    order: 2,
    uses_turn: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const THIRD: Info = Info {
    value: "dpm_solver_3",
    label: "DPM-Solver-3",
    group: Group::SeveralLooks,
    help: "Looks at the velocity after a third and two thirds of the way.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t - \tfrac32\,\sigma_s\Bigl(\frac{e^h-1}{h}-1\Bigr)\bigl(\hat\epsilon_{2/3}-\hat\epsilon_t\bigr),\quad h=\ln\frac{\sigma_t}{\sigma_s}",
    source: "2206.00927 Alg 2",
    evaluations: 3,
    order: 3,
    uses_turn: false,
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
    stochastic: false,
    parameters: &[],
};

/// The level a `part` of the way in `ln sigma`.
fn between(from: Level, to: Level, part: f64) -> Level {
    Level::from_sigma(from.sigma() * (to.sigma() / from.sigma()).powf(part))
}

pub(super) struct Second;

impl<S: State> Formula<S> for Second {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        if to.sigma() == 0.0 {
            return Step { state: straight(x, &noise, from, to), noise };
        }
        let middle = between(from, to, 0.5);
        let direction = denoiser.noise(&straight(x, &noise, from, middle), middle);
        Step { state: straight(x, &direction, from, to), noise }
    }
}

pub(super) struct Third;

impl<S: State> Formula<S> for Third {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        if to.sigma() == 0.0 {
            return Step { state: straight(x, &noise, from, to), noise };
        }
        let h = (from.sigma() / to.sigma()).ln();
        let (first, second) = (between(from, to, 1.0 / 3.0), between(from, to, 2.0 / 3.0));
        // The DDIM move to `level`, bent by how much the noise changes over a part `r` of the step.
        let bent = |level: Level, r: f64, of_difference: f64, there: &S| {
            let k = -of_difference * level.noise_scale() * ((r * h).exp_m1() / (r * h) - 1.0);
            let straight = level.signal_scale() * (level.sigma() - from.sigma());
            S::combine(&[(scale(from, level), x), (straight - k, &noise), (k, there)])
        };
        let at_first = denoiser.noise(&straight(x, &noise, from, first), first);
        let at_second = denoiser.noise(&bent(second, 2.0 / 3.0, 2.0, &at_first), second);
        Step { state: bent(to, 1.0, 1.5, &at_second), noise }
    }
}

pub(super) struct PlusPlus<S> {
    /// Denoised points and level of the last evaluation, and the step in `lambda` taken from it.
    last: Option<(S, f64)>,
}

impl<S> PlusPlus<S> {
    pub(super) fn new() -> Self {
        Self { last: None }
    }
}

impl<S: State> Formula<S> for PlusPlus<S> {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, last, .. } = stride;
        let noise = denoiser.noise(x, from);
        let denoised = S::combine(&[(1.0 / from.signal_scale(), x), (-from.sigma(), &noise)]);
        let h = (from.sigma() / to.sigma()).ln();
        let kept = to.sigma() / from.sigma();
        let signal = to.signal_scale();
        let mut terms = vec![(scale(from, to) * kept, x)];
        // The last step may be much longer than the one before, and extrapolate too far: it is of first order.
        let state = match &self.last {
            Some((before, h_before)) if !last => {
                let ahead = h / (2.0 * h_before);
                terms.push((signal * (1.0 - kept) * (1.0 + ahead), &denoised));
                terms.push((-signal * (1.0 - kept) * ahead, before));
                S::combine(&terms)
            }
            _ => {
                terms.push((signal * (1.0 - kept), &denoised));
                S::combine(&terms)
            }
        };
        self.last = Some((denoised, h));
        Step { state, noise }
    }
}
