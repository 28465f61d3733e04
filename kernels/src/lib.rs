//! What networks are made of, by kernels of our own on the CPU engine and on WebGPU, and by plain Burn on every other device.
//!
//! Burn's Flex backend computes exponentials and sines one by one, passes over memory for each operation, and keeps what its gradients need
//! of each. Here a dense layer is one operation, forwards and backwards: a product, and its activation while the rows are near. On WebGPU each
//! dispatch costs the browser more than the little work in it, and a layer is one dispatch forwards and one backwards. Plain Burn is the
//! reference that the tests hold them to.

#[cfg(feature = "cpu")]
mod adam;
#[cfg(feature = "cpu")]
mod dense;
#[cfg(feature = "cpu")]
mod functions;
#[cfg(feature = "webgpu")]
pub mod gpu;
#[cfg(feature = "cpu")]
mod norm;
#[cfg(feature = "cpu")]
mod operations;
#[cfg(feature = "cpu")]
mod product;
#[cfg(feature = "cpu")]
mod simd;
#[cfg(feature = "cpu")]
mod windows;

use std::cell::Cell;

use burn::nn::Linear;
use burn::tensor::activation::{self, relu};
use burn::tensor::{Device, Tensor};

thread_local! {
    static PLAIN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread computes with plain Burn on every engine, from now on: the reference of tests and benchmarks.
pub fn use_plain_burn(plain: bool) {
    PLAIN.set(plain);
}

/// Whether the CPU's kernels compute on `device`.
pub fn ours(device: &Device) -> bool {
    !PLAIN.get() && is_cpu(device)
}

/// Whether the GPU's kernels compute on `device`.
pub fn on_gpu(device: &Device) -> bool {
    cfg!(feature = "webgpu") && !PLAIN.get() && !is_cpu(device)
}

#[cfg(feature = "cpu")]
fn is_cpu(device: &Device) -> bool {
    *device == Device::flex()
}

#[cfg(not(feature = "cpu"))]
fn is_cpu(_: &Device) -> bool {
    false
}

/// What follows a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// `z / (1 + e^-z)`.
    Silu,
    /// `max(z, 0)`.
    Relu,
}

impl Activation {
    fn of<const D: usize>(self, z: Tensor<D>) -> Tensor<D> {
        match self {
            Activation::None => z,
            Activation::Silu => activation::silu(z),
            Activation::Relu => relu(z),
        }
    }
}

/// `activation(x W + b)` `[n, outputs]` of `x` `[n, inputs]`.
pub fn dense(x: Tensor<2>, layer: &Linear, activation: Activation) -> Tensor<2> {
    #[cfg(feature = "cpu")]
    if let (true, Some(bias)) = (ours(&x.device()), &layer.bias) {
        return operations::dense(x, layer.weight.val(), bias.val(), activation);
    }
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&x.device()) && !x.dims().contains(&0), &layer.bias) {
        return gpu::dense(x, layer.weight.val(), bias.val(), activation);
    }
    activation.of(layer.forward(x))
}

/// `activation` of a convolution of `hidden` `[n, height, across, channels]` with a window of three by three places and zeros beyond the edge, as many
/// channels after as before. Each of `rows` has the weights `[3 * channels, channels]` of a row of the window, of three places side by side; the bias is the
/// middle one's.
///
/// Without kernels it is one product for each row, of the places side by side, which are copied for it.
pub fn convolution(hidden: Tensor<4>, rows: [&Linear; 3], activation: Activation) -> Tensor<4> {
    #[cfg(feature = "cpu")]
    if let (true, Some(bias)) = (ours(&hidden.device()), &rows[1].bias) {
        return operations::convolution(hidden, rows.map(|row| row.weight.val()), bias.val(), activation);
    }
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&hidden.device()) && !hidden.dims().contains(&0), &rows[1].bias) {
        return gpu::convolution(hidden, rows.map(|row| row.weight.val()), bias.val(), activation);
    }
    let [images, height, across, width] = hidden.dims();
    let device = hidden.device();
    let edge = Tensor::<4>::zeros([images, height, 1, width], &device);
    let framed = Tensor::cat(vec![edge.clone(), hidden, edge], 2);
    let beside = Tensor::cat((0..3).map(|k| framed.clone().narrow(2, k, across)).collect(), 3);
    let beside = beside.reshape([images * height * across, 3 * width]);
    let [above, middle, below] = rows.map(|row| row.forward(beside.clone()).reshape([images, height, across, width]));
    let edge = Tensor::<4>::zeros([images, 1, across, width], &device);
    let above = Tensor::cat(vec![edge.clone(), above.narrow(1, 0, height - 1)], 1);
    let below = Tensor::cat(vec![below.narrow(1, 1, height - 1), edge], 1);
    activation.of(middle + above + below)
}

