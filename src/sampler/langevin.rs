//! Langevin dynamics: no reverse process at all, but a walk uphill in the density with just enough noise to sample from it.

use super::{Formula, Group, Info, Step, Stride, scale, straight};
use crate::level::Level;
use crate::parameters::{Checked, Kind, Parameter};
use crate::state::State;

pub(super) const PLAIN: Info = Info {
    value: "langevin",
    label: "Langevin",
    group: Group::Walk,
    help: "Walks uphill in the density of the last noise level with noise added at every step; gets stuck where modes lie far apart.",
    formula: r"x \leftarrow x + h\,s(x) + \sqrt{2h}\,z",
    source: "1907.05600 eq 4",
    evaluations: 1,
    order: 0,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[Parameter {
        key: "h",
        label: "Step size",
        help: "0 takes half of the noise level’s variance, which never overshoots.",
        kind: Kind::Number { default: 0.0, min: 0.0, max: 1.0, log: false },
    }],
};

pub(super) const ANNEALED: Info = Info {
    value: "annealed_langevin",
    label: "Annealed Langevin",
    group: Group::Walk,
    help: "Langevin steps at one noise level after another, the noisiest first.",
    formula: r"y \leftarrow y + \tfrac{a_i}{2}\,g_i(y) + \sqrt{a_i}\,z,\quad a_i = \varepsilon_0\,\sigma_i^2/\sigma_L^2",
    source: "1907.05600 Alg 1",
    evaluations: 2,
    order: 0,
    uses_turn: false,
    uses_map: false,
    stochastic: true,
    parameters: &[
        Parameter {
            key: "eps0",
            label: "Step size",
            help: "Variance of one step’s noise at the last level; 0 takes half of that level’s own.",
            kind: Kind::Number { default: 0.0, min: 0.0, max: 1.0, log: false },
        },
        Parameter {
            key: "inner",
            label: "Steps a level",
            help: "Langevin steps at each noise level, one evaluation each.",
            kind: Kind::Integer { default: 2, min: 1, max: 100 },
        },
    ],
};

/// Langevin dynamics (arXiv 1907.05600, eq 4), all steps at the last level of the grid that has noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Langevin {
    /// Step size in the VP state; 0 takes half of `1 - alpha_bar`.
    pub h: f64,
}

/// Annealed Langevin dynamics (arXiv 1907.05600, Algorithm 1): `inner` steps at each level. A step to no noise subtracts the noise
/// predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AnnealedLangevin {
    /// Variance of the noise of one step at the last level with noise, in the VE state; 0 takes half of that level's variance.
    pub eps0: f64,
    /// Langevin steps at each level, one evaluation each.
    pub inner: usize,
}

impl From<Checked<'_>> for Langevin {
    fn from(parameters: Checked<'_>) -> Self {
        Self { h: parameters.number("h") }
    }
}

impl Default for Langevin {
    fn default() -> Self {
        Checked::defaults(PLAIN.parameters).into()
    }
}

impl From<Checked<'_>> for AnnealedLangevin {
    fn from(parameters: Checked<'_>) -> Self {
        Self { eps0: parameters.number("eps0"), inner: parameters.integer("inner") }
    }
}

impl Default for AnnealedLangevin {
    fn default() -> Self {
        Checked::defaults(ANNEALED.parameters).into()
    }
}

fn last_noisy(levels: &[Level]) -> Level {
    levels.iter().rev().copied().find(|level| level.sigma() > 0.0).unwrap_or(levels[0])
}

impl<S: State> Formula<S> for Langevin {
    type Memory = ();

    fn plan(&self, (): &mut (), levels: Vec<Level>) -> Vec<Level> {
        vec![last_noisy(&levels); levels.len()]
    }

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let h = if self.h > 0.0 { self.h } else { 0.5 * from.noise_power() };
        let of_noise = -h / from.noise_scale();
        Step { state: S::combine(&[(1.0, x), (of_noise, &noise), ((2.0 * h).sqrt(), &draw())]), noise }
    }
}

impl<S: State> Formula<S> for AnnealedLangevin {
    /// `sigma_L`, the last noise level.
    type Memory = f64;

    fn plan(&self, sigma_l: &mut f64, levels: Vec<Level>) -> Vec<Level> {
        *sigma_l = last_noisy(&levels).sigma();
        levels
    }

    async fn step(&self, sigma_l: &mut f64, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        if to.sigma() == 0.0 {
            let noise = denoiser.noise(x, from);
            return Step { state: straight(x, &noise, from, to), noise };
        }
        let share = if self.eps0 > 0.0 { self.eps0 / sigma_l.powi(2) } else { 0.5 };
        let alpha = share * to.sigma().powi(2);
        let signal = to.signal_scale();
        let mut state = S::combine(&[(scale(from, to), x)]);
        let mut first = None;
        for _ in 0..self.inner {
            let noise = denoiser.noise(&state, to);
            let of_noise = -signal * alpha / (2.0 * to.sigma());
            state = S::combine(&[(1.0, &state), (of_noise, &noise), (signal * alpha.sqrt(), &draw())]);
            first.get_or_insert(noise);
        }
        Step { noise: first.unwrap_or_else(|| state.clone()), state }
    }
}
