//! A mean and its standard error.

/// A mean over random points, and how far it may be off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error; zero when all points agree.
    pub standard_error: f64,
}

impl Estimate {
    /// What is not known yet, or can't be.
    pub const UNKNOWN: Self = Self { mean: f64::NAN, standard_error: f64::NAN };

    /// The mean of `values`, two at least.
    pub fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        Self { mean, standard_error: (variance / count).sqrt() }
    }

    /// The mean of `a - b`, pair by pair, which leaves out the chance that both share.
    pub fn of_differences(a: &[f64], b: &[f64]) -> Self {
        Self::of(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
    }

    /// The root of the mean of `squares`, and its standard error.
    pub fn root_mean(squares: &[f64]) -> Self {
        let square = Estimate::of(squares);
        let mean = square.mean.sqrt();
        Estimate { mean, standard_error: if mean > 0.0 { square.standard_error / (2.0 * mean) } else { 0.0 } }
    }

    /// The root of the mean of squares `above` over that of squares `below` at the same points, and its standard error.
    pub fn root_ratio(above: &[f64], below: &[f64]) -> Self {
        let means = [above, below].map(|squares| squares.iter().sum::<f64>() / squares.len() as f64);
        let mean = (means[0] / means[1]).sqrt();
        // To first order, the square's relative error at each point is the difference of both sides' own.
        let off = above.iter().zip(below).map(|(a, b)| a / means[0] - b / means[1]);
        let relative = if means[0] > 0.0 { Estimate::of(&off.collect::<Vec<_>>()).standard_error } else { 0.0 };
        Estimate { mean, standard_error: 0.5 * mean * relative }
    }
}
