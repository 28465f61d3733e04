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
use super::{KEPT, lenet, levels};

/// The weights judged.
pub const WEIGHTS: &str = "www/weights/digits.safetensors";
/// Name of the numbers.
pub const NAME: &str = "digits";
/// Weights of the class in whole steps: of the map, and where it hands over.
pub const GUIDANCE: [f64; 2] = [1.0, 1.2];
pub const HANDING_OVER: [f64; 2] = [1.0, 1.1];
/// Samples made at once, of equal class counts.
pub const TOGETHER: usize = 50;
/// Samples on a sheet: columns and rows.
const SHEET: [usize; 2] = [10, 5];

/// What was found.
#[derive(Serialize, Deserialize)]
pub struct Numbers {
    /// Samples of a run.
    pub samples: usize,
    /// Of the weights, the judge and all that is run: numbers of other ones are not gone on with.
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
    /// Whether its levels were chosen for it; log-linear ones otherwise.
    pub chosen: bool,
    /// Weight of the class: in whole steps, where it takes any.
    pub guidance: f64,
    pub evaluations: usize,
    pub scores: [Score; 2],
}

/// All that is run, and whether on chosen levels.
fn entries() -> Result<Vec<(Draw, bool)>, Box<dyn Error>> {
    let of = |sampler, guidance, steps: &[usize]| {
        steps.iter().map(|&steps| (Draw::new(sampler, steps, guidance, TOGETHER), false)).collect::<Vec<_>>()
    };
    let mut entries: Vec<_> =
        GUIDANCE.into_iter().flat_map(|guidance| of("flow_map", guidance, &[1, 2, 3, 4, 6, 8])).collect();
    entries.extend(of("ddim", 1.0, &[4, 6, 10]));
    entries.extend(of("dpmpp_2m", 1.0, &[2, 4, 5, 6, 8]));
    entries.extend(of("unipc", 1.0, &[2, 4, 5, 6, 8]));
    // Two evaluations a step.
    entries.extend(of("unipc", 1.2, &[4]));
    for (sampler, budgets) in levels::CHOSEN {
        let weights: &[f64] = match sampler {
            "flow_map" => &GUIDANCE,
            "flow_map_2m" => &HANDING_OVER,
            _ => &[1.0],
        };
        for (&steps, &map_guidance) in budgets.iter().flat_map(|steps| weights.iter().map(move |w| (steps, w))) {
            let levels = levels::chosen(sampler, steps)?;
            entries.push((Draw { sampler, levels, guidance: 1.0, map_guidance, count: TOGETHER }, true));
        }
    }
    Ok(entries)
}

/// Evaluations of one way of sampling, and its scores by both classifiers.
pub type Scored = (usize, [Score; 2]);

/// What is judged, on what, and by whom.
pub struct Subject {
    denoiser: NetworkDenoiser,
    /// Of training: the velocity's and the map's.
    steps: [usize; 2],
    inputs: u64,
    data: Dataset,
    judges: Judges,
}

impl Subject {
    pub fn load() -> Result<Self, Box<dyn Error>> {
        let bytes = fs::read(WEIGHTS)?;
        let weights = load(&bytes, &Device::flex())?;
        let steps = [weights.description.step, weights.description.map_steps];
        if weights.map.is_none() || weights.description.network.classes() != CLASSES {
            return Err(format!("{WEIGHTS} has no flow map of ten classes").into());
        }
        let data = samples::images()?;
        let judges = Judges::new(&data)?;
        let mut hasher = DefaultHasher::new();
        (bytes, fs::read(lenet::FILE)?).hash(&mut hasher);
        Ok(Self { denoiser: NetworkDenoiser::from(weights), steps, inputs: hasher.finish(), data, judges })
    }

