//! The GPU's kernels against plain Burn on the same device.

mod images;

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use fewsteps_kernels::gpu::{Parameter, Values, adam};
use fewsteps_kernels::{
    Activation, Meaning, Noised, Waves, convolution, dense, features, loss, loss_of_head, on_gpu, use_plain_burn,
};

pub use images::{
    layers_over_places_are_what_plain_burn_says, modulated_rows_are_what_plain_burn_says,
    odd_rows_are_as_with_plain_burn, patches_are_cut_where_they_lie, residuals_are_what_plain_burn_says,
};

fn numbers(count: usize, size: f32, seed: usize) -> Vec<f32> {
    (0..count).map(|i| size * ((((i + seed) * 7919) % 1013) as f32 / 506.0 - 1.0)).collect()
}

fn matrix([rows, columns]: [usize; 2], size: f32, seed: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(numbers(rows * columns, size, seed), [rows, columns]), device)
}

async fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data_async().await.expect("values").iter().collect()
}

/// Equal but for rounding errors, of `rounding` in the largest number.
fn assert_same(found: &[f32], expected: &[f32], rounding: f32, name: &str) {
    let size = expected.iter().filter(|x| x.is_finite()).fold(0.0_f32, |most, x| most.max(x.abs()));
    assert_eq!(found.len(), expected.len(), "{name}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let same =
            (found - expected).abs() <= rounding * size || found == expected || (found.is_nan() && expected.is_nan());
        assert!(same, "{name}, {at}: {found}, not {expected}");
    }
}

/// What is left of a sum of `terms` of any sign is small beside its rounding errors when they are many.
fn rounding(terms: usize) -> f32 {
    4e-6 * (terms as f32 / 256.0).sqrt().max(1.0)
}

fn layer([inputs, outputs]: [usize; 2], size: f32, device: &Device) -> Linear {
    let bias = TensorData::new(numbers(outputs, size, 2), [outputs]);
    Linear {
        weight: Param::from_tensor(matrix([inputs, outputs], size, 1, device)),
        bias: Some(Param::from_tensor(Tensor::from_data(bias, device))),
    }
}

/// Output, and gradients of weights, bias and, if `x` asks for one, of the input, by the mean of a function of the output.
async fn all(x: Tensor<2>, layer: &Linear, activation: Activation) -> Vec<Vec<f32>> {
    let out = dense(x.clone(), layer, activation);
    let pull = matrix(out.dims(), 1.0, 3, &x.device().without_autodiff());
    let gradients = (out.clone() * pull).sum().backward();
    let bias = layer.bias.as_ref().expect("the layer has a bias");
    let mut found = vec![read(out.inner()).await];
    found.push(read(layer.weight.val().grad(&gradients).expect("a gradient")).await);
    found.push(read(bias.val().grad(&gradients).expect("a gradient")).await);
    if let Some(of_x) = x.grad(&gradients) {
        found.push(read(of_x).await);
    }
    found
}

pub async fn a_layer_is_what_plain_burn_says(device: &Device) {
    assert!(on_gpu(device));
    let sizes = [[1, 1, 1], [3, 5, 7], [33, 17, 65], [130, 40, 2], [256, 64, 64], [2500, 9, 5], [4100, 3, 33]];
    for [rows, inputs, outputs] in sizes {
        for activation in [Activation::None, Activation::Silu, Activation::Relu] {
            let layer = layer([inputs, outputs], 1.0, &device.clone().autodiff());
            for learns in [false, true] {
                let x = matrix([rows, inputs], 1.0, 4, device);
                let tracked = || if learns { x.clone().autodiff().require_grad() } else { x.clone().autodiff() };
                let found = all(tracked(), &layer, activation).await;
                use_plain_burn(true);
                let expected = all(tracked(), &layer, activation).await;
                use_plain_burn(false);
                assert_eq!(found.len(), if learns { 4 } else { 3 });
                let name = format!("{rows} rows, {inputs} to {outputs}, {activation:?}");
                for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    assert_same(found, expected, rounding(rows), &format!("{name}, part {part}"));
                }
                let frozen = Linear {
                    weight: Param::from_tensor(layer.weight.val().inner()),
                    bias: layer.bias.as_ref().map(|bias| Param::from_tensor(bias.val().inner())),
                };
                let alone = dense(x.clone(), &frozen, activation);
                assert_same(&read(alone).await, &found[0], 0.0, &format!("{name}, without gradients"));
                let turned = x.transpose().mul_scalar(2.0).transpose().mul_scalar(0.5);
                let turned = dense(turned, &frozen, activation);
                assert_same(&read(turned).await, &found[0], 0.0, &format!("{name}, transposed"));
            }
        }
    }
}

