//! Gradients on their way from one worker to another.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};

use crate::sharing::{ShareError, floats};

/// `losses`, and the gradients of the weights of `network` in its own order, zeros where there is none.
pub(super) fn collected<const N: usize>(
    losses: [Tensor<1>; N],
    weights: &GradientsParams,
    network: &impl Module,
) -> Vec<Tensor<1>> {
    let mut collect = Collect { weights, tensors: losses.into() };
    network.visit(&mut collect);
    collect.tensors
}

/// Adds gradients that a helper has [`collected`] to those of `network` that are there; the losses before them.
pub(super) fn added<const N: usize>(
    weights: &mut GradientsParams,
    answer: &[u8],
    network: &impl Module,
) -> Result<[Tensor<1>; N], ShareError> {
    let values = floats(answer)?;
    if values.len() != N + network.num_params() {
        return Err(ShareError::Format);
    }
    let device = network.devices().swap_remove(0).without_autodiff();
    let (losses, values) = values.split_first_chunk::<N>().ok_or(ShareError::Format)?;
    let losses = losses.map(|loss| Tensor::from_data([loss], &device));
    network.visit(&mut Sum { weights, values, device });
    Ok(losses)
}

struct Collect<'a> {
    weights: &'a GradientsParams,
    tensors: Vec<Tensor<1>>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = self.weights.get::<D>(param.id).unwrap_or_else(|| param.val().inner().zeros_like());
        let count = value.shape().num_elements();
        self.tensors.push(value.reshape([count]));
    }
}

struct Sum<'a> {
    weights: &'a mut GradientsParams,
    values: &'a [f32],
    device: Device,
}

impl ModuleVisitor for Sum<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.val().dims();
        let (other, rest) = self.values.split_at(shape.iter().product());
        self.values = rest;
        if let Some(own) = self.weights.remove::<D>(param.id) {
            let other = Tensor::from_data(TensorData::new(other.to_vec(), shape), &self.device);
            self.weights.register(param.id, own + other);
        }
    }
}
