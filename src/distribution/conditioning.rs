//! A mixture of which something has been measured: exactly a mixture again.

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
    /// [`MixtureError::Shape`] when a row has another length, or when without noise nothing is left to be uncertain: no component varies along
    /// a row.
    pub fn given(&self, measurements: &[Measurement]) -> Result<Self, MixtureError> {
        let d = self.dimension();
        let (mut log_weights, mut means, mut covariances) = (Vec::new(), Vec::new(), Vec::new());
        for component in &self.components {
            let (mut log_weight, mut mean) = (component.log_weight, component.mean.clone());
            let mut covariance = component.rebuild(|variance| variance);
            for Measurement { row, value, deviation } in measurements {
                if row.len() != d {
                    return Err(MixtureError::Shape);
                }
                let dot = |a: &[f64]| a.iter().zip(row).map(|(a, b)| a * b).sum::<f64>();
                let along: Vec<f64> = covariance.chunks_exact(d).map(dot).collect();
                let variance = dot(&along) + deviation * deviation;
                if variance <= 0.0 {
                    return Err(MixtureError::Shape);
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
        let posterior = prior.given(&measured).expect("a posterior");
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
        let posterior = prior.given(&[Measurement { row, value: 0.5, deviation: 0.0 }]).expect("a posterior");
        let component = &posterior.components[0];
        // Conditional mean 0.1 / 0.2 * 0.5, conditional variance 0.3 - 0.1^2 / 0.2.
        assert!((component.mean[0] - 0.5).abs() < 1e-12 && (component.mean[1] - 0.25).abs() < 1e-12);
        let mut variances = component.variances.clone();
        variances.sort_by(f64::total_cmp);
        assert!(variances[0].abs() < 1e-12 && (variances[1] - 0.25).abs() < 1e-12, "{variances:?}");
        assert!(prior.given(&[Measurement { row: vec![1.0], value: 0.0, deviation: 1.0 }]).is_err());
    }
}
