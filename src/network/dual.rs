//! Forward-mode differentiation: a value carried together with its derivatives along some directions.
//!
//! Burn differentiates backwards and once. A derivative that training needs inside a loss (a divergence, a turn) is computed
//! forwards with the value instead; it is exact, and made of ordinary operations that can be differentiated by the weights.

use burn::nn::Linear;
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;

/// A batch of values `[n, f]` and its derivatives along each direction, of the same shape.
#[derive(Clone, Debug)]
pub struct Dual {
    /// The value.
    pub value: Tensor<2>,
    /// Its derivative along each direction.
    pub slopes: Vec<Tensor<2>>,
}

impl Dual {
    /// Something that does not move along any of `directions` directions.
    pub fn still(value: Tensor<2>, directions: usize) -> Self {
        let slopes = vec![value.zeros_like(); directions];
        Self { value, slopes }
    }

    fn map(self, value: impl Fn(Tensor<2>) -> Tensor<2>, slope: impl Fn(Tensor<2>) -> Tensor<2>) -> Self {
        Self { value: value(self.value), slopes: self.slopes.into_iter().map(slope).collect() }
    }

    /// Parts side by side, `[n, f1 + f2 + ...]`; all have the same directions.
    pub(super) fn cat(parts: Vec<Dual>) -> Self {
        let directions = parts[0].slopes.len();
        let along = |i: usize| Tensor::cat(parts.iter().map(|part| part.slopes[i].clone()).collect(), 1);
        let slopes = (0..directions).map(along).collect();
        Self { slopes, value: Tensor::cat(parts.into_iter().map(|part| part.value).collect(), 1) }
    }

    pub(super) fn linear(self, layer: &Linear) -> Self {
        self.map(|value| layer.forward(value), |slope| slope.matmul(layer.weight.val()))
    }

    /// The same with `shift` `[n or 1, f]`, which moves along no direction, added to it.
    pub(super) fn moved(self, shift: Tensor<2>) -> Self {
        Self { value: self.value + shift, ..self }
    }

    pub(super) fn silu(self) -> Self {
        let gate = sigmoid(self.value.clone());
        // d(z g) = g (1 + z (1 - g)) dz
        let steepness = gate.clone() * (self.value.clone() * gate.clone().neg().add_scalar(1.0)).add_scalar(1.0);
        self.map(|value| value * gate.clone(), |slope| slope * steepness.clone())
    }

    /// Of the kink, the side where it is flat.
    pub(super) fn relu(self) -> Self {
        let open = self.value.clone().greater_elem(0.0).float();
        self.map(|value| value * open.clone(), |slope| slope * open.clone())
    }

    /// `sin(z P + phase)` for a fixed projection `P` `[f, g]` and phase `[1, g]`.
    pub(super) fn wave(self, projection: &Tensor<2>, phase: &Tensor<2>) -> Self {
        let turns = self.value.matmul(projection.clone()) + phase.clone();
        let pace = turns.clone().cos();
        let slopes = self.slopes.into_iter().map(|slope| slope.matmul(projection.clone()) * pace.clone()).collect();
        Self { value: turns.sin(), slopes }
    }
}
