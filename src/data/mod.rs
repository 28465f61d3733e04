//! Data sets: anything in becomes a standardised `[n, d]` set, half to learn from and a part held out to be measured against.

pub mod digits;
#[cfg(feature = "mnist")]
pub mod mnist;
mod points;
mod standard;

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use thiserror::Error;

use crate::distribution::Mixture;
use crate::parameters::Named;
use points::Shape;
pub(crate) use standard::Standard;

/// Why points are no data set.
#[derive(Debug, Error, PartialEq)]
pub enum DataError {
    /// Too few points to hold some out.
    #[error("a data set needs at least {MIN_POINTS} points, and this one has {0}")]
    TooFew(usize),
    /// A coordinate that is not a finite number.
    #[error("point {0} has a coordinate that is not a number")]
    NotFinite(usize),
    /// Too many points to hold.
    #[error("a data set has {MOST_POINTS} points at most, and this one has {0}")]
    TooMany(usize),
    /// All points in one place.
    #[error("all points lie in the same place, so there is nothing to learn")]
    NoSpread,
    /// Points whose differences are lost in single precision.
    #[error(
        "the points lie so close together, and so far from zero, that single precision hardly tells them apart: subtract their mean first"
    )]
    TooClose,
    /// A name that no built-in data set has.
    #[error("there is no data set called “{0}”")]
    Unknown(String),
    /// A data set of the visitor's own, or the digits, without its points.
    #[error("these settings need points, and there are none")]
    Missing,
    /// Classes that are not one for each point.
    #[error("there are {points} points and the classes of {labels}")]
    Labels {
        /// Points.
        points: usize,
        /// Classes given.
        labels: usize,
    },
    /// More classes than can be asked for.
    #[error("points are of {MOST_CLASSES} classes at most, and these are of {0}")]
    Classes(usize),
    /// Classes chosen that no point is of.
    #[error("none of the images is of a class that was chosen")]
    NoneChosen,
    /// Bytes that are no images.
    #[error(transparent)]
    Digits(#[from] digits::DigitsError),
}

/// Fewest points of a data set.
pub const MIN_POINTS: usize = 50;
/// Most points of a data set of one's own.
pub const MOST_POINTS: usize = 1_000_000;
/// Most classes of points of one's own: those that the setting `digit` can name.
pub const MOST_CLASSES: usize = 10;
/// Roundings of a coordinate that the points' spread is, at least.
const LEAST_SPREAD: f64 = 64.0;

/// What the rows of a data set are.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DataKind {
    /// Points, of few coordinates.
    Points,
    /// Square grey images, a coordinate a pixel.
    Images {
        /// Pixels on a side.
        side: usize,
    },
}

/// What the table of data sets says of one. Its words stand among the options of the setting ([`OPTIONS`]).
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "DataSet"))]
#[derive(Clone, Copy, Serialize)]
pub struct Info {
    /// Name in links, in JSON and in code.
    #[cfg_attr(test, ts(type = "DataName"))]
    pub value: &'static str,
    /// Name for people.
    #[serde(skip)]
    pub label: &'static str,
    /// One sentence.
    #[serde(skip)]
    pub help: &'static str,
    /// What its rows are.
    #[serde(flatten)]
    pub kind: DataKind,
    /// Whether its exact distribution is known.
    pub mixture: bool,
    #[serde(skip)]
    origin: Origin,
}

impl Info {
    /// Whether it is made of points of the visitor's own.
    pub fn of_own_points(&self) -> bool {
        matches!(self.origin, Origin::OwnPoints)
    }
}

/// Where a data set comes from.
#[derive(Clone, Copy)]
enum Origin {
    /// Drawn from a formula.
    BuiltIn(Shape),
    /// The file of digits.
    Digits,
    /// The visitor's own images.
    OwnImages,
    /// The visitor's own points.
    OwnPoints,
}

const fn built_in(value: &'static str, label: &'static str, help: &'static str, shape: Shape) -> Info {
    Info {
        value,
        label,
        help,
        kind: DataKind::Points,
        mixture: shape.mixture.is_some(),
        origin: Origin::BuiltIn(shape),
    }
}

/// Every data set that settings can name, in the order in which lists show them.
pub const TABLE: &[Info] = &[
    built_in("eight_gaussians", "Eight gaussians", "Eight round clusters on a ring.", points::EIGHT_GAUSSIANS),
    built_in("two_moons", "Two moons", "Two crescents that interlock.", points::TWO_MOONS),
    built_in("swiss_roll", "Swiss roll", "One band, rolled up.", points::SWISS_ROLL),
    built_in("spiral", "Spiral", "Two thin arms around each other.", points::SPIRAL),
    built_in("checkerboard", "Checkerboard", "Eight filled squares with sharp edges.", points::CHECKERBOARD),
    built_in("circles", "Circles", "One ring inside another.", points::CIRCLES),
    built_in("pinwheel", "Pinwheel", "Five bent blades.", points::PINWHEEL),
    built_in("cat", "Cat", "A face with whiskers, which few steps tend to lose first.", points::CAT),
    built_in(
        "three_peaks",
        "Three peaks",
        "Three clusters on a line, seen over time from left to right: at the right how densely points lie, and in white the data.",
        points::THREE_PEAKS,
    ),
    Info {
        value: "digits",
        label: "Handwritten digits",
        help: "MNIST: grey images of 28 by 28 pixels, fetched when chosen.",
        kind: digits::KIND,
        mixture: false,
        origin: Origin::Digits,
    },
    Info {
        value: "images",
        label: "Your images",
        help: "Drawn here or uploaded, and scaled to 28 by 28 grey pixels.",
        kind: digits::KIND,
        mixture: false,
        origin: Origin::OwnImages,
    },
    Info {
        value: "drawn",
        label: "Draw points",
        help: "Points that you draw here.",
        kind: DataKind::Points,
        mixture: false,
        origin: Origin::OwnPoints,
    },
    Info {
        value: "uploaded",
        label: "Upload CSV",
        help: "Points from a file with two columns of numbers.",
        kind: DataKind::Points,
        mixture: false,
        origin: Origin::OwnPoints,
    },
];

