//! Images classified, with their nearest training images.

use serde::Serialize;

use super::{Session, SessionError};
use crate::data::digits::PIXELS;
use crate::level::Level;
use crate::metrics::classify::{BATCH, DigitClassifier};
use crate::metrics::digits::QualityRun;
use crate::metrics::memorisation::Search;

/// Held-out images whose distances to the nearest training image say what is usual.
const USUAL: usize = 32;

/// Images with what the classifier reads and their nearest training images.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Looks {
    /// Training images that were searched.
    pub searched: usize,
    /// Mean distance of held-out images to their nearest training images, for comparison: no copy is among them.
    pub usual: f64,
    /// One for each image.
    pub looks: Vec<Look>,
}

/// One image, its digit and its nearest training image.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Look {
    /// The image without the scale of its noise level, standardised, `[784]`.
    pub image: Vec<f32>,
    /// The digit that the classifier reads.
    pub digit: u8,
    /// The probability of that digit, from 0.1 to 1.
    pub chance: f64,
    /// The nearest training image, standardised, `[784]`.
    pub nearest: Vec<f32>,
    /// Euclidean distance to it, in standardised pixels.
    pub distance: f64,
    /// The digit that it shows, where that is known.
    pub label: Option<u8>,
}

impl Session {
    /// Whether the data is handwritten digits, which the classifier can read.
    ///
    /// # Errors
    /// [`SessionError::NotDigits`] when it can't, [`SessionError::NotConfigured`] before there is data.
    pub(super) fn require_digits(&self) -> Result<(), SessionError> {
        if self.trainer()?.data().labels.is_some() { Ok(()) } else { Err(SessionError::NotDigits) }
    }

    /// The classifier on the session's device.
    fn classifier(&mut self) -> Result<&DigitClassifier, SessionError> {
        if self.digits.is_none() {
            self.digits = Some(QualityRun::new(&self.device)?);
        }
        Ok(self.digits.as_ref().ok_or(SessionError::NotConfigured)?.classifier())
    }

    /// Classifies VP states `[n, 784]`, row-major, each at the noise level of its place in `sigmas` `[n]`, and finds
    /// their nearest training images.
    ///
    /// # Errors
    /// When the data is no digits, there is not a level for each image, or the device fails.
    pub async fn look(&mut self, states: &[f32], sigmas: &[f64]) -> Result<Looks, SessionError> {
        self.require_digits()?;
        if states.len() != sigmas.len() * PIXELS || sigmas.len() > BATCH {
            return Err(SessionError::Images);
        }
        let clean = |(state, sigma): (&[f32], &f64)| {
            let signal = Level::from_sigma(*sigma).signal_scale() as f32;
            state.iter().map(|x| x / signal).collect::<Vec<f32>>()
        };
        let images: Vec<f32> = states.chunks_exact(PIXELS).zip(sigmas).flat_map(clean).collect();
        let classified = self.classifier()?.classify(&images).await?;
        let usual = self.usual()?;
        let data = self.trainer()?.data();
        let mut search = Search::new(&images, PIXELS);
        search.append(&data.train);
        let look = |(at, image): (usize, &[f32])| {
            let found = search.found()[at];
            Look {
                image: image.to_vec(),
                digit: classified.digits[at],
                chance: classified.confidence[at],
                nearest: data.train[found.index * PIXELS..(found.index + 1) * PIXELS].to_vec(),
                distance: found.distance,
                label: data.labels.as_ref().map(|labels| labels.train[found.index]),
            }
        };
        let looks = images.chunks_exact(PIXELS).enumerate().map(look).collect();
        Ok(Looks { searched: data.len(), usual, looks })
    }

    fn usual(&mut self) -> Result<f64, SessionError> {
        if let Some(usual) = self.usual {
            return Ok(usual);
        }
        let data = self.trainer()?.data();
        let count = USUAL.min(data.held_out.len() / PIXELS);
        let mut search = Search::new(&data.held_out[..count * PIXELS], PIXELS);
        search.append(&data.train);
        let usual = search.found().iter().map(|found| found.distance).sum::<f64>() / count as f64;
        self.usual = Some(usual);
        Ok(usual)
    }
}