pub async fn a_convolution_is_what_plain_burn_says(device: &Device) {
    for (images, height, width, channels) in
        [(1, 2, 1, 1), (2, 3, 5, 3), (3, 4, 4, 8), (5, 14, 14, 20), (7, 14, 14, 33)]
    {
        for activation in [Activation::None, Activation::Silu, Activation::Relu] {
            let shape = [images, height, width, channels];
            let places = images * height * width;
            let hidden = matrix([places, channels], 1.0, 7, device).reshape(shape);
            let [above, middle, below] = [1.0, 2.0, 3.0].map(|row| {
                let layer = layer([3 * channels, channels], 0.1 * row, &device.clone().autodiff());
                Linear { bias: layer.bias.filter(|_| row == 2.0), ..layer }
            });
            let all = async |learns: bool| {
                let hidden = hidden.clone().autodiff();
                let hidden = if learns { hidden.require_grad() } else { hidden };
                let out = convolution(hidden.clone(), [&above, &middle, &below], activation);
                let pull = matrix([places, channels], 1.0, 3, device).reshape(shape);
                let gradients = (out.clone() * pull).sum().backward();
                let mut found = vec![read(out.inner()).await];
                for row in [&above, &middle, &below] {
                    let weight = row.weight.val();
                    // Without a row above or below, plain Burn has no gradient of that row's weights.
                    let gradient = weight.grad(&gradients).unwrap_or_else(|| weight.inner().zeros_like());
                    found.push(read(gradient).await);
                }
                let bias = middle.bias.as_ref().expect("the middle row has a bias");
                found.push(read(bias.val().grad(&gradients).expect("a gradient")).await);
                if let Some(gradient) = hidden.grad(&gradients) {
                    found.push(read(gradient).await);
                }
                found
            };
            for learns in [false, true] {
                let found = all(learns).await;
                use_plain_burn(true);
                let expected = all(learns).await;
                use_plain_burn(false);
                assert_eq!(found.len(), if learns { 6 } else { 5 });
                for (part, (found, expected)) in found.iter().zip(&expected).enumerate() {
                    assert_same(found, expected, rounding(places), &format!("{shape:?}, {activation:?}, part {part}"));
                }
            }
        }
    }
}

pub async fn odd_batches_are_as_with_plain_burn(device: &Device) {
    let empty = dense(Tensor::zeros([0, 3], device), &layer([3, 4], 1.0, device), Activation::Silu);
    assert_eq!(empty.dims(), [0, 4]);
    let one = Linear {
        weight: Param::from_tensor(Tensor::<2>::ones([1, 1], &device.clone().autodiff())),
        bias: Some(Param::from_tensor(Tensor::<1>::zeros([1], &device.clone().autodiff()))),
    };
    let values = [f32::NAN, 1e30, -1e30, 200.0, -200.0, 80.0, -80.0, 1e-30, 0.0, -0.0];
    for activation in [Activation::None, Activation::Silu, Activation::Relu] {
        // One at a time: what is no number spreads over the sums of a batch.
        for value in values {
            let x = || Tensor::<2>::from_data([[value]], device).autodiff().require_grad();
            let found = all(x(), &one, activation).await;
            use_plain_burn(true);
            let expected = all(x(), &one, activation).await;
            use_plain_burn(false);
            for part in [0, 2, 3] {
                assert_same(&found[part], &expected[part], 4e-6, &format!("{value}, {activation:?}, part {part}"));
            }
        }
    }
}