/// The words of [`TABLE`].
pub const OPTIONS: &[Named] = &{
    let mut options = [Named { value: "", label: "", help: "" }; TABLE.len()];
    let mut index = 0;
    while index < options.len() {
        let Info { value, label, help, .. } = TABLE[index];
        options[index] = Named { value, label, help };
        index += 1;
    }
    options
};

/// The entry called `name`.
///
/// # Errors
/// [`DataError::Unknown`] when there is none.
pub fn info(name: &str) -> Result<&'static Info, DataError> {
    TABLE.iter().find(|info| info.value == name).ok_or_else(|| DataError::Unknown(name.into()))
}

/// The sets that need nothing from outside.
pub fn built_ins() -> impl Iterator<Item = &'static Info> {
    TABLE.iter().filter(|info| matches!(info.origin, Origin::BuiltIn(_)))
}

/// Those of them in the plane, which experiments measure.
pub fn in_the_plane() -> impl Iterator<Item = &'static Info> {
    TABLE.iter().filter(|info| matches!(info.origin, Origin::BuiltIn(shape) if shape.dimension == 2))
}

/// A standardised data set: centred, with a mean square of one over all coordinates.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What a row is.
    pub kind: DataKind,
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
    /// The training points' classes in turn, `count` from the one at `from` on: each is asked for as often as the others.
    pub fn in_turn(&self, from: u64, count: usize) -> Vec<Option<u8>> {
        let there: BTreeSet<u8> = self.train.iter().copied().collect();
        let skipped = from.checked_rem(there.len() as u64).unwrap_or(0) as usize;
        there.iter().cycle().skip(skipped).take(count).map(|class| Some(*class)).collect()
    }
}

impl Dataset {
    /// The data set that settings call `name`: a built-in one, the digits from the unpacked file `images`, the visitor's own images
    /// from `images`, a byte a pixel, or the visitor's own points from row-major `points` `[n, 2]`.
    ///
    /// # Errors
    /// [`DataError`] when there is none of that name, or what it is made of is missing or broken.
    pub fn named(name: &str, points: Option<&[f32]>, images: Option<&[u8]>) -> Result<Self, DataError> {
        match info(name)?.origin {
            Origin::BuiltIn(shape) => Ok(shape.dataset()),
            Origin::Digits => Ok(digits::dataset(images.ok_or(DataError::Missing)?)?),
            Origin::OwnImages => Ok(digits::unlabelled(images.ok_or(DataError::Missing)?)?),
            Origin::OwnPoints => Self::from_points(points.ok_or(DataError::Missing)?, 2, 0),
        }
    }

    /// The built-in data set called `name`.
    ///
    /// # Errors
    /// [`DataError`] when there is none of that name, or it needs something from outside.
    pub fn built_in(name: &str) -> Result<Self, DataError> {
        Self::named(name, None, None)
    }

    /// `count` more points of the built-in set called `name`, row-major, standardised with it: neither to train on nor held out.
    ///
    /// # Errors
    /// [`DataError`] when there is none of that name, or it is not drawn by a formula.
    pub fn more(name: &str, count: usize, seed: u64) -> Result<Vec<f32>, DataError> {
        match info(name)?.origin {
            Origin::BuiltIn(shape) => Ok(shape.more(count, seed)),
            _ => Err(DataError::Missing),
        }
    }

    /// A data set from raw row-major points `[n, d]`, a fifth of them held out.
    ///
    /// # Errors
    /// [`DataError`] when there are too few points or too many, one is not finite, or they do not differ.
    pub fn from_points(points: &[f32], dimension: usize, seed: u64) -> Result<Self, DataError> {
        Ok(Self::split(points, dimension, seed)?.0)
    }

