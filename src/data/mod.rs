//! Data sets: anything in becomes a standardised `[n, d]` set, half to learn from and a part held out to be measured against.

pub mod digits;
#[cfg(feature = "mnist")]
pub mod mnist;
pub mod points;

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use thiserror::Error;

use crate::distribution::Mixture;

pub use points::PointSet;

/// Why points are no data set.
#[derive(Debug, Error, PartialEq)]
pub enum DataError {
    /// Too few points to hold some out.
    #[error("a data set needs at least {MIN_POINTS} points, and this one has {0}")]
    TooFew(usize),
    /// A coordinate that is not a finite number.
    #[error("point {0} has a coordinate that is not a number")]
    NotFinite(usize),
    /// All points in one place.
    #[error("all points lie in the same place, so there is nothing to learn")]
    NoSpread,
    /// A name that no built-in data set has.
    #[error("there is no data set called “{0}”")]
    Unknown(String),
    /// A data set of the visitor's own, or the digits, without its points.
    #[error("these settings need points that were not given")]
    Missing,
    /// Classes chosen that no point is of.
    #[error("none of the images is of a class that was chosen")]
    NoneChosen,
    /// Bytes that are no images.
    #[error(transparent)]
    Digits(#[from] digits::DigitsError),
}

/// Fewest points of a data set.
pub const MIN_POINTS: usize = 50;

/// A standardised data set: centred, with a mean square of one over all coordinates.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Number of coordinates `d`.
    pub dimension: usize,
    /// Points to learn from, row-major `[n, d]`, in random order.
    pub train: Vec<f32>,
    /// Points held out, row-major `[m, d]`.
    pub held_out: Vec<f32>,
    /// The exact distribution, in the same coordinates, where it is a Gaussian mixture.
    pub mixture: Option<Mixture>,
    /// The points' classes, where they have any.
    pub labels: Option<Labels>,
}

/// A class for each point of a [`Dataset`], counted from zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Number of classes.
    pub classes: usize,
    /// Classes of the points to learn from.
    pub train: Vec<u8>,
    /// Classes of the points held out.
    pub held_out: Vec<u8>,
}

impl Labels {
    /// The classes of `count` training points drawn at random: what to ask for so that each comes as often as in the data.
    pub fn sample(&self, count: usize, rng: &mut impl Rng) -> Vec<Option<u8>> {
        (0..count).map(|_| self.train.choose(rng).copied()).collect()
    }
}

impl Dataset {
    /// The data set that the settings call `name`: a built-in one, "digits" from the unpacked file `images`, "images" from the
    /// visitor's own, a byte a pixel, or "drawn" and "uploaded" from row-major `points` `[n, 2]`.
    ///
    /// # Errors
    /// [`DataError`] when there is none of that name, or what it is made of is missing or broken.
    pub fn named(name: &str, points: Option<&[f32]>, images: Option<&[u8]>) -> Result<Self, DataError> {
        match name {
            "digits" => Ok(digits::dataset(images.ok_or(DataError::Missing)?)?),
            "images" => Ok(digits::unlabelled(images.ok_or(DataError::Missing)?)?),
            "drawn" | "uploaded" => Self::from_points(points.ok_or(DataError::Missing)?, 2, 0),
            name => Ok(PointSet::find(name)?.dataset()),
        }
    }

