//! Orders of convergence, read off a log-log plot.

/// A straight line through the logarithms of errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Its slope: minus the order of convergence.
    pub slope: f64,
    /// The slope's standard error, from how far the points are off the line and from their own uncertainty, whichever is more.
    pub standard_error: f64,
}

/// One point of a curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The abscissa, above zero.
    pub x: f64,
    /// The error.
    pub error: f64,
    /// The error's own uncertainty: one standard error.
    pub uncertainty: f64,
}

/// Points in a fit.
const FITTED: usize = 4;

/// The line of least squares through the last [`FITTED`] of `points` (rising in `x`) that are well above their uncertainty and above
/// `floor`, where the computation's own precision begins; `None` with fewer than three such points.
pub fn fit(points: &[Measured], floor: f64) -> Option<Slope> {
    let sound =
        |point: &&Measured| point.error.is_finite() && point.error > floor && point.error > 5.0 * point.uncertainty;
    let sound: Vec<&Measured> = points.iter().filter(sound).collect();
    let last = &sound[sound.len().saturating_sub(FITTED)..];
    if last.len() < 3 {
        return None;
    }
    let count = last.len() as f64;
    let at = |point: &Measured| (point.x.ln(), point.error.ln());
    let (x, y) = last.iter().fold((0.0, 0.0), |(x, y), point| (x + at(point).0 / count, y + at(point).1 / count));
    let spread: f64 = last.iter().map(|point| (at(point).0 - x).powi(2)).sum();
    let slope = last.iter().map(|point| (at(point).0 - x) * (at(point).1 - y)).sum::<f64>() / spread;
    let rest: f64 = last.iter().map(|point| (at(point).1 - y - slope * (at(point).0 - x)).powi(2)).sum();
    let own: f64 = last.iter().map(|p| ((at(p).0 - x) * p.uncertainty / p.error).powi(2)).sum::<f64>() / spread.powi(2);
    let scatter = rest / (count - 2.0) / spread;
    Some(Slope { slope, standard_error: scatter.max(own).sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_law_has_its_exponent() {
        let curve = |scatter: f64| -> Vec<Measured> {
            let point = |i: i32| {
                let x = 2_f64.powi(i);
                Measured { x, error: 3.0 * x.powf(-1.7) * (1.0 + scatter * f64::from(i % 2)), uncertainty: 0.0 }
            };
            (0..8).map(point).collect()
        };
        let exact = fit(&curve(0.0), 0.0).expect("a slope");
        assert!((exact.slope + 1.7).abs() < 1e-12 && exact.standard_error < 1e-12);
        let rough = fit(&curve(0.1), 0.0).expect("a slope");
        assert!((rough.slope + 1.7).abs() < 2.0 * rough.standard_error && rough.standard_error > 0.01, "{rough:?}");
        // Below the floor there is only noise.
        assert_eq!(fit(&curve(0.0), 0.5), None);
    }
}
