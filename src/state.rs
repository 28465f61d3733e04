//! Batches of points that can be combined linearly: the states that samplers move.
//!
//! Samplers are formulas in these combinations with `f64` coefficients, so the same sampler runs on [`Points`] (the CPU in
//! `f64`, for references and studies) and on a Burn tensor `[n, d]` (`f32` on any device).

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use burn::tensor::{Device, Tensor, TensorData};

/// A batch of `n` points in `d` dimensions.
pub trait State: Clone {
    /// The sum of `coefficient * state` over `terms`; at least one term, all of one shape.
    fn combine(terms: &[(f64, &Self)]) -> Self;

    /// Dot products row by row with `other` `[n, d]`, as `[n, 1]`.
    fn dot(&self, other: &Self) -> Self;

    /// Each row times its factor in `factors` `[n, 1]`.
    fn scaled(&self, factors: &Self) -> Self;

    /// `max(value, least)^exponent + shift`, value by value.
    fn curve(&self, least: f64, exponent: f64, shift: f64) -> Self;

    /// The root mean square over all coordinates, read from the device; NaN when it can't be read.
    fn rms(&self) -> impl Future<Output = f64>;
}

impl State for Tensor<2> {
    fn combine(terms: &[(f64, &Self)]) -> Self {
        let scaled = |&(coefficient, state): &(f64, &Self)| state.clone().mul_scalar(coefficient);
        terms.iter().skip(1).fold(scaled(&terms[0]), |sum, term| sum + scaled(term))
    }

    fn dot(&self, other: &Self) -> Self {
        (self.clone() * other.clone()).sum_dim(1)
    }

    fn scaled(&self, factors: &Self) -> Self {
        self.clone() * factors.clone()
    }

    fn curve(&self, least: f64, exponent: f64, shift: f64) -> Self {
        self.clone().clamp_min(least).powf_scalar(exponent).add_scalar(shift)
    }

    async fn rms(&self) -> f64 {
        let data = self.clone().square().mean().into_data_async().await;
        data.ok().and_then(|data| data.iter::<f32>().next()).map_or(f64::NAN, |mean| f64::from(mean).sqrt())
    }
}

/// The cause that a device's error gives, without the backtrace that follows it.
pub(crate) fn cause(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let cause = text.rsplit("Caused by:").next().unwrap_or_default().trim();
    cause.lines().next().unwrap_or("no cause was given").into()
}

/// The output of a future that never waits: a step of a sampler on points that lie on no device.
///
/// # Panics
/// When it waits after all.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("only a device makes a step wait"),
    }
}

/// No points at all: a run on them costs nothing and still counts its evaluations.
impl State for () {
    fn combine(_: &[(f64, &Self)]) -> Self {}

    fn dot(&self, (): &Self) -> Self {}

    fn scaled(&self, (): &Self) -> Self {}

    fn curve(&self, _: f64, _: f64, _: f64) -> Self {}

    async fn rms(&self) -> f64 {
        0.0
    }
}

/// Points in `f64` on the CPU, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    dimension: usize,
    values: Vec<f64>,
}

impl Points {
    /// Points of `dimension` coordinates from row-major `values` `[n, dimension]`.
    ///
    /// # Panics
    /// When `values` is not a whole number of rows.
    pub fn new(dimension: usize, values: Vec<f64>) -> Self {
        assert!(
            dimension > 0 && values.len().is_multiple_of(dimension),
            "{} values are no rows of {dimension}",
            values.len()
        );
        Self { dimension, values }
    }

    /// Number of coordinates `d`.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Number of points `n`.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimension
    }

    /// Whether there is no point.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Row-major coordinates `[n, d]`.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The points as a single-precision tensor `[n, d]` on `device`.
    pub fn to_device(&self, device: &Device) -> Tensor<2> {
        let values: Vec<f32> = self.values.iter().map(|&value| value as f32).collect();
        Tensor::from_data(TensorData::new(values, [self.len(), self.dimension]), device)
    }

    /// The points one by one.
    pub fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.dimension)
    }
}

impl State for Points {
    fn combine(terms: &[(f64, &Self)]) -> Self {
        let (scale, first) = terms[0];
        let mut values: Vec<f64> = first.values.iter().map(|value| scale * value).collect();
        for (coefficient, state) in &terms[1..] {
            for (value, term) in values.iter_mut().zip(&state.values) {
                *value += coefficient * term;
            }
        }
        Self { dimension: first.dimension, values }
    }

    fn dot(&self, other: &Self) -> Self {
        let along = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| a * b).sum();
        Self { dimension: 1, values: self.rows().zip(other.rows()).map(along).collect() }
    }

    fn scaled(&self, factors: &Self) -> Self {
        let rows = self.rows().zip(&factors.values);
        let values = rows.flat_map(|(row, factor)| row.iter().map(move |value| value * factor)).collect();
        Self { dimension: self.dimension, values }
    }

    fn curve(&self, least: f64, exponent: f64, shift: f64) -> Self {
        let values = self.values.iter().map(|value| value.max(least).powf(exponent) + shift).collect();
        Self { dimension: self.dimension, values }
    }

    async fn rms(&self) -> f64 {
        (self.values.iter().map(|value| value * value).sum::<f64>() / self.values.len() as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_s_cause_comes_without_its_backtrace() {
        let quoted = "Unable to map the buffer\n\nCaused by:\n    the device was lost\n\n   0: std::backtrace::Backtrace::create\n";
        assert_eq!(cause(&quoted), "the device was lost");
        assert_eq!(cause(&"Validation error, as it is"), "Validation error, as it is");
        assert_eq!(cause(&""), "no cause was given");
    }
}
