//! DDPM's ancestral sampling: `x' = mean + sqrt(variance) z` with the posterior mean of `x' | x, x0` at the predicted `x0`.

use super::{Formula, Group, Info, Step, Stride};
use crate::parameters::{Kind, Named, Parameter};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "ddpm",
    label: "DDPM",
    group: Group::Stochastic,
    help: "Takes noise out and puts a little fresh noise in, at every step.",
    formula: r"x_s = \frac{\sqrt{\bar\alpha_s}\,\beta}{1-\bar\alpha_t}\,\hat x_0 + \frac{\sqrt{\alpha}\,(1-\bar\alpha_s)}{1-\bar\alpha_t}\,x_t + \sqrt{v}\,z,\quad \alpha=\tfrac{\bar\alpha_t}{\bar\alpha_s},\ \beta=1-\alpha",
    source: "2006.11239 Alg 2",
    evaluations: 1,
    order: 1,
    uses_turn: false,
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

pub(super) struct Ddpm {
    large_variance: bool,
}

impl Ddpm {
    pub(super) fn new(large_variance: bool) -> Self {
        Self { large_variance }
    }
}

impl<S: State> Formula<S> for Ddpm {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
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
        let variance = if self.large_variance { beta } else { beta * to.noise_power() / from.noise_power() };
        Step { state: S::combine(&[(1.0, &mean), (variance.sqrt(), &draw())]), noise }
    }
}