    /// A data set from raw row-major points `[n, d]`, a fifth of them held out.
    ///
    /// # Errors
    /// [`DataError`] when there are too few points, one is not finite, or all are the same.
    pub fn from_points(points: &[f32], dimension: usize, seed: u64) -> Result<Self, DataError> {
        let count = points.len() / dimension;
        if count < MIN_POINTS {
            return Err(DataError::TooFew(count));
        }
        if let Some(index) = points.iter().position(|value| !value.is_finite()) {
            return Err(DataError::NotFinite(index / dimension));
        }
        let standard = Standard::of(points, dimension);
        if standard.scale < 1e-6 {
            return Err(DataError::NoSpread);
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let pick = |indices: &[usize]| -> Vec<f32> {
            indices.iter().flat_map(|&i| standard.apply(&points[i * dimension..(i + 1) * dimension])).collect()
        };
        let (held_out, train) = order.split_at(count / 5);
        Ok(Self { dimension, train: pick(train), held_out: pick(held_out), mixture: None, labels: None })
    }

    /// The points of the `chosen` classes; all where points have none. The number of classes stays, so that networks fit.
    ///
    /// # Errors
    /// [`DataError::NoneChosen`] when nothing is left to learn from.
    pub fn only(self, chosen: &[u8]) -> Result<Self, DataError> {
        let Some(labels) =
            self.labels.as_ref().filter(|labels| (0..labels.classes).any(|c| !chosen.contains(&(c as u8))))
        else {
            return Ok(self);
        };
        let pick = |points: &[f32], classes: &[u8]| -> (Vec<f32>, Vec<u8>) {
            let rows = points.chunks_exact(self.dimension).zip(classes);
            let (rows, classes): (Vec<&[f32]>, Vec<u8>) = rows.filter(|(_, class)| chosen.contains(class)).unzip();
            (rows.concat(), classes)
        };
        let (train, train_classes) = pick(&self.train, &labels.train);
        let (held_out, held_out_classes) = pick(&self.held_out, &labels.held_out);
        if train.is_empty() {
            return Err(DataError::NoneChosen);
        }
        let labels = Labels { classes: labels.classes, train: train_classes, held_out: held_out_classes };
        Ok(Self { train, held_out, labels: Some(labels), ..self })
    }

    /// Whether the held-out points are others than those to learn from. Where points are too few to do without some they are not, and a
    /// distance to them would only say how well they were memorised.
    pub fn holds_out(&self) -> bool {
        self.held_out != self.train
    }

    /// The mean of the training points, `[d]`: all that is left of the data beyond the noisiest level.
    pub fn mean(&self) -> Vec<f32> {
        let mut sum = vec![0.0; self.dimension];
        for row in self.train.chunks_exact(self.dimension) {
            sum.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        sum.iter().map(|sum| (sum / self.len() as f64) as f32).collect()
    }

    /// Number of points to learn from.
    pub fn len(&self) -> usize {
        self.train.len() / self.dimension
    }

    /// Whether there is nothing to learn from.
    pub fn is_empty(&self) -> bool {
        self.train.is_empty()
    }

    /// Number of classes; zero where the points have none.
    pub fn classes(&self) -> usize {
        self.labels.as_ref().map_or(0, |labels| labels.classes)
    }

    /// `count` training points drawn with replacement, row-major, and their classes, where they have any.
    pub fn draw(&self, count: usize, rng: &mut ChaCha8Rng) -> (Vec<f32>, Option<Vec<u8>>) {
        let mut batch = Vec::with_capacity(count * self.dimension);
        let mut classes = self.labels.as_ref().map(|_| Vec::with_capacity(count));
        for _ in 0..count {
            let index = rng.random_range(0..self.len());
            batch.extend_from_slice(&self.train[index * self.dimension..(index + 1) * self.dimension]);
            if let (Some(classes), Some(labels)) = (&mut classes, &self.labels) {
                classes.push(labels.train[index]);
            }
        }
        (batch, classes)
    }
}

/// The shift and the scale that standardise a set.
pub(crate) struct Standard {
    center: Vec<f64>,
    scale: f64,
}

impl Standard {
    pub(crate) fn of(points: &[f32], dimension: usize) -> Self {
        let count = (points.len() / dimension) as f64;
        let mut center = vec![0.0; dimension];
        for row in points.chunks_exact(dimension) {
            center.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value) / count);
        }
        let spread = |row: &[f32]| row.iter().zip(&center).map(|(&v, c)| (f64::from(v) - c).powi(2)).sum::<f64>();
        let power = points.chunks_exact(dimension).map(spread).sum::<f64>() / points.len() as f64;
        Self { center, scale: power.sqrt() }
    }

    fn apply<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        row.iter().zip(&self.center).map(|(&value, center)| ((f64::from(value) - center) / self.scale) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_standardised_and_split() {
        let points: Vec<f32> = (0..400).map(|i| ((i * 37) % 101) as f32 * 3.0 + 50.0).collect();
        let set = Dataset::from_points(&points, 2, 1).expect("a data set");
        assert_eq!((set.train.len(), set.held_out.len()), (320, 80));
        let all: Vec<f32> = [set.train, set.held_out].concat();
        let power = all.iter().map(|v| v * v).sum::<f32>() / all.len() as f32;
        assert!((power - 1.0).abs() < 1e-4 && all.iter().sum::<f32>().abs() < 1e-2);
    }

    #[test]
    fn bad_points_are_named() {
        let error = |points: &[f32]| Dataset::from_points(points, 2, 1).err();
        assert_eq!(error(&[1.0; 20]), Some(DataError::TooFew(10)));
        assert_eq!(error(&[1.0; 200]), Some(DataError::NoSpread));
        let mut points = vec![1.0; 200];
        points[31] = f32::NAN;
        assert_eq!(error(&points), Some(DataError::NotFinite(15)));
    }
}
