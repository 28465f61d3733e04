//! Analytic-DPM: DDPM and DDIM with the best variance for their means, which one number for each level decides: `Gamma =
//! E|eh|^2 / d` (arXiv 2201.06503, theorem 1). DDIM becomes stochastic by it.

use super::{Formula, Group, Info, Step, Stride, scale};
use crate::parameters::{Checked, Kind, Parameter};
use crate::state::State;

const GAMMA: Parameter = Parameter {
    key: "gamma",
    label: "Gamma",
    help: "Mean square of the exact noise at each step’s start; the mean over the points on their way where there is none.",
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
    uses_map: false,
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
    uses_map: false,
    stochastic: true,
    parameters: &[GAMMA],
};

/// Analytic-DPM (arXiv 2201.06503, Theorem 1) with DDPM's mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnalyticDdpm {
    /// `E|eh|^2 / d` at the start of each step, noisiest first; where a step has none, the mean over the batch is taken.
    pub gamma: Vec<f64>,
}

/// Analytic-DPM (arXiv 2201.06503, Theorem 1) with DDIM's mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnalyticDdim {
    /// As [`AnalyticDdpm::gamma`].
    pub gamma: Vec<f64>,
}

impl From<Checked<'_>> for AnalyticDdpm {
    fn from(parameters: Checked<'_>) -> Self {
        Self { gamma: parameters.numbers("gamma").to_vec() }
    }
}

impl From<Checked<'_>> for AnalyticDdim {
    fn from(parameters: Checked<'_>) -> Self {
        Self { gamma: parameters.numbers("gamma").to_vec() }
    }
}

impl<S: State> Formula<S> for AnalyticDdpm {
    /// Steps taken.
    type Memory = usize;

    async fn step(&self, done: &mut usize, stride: Stride<'_, S>) -> Step<S> {
        let Stride { from, to, .. } = stride;
        let alpha = from.alpha_bar() / to.alpha_bar();
        let lambda_squared = (1.0 - alpha) * to.noise_power() / from.noise_power();
        step(lambda_squared, &self.gamma, done, stride).await
    }
}

impl<S: State> Formula<S> for AnalyticDdim {
    /// Steps taken.
    type Memory = usize;

    async fn step(&self, done: &mut usize, stride: Stride<'_, S>) -> Step<S> {
        step(0.0, &self.gamma, done, stride).await
    }
}

async fn step<S: State>(lambda_squared: f64, gammas: &[f64], done: &mut usize, stride: Stride<'_, S>) -> Step<S> {
    let Stride { denoiser, x, from, to, draw, .. } = stride;
    let noise = denoiser.noise(x, from);
    let gamma = match gammas.get(*done) {
        Some(gamma) => *gamma,
        None => noise.rms().await.powi(2),
    };
    *done += 1;
    let alpha = from.alpha_bar() / to.alpha_bar();
    let of_noise = (to.noise_power() - lambda_squared).max(0.0).sqrt();
    let shortfall = (from.noise_power() / alpha).sqrt() - of_noise;
    let variance = lambda_squared + shortfall.powi(2) * (1.0 - gamma.clamp(0.0, 1.0));
    let mean = S::combine(&[(scale(from, to), x), (of_noise - to.signal_scale() * from.sigma(), &noise)]);
    if to.sigma() == 0.0 {
        return Step { state: mean, noise };
    }
    Step { state: S::combine(&[(1.0, &mean), (variance.sqrt(), &draw())]), noise }
}