/// What a mean square is taken to be more than it is, before its root is divided by.
const TINY: f32 = 1e-5;

/// `unit (1 + scale) + shift` of the rows of `hidden` `[n, places, width]`, each with a mean square of one over its `width` numbers (arXiv 1910.07467,
/// without a gain), by the `width` scales and as many shifts of `modulation` `[n or 1, 2 * width]`; all zero without it.
pub fn modulated(hidden: Tensor<3>, modulation: Option<Tensor<2>>) -> Tensor<3> {
    let [.., width] = hidden.dims();
    #[cfg(feature = "cpu")]
    if ours(&hidden.device()) {
        let modulation = modulation.unwrap_or_else(|| Tensor::zeros([1, 2 * width], &hidden.device()));
        return operations::modulated(hidden, modulation);
    }
    let power = hidden.clone().square().mean_dim(2);
    let unit = hidden * power.add_scalar(TINY).sqrt().recip();
    let Some(modulation) = modulation else {
        return unit;
    };
    let [rows, _] = modulation.dims();
    let [scale, shift] = [0, 1].map(|part| modulation.clone().narrow(1, part * width, width).reshape([rows, 1, width]));
    unit * scale.add_scalar(1.0) + shift
}

/// SiLU of each number.
pub fn silu<const D: usize>(z: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "cpu")]
    if ours(&z.device()) {
        return operations::silu(z);
    }
    activation::silu(z)
}

/// The sine of each number; within 2 units in the last place on the CPU engine, unless gradients are to go through it.
pub fn sine(x: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "cpu")]
    if ours(&x.device()) && !x.is_autodiff() {
        return operations::sine_of(x);
    }
    x.sin()
}

/// Fixed waves `sin(z P + phase)`: `P` `[inputs, waves]` and `phase` `[1, waves]`, without autodiff.
#[derive(Clone, Debug)]
pub struct Waves {
    /// `P`.
    pub projection: Tensor<2>,
    /// `phase`.
    pub phase: Tensor<2>,
}

/// Points `x` `[n, d]`, their waves by `place`, and those of their levels `[n or 1, 1]` by `pace`, side by side, where there is a kernel for it: on the GPU,
/// and without gradients.
pub fn features(x: &Tensor<2>, place: Option<Waves>, level: &Tensor<2>, pace: Waves) -> Option<Tensor<2>> {
    #[cfg(feature = "webgpu")]
    if on_gpu(&x.device()) && !x.dims().contains(&0) && !x.is_autodiff() && !level.is_autodiff() {
        return Some(gpu::features(x.clone(), place, level.clone(), pace));
    }
    let _ = (x, place, level, pace);
    None
}

/// What a network's raw output `F` says of the noise in a VP state `x` of noise `sigma`, with `s = 1 / sqrt(sigma^2 + 1)` and `r = sigma s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// `r x + s F`.
    Velocity,
    /// `F`.
    Noise,
    /// `(x - s F) / r`.
    Denoised,
    /// `-r F`.
    Score,
}

/// Points that the noise is to be found in, all without autodiff.
#[derive(Clone, Debug)]
pub struct Noised {
    /// VP states, `[n, d]`.
    pub x: Tensor<2>,
    /// The noise in them, `[n, d]`.
    pub noise: Tensor<2>,
    /// `ln sigma`, `[n, 1]`.
    pub level: Tensor<2>,
    /// How much their squared errors count, `[n, 1]`; all alike if nothing.
    pub weight: Option<Tensor<2>>,
}

