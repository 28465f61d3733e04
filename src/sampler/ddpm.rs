//! DDPM's ancestral sampling (arXiv 2006.11239).

use super::{Formula, Group, Info, Step, Stride};
use crate::parameters::{Checked, Kind, Named, Parameter};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "ddpm",
    label: "DDPM",
    group: Group::Stochastic,
    help: "Removes noise and adds a little, at every step.",
    formula: r"x_s = \frac{\sqrt{\bar\alpha_s}\,\beta}{1-\bar\alpha_t}\,\hat x_0 + \frac{\sqrt{\alpha}\,(1-\bar\alpha_s)}{1-\bar\alpha_t}\,x_t + \sqrt{v}\,z,\quad \alpha=\tfrac{\bar\alpha_t}{\bar\alpha_s},\ \beta=1-\alpha",
    source: "2006.11239 Alg 2",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[Parameter {
        key: "variance",
        label: "Variance",
        help: "How much noise a step puts in.",
        kind: Kind::Choice {
            default: "small",
            options: &[
                Named { value: "small", label: "Small", help: "Right for a single data point." },
                Named { value: "large", label: "Large", help: "Right for data that is itself noise." },
            ],
        },
    }],
};

/// DDPM's ancestral sampling (arXiv 2006.11239, Algorithm 2): the posterior mean of `x_s | x_t, x0` at the predicted `x0`, plus
/// noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ddpm {
    /// How much noise a step draws.
    pub variance: DdpmVariance,
}

/// The variance of a step of [`Ddpm`], with `beta = 1 - alpha_bar_t / alpha_bar_s` (arXiv 2006.11239, sec 3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DdpmVariance {
    /// `beta (1 - alpha_bar_s) / (1 - alpha_bar_t)`: exact for a single data point.
    Small,
    /// `beta`: exact for data that is standard normal.
    Large,
}

impl From<Checked<'_>> for Ddpm {
    fn from(parameters: Checked<'_>) -> Self {
        let large = parameters.choice("variance") == "large";
        Self { variance: if large { DdpmVariance::Large } else { DdpmVariance::Small } }
    }
}

impl Default for Ddpm {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl<S: State> Formula<S> for Ddpm {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let beta = 1.0 - alpha;
        let of_denoised = to.signal_scale() * beta / from.noise_power();
        let of_x = alpha.sqrt() * to.noise_power() / from.noise_power();
        let mean = S::combine(&[(of_denoised / from.signal_scale() + of_x, x), (-of_denoised * from.sigma(), &noise)]);
        if to.sigma() == 0.0 {
            return Step { state: mean, noise };
        }
        let variance = match self.variance {
            DdpmVariance::Large => beta,
            DdpmVariance::Small => beta * to.noise_power() / from.noise_power(),
        };
        Step { state: S::combine(&[(1.0, &mean), (variance.sqrt(), &draw())]), noise }
    }
}
