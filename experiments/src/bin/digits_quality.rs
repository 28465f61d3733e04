//! Writes `docs/digits-quality.md`: how good the shipped model's digits are against network evaluations, for ten samplers, with the
//! floor of the measure and its bias: `cargo experiments digits_quality -- [images] [weights] [file]`. It is the laboratory's
//! study “digits” with more images, measured against half of MNIST's 60,000 training images instead of half of the page's 10,000.

use fewsteps::data::mnist;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use burn::module::Module;
use burn::tensor::Device;
use fewsteps::data::digits::{self, PIXELS, SIDE};
use fewsteps::estimate::Estimate;
use fewsteps::metrics::digits::{QualityError, QualityRun};
use fewsteps::network::classifier::FEATURES;
use fewsteps::network::weights;
use fewsteps::sampler;
use fewsteps::studies::{self, Outcome, Supplies};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde_json::{Value, json};

const SAMPLERS: [&str; 10] = [
    "ddim",
    "gradient_estimation",
    "dpmpp_2m",
    "unipc",
    "deis",
    "pndm_plms",
    "edm_heun",
    "curved_pc",
    "curved_gaussian_pc",
    "curved_denoised",
];
const BUDGETS: [usize; 9] = [3, 4, 6, 8, 10, 15, 20, 25, 50];
/// Weights of the class, and evaluations to try them within.
const GUIDANCE: [f64; 5] = [0.0, 1.0, 1.5, 2.0, 3.0];
const GUIDED: [usize; 2] = [20, 50];
/// Draws the noise. Samplers were chosen by looking at another seed.
const SEED: u64 = 2;
/// Sizes of samples of which the floor is found, each with the most sets that it is a mean over.
const SIZES: [(usize, usize); 7] = [(64, 60), (128, 60), (256, 60), (512, 40), (1000, 30), (2000, 15), (5000, 6)];
/// Images of a sheet that is spoilt on purpose.
const SPOILT: usize = 5000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let images: usize = words.first().map_or(Ok(1024), |word| word.parse())?;
    let path = words.get(1).map_or("www/weights/digits.safetensors", String::as_str);
    let file = words.get(2).map_or("docs/digits-quality.md", String::as_str);
    let bytes = std::fs::read(path)?;
    let weights::Weights { network, description, .. } = weights::load(&bytes, &Device::flex())?;
    let mut text = format!(
        "# How good the digits are, by the number of network evaluations\n\nWritten by `cargo experiments digits_quality -- \
         {images}`, with the weights in `{path}` ({} weights, {} steps of training).\n\n",
        network.num_params(),
        description.step
    );
    measure(&mut text)?;
    samplers(&mut text, images, &bytes)?;
    guidance(&mut text, images, &bytes)?;
    std::fs::write(file, &text)?;
    println!("{text}");
    Ok(())
}

/// Distance of standardised `images` to the reference.
fn distance(run: &mut QualityRun, images: &[f32]) -> std::result::Result<f64, QualityError> {
    run.restart();
    pollster::block_on(run.add(images))?;
    run.distance_of(&run.samples().features)
}

/// What the distance says of real images, of spoilt ones, and by how many there are.
fn measure(text: &mut String) -> Result<()> {
    let (training, test) = (mnist::training(Path::new(mnist::FOLDER))?, mnist::test(Path::new(mnist::FOLDER))?);
    let mut run = QualityRun::new(&Device::flex())?;
    let images = digits::standardise(&training.pixels);
    let start = Instant::now();
    while pollster::block_on(run.advance_reference(&images))? > 0 {}
    let milliseconds = start.elapsed().as_secs_f64() * 1e3 / training.labels.len() as f64;

    writeln!(
        text,
        "## The measure\n\nThe Frechet distance (arXiv 1706.08500) in the {FEATURES} features of a classifier of our own, to the first \
         30,000 training images of MNIST. Classifying an image took {milliseconds:.3} ms. The floor is what as many other \
         training images score; it falls about as one over their number.\n\n| images | floor, mean of sets | floor times \
         images |\n|---|---|---|"
    )?;
    for (size, most) in SIZES {
        let Estimate { mean, standard_error } = run.floor(size, most)?;
        writeln!(text, "| {size} | {mean:.4} ± {standard_error:.4} | {:.1} |", mean * size as f64)?;
    }

    let other = &images[30_000 * PIXELS..(30_000 + SPOILT) * PIXELS];
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut noisy = |width: f32| -> Vec<f32> {
        // In units of ink, of which a standardised coordinate holds 0.3081.
        let mut normal = || -> f32 { StandardNormal.sample(&mut rng) };
        other.iter().map(|x| x + width / 0.3081 * normal()).collect()
    };
    let spoilt = [
        ("nothing", other.to_vec()),
        ("noise, .05 of full ink", noisy(0.05)),
        ("noise, .1 of full ink", noisy(0.1)),
        ("noise, .3 of full ink", noisy(0.3)),
        ("means of 2 by 2 pixels", blurred(other, 2)),
        ("means of 3 by 3 pixels", blurred(other, 3)),
        ("the whole mirrored", other.chunks(SIDE).flat_map(|row| row.iter().rev().copied()).collect()),
    ];
    writeln!(text, "\n| {SPOILT} other training images with | distance |\n|---|---|")?;
    for (name, images) in spoilt {
        writeln!(text, "| {name} | {:.3} |", distance(&mut run, &images)?)?;
    }
    for digit in [1, 8] {
        let labels = &training.labels[30_000..];
        let rows = run.real().features.chunks(FEATURES).skip(30_000).zip(labels).filter(|(_, label)| **label != digit);
        let kept: Vec<f32> = rows.take(SPOILT).flat_map(|(row, _)| row.iter().copied()).collect();
        writeln!(text, "| no {digit} among them | {:.3} |", run.distance_of(&kept)?)?;
    }
    let test = digits::standardise(&test.pixels);
    for (name, half) in ["first", "last"].iter().zip(test.chunks(SPOILT * PIXELS)) {
        writeln!(text, "| the {name} {SPOILT} test images instead | {:.3} |", distance(&mut run, half)?)?;
    }
    writeln!(
        text,
        "\nThe halves of the test set come from different writers, and neither is like the training set: samples of a model \
         that learned from the training images are measured against those, and whether it merely repeats them is asked separately."
    )?;
    Ok(())
}

