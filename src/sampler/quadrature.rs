//! Gauss-Legendre quadrature and Lagrange polynomials for the coefficients of multistep samplers.

use std::sync::LazyLock;

/// Enough for integrands that are smooth over a factor of 10,000 in the noise level.
const NODES: usize = 64;

static RULE: LazyLock<Vec<(f64, f64)>> = LazyLock::new(|| (0..NODES).map(node).collect());

/// `int f` from `a` to `b`.
pub(super) fn integrate(a: f64, b: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    half * RULE.iter().map(|(x, weight)| weight * f(middle + half * x)).sum::<f64>()
}

/// The polynomial through `nodes` that is 1 at node `j` and 0 at all others, at `u`.
pub(super) fn basis(nodes: &[f64], j: usize, u: f64) -> f64 {
    (0..nodes.len()).filter(|&k| k != j).map(|k| (u - nodes[k]) / (nodes[j] - nodes[k])).product()
}

/// The `i`-th root of the Legendre polynomial of degree [`NODES`] by Newton's method, and its weight.
fn node(i: usize) -> (f64, f64) {
    let n = NODES as f64;
    let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
    let mut slope = 1.0;
    for _ in 0..6 {
        let (mut value, mut previous) = (1.0, 0.0);
        for k in 0..NODES {
            let k = k as f64;
            (value, previous) = (((2.0 * k + 1.0) * x * value - k * previous) / (k + 1.0), value);
        }
        slope = n * (x * value - previous) / (x * x - 1.0);
        x -= value / slope;
    }
    (x, 2.0 / ((1.0 - x * x) * slope * slope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_functions_are_integrated_to_rounding() {
        let exponential = integrate(-9.0, 2.0, f64::exp);
        assert!((exponential / (2.0_f64.exp() - (-9.0_f64).exp()) - 1.0).abs() < 1e-13);
        let peak = integrate(0.0, 6.0, |u| u.cosh().powi(-2));
        assert!((peak - 6.0_f64.tanh()).abs() < 1e-13, "{peak}");
    }
}
