//! DDIM (arXiv 2010.02502).

use super::{Formula, Group, Info, Step, Stride, first_step, scale, straight};
use crate::parameters::{Checked, Kind, Parameter};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "ddim",
    label: "DDIM",
    group: Group::Straight,
    help: "Follows the velocity in a straight line until the next level.",
    formula: r"y_s = y_t + (\sigma_s-\sigma_t)\,\hat\epsilon_t",
    source: "2010.02502 eq 12",
    evaluations: 1,
    order: 1,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[
        Parameter {
            key: "eta",
            label: "Fresh noise",
            help: "0 draws no noise, 1 as much as DDPM.",
            kind: Kind::Number { default: 0.0, min: 0.0, max: 1.0, log: false },
        },
        first_step::PARAMETER,
    ],
};

/// DDIM (arXiv 2010.02502, eq 12): Euler's method in `sigma` for `eta = 0`, and DDPM with the small variance for `eta = 1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ddim {
    /// Share of DDPM's noise that a step draws, from 0 to 1 (eq 16).
    pub eta: f64,
}

impl From<Checked<'_>> for Ddim {
    fn from(parameters: Checked<'_>) -> Self {
        Self { eta: parameters.number("eta") }
    }
}

impl Default for Ddim {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl<S: State> Formula<S> for Ddim {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, draw, .. } = stride;
        let noise = denoiser.noise(x, from);
        // sigma_t(eta)^2 of eq 16; not the VE noise level.
        let ratio = to.noise_power() / from.noise_power();
        let variance = self.eta.powi(2) * ratio * (1.0 - from.alpha_bar() / to.alpha_bar());
        if variance == 0.0 {
            return Step { state: straight(x, &noise, from, to), noise };
        }
        let of_noise = (to.noise_power() - variance).sqrt() - to.signal_scale() * from.sigma();
        Step { state: S::combine(&[(scale(from, to), x), (of_noise, &noise), (variance.sqrt(), &draw())]), noise }
    }
}
