//! Digits, confidences and features that the classifier finds in images.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::digits::QualityError;
use crate::data::digits::PIXELS;
use crate::network::classifier::{CLASSES, Classifier, FEATURES, Reading};
use crate::network::weights::WeightsError;
use crate::state::cause;

/// Most images that a [`DigitClassifier`] classifies at once.
pub const BATCH: usize = 64;

/// The classifier on a device.
pub struct DigitClassifier {
    classifier: Classifier,
    device: Device,
}

/// The classifier's output for `n` images.
#[derive(Clone, Debug, Default)]
pub struct Classified {
    /// Row-major features `[n, FEATURES]`.
    pub features: Vec<f32>,
    /// The likeliest digit, `[n]`.
    pub digits: Vec<u8>,
    /// Its probability, from 0.1 to 1, `[n]`.
    pub confidence: Vec<f64>,
}

impl Classified {
    /// The number of images.
    pub fn len(&self) -> usize {
        self.confidence.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.confidence.is_empty()
    }

    /// Appends the images that `later` holds.
    pub fn append(&mut self, later: Self) {
        self.features.extend(later.features);
        self.digits.extend(later.digits);
        self.confidence.extend(later.confidence);
    }
}

impl DigitClassifier {
    /// The shipped classifier on `device`.
    ///
    /// # Errors
    /// None that the caller could cause.
    pub fn new(device: &Device) -> Result<Self, WeightsError> {
        Ok(Self { classifier: Classifier::shipped(device)?, device: device.clone() })
    }

    /// Classifies standardised, row-major `images` `[n, 784]`, [`BATCH`] at most.
    ///
    /// # Errors
    /// [`QualityError::Device`] when the device fails.
    pub async fn classify(&self, images: &[f32]) -> Result<Classified, QualityError> {
        let count = images.len() / PIXELS;
        // One shape for all batches: a GPU compiles and allocates for each new shape.
        let mut padded = images.to_vec();
        padded.resize(BATCH * PIXELS, 0.0);
        let images = Tensor::<2>::from_data(TensorData::new(padded, [BATCH, PIXELS]), &self.device);
        let Reading { features, logits } = self.classifier.read(images);
        let both = Tensor::cat(vec![features, softmax(logits, 1)], 1).into_data_async().await;
        let values: Vec<f32> = both.map_err(|error| QualityError::Device(cause(&error)))?.iter::<f32>().collect();
        let mut found = Classified::default();
        for row in values.chunks_exact(FEATURES + CLASSES).take(count) {
            let (features, probabilities) = row.split_at(FEATURES);
            let likelier = |best: (u8, f32), next: (u8, f32)| if next.1 > best.1 { next } else { best };
            let (digit, probability) = (0..).zip(probabilities.iter().copied()).fold((0, 0.0), likelier);
            found.features.extend_from_slice(features);
            found.digits.push(digit);
            found.confidence.push(f64::from(probability));
        }
        Ok(found)
    }
}
