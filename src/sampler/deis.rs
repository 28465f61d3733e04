//! Exponential multistep: the noise as a polynomial in some function `u` of the level through the last evaluations,
//! integrated exactly: `y += sum_j C_j e_j` with `C_j = int L_j(u(sigma)) dsigma` (arXiv 2204.13902).
//!
//! Which `u` makes the noise most like a polynomial is all that differs: two samplers of other papers are members of this
//! family. The first steps have lower orders.

use std::collections::VecDeque;

use super::quadrature::{basis, integrate};
use super::{Formula, Group, Info, Step, Stride, first_step, scale};
use crate::level::Level;
use crate::parameters::{Checked, Kind, Named, Parameter};
use crate::schedule::vp_time;
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "deis",
    label: "DEIS",
    group: Group::Extrapolating,
    help: "Draws a polynomial through the last velocities and follows its exact integral.",
    formula: r"y_s = y_t + \sum_j C_j\,\hat\epsilon_{t+j},\quad C_j = \int_{\sigma_t}^{\sigma_s}\prod_{k\ne j}\frac{u(\sigma)-u_k}{u_j-u_k}\,d\sigma",
    source: "2204.13902 eq 15",
    evaluations: 1,
    order: 3,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[
        Parameter {
            key: "order",
            label: "Evaluations used",
            help: "How many evaluations the polynomial passes through; one more than the order that DEIS’s authors count.",
            kind: Kind::Integer { default: 3, min: 1, max: 4 },
        },
        Parameter {
            key: "variable",
            label: "Polynomial in",
            help: "The variable in which the velocity is taken for a polynomial.",
            kind: Kind::Choice {
                default: "t",
                options: &[
                    Named { value: "t", label: "time", help: "The time of the variance-preserving SDE." },
                    Named { value: "sigma", label: "σ", help: "The noise level." },
                    Named { value: "log_sigma", label: "ln σ", help: "Its logarithm." },
                    Named { value: "alpha_bar", label: "ᾱ", help: "The signal power." },
                ],
            },
        },
        first_step::PARAMETER,
    ],
};

pub(super) const ADAPTIVE_GAMMA: Info = Info {
    value: "ge_adaptive",
    label: "Gradient estimation, adaptive",
    group: Group::Extrapolating,
    help: "Extrapolates from the last two velocities, as far as second order requires of two steps of unequal length.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\bigl(\gamma\,\hat\epsilon_t + (1-\gamma)\,\hat\epsilon_{t+1}\bigr),\quad \gamma = 1+\frac{\sigma_t-\sigma_s}{2(\sigma_{t+1}-\sigma_t)}",
    source: "DEIS-2 in sigma: 2204.13902 eq 15; as gradient estimation after 2306.04848",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

pub(super) const CHEAP_LI: Info = Info {
    value: "li_repo_ode",
    label: "Li et al., cheap form",
    group: Group::Theory,
    help: "The training-free acceleration as its authors run it: an old velocity in place of a second evaluation.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t + C\,(\hat\epsilon_{t+1}-\hat\epsilon_t),\quad C = \int_{\sigma_t}^{\sigma_s}\frac{\bar\alpha(\sigma)-\bar\alpha_t}{\bar\alpha_{t+1}-\bar\alpha_t}\,d\sigma",
    source: "2403.03852, deterministic",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[],
};

/// DEIS (arXiv 2204.13902, eq 15, tAB-DEIS): exponential multistep through the last `order` evaluations. The first steps have lower
/// orders.
///
/// With `order: 2` two samplers of other papers are members: `DeisVariable::Sigma` is gradient estimation with the `gamma` that
/// second order requires, `DeisVariable::AlphaBar` the form in which Li et al. (arXiv 2403.03852) run their acceleration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deis {
    /// Evaluations that the polynomial passes through, from 1 to 4; the paper counts one less, so that its order 3 has 4.
    pub order: usize,
    /// The variable in which the noise is taken for a polynomial.
    pub variable: DeisVariable,
}

