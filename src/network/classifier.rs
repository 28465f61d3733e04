//! A small classifier of handwritten digits, whose features images are compared in.
//!
//! Two convolutions with stride, written as matrix products over overlapping windows as the other networks here do without
//! convolution, then two layers:
//!
//! | layer | in | out |
//! |---|---|---|
//! | windows of 6 by 6 pixels, every 2 | 28 x 28 | 12 x 12 x 16 |
//! | windows of 4 by 4 of these, every 2 | 12 x 12 x 16 | 5 x 5 x 32 |
//! | features | 800 | 32 |
//! | logits | 32 | 10 |
//!
//! 34,778 weights and about 314,000 multiplications an image. Few features, so that a few hundred images say something
//! ([`crate::metrics::frechet`]). `cargo experiments classifier -- train` makes the weights.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::layers::linear;
use super::weights::{Named, Precision, WeightsError, described, fill, tensors, write};
use crate::data::digits::SIDE;

/// Numbers that an image is described by: the layer before the logits.
pub const FEATURES: usize = 32;
/// Digits.
pub const CLASSES: usize = 10;

/// Pixels and channels that a convolution steps over.
const STRIDE: usize = 2;
/// Windows of the two convolutions, in strides on a side.
const WINDOWS: [usize; 2] = [3, 2];
/// Channels of the two convolutions.
const CHANNELS: [usize; 2] = [16, 32];

/// The weights that the crate carries.
const SHIPPED: &[u8] = include_bytes!("classifier.safetensors");

/// A file's description of a classifier's weights.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Always "digits": what is classified.
    pub classifier: Subject,
    /// Passes over the training images.
    pub epochs: usize,
    /// Share of held-out images that it classified correctly after training.
    pub accuracy: f64,
}

/// What is classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Digits of 28 by 28 pixels, in the coordinates of [`crate::data::digits`].
    Digits,
}

/// The classifier's layers.
#[derive(Module, Debug)]
pub struct Classifier {
    strokes: Linear,
    shapes: Linear,
    features: Linear,
    logits: Linear,
}

/// The classifier's output for `n` images.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Features `[n, FEATURES]`, none negative. The shipped classifier's have variances over MNIST's training images
    /// that are one on average.
    pub features: Tensor<2>,
    /// Logarithms of the digits' probabilities but for a constant, `[n, CLASSES]`.
    pub logits: Tensor<2>,
}

impl Classifier {
    /// An untrained classifier on `device`, its weights drawn from `rng` on the CPU.
    pub fn init(rng: &mut impl Rng, device: &Device) -> Self {
        let first = SIDE / STRIDE - WINDOWS[0] + 1;
        let second = first / STRIDE - WINDOWS[1] + 1;
        let inputs = |index: usize, channels: usize| (WINDOWS[index] * STRIDE).pow(2) * channels;
        Self {
            strokes: linear(inputs(0, 1), CHANNELS[0], 2.4, rng, device),
            shapes: linear(inputs(1, CHANNELS[0]), CHANNELS[1], 2.4, rng, device),
            features: linear(second * second * CHANNELS[1], FEATURES, 2.4, rng, device),
            logits: linear(FEATURES, CLASSES, 1.0, rng, device),
        }
    }

    /// The shipped classifier on `device`, without autodiff.
    ///
    /// # Errors
    /// None, unless the crate was built with other bytes than its own.
    pub fn shipped(device: &Device) -> Result<Self, WeightsError> {
        Ok(Self::load(SHIPPED, device)?.0)
    }

    /// The classifier in `bytes`, on `device` without autodiff, and the file's description.
    ///
    /// # Errors
    /// [`WeightsError`] when the bytes are cut, foreign or of another shape.
    pub fn load(bytes: &[u8], device: &Device) -> Result<(Self, Record), WeightsError> {
        let record = described(bytes)?;
        let plain = device.clone().without_autodiff();
        let empty = Self::init(&mut ChaCha8Rng::seed_from_u64(0), &plain);
        Ok((fill(empty, "", &tensors(bytes)?, &plain)?, record))
    }

    /// The classifier's bytes, two for each weight.
    ///
    /// # Errors
    /// [`WeightsError::Device`] when the device fails.
    pub async fn save(&self, record: &Record) -> Result<Vec<u8>, WeightsError> {
        write(vec![(Named::of(self, ""), Precision::Half)], record).await
    }

    /// The same classifier with features `factor` times as large, `factor > 0`: the logits stay what they are.
    pub fn scaled(mut self, factor: f64) -> Self {
        // A rectifier of so much more is so much more.
        for (layer, factor) in [(&mut self.features, factor), (&mut self.logits, factor.recip())] {
            layer.weight = layer.weight.clone().map(|weight| weight.mul_scalar(factor));
        }
        self.features.bias = self.features.bias.map(|bias| bias.map(|bias| bias.mul_scalar(factor)));
        self
    }

    /// Features and logits of standardised images `x` `[n, 784]`.
    pub fn read(&self, x: Tensor<2>) -> Reading {
        let count = x.dims()[0];
        let image = x.reshape([count, SIDE, SIDE, 1]);
        let strokes = convolve(&self.strokes, image, WINDOWS[0]);
        let shapes = convolve(&self.shapes, strokes, WINDOWS[1]);
        let features = relu(self.features.forward(shapes.reshape([count as i32, -1])));
        Reading { logits: self.logits.forward(features.clone()), features }
    }
}

