//! The distribution that a deterministic sampler makes, exactly: by the masses of cells on the line, by the determinant of its Jacobian
//! in more dimensions. Measure against the distribution at the level where the sampler stops, as the convergence theorems do.

use std::cmp::Ordering;

use thiserror::Error;

use super::divergence::{Divergence, relative_information};
use crate::estimate::Estimate;
use crate::state::Points;

/// A map of the line that does not keep the order of its points.
#[derive(Debug, Error, PartialEq)]
#[error("the map does not rise between {from} and {to}")]
pub struct NotMonotone {
    /// Left end of the cell.
    pub from: f64,
    /// Right end of the cell.
    pub to: f64,
}

/// How far the push-forward of the distribution `start` through a rising `map` of the line is from the distribution `target`.
///
/// Both distributions are given by their mass between two points, either of which may be infinite. `edges` `[n, 1]` rise; the cells
/// between them, and both tails, keep their mass while `map` moves their ends. Several thousand edges over `start`'s support
/// resolve any sampler that has not gone wrong.
///
/// # Errors
/// [`NotMonotone`] when two neighbouring edges change their order or meet.
pub fn push_forward(
    edges: &Points,
    start: impl Fn(f64, f64) -> f64,
    map: impl FnOnce(&Points) -> Points,
    target: impl Fn(f64, f64) -> f64,
) -> Result<Divergence, NotMonotone> {
    push_masses(edges, start, map, target).map(|[p, q]| Divergence::of_masses(&p, &q))
}

/// Masses of the same cells, both tails among them, in the push-forward and in `target`: what [`push_forward`] compares.
///
/// # Errors
/// [`NotMonotone`] when two neighbouring edges change their order or meet.
pub fn push_masses(
    edges: &Points,
    start: impl Fn(f64, f64) -> f64,
    map: impl FnOnce(&Points) -> Points,
    target: impl Fn(f64, f64) -> f64,
) -> Result<[Vec<f64>; 2], NotMonotone> {
    let images = map(edges);
    let fallen = images.values().windows(2).position(|pair| pair[0].partial_cmp(&pair[1]) != Some(Ordering::Less));
    if let Some(i) = fallen {
        return Err(NotMonotone { from: edges.values()[i], to: edges.values()[i + 1] });
    }
    Ok([between(edges, start), between(&images, target)])
}

fn between(edges: &Points, mass: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let ends: Vec<f64> = [&[f64::NEG_INFINITY], edges.values(), &[f64::INFINITY]].concat();
    ends.windows(2).map(|pair| mass(pair[0], pair[1])).collect()
}

/// How far the distribution that `map` makes of the distribution of `start` `[n, d]` is from a distribution `q` with density `exp(target)`,
/// as means over `start`.
///
/// `log_density` holds the logarithm of the starting distribution's density at `start`. `map` is run once, on the [`stencil`] of `start`,
/// and must treat every point alike. What it makes of them goes to [`density_ratio_of`], and `None` is that one's.
pub fn density_ratio(
    start: &Points,
    log_density: &[f64],
    map: impl FnOnce(&Points) -> Points,
    target: impl Fn(&Points) -> Vec<f64>,
    step: f64,
) -> Option<Divergence<Estimate>> {
    density_ratio_of(&map(&stencil(start, step)), log_density, target, step)
}

/// `start` `[n, d]` and, after it, all of it moved by `step` up and down each axis in turn: `[(2 d + 1) n, d]`.
pub fn stencil(start: &Points, step: f64) -> Points {
    let moved = (0..start.dimension()).flat_map(|axis| [shifted(start, axis, step), shifted(start, axis, -step)]);
    let values = moved.fold(start.values().to_vec(), |all, part| [&all, part.values()].concat());
    Points::new(start.dimension(), values)
}

/// How far a map's distribution is from a distribution `q` with density `exp(target)`, given the map's `images` `[(2 d + 1) n, d]` of a
/// [`stencil`] of `step` around points of its starting distribution, whose density there has the logarithms `log_density` `[n]`.
///
/// The map's distribution has `ln p(map(x)) = log_density - ln |det D map|`, with the Jacobian by central differences (a step of `1e-4`
/// suits maps of unit size in double precision, `1e-3` in single), so the map must be smooth and one to one. `TV = E_p |1 - q / p| / 2`,
/// and `KL = E_p[ln(p / q) - 1 + q / p]`, whose two extra terms have mean zero and take most of the noise away when the distributions are
/// close. `None` when determinants have both signs: such a map folds, and has no one density for a point.
pub fn density_ratio_of(
    images: &Points,
    log_density: &[f64],
    target: impl Fn(&Points) -> Vec<f64>,
    step: f64,
) -> Option<Divergence<Estimate>> {
    let d = images.dimension();
    let parts: Vec<&[f64]> = images.values().chunks_exact(log_density.len() * d).collect();
    let end = Points::new(d, parts[0].to_vec());
    let slope = |(a, b): (&f64, &f64)| (a - b) / (2.0 * step);
    let columns: Vec<Vec<f64>> =
        parts[1..].chunks_exact(2).map(|pair| pair[0].iter().zip(pair[1]).map(slope).collect()).collect();
    let jacobian = |i: usize| columns.iter().flat_map(|column| column[i * d..(i + 1) * d].to_vec()).collect();
    let n = log_density.len();
    let mut turned = 0;
    let (mut variation, mut information) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for (i, (q, start)) in target(&end).iter().zip(log_density).enumerate() {
        let (log, negative) = log_determinant(jacobian(i), d);
        turned += usize::from(negative);
        let ratio = (q - start + log).exp();
        variation.push((1.0 - ratio).abs() / 2.0);
        information.push(relative_information(ratio, 1.0));
    }
    (turned == 0 || turned == n)
        .then(|| Divergence { total_variation: Estimate::of(&variation), kullback_leibler: Estimate::of(&information) })
}

