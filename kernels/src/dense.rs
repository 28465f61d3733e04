//! A dense layer with its activation, forwards and backwards.

use pulp::{Simd, WithSimd};

use super::Activation;
use super::functions::{Lanewise, Sigmoid};
use super::product::{Finish, Left, Matrix, Panels, multiply, multiply_transposed};
use super::simd::vectorised;

/// A layer's output, and what its gradient needs.
pub(super) struct Forward {
    /// `[rows, columns]`.
    pub(super) out: Vec<f32>,
    /// The derivative of SiLU by what it is of, of the same shape; empty for other activations.
    pub(super) slopes: Vec<f32>,
}

/// `activation(left right + bias)`; with `slopes` where there are any and `keep` asks for them.
pub(super) fn forward(left: impl Left, right: &Panels, bias: &[f32], activation: Activation, keep: bool) -> Forward {
    let mut out = vec![0.0; left.rows() * bias.len()];
    let mut slopes = if keep && activation == Activation::Silu { vec![0.0; out.len()] } else { Vec::new() };
    multiply(left, right, bias, Activate::new(activation), &mut out, &mut slopes);
    Forward { out, slopes }
}

/// Puts `activation` of each of `values` in its place, and returns what [`Forward`] has as slopes.
pub(super) fn activated(values: &mut [f32], activation: Activation, keep: bool) -> Vec<f32> {
    struct Whole<'a>(Activate, &'a mut [f32], &'a mut [f32]);
    impl WithSimd for Whole<'_> {
        type Output = ();

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) {
            self.0.finish(simd, self.1, self.2);
        }
    }
    let mut slopes = if keep { vec![0.0; values.len()] } else { Vec::new() };
    vectorised(Whole(Activate::new(activation), values, &mut slopes));
    slopes
}

/// Puts the activation of each value in its place.
#[derive(Clone, Copy)]
struct Activate {
    activation: Activation,
    sigmoid: Sigmoid,
}

impl Activate {
    fn new(activation: Activation) -> Self {
        Self { activation, sigmoid: Sigmoid::new() }
    }

    /// SiLU of `z`, and its derivative: `z s` and `s + z s (1 - s)` with the sigmoid `s`.
    #[inline(always)]
    fn silu<S: Simd>(self, simd: S, z: S::f32s) -> (S::f32s, S::f32s) {
        let gate = self.sigmoid.apply(simd, z);
        let value = simd.mul_f32s(z, gate);
        (value, simd.add_f32s(gate, simd.negate_mul_add_e_f32s(value, gate, value)))
    }
}

impl Finish for Activate {
    #[inline(always)]
    fn finish<S: Simd>(self, simd: S, rows: &mut [f32], slopes: &mut [f32]) {
        let (vectors, rest) = S::as_mut_simd_f32s(rows);
        match self.activation {
            Activation::None => {}
            Activation::Relu => {
                for value in vectors {
                    *value = rectified(simd, *value, *value);
                }
                let last = simd.partial_load_f32s(rest);
                simd.partial_store_f32s(rest, rectified(simd, last, last));
            }
            Activation::Silu if slopes.is_empty() => {
                // A closure would not have the processor's features natively: each instruction would be a call.
                for value in vectors {
                    *value = self.silu(simd, *value).0;
                }
                let last = simd.partial_load_f32s(rest);
                simd.partial_store_f32s(rest, self.silu(simd, last).0);
            }
            Activation::Silu => {
                let (slopes, slopes_rest) = S::as_mut_simd_f32s(slopes);
                for (value, slope) in vectors.iter_mut().zip(slopes) {
                    (*value, *slope) = self.silu(simd, *value);
                }
                let (value, slope) = self.silu(simd, simd.partial_load_f32s(rest));
                simd.partial_store_f32s(rest, value);
                simd.partial_store_f32s(slopes_rest, slope);
            }
        }
    }
}

/// `value`, or zero where `of` is negative or zero; NaN is neither.
#[inline(always)]
fn rectified<S: Simd>(simd: S, of: S::f32s, value: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    simd.select_f32s(simd.less_than_or_equal_f32s(of, zero), zero, value)
}

/// What the gradient of an activation is made from: SiLU's slopes, or a rectifier's output.
#[derive(Clone, Copy)]
pub(super) enum Gate<'a> {
    None,
    Slopes(&'a [f32]),
    Output(&'a [f32]),
}

/// Turns the gradient `[rows, columns]` of an activation's output into that of what it is of, and returns the sums of its columns: the gradient
/// of the layer's bias.
pub(super) fn backward(gradient: &mut [f32], columns: usize, gate: Gate<'_>) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    vectorised(Backward { gradient, gate, sums: &mut sums });
    sums
}

struct Backward<'a> {
    gradient: &'a mut [f32],
    gate: Gate<'a>,
    sums: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { gradient, gate, sums } = self;
        let columns = sums.len();
        for (index, gradient) in gradient.chunks_exact_mut(columns).enumerate() {
            let row = index * columns..(index + 1) * columns;
            let (vectors, rest) = S::as_mut_simd_f32s(gradient);
            match gate {
                Gate::None => {}
                Gate::Slopes(slopes) => {
                    let (slopes, slopes_rest) = S::as_simd_f32s(&slopes[row]);
                    for (gradient, slope) in vectors.iter_mut().zip(slopes) {
                        *gradient = simd.mul_f32s(*gradient, *slope);
                    }
                    rest.iter_mut().zip(slopes_rest).for_each(|(gradient, slope)| *gradient *= slope);
                }
                Gate::Output(output) => {
                    let (output, output_rest) = S::as_simd_f32s(&output[row]);
                    for (gradient, output) in vectors.iter_mut().zip(output) {
                        *gradient = rectified(simd, *output, *gradient);
                    }
                    rest.iter_mut()
                        .zip(output_rest)
                        .filter(|(_, output)| **output <= 0.0)
                        .for_each(|(gradient, _)| *gradient = 0.0);
                }
            }
            let (sums, sums_rest) = S::as_mut_simd_f32s(sums);
            for (sum, gradient) in sums.iter_mut().zip(vectors.iter()) {
                *sum = simd.add_f32s(*sum, *gradient);
            }
            sums_rest.iter_mut().zip(rest.iter()).for_each(|(sum, gradient)| *sum += gradient);
        }
    }
}

/// The gradient `[rows, columns]` of the left matrix of a product with `right`.
pub(super) fn of_left(gradient: Matrix<'_>, right: Matrix<'_>) -> Vec<f32> {
    let inputs = right.rows();
    let mut out = vec![0.0; gradient.rows() * inputs];
    let right = Panels::transposed(right);
    multiply(gradient, &right, &vec![0.0; inputs], Activate::new(Activation::None), &mut out, &mut []);
    out
}

/// The gradient of the right matrix.
pub(super) fn of_right(left: impl Left, gradient: Matrix<'_>) -> Vec<f32> {
    multiply_transposed(left, gradient)
}
