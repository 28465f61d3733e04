//! Batches of points: drawn, noised, compared, and put through a network.

use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::data::DataKind;
use crate::denoiser::{Denoiser, NetworkDenoiser, Prediction};
use crate::distribution::Exact;
use crate::level::Level;
use crate::state::{Points, State, cause};
use crate::studies::StudyError;

/// `count` points of dimension `d` of standard normal noise.
pub fn normal(count: usize, d: usize, rng: &mut ChaCha8Rng) -> Points {
    Points::new(d, (0..count * d).map(|_| StandardNormal.sample(rng)).collect())
}

/// VP states `[n, d]` of `clean` points with `noise` on them.
pub fn noised(clean: &Points, noise: &Points, level: Level) -> Points {
    Points::combine(&[(level.signal_scale(), clean), (level.noise_scale(), noise)])
}

/// `|a - b|^2` row by row.
pub fn square_distances(a: &Points, b: &Points) -> Vec<f64> {
    let square = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum();
    a.rows().zip(b.rows()).map(square).collect()
}

/// `|a|^2` row by row.
pub fn squares(a: &Points) -> Vec<f64> {
    a.rows().map(|row| row.iter().map(|a| a * a).sum()).collect()
}

/// Rows `from` and the `count - 1` after it of row-major `points` `[n, d]`, beginning anew at their end.
pub fn rows(points: &[f32], d: usize, from: usize, count: usize) -> Points {
    let all = points.len() / d;
    let row = |index: usize| points[(index % all) * d..(index % all + 1) * d].iter().map(|&x| f64::from(x));
    Points::new(d, (from..from + count).flat_map(row).collect())
}

/// Points that a network can evaluate between two rests.
pub fn batch(kind: DataKind) -> usize {
    match kind {
        DataKind::Points => 256,
        DataKind::Images { .. } => 8,
    }
}

/// `count` points, or a sixteenth of that if they are images.
pub fn fewer(count: usize, kind: DataKind) -> usize {
    match kind {
        DataKind::Points => count,
        DataKind::Images { .. } => count.div_ceil(16),
    }
}

/// The noise that a network sees in VP states `x` `[n, d]`.
///
/// # Errors
/// When the device fails.
pub async fn noise_of(
    denoiser: &NetworkDenoiser,
    x: &Points,
    level: Level,
    device: &Device,
) -> Result<Points, StudyError> {
    double(denoiser.noise(&x.to_device(device), level), x.dimension()).await
}

/// The same with the turn that it sees.
///
/// # Errors
/// When the device fails.
pub async fn noise_and_turn_of(
    denoiser: &NetworkDenoiser,
    x: &Points,
    level: Level,
    device: &Device,
) -> Result<Prediction<Points>, StudyError> {
    let Prediction { noise, turn } = denoiser.noise_and_turn(&x.to_device(device), level);
    Ok(Prediction { noise: double(noise, x.dimension()).await?, turn: double(turn, x.dimension()).await? })
}

/// Reads a tensor `[n, d]` from its device.
///
/// # Errors
/// When the device fails.
pub async fn double(tensor: Tensor<2>, d: usize) -> Result<Points, StudyError> {
    Ok(Points::new(d, read(tensor).await?.into_iter().map(f64::from).collect()))
}

/// `count` VP states of an exact distribution at `level`.
pub fn noisy(exact: &(impl Exact + ?Sized), level: Level, count: usize, rng: &mut ChaCha8Rng) -> Points {
    let clean = exact.draw(count, rng);
    let noise = normal(count, clean.dimension(), rng);
    noised(&clean, &noise, level)
}

/// Points in single precision, row-major.
pub fn single(points: &Points) -> Vec<f32> {
    points.values().iter().map(|&value| value as f32).collect()
}

/// Reads a tensor `[n, d]` from its device, row-major.
///
/// # Errors
/// When the device fails.
pub async fn read(tensor: Tensor<2>) -> Result<Vec<f32>, StudyError> {
    let data = tensor.into_data_async().await.map_err(|error| StudyError::Device(cause(&error)))?;
    Ok(data.iter::<f32>().collect())
}