    /// Evaluations and scores of `count` samples of each of `draws`, all from the same noise; `first` sees the first images of each by its index.
    pub fn judged(
        &self,
        draws: &[Draw],
        count: usize,
        mut rng: ChaCha8Rng,
        first: impl Fn(usize, &[f32]) -> Result<(), Box<dyn Error>>,
    ) -> Result<Vec<Scored>, Box<dyn Error>> {
        let mean = self.data.mean();
        let mut tallies: Vec<_> = draws.iter().map(|_| (self.judges.tally(), 0)).collect();
        for done in (0..count).step_by(TOGETHER) {
            let noise = samples::noise(&mean, TOGETHER, &mut rng);
            for (index, (how, (tally, evaluations))) in draws.iter().zip(&mut tallies).enumerate() {
                let (images, spent) = samples::samples_from(noise.clone(), &self.denoiser, CLASSES, how)?;
                self.judges.add(tally, &images)?;
                *evaluations = spent;
                if done == 0 {
                    first(index, &images)?;
                }
            }
        }
        Ok(tallies.iter().map(|(tally, evaluations)| (*evaluations, self.judges.score(tally))).collect())
    }
}

/// Judges `count` samples for each of `seeds` seeds, and writes what was found after each of them.
pub fn study(count: usize, seeds: u64) -> Result<(), Box<dyn Error>> {
    if count == 0 || !count.is_multiple_of(TOGETHER) {
        return Err(format!("samples come in steps of {TOGETHER}").into());
    }
    let subject = Subject::load()?;
    let entries = entries()?;
    let mut hasher = DefaultHasher::new();
    (subject.inputs, format!("{entries:?}")).hash(&mut hasher);
    let inputs = hasher.finish();
    let Subject { steps, data, judges, .. } = &subject;
    let fresh = || Numbers {
        samples: count,
        inputs,
        steps: *steps,
        features: judges.features(),
        accuracy: judges.accuracy(),
        floor: Vec::new(),
        runs: Vec::new(),
    };
    let earlier = KEPT.kept(NAME).ok().and_then(|value| serde_json::from_value::<Numbers>(value).ok());
    let mut numbers = earlier.filter(|old| old.samples == count && old.inputs == inputs).unwrap_or_else(fresh);
    numbers.floor = (1..=seeds).map(|seed| floor(data, judges, count, seed)).collect::<Result<_, _>>()?;
    KEPT.keep(NAME, &serde_json::to_value(&numbers)?)?;
    for seed in 1..=seeds {
        if numbers.runs.iter().any(|run| run.seed == seed) {
            continue;
        }
        numbers.runs.push(run(&subject, &entries, count, seed)?);
        KEPT.keep(NAME, &serde_json::to_value(&numbers)?)?;
    }
    Ok(())
}

fn run(subject: &Subject, entries: &[(Draw, bool)], count: usize, seed: u64) -> Result<Run, Box<dyn Error>> {
    let start = Instant::now();
    let draws: Vec<Draw> = entries.iter().map(|(draw, _)| draw.clone()).collect();
    let sheet = |index: usize, images: &[f32]| match seed {
        1 => {
            let (how, chosen) = &entries[index];
            let levels = if *chosen { "-chosen" } else { "" };
            let path = format!("{}/{}-{}-{}{levels}.pgm", KEPT.0, how.sampler, how.map_guidance, how.levels.len() - 1);
            samples::draw_sheet(&path, images, SHEET[0], SHEET[1])
        }
        _ => Ok(()),
    };
    let found = subject.judged(&draws, count, ChaCha8Rng::seed_from_u64(1000 + seed), sheet)?;
    let row = |((draw, chosen), (evaluations, scores)): (&(Draw, bool), Scored)| Row {
        sampler: draw.sampler.into(),
        chosen: *chosen,
        guidance: draw.map_guidance,
        evaluations,
        scores,
    };
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("seed {seed}: {seconds:.0} s");
    Ok(Run { seed, seconds, rows: entries.iter().zip(found).map(row).collect() })
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