/// The mean `[1]` of squared errors of the noise by `raw` `[n, d]`, where there is a kernel for it: on the GPU, and with gradients.
pub fn loss(raw: &Tensor<2>, meaning: Meaning, of: &Noised) -> Option<Tensor<1>> {
    #[cfg(feature = "webgpu")]
    if on_gpu(&raw.device()) && !raw.dims().contains(&0) && raw.is_autodiff() {
        return Some(gpu::loss(raw.clone(), meaning, of.clone()));
    }
    let _ = (raw, meaning, of);
    None
}

/// [`loss`] of what `head` makes of `features` `[n, inputs]`, in one dispatch less.
pub fn loss_of_head(features: &Tensor<2>, head: &Linear, meaning: Meaning, of: &Noised) -> Option<Tensor<1>> {
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&features.device()) && !features.dims().contains(&0), &head.bias)
        && (features.is_autodiff() || head.weight.val().is_autodiff())
    {
        return Some(gpu::loss_of_head(features.clone(), head.weight.val(), bias.val(), meaning, of.clone()));
    }
    let _ = (features, head, meaning, of);
    None
}

/// The moments of one parameter's gradient, for [`adam`]; empty before its first step.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    /// Running mean of the gradient.
    pub first: Vec<f32>,
    /// Running mean of its square.
    pub second: Vec<f32>,
    /// Steps taken.
    pub steps: usize,
}

