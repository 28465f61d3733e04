//! Where a curved step takes the slope of the noise from: the learned turn, or one of its two controls, which need no second head.

use super::Stride;
use crate::level::Level;
use crate::parameters::{Checked, Kind, Parameter, options};
use crate::prediction::Prediction;
use crate::state::State;

options! {
    /// Where a curved step takes the slope `c = d eh / d ln sigma` of the noise from.
    #[derive(Default)]
    pub enum Slope {
        /// The denoiser's turn.
        #[default]
        Learned = ("learned", "Learned turn", "The second head’s, at its cost."),
        /// `(eh_t - eh_{t+1}) / ln(sigma_t / sigma_{t+1})` from the last two evaluations. The first step has that of standard normal
        /// data, `eh / (1 + sigma^2)`.
        History = (
            "history",
            "Last two velocities",
            "The change since the last evaluation; on the first step that of Gaussian data. A control: it needs no second head.",
        ),
        /// Zero.
        None = ("none", "None", "No slope: what the sampler does without a turn. A control: it needs no second head."),
    }
}

/// The parameter of every curved sampler.
pub(super) const PARAMETER: Parameter = Parameter {
    key: "slope",
    label: "Slope",
    help: "Where the curve of a step comes from: the learned turn, or what does without it.",
    kind: Kind::Choice { default: "learned", options: Slope::TABLE },
};

impl From<Checked<'_>> for Slope {
    fn from(parameters: Checked<'_>) -> Self {
        parameters.option(PARAMETER.key)
    }
}

impl Slope {
    /// Noise and slope at the start of a step, in one evaluation: of the velocity alone, where the slope is not the denoiser's. `last` is
    /// the noise of the last evaluation, and its level.
    pub(super) fn predict<S: State>(self, stride: &Stride<'_, S>, last: Option<(&S, Level)>) -> Prediction<S> {
        let Stride { denoiser, x, from, .. } = *stride;
        if self == Slope::Learned {
            return denoiser.noise_and_turn(x, from);
        }
        let noise = denoiser.noise(x, from);
        let turn = match (self, last) {
            (Slope::History, Some((last, level))) => {
                let inverse = 1.0 / (from.sigma() / level.sigma()).ln();
                S::combine(&[(inverse, &noise), (-inverse, last)])
            }
            (Slope::History, None) => S::combine(&[(from.alpha_bar(), &noise)]),
            _ => S::combine(&[(0.0, &noise)]),
        };
        Prediction { noise, turn }
    }
}
