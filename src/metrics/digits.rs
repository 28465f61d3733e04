//! How far samples of digits are from real ones: the Frechet distance in the classifier's features, with its standard error and
//! the floor that real digits leave. Work comes in batches, so that the caller decides when to rest. Samples are to have the ten
//! digits alike, as the floor's real ones do: an imbalance counts as distance.

use std::collections::{BTreeMap, VecDeque};

use burn::tensor::Device;
use thiserror::Error;

use super::classify::{BATCH, Classified, DigitClassifier};
use super::frechet::{Frechet, Moments};
use crate::data::digits::PIXELS;
use crate::estimate::Estimate;
use crate::network::classifier::FEATURES;
use crate::network::weights::WeightsError;

/// Why digits can't be measured.
#[derive(Debug, Error)]
pub enum QualityError {
    /// The device failed, in its own words.
    #[error("the device did not answer: {0}")]
    Device(String),
    /// The real images are not all classified, fewer than four, or not finite.
    #[error("the real images have no mean and covariance")]
    Reference,
}

/// Sets of real images that a floor is a mean over, at most.
pub const FLOOR_SETS: usize = 16;

/// A measurement of digits in batches: first the real images, then the samples, which [`QualityRun::restart`] forgets while the
/// real images stay. The first half of the real images is the reference; sets of the other half give the floor.
pub struct QualityRun {
    classifier: DigitClassifier,
    real: Classified,
    reference: Option<Frechet>,
    samples: Classified,
}

impl QualityRun {
    /// A measurement with the shipped classifier on `device`.
    ///
    /// # Errors
    /// None that the caller could cause.
    pub fn new(device: &Device) -> Result<Self, WeightsError> {
        let classifier = DigitClassifier::new(device)?;
        Ok(Self { classifier, real: Classified::default(), reference: None, samples: Classified::default() })
    }

    /// The classifier, for other images.
    pub fn classifier(&self) -> &DigitClassifier {
        &self.classifier
    }

    /// What classifying `images` images costs, in network evaluations of sixteen images, roughly.
    pub fn cost(images: usize) -> f64 {
        0.01 * images as f64
    }

    /// Classifies the next [`BATCH`] of the standardised, row-major `real` images `[n, 784]`, which are the same at each call.
    /// Returns how many are left.
    ///
    /// # Errors
    /// When the device fails, or all are classified and have no mean and covariance.
    pub async fn advance_reference(&mut self, real: &[f32]) -> Result<usize, QualityError> {
        let (from, total) = (self.real.len(), real.len() / PIXELS);
        let to = (from + BATCH).min(total);
        if from < to {
            self.real.append(self.classifier.classify(&real[from * PIXELS..to * PIXELS]).await?);
        }
        if to == total && self.reference.is_none() {
            let half = &self.real.features[..total / 2 * FEATURES];
            self.reference = Some(Frechet::of(&Moments::of(half, FEATURES)).ok_or(QualityError::Reference)?);
        }
        Ok(total - to)
    }

    /// The real images classified so far.
    pub fn real(&self) -> &Classified {
        &self.real
    }

    /// Classifies `samples` `[n, 784]`, standardised and row-major, and adds them to those of this measurement.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn add(&mut self, samples: &[f32]) -> Result<(), QualityError> {
        for batch in samples.chunks(BATCH * PIXELS) {
            self.samples.append(self.classifier.classify(batch).await?);
        }
        Ok(())
    }

    /// The samples added since the last restart.
    pub fn samples(&self) -> &Classified {
        &self.samples
    }

    /// Forgets the samples.
    pub fn restart(&mut self) {
        self.samples = Classified::default();
    }

    /// Distance of row-major `features` `[n, FEATURES]` to the reference, two rows at least.
    ///
    /// # Errors
    /// [`QualityError::Reference`] before the real images are classified.
    pub fn distance_of(&self, features: &[f32]) -> Result<f64, QualityError> {
        let reference = self.reference.as_ref().ok_or(QualityError::Reference)?;
        Ok(reference.distance(&Moments::of(features, FEATURES)))
    }

    /// Distance of the samples to the reference, at least two for each of the [`PARTS`].
    ///
    /// # Errors
    /// As [`QualityRun::distance_of`].
    pub fn distance(&self) -> Result<Jackknife, QualityError> {
        Ok(Jackknife::of(&self.samples.features, self.reference.as_ref().ok_or(QualityError::Reference)?))
    }

    /// Distance of `count` real images to the reference, their digits in turn as the classifier reads them: the mean over `sets` sets at
    /// most, and its standard error. A second set and those after it are of as many of each digit as the others are, or not drawn; a single
    /// set takes what there is.
    ///
    /// # Errors
    /// As [`QualityRun::distance_of`].
    pub fn floor(&self, count: usize, sets: usize) -> Result<Estimate, QualityError> {
        let mut rest: BTreeMap<u8, VecDeque<usize>> = BTreeMap::new();
        for index in self.real.len() / 2..self.real.len() {
            rest.entry(self.real.digits[index]).or_default().push_back(index);
        }
        let each = count.div_ceil(rest.len().max(1));
        let enough = |rest: &BTreeMap<u8, VecDeque<usize>>, first: bool| {
            let lengths = || rest.values().map(VecDeque::len);
            lengths().sum::<usize>() >= count && (first || lengths().all(|left| left >= each))
        };
        let mut found = Vec::new();
        while found.len() < sets && enough(&rest, found.is_empty()) {
            let mut features = Vec::with_capacity(count * FEATURES);
            while features.len() < count * FEATURES {
                let room = count - features.len() / FEATURES;
                for index in rest.values_mut().filter_map(VecDeque::pop_front).take(room) {
                    features.extend_from_slice(&self.real.features[index * FEATURES..(index + 1) * FEATURES]);
                }
            }
            found.push(self.distance_of(&features)?);
        }
        Ok(Estimate::of(&found))
    }
}

