//! Two classifiers of different build, and what each says of images: a claim stands only where both agree.

use std::error::Error;

use burn::tensor::Device;
use fewsteps::data::Dataset;
use fewsteps::data::digits::{CLASSES, PIXELS};
use fewsteps::metrics::classify::{BATCH, DigitClassifier};
use fewsteps::metrics::frechet::{Frechet, Moments};
use fewsteps::network::classifier;
use serde::{Deserialize, Serialize};

use super::lenet::{self, LeNet};

/// Judges by name.
pub const NAMES: [&str; 2] = ["shipped classifier", "LeNet"];

/// A classifier.
#[allow(clippy::large_enum_variant, reason = "there are two")]
enum Reader {
    Shipped(DigitClassifier),
    LeNet(LeNet),
}

impl Reader {
    fn features(&self) -> usize {
        match self {
            Reader::Shipped(_) => classifier::FEATURES,
            Reader::LeNet(_) => lenet::FEATURES,
        }
    }

    /// Features `[n, d]` of row-major `images` `[n, 784]`, [`BATCH`] at most, and the digits read in them.
    fn read(&self, images: &[f32]) -> Result<(Vec<f32>, Vec<u8>), Box<dyn Error>> {
        match self {
            Reader::Shipped(classifier) => {
                let found = pollster::block_on(classifier.classify(images))?;
                Ok((found.features, found.digits))
            }
            Reader::LeNet(lenet) => {
                let [features, logits] = lenet.read(lenet::batch(images.to_vec(), &Device::flex()));
                Ok((features.into_data().iter().collect(), lenet::likeliest(logits)))
            }
        }
    }
}

/// A classifier with the training images as it sees them.
struct Judge {
    reader: Reader,
    reference: Frechet,
    /// Mean variance of a feature over the training images: the unit of distances.
    unit: f64,
    /// Share of the test images that it reads as labelled.
    accuracy: f64,
}

impl Judge {
    fn new(reader: Reader, data: &Dataset) -> Result<Self, Box<dyn Error>> {
        let d = reader.features();
        let mut moments = Moments::new(d);
        for images in data.train.chunks(BATCH * PIXELS) {
            moments.add(&reader.read(images)?.0);
        }
        let digits = &data.labels.as_ref().ok_or("images without digits")?.held_out;
        let mut right = 0;
        for (images, digits) in data.held_out.chunks(BATCH * PIXELS).zip(digits.chunks(BATCH)) {
            right += reader.read(images)?.1.iter().zip(digits).filter(|(found, digit)| found == digit).count();
        }
        Ok(Self {
            reader,
            reference: Frechet::of(&moments).ok_or("features that are not finite")?,
            unit: moments.covariance().iter().step_by(d + 1).sum::<f64>() / d as f64,
            accuracy: right as f64 / digits.len() as f64,
        })
    }
}

/// What both judges say of a set of images.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Score {
    /// Frechet distance to all training images, in units of a feature's mean variance over these.
    pub distance: f64,
    /// Share read as the digit asked for.
    pub right: f64,
}

/// Images seen so far, by both.
pub struct Tally {
    moments: [Moments; 2],
    right: [usize; 2],
}

/// Both judges.
pub struct Judges([Judge; 2]);

impl Judges {
    /// Needs the LeNet's file.
    pub fn new(data: &Dataset) -> Result<Self, Box<dyn Error>> {
        let shipped = Judge::new(Reader::Shipped(DigitClassifier::new(&Device::flex())?), data)?;
        Ok(Self([shipped, Judge::new(Reader::LeNet(LeNet::load()?), data)?]))
    }

    /// Numbers that each describes an image by.
    pub fn features(&self) -> [usize; 2] {
        self.0.each_ref().map(|judge| judge.reader.features())
    }

    /// Shares of the test images that they read as labelled.
    pub fn accuracy(&self) -> [f64; 2] {
        self.0.each_ref().map(|judge| judge.accuracy)
    }

    /// Nothing seen yet.
    pub fn tally(&self) -> Tally {
        Tally { moments: self.features().map(Moments::new), right: [0; 2] }
    }

    /// Adds row-major `images` `[n, 784]`, digits in turn from 0, to `tally`.
    pub fn add(&self, tally: &mut Tally, images: &[f32]) -> Result<(), Box<dyn Error>> {
        for (index, judge) in self.0.iter().enumerate() {
            let mut read = Vec::new();
            for images in images.chunks(BATCH * PIXELS) {
                let (features, digits) = judge.reader.read(images)?;
                tally.moments[index].add(&features);
                read.extend(digits);
            }
            tally.right[index] +=
                read.iter().enumerate().filter(|(i, digit)| i % CLASSES == usize::from(**digit)).count();
        }
        Ok(())
    }

    /// What they say of the images in `tally`.
    pub fn score(&self, tally: &Tally) -> [Score; 2] {
        [0, 1].map(|index| {
            let (judge, moments) = (&self.0[index], &tally.moments[index]);
            let right = tally.right[index] as f64 / moments.count() as f64;
            Score { distance: judge.reference.distance(moments) / judge.unit, right }
        })
    }
}
