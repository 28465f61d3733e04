//! Distance to a data set, and what it says of a denoiser: the relative error of arXiv 2306.04848.

use crate::denoiser::Denoiser;
use crate::level::Level;
use crate::prediction::derived;
use crate::state::Points;

/// A point's nearest data point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Its index; the first one of equals.
    pub index: usize,
    /// `dist_K(y) = min |y - x_i|`.
    pub distance: f64,
}

/// The nearest of `data` `[m, d]`, `m >= 1`, to each of `y` `[n, d]`.
///
/// For samples, the distances say how close they are to data that was learned from; compare with those of held-out points.
pub fn nearest(y: &Points, data: &Points) -> Vec<Nearest> {
    let to = |y: &[f64]| {
        let square = |point: &[f64]| point.iter().zip(y).map(|(p, y)| (y - p).powi(2)).sum::<f64>();
        let squares = data.rows().map(square).enumerate();
        let (index, square) = squares.fold((0, f64::INFINITY), |best, next| if next.1 < best.1 { next } else { best });
        Nearest { index, distance: square.sqrt() }
    };
    y.rows().map(to).collect()
}

/// A search for the nearest data points that goes through the data piece by piece, in single precision: images are many, and wide.
///
/// ```
/// use fewsteps::metrics::memorisation::Search;
///
/// let mut search = Search::new(&[0.0, 0.0, 3.0, 4.0], 2);
/// for piece in [&[1.0, 0.0][..], &[3.0, 3.0, 9.0, 9.0]] {
///     search.append(piece);
/// }
/// let found: Vec<_> = search.found().iter().map(|nearest| (nearest.index, nearest.distance)).collect();
/// assert_eq!(found, [(0, 1.0), (1, 1.0)]);
/// ```
#[derive(Clone, Debug)]
pub struct Search<'a> {
    points: &'a [f32],
    dimension: usize,
    /// Squared distances, and where they were found.
    best: Vec<(f32, usize)>,
    searched: usize,
}

impl<'a> Search<'a> {
    /// A search for the neighbours of row-major `points` `[n, d]`.
    pub fn new(points: &'a [f32], d: usize) -> Self {
        Self { points, dimension: d, best: vec![(f32::INFINITY, 0); points.len() / d], searched: 0 }
    }

    /// Searches another piece of row-major `data` `[m, d]`, whose indices continue the last piece's.
    pub fn append(&mut self, data: &[f32]) {
        let d = self.dimension;
        for (point, best) in self.points.chunks_exact(d).zip(&mut self.best) {
            for (index, other) in data.chunks_exact(d).enumerate() {
                let square = squared_distance(point, other);
                if square < best.0 {
                    *best = (square, self.searched + index);
                }
            }
        }
        self.searched += data.len() / d;
    }

    /// The nearest found so far to each point; infinitely far where there is none, and for points that are not finite.
    pub fn found(&self) -> Vec<Nearest> {
        self.best.iter().map(|&(square, index)| Nearest { index, distance: f64::from(square).sqrt() }).collect()
    }
}

/// `|a - b|^2`. Eight sums side by side, which a compiler may compute together.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    const SIDE_BY_SIDE: usize = 8;
    let (a, b) = (a.chunks_exact(SIDE_BY_SIDE), b.chunks_exact(SIDE_BY_SIDE));
    let rest = a.remainder().iter().zip(b.remainder()).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let mut sums = [0.0_f32; SIDE_BY_SIDE];
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += (a - b) * (a - b);
        }
    }
    rest + sums.iter().sum::<f32>()
}

/// A denoiser's error at one point against the projection to the data set that it approximates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelativeError {
    /// The nearest data point, in the VE state.
    pub nearest: Nearest,
    /// `nu = sqrt(d) sigma / dist_K(y)`: how far the level is from the distance it stands for.
    pub nu: f64,
    /// `eta = |x0h - proj_K(y)| / dist_K(y)`: the relative error of the denoised point as a projection.
    pub eta: f64,
}

/// The check of the relative-error model (arXiv 2306.04848), for VP states `x` `[n, d]` at `level` and the set `K`
/// of `data` `[m, d]`. Infinite or not a number where `y = x / sqrt(alpha_bar)` is a data point.
pub fn relative_errors(
    denoiser: &(impl Denoiser<Points> + ?Sized),
    x: &Points,
    level: Level,
    data: &Points,
) -> Vec<RelativeError> {
    let d = x.dimension();
    let y = Points::new(d, x.values().iter().map(|value| value / level.signal_scale()).collect());
    let denoised = derived::denoised(x, &denoiser.noise(x, level), level);
    let check = |(nearest, denoised): (Nearest, &[f64])| {
        let point = &data.values()[nearest.index * d..(nearest.index + 1) * d];
        let off = denoised.iter().zip(point).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
        let nu = (d as f64).sqrt() * level.sigma() / nearest.distance;
        RelativeError { nearest, nu, eta: off / nearest.distance }
    };
    nearest(&y, data).into_iter().zip(denoised.rows()).map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Piece by piece and in single precision it finds what the plain search finds in double.
    #[test]
    fn pieces_hide_nothing() {
        let d = 11;
        let numbers = |count: usize, seed: f32| -> Vec<f32> {
            (0..count * d).map(|i| (seed * (i as f32 + 1.0) * (i as f32 + 3.0)).sin()).collect()
        };
        let (points, data) = (numbers(7, 0.37), numbers(50, 0.11));
        let mut search = Search::new(&points, d);
        data.chunks(16 * d).for_each(|piece| search.append(piece));
        let wide = |values: &[f32]| Points::new(d, values.iter().map(|&value| f64::from(value)).collect());
        for (found, expected) in search.found().iter().zip(nearest(&wide(&points), &wide(&data))) {
            assert_eq!(found.index, expected.index);
            assert!((found.distance / expected.distance - 1.0).abs() < 1e-6, "{found:?} against {expected:?}");
        }
        let mut broken = Search::new(&[f32::NAN], 1);
        broken.append(&[1.0]);
        assert_eq!(broken.found()[0].distance, f64::INFINITY);
    }
}