/// Parts of a set of samples, each left out in turn for the standard error of the whole.
pub const PARTS: usize = 8;

/// A distance of a whole set of samples, and of the set without each of its parts.
#[derive(Clone, Debug)]
pub struct Jackknife {
    /// Of all samples.
    pub whole: f64,
    /// Without each part.
    pub without: Vec<f64>,
}

impl Jackknife {
    /// The Frechet distance to `reference` of samples with row-major `features` `[n, FEATURES]`.
    pub fn of(features: &[f32], reference: &Frechet) -> Self {
        let count = features.len() / FEATURES;
        let part = |index: usize| &features[index * count / PARTS * FEATURES..(index + 1) * count / PARTS * FEATURES];
        let parts: Vec<Moments> = (0..PARTS).map(|index| Moments::of(part(index), FEATURES)).collect();
        let join = |left_out: usize| {
            let mut all = Moments::new(FEATURES);
            parts.iter().enumerate().filter(|(index, _)| *index != left_out).for_each(|(_, part)| all.join(part));
            reference.distance(&all)
        };
        Self { whole: join(PARTS), without: (0..PARTS).map(join).collect() }
    }

    /// The distance of the whole set and its standard error.
    pub fn estimate(&self) -> Estimate {
        let mean = self.without.iter().sum::<f64>() / PARTS as f64;
        let squares: f64 = self.without.iter().map(|without| (without - mean).powi(2)).sum();
        Estimate { mean: self.whole, standard_error: (squares * (PARTS - 1) as f64 / PARTS as f64).sqrt() }
    }

    /// How much larger it is than `other` of samples from the same noise, part by part, so that shared chance cancels.
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

    /// The parts' standard error agrees with the spread from draw to draw.
    #[test]
    fn the_standard_error_is_the_spread_of_draws() {
        let covariance = (0..FEATURES * FEATURES).map(|i| f64::from(u8::from(i / FEATURES == i % FEATURES))).collect();
        let reference = Frechet::new(vec![0.3; FEATURES], covariance).expect("a Gaussian");
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut one = || {
            let features: Vec<f32> = (0..400 * FEATURES).map(|_| StandardNormal.sample(&mut rng)).collect();
            Jackknife::of(&features, &reference).estimate()
        };
        let found: Vec<Estimate> = (0..40).map(|_| one()).collect();
        let spread = Estimate::of(&found.iter().map(|found| found.mean).collect::<Vec<_>>());
        let spread = spread.standard_error * 40.0_f64.sqrt();
        let said = (found.iter().map(|found| found.standard_error.powi(2)).sum::<f64>() / 40.0).sqrt();
        assert!((said / spread - 1.0).abs() < 0.35, "{said} against {spread}");
    }

    /// Where a digit has run out, no further set is drawn: it would lack it, and that counts as distance.
    #[test]
    fn sets_of_real_images_have_as_many_of_each_digit() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let digits: Vec<u8> = (0..80).map(|index| u8::from(index < 60 && index % 2 == 1)).collect();
        let mut feature = |digit: u8| {
            let normal: f32 = StandardNormal.sample(&mut rng);
            normal + 3.0 * f32::from(digit)
        };
        let features: Vec<f32> = digits.iter().flat_map(|&digit| [digit; FEATURES]).map(&mut feature).collect();
        let mut run = QualityRun::new(&Device::flex()).expect("the shipped classifier");
        let (half, rest) = features.split_at(40 * FEATURES);
        run.reference = Frechet::of(&Moments::of(half, FEATURES));
        let sets: Vec<f64> =
            rest.chunks(10 * FEATURES).take(2).map(|set| run.distance_of(set).expect("a distance")).collect();
        let confidence = vec![1.0; digits.len()];
        run.real = Classified { features: features.clone(), digits, confidence };
        let found = run.floor(10, 8).expect("a floor");
        assert!((found.mean - Estimate::of(&sets).mean).abs() < 1e-9, "{found:?} of {sets:?}");
    }

    /// Real images are taken in batches to the last one, the reference is their first half, and samples start anew.
    #[test]
    fn a_run_goes_from_real_images_to_samples() {
        let count = 2 * BATCH + 22;
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let real: Vec<f32> = (0..count * PIXELS).map(|_| StandardNormal.sample(&mut rng)).collect();
        let mut run = QualityRun::new(&Device::flex()).expect("the shipped classifier");
        assert!(matches!(run.distance(), Err(QualityError::Reference)));
        let mut advance = || pollster::block_on(run.advance_reference(&real)).expect("a batch");
        assert_eq!([0; 4].map(|_| advance()), [count - BATCH, 22, 0, 0]);
        assert_eq!(run.real().len(), count);
        let (half, rest) = run.real().features.split_at(count / 2 * FEATURES);
        assert!(run.distance_of(half).expect("a distance").abs() < 1e-6);
        let floor = run.floor(count / 2, FLOOR_SETS).expect("a floor").mean;
        assert!((floor - run.distance_of(rest).expect("a distance")).abs() < 1e-6, "{floor}");
        let again = &real[count / 2 * PIXELS..];
        pollster::block_on(run.add(again)).expect("samples");
        let found = run.distance().expect("a distance").estimate();
        assert!((found.mean - floor).abs() < 1e-3 && found.standard_error > 0.0, "{found:?} against {floor}");
        run.restart();
        assert!(run.samples().is_empty() && run.real().len() == count);
    }
}
