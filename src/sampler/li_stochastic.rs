//! The stochastic samplers of the convergence theory: `alpha = alpha_bar_t / alpha_bar_s`, score `s = -eh / sqrt(1 - alpha_bar)`.

use super::{Formula, Group, Info, Step, Stride};
use crate::parameters::{Checked, Kind, Named, Parameter};
use crate::state::State;

pub(super) const PLAIN: Info = Info {
    value: "li_stochastic_plain",
    label: "Li et al., stochastic",
    group: Group::Theory,
    help: "The stochastic sampler of the convergence theorems, which is Euler–Maruyama for the reverse SDE of the variance-exploding process in σ². A step to no noise draws none.",
    formula: r"x_s = \frac{1}{\sqrt\alpha}\bigl(x_t + (1-\alpha)\,s_t(x_t) + \sqrt{1-\alpha}\,z\bigr)",
    source: "2306.09251, 2403.03852; reverse diffusion of 2011.13456 appendix F",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[],
};

pub(super) const ACCELERATED: Info = Info {
    value: "li_stochastic_accel",
    label: "Li et al., stochastic, accelerated",
    group: Group::Theory,
    help: "Half of the noise before the score is taken, half after: right covariance at no cost. A step to no noise draws none.",
    formula: r"x^+ = x_t + \sqrt{\tfrac{1-\alpha}{2}}\,z,\quad x_s = \frac{1}{\sqrt\alpha}\Bigl(x^+ + (1-\alpha)\,s_t(x^+) + \sqrt{\tfrac{1-\alpha}{2}}\,z^+\Bigr)",
    source: "2403.03852",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[Parameter {
        key: "form",
        label: "Form",
        help: "The paper’s formula, or what its authors’ programs do.",
        kind: Kind::Choice {
            default: "paper",
            options: &[
                Named { value: "paper", label: "Paper", help: "Both noises inside the division: the consistent form." },
                Named { value: "repo", label: "Program", help: "The second noise outside the division." },
                Named {
                    value: "cifar",
                    label: "Program, images",
                    help: "As before, and the first noise scaled down too.",
                },
            ],
        },
    }],
};

pub(super) const JACOBIAN: Info = Info {
    value: "li_stochastic_jacobian",
    label: "Li et al., stochastic, by the Jacobian",
    group: Group::Theory,
    help: "The plain one with the score’s Jacobian J in its noise, (1 + (1−α)J/2)z, for two more evaluations: mean and covariance are right to second order. Constants by matching moments, not compared with the print. A step to no noise draws none.",
    formula: r"x_s = \frac{1}{\sqrt\alpha}\bigl(x_t + (1-\alpha)\,\bigl(s_t(x_t) + s_t(x_t+w) - s_t(x_t-w)\bigr) + 4w\bigr),\quad w = \tfrac14\sqrt{1-\alpha}\,z",
    source: "idea: 2306.09251; constants and the difference for J: own",
    evaluations: 3,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[],
};

/// The stochastic sampler of the convergence theorems (arXiv 2306.09251, 2403.03852): Euler-Maruyama for the reverse SDE of the VE state in
/// `sigma^2` (2011.13456, appendix F). A step to no noise draws none and ends on the denoised points.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiStochastic;

impl<S: State> Formula<S> for LiStochastic {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let root = alpha.sqrt();
        let of_noise = -(1.0 - alpha) / from.noise_scale();
        let mean = S::combine(&[(1.0 / root, x), (of_noise / root, &noise)]);
        if to.sigma() == 0.0 {
            return Step { state: mean, noise };
        }
        let of_z = (1.0 - alpha).sqrt();
        Step { state: S::combine(&[(1.0, &mean), (of_z / root, &draw())]), noise }
    }
}

/// The accelerated stochastic sampler (arXiv 2403.03852): half of the noise before the score is taken, half after. A step to no noise
/// is that of [`LiStochastic`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LiStochasticAccelerated {
    /// Where the two noises stand in the formula.
    pub form: LiForm,
}

/// The forms in which [`LiStochasticAccelerated`] was published. Only the first has the right covariance for Gaussian data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiForm {
    /// The paper's: both noises are divided by `sqrt(alpha)`.
    Paper,
    /// The authors' program: the second noise is not.
    Repository,
    /// Their program for images: nor is the first, which is multiplied with `sqrt(alpha)` before.
    Cifar,
}

impl From<Checked<'_>> for LiStochasticAccelerated {
    fn from(parameters: Checked<'_>) -> Self {
        let form = match parameters.choice("form") {
            "repo" => LiForm::Repository,
            "cifar" => LiForm::Cifar,
            _ => LiForm::Paper,
        };
        Self { form }
    }
}

impl Default for LiStochasticAccelerated {
    fn default() -> Self {
        Checked::defaults(ACCELERATED.parameters).into()
    }
}

impl<S: State> Formula<S> for LiStochasticAccelerated {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        if stride.to.sigma() == 0.0 {
            return LiStochastic.step(&mut (), stride).await;
        }
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let alpha = from.alpha_bar() / to.alpha_bar();
        let root = alpha.sqrt();
        let half = ((1.0 - alpha) / 2.0).sqrt();
        let (of_z, of_z_plus) = match self.form {
            LiForm::Paper => (half, half / root),
            LiForm::Repository => (half, half),
            LiForm::Cifar => (half * root, half),
        };
        let x_plus = S::combine(&[(1.0, x), (of_z, &draw())]);
        let noise = denoiser.noise(&x_plus, from);
        let of_noise = -(1.0 - alpha) / from.noise_scale();
        let state = S::combine(&[(1.0 / root, &x_plus), (of_noise / root, &noise), (of_z_plus, &draw())]);
        Step { state, noise }
    }
}

/// [`LiStochastic`] with the noise `(I + (1 - alpha) J / 2) z`, `J = ds/dx`: the accelerated stochastic sampler that arXiv 2306.09251 describes,
/// with constants that are derived here and were not compared with its print. The exact reverse kernel has this mean and the covariance
/// `(1 - alpha) (I + (1 - alpha) J) / alpha`. `J z` is a central difference over a quarter of the step's own noise each way: no division by a small width,
/// which single precision would feel, and its error is of the size of the third cumulant that is left out. A step to no noise
/// is that of [`LiStochastic`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiStochasticJacobian;

impl<S: State> Formula<S> for LiStochasticJacobian {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        if stride.to.sigma() == 0.0 {
            return LiStochastic.step(&mut (), stride).await;
        }
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let root = alpha.sqrt();
        let of_noise = -(1.0 - alpha) / from.noise_scale();
        let w = S::combine(&[((1.0 - alpha).sqrt() / 4.0, &draw())]);
        let at = |sign: f64| denoiser.noise(&S::combine(&[(1.0, x), (sign, &w)]), from);
        let state = S::combine(&[
            (1.0 / root, x),
            (of_noise / root, &noise),
            (4.0 / root, &w),
            (of_noise / root, &at(1.0)),
            (-of_noise / root, &at(-1.0)),
        ]);
        Step { state, noise }
    }
}
