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

/// Three Gaussians of different weights and widths, on the line.
pub fn line() -> Mixture {
    let variances = [vec![vec![0.04]], vec![vec![0.09]], vec![vec![0.02]]];
    Mixture::new(&[0.5, 0.3, 0.2], &[vec![-0.8], vec![0.5], vec![1.4]], &variances).expect("a mixture")
}
