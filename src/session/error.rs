//! What can go wrong in a session.

use thiserror::Error;

use super::health::{Fault, Loss};
use crate::data::DataError;
use crate::data::digits::PIXELS;
use crate::metrics::digits::QualityError;
use crate::network::weights::WeightsError;
use crate::schedule::ScheduleError;
use crate::settings::SettingsError;
use crate::sharing::ShareError;
use crate::training::SavedError;

/// What can go wrong in a session. The codes are stable; the sentences are for visitors.
#[derive(Debug, Error)]
#[allow(missing_docs)] // Each wraps the error of the layer it comes from.
pub enum SessionError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Data(#[from] DataError),
    #[error(transparent)]
    Weights(#[from] WeightsError),
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    #[error("nothing has been configured yet")]
    NotConfigured,
    #[error("these weights were trained on “{data}”, of {found} coordinates, and the data shown has {expected}")]
    Dimension { data: String, found: usize, expected: usize },
    #[error("lane {0} has no exact mixture: this data set is not a mixture of Gaussians")]
    NoMixture(usize),
    #[error("there is no lane {0}")]
    NoLane(usize),
    #[error("a drawing to finish has {PIXELS} pixels, and a mask of as many")]
    KnownPixels,
    #[error("there are no handwritten digits to classify: the data is another")]
    NotDigits,
    #[error("images to classify have {PIXELS} pixels and a noise level each")]
    Images,
    #[error("the device did not answer: {0}")]
    Device(String),
    #[error(
        "training stopped, because the loss of the {loss} {fault} by step {step}; the network is back at step {back}, before that"
    )]
    Diverged { loss: Loss, fault: Fault, step: usize, back: usize },
    #[error("the samples of lane {0} are not finite, so nothing can be said of them")]
    NotFinite(usize),
    #[error(transparent)]
    Share(#[from] ShareError),
    #[error(transparent)]
    Saved(#[from] SavedError),
}

impl From<QualityError> for SessionError {
    fn from(error: QualityError) -> Self {
        match error {
            QualityError::Device(error) => Self::Device(error),
            QualityError::Reference => Self::NotDigits,
        }
    }
}

impl SessionError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            SessionError::Device(_)
            | SessionError::Weights(WeightsError::Device(_))
            | SessionError::Share(ShareError::Device(_))
            | SessionError::Saved(SavedError::Device(_)) => "device",
            SessionError::Settings(_) => "settings",
            SessionError::Data(DataError::Digits(_)) => "digits",
            SessionError::Data(_) => "data",
            SessionError::Weights(_) | SessionError::Dimension { .. } => "weights",
            SessionError::Schedule(_) => "schedule",
            SessionError::NotConfigured => "not_configured",
            SessionError::NoMixture(_) | SessionError::NoLane(_) => "lane",
            SessionError::KnownPixels => "known_pixels",
            SessionError::NotDigits | SessionError::Images => "look",
            SessionError::Share(_) => "helper",
            SessionError::Saved(_) => "saved",
            SessionError::Diverged { fault: Fault::Negative, .. } => "wrong",
            SessionError::Diverged { .. } => "diverged",
            SessionError::NotFinite(_) => "not_finite",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever was under way: the page starts another engine, and keeps the run.
    #[test]
    fn a_lost_device_has_one_code() {
        let lost = || String::from("the browser took the GPU away");
        let all: [SessionError; 5] = [
            SessionError::Device(lost()),
            WeightsError::Device(lost()).into(),
            ShareError::Device(lost()).into(),
            SavedError::Device(lost()).into(),
            QualityError::Device(lost()).into(),
        ];
        assert_eq!(all.map(|error| error.code()), ["device"; 5]);
    }
}