/// A convolution with stride and a rectifier: `layer` over windows of `window` strides on a side, `[n, height, width, channels]` to
/// `[n, height / 2 - window + 1, .., outputs]`.
fn convolve(layer: &Linear, x: Tensor<4>, window: usize) -> Tensor<4> {
    let [count, height, width, channels] = x.dims();
    let (rows, columns) = (height / STRIDE, width / STRIDE);
    let blocks = x.reshape([count * rows, STRIDE, columns, STRIDE * channels]).swap_dims(1, 2);
    let blocks = blocks.reshape([count, rows, columns, STRIDE * STRIDE * channels]);
    let (rows, columns) = (rows - window + 1, columns - window + 1);
    let part = |at: usize| blocks.clone().narrow(1, at / window, rows).narrow(2, at % window, columns);
    let windows = Tensor::cat((0..window * window).map(part).collect(), 3);
    let size = windows.dims()[3];
    let out = relu(layer.forward(windows.reshape([count * rows * columns, size])));
    out.reshape([count as i32, rows as i32, columns as i32, -1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    fn numbers(count: usize) -> Vec<f32> {
        (0..count).map(|i| (0.37 * i as f32).sin()).collect()
    }

    /// The windows are those of a convolution with stride 2: held against sums over pixels.
    #[test]
    fn windows_are_a_convolution() {
        let device = Device::flex();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (window, channels, outputs) = (2, 3, 5);
        let side = window * STRIDE;
        let layer = linear(side * side * channels, outputs, 1.0, &mut rng, &device);
        let (height, width) = (8, 6);
        let image = numbers(2 * height * width * channels);
        let x = Tensor::from_data(TensorData::new(image.clone(), [2, height, width, channels]), &device);
        let out = convolve(&layer, x, window);
        assert_eq!(out.dims(), [2, 3, 2, outputs]);
        let found: Vec<f32> = out.into_data().iter().collect();
        let weights: Vec<f32> = layer.weight.val().into_data().iter().collect();
        let bias: Vec<f32> = layer.bias.expect("a bias").val().into_data().iter().collect();
        // Where the weight for a pixel of the window lies: window by window of strides, then row, column and channel in one.
        let place = |y: usize, x: usize, channel: usize| {
            let (block, inside) = ((y / 2) * window + x / 2, (y % 2) * 2 + x % 2);
            (block * 4 + inside) * channels + channel
        };
        let mut largest = 0.0_f32;
        for (index, found) in found.iter().enumerate() {
            let (output, at) = (index % outputs, index / outputs);
            let (column, row, n) = (at % 2, at / 2 % 3, at / 6);
            let mut sum = bias[output];
            for y in 0..side {
                for x in 0..side {
                    for channel in 0..channels {
                        let pixel = ((n * height + 2 * row + y) * width + 2 * column + x) * channels + channel;
                        sum += image[pixel] * weights[place(y, x, channel) * outputs + output];
                    }
                }
            }
            largest = largest.max((found - sum.max(0.0)).abs());
        }
        assert!(largest < 1e-5, "{largest}");
    }

    #[test]
    fn a_classifier_survives_its_file() {
        let device = Device::flex();
        let classifier = Classifier::init(&mut ChaCha8Rng::seed_from_u64(2), &device);
        let record = Record { classifier: Subject::Digits, epochs: 3, accuracy: 0.5 };
        let bytes = pollster::block_on(classifier.save(&record)).expect("bytes");
        let (again, read) = Classifier::load(&bytes, &device).expect("weights");
        assert_eq!(read, record);
        let x = || Tensor::<2>::from_data(TensorData::new(numbers(2 * SIDE * SIDE), [2, SIDE * SIDE]), &device);
        let [a, b] = [classifier, again].map(|classifier| classifier.read(x()).logits);
        let off: f32 = (a - b).abs().max().into_scalar();
        assert!(off > 0.0 && off < 1e-2, "{off}");
    }

    #[test]
    fn scaling_leaves_the_logits() {
        let classifier = Classifier::init(&mut ChaCha8Rng::seed_from_u64(2), &Device::flex());
        let x = || Tensor::<2>::from_data(TensorData::new(numbers(SIDE * SIDE), [1, SIDE * SIDE]), &Device::flex());
        let (before, after) = (classifier.read(x()), classifier.scaled(0.25).read(x()));
        let off: f32 = (before.logits - after.logits).abs().max().into_scalar();
        let features: f32 = (before.features.clone().mul_scalar(0.25) - after.features).abs().max().into_scalar();
        assert!(off < 1e-6 && features < 1e-6 && before.features.max().into_scalar::<f32>() > 0.0, "{off}, {features}");
    }

    #[test]
    fn weights_of_something_else_are_refused() {
        let other = include_bytes!("../../www/weights/cat.safetensors");
        assert!(matches!(Classifier::load(other, &Device::flex()), Err(WeightsError::Foreign(_))));
        assert!(Classifier::load(&SHIPPED[..SHIPPED.len() - 2], &Device::flex()).is_err());
    }

    #[test]
    fn images_are_described_by_so_many_numbers() {
        let classifier = Classifier::shipped(&Device::flex()).expect("the shipped weights");
        assert_eq!(classifier.num_params(), 34_778);
        let Reading { features, logits } = classifier.read(Tensor::zeros([3, SIDE * SIDE], &Device::flex()));
        assert_eq!((features.dims(), logits.dims()), ([3, FEATURES], [3, CLASSES]));
    }
}
