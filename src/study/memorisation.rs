//! Distance to a data set, and what it says of a denoiser: the relative error of arXiv 2306.04848.

use crate::denoiser::{Denoiser, derived};
use crate::schedule::Level;
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

/// How a denoiser sees one point, against the projection to the data set that it approximates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RelativeError {
    /// The nearest data point, in the VE state.
    pub nearest: Nearest,
    /// `nu = sqrt(d) sigma / dist_K(y)`: how far the level is from the distance it stands for.
    pub nu: f64,
    /// `eta = |x0h - proj_K(y)| / dist_K(y)`: the relative error of the denoised point as a projection.
    pub eta: f64,
}

/// The check of the relative-error model (arXiv 2306.04848, sec 3), for VP states `x` `[n, d]` at `level` and the set `K`
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
