//! What networks for images are made of besides layers and convolutions.

use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use fewsteps_kernels::{
    Activation, modulated, over_places, patches, residual_convolution, residual_over_places, use_plain_burn,
};

use super::{assert_same, layer, matrix, numbers, read, rounding};

fn cube(shape @ [images, places, width]: [usize; 3], size: f32, seed: usize, device: &Device) -> Tensor<3> {
    matrix([images * places, width], size, seed, device).reshape(shape)
}

fn assert_near(found: &[f32], expected: &[f32], most: f32, name: &str) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= most, "{name}, {at}: {found}, not {expected}");
    }
}

/// Output, and the gradients that `hidden` and `modulation` ask for, by the mean of a function of the output.
async fn all_modulated(hidden: Tensor<3>, modulation: Option<Tensor<2>>) -> Vec<Vec<f32>> {
    let out = modulated(hidden.clone(), modulation.clone());
    let pull = cube(out.dims(), 1.0, 3, &hidden.device().without_autodiff());
    let gradients = (out.clone() * pull).sum().backward();
    let mut found = vec![read(out.inner()).await];
    if let Some(of_hidden) = hidden.grad(&gradients) {
        found.push(read(of_hidden).await);
    }
    if let Some(of_modulation) = modulation.and_then(|modulation| modulation.grad(&gradients)) {
        found.push(read(of_modulation).await);
    }
    found
}

/// Rows without a modulation, with one for all images and with one for each, of which any may learn.
pub async fn modulated_rows_are_what_plain_burn_says(device: &Device) {
    let sizes = [[1, 1, 3], [2, 5, 1], [3, 7, 17], [2, 70, 33]];
    for shape @ [images, places, width] in sizes {
        for rows in [0, 1, images] {
            let modulation = (rows > 0).then(|| matrix([rows, 2 * width], 0.8, 5, device));
            let hidden = cube(shape, 1.5, 4, device);
            // A row's gradient is a difference of numbers as large as one over its size; of a row of one number hardly anything is left.
            let power = hidden.clone().square().mean_dim(2).add_scalar(1e-5);
            let largest = read(power.sqrt().recip()).await.into_iter().fold(1.0, f32::max);
            for [hidden_learns, modulation_learns] in [[true, true], [true, false], [false, true]] {
                if rows == 0 && !hidden_learns {
                    continue;
                }
                let tracked = |learns: bool, tensor: Tensor<2>| {
                    if learns { tensor.autodiff().require_grad() } else { tensor.autodiff() }
                };
                let all = async || {
                    let hidden = hidden.clone().autodiff();
                    let hidden = if hidden_learns { hidden.require_grad() } else { hidden };
                    let modulation = modulation.clone().map(|modulation| tracked(modulation_learns, modulation));
                    all_modulated(hidden, modulation).await
                };
                let found = all().await;
                use_plain_burn(true);
                let expected = all().await;
                use_plain_burn(false);
                let learning = usize::from(hidden_learns) + usize::from(modulation_learns && rows > 0);
                assert_eq!([found.len(), expected.len()], [1 + learning; 2]);
                let rounding = rounding(images * places * width);
                for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    let name = format!("{shape:?}, {rows} modulations, part {part}");
                    if part == 1 && hidden_learns {
                        assert_near(found, expected, rounding * largest, &name);
                    } else {
                        assert_same(found, expected, rounding, &name);
                    }
                }
                let alone = read(modulated(hidden.clone(), modulation.clone())).await;
                assert_same(&alone, &found[0], 0.0, &format!("{shape:?}, {rows} modulations, without gradients"));
            }
        }
    }
}

/// A row without a number among its values stays one, and leaves others alone; rows beyond all bounds are as with plain Burn.
pub async fn odd_rows_are_as_with_plain_burn(device: &Device) {
    let empty = modulated(Tensor::zeros([0, 3, 2], device), None);
    assert_eq!(empty.dims(), [0, 3, 2]);
    let values = [[f32::NAN, 1.0], [0.5, -2.0], [0.0, -0.0], [1e30, 1.0], [1e-30, 0.0], [3.0, f32::INFINITY]];
    let hidden = Tensor::<2>::from_data(values, device).reshape([2, 3, 2]);
    for modulation in [None, Some(matrix([1, 4], 0.5, 1, device)), Some(matrix([2, 4], 0.5, 1, device))] {
        let all = async || {
            all_modulated(hidden.clone().autodiff().require_grad(), modulation.clone().map(Tensor::autodiff)).await
        };
        let found = all().await;
        use_plain_burn(true);
        let expected = all().await;
        use_plain_burn(false);
        assert!(found[0][..2].iter().all(|value| value.is_nan()), "{:?}", found[0]);
        assert!(found[0][2..8].iter().all(|value| value.is_finite()), "{:?}", found[0]);
        for row in 0..5 {
            let part = |all: &Vec<Vec<f32>>| all[0][2 * row..2 * row + 2].to_vec();
            assert_same(&part(&found), &part(&expected), 4e-6, &format!("row {row}"));
        }
        for row in [0, 1, 3, 5] {
            let part = |all: &Vec<Vec<f32>>| all[1][2 * row..2 * row + 2].to_vec();
            let (found, expected) = (part(&found), part(&expected));
            // Plain Burn has no number where it divides infinity by infinity.
            if expected.iter().all(|value| value.is_finite()) || row == 0 {
                assert_same(&found, &expected, 4e-6, &format!("gradient of row {row}"));
            }
        }
    }
}

