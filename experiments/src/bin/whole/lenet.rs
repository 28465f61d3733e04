//! A second classifier of digits, of another build than the shipped one (`fewsteps::network::classifier`), to judge samples by: after
//! LeNet (LeCun et al. 1998), with Burn's own convolutions, pooling between them and 64 features. Nothing else is made with it.

use std::error::Error;
use std::f64::consts::PI;
use std::fs;
use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Int, Tensor, TensorData};
use fewsteps::data::digits::{CLASSES, PIXELS, SIDE};
use fewsteps_experiments::samples;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Numbers that an image is described by: the layer before the logits.
pub const FEATURES: usize = 64;

/// Where its weights are.
pub const FILE: &str = "target/whole/judge.bpk";

const EPOCHS: usize = 4;
const BATCH: usize = 128;
const LEARNING_RATE: f64 = 2e-3;
const SEED: u64 = 11;

/// Images of 28 x 28 through 8 channels of 5 x 5, 12 x 12 after pooling, 16 channels of 5 x 5, 4 x 4 after pooling, 64 features.
#[derive(Module, Debug)]
pub struct LeNet {
    strokes: Conv2d,
    shapes: Conv2d,
    pool: MaxPool2d,
    features: Linear,
    logits: Linear,
}

impl LeNet {
    fn init(device: &Device) -> Self {
        device.seed(SEED);
        Self {
            strokes: Conv2dConfig::new([1, 8], [5, 5]).init(device),
            shapes: Conv2dConfig::new([8, 16], [5, 5]).init(device),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            features: LinearConfig::new(16 * 4 * 4, FEATURES).init(device),
            logits: LinearConfig::new(FEATURES, CLASSES).init(device),
        }
    }

    /// The one that [`train`] has left.
    pub fn load() -> Result<Self, Box<dyn Error>> {
        let read = Self::init(&Device::flex()).try_load_file(FILE);
        Ok(read.map_err(|error| format!("{FILE}: {error:?}; `cargo experiments whole -- judge` trains it"))?)
    }

    /// Features `[n, 64]` and logits `[n, 10]` of standardised images `x` `[n, 784]`.
    pub fn read(&self, x: Tensor<2>) -> [Tensor<2>; 2] {
        let count = x.dims()[0];
        let strokes = self.pool.forward(relu(self.strokes.forward(x.reshape([count, 1, SIDE, SIDE]))));
        let shapes = self.pool.forward(relu(self.shapes.forward(strokes)));
        let features = relu(self.features.forward(shapes.flatten::<2>(1, 3)));
        [features.clone(), self.logits.forward(features)]
    }

    /// Share of images, row-major `[n, 784]`, in which it reads their `digits`.
    pub fn accuracy(&self, images: &[f32], digits: &[u8]) -> f64 {
        let read = |(images, digits): (&[f32], &[u8])| {
            let [_, logits] = self.read(batch(images.to_vec(), &Device::flex()));
            likeliest(logits).iter().zip(digits).filter(|(found, digit)| found == digit).count()
        };
        let right: usize = images.chunks(BATCH * PIXELS).zip(digits.chunks(BATCH)).map(read).sum();
        right as f64 / digits.len() as f64
    }
}

/// Images as a tensor `[n, 784]`.
pub fn batch(images: Vec<f32>, device: &Device) -> Tensor<2> {
    let count = images.len() / PIXELS;
    Tensor::from_data(TensorData::new(images, [count, PIXELS]), device)
}

/// The likeliest digit of each row of `logits` `[n, 10]`.
pub fn likeliest(logits: Tensor<2>) -> Vec<u8> {
    let logits: Vec<f32> = logits.into_data().iter().collect();
    let best = |row: &[f32]| (0..).zip(row).max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(digit, _)| digit);
    logits.chunks_exact(CLASSES).map(best).collect()
}

/// Trains it on MNIST's training images and says how it reads those held out.
pub fn train() -> Result<(), Box<dyn Error>> {
    let data = samples::images()?;
    let labels = data.labels.as_ref().ok_or("images without digits")?;
    let device = Device::flex().autodiff();
    let mut lenet = LeNet::init(&device);
    let mut optimizer = AdamConfig::new().init();
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut order: Vec<usize> = (0..data.len()).collect();
    let steps = EPOCHS * (order.len() / BATCH);
    let (start, mut step) = (Instant::now(), 0);
    for epoch in 1..=EPOCHS {
        order.shuffle(&mut rng);
        let mut total = 0.0;
        for chosen in order.chunks_exact(BATCH) {
            let image = |&index: &usize| data.train[index * PIXELS..(index + 1) * PIXELS].iter().copied();
            let [_, logits] = lenet.read(batch(chosen.iter().flat_map(image).collect(), &device));
            let digits: Vec<i32> = chosen.iter().map(|&index| i32::from(labels.train[index])).collect();
            let digits = Tensor::<1, Int>::from_data(TensorData::new(digits, [BATCH]), &device);
            let loss = cross_entropy.forward(logits, digits);
            // Half a cosine, from the full rate to none.
            let rate = LEARNING_RATE * 0.5 * (1.0 + (PI * f64::from(step) / steps as f64).cos());
            let gradients = GradientsParams::from_grads(loss.clone().backward(), &lenet);
            lenet = optimizer.step(rate, lenet, gradients);
            total += f64::from(loss.into_scalar::<f32>());
            step += 1;
        }
        let accuracy = lenet.valid().accuracy(&data.held_out, &labels.held_out);
        let (loss, seconds) = (total / (order.len() / BATCH) as f64, start.elapsed().as_secs_f64());
        println!("epoch {epoch}: loss {loss:.4}, {:.2} % of the test images, {seconds:.0} s", 100.0 * accuracy);
    }
    fs::create_dir_all(Path::new(FILE).parent().ok_or("no folder")?)?;
    lenet.valid().save_file(FILE).map_err(|error| format!("{FILE}: {error:?}"))?;
    let read = LeNet::load()?.accuracy(&data.held_out, &labels.held_out);
    println!("{FILE}: {} weights, {:.2} % of the test images", lenet.num_params(), 100.0 * read);
    Ok(())
}
