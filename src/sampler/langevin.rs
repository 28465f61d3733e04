//! Langevin dynamics: no reverse process at all, but a walk uphill in the density with just enough noise to sample from it.

use super::{Formula, Group, Info, Step, Stride, scale};
use crate::level::Level;
use crate::parameters::{Kind, Parameter};
use crate::state::State;

pub(super) const PLAIN: Info = Info {
    value: "langevin",
    label: "Langevin",
    group: Group::Walk,
    help: "Walks uphill in the density of the last noise level, shaken by noise; gets stuck where modes lie far apart.",
    formula: r"x \leftarrow x + h\,s(x) + \sqrt{2h}\,z",
    source: "1907.05600 eq 4",
    evaluations: 1,
    order: 0,
    uses_turn: false,
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
    help: "Langevin steps at each noise level in turn, the noisiest first.",
    formula: r"y \leftarrow y + \tfrac{a_i}{2}\,g_i(y) + \sqrt{a_i}\,z,\quad a_i = \varepsilon_0\,\sigma_i^2/\sigma_L^2",
    source: "1907.05600 Alg 1",
    evaluations: 2,
    order: 0,
    uses_turn: false,
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

/// All steps happen at the last level of the grid that has noise.
pub(super) struct Langevin {
    h: f64,
}

impl Langevin {
    pub(super) fn new(h: f64) -> Self {
        Self { h }
    }
}

fn last_noisy(levels: &[Level]) -> Level {
    levels.iter().rev().copied().find(|level| level.sigma() > 0.0).unwrap_or(levels[0])
}

impl<S: State> Formula<S> for Langevin {
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        vec![last_noisy(&levels); levels.len()]
    }

    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        let h = if self.h > 0.0 { self.h } else { 0.5 * from.noise_power() };
        let of_noise = -h / from.noise_scale();
        Step { state: S::combine(&[(1.0, x), (of_noise, &noise), ((2.0 * h).sqrt(), &draw())]), noise }
    }
}

/// A step goes down to its cleaner level and walks there. A step to no noise takes away what the denoiser sees.
pub(super) struct Annealed {
    eps0: f64,
    inner: usize,
    lowest: f64,
}

impl Annealed {
    pub(super) fn new(eps0: f64, inner: usize) -> Self {
        Self { eps0, inner, lowest: 1.0 }
    }
}

impl<S: State> Formula<S> for Annealed {
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        self.lowest = last_noisy(&levels).sigma();
        levels
    }

    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        if to.sigma() == 0.0 {
            let noise = denoiser.noise(x, from);
            return Step { state: super::straight(x, &noise, from, to), noise };
        }
        let share = if self.eps0 > 0.0 { self.eps0 / self.lowest.powi(2) } else { 0.5 };
        let size = share * to.sigma().powi(2);
        let signal = to.signal_scale();
        let mut state = S::combine(&[(scale(from, to), x)]);
        let mut first = None;
        for _ in 0..self.inner {
            let noise = denoiser.noise(&state, to);
            let of_noise = -signal * size / (2.0 * to.sigma());
            state = S::combine(&[(1.0, &state), (of_noise, &noise), (signal * size.sqrt(), &draw())]);
            first.get_or_insert(noise);
        }
        Step { noise: first.unwrap_or_else(|| state.clone()), state }
    }
}
