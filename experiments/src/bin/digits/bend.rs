//! What a step's bend can be guessed from: how far fine paths of the shipped weights are from the straight step, and how much of that
//! the learned turn explains, the difference to the last evaluation, and both.

use std::error::Error;
use std::fmt::Write;
use std::fs;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::digits::{CLASSES, PIXELS};
use fewsteps::denoiser::{Denoiser, Guided, NetworkDenoiser};
use fewsteps::level::Level;
use fewsteps::network::{Classes, weights::load};
use fewsteps::parameters::Values;
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule::log_linear;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use fewsteps_experiments::samples;

const PAGE: &str = "docs/digits-bend.md";
const WEIGHTS: &str = "www/weights/digits.safetensors";
/// Steps whose bend is looked at, and fine ones in each of them.
const STEPS: usize = 8;
const FINE: usize = 6;

/// Follows the paths of `images` samples, and writes the table.
pub fn bend(images: usize) -> Result<(), Box<dyn Error>> {
    let device = Device::flex();
    let weights = load(&fs::read(WEIGHTS)?, &device)?;
    let description = weights.description.clone();
    let denoiser = NetworkDenoiser::from(weights);
    let asked: Vec<Option<u8>> = (0..images).map(|i| Some((i % CLASSES) as u8)).collect();
    let denoiser = Guided::new(denoiser, Classes::new(&asked, description.network.classes(), &device), 1.0);
    let levels = log_linear(STEPS * FINE, 0.02, 80.0);
    let states = path(&denoiser, &levels, images)?;

    let mut rows = String::new();
    let mut before: Option<Tensor<2>> = None;
    for step in 0..STEPS {
        let [from, to] = [step, step + 1].map(|k| levels[k * FINE]);
        let [start, end] =
            [step, step + 1].map(|k| states[k * FINE].clone().div_scalar(levels[k * FINE].signal_scale()));
        let at = denoiser.noise_and_turn(&states[step * FINE], from);
        let bend = end - start - at.noise.clone().mul_scalar(to.sigma() - from.sigma());
        let (size, percent) = (dot(&bend, &bend).sqrt(), |part: f64| format!("{:.0} %", 100.0 * part));
        let [turn, last, both] = match &before {
            Some(before) => {
                let change = at.noise.clone() - before.clone();
                let slopes: [&[&Tensor<2>]; 3] = [&[&at.turn], &[&change], &[&at.turn, &change]];
                slopes.map(|slopes| percent(explained(&bend, slopes)))
            }
            None => [percent(explained(&bend, &[&at.turn])), String::new(), String::new()],
        };
        writeln!(rows, "| {:.3} to {:.3} | {size:.4} | {turn} | {last} | {both} |", from.sigma(), to.sigma())?;
        before = Some(at.noise);
    }
    let text = format!(
        "# Digits: what a step's bend can be guessed from\n\n\
         Written by `cargo experiments digits -- bend {images}`. The paths of {images} samples of the shipped weights ({} steps of training), \
         in {} steps of UniPC. The bend of a longer step is how far the path's end is from where a straight step from the same point ends, \
         root mean square for each coordinate of `y`. Its share is the part of its square that is explained by the best multiple, one for all \
         images and pixels, of the learned turn, of the change of the noise since the last long step, and by both together.\n\n\
         | sigma | bend | turn | last change | both |\n|---|---|---|---|---|\n{rows}",
        description.step,
        STEPS * FINE,
    );
    println!("{text}");
    Ok(fs::write(PAGE, text)?)
}

/// VP states `[images, 784]` at every level.
fn path(denoiser: &Guided, levels: &[Level], images: usize) -> Result<Vec<Tensor<2>>, Box<dyn Error>> {
    let (mean, first) = (samples::images()?.mean(), levels[0].signal_scale() as f32);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut noise = || -> f32 { StandardNormal.sample(&mut rng) };
    let start = (0..images * PIXELS).map(|i| first * mean[i % PIXELS] + noise()).collect();
    let start = Tensor::<2>::from_data(TensorData::new::<f32, _>(start, [images, PIXELS]), &Device::flex());
    let draw = || unreachable!("UniPC draws no noise");
    let sampler = sampler::build("unipc", &Values::new())?;
    let mut run = Trajectory::new(sampler, Box::new(denoiser), levels.to_vec(), start.clone(), draw);
    let mut states = vec![start];
    while let Some(step) = pollster::block_on(run.next()) {
        states.push(step.state);
    }
    Ok(states)
}

/// The share of `whole`'s square that the best combination of one or two `parts` explains.
fn explained(whole: &Tensor<2>, parts: &[&Tensor<2>]) -> f64 {
    let alone = |part: &Tensor<2>, whole: &Tensor<2>| dot(part, whole) / dot(part, part);
    let mut left = whole.clone();
    let mut known: Vec<Tensor<2>> = Vec::new();
    for part in parts {
        // What the parts before do not say already.
        let new =
            known.iter().fold((*part).clone(), |new, known| new.clone() - known.clone().mul_scalar(alone(known, &new)));
        left = left.clone() - new.clone().mul_scalar(alone(&new, &left));
        known.push(new);
    }
    1.0 - dot(&left, &left) / dot(whole, whole)
}

/// The mean of the products, value by value.
fn dot(a: &Tensor<2>, b: &Tensor<2>) -> f64 {
    f64::from((a.clone() * b.clone()).mean().into_scalar::<f32>())
}
