//! Networks at equal training cost. Only the velocity is trained: the second head sends nothing back to it.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::Dataset;
use fewsteps::data::digits::{PIXELS, SIDE};
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::metrics::digits::QualityRun;
use fewsteps::metrics::distances::ReferenceSet;
use fewsteps::network::weights::{Description, Precision, Weights, load, save};
use fewsteps::network::{Classes, LogSigma, MixerConfig, Network, NetworkConfig, UNetConfig, Window};
use fewsteps::objective::Objective;
use fewsteps::training::{Trainer, TrainingOptions};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use fewsteps_experiments::samples::{self, Draw};

/// Where measurements are kept from one run to the next, and what is written from them.
const FOLDER: &str = "target/digits";
const TABLE: &str = "docs/digits.md";
/// Noise levels at which the loss is measured.
const SIGMAS: [f64; 5] = [0.1, 0.3, 1.0, 3.0, 10.0];
/// Held-out images that the loss is measured on.
const EXAMINED: usize = 1000;
/// Samples that the distances are measured on, and the directions of the sliced one.
const SAMPLES: usize = 500;
const DIRECTIONS: usize = 256;
/// Share of the time over which the learning rate rises, and over which it falls.
const RISE: f64 = 0.02;
const FALL: f64 = 0.3;

/// A network to try.
struct Candidate {
    name: &'static str,
    label: &'static str,
    network: NetworkConfig,
    learning_rate: f64,
}

fn candidates() -> Vec<Candidate> {
    let mixer = |width, window| NetworkConfig::Mixer(MixerConfig { window, ..MixerConfig::images(SIDE, width) });
    let unet = |width| NetworkConfig::UNet(UNetConfig::images(SIDE, width));
    let candidate = |name, label, network: NetworkConfig| Candidate {
        name,
        label,
        network: network.of_classes(mnist_classes()),
        learning_rate: TrainingOptions::images().learning_rate,
    };
    vec![
        candidate("mixer", "mixer, 64 channels", mixer(64, Window::Own)),
        candidate("mixer-neighbours", "mixer, 96 channels, sees neighbours", mixer(96, Window::Neighbours)),
        candidate("unet-24", "U-Net, 24 and 48 channels", unet(24)),
        candidate("unet", "U-Net, 32 and 64 channels", unet(32)),
    ]
}

fn mnist_classes() -> usize {
    fewsteps::data::digits::CLASSES
}

/// What was measured of one.
#[derive(Serialize, Deserialize)]
struct Measured {
    label: String,
    parameters: usize,
    /// Time of one core spent on training, and the steps that it was enough for.
    seconds: f64,
    steps: usize,
    /// Held-out squared error of `v` for each pixel at each of [`SIGMAS`].
    losses: Vec<f64>,
    energy: f64,
    #[serde(default)]
    frechet: f64,
}

/// Trains and measures, then writes the table. Without any seconds, what was trained before is measured again.
pub fn compare(seconds: f64, only: Option<&str>) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(FOLDER)?;
    let data = samples::images()?;
    for candidate in candidates() {
        if only.is_none_or(|name| name == candidate.name) {
            let file = |kind: &str| format!("{FOLDER}/{}.{kind}", candidate.name);
            let (network, steps, spent) = if seconds > 0.0 {
                train(&candidate, &data, seconds)?
            } else {
                let before: Measured = serde_json::from_str(&fs::read_to_string(file("json"))?)?;
                let weights = load(&fs::read(file("safetensors"))?, &Device::flex())?;
                (weights.network, before.steps, before.seconds)
            };
            let measured = measure(&candidate, &network, &data, steps, spent)?;
            fs::write(file("json"), serde_json::to_string(&measured)?)?;
        }
    }
    write_table(&data)
}

