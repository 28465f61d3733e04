//! What makes the scale of a data set of no matter.

/// The shift and the scale that standardise a set.
pub(crate) struct Standard {
    pub(super) center: Vec<f64>,
    pub(super) scale: f64,
}

impl Standard {
    pub(crate) fn of(points: &[f32], dimension: usize) -> Self {
        let count = (points.len() / dimension) as f64;
        let mut center = vec![0.0; dimension];
        for row in points.chunks_exact(dimension) {
            center.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value) / count);
        }
        let spread = |row: &[f32]| row.iter().zip(&center).map(|(&v, c)| (f64::from(v) - c).powi(2)).sum::<f64>();
        let power = points.chunks_exact(dimension).map(spread).sum::<f64>() / points.len() as f64;
        Self { center, scale: power.sqrt() }
    }

    pub(super) fn apply<'a>(&'a self, row: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        row.iter().zip(&self.center).map(|(&value, center)| ((f64::from(value) - center) / self.scale) as f32)
    }
}