    /// The same points, each of the class that `labels` has in its place, counted from zero.
    ///
    /// # Errors
    /// [`DataError`] as [`Dataset::from_points`]; and when there is not one class for each point, or a class beyond [`MOST_CLASSES`].
    pub fn from_labelled(points: &[f32], dimension: usize, labels: &[u8], seed: u64) -> Result<Self, DataError> {
        let count = points.len() / dimension;
        if labels.len() != count {
            return Err(DataError::Labels { points: count, labels: labels.len() });
        }
        let classes = labels.iter().max().map_or(0, |&most| usize::from(most) + 1);
        if classes > MOST_CLASSES {
            return Err(DataError::Classes(classes));
        }
        let (data, order) = Self::split(points, dimension, seed)?;
        let (held_out, train) = order.split_at(count / 5);
        let [train, held_out] = [train, held_out].map(|part| part.iter().map(|&i| labels[i]).collect());
        Ok(Self { labels: Some(Labels { classes, train, held_out }), ..data })
    }

    /// The set, and where its points stood: those held out, then those to learn from.
    fn split(points: &[f32], dimension: usize, seed: u64) -> Result<(Self, Vec<usize>), DataError> {
        let count = points.len() / dimension;
        if count < MIN_POINTS {
            return Err(DataError::TooFew(count));
        }
        if count > MOST_POINTS {
            return Err(DataError::TooMany(count));
        }
        if let Some(index) = points.iter().position(|value| !value.is_finite()) {
            return Err(DataError::NotFinite(index / dimension));
        }
        let standard = Standard::of(points, dimension);
        let largest = points.iter().fold(0.0, |largest: f64, value| largest.max(f64::from(value.abs())));
        if standard.scale < LEAST_SPREAD * f64::from(f32::EPSILON) * largest {
            return Err(match points.chunks_exact(dimension).all(|row| *row == points[..dimension]) {
                true => DataError::NoSpread,
                false => DataError::TooClose,
            });
        }
        let mut order: Vec<usize> = (0..count).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let pick = |indices: &[usize]| -> Vec<f32> {
            indices.iter().flat_map(|&i| standard.apply(&points[i * dimension..(i + 1) * dimension])).collect()
        };
        let (held_out, train) = order.split_at(count / 5);
        let (train, held_out) = (pick(train), pick(held_out));
        let set = Self { kind: DataKind::Points, dimension, train, held_out, mixture: None, labels: None };
        Ok((set, order))
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
    fn sets_are_known_by_name() {
        assert_eq!(info("rabbit").err(), Some(DataError::Unknown("rabbit".into())));
        assert_eq!(Dataset::built_in("digits").err(), Some(DataError::Missing));
        assert_eq!(info("images").map(|info| info.kind), Ok(DataKind::Images { side: 28 }));
        for info in built_ins() {
            let data = Dataset::built_in(info.value).expect("a data set");
            assert_eq!((data.kind, data.mixture.is_some()), (info.kind, info.mixture), "{}", info.value);
        }
    }

    #[test]
    fn classes_stay_with_their_points() {
        // The class is the sign of the first coordinate.
        let points: Vec<f32> = (0..400).map(|i| (i as f32 * 0.7).sin()).collect();
        let labels: Vec<u8> = points.chunks(2).map(|point| u8::from(point[0] > 0.0)).collect();
        let set = Dataset::from_labelled(&points, 2, &labels, 1).expect("a data set");
        assert_eq!(set.train, Dataset::from_points(&points, 2, 1).expect("a data set").train);
        let Labels { classes, train, held_out } = set.labels.clone().expect("labels");
        assert_eq!((classes, train.len(), held_out.len()), (2, 160, 40));
        let sides = set.train.chunks(2).zip(&train).chain(set.held_out.chunks(2).zip(&held_out));
        let most = |class: u8| {
            let own = sides.clone().filter(|(_, own)| **own == class).map(|(point, _)| point[0]);
            (own.clone().fold(f32::INFINITY, f32::min), own.fold(f32::NEG_INFINITY, f32::max))
        };
        assert!(most(0).1 < most(1).0, "{:?} {:?}", most(0), most(1));
        let error = |labels: &[u8]| Dataset::from_labelled(&points, 2, labels, 1).err();
        assert_eq!(error(&labels[1..]), Some(DataError::Labels { points: 200, labels: 199 }));
        assert_eq!(error(&[10; 200]), Some(DataError::Classes(11)));
    }

    #[test]
    fn bad_points_are_named() {
        let error = |points: &[f32]| Dataset::from_points(points, 2, 1).err();
        assert_eq!(error(&[1.0; 20]), Some(DataError::TooFew(10)));
        assert_eq!(error(&[1.0; 200]), Some(DataError::NoSpread));
        // The scale is free, however small or large; only differences count.
        let ring = |scale: f32, offset: f32| -> Vec<f32> {
            (0..200).map(|i| offset + scale * (i as f32 * 0.7).sin()).collect()
        };
        for scale in [1e-9, 1e-42, 1e-3, 1.0, 1e30] {
            let set = Dataset::from_points(&ring(scale, 0.0), 2, 1).expect("a data set");
            let power = set.train.iter().map(|v| v * v).sum::<f32>() / set.train.len() as f32;
            assert!((power - 1.0).abs() < 0.3, "{scale}: {power}");
        }
        assert_eq!(error(&ring(1.0, 5e6)), Some(DataError::TooClose));
        let mut points = vec![1.0; 200];
        points[31] = f32::NAN;
        assert_eq!(error(&points), Some(DataError::NotFinite(15)));
    }
}
