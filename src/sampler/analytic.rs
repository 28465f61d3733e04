//! Analytic-DPM: DDPM and DDIM with the best variance for the given mean, which one number for each level decides: `Gamma =
//! E|eh|^2 / d` (arXiv 2201.06503, theorem 1). DDIM becomes stochastic by it.

use super::{Group, Info, Pending, Sampler, Step, Stride};
use crate::parameters::{Kind, Parameter};
use crate::state::State;

const GAMMA: Parameter = Parameter {
    key: "gamma",
    label: "Gamma",
    help: "Mean square of the exact noise at each step’s start; taken from the points on their way when not given.",
    kind: Kind::Numbers,
};

pub(super) const DDPM: Info = Info {
    value: "analytic_ddpm",
    label: "Analytic-DDPM",
    group: Group::Stochastic,
    help: "DDPM with the variance that fits its mean best.",
    formula: r"x_s = \sqrt{\bar\alpha_s}\,\hat x_0 + \sqrt{1-\bar\alpha_s-\lambda^2}\,\hat\epsilon + \sqrt{v}\,z,\quad v = \lambda^2 + \Bigl(\sqrt{\tfrac{1-\bar\alpha_t}{\alpha}}-\sqrt{1-\bar\alpha_s-\lambda^2}\Bigr)^2(1-\Gamma)",
    source: "2201.06503 Thm 1",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: true,
    parameters: &[GAMMA],
};

pub(super) const DDIM: Info = Info {
    value: "analytic_ddim",
    label: "Analytic-DDIM",
    group: Group::Stochastic,
    help: "DDIM with the noise that its straight steps leave out.",
    formula: r"x_s = \sqrt{\bar\alpha_s}\,\hat x_0 + \sqrt{1-\bar\alpha_s}\,\hat\epsilon + \sqrt{v}\,z,\quad v = \Bigl(\sqrt{\tfrac{1-\bar\alpha_t}{\alpha}}-\sqrt{1-\bar\alpha_s}\Bigr)^2(1-\Gamma)",
    source: "2201.06503 Thm 1",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    stochastic: true,
    parameters: &[GAMMA],
};

pub(super) struct Analytic {
    ancestral: bool,
    /// Those given and not yet used, last first.
    gammas: Vec<f64>,
}

impl Analytic {
    /// With DDPM's mean, or else DDIM's.
    pub(super) fn new(ancestral: bool, gammas: &[f64]) -> Self {
        Self { ancestral, gammas: gammas.iter().rev().copied().collect() }
    }
}

impl<S: State> Sampler<S> for Analytic {
    fn step<'a>(&'a mut self, stride: Stride<'a, S>) -> Pending<'a, S> {
        Box::pin(async move {
            let Stride { denoiser, x, from, to, draw, .. } = stride;
            let noise = denoiser.noise(x, from);
            let gamma = match self.gammas.pop() {
                Some(gamma) => gamma,
                None => noise.rms().await.powi(2),
            };
            let alpha = from.alpha_bar() / to.alpha_bar();
            let least = match self.ancestral {
                true => (1.0 - alpha) * to.noise_power() / from.noise_power(),
                false => 0.0,
            };
            let of_noise = (to.noise_power() - least).max(0.0).sqrt();
            let missing = (from.noise_power() / alpha).sqrt() - of_noise;
            let variance = least + missing.powi(2) * (1.0 - gamma.clamp(0.0, 1.0));
            let of_x = to.signal_scale() / from.signal_scale();
            let terms = [(of_x, x), (of_noise - to.signal_scale() * from.sigma(), &noise)];
            let mean = S::combine(&terms);
            if to.sigma() == 0.0 {
                return Step { state: mean, noise };
            }
            Step { state: S::combine(&[(1.0, &mean), (variance.sqrt(), &draw())]), noise }
        })
    }
}
