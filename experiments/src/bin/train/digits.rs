//! Digits: all 60,000 training images of MNIST from `node_modules` (`npm ci` puts them there), about an hour and a quarter of one core.

use std::error::Error;
use std::fs;
use std::time::Instant;

use burn::tensor::Device;
use fewsteps::data::digits::{CLASSES, PIXELS, SIDE};
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::metrics::distances::ReferenceSet;
use fewsteps::network::NetworkConfig;
use fewsteps::network::weights::{Description, Precision, Weights, load, save};
use fewsteps::training::{Trainer, TrainingOptions};

use fewsteps_experiments::samples::{self, Draw};

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

/// Trains for `steps` steps and saves to `file`, now and then on the way too; then measures what is in the file. Goes on from there if
/// the file has fewer steps of the same network behind it.
pub fn train(steps: usize, file: &str) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let network = NetworkConfig::images(SIDE, 128).of_classes(CLASSES);
    let options = TrainingOptions { budget: steps, ..TrainingOptions::images() };
    let unfinished = fs::read(file).ok().and_then(|bytes| load(&bytes, &device).ok());
    let unfinished = unfinished.filter(|Weights { description: found, .. }| {
        found.network == network && found.step < steps && found.map_steps == 0
    });
    let begun = unfinished.as_ref().map_or(0, |found| found.description.step);
    // Other batches than those behind it.
    let mut trainer = Trainer::new(network.clone(), options, samples::images()?, 1 + begun as u64, &device);
    if let Some(found) = unfinished {
        println!("digits: on from step {begun}");
        trainer.replace(network.clone(), found.network, begun, found.description.turn_steps);
    }
    let start = Instant::now();
    for step in begun + 1..=steps {
        let rise = (step - begun) as f64 / RISE;
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
            let description = Description {
                network: network.clone(),
                data: "digits".into(),
                step,
                turn_steps: trainer.turn_steps(),
                map_steps: 0,
            };
            let weights = Weights { network: trainer.average().clone(), map: None, description };
            fs::write(file, pollster::block_on(save(&weights, Precision::Half, Precision::Half))?)?;
        }
    }
    report(file)
}

/// Samples from the weights in `file`, draws some to `target/digits-<sampler>-<steps>.pgm`, and prints energy and sliced
/// Wasserstein distance to held-out images, beside what as many others of them score.
pub fn report(file: &str) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let data = samples::images()?;
    let weights = load(&fs::read(file)?, &device)?;
    let description = &weights.description;
    let classes = description.network.classes();
    println!("{file}: {} steps, {} with the turn", description.step, description.turn_steps);
    let denoiser = NetworkDenoiser::from(weights);
    let reference = ReferenceSet::new(&data.held_out[..2000 * PIXELS], PIXELS);
    let distances = |values: &[f32]| {
        let (energy, sliced) = (reference.energy_distance(values), reference.sliced_wasserstein(values, DIRECTIONS));
        format!("energy distance {energy:7.3}, sliced {sliced:.4}")
    };
    println!("{:15}     {}", "real", distances(&data.held_out[2000 * PIXELS..(2000 + MEASURED) * PIXELS]));
    let mean = data.mean();
    for steps in [5, 8, 10, 20, 50] {
        for sampler in ["ddim", "pndm_plms", "taylor2_log", "curved_pc"] {
            let ask = Draw::new(sampler, steps, 1.0, MEASURED);
            let (values, evaluations) = samples::samples(&denoiser, classes, &mean, &ask)?;
            println!("{sampler:15} {evaluations:3} {}", distances(&values));
            samples::draw_sheet(&format!("target/digits-{sampler}-{steps}.pgm"), &values, 16, DRAWN / 16)?;
        }
    }
    Ok(())
}
