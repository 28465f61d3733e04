//! Eigenvalues and eigenvectors of symmetric matrices.

/// A symmetric matrix as `axes diag(values) axes^T`.
#[derive(Clone, Debug)]
pub(crate) struct Eigen {
    /// Eigenvalues `[d]`, in no order.
    pub(crate) values: Vec<f64>,
    /// Eigenvectors as columns of a row-major `[d, d]` matrix.
    pub(crate) axes: Vec<f64>,
}

/// Most sweeps over all pairs of axes; a dozen is usual.
const SWEEPS: usize = 50;
/// Entries off the diagonal that are this small beside the largest entry change no digit of an eigenvalue.
const NEGLIGIBLE: f64 = 1e-20;

impl Eigen {
    /// The decomposition of a row-major symmetric `matrix` `[d, d]`, by Jacobi rotations; `None` when it is not symmetric to nine
    /// digits, or not finite.
    pub(crate) fn of(matrix: Vec<f64>, d: usize) -> Option<Self> {
        let mut a = matrix;
        let size = a.iter().fold(0.0, |max: f64, v| max.max(v.abs()));
        let symmetric = (0..d).all(|i| (0..i).all(|j| (a[i * d + j] - a[j * d + i]).abs() <= 1e-9 * size));
        if !symmetric || !size.is_finite() || a.iter().any(|v| v.is_nan()) {
            return None;
        }
        let mut axes: Vec<f64> = (0..d * d).map(|i| f64::from(u8::from(i / d == i % d))).collect();
        for _ in 0..SWEEPS {
            let mut turned = false;
            for p in 0..d {
                for q in p + 1..d {
                    if a[p * d + q].abs() <= NEGLIGIBLE * size {
                        continue;
                    }
                    turned = true;
                    let angle = 0.5 * (2.0 * a[p * d + q]).atan2(a[q * d + q] - a[p * d + p]);
                    let (sin, cos) = angle.sin_cos();
                    let rotate_columns = |m: &mut [f64]| {
                        for row in m.chunks_exact_mut(d) {
                            (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
                        }
                    };
                    rotate_columns(&mut a);
                    for k in 0..d {
                        let (x, y) = (a[p * d + k], a[q * d + k]);
                        (a[p * d + k], a[q * d + k]) = (cos * x - sin * y, sin * x + cos * y);
                    }
                    rotate_columns(&mut axes);
                }
            }
            if !turned {
                break;
            }
        }
        Some(Self { values: (0..d).map(|i| a[i * d + i]).collect(), axes })
    }

    /// The symmetric matrix `[d, d]` with these eigenvectors and eigenvalues `f(value)`.
    pub(crate) fn rebuild(&self, f: impl Fn(f64) -> f64) -> Vec<f64> {
        let d = self.values.len();
        let values: Vec<f64> = self.values.iter().map(|&value| f(value)).collect();
        let entry =
            |i: usize, j: usize| (0..d).map(|k| self.axes[i * d + k] * values[k] * self.axes[j * d + k]).sum::<f64>();
        (0..d * d).map(|index| entry(index / d, index % d)).collect()
    }
}

/// The product of row-major square matrices `[d, d]`.
pub(crate) fn product(a: &[f64], b: &[f64], d: usize) -> Vec<f64> {
    let mut product = vec![0.0; d * d];
    for (row, a) in product.chunks_exact_mut(d).zip(a.chunks_exact(d)) {
        for (a, b) in a.iter().zip(b.chunks_exact(d)) {
            row.iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|i - j|` has no zero off its diagonal, and eigenvalues of both signs.
    #[test]
    fn a_matrix_is_rebuilt_from_its_axes() {
        let d = 24_usize;
        let matrix: Vec<f64> = (0..d * d).map(|i| (i / d).abs_diff(i % d) as f64 + (i / d * (i % d)) as f64).collect();
        let eigen = Eigen::of(matrix.clone(), d).expect("symmetric");
        let off = eigen.rebuild(|value| value).iter().zip(&matrix).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-11 * 576.0, "{off}");
        let squared = product(&matrix, &matrix, d);
        let off = eigen.rebuild(|v| v * v).iter().zip(&squared).map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f64::max);
        assert!(off < 1e-11, "{off}");
        let transposed: Vec<f64> = (0..d * d).map(|i| eigen.axes[i % d * d + i / d]).collect();
        let unit = product(&transposed, &eigen.axes, d);
        let off = unit.iter().enumerate().map(|(i, v)| (v - f64::from(u8::from(i / d == i % d))).abs());
        assert!(off.fold(0.0, f64::max) < 1e-13);
    }

    #[test]
    fn what_has_no_real_axes_is_refused() {
        assert!(Eigen::of(vec![0.0, 1.0, -1.0, 0.0], 2).is_none());
        assert!(Eigen::of(vec![1.0, f64::NAN, f64::NAN, 1.0], 2).is_none());
        assert!(Eigen::of(vec![f64::INFINITY], 1).is_none());
        let still = Eigen::of(vec![0.0; 9], 3).expect("symmetric");
        assert_eq!(still.values, [0.0; 3]);
    }
}