/// Means over windows of `window` by `window` pixels, with paper around.
fn blurred(images: &[f32], window: usize) -> Vec<f32> {
    let paper = digits::standardise(&[0])[0];
    let mut blurred = Vec::with_capacity(images.len());
    for image in images.chunks(PIXELS) {
        for at in 0..PIXELS {
            let pixel = |i: usize| {
                let (y, x) = (at / SIDE + i / window, at % SIDE + i % window);
                if y < SIDE && x < SIDE { image[y * SIDE + x] } else { paper }
            };
            blurred.push((0..window * window).map(pixel).sum::<f32>() / (window * window) as f32);
        }
    }
    blurred
}

/// What the laboratory's study finds with more images than the page holds.
fn study(description: &Value, weights: &[u8]) -> Result<Outcome> {
    let packed = mnist::packed(Path::new(mnist::FOLDER), 60_000, 2_000)?;
    let weights = Some(weights.to_vec());
    let supplies = Supplies { device: Device::flex(), points: None, images: Some(packed), weights };
    let start = Instant::now();
    let mut run = studies::begin(&description.to_string(), supplies)?;
    let mut outcome = Outcome::new(run.outline());
    let mut doing = String::new();
    while let Some(update) = pollster::block_on(run.next())? {
        if !update.doing.is_empty() && update.doing != doing {
            doing = update.doing.clone();
            eprintln!("{:5.1} % {:5.0} s {doing}", 100.0 * update.progress, start.elapsed().as_secs_f64());
        }
        outcome.take(update);
    }
    Ok(outcome)
}

/// What going beyond the class costs and gains.
fn guidance(text: &mut String, images: usize, weights: &[u8]) -> Result<()> {
    let mut lines = String::new();
    for weight in GUIDANCE {
        let description = json!({
            "study": "digits", "data": "digits", "samplers": ["curved_denoised"], "budgets": GUIDED, "images": images, "guidance": weight,
            "seed": SEED
        });
        let outcome = study(&description, weights)?;
        let rows = outcome.rows("quality").iter().filter(|row| row[0] == 0.0);
        let cells: String =
            rows.map(|row| format!(" {:.3} ± {:.3} | {:.4} ± {:.4} |", row[3], row[4], row[6], row[7])).collect();
        writeln!(lines, "| {weight} |{cells}")?;
    }
    let header: String = GUIDED.iter().map(|budget| format!(" distance, {budget} | sure, {budget} |")).collect();
    writeln!(
        text,
        "\n## Guidance\n\nThe same for the curve of denoised points and weights of the class, within so many evaluations: a weight other than 0 and 1 \
         takes two evaluations for one. More is clearer and less varied, so that the distance grows while the eye is pleased.\n\n\
         | weight |{header}\n|---|{}\n{lines}",
        "---|---|".repeat(GUIDED.len())
    )?;
    Ok(())
}

/// The laboratory's study of all samplers, and its tables.
fn samplers(text: &mut String, images: usize, weights: &[u8]) -> Result<()> {
    let description = json!({
        "study": "digits", "data": "digits", "samplers": SAMPLERS, "budgets": BUDGETS, "images": images, "seed": SEED
    });
    let start = Instant::now();
    let outcome = study(&description, weights)?;
    let names = SAMPLERS.map(|name| sampler::info(name).map_or(name, |info| info.label));
    let header: String = BUDGETS.iter().map(|budget| format!(" {budget} |")).collect();
    let rule = "---|".repeat(BUDGETS.len());
    let rows = outcome.rows("quality");
    let cells = |value: usize, digits: usize| -> String {
        let mut lines = String::new();
        for (index, name) in names.iter().enumerate() {
            let cell = |budget: &usize| {
                let row = rows.iter().find(|row| row[0] == index as f64 && row[1] == *budget as f64);
                row.map_or(" |".into(), |row| format!(" {:.digits$} ± {:.digits$} |", row[value], row[value + 1]))
            };
            let line: String = BUDGETS.iter().map(cell).collect();
            lines += &format!("| {name} |{line}\n");
        }
        lines
    };
    let real = rows.iter().find(|row| row[0] == SAMPLERS.len() as f64).ok_or("no real images")?;
    writeln!(
        text,
        "\n## Ten samplers\n\nFrechet distance of {images} samples from the same noise, within so many network evaluations (a budget: \
         Heun’s method spends an odd number). {images} real images score {:.3}. ± is one standard error, by leaving out an \
         eighth of the samples at a time; differences between samplers are surer than that, since they share the noise.\n\n| sampler \
         |{header}\n|---|{rule}\n{}",
        real[5],
        cells(3, 3)
    )?;
    writeln!(
        text,
        "How sure the classifier is of the likeliest digit, mean over samples; of real images {:.4}.\n\n| sampler |{header}\n|---|{rule}\n{}",
        real[8],
        cells(7 - 1, 4)
    )?;
    for finding in outcome.findings() {
        writeln!(text, "* {finding}")?;
    }
    writeln!(text, "\nThe study took {:.0} s on one machine’s processor.", start.elapsed().as_secs_f64())?;
    Ok(())
}