fn train(candidate: &Candidate, data: &Dataset, seconds: f64) -> Result<(Network, usize, f64), Box<dyn Error>> {
    let options = TrainingOptions { objective: Objective::Simple, ..TrainingOptions::images() };
    let mut trainer = Trainer::new(candidate.network.clone(), options, data.clone(), 1, &Device::flex());
    let (clock, begun) = (Clock::start(), Instant::now());
    let mut spent = 0.0;
    while spent < seconds {
        let part = spent / seconds;
        let rate = (part / RISE).min((1.0 - part) / FALL).clamp(0.01, 1.0);
        trainer.options.learning_rate = candidate.learning_rate * rate;
        let losses = trainer.next().ok_or("training has no end")?;
        spent = clock.seconds();
        if trainer.step().is_multiple_of(100) {
            let (step, loss) = (trainer.step(), losses.noise.into_scalar::<f32>());
            let (name, each) = (candidate.name, 1e3 * spent / step as f64);
            println!(
                "{name}: step {step}, loss {loss:.4}, {each:.0} ms a step, {:.0} s",
                begun.elapsed().as_secs_f64()
            );
        }
    }
    let network = trainer.average().clone();
    let description = Description {
        network: candidate.network.clone(),
        data: "digits".into(),
        step: trainer.step(),
        turn_steps: 0,
        map_steps: 0,
    };
    let weights = Weights { network: network.clone(), map: None, description };
    let bytes = pollster::block_on(save(&weights, Precision::Half, Precision::Half))?;
    fs::write(format!("{FOLDER}/{}.safetensors", candidate.name), bytes)?;
    Ok((network, trainer.step(), spent))
}

fn measure(
    candidate: &Candidate,
    network: &Network,
    data: &Dataset,
    steps: usize,
    seconds: f64,
) -> Result<Measured, Box<dyn Error>> {
    let labels = data.labels.as_ref().ok_or("digits without labels")?;
    let asked: Vec<Option<u8>> = labels.held_out[..EXAMINED].iter().copied().map(Some).collect();
    let class = Classes::new(&asked, labels.classes, &Device::flex());
    let losses =
        SIGMAS.iter().map(|&sigma| loss(network, &data.held_out[..EXAMINED * PIXELS], &class, sigma)).collect();
    let denoiser = NetworkDenoiser::new(network.clone(), candidate.network.turn_cost());
    let ask = Draw::new("pndm_plms", 20, 1.0, SAMPLES);
    let (values, _) = samples::samples(&denoiser, labels.classes, &data.mean(), &ask)?;
    samples::draw_sheet(&format!("{FOLDER}/{}.pgm", candidate.name), &values, 10, 8)?;
    let ((energy, _), frechet) = (distances(data, &values), frechet(data, &values)?);
    let (label, parameters) = (candidate.label.into(), network.num_params());
    Ok(Measured { label, parameters, seconds, steps, losses, energy, frechet })
}

/// Mean squared error of `v` for each pixel at one level, on `clean` `[n, 784]` given their classes.
fn loss(network: &Network, clean: &[f32], class: &Classes, sigma: f64) -> f64 {
    let device = Device::flex();
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let noise: Vec<f32> = (0..clean.len()).map(|_| StandardNormal.sample(&mut rng)).collect();
    let matrix =
        |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [clean.len() / PIXELS, PIXELS]), &device);
    let (clean, noise) = (matrix(clean.to_vec()), matrix(noise));
    let signal = (1.0 + sigma * sigma).sqrt().recip();
    let x = (clean + noise.clone().mul_scalar(sigma)).mul_scalar(signal);
    let error = network.noise_of(x, &LogSigma::uniform(sigma.ln(), &device), Some(class)) - noise;
    f64::from(error.square().mean().into_scalar::<f32>()) / (signal * signal)
}

fn distances(data: &Dataset, values: &[f32]) -> (f64, f64) {
    let reference = ReferenceSet::new(&data.held_out[..2000 * PIXELS], PIXELS);
    (reference.energy_distance(values), reference.sliced_wasserstein(values, DIRECTIONS))
}

/// Frechet distance (arXiv 1706.08500) of `values` to the first half of the training images, in the features of our classifier.
fn frechet(data: &Dataset, values: &[f32]) -> Result<f64, Box<dyn Error>> {
    let mut run = QualityRun::new(&Device::flex())?;
    while pollster::block_on(run.advance_reference(&data.train))? > 0 {}
    pollster::block_on(run.add(values))?;
    Ok(run.distance_of(&run.samples().features)?)
}