pub async fn features_are_what_plain_burn_says(device: &Device) {
    let waves = |inputs: usize, count: usize| Waves {
        projection: matrix([inputs, count], 3.0, 5, device),
        phase: matrix([1, count], 1.5, 6, device),
    };
    for (rows, dimension) in [(1, 1), (7, 2), (65, 3)] {
        for placed in [false, true] {
            for levels in [1, rows] {
                let (x, level) = (matrix([rows, dimension], 1.0, 1, device), matrix([levels, 1], 2.0, 2, device));
                let (place, pace) = (placed.then(|| waves(dimension, 10)), waves(1, 6));
                let found = features(&x, place.clone(), &level, pace.clone()).expect("a kernel");
                let of = |z: Tensor<2>, waves: Waves| (z.matmul(waves.projection) + waves.phase).sin();
                let mut parts = vec![x.clone()];
                parts.extend(place.map(|place| of(x, place)));
                parts.push(of(level, pace).expand([rows, 6]));
                let expected = Tensor::cat(parts, 1);
                assert_eq!(found.dims(), expected.dims());
                let name = format!("{rows} points of {dimension}, {levels} levels, {placed}");
                assert_same(&read(found).await, &read(expected).await, 4e-6, &name);
            }
        }
    }
}

pub async fn a_loss_is_what_plain_burn_says(device: &Device) {
    for (rows, dimension) in [(1, 1), (5, 3), (130, 7)] {
        for meaning in [Meaning::Velocity, Meaning::Noise, Meaning::Denoised, Meaning::Score] {
            for weighted in [false, true] {
                let [raw, x, noise] = [1, 2, 3].map(|seed| matrix([rows, dimension], 1.0, seed, device));
                let level = matrix([rows, 1], 2.0, 4, device);
                let weight = weighted.then(|| matrix([rows, 1], 0.5, 5, device).add_scalar(1.0));
                let of = Noised { x: x.clone(), noise: noise.clone(), level: level.clone(), weight: weight.clone() };
                let sigma = level.exp();
                let s = sigma.clone().square().add_scalar(1.0).sqrt().recip();
                let r = sigma * s.clone();
                let plain = |raw: Tensor<2>| {
                    let estimate = match meaning {
                        Meaning::Velocity => x.clone() * r.clone() + raw * s.clone(),
                        Meaning::Noise => raw,
                        Meaning::Denoised => (x.clone() - raw * s.clone()) / r.clone(),
                        Meaning::Score => raw * r.clone().neg(),
                    };
                    let errors = (estimate - noise.clone()).square().mean_dim(1);
                    match &weight {
                        Some(weight) => (errors * weight.clone()).mean(),
                        None => errors.mean(),
                    }
                };
                let name = format!("{rows} points of {dimension}, {meaning:?}, {weighted}");
                for share in [1.0, 0.25] {
                    let raw = || raw.clone().autodiff().require_grad();
                    let (ours, theirs) = (raw(), raw());
                    let found = loss(&ours, meaning, &of).expect("a kernel").mul_scalar(share);
                    let expected = plain(theirs.clone()).mul_scalar(share);
                    let values = [found.clone().inner(), expected.clone().inner()];
                    let found = ours.grad(&found.backward()).expect("a gradient");
                    let expected = theirs.grad(&expected.backward()).expect("a gradient");
                    assert_same(&read(found).await, &read(expected).await, 4e-6, &format!("{name}, gradient"));
                    let [found, expected] = values;
                    assert_same(&read(found).await, &read(expected).await, 4e-6, &name);
                }
            }
        }
    }
}

/// The loss of what a head says is that of its output, and so are the gradients of all before it.
pub async fn a_heads_loss_is_that_of_its_output(device: &Device) {
    let (rows, inputs, dimension) = (37, 19, 3);
    let head = layer([inputs, dimension], 0.5, &device.clone().autodiff());
    let [x, noise] = [2, 3].map(|seed| matrix([rows, dimension], 1.0, seed, device));
    let of = Noised { x, noise, level: matrix([rows, 1], 2.0, 4, device), weight: None };
    let features = || matrix([rows, inputs], 1.0, 5, device).autodiff().require_grad();
    for share in [1.0, 0.25] {
        let mut both = Vec::new();
        for direct in [true, false] {
            let features = features();
            let found = match direct {
                true => loss_of_head(&features, &head, Meaning::Velocity, &of),
                false => loss(&dense(features.clone(), &head, Activation::None), Meaning::Velocity, &of),
            };
            let found = found.expect("a kernel").mul_scalar(share);
            let mut parts = vec![read(found.clone().inner()).await];
            let gradients = found.backward();
            parts.push(read(features.grad(&gradients).expect("a gradient")).await);
            parts.push(read(head.weight.val().grad(&gradients).expect("a gradient")).await);
            let bias = head.bias.as_ref().expect("the layer has a bias").val();
            parts.push(read(bias.grad(&gradients).expect("a gradient")).await);
            both.push(parts);
        }
        for (part, (found, expected)) in both[0].iter().zip(&both[1]).enumerate() {
            assert_same(found, expected, 4e-6, &format!("part {part}"));
        }
    }
}

