//! Exact targets that several studies share.

use crate::distribution::Mixture;

/// Eight Gaussians of width .1 on a ring of radius 1.3, in the plane.
pub fn ring() -> Mixture {
    let place = |k: usize| {
        let (sin, cos) = (std::f64::consts::TAU * k as f64 / 8.0).sin_cos();
        vec![1.3 * cos, 1.3 * sin]
    };
    let means: Vec<Vec<f64>> = (0..8).map(place).collect();
    let covariances = vec![vec![vec![0.01, 0.0], vec![0.0, 0.01]]; 8];
    Mixture::new(&[1.0; 8], &means, &covariances).expect("a ring is a mixture")
}

/// The logarithm of [`ring`]'s density at `x` `[2]`, but for a constant.
pub fn log_ring(x: &[f64]) -> f64 {
    let square = |k: usize| {
        let (sin, cos) = (std::f64::consts::TAU * k as f64 / 8.0).sin_cos();
        (x[0] - 1.3 * cos).powi(2) + (x[1] - 1.3 * sin).powi(2)
    };
    let squares: [f64; 8] = std::array::from_fn(square);
    // The nearest is taken out, so that one term of the sum is one.
    let nearest = squares.iter().copied().fold(f64::INFINITY, f64::min);
    let sum: f64 = squares.iter().map(|square| (50.0 * (nearest - square)).exp()).sum();
    sum.ln() - 50.0 * nearest
}

/// Three Gaussians of different weights and widths, on the line.
pub fn line() -> Mixture {
    let variances = [vec![vec![0.04]], vec![vec![0.09]], vec![vec![0.02]]];
    Mixture::new(&[0.5, 0.3, 0.2], &[vec![-0.8], vec![0.5], vec![1.4]], &variances).expect("a mixture")
}

/// One Gaussian of width one on the line: `s = -x` in the VP state, whatever the level.
pub fn normal() -> Mixture {
    Mixture::new(&[1.0], &[vec![0.0]], &[vec![vec![1.0]]]).expect("a mixture")
}

/// Three points without width on the line, where [`line`] has its Gaussians.
pub fn diracs() -> Mixture {
    Mixture::new(
        &[0.5, 0.3, 0.2],
        &[vec![-0.8], vec![0.5], vec![1.4]],
        &[vec![vec![0.0]], vec![vec![0.0]], vec![vec![0.0]]],
    )
    .expect("a mixture")
}

/// Points of [`comb`] in all.
const TEETH: usize = 120;

/// Equal points without width, evenly spread over `intervals` of one length on the line. With noise of their distance or more they can't
/// be told from a uniform density there.
pub fn comb(intervals: &[(f64, f64)]) -> Mixture {
    let each = TEETH / intervals.len();
    let tooth = |(from, to): (f64, f64), i: usize| vec![from + (to - from) * (i as f64 + 0.5) / each as f64];
    let means: Vec<Vec<f64>> =
        intervals.iter().flat_map(|&interval| (0..each).map(move |i| tooth(interval, i))).collect();
    Mixture::new(&vec![1.0; means.len()], &means, &vec![vec![vec![0.0]]; means.len()]).expect("a mixture")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::line::normal_mass;
    use crate::level::Level;
    use crate::state::Points;

    /// As a function the ring has the density that it has as a mixture, but for a constant.
    #[test]
    fn the_ring_as_a_function_is_the_ring() {
        let points = [0.0, 0.0, 1.3, 0.02, -0.9, 1.1, 4.0, -2.0];
        let exact = ring().log_density(&Points::new(2, points.to_vec()), Level::from_sigma(1e-8));
        let off: Vec<f64> = points.chunks(2).zip(exact).map(|(x, exact)| log_ring(x) - exact).collect();
        assert!(off.iter().all(|constant| (constant - off[0]).abs() < 1e-7), "{off:?}");
    }

    /// The comb with noise is the uniform density with noise, in the middle and at its ends.
    #[test]
    fn a_comb_with_noise_is_uniform() {
        let root = 3.0_f64.sqrt();
        let (mixture, level) = (comb(&[(-root, root)]), Level::from_sigma(0.05));
        // The mass of the blurred uniform density up to `x`, by the midpoint rule over the place of a clean point.
        let uniform = |x: f64| {
            let place = |i: usize| -root + 2.0 * root * (i as f64 + 0.5) / 20_000.0;
            let below =
                |i: usize| normal_mass(f64::NEG_INFINITY, (x / level.signal_scale() - place(i)) / level.sigma());
            (0..20_000).map(below).sum::<f64>() / 20_000.0
        };
        for x in [-1.75, -1.7, -0.3, 0.0, 1.6, 1.8] {
            let off = (mixture.mass(f64::NEG_INFINITY, x, level) - uniform(x)).abs();
            assert!(off < 2e-4, "{off:e} at {x}");
        }
    }
}