fn write_table(data: &Dataset) -> Result<(), Box<dyn Error>> {
    let mut rows = String::new();
    for candidate in candidates() {
        let Ok(text) = fs::read_to_string(format!("{FOLDER}/{}.json", candidate.name)) else {
            continue;
        };
        let Measured { label, parameters, seconds, steps, losses, energy, frechet } = serde_json::from_str(&text)?;
        let losses: Vec<String> = losses.iter().map(|loss| format!("{loss:.4}")).collect();
        let (each, losses) = (1e3 * seconds / steps as f64, losses.join(" | "));
        writeln!(
            rows,
            "| {label} | {parameters} | {seconds:.0} | {steps} | {each:.0} | {losses} | {energy:.3} | {frechet:.2} |"
        )?;
    }
    let (energy, _) = distances(data, &data.held_out[2000 * PIXELS..(2000 + SAMPLES) * PIXELS]);
    let rest = data.len() / 2 * PIXELS;
    let floor = frechet(data, &data.train[rest..rest + SAMPLES * PIXELS])?;
    let sigmas: Vec<String> = SIGMAS.iter().map(|sigma| format!("sigma {sigma}")).collect();
    let text = format!(
        "# Digits: which network\n\n\
         Written by `RAYON_NUM_THREADS=1 cargo experiments digits -- compare`. Each network is trained for the same time of one \
         core (batch 64, all 60,000 training images, the velocity alone, told the digit nine times of ten), the learning rate falling over \
         the last {:.0} %. The loss is the held-out squared error of `v` for each pixel, {EXAMINED} images, given the digit. The distances \
         are those of {SAMPLES} samples (20 steps of PLMS, log-linear grid from 80 to 0.02, fifty of each digit, no guidance): energy distance of pixels to 2,000 held-out \
         images (as many other ones score {energy:.3}), and Frechet distance in the features of the classifier to the first half of the \
         training images (as many of the other half score {floor:.2}). What a step of the first and the last of these \
         costs in a browser, on its CPU engine and through WebGPU, is in docs/bench.md.\n\n\
         | network | parameters | seconds | steps | ms a step | {} | energy distance | Frechet distance |\n\
         |---|---|---|---|---|{}---|---|\n{rows}",
        100.0 * FALL,
        sigmas.join(" | "),
        "---|".repeat(SIGMAS.len()),
    );
    Ok(fs::write(TABLE, text)?)
}

/// Draws 80 samples of the weights in `file`, by a few samplers and weights of the class, to `target/digits`, and prints how far they
/// are from held-out images.
pub fn sheet(file: &str) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(FOLDER)?;
    let data = samples::images()?;
    let Weights { network, description, .. } = load(&fs::read(file)?, &Device::flex())?;
    let classes = description.network.classes();
    println!(
        "{file}: {} steps, {} with the turn, {} weights",
        description.step,
        description.turn_steps,
        network.num_params()
    );
    let denoiser = NetworkDenoiser::new(network, description.network.turn_cost());
    samples::draw_sheet(&format!("{FOLDER}/real.pgm"), &data.held_out, 10, 8)?;
    for (sampler, steps, guidance) in [
        ("curved_denoised", 20, 1.0),
        ("curved_denoised", 20, 1.5),
        ("curved_denoised", 8, 1.0),
        ("curved_denoised", 4, 1.0),
        ("ddim", 8, 1.0),
    ] {
        let ask = Draw::new(sampler, steps, guidance, 80);
        let (values, evaluations) = samples::samples(&denoiser, classes, &data.mean(), &ask)?;
        samples::draw_sheet(&format!("{FOLDER}/sheet-{sampler}-{steps}-{guidance}.pgm"), &values, 10, 8)?;
        let (energy, sliced) = distances(&data, &values);
        println!(
            "{sampler:12} {evaluations:3} evaluations, guidance {guidance}: energy {energy:.3}, sliced {sliced:.4}"
        );
    }
    Ok(())
}

/// Time that this process has computed for, over all its threads; time by the clock where the system does not say.
struct Clock {
    begun: Instant,
    before: Option<f64>,
}

impl Clock {
    fn start() -> Self {
        Self { begun: Instant::now(), before: computed() }
    }

    fn seconds(&self) -> f64 {
        match (self.before, computed()) {
            (Some(before), Some(now)) => now - before,
            _ => self.begun.elapsed().as_secs_f64(),
        }
    }
}

/// Seconds in user and system mode by Linux's `/proc/self/stat`, in ticks of a hundredth.
fn computed() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is a name in brackets, which may have blanks.
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / 100.0)
}
