//! What a classifier makes of images, and their nearest training images: slice by slice, so that the caller's turn comes often.

use burn::tensor::Device;

use crate::data::digits::PIXELS;
use crate::metrics::classify::{self, TOGETHER};
use crate::metrics::memorisation::{Nearest, Search};
use crate::studies::LabError;
use crate::studies::report::Meter;

pub use crate::metrics::classify::{Jackknife, PARTS, Seen};

/// Coordinates compared between two rests of a search.
const COMPARED: usize = 8_000_000;
/// What looking at one image costs, in looks of a network at sixteen images, roughly.
const LOOK: f64 = 0.01;
/// What comparing one coordinate costs, in the same unit.
const COMPARISON: f64 = 5e-8;

/// [`classify::Judge`], looking on a meter.
pub struct Judge(classify::Judge);

impl Judge {
    /// The shipped classifier on `device`.
    ///
    /// # Errors
    /// None that the caller could cause.
    pub fn new(device: &Device) -> Result<Self, LabError> {
        Ok(Self(classify::Judge::new(device)?))
    }

    /// What looking at `count` images adds to a meter's total.
    pub fn cost(count: usize) -> f64 {
        LOOK * count as f64
    }

    /// What it sees in standardised, row-major `images` `[n, 784]`.
    ///
    /// # Errors
    /// When the device fails.
    pub async fn look(&self, images: &[f32], meter: &Meter<'_>) -> Result<Seen, LabError> {
        let mut seen = Seen::default();
        for images in images.chunks(TOGETHER * PIXELS) {
            seen.append(self.0.look(images).await.map_err(LabError::Device)?);
            meter.advance(Self::cost(images.len() / PIXELS)).await;
        }
        Ok(seen)
    }
}

/// What [`nearest`] adds to a meter's total for `points` points among `data` others of dimension `d`.
pub fn search_cost(points: usize, data: usize, d: usize) -> f64 {
    COMPARISON * (points * data * d) as f64
}

/// The nearest of row-major `data` `[m, d]` to each of `points` `[n, d]`.
pub async fn nearest(points: &[f32], data: &[f32], d: usize, meter: &Meter<'_>) -> Vec<Nearest> {
    let mut search = Search::new(points, d);
    let rows = (COMPARED / points.len().max(1)).max(1);
    for piece in data.chunks(rows * d) {
        search.look(piece);
        meter.advance(search_cost(points.len() / d, piece.len() / d, d)).await;
    }
    search.found()
}
