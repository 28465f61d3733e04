//! The CPU's kernels against plain Burn.

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
    let pull =
        Tensor::from_data(TensorData::new(numbers(out.shape().num_elements(), 1.0, 3), out.shape()), &Device::flex());
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
        let same =
            (found - expected).abs() <= rounding * size || found == expected || (found.is_nan() && expected.is_nan());
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
