//! Layers whose weights are drawn on the CPU, so that a seed means the same network on every device.

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt};

/// Holds the numbers of a network's shape against their bounds, both included. Files are not to be trusted.
///
/// # Errors
/// A sentence that names the first number beyond them.
pub(super) fn within(numbers: &[(&str, usize, usize, usize)]) -> Result<(), String> {
    match numbers.iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
        Some((name, value, least, most)) => Err(format!("its {name} must be from {least} to {most}, not {value}")),
        None => Ok(()),
    }
}

/// A linear layer with weights and bias uniform in `gain / sqrt(inputs) * [-1, 1]`; `gain = 0` starts at zero.
pub(super) fn linear(inputs: usize, outputs: usize, gain: f32, rng: &mut impl Rng, device: &Device) -> Linear {
    let bound = gain / (inputs as f32).sqrt();
    let mut draw =
        |count: usize| -> Vec<f32> { (0..count).map(|_| bound * (2.0 * rng.random::<f32>() - 1.0)).collect() };
    let weight = TensorData::new(draw(inputs * outputs), [inputs, outputs]);
    let bias = TensorData::new(draw(outputs), [outputs]);
    Linear {
        weight: Param::from_tensor(Tensor::<2>::from_data(weight, device)),
        bias: Some(Param::from_tensor(Tensor::<1>::from_data(bias, device))),
    }
}

/// A linear layer without bias that says nothing until it has learned something.
pub(super) fn silent(inputs: usize, outputs: usize, device: &Device) -> Linear {
    Linear { weight: Param::from_tensor(Tensor::zeros([inputs, outputs], device)), bias: None }
}

/// A table `[rows, columns]` of weights uniform in `bound * [-1, 1]`.
pub(super) fn table(rows: usize, columns: usize, bound: f32, rng: &mut impl Rng, device: &Device) -> Param<Tensor<2>> {
    let values: Vec<f32> = (0..rows * columns).map(|_| bound * (2.0 * rng.random::<f32>() - 1.0)).collect();
    Param::from_tensor(Tensor::from_data(TensorData::new(values, [rows, columns]), device))
}