/// A parameter in double precision.
struct Reference {
    weights: Vec<f64>,
    average: Vec<f64>,
    moments: Vec<[f64; 2]>,
    steps: i32,
}

impl Reference {
    fn step(&mut self, gradient: Option<&[f32]>, rate: f64, decay: f64) {
        self.steps += i32::from(gradient.is_some());
        for (at, weight) in self.weights.iter_mut().enumerate() {
            if let Some(gradient) = gradient {
                let slope = f64::from(gradient[at]);
                let [first, second] = &mut self.moments[at];
                *first = 0.9 * *first + 0.1 * slope;
                *second = 0.999 * *second + 0.001 * slope * slope;
                let [one, two] = [0.9_f64, 0.999].map(|beta| 1.0 - beta.powi(self.steps));
                *weight -= rate * (*first / one) / ((*second / two).sqrt() + 1e-8);
            }
            self.average[at] = if decay == 0.0 { *weight } else { decay * self.average[at] + (1.0 - decay) * *weight };
        }
    }
}

/// More parameters than a dispatch has places for, in more buffers than it can bind; some without gradients, for some time or always.
pub async fn adam_is_what_the_paper_says(device: &Device) {
    let vector = |values: Vec<f32>| {
        let count = values.len();
        Values::of(Tensor::<1>::from_data(TensorData::new(values, [count]), device))
    };
    let lengths: Vec<usize> = (0..70).map(|i| [1, 64, 65, 300, 7][i % 5]).collect();
    let mut references = Vec::new();
    let mut parameters = Vec::new();
    for (i, &length) in lengths.iter().enumerate() {
        let weights = numbers(length, 1.0, i);
        let start: Vec<f64> = weights.iter().map(|&x| f64::from(x)).collect();
        // What no average may keep.
        let average = if i == 0 { vec![f32::NAN; length] } else { weights.clone() };
        let [weights, average] = [weights, average].map(vector);
        parameters.push(Parameter { weights, average, gradient: None, moments: None, steps: 0 });
        references.push(Reference {
            average: start.clone(),
            weights: start,
            moments: vec![[0.0; 2]; length],
            steps: 0,
        });
    }
    let before = parameters[1].weights.clone();
    for step in 0..4 {
        let decay = [0.0, 0.9, 0.5, 0.99][step];
        for (i, (parameter, reference)) in parameters.iter_mut().zip(&mut references).enumerate() {
            let learns = i % 11 != 3 && (i % 7 != 2 || step > 1);
            let gradient = learns.then(|| numbers(lengths[i], 0.1 + i as f32, 31 * step + i));
            reference.step(gradient.as_deref(), 0.01, decay);
            parameter.gradient = gradient.map(vector);
        }
        parameters = adam(parameters, 0.01, decay);
    }
    for (i, (parameter, reference)) in parameters.into_iter().zip(references).enumerate() {
        let [first, second] = parameter.moments.expect("moments");
        let of = |k: usize| reference.moments.iter().map(|moments| moments[k]).collect::<Vec<_>>();
        let expected = [reference.weights.clone(), reference.average.clone(), of(0), of(1)];
        assert_eq!(parameter.steps, reference.steps as usize);
        for (part, (found, expected)) in
            [parameter.weights, parameter.average, first, second].into_iter().zip(expected).enumerate()
        {
            let expected: Vec<f32> = expected.into_iter().map(|x| x as f32).collect();
            assert_same(&read(found.tensor::<1>()).await, &expected, 2e-6, &format!("parameter {i}, part {part}"));
        }
    }
    // What others hold is not changed.
    assert_eq!(read(before.tensor::<1>()).await, numbers(64, 1.0, 1));
}
