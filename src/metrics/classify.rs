//! What a classifier makes of images of digits, and how far images are from real ones in its features, with its standard error.

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};

use super::frechet::{Frechet, Moments};
use crate::data::digits::PIXELS;
use crate::estimate::Estimate;
use crate::network::classifier::{CLASSES, Classifier, FEATURES, Reading};
use crate::network::weights::WeightsError;

/// Images that a [`Judge`] looks at together.
pub const TOGETHER: usize = 64;

/// The classifier on a device.
pub struct Judge {
    classifier: Classifier,
    device: Device,
}

/// What the classifier sees in `n` images.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Row-major features `[n, FEATURES]`.
    pub features: Vec<f32>,
    /// The likeliest digit, `[n]`.
    pub digits: Vec<u8>,
    /// How sure it is of that one, from 0.1 to 1, `[n]`.
    pub clarity: Vec<f64>,
}

impl Seen {
    /// Images seen.
    pub fn len(&self) -> usize {
        self.clarity.len()
    }

    /// Whether no image was seen.
    pub fn is_empty(&self) -> bool {
        self.clarity.is_empty()
    }

    /// Takes up what was seen after it.
    pub fn append(&mut self, later: Self) {
        self.features.extend(later.features);
        self.digits.extend(later.digits);
        self.clarity.extend(later.clarity);
    }
}

impl Judge {
    /// The shipped classifier on `device`.
    ///
    /// # Errors
    /// None that the caller could cause.
    pub fn new(device: &Device) -> Result<Self, WeightsError> {
        Ok(Self { classifier: Classifier::shipped(device)?, device: device.clone() })
    }

    /// What it sees in standardised, row-major `images` `[n, 784]`, [`TOGETHER`] at most.
    ///
    /// # Errors
    /// The device's own words when it fails.
    pub async fn look(&self, images: &[f32]) -> Result<Seen, String> {
        let count = images.len() / PIXELS;
        // One shape for all, or a device keeps room for each.
        let mut padded = images.to_vec();
        padded.resize(TOGETHER * PIXELS, 0.0);
        let images = Tensor::<2>::from_data(TensorData::new(padded, [TOGETHER, PIXELS]), &self.device);
        let Reading { features, logits } = self.classifier.read(images);
        let both = Tensor::cat(vec![features, softmax(logits, 1)], 1).into_data_async().await;
        let values: Vec<f32> = both.map_err(|error| format!("{error:?}"))?.iter::<f32>().collect();
        let mut seen = Seen::default();
        for row in values.chunks_exact(FEATURES + CLASSES).take(count) {
            let (features, chances) = row.split_at(FEATURES);
            let likelier = |best: (u8, f32), next: (u8, f32)| if next.1 > best.1 { next } else { best };
            let (digit, chance) = (0..).zip(chances.iter().copied()).fold((0, 0.0), likelier);
            seen.features.extend_from_slice(features);
            seen.digits.push(digit);
            seen.clarity.push(f64::from(chance));
        }
        Ok(seen)
    }
}

/// Parts of a set of samples, each left out in turn to find out how much chance there is in the whole.
pub const PARTS: usize = 8;

/// A distance of a whole set of samples, and of the set without each of its parts.
#[derive(Clone, Debug)]
pub struct Jackknife {
    whole: f64,
    without: Vec<f64>,
}

impl Jackknife {
    /// The Frechet distance to `law` of samples with row-major `features` `[n, FEATURES]`.
    pub fn of(features: &[f32], law: &Frechet) -> Self {
        let count = features.len() / FEATURES;
        let part = |index: usize| &features[index * count / PARTS * FEATURES..(index + 1) * count / PARTS * FEATURES];
        let parts: Vec<Moments> = (0..PARTS).map(|index| Moments::of(part(index), FEATURES)).collect();
        let join = |left_out: usize| {
            let mut all = Moments::new(FEATURES);
            parts.iter().enumerate().filter(|(index, _)| *index != left_out).for_each(|(_, part)| all.join(part));
            law.distance(&all)
        };
        Self { whole: join(PARTS), without: (0..PARTS).map(join).collect() }
    }

    /// The distance of the whole set and its standard error.
    pub fn estimate(&self) -> Estimate {
        let mean = self.without.iter().sum::<f64>() / PARTS as f64;
        let squares: f64 = self.without.iter().map(|without| (without - mean).powi(2)).sum();
        Estimate { mean: self.whole, standard_error: (squares * (PARTS - 1) as f64 / PARTS as f64).sqrt() }
    }

    /// How much larger it is than `other` of samples from the same noise, part by part, which leaves out the chance that both share.
    pub fn minus(&self, other: &Self) -> Estimate {
        let without = self.without.iter().zip(&other.without).map(|(a, b)| a - b).collect();
        Self { whole: self.whole - other.whole, without }.estimate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// What the parts say of the whole is how much it varies from draw to draw.
    #[test]
    fn the_parts_know_how_much_chance_there_is() {
        let covariance = (0..FEATURES * FEATURES).map(|i| f64::from(u8::from(i / FEATURES == i % FEATURES))).collect();
        let law = Frechet::new(vec![0.3; FEATURES], covariance).expect("a Gaussian");
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut one = || {
            let features: Vec<f32> = (0..400 * FEATURES).map(|_| StandardNormal.sample(&mut rng)).collect();
            Jackknife::of(&features, &law).estimate()
        };
        let found: Vec<Estimate> = (0..40).map(|_| one()).collect();
        let spread = Estimate::of(&found.iter().map(|found| found.mean).collect::<Vec<_>>());
        let spread = spread.standard_error * 40.0_f64.sqrt();
        let said = (found.iter().map(|found| found.standard_error.powi(2)).sum::<f64>() / 40.0).sqrt();
        assert!((said / spread - 1.0).abs() < 0.35, "{said} against {spread}");
    }
}