fn shifted(points: &Points, axis: usize, by: f64) -> Points {
    let d = points.dimension();
    let shift = |(i, value): (usize, &f64)| if i % d == axis { value + by } else { *value };
    Points::new(d, points.values().iter().enumerate().map(shift).collect())
}

/// `ln |det|` of a row-major `[d, d]` matrix, and whether `det < 0`, by Gaussian elimination with partial pivoting.
fn log_determinant(mut matrix: Vec<f64>, d: usize) -> (f64, bool) {
    let (mut sum, mut negative) = (0.0, false);
    for k in 0..d {
        let largest = |&a: &usize, &b: &usize| matrix[a * d + k].abs().total_cmp(&matrix[b * d + k].abs());
        let pivot = (k..d).max_by(largest).unwrap_or(k);
        for j in 0..d {
            matrix.swap(k * d + j, pivot * d + j);
        }
        negative ^= (pivot != k) ^ (matrix[k * d + k] < 0.0);
        sum += matrix[k * d + k].abs().ln();
        for i in k + 1..d {
            let factor = matrix[i * d + k] / matrix[k * d + k];
            for j in k..d {
                matrix[i * d + j] -= factor * matrix[k * d + j];
            }
        }
    }
    (sum, negative)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::line::normal_mass;
    use crate::distribution::{Exact, Mixture};
    use crate::level::Level;
    use crate::metrics::cells::Cells;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn map(points: &Points, f: impl Fn(f64) -> f64) -> Points {
        Points::new(points.dimension(), points.values().iter().map(|&x| f(x)).collect())
    }

    #[test]
    fn a_stretched_gaussian_is_a_gaussian() {
        let edges = Cells::new(-9.0, 9.0, 4000).edges();
        let wide = |from: f64, to: f64| normal_mass(from / 1.3, to / 1.3);
        let right = push_forward(&edges, normal_mass, |x| map(x, |x| 1.3 * x), wide).expect("a rising map");
        assert!(right.total_variation < 1e-14 && right.kullback_leibler < 1e-14, "{right:?}");
        let wrong = push_forward(&edges, normal_mass, |x| map(x, |x| 1.3 * x + 0.13), wide).expect("a rising map");
        assert!((wrong.total_variation - normal_mass(-0.05, 0.05)).abs() < 1e-7, "{wrong:?}");
        assert!((wrong.kullback_leibler - 0.005).abs() < 1e-7, "{wrong:?}");
        let folded = push_forward(&edges, normal_mass, |x| map(x, |x| x * x), wide);
        assert!(folded.is_err_and(|error| error.from < 0.0));
    }

    #[test]
    fn a_bent_gaussian_in_the_plane_has_the_density_that_its_jacobian_says() {
        let identity = vec![vec![1.0, 0.0], vec![0.0, 1.0]];
        let normal = Mixture::new(&[1.0], &[vec![0.0, 0.0]], &[identity]).expect("a Gaussian");
        let level = Level::from_sigma(1e-9);
        let start = normal.draw(20_000, &mut ChaCha8Rng::seed_from_u64(1));
        let log_density = Exact::log_density(&normal, &start, level);
        // (x, y) -> (2 x, y / 2 + sinh x), undone to find the density that it should have.
        let bend = |points: &Points| {
            Points::new(2, points.rows().flat_map(|row| [2.0 * row[0], 0.5 * row[1] + row[0].sinh()]).collect())
        };
        let undo = |points: &Points| {
            let back = |row: &[f64]| [row[0] / 2.0, 2.0 * (row[1] - (row[0] / 2.0).sinh())];
            Points::new(2, points.rows().flat_map(back).collect())
        };
        let bent = |points: &Points| Exact::log_density(&normal, &undo(points), level);
        let right = density_ratio(&start, &log_density, bend, bent, 1e-4).expect("no fold");
        assert!(right.total_variation.mean < 1e-7 && right.kullback_leibler.mean < 1e-12, "{right:?}");

        let shift = 0.1;
        let moved = |points: &Points| bent(&shifted(&shifted(points, 0, 0.0), 1, -0.5 * shift));
        let off = density_ratio(&start, &log_density, bend, moved, 1e-4).expect("no fold");
        let (variation, information) = (off.total_variation, off.kullback_leibler);
        let error = (variation.mean - normal_mass(-shift / 2.0, shift / 2.0)).abs();
        assert!(error < 4.0 * variation.standard_error, "{variation:?}");
        assert!((information.mean - shift * shift / 2.0).abs() < 4.0 * information.standard_error, "{information:?}");
        assert!(information.standard_error < 2e-4);

        let fold = |points: &Points| Points::new(2, points.rows().flat_map(|row| [row[0], row[1] * row[1]]).collect());
        assert!(density_ratio(&start, &log_density, fold, bent, 1e-4).is_none());
    }

    #[test]
    fn determinants_in_three_dimensions() {
        let matrix = vec![0.0, 2.0, 1.0, 1.0, 1.0, 0.0, 3.0, 0.0, 1.0];
        let (log, negative) = log_determinant(matrix, 3);
        assert!((log - 5.0_f64.ln()).abs() < 1e-14 && negative);
        assert_eq!(log_determinant(vec![0.0, 1.0, -1.0, 0.0], 2), (0.0, false));
    }
}