pub async fn layers_over_places_are_what_plain_burn_says(device: &Device) {
    for (images, places, outputs, width) in [(1, 1, 1, 1), (2, 3, 5, 7), (40, 33, 49, 30)] {
        let layer = layer([places, outputs], 0.3, &device.clone().autodiff());
        let hidden = cube([images, places, width], 1.0, 4, device);
        for activation in [Activation::None, Activation::Silu, Activation::Relu] {
            for learns in [false, true] {
                let all = async || {
                    let hidden = hidden.clone().autodiff();
                    let hidden = if learns { hidden.require_grad() } else { hidden };
                    let out = over_places(hidden.clone(), &layer, activation);
                    assert_eq!(out.dims(), [images, outputs, width]);
                    let pull = cube(out.dims(), 1.0, 3, device);
                    let gradients = (out.clone() * pull).sum().backward();
                    let mut found = vec![read(out.inner()).await];
                    found.push(read(layer.weight.val().grad(&gradients).expect("a gradient")).await);
                    let bias = layer.bias.as_ref().expect("the layer has a bias").val();
                    found.push(read(bias.grad(&gradients).expect("a gradient")).await);
                    if let Some(of_hidden) = hidden.grad(&gradients) {
                        found.push(read(of_hidden).await);
                    }
                    found
                };
                let found = all().await;
                use_plain_burn(true);
                let expected = all().await;
                use_plain_burn(false);
                assert_eq!(found.len(), if learns { 4 } else { 3 });
                for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    let name =
                        format!("{images} of {places} to {outputs} places, {width}, {activation:?}, part {part}");
                    assert_same(found, expected, rounding(images * width), &name);
                }
            }
        }
    }
}

/// A layer over places and a convolution that are added to something, which any of both may send its gradient into.
pub async fn residuals_are_what_plain_burn_says(device: &Device) {
    let [images, height, across, width] = [3, 3, 5, 9];
    let places = height * across;
    let autodiff = device.clone().autodiff();
    let over = layer([places, places], 0.3, &autodiff);
    let [above, middle, below] = [0.1, 0.2, 0.3].map(|size| layer([3 * width, width], size, &autodiff));
    let [above, below] = [above, below].map(|row| Linear { bias: None, ..row });
    for [residual_learns, hidden_learns] in [[true, true], [true, false], [false, true], [false, false]] {
        for convolves in [false, true] {
            let all = async || {
                let learns = |tensor: Tensor<3>, learns: bool| {
                    if learns { tensor.autodiff().require_grad() } else { tensor.autodiff() }
                };
                let residual = learns(cube([images, places, width], 1.0, 8, device), residual_learns);
                let hidden = learns(cube([images, places, width], 1.0, 4, device), hidden_learns);
                let out = match convolves {
                    true => {
                        let [residual, hidden] = [residual.clone(), hidden.clone()]
                            .map(|rows| rows.reshape([images, height, across, width]));
                        residual_convolution(residual, hidden, [&above, &middle, &below])
                            .reshape([images, places, width])
                    }
                    false => residual_over_places(residual.clone(), hidden.clone(), &over),
                };
                let pull = cube([images, places, width], 1.0, 3, device);
                let gradients = (out.clone() * pull).sum().backward();
                let mut found = vec![read(out.inner()).await];
                let learner = if convolves { &middle } else { &over };
                found.push(read(learner.weight.val().grad(&gradients).expect("a gradient")).await);
                let bias = learner.bias.as_ref().expect("the layer has a bias").val();
                found.push(read(bias.grad(&gradients).expect("a gradient")).await);
                for learner in [residual, hidden] {
                    if let Some(gradient) = learner.grad(&gradients) {
                        found.push(read(gradient).await);
                    }
                }
                found
            };
            let found = all().await;
            use_plain_burn(true);
            let expected = all().await;
            use_plain_burn(false);
            assert_eq!(found.len(), 3 + usize::from(residual_learns) + usize::from(hidden_learns));
            for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let name = format!("residual {residual_learns}, hidden {hidden_learns}, {convolves}, part {part}");
                assert_same(found, expected, rounding(images * places), &name);
            }
        }
    }
}

/// What lies where in a window: the number of each pixel, counted on the CPU.
pub async fn patches_are_cut_where_they_lie(device: &Device) {
    for (images, grid, patch) in [(1, 1, 1), (2, 3, 2), (3, 7, 4), (1, 14, 2)] {
        let side = grid * patch;
        let values = numbers(images * side * side, 1.0, 1);
        let x = Tensor::<2>::from_data(TensorData::new(values.clone(), [images, side * side]), device);
        for around in [false, true] {
            let (window, middle) = if around { (9, 0) } else { (1, 4) };
            let mut expected = Vec::new();
            for row in 0..images * grid * grid {
                let [image, y, x] = [row / (grid * grid), row / grid % grid, row % grid];
                for index in 0..window * patch * patch {
                    let neighbour = index / (patch * patch) + middle;
                    let [y, x] = [(y + neighbour / 3) * patch, (x + neighbour % 3) * patch];
                    let [y, x] = [y + index / patch % patch, x + index % patch];
                    let inside = (patch..patch + side).contains(&y) && (patch..patch + side).contains(&x);
                    let at = || values[(image * side + y - patch) * side + x - patch];
                    expected.push(if inside { at() } else { 0.0 });
                }
            }
            let found = patches(&x, [grid, patch], around).expect("a kernel");
            assert_eq!(found.dims(), [images * grid * grid, window * patch * patch]);
            assert_eq!(read(found).await, expected, "{images} images of {grid} by {grid}, {patch}, {around}");
        }
    }
}
