//! Digits: the shipped flow map and its rivals from the same noise, before two judges.

use std::error::Error;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use burn::tensor::Device;
use fewsteps::data::digits::{CLASSES, PIXELS};
use fewsteps::data::{Dataset, Labels};
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::network::weights::load;
use fewsteps_experiments::samples::{self, Draw};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::judges::{Judges, Score};
use super::{KEPT, lenet};

/// The weights judged.
pub const WEIGHTS: &str = "www/weights/digits.safetensors";
/// Name of the numbers.
pub const NAME: &str = "digits";
/// Weights of the class that the map is asked for.
pub const GUIDANCE: [f64; 2] = [1.0, 1.2];
/// Samples made at once, of equal class counts.
const TOGETHER: usize = 50;
/// Samples on a sheet: columns and rows.
const SHEET: [usize; 2] = [10, 5];

/// What was found.
#[derive(Serialize, Deserialize)]
pub struct Numbers {
    /// Samples of a run.
    pub samples: usize,
    /// Of the weights and of the judge: numbers of other ones are not gone on with.
    inputs: u64,
    /// Steps of the velocity's training and of the map's.
    pub steps: [usize; 2],
    /// Numbers that each judge describes an image by.
    pub features: [usize; 2],
    /// Shares of the test images that the judges read as labelled.
    pub accuracy: [f64; 2],
    /// What as many real images score, a set for each seed.
    pub floor: Vec<[Score; 2]>,
    /// One for each seed.
    pub runs: Vec<Run>,
}

/// All samplers from the same noise.
#[derive(Serialize, Deserialize)]
pub struct Run {
    seed: u64,
    seconds: f64,
    pub rows: Vec<Row>,
}

/// A sampler with so many steps.
#[derive(Serialize, Deserialize)]
pub struct Row {
    pub sampler: String,
    pub guidance: f64,
    pub steps: usize,
    pub evaluations: usize,
    pub scores: [Score; 2],
}

/// All that is run: sampler, guidance and steps.
fn entries() -> Vec<Draw> {
    let of = |sampler, guidance, steps: &[usize]| {
        let draw = |&steps: &usize| Draw { sampler, steps, guidance, count: TOGETHER };
        steps.iter().map(draw).collect::<Vec<_>>()
    };
    let maps = GUIDANCE.map(|guidance| of("flow_map", guidance, &[1, 2, 3, 4, 6, 8]));
    let rivals = [
        of("ddim", 1.0, &[4, 6, 10]),
        of("dpmpp_2m", 1.0, &[2, 4, 5, 6, 8]),
        of("unipc", 1.0, &[2, 4, 5, 6, 8]),
        // Two evaluations a step.
        of("unipc", 1.2, &[4]),
    ];
    maps.into_iter().chain(rivals).flatten().collect()
}

/// Judges `count` samples for each of `seeds` seeds, and writes what was found after each of them.
pub fn study(count: usize, seeds: u64) -> Result<(), Box<dyn Error>> {
    if count == 0 || !count.is_multiple_of(TOGETHER) {
        return Err(format!("samples come in steps of {TOGETHER}").into());
    }
    let bytes = fs::read(WEIGHTS)?;
    let weights = load(&bytes, &Device::flex())?;
    let steps = [weights.description.step, weights.description.map_steps];
    let classes = weights.description.network.classes();
    if weights.map.is_none() || classes != CLASSES {
        return Err(format!("{WEIGHTS} has no flow map of ten classes").into());
    }
    let denoiser = NetworkDenoiser::from(weights);
    let data = samples::images()?;
    let judges = Judges::new(&data)?;
    let mut hasher = DefaultHasher::new();
    (bytes, fs::read(lenet::FILE)?).hash(&mut hasher);
    let inputs = hasher.finish();
    let fresh = || Numbers {
        samples: count,
        inputs,
        steps,
        features: judges.features(),
        accuracy: judges.accuracy(),
        floor: Vec::new(),
        runs: Vec::new(),
    };
    let earlier = KEPT.kept(NAME).ok().and_then(|value| serde_json::from_value::<Numbers>(value).ok());
    let mut numbers = earlier.filter(|old| old.samples == count && old.inputs == inputs).unwrap_or_else(fresh);
    numbers.floor = (1..=seeds).map(|seed| floor(&data, &judges, count, seed)).collect::<Result<_, _>>()?;
    KEPT.keep(NAME, &serde_json::to_value(&numbers)?)?;
    for seed in 1..=seeds {
        if numbers.runs.iter().any(|run| run.seed == seed) {
            continue;
        }
        numbers.runs.push(run(&denoiser, &data, &judges, count, seed)?);
        KEPT.keep(NAME, &serde_json::to_value(&numbers)?)?;
    }
    Ok(())
}

fn run(
    denoiser: &NetworkDenoiser,
    data: &Dataset,
    judges: &Judges,
    count: usize,
    seed: u64,
) -> Result<Run, Box<dyn Error>> {
    let (entries, mean, start) = (entries(), data.mean(), Instant::now());
    let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
    let mut tallies: Vec<_> = entries.iter().map(|_| (judges.tally(), 0)).collect();
    for done in (0..count).step_by(TOGETHER) {
        let noise = samples::noise(&mean, TOGETHER, &mut rng);
        for (&how, (tally, evaluations)) in entries.iter().zip(&mut tallies) {
            let (images, spent) = samples::samples_from(noise.clone(), denoiser, CLASSES, how)?;
            judges.add(tally, &images)?;
            *evaluations = spent;
            if seed == 1 && done == 0 {
                let path = format!("{}/{}-{}-{}.pgm", KEPT.0, how.sampler, how.guidance, how.steps);
                samples::draw_sheet(&path, &images, SHEET[0], SHEET[1])?;
            }
        }
        eprintln!("{seed}: {} of {count} samples, {:.0} s", done + TOGETHER, start.elapsed().as_secs_f64());
    }
    let row = |(how, (tally, evaluations)): (&Draw, &_)| Row {
        sampler: how.sampler.into(),
        guidance: how.guidance,
        steps: how.steps,
        evaluations: *evaluations,
        scores: judges.score(tally),
    };
    let rows = entries.iter().zip(&tallies).map(row).collect();
    Ok(Run { seed, seconds: start.elapsed().as_secs_f64(), rows })
}

/// What both say of `count` training images, drawn without repetition, digits in turn as those of samples.
fn floor(data: &Dataset, judges: &Judges, count: usize, seed: u64) -> Result<[Score; 2], Box<dyn Error>> {
    let Labels { train, .. } = data.labels.as_ref().ok_or("images without digits")?;
    let mut rng = ChaCha8Rng::seed_from_u64(2000 + seed);
    let mut images = vec![0.0; count * PIXELS];
    for digit in 0..CLASSES {
        let mut of_digit: Vec<usize> = (0..train.len()).filter(|&index| usize::from(train[index]) == digit).collect();
        of_digit.shuffle(&mut rng);
        if of_digit.len() < count / CLASSES {
            return Err(format!("{count} images are more than there are of {digit}").into());
        }
        for (to, from) in images.chunks_exact_mut(PIXELS).skip(digit).step_by(CLASSES).zip(of_digit) {
            to.copy_from_slice(&data.train[from * PIXELS..(from + 1) * PIXELS]);
        }
    }
    let mut tally = judges.tally();
    judges.add(&mut tally, &images)?;
    Ok(judges.score(&tally))
}
