//! Conditioning a mixture on linear measurements: exactly a mixture again.

use super::{Mixture, MixtureError};

/// A linear measurement of a clean point: `row . x0 = value`, off by normal noise of width `deviation` (zero for none).
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// `[d]`.
    pub row: Vec<f64>,
    /// What was measured.
    pub value: f64,
    /// Width of the noise.
    pub deviation: f64,
}

impl Mixture {
    /// The posterior distribution of the clean points given independent `measurements`: Gaussian conditioning in each component, whose weight
    /// changes by the likelihood of what was measured.
    ///
    /// # Errors
    /// [`MixtureError::Measurement`] when a row has another length or a number is not finite; [`MixtureError::Certain`] when there is no noise and
    /// one component at least does not vary along a row, as where a row is repeated: by less than `1e-12` of the row's square and of the largest
    /// variance, which is rounding.
    pub fn conditioned_on(&self, measurements: &[Measurement]) -> Result<Self, MixtureError> {
        /// Relative to the largest variance a component can have along a row, less is rounding.
        const ROUNDING: f64 = 1e-12;
        let d = self.dimension();
        let (mut log_weights, mut means, mut covariances) = (Vec::new(), Vec::new(), Vec::new());
        for Measurement { row, value, deviation } in measurements {
            if row.len() != d || !row.iter().chain([value, deviation]).all(|number| number.is_finite()) {
                return Err(MixtureError::Measurement);
            }
        }
        for (k, component) in self.components.iter().enumerate() {
            let largest = component.variances.iter().copied().fold(0.0, f64::max);
            let (mut log_weight, mut mean) = (component.log_weight, component.mean.clone());
            let mut covariance = component.rebuild(|variance| variance);
            for Measurement { row, value, deviation } in measurements {
                let dot = |a: &[f64]| a.iter().zip(row).map(|(a, b)| a * b).sum::<f64>();
                let along: Vec<f64> = covariance.chunks_exact(d).map(dot).collect();
                let variance = dot(&along) + deviation * deviation;
                if variance <= ROUNDING * largest * dot(row) {
                    return Err(MixtureError::Certain(k));
                }
                let off = value - dot(&mean);
                log_weight -= 0.5 * (variance.ln() + off * off / variance);
                mean.iter_mut().zip(&along).for_each(|(mean, along)| *mean += along * off / variance);
                for (i, row) in covariance.chunks_exact_mut(d).enumerate() {
                    row.iter_mut().zip(&along).for_each(|(entry, other)| *entry -= along[i] * other / variance);
                }
            }
            log_weights.push(log_weight);
            means.push(mean);
            covariances.push(covariance.chunks_exact(d).map(<[f64]>::to_vec).collect::<Vec<_>>());
        }
        let most = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // A component that can't be any more keeps the least weight there is.
        let weights: Vec<f64> = log_weights.iter().map(|log| (log - most).exp().max(f64::MIN_POSITIVE)).collect();
        Self::new(&weights, &means, &covariances)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Level;
    use crate::state::Points;

    /// By Bayes: the posterior’s density over the prior’s is the likelihood, up to one constant.
    #[test]
    fn the_posterior_is_prior_times_likelihood() {
        let covariances = [vec![vec![0.1, 0.05], vec![0.05, 0.08]], vec![vec![0.06, 0.0], vec![0.0, 0.3]]];
        let prior = Mixture::new(&[0.4, 0.6], &[vec![1.0, 0.7], vec![-0.5, -0.6]], &covariances).expect("a mixture");
        let measured = [
            Measurement { row: vec![0.6, 0.8], value: 0.3, deviation: 0.4 },
            Measurement { row: vec![1.0, -1.0], value: 0.1, deviation: 0.7 },
        ];
        let posterior = prior.conditioned_on(&measured).expect("a posterior");
        let points = Points::new(2, vec![0.1, 0.2, 1.0, 0.6, -0.4, -0.9, 0.5, -0.5]);
        // As good as no noise.
        let level = Level::from_sigma(1e-9);
        let (before, after) = (prior.log_density(&points, level), posterior.log_density(&points, level));
        let likelihood = |row: &[f64]| {
            let off = |m: &Measurement| (m.row[0] * row[0] + m.row[1] * row[1] - m.value) / m.deviation;
            measured.iter().map(|m| -0.5 * off(m).powi(2)).sum::<f64>()
        };
        let constants: Vec<f64> = points
            .rows()
            .zip(before)
            .zip(after)
            .map(|((row, before), after)| after - before - likelihood(row))
            .collect();
        assert!(constants.iter().all(|constant| (constant - constants[0]).abs() < 1e-10), "{constants:?}");
    }

    /// Without noise nothing is left of what was measured.
    #[test]
    fn what_is_measured_exactly_is_certain() {
        let covariance = vec![vec![0.2, 0.1], vec![0.1, 0.3]];
        let prior = Mixture::new(&[1.0], &[vec![0.0, 0.0]], &[covariance]).expect("a mixture");
        let row = vec![1.0, 0.0];
        let posterior = prior.conditioned_on(&[Measurement { row, value: 0.5, deviation: 0.0 }]).expect("a posterior");
        let component = &posterior.components[0];
        // Conditional mean 0.1 / 0.2 * 0.5, conditional variance 0.3 - 0.1^2 / 0.2.
        assert!((component.mean[0] - 0.5).abs() < 1e-12 && (component.mean[1] - 0.25).abs() < 1e-12);
        let mut variances = component.variances.clone();
        variances.sort_by(f64::total_cmp);
        assert!(variances[0].abs() < 1e-12 && (variances[1] - 0.25).abs() < 1e-12, "{variances:?}");
    }

    /// Measuring again what is certain already leaves rounding in the place of a variance.
    #[test]
    fn a_repeated_row_without_noise_is_refused() {
        let covariances = [vec![vec![0.2, 0.1], vec![0.1, 0.3]], vec![vec![0.07, 0.02], vec![0.02, 0.05]]];
        let prior = Mixture::new(&[0.5, 0.5], &[vec![0.3, 0.0], vec![-0.2, 0.7]], &covariances).expect("a mixture");
        let measured = |row: [f64; 2], deviation: f64| Measurement { row: row.to_vec(), value: 0.37, deviation };
        for degrees in [0.0_f64, 17.0, 45.0, 123.0] {
            let (sin, cos) = degrees.to_radians().sin_cos();
            for scale in [1e-3, 1.0, 1e3] {
                let row = [scale * cos, scale * sin];
                let twice = prior.conditioned_on(&[measured(row, 0.0), measured(row, 0.0)]);
                assert_eq!(twice.err(), Some(MixtureError::Certain(0)), "{degrees} degrees, times {scale}");
                assert!(prior.conditioned_on(&[measured(row, 0.0), measured(row, 0.1 * scale)]).is_ok());
            }
        }
        // One component that does not vary is enough.
        let flat = vec![vec![0.0, 0.0], vec![0.0, 0.3]];
        let prior = Mixture::new(&[0.5, 0.5], &[vec![0.0; 2], vec![0.0; 2]], &[covariances[0].clone(), flat])
            .expect("a mixture");
        assert_eq!(prior.conditioned_on(&[measured([1.0, 0.0], 0.0)]).err(), Some(MixtureError::Certain(1)));
        assert!(prior.conditioned_on(&[measured([0.0, 0.0], 0.0)]).is_err());
    }

    /// Rows of another length and numbers that are none.
    #[test]
    fn a_measurement_must_have_the_dimension_and_be_finite() {
        let covariance = vec![vec![0.2, 0.1], vec![0.1, 0.3]];
        let prior = Mixture::new(&[1.0], &[vec![0.0, 0.0]], &[covariance]).expect("a mixture");
        for (row, value, deviation) in [
            (vec![1.0], 0.0, 1.0),
            (vec![f64::NAN, 1.0], 0.0, 1.0),
            (vec![1.0, 0.0], f64::NAN, 1.0),
            (vec![1.0, 0.0], 0.0, f64::INFINITY),
        ] {
            let unfit = prior.conditioned_on(&[Measurement { row, value, deviation }]);
            assert_eq!(unfit.err(), Some(MixtureError::Measurement));
        }
    }
}
