//! Total variation and Kullback-Leibler divergence of two distributions given as masses of the same cells.

/// How far a distribution `p` is from a distribution `q`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Divergence<T = f64> {
    /// `TV(p, q) = sum |p - q| / 2`, from 0 to 1.
    pub total_variation: T,
    /// `KL(p || q) = sum p ln(p / q)`, in nats.
    pub kullback_leibler: T,
}

impl Divergence {
    /// The divergence of masses `p` from masses `q` of the same cells.
    ///
    /// Cells only hide differences within a cell, so both are at most those of the distributions themselves. Each cell adds `p ln(p / q) -
    /// p + q >= 0`, which sums to the same and keeps its digits when the distributions are close; a negative `p`, which rounding can
    /// leave in an empty cell, counts as none.
    ///
    /// # Panics
    /// When the numbers of cells differ.
    pub fn of_masses(p: &[f64], q: &[f64]) -> Self {
        assert_eq!(p.len(), q.len(), "as many cells in both distributions");
        let (mut variation, mut information) = (0.0, 0.0);
        for (&p, &q) in p.iter().zip(q) {
            variation += (p - q).abs() / 2.0;
            information += if p <= 0.0 { q } else { relative_information(q, p) };
        }
        Self { total_variation: variation, kullback_leibler: information }
    }
}

/// `p ln(p / q) - p + q`, to full precision where `q` is near `p > 0`.
pub(super) fn relative_information(q: f64, p: f64) -> f64 {
    let excess = (q - p) / p;
    if excess.abs() < 1e-3 {
        // x - ln(1 + x)
        p * excess * excess * (0.5 - excess * (1.0 / 3.0 - excess * (0.25 - excess * (0.2 - excess / 6.0))))
    } else {
        p * (excess + (p / q).ln())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::line::normal_mass;
    use crate::metrics::cells::Cells;

    #[test]
    fn two_gaussians_are_as_far_apart_as_known() {
        let cells = Cells::new(-20.0, 20.0, 40_000);
        let normal = |mean: f64, deviation: f64| {
            cells.masses(|from, to| normal_mass((from - mean) / deviation, (to - mean) / deviation))
        };
        let p = normal(0.0, 1.0);
        for shift in [1e-4, 0.01, 0.5, 2.0] {
            let divergence = Divergence::of_masses(&p, &normal(shift, 1.0));
            let variation = normal_mass(-shift / 2.0, shift / 2.0);
            assert!((divergence.total_variation / variation - 1.0).abs() < 1e-6, "{divergence:?}");
            assert!((divergence.kullback_leibler / (shift * shift / 2.0) - 1.0).abs() < 1e-6, "{divergence:?}");
        }
        for deviation in [1.001, 1.5, 3.0_f64] {
            let divergence = Divergence::of_masses(&p, &normal(0.0, deviation));
            let information = deviation.ln() + 0.5 / (deviation * deviation) - 0.5;
            assert!((divergence.kullback_leibler / information - 1.0).abs() < 1e-5, "{divergence:?}");
            // The densities cross where x^2 (1 - 1/s^2) = 2 ln s.
            let cross = (2.0 * deviation.ln() / (1.0 - deviation.powi(-2))).sqrt();
            let variation = normal_mass(-cross, cross) - normal_mass(-cross / deviation, cross / deviation);
            assert!((divergence.total_variation / variation - 1.0).abs() < 1e-5, "{divergence:?}");
        }
    }
}