/// `weights` after a step of Adam against `gradient`, if there is one, and `average` after it moved towards them; all without autodiff, and on a device
/// of [`ours`].
pub fn adam<const D: usize>(
    moments: &mut Moments,
    weights: Tensor<D>,
    average: Tensor<D>,
    gradient: Option<Tensor<D>>,
    learning_rate: f64,
    decay: f64,
) -> [Tensor<D>; 2] {
    #[cfg(feature = "cpu")]
    return operations::adam(moments, weights, average, gradient, learning_rate, decay);
    #[cfg(not(feature = "cpu"))]
    {
        let _ = (moments, gradient, learning_rate, decay);
        [weights, average]
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use burn::module::Param;
    use burn::tensor::TensorData;

    fn numbers(count: usize, size: f32, seed: usize) -> Vec<f32> {
        (0..count).map(|i| size * ((((i + seed) * 7919) % 1013) as f32 / 506.0 - 1.0)).collect()
    }

    fn layer(inputs: usize, outputs: usize, size: f32, device: &Device) -> Linear {
        let weight = TensorData::new(numbers(inputs * outputs, size, 1), [inputs, outputs]);
        let bias = TensorData::new(numbers(outputs, size, 2), [outputs]);
        Linear {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Some(Param::from_tensor(Tensor::from_data(bias, device))),
        }
    }

    fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().iter().collect()
    }

    /// Output, and gradients of weights, bias and input by the mean of a function of the output.
    fn all(x: &Tensor<2>, layer: &Linear, activation: Activation) -> [Vec<f32>; 4] {
        let x = x.clone().autodiff().require_grad();
        let out = dense(x.clone(), layer, activation);
        let pull = Tensor::from_data(
            TensorData::new(numbers(out.shape().num_elements(), 1.0, 3), out.shape()),
            &Device::flex(),
        );
        let gradients = (out.clone() * pull).sum().backward();
        let bias = layer.bias.as_ref().expect("the layer has a bias");
        let of_layer = |found: Option<Vec<f32>>| found.expect("it has a gradient");
        [
            read(out.inner()),
            of_layer(layer.weight.val().grad(&gradients).map(read)),
            of_layer(bias.val().grad(&gradients).map(read)),
            of_layer(x.grad(&gradients).map(read)),
        ]
    }

    fn with_plain_burn<R>(work: impl FnOnce() -> R) -> R {
        use_plain_burn(true);
        let result = work();
        use_plain_burn(false);
        result
    }

    /// Equal but for rounding errors, of `rounding` in the largest number.
    fn assert_same(found: &[f32], expected: &[f32], rounding: f32, name: &str) {
        let size = expected.iter().filter(|x| x.is_finite()).fold(0.0_f32, |most, x| most.max(x.abs()));
        assert_eq!(found.len(), expected.len(), "{name}");
        for (found, expected) in found.iter().zip(expected) {
            let same = (found - expected).abs() <= rounding * size
                || found == expected
                || (found.is_nan() && expected.is_nan());
            assert!(same, "{name}: {found}, not {expected}");
        }
    }

    #[test]
    fn a_layer_is_what_plain_burn_says() {
        let device = Device::flex();
        for (rows, inputs, outputs) in [(1, 1, 1), (3, 5, 7), (64, 50, 16), (65, 17, 33), (130, 8, 2), (256, 64, 64)] {
            for size in [1e-30, 1e-3, 1.0, 30.0] {
                for activation in [Activation::None, Activation::Silu, Activation::Relu] {
                    let name = format!("{rows} rows, {inputs} to {outputs}, {size}, {activation:?}");
                    let x = TensorData::new(numbers(rows * inputs, 1.0, 4), [rows, inputs]);
                    let x = Tensor::from_data(x, &device);
                    let layer = layer(inputs, outputs, size, &device.clone().autodiff());
                    let found = all(&x, &layer, activation);
                    let expected = with_plain_burn(|| all(&x, &layer, activation));
                    // The activation's derivative depends on the product itself, and not on its share in the largest.
                    let rounding = 2e-6 * size.max(1.0);
                    for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
                        assert_same(found, expected, rounding, &format!("{name}, part {part}"));
                    }
                    let frozen = Linear {
                        weight: Param::from_tensor(layer.weight.val().inner()),
                        bias: layer.bias.as_ref().map(|bias| Param::from_tensor(bias.val().inner())),
                    };
                    assert_eq!(read(dense(x.clone(), &frozen, activation)), found[0], "{name}, without gradients");
                    // Views whose values are not side by side.
                    let turned = x.clone().transpose().matmul(Tensor::eye(rows, &device)).transpose();
                    assert_eq!(read(dense(turned, &frozen, activation)), found[0], "{name}, transposed");
                }
            }
        }
    }

    #[test]
    fn an_empty_batch_is_no_output() {
        let device = Device::flex();
        let out = dense(Tensor::zeros([0, 3], &device), &layer(3, 4, 1.0, &device), Activation::Silu);
        assert_eq!(out.dims(), [0, 4]);
        let row = layer(6, 2, 1.0, &device);
        let out = convolution(Tensor::zeros([0, 4, 3, 2], &device), [&row; 3], Activation::Relu);
        assert_eq!(out.dims(), [0, 4, 3, 2]);
    }

    #[test]
    fn numbers_beyond_all_bounds_are_as_with_plain_burn() {
        let device = Device::flex();
        let values = [f32::NAN, f32::INFINITY, -f32::INFINITY, 1e30, -1e30, 200.0, -200.0, 1e-40, 0.0, -0.0];
        let x = Tensor::<2>::from_data(TensorData::new(values.to_vec(), [values.len(), 1]), &device);
        let one = Linear {
            weight: Param::from_tensor(Tensor::<2>::ones([1, 1], &device.clone().autodiff())),
            bias: Some(Param::from_tensor(Tensor::<1>::zeros([1], &device.clone().autodiff()))),
        };
        for activation in [Activation::None, Activation::Silu, Activation::Relu] {
            let (found, expected) = (all(&x, &one, activation), with_plain_burn(|| all(&x, &one, activation)));
            assert_same(&found[0], &expected[0], 2e-6, "out");
            assert_same(&found[3], &expected[3], 2e-6, "gradient of x");
        }
        let (found, expected) = (sine(x.clone()), x.sin());
        assert_same(&read(found), &read(expected), 2e-6, "sine");
    }

    #[test]
    fn a_convolution_is_what_plain_burn_says() {
        let device = Device::flex();
        for (images, height, across, channels) in [(1, 2, 1, 1), (2, 3, 5, 3), (3, 4, 4, 8), (5, 7, 6, 20)] {
            for activation in [Activation::None, Activation::Silu, Activation::Relu] {
                let shape = [images, height, across, channels];
                let hidden = TensorData::new(numbers(images * height * across * channels, 1.0, 7), shape);
                let hidden = Tensor::<4>::from_data(hidden, &device);
                let [above, middle, below] = [1, 2, 3].map(|row| {
                    let layer = layer(3 * channels, channels, 0.3 * row as f32, &device.clone().autodiff());
                    Linear { bias: layer.bias.filter(|_| row == 2), ..layer }
                });
                let all = || {
                    let hidden = hidden.clone().autodiff().require_grad();
                    let out = convolution(hidden.clone(), [&above, &middle, &below], activation);
                    let count = out.shape().num_elements();
                    let pull = Tensor::from_data(TensorData::new(numbers(count, 1.0, 3), shape), &device);
                    let gradients = (out.clone() * pull).sum().backward();
                    let weights = [&above, &middle, &below].map(|row| row.weight.val().grad(&gradients).map(read));
                    let bias = middle.bias.as_ref().and_then(|bias| bias.val().grad(&gradients)).map(read);
                    let of_hidden = hidden.grad(&gradients).map(read);
                    let parts = weights.into_iter().chain([bias, of_hidden]);
                    parts.chain([Some(read(out.inner()))]).collect::<Vec<_>>()
                };
                for (part, (found, expected)) in all().into_iter().zip(with_plain_burn(all)).enumerate() {
                    let found = found.expect("it has a gradient");
                    // Without a row above or below, plain Burn has no gradient of that row's weights.
                    let expected = expected.unwrap_or_else(|| vec![0.0; found.len()]);
                    assert_same(&found, &expected, 3e-6, &format!("{shape:?}, {activation:?}, part {part}"));
                }
            }
        }
    }

    #[test]
    fn modulated_rows_are_what_plain_burn_says() {
        for (images, places, width, own) in
            [(1, 1, 2, true), (3, 4, 5, true), (2, 7, 16, false), (5, 3, 33, true), (0, 2, 4, false)]
        {
            for size in [1e-30, 1e-3, 1.0, 1e3, 1e25] {
                let shape = [images, places, width];
                let modulations = if own { images } else { 1 };
                let device = Device::flex();
                let all = || {
                    let values = TensorData::new(numbers(images * places * width, size, 7), shape);
                    let hidden = Tensor::<3>::from_data(values, &device.clone().autodiff()).require_grad();
                    let values = TensorData::new(numbers(modulations * 2 * width, 0.7, 2), [modulations, 2 * width]);
                    let modulation = Tensor::<2>::from_data(values, &device.clone().autodiff()).require_grad();
                    let out = modulated(hidden.clone(), Some(modulation.clone()));
                    let plain = modulated(hidden.clone().inner(), Some(modulation.clone().inner()));
                    assert_eq!(read(plain), read(out.clone().inner()), "without gradients");
                    let pull = TensorData::new(numbers(images * places * width, 1.0, 3), shape);
                    let gradients = (out.clone() * Tensor::from_data(pull, &device)).sum().backward();
                    let of_hidden = hidden.grad(&gradients).map(read).expect("it has a gradient");
                    let of_modulation = modulation.grad(&gradients).map(read).expect("it has a gradient");
                    [read(out.inner()), of_hidden, of_modulation]
                };
                for (part, (found, expected)) in all().iter().zip(with_plain_burn(all)).enumerate() {
                    assert_same(found, &expected, 3e-6, &format!("{shape:?} of {size}, part {part}"));
                }
            }
        }
    }

    #[test]
    fn silu_is_what_plain_burn_says() {
        let all = || {
            let z = TensorData::new(numbers(77, 20.0, 1), [7, 11]);
            let z = Tensor::<2>::from_data(z, &Device::flex().autodiff()).require_grad();
            let out = silu(z.clone());
            let gradients = out.clone().square().sum().backward();
            assert_eq!(read(silu(z.clone().inner())), read(out.clone().inner()));
            [read(out.inner()), read(z.grad(&gradients).expect("it has a gradient"))]
        };
        for (found, expected) in all().iter().zip(with_plain_burn(all)) {
            assert_same(found, &expected, 2e-6, "silu");
        }
    }
}
