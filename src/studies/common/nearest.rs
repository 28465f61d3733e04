//! Nearest neighbours of images, in slices between which the caller gets its turn.

use crate::metrics::memorisation::{Nearest, Search};
use crate::studies::report::Meter;

/// Coordinates compared between two rests of a search.
const COMPARED: usize = 8_000_000;
/// Cost of comparing one coordinate, in network evaluations of sixteen images, roughly.
const COMPARISON: f64 = 5e-8;

/// What [`nearest`] adds to a meter's total for `points` points among `data` others of dimension `d`.
pub fn search_cost(points: usize, data: usize, d: usize) -> f64 {
    COMPARISON * (points * data * d) as f64
}

/// The nearest of row-major `data` `[m, d]` to each of `points` `[n, d]`.
pub async fn nearest(points: &[f32], data: &[f32], d: usize, meter: &Meter<'_>) -> Vec<Nearest> {
    let mut search = Search::new(points, d);
    let rows = (COMPARED / points.len().max(1)).max(1);
    for piece in data.chunks(rows * d) {
        search.append(piece);
        meter.advance(search_cost(points.len() / d, piece.len() / d, d)).await;
    }
    search.found()
}
