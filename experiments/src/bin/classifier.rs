//! The classifier in whose features digits are compared: `cargo experiments classifier -- train [epochs] [file]` trains it
//! on the 60,000 training images of MNIST, a few minutes on a free core, and writes `src/network/classifier.safetensors`; without a
//! word it measures what is in that file.

use std::error::Error;
use std::time::Instant;

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::digits::{self, PIXELS, SIDE};
use fewsteps::metrics::frechet::Moments;
use fewsteps::network::classifier::{CLASSES, Classifier, FEATURES, Record, Subject};
use std::path::Path;

use fewsteps::data::mnist::{self, Labelled};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const FILE: &str = "src/network/classifier.safetensors";
const EPOCHS: usize = 30;
const BATCH: usize = 128;
const LEARNING_RATE: f64 = 2e-3;
/// Most pixels by which an image is moved, up or down and left or right.
const SHIFT: i32 = 2;
/// Images looked at together when measuring.
const MEASURED: usize = 250;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("train") => {
            let epochs = words.get(1).map_or(Ok(EPOCHS), |word| word.parse())?;
            train(epochs, words.get(2).map_or(FILE, String::as_str))
        }
        Some(file) => report(file),
        None => report(FILE),
    }
}

fn train(epochs: usize, file: &str) -> Result<(), Box<dyn Error>> {
    let (training, test) = (mnist::training(Path::new(mnist::FOLDER))?, mnist::test(Path::new(mnist::FOLDER))?);
    let device = Device::flex();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut classifier = Classifier::init(&mut rng, &device.clone().autodiff());
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
    let mut order: Vec<usize> = (0..training.labels.len()).collect();
    let steps = epochs * (order.len() / BATCH);
    let (start, mut step) = (Instant::now(), 0);
    for epoch in 1..=epochs {
        order.shuffle(&mut rng);
        let mut total = 0.0;
        for batch in order.chunks_exact(BATCH) {
            let moved: Vec<u8> = batch.iter().flat_map(|&index| shifted(&training, index, &mut rng)).collect();
            let x = Tensor::<2>::from_data(TensorData::new(digits::standardise(&moved), [BATCH, PIXELS]), &device);
            let hot = |&index: &usize| (0..CLASSES).map(move |digit| f32::from(u8::from(digit == index)));
            let labels: Vec<usize> = batch.iter().map(|&index| usize::from(training.labels[index])).collect();
            let truth: Vec<f32> = labels.iter().flat_map(hot).collect();
            let truth = Tensor::<2>::from_data(TensorData::new(truth, [BATCH, CLASSES]), &device);
            let loss = (log_softmax(classifier.read(x).logits, 1) * truth).sum_dim(1).mean().neg();
            // Half a cosine, from the full rate to none.
            let rate = LEARNING_RATE * 0.5 * (1.0 + (std::f64::consts::PI * step as f64 / steps as f64).cos());
            let gradients = GradientsParams::from_grads(loss.clone().backward(), &classifier);
            classifier = optimizer.step(rate, classifier, gradients);
            total += f64::from(loss.into_scalar::<f32>());
            step += 1;
        }
        let loss = total / (order.len() / BATCH) as f64;
        let Measured { accuracy, .. } = measure(&classifier.valid(), &test);
        let seconds = start.elapsed().as_secs_f64();
        println!("epoch {epoch}: loss {loss:.4}, {:.2} % of the test images, {seconds:.0} s", 100.0 * accuracy);
    }
    let classifier = classifier.valid();
    let factor = variance(&classifier, &training).powf(-0.5);
    let classifier = classifier.scaled(factor);
    let record = Record { classifier: Subject::Digits, epochs, accuracy: measure(&classifier, &test).accuracy };
    std::fs::write(file, pollster::block_on(classifier.save(&record))?)?;
    report(file)
}

/// The features' variance over a set, mean over features: the unit that distances are measured in.
fn variance(classifier: &Classifier, set: &Labelled) -> f64 {
    let mut moments = Moments::new(FEATURES);
    for pixels in set.pixels.chunks(MEASURED * PIXELS) {
        let data = TensorData::new(digits::standardise(pixels), [pixels.len() / PIXELS, PIXELS]);
        let features = classifier.read(Tensor::from_data(data, &Device::flex())).features;
        moments.add(&features.into_data().iter().collect::<Vec<f32>>());
    }
    moments.covariance().iter().step_by(FEATURES + 1).sum::<f64>() / FEATURES as f64
}

/// A training image, moved by a few pixels, with paper where there was nothing.
fn shifted(set: &Labelled, index: usize, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let image = &set.pixels[index * PIXELS..(index + 1) * PIXELS];
    let [down, right] = [0; 2].map(|_| rng.random_range(-SHIFT..=SHIFT));
    let inside = |at: i32| (0..SIDE as i32).contains(&at).then_some(at as usize);
    let pixel = |at: usize| {
        let (y, x) = (inside((at / SIDE) as i32 - down), inside((at % SIDE) as i32 - right));
        y.zip(x).map_or(0, |(y, x)| image[y * SIDE + x])
    };
    (0..PIXELS).map(pixel).collect()
}

struct Measured {
    accuracy: f64,
    clarity: f64,
    milliseconds: f64,
}

fn measure(classifier: &Classifier, set: &Labelled) -> Measured {
    let (mut right, mut clarity, start) = (0, 0.0, Instant::now());
    for (pixels, labels) in set.pixels.chunks(MEASURED * PIXELS).zip(set.labels.chunks(MEASURED)) {
        let data = TensorData::new(digits::standardise(pixels), [labels.len(), PIXELS]);
        let logits = classifier.read(Tensor::from_data(data, &Device::flex())).logits;
        let chances: Vec<f32> = log_softmax(logits, 1).exp().into_data().iter().collect();
        for (chances, &label) in chances.chunks(CLASSES).zip(labels) {
            let best = chances.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
            let (guess, chance) = best.map_or((CLASSES, 0.0), |(digit, &chance)| (digit, chance));
            right += usize::from(guess == usize::from(label));
            clarity += f64::from(chance);
        }
    }
    let count = set.labels.len() as f64;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3 / count;
    Measured { accuracy: right as f64 / count, clarity: clarity / count, milliseconds }
}

fn report(file: &str) -> Result<(), Box<dyn Error>> {
    let bytes = std::fs::read(file)?;
    let (classifier, record) = Classifier::load(&bytes, &Device::flex())?;
    let Measured { accuracy, clarity, milliseconds } = measure(&classifier, &mnist::test(Path::new(mnist::FOLDER))?);
    println!("{file}: {} bytes, {} weights, {} epochs", bytes.len(), classifier.num_params(), record.epochs);
    println!("{:.2} % of the test images right, mean largest probability {clarity:.4}", 100.0 * accuracy);
    let unit = variance(&classifier, &mnist::training(Path::new(mnist::FOLDER))?);
    println!("{milliseconds:.3} ms an image, features of variance {unit:.4} over the training images");
    Ok(())
}