/// A function of the noise level in which [`Deis`] interpolates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeisVariable {
    /// The time of the variance-preserving SDE, [`crate::schedule::vp_time`].
    Time,
    /// `sigma`.
    Sigma,
    /// `ln sigma`; a step to no noise is straight.
    LogSigma,
    /// `alpha_bar`.
    AlphaBar,
}

impl From<Checked<'_>> for Deis {
    fn from(parameters: Checked<'_>) -> Self {
        let variable = match parameters.choice("variable") {
            "sigma" => DeisVariable::Sigma,
            "log_sigma" => DeisVariable::LogSigma,
            "alpha_bar" => DeisVariable::AlphaBar,
            _ => DeisVariable::Time,
        };
        Self { order: parameters.integer("order"), variable }
    }
}

impl Default for Deis {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl DeisVariable {
    fn of(self, sigma: f64) -> f64 {
        match self {
            DeisVariable::Time => vp_time(Level::from_sigma(sigma)),
            DeisVariable::Sigma => sigma,
            DeisVariable::LogSigma => sigma.ln(),
            DeisVariable::AlphaBar => Level::from_sigma(sigma).alpha_bar(),
        }
    }

    /// `int f(u(sigma)) dsigma`, in a variable in which the integrand is smooth.
    fn integrate(self, from: f64, to: f64, f: impl Fn(f64) -> f64) -> f64 {
        match self {
            DeisVariable::LogSigma => integrate(from.ln(), to.ln(), |u| u.exp() * f(u)),
            _ => integrate(from.asinh(), to.asinh(), |w| w.cosh() * f(self.of(w.sinh()))),
        }
    }

    /// `C_j = int L_j(u(sigma)) dsigma` for the evaluations at `levels`, newest first.
    fn coefficients(self, levels: &[Level], from: Level, to: Level) -> Vec<f64> {
        // The logarithm of no noise has no value: the last step to it is straight.
        let straight = self == DeisVariable::LogSigma && to.sigma() == 0.0;
        let count = if straight { 1 } else { levels.len() };
        let nodes: Vec<f64> = levels[..count].iter().map(|level| self.of(level.sigma())).collect();
        match count {
            1 => vec![to.sigma() - from.sigma()],
            _ => (0..count).map(|j| self.integrate(from.sigma(), to.sigma(), |u| basis(&nodes, j, u))).collect(),
        }
    }
}

impl<S: State> Formula<S> for Deis {
    /// Noise and level of the last evaluations, newest first.
    type Memory = VecDeque<(S, Level)>;

    async fn step(&self, history: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        history.truncate(self.order - 1);
        history.push_front((noise.clone(), from));
        let levels: Vec<Level> = history.iter().map(|(_, level)| *level).collect();
        let coefficients = self.variable.coefficients(&levels, from, to);
        let signal = to.signal_scale();
        let moves = coefficients.iter().zip(&*history).map(|(c, (noise, _))| (signal * c, noise));
        let terms: Vec<(f64, &S)> = [(scale(from, to), x)].into_iter().chain(moves).collect();
        Step { state: S::combine(&terms), noise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Through `n` evaluations, polynomials of degree `n - 1` in the variable are integrated exactly.
    #[test]
    fn polynomials_in_the_variable_are_integrated_exactly() {
        let levels = [0.5, 0.8, 1.4, 2.5].map(Level::from_sigma);
        let (from, to) = (levels[0], Level::from_sigma(0.3));
        for variable in [DeisVariable::Time, DeisVariable::Sigma, DeisVariable::LogSigma, DeisVariable::AlphaBar] {
            for count in 1..=4 {
                let coefficients = variable.coefficients(&levels[..count], from, to);
                for power in 0..count as i32 {
                    let value = |level: &Level| variable.of(level.sigma()).powi(power);
                    let found: f64 = coefficients.iter().zip(&levels).map(|(c, level)| c * value(level)).sum();
                    let exact = variable.integrate(from.sigma(), to.sigma(), |u| u.powi(power));
                    assert!((found - exact).abs() < 1e-10, "{variable:?}, {count} evaluations, power {power}");
                }
            }
        }
    }
}
