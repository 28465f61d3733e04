//! How it is measured.

use std::cell::RefCell;

use super::text::{ROWS, outline};
use crate::denoiser::NetworkDenoiser;
use crate::distribution::{Exact, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::objective::{Batch, NoiseLevels, Objective, Weigher, Weighting};
use crate::parameters::Checked;
use crate::schedule::log_linear;
use crate::state::Points;
use crate::studies::common::method::Method;
use crate::studies::common::points::{noise_of, noised, normal, read, single, square_distances};
use crate::studies::common::targets::ring;
use crate::studies::common::trained::{SampleQuality, dataset, doublings, trainer};
use crate::studies::common::words::{plus_minus, short};
use crate::studies::numbers::numbers;
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use crate::training::TrainingOptions;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Weighting and exponent of each of [`ROWS`].
const WEIGHTINGS: [(Weighting, f64); ROWS.len()] = [
    (Weighting::Uniform, 1.0),
    (Weighting::SigmaPower, -1.0),
    (Weighting::Bell, 1.0),
    (Weighting::Adaptive, 1.0),
    (Weighting::AdaptiveBell, 1.0),
];
/// Measurements, each after twice the steps of the one before.
const MEASUREMENTS: u32 = 4;
/// The levels that training draws from, evenly in their logarithm.
const LEVELS: NoiseLevels = NoiseLevels::LogUniform;
/// Levels at which errors are measured, between which, and fresh points at each.
const MEASURED: usize = 16;
const SPAN: (f64, f64) = (0.02, 10.0);
const FRESH: usize = 256;
/// Steps and samples of a run, and points that these are measured against.
const SAMPLING: (usize, usize) = (32, 1000);
const HELD_OUT: usize = 2000;

struct Weightings {
    mixture: Mixture,
    method: Method,
    steps: usize,
    known: usize,
    draws: usize,
    networks: usize,
    width: usize,
    seed: u64,
    device: Device,
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let study = Weightings {
        mixture: ring(),
        method: Method::named("dpmpp_2m")?,
        steps: p.integer("steps"),
        known: p.integer("known"),
        draws: p.integer("draws"),
        networks: p.integer("networks"),
        width: p.integer("width"),
        seed: p.integer("seed") as u64,
        device: context.device().clone(),
    };
    Ok(Run::new(outline(), move |report| study.run(report)))
}

/// What one network scores.
#[derive(Clone, Copy)]
struct Score {
    energy: f64,
    own: f64,
    fresh: f64,
}

numbers!(Score { energy, own, fresh });

/// Scores of one weighting: by measurement and network.
type Scores = Vec<Vec<Score>>;

/// What networks are measured by.
struct Measure {
    samples: SampleQuality,
    /// Energy distance of fresh data.
    floor: f64,
    levels: Vec<FreshLevel>,
    /// The mean of the floor L* over levels, per coordinate.
    least: f64,
}

/// Fresh points at one level.
struct FreshLevel {
    level: Level,
    x: Points,
    noise: Points,
    exact: Points,
}

impl Weightings {
    async fn run(self, report: Report) -> Result<(), StudyError> {
        let measurements = doublings(self.steps, MEASUREMENTS);
        let measuring = measurements.len() * (SAMPLING.0 + MEASURED);
        let meter = report.meter((self.networks * ROWS.len() * (self.steps + measuring)) as f64);
        let measure = self.measure();
        let sampling = log_linear(SAMPLING.0, SPAN.0, SPAN.1);
        for step in &measurements {
            let none = [f64::NAN; 6];
            let key = [ROWS.len() as f64, *step as f64];
            report.row("steps", &[&key[..], &none, &[measure.least, measure.floor]].concat());
        }
        let scores: Vec<Scores> = ROWS.iter().map(|_| measurements.iter().map(|_| Vec::new()).collect()).collect();
        let scores = RefCell::new(scores);
        let mut excess = vec![vec![Vec::new(); MEASURED]; ROWS.len()];
        let compute = async |index: usize| {
            let (network, row) = (index / ROWS.len(), index % ROWS.len());
            let (weighting, exponent) = WEIGHTINGS[row];
            let seed = self.seed + network as u64;
            report.doing(&format!("Training network {} with the weighting “{}”", network + 1, ROWS[row]));
            let options = TrainingOptions {
                objective: Objective::Simple,
                weighting,
                weighting_power: exponent,
                noise: LEVELS,
                budget: self.steps,
                ..TrainingOptions::points()
            };
            let data = dataset(&self.mixture, self.known, 1, seed);
            let batch = self.batch(&data.train, weighting, exponent, seed);
            let mut trainer = trainer(data, self.width, options, seed, &self.device);
            let (mut own, mut by_level) = (Vec::new(), Vec::new());
            for (index, &step) in measurements.iter().enumerate() {
                while trainer.step() < step {
                    drop(trainer.learn(&batch));
                    meter.advance(1.0).await;
                }
                let denoiser = trainer.denoiser();
                let (fresh, errors) = self.errors(&denoiser, &measure, &meter).await?;
                let seen = own_loss(&denoiser, &batch).await?;
                let energy = measure.samples.energy(&denoiser, &self.method, &sampling, seed, &meter).await?;
                let score = Score { energy, own: seen, fresh };
                if report.leads() {
                    self.put(&report, row, step, &[&scores.borrow()[row][index][..], &[score]].concat());
                }
                own.push(score);
                by_level = errors;
            }
            Ok((own, by_level))
        };
        let each = |index: usize, (own, by_level): (Vec<Score>, Vec<f64>), here: bool| {
            let row = index % ROWS.len();
            let scores = &mut scores.borrow_mut()[row];
            for ((scores, &step), score) in scores.iter_mut().zip(&measurements).zip(own) {
                scores.push(score);
                if !here {
                    self.put(&report, row, step, scores);
                }
            }
            for ((excess, error), FreshLevel { level, .. }) in excess[row].iter_mut().zip(by_level).zip(&measure.levels)
            {
                excess.push(error);
                let found = Estimate::of(excess);
                report.row("levels", &[row as f64, level.sigma(), found.mean, found.standard_error]);
            }
        };
        report.parts(self.networks * ROWS.len(), compute, each).await?;
        let scores = scores.into_inner();
        self.conclude(&measurements, &scores, &measure, &report);
        Ok(())
    }

    /// The same points, levels and noise for every weighting; only the weights differ.
    fn batch(&self, points: &[f32], weighting: Weighting, exponent: f64, seed: u64) -> Batch {
        let weigher = Weigher::new(weighting, exponent, LEVELS);
        Batch::new(&points.repeat(self.draws), 2, &weigher, &mut ChaCha8Rng::seed_from_u64(seed), &self.device)
    }

    fn measure(&self) -> Measure {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::MAX - self.seed);
        let held_out = single(&self.mixture.draw(HELD_OUT, &mut rng));
        let samples = SampleQuality::new(&held_out, 2, SAMPLING.1, &self.device);
        let floor = samples.floor(&single(&self.mixture.draw(8 * SAMPLING.1, &mut rng)));
        let mut levels = log_linear(MEASURED - 1, SPAN.0, SPAN.1);
        levels.reverse();
        let levels = levels.into_iter().map(|level| {
            let noise = normal(FRESH, 2, &mut rng);
            let x = noised(&self.mixture.draw(FRESH, &mut rng), &noise, level);
            FreshLevel { level, exact: crate::denoiser::Denoiser::<Points>::noise(&self.mixture, &x, level), x, noise }
        });
        let levels: Vec<FreshLevel> = levels.collect();
        let least = |fresh: &FreshLevel| mean(&self.mixture.noise_variance(&fresh.x, fresh.level)) / 2.0;
        let least = mean(&levels.iter().map(least).collect::<Vec<_>>());
        Measure { samples, floor, levels, least }
    }

    /// The loss on fresh points as a mean over levels, and how far the noise is from the exact one at each, per coordinate.
    async fn errors(
        &self,
        denoiser: &NetworkDenoiser,
        measure: &Measure,
        meter: &Meter<'_>,
    ) -> Result<(f64, Vec<f64>), StudyError> {
        let (mut losses, mut errors) = (Vec::new(), Vec::new());
        for FreshLevel { level, x, noise, exact } in &measure.levels {
            let found = noise_of(denoiser, x, *level, &self.device).await?;
            losses.push(mean(&square_distances(&found, noise)) / 2.0);
            errors.push(mean(&square_distances(&found, exact)) / 2.0);
            meter.advance(1.0).await;
        }
        Ok((mean(&losses), errors))
    }

    fn put(&self, report: &Report, row: usize, step: usize, scores: &[Score]) {
        let of = |score: fn(&Score) -> f64| Estimate::of(&scores.iter().map(score).collect::<Vec<_>>());
        let found = [of(|score| score.energy), of(|score| score.own), of(|score| score.fresh)];
        let found = found.iter().flat_map(|found| [found.mean, found.standard_error]);
        let row = [row as f64, step as f64].into_iter().chain(found).chain([f64::NAN; 2]);
        report.row("steps", &row.collect::<Vec<_>>());
    }

    fn conclude(&self, measurements: &[usize], scores: &[Scores], measure: &Measure, report: &Report) {
        let last = measurements.len() - 1;
        let energies = |row: usize| scores[row][last].iter().map(|score| score.energy).collect::<Vec<_>>();
        let mut order: Vec<usize> = (0..ROWS.len()).collect();
        order.sort_by(|a, b| Estimate::of(&energies(*a)).mean.total_cmp(&Estimate::of(&energies(*b)).mean));
        let behind = |row: usize| {
            let more = Estimate::of_differences(&energies(row), &energies(order[0]));
            format!("“{}” is {} farther", ROWS[row], plus_minus(more))
        };
        let others: Vec<String> = order[1..].iter().map(|row| behind(*row)).collect();
        report.say(format!(
            "After {} steps samples of the network with the weighting “{}” are nearest to the data, {} (fresh data score {}); from the same first weights and noise, {}.",
            measurements[last],
            ROWS[order[0]],
            plus_minus(Estimate::of(&energies(order[0]))),
            short(measure.floor),
            others.join(", "),
        ));
        let scores = &scores[0][last];
        let [own, fresh] = [scores.iter().map(|s| s.own).collect::<Vec<_>>(), scores.iter().map(|s| s.fresh).collect()];
        report.say(format!(
            "Without weights the loss is {} on the points and noise that were learned from and {} on fresh ones, between σ = {} and {}, of which {} is floor.",
            plus_minus(Estimate::of(&own)),
            plus_minus(Estimate::of(&fresh)),
            SPAN.0,
            SPAN.1,
            short(measure.least),
        ));
    }
}

/// The loss without weights on the rows of `batch` whose levels are between those measured.
async fn own_loss(denoiser: &NetworkDenoiser, batch: &Batch) -> Result<f64, StudyError> {
    let found: Tensor<2> = denoiser.network().noise(batch.x.clone(), &batch.level);
    let errors = read((found - batch.noise.clone()).square().mean_dim(1)).await?;
    let levels = read(batch.level.0.clone()).await?;
    let inside = |log_sigma: f32| (SPAN.0.ln()..=SPAN.1.ln()).contains(&f64::from(log_sigma));
    let errors: Vec<f64> =
        errors.into_iter().zip(levels).filter(|(_, level)| inside(*level)).map(|(error, _)| f64::from(error)).collect();
    Ok(mean(&errors))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
