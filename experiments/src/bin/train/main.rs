//! Trains the shipped weights: `cargo experiments train -- <data set> [steps] [file]`, or `all` for every set of
//! points. Writes `www/weights/<data set>.safetensors` and prints how the two lanes do with them. `digits` alone is a set of
//! images; `report digits` measures its file without training. `map <data set> [steps] [file]` learns the flow map of weights that are
//! there, or goes on with one of fewer steps, and puts it into their file, or with a third word into another.

mod digits;
mod map;

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::{self, Dataset};
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::metrics::distances::ReferenceSet;
use fewsteps::network::NetworkConfig;
use fewsteps::network::weights::{Description, Precision, Weights, save};
use fewsteps::parameters::Values;
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule::log_linear;
use fewsteps::settings::Settings;
use fewsteps::training::{Trainer, TrainingOptions};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The digits' weights.
const DIGITS: &str = "www/weights/digits.safetensors";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let name = arguments.first().map_or("all", String::as_str);
    let names: Vec<&str> = match name {
        "map" => {
            let set = arguments.get(1).ok_or("which data set's map?")?;
            let steps = arguments.get(2).map(|steps| steps.parse()).transpose()?;
            return map::train(&format!("www/weights/{set}.safetensors"), steps, arguments.get(3).map(String::as_str));
        }
        "report" => return digits::report(arguments.get(2).map_or(DIGITS, String::as_str)),
        "digits" => {
            let steps = arguments.get(1).map_or(Ok(20_000), |steps| steps.parse())?;
            return digits::train(steps, arguments.get(2).map_or(DIGITS, String::as_str));
        }
        "all" => data::built_ins().map(|set| set.value).collect(),
        one => vec![one],
    };
    let steps = arguments.get(1).map_or(Ok(15_000), |steps| steps.parse())?;
    for name in names {
        let file = arguments.get(2).cloned().unwrap_or_else(|| format!("www/weights/{name}.safetensors"));
        train(name, Dataset::built_in(name)?, steps, &file)?;
    }
    Ok(())
}

fn train(name: &str, data: Dataset, steps: usize, file: &str) -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::flex();
    let network = NetworkConfig::for_data(&data, Settings::for_data(name).width);
    let options = TrainingOptions { batch: 512, budget: steps, ..TrainingOptions::points() };
    let mut trainer = Trainer::new(network.clone(), options, data, 1, &device);
    let start = Instant::now();
    for step in 1..=steps {
        // The last fifth cools down, which takes the noise of single steps out of the weights.
        let left = (steps - step) as f64 / (0.2 * steps as f64);
        trainer.options.learning_rate = options.learning_rate * left.clamp(0.02, 1.0);
        let losses = trainer.next().expect("training has no end");
        if step % (steps / 5).max(1) == 0 {
            let turn = losses.turn.map_or(f32::NAN, |turn| turn.into_scalar::<f32>());
            let noise = losses.noise.into_scalar::<f32>();
            println!("{name}: step {step}, noise {noise:.4}, turn {turn:.4}, {:.0} s", start.elapsed().as_secs_f64());
        }
    }
    let description = Description {
        network: network.clone(),
        data: name.into(),
        step: steps,
        turn_steps: trainer.turn_steps(),
        map_steps: 0,
    };
    let weights = Weights { network: trainer.average().clone(), map: None, description };
    std::fs::write(file, pollster::block_on(save(&weights, Precision::Single, Precision::Single))?)?;
    report(&trainer, &network)?;
    Ok(())
}

/// Energy distance times a thousand of 2,000 samples, mean over three seeds.
fn report(trainer: &Trainer, network: &NetworkConfig) -> Result<(), Box<dyn std::error::Error>> {
    let denoiser = NetworkDenoiser::new(trainer.average().clone(), network.turn_cost());
    let d = trainer.data().dimension;
    let reference = ReferenceSet::new(&trainer.data().held_out[..d * 4000], d);
    for name in ["ddim", "gradient_estimation", "pndm_plms", "taylor2_log", "curved_pc"] {
        print!("  {name:20}");
        for steps in [3, 4, 5, 6, 8, 10, 20] {
            let mut total = 0.0;
            for seed in 0..3 {
                let levels = log_linear(steps, 0.02, 10.0);
                let start = normal([2000, d], seed);
                let sampler = sampler::build(name, &Values::new())?;
                let run =
                    Trajectory::new(sampler, Box::new(&denoiser), levels.clone(), start.clone(), || start.clone());
                let state = pollster::block_on(run.last()).div_scalar(levels[steps].signal_scale());
                let values: Vec<f32> = state.into_data().iter::<f32>().collect();
                total += reference.energy_distance(&values) / 3.0;
            }
            print!(" {steps}: {:7.2}", total * 1e3);
        }
        println!();
    }
    Ok(())
}

fn normal(shape: [usize; 2], seed: u64) -> Tensor<2> {
    let mut rng = ChaCha8Rng::seed_from_u64(100 + seed);
    let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| StandardNormal.sample(&mut rng)).collect();
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}
