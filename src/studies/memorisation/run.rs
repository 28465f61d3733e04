//! How it is measured.

use crate::denoiser::Denoiser;
use crate::distribution::{Empirical, Exact, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::memorisation::nearest;
use crate::network::{LogSigma, Network};
use crate::objective::{NoiseLevels, Objective};
use crate::parameters::Checked;
use crate::sampler;
use crate::schedule::log_linear;
use crate::state::Points;
use crate::studies::common::method::Method;
use crate::studies::common::paths::follow;
use crate::studies::common::points::{normal, read};
use crate::studies::common::seeds::{Seeds, over, uncertainty};
use crate::studies::common::targets::ring;
use crate::studies::common::trained::{dataset, denoiser, train_steps, trainer};
use crate::studies::common::words::plus_minus;
use crate::studies::numbers::numbers;
use crate::studies::report::Meter;
use crate::studies::{Column, Context, Line, Outline, Report, Run, StudyError, Table, View};
use crate::training::{Trainer, TrainingOptions};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Points of a distribution that a loss is a mean over.
const EXAMINED: usize = 2048;
/// Samples, and fresh points that they are compared with.
const SAMPLES: (usize, usize) = (400, EXAMINED);
/// Steps of a sample's run, and its noise levels before the last step.
const STEPS: (usize, f64, f64) = (24, 0.01, 10.0);
/// The first step at which losses are read.
const FIRST: f64 = 16.0;
/// Distances of the cumulative curves.
const DISTANCES: (usize, f64, f64) = (41, 0.001, 1.0);
/// How many times nearer a copy is to its original than to the next point.
const NEARER: f64 = 3.0;
const SETS: [&str; 3] = ["Samples to training points", "Samples to held-out points", "Fresh points to training points"];

struct Memorisation {
    known: usize,
    width: usize,
    training: usize,
    sigma: f64,
    seeds: usize,
    seed: u64,
    device: Device,
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let study = Memorisation {
        known: p.integer("known"),
        width: p.integer("width"),
        training: p.integer("training"),
        sigma: p.number("sigma"),
        seeds: p.integer("seeds"),
        seed: p.integer("seed") as u64,
        device: context.device().clone(),
    };
    Ok(Run::new(study.outline(), move |report| study.run(report)))
}

/// Noisy points with the noise in them, training and fresh ones, to read losses on.
struct Exam {
    levels: Vec<Level>,
    /// VP states `[EXAMINED, 2]` of the training points and of fresh ones.
    x: [Points; 2],
    /// The noise in both.
    noise: Points,
}

/// Losses on training points and on fresh ones.
type Losses = [Estimate; 2];

impl Exam {
    fn new(clean: [&Points; 2], levels: Vec<Level>, rng: &mut ChaCha8Rng) -> Self {
        let noise = normal(EXAMINED, 2, rng);
        let x = clean.map(|clean| {
            let row = |i: usize| {
                let (point, level) = (2 * (i % clean.len()), levels[i]);
                [0, 1].map(|k| {
                    level.signal_scale() * clean.values()[point + k] + level.noise_scale() * noise.values()[2 * i + k]
                })
            };
            Points::new(2, (0..EXAMINED).flat_map(row).collect())
        });
        Self { levels, x, noise }
    }

    fn loss(&self, estimates: &[f64]) -> Estimate {
        let squares: Vec<f64> = estimates.iter().zip(self.noise.values()).map(|(a, b)| (a - b).powi(2)).collect();
        Estimate::of(&squares.chunks_exact(2).map(|pair| pair[0] + pair[1]).collect::<Vec<_>>())
    }

    /// Row by row, each at its level.
    async fn exact(&self, data: &Empirical, meter: &Meter<'_>) -> Losses {
        /// Rows from one rest to the next.
        const ROWS: usize = 64;
        let mut found = [Estimate::UNKNOWN; 2];
        for (x, found) in self.x.iter().zip(&mut found) {
            let mut noise = Vec::new();
            for (i, (row, level)) in x.rows().zip(&self.levels).enumerate() {
                noise.extend_from_slice(data.noise(&Points::new(2, row.to_vec()), *level).values());
                if i % ROWS == 0 {
                    meter.advance(0.0).await;
                }
            }
            *found = self.loss(&noise);
        }
        found
    }

    /// What no denoiser gets below on fresh points.
    fn floor(&self, mixture: &Mixture) -> f64 {
        let one = |(row, level): (&[f64], &Level)| mixture.noise_variance(&Points::new(2, row.to_vec()), *level)[0];
        self.x[1].rows().zip(&self.levels).map(one).sum::<f64>() / EXAMINED as f64
    }

    /// Counts four units on `meter`.
    async fn learned(&self, network: &Network, device: &Device, meter: &Meter<'_>) -> Result<Losses, StudyError> {
        const PARTS: usize = 4;
        let mut found = [Estimate::UNKNOWN; 2];
        for (x, found) in self.x.iter().zip(&mut found) {
            let mut noise: Vec<f64> = Vec::new();
            for (x, levels) in x.values().chunks(2 * EXAMINED / PARTS).zip(self.levels.chunks(EXAMINED / PARTS)) {
                let logs: Vec<f32> = levels.iter().map(|level| level.sigma().ln() as f32).collect();
                let level = LogSigma(Tensor::from_data(TensorData::new(logs, [levels.len(), 1]), device));
                let x = Points::new(2, x.to_vec()).to_device(device);
                noise.extend(read(network.noise(x, &level)).await?.into_iter().map(f64::from));
                meter.advance(2.0 / PARTS as f64).await;
            }
            *found = self.loss(&noise);
        }
        Ok(found)
    }
}

/// What the perfect memory scores on training points and on fresh ones, and the floor.
struct Limits {
    memory: Losses,
    floor: f64,
}

/// What one seed ends with.
struct End {
    /// At little noise: of the network on training points and on fresh ones, and of the perfect memory.
    losses: [Estimate; 4],
    floor: Estimate,
    /// Distances to the nearest neighbour: samples to training points, samples to held-out points, fresh points to training points.
    medians: [Estimate; 3],
    /// Shares of samples, and of fresh points.
    copies: [Estimate; 2],
}

numbers!(End { losses, floor, medians, copies });

impl Memorisation {
    fn outline(&self) -> Outline {
        let losses = |key, caption: String| Table {
            key,
            caption,
            columns: vec![
                Column::number("step", "Training steps"),
                Column::number("training", "On training points").uncertain("training_error"),
                Column::error("training_error"),
                Column::number("population", "On fresh points").uncertain("population_error"),
                Column::error("population_error"),
                Column::number("memory_training", "Perfect memory, on training points").line(Line::Theory),
                Column::number("memory_population", "Perfect memory, on fresh points").line(Line::Theory),
                Column::number("floor", "Floor L*, on fresh points").line(Line::Theory),
            ],
            keys: 1,
        };
        let how = |points: &str| uncertainty(self.seeds, &format!("the standard error over {points}"));
        let noisy = how("noisy points");
        let small =
            losses("small", format!("Loss at σ = {}, with {} training points; {noisy}", self.sigma, self.known));
        let overall = losses("overall", format!("Loss over all training levels; {noisy}"));
        let copies = Table {
            key: "copies",
            caption: format!(
                "Share of samples that are copies: three times nearer to one training point than to any other; {}",
                how("samples")
            ),
            columns: vec![
                Column::number("step", "Training steps"),
                Column::number("samples", "Samples").uncertain("samples_error"),
                Column::error("samples_error"),
                Column::number("fresh", "Fresh points").uncertain("fresh_error").line(Line::Theory),
                Column::error("fresh_error"),
            ],
            keys: 1,
        };
        let distances = Table {
            key: "distances",
            caption: format!(
                "Share of points whose nearest neighbour is no farther than the distance; {}",
                how("points")
            ),
            columns: vec![
                Column::names("set", "From and to", SETS.map(String::from).to_vec()),
                Column::number("distance", "Distance"),
                Column::number("share", "Share").uncertain("share_error"),
                Column::error("share_error"),
            ],
            keys: 2,
        };
        let sets = ["Held-out points", "Samples", "Training points"].map(String::from).to_vec();
        let points = Table {
            key: "points",
            caption: "Training points, as many held-out ones, and samples of the network".into(),
            columns: vec![
                Column::names("set", "Points", sets),
                Column::number("index", "Number"),
                Column::number("x", "First coordinate"),
                Column::number("y", "Second coordinate"),
            ],
            keys: 2,
        };
        let curves = |title: String, table, y| View::Lines {
            title,
            table,
            x: "step",
            y,
            by: None,
            log: (true, table != "copies"),
            slopes: None,
        };
        let all = || vec!["training", "population", "memory_training", "memory_population", "floor"];
        let views = vec![
            curves(format!("Loss at little noise, σ = {}", self.sigma), "small", all()),
            View::Dots { title: "Where samples lie".into(), table: "points", x: "x", y: "y", by: Some("set") },
            curves("How many samples are copies".into(), "copies", vec!["samples", "fresh"]),
            View::Lines {
                title: "Distance to the nearest neighbour".into(),
                table: "distances",
                x: "distance",
                y: vec!["share"],
                by: Some("set"),
                log: (true, false),
                slopes: None,
            },
            curves("Loss over all levels".into(), "overall", all()),
        ];
        Outline { tables: vec![small, overall, copies, distances, points], views }
    }

    /// Steps at which losses are read: two in each doubling, and the last.
    fn checkpoints(&self) -> Vec<usize> {
        let steps = (0..).map(|k| (FIRST * 2_f64.powf(0.5 * f64::from(k))).round() as usize);
        steps.take_while(|&step| step < self.training).chain([self.training]).collect()
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let (heun, levels) = (Method::named("edm_heun")?, sampling_levels());
        let spent = sampler::evaluations(heun.build()?, levels.clone()) as f64 + 8.0;
        let meter = report.meter(self.seeds as f64 * (self.training as f64 + spent * self.checkpoints().len() as f64));
        let seeds = Seeds::new(&report, self.seeds);
        let one = async |number| self.one(self.seed + number as u64, (&heun, &levels), &seeds, &meter).await;
        let ends = seeds.all(one).await?;
        self.conclude(&ends, &report);
        Ok(())
    }

    /// Trains on the points of one seed.
    async fn one(
        &self,
        seed: u64,
        (heun, levels): (&Method, &[Level]),
        seeds: &Seeds<'_>,
        meter: &Meter<'_>,
    ) -> Result<End, StudyError> {
        let mixture = ring();
        let data = dataset(&mixture, self.known, self.known, seed);
        let points = |values: &[f32]| Points::new(2, values.iter().copied().map(f64::from).collect());
        let (train, held_out) = (points(&data.train), points(&data.held_out));
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ u64::MAX);
        let fresh = mixture.draw(SAMPLES.1, &mut rng);
        let mut put = Vec::new();
        put.extend(held_out.rows().enumerate().map(|(i, row)| [0.0, i as f64, row[0], row[1]]));
        put.extend(train.rows().enumerate().map(|(i, row)| [2.0, i as f64, row[0], row[1]]));
        put.iter().for_each(|row| seeds.row("points", row));

        seeds.doing("Reading the losses of a perfect memory");
        let known = Empirical::new(train.clone());
        let log_sigmas = NoiseLevels::Edm.draw(EXAMINED, &mut rng);
        let spread = log_sigmas.into_iter().map(|log| Level::from_sigma(f64::from(log).exp())).collect();
        let mut exams = Vec::new();
        for (table, levels) in [("small", vec![Level::from_sigma(self.sigma); EXAMINED]), ("overall", spread)] {
            let exam = Exam::new([&train, &fresh], levels, &mut rng);
            let memory = exam.exact(&known, meter).await;
            let limits = Limits { memory, floor: exam.floor(&mixture) };
            exams.push((table, exam, limits));
        }
        let chance = copies(&fresh, &train);
        meter.advance(0.0).await;
        cumulative(seeds, 2, &fresh, &train);

        let options = TrainingOptions {
            objective: Objective::Simple,
            noise: NoiseLevels::Edm,
            budget: self.training,
            ..TrainingOptions::points()
        };
        let mut network = trainer(data, self.width, options, seed, &self.device);
        let start = normal(SAMPLES.0, 2, &mut rng);
        let mut last = Vec::new();
        let mut samples = start.clone();
        for step in self.checkpoints() {
            seeds.doing(&format!("Training, {step} of {} steps", self.training));
            let missing = step.saturating_sub(network.step());
            train_steps(&mut network, missing, meter).await;
            last.clear();
            for (table, exam, limits) in &exams {
                let [training, population] = exam.learned(network.average(), &self.device, meter).await?;
                last.push([training, population]);
                let row = [
                    step as f64,
                    training.mean,
                    training.standard_error,
                    population.mean,
                    population.standard_error,
                    limits.memory[0].mean,
                    limits.memory[1].mean,
                    limits.floor,
                ];
                seeds.row(table, &row);
            }
            samples = self.sample(&network, heun, levels, &start, meter).await?;
            for (i, row) in samples.rows().enumerate() {
                seeds.row("points", &[1.0, i as f64, row[0], row[1]]);
            }
            let share = copies(&samples, &train);
            let row = [step as f64, share.mean, share.standard_error, chance.mean, chance.standard_error];
            seeds.row("copies", &row);
            cumulative(seeds, 0, &samples, &train);
            cumulative(seeds, 1, &samples, &held_out);
        }
        let (limits, [training, fresh_loss]) = (&exams[0].2, last[0]);
        let median = |points: &Points, data: &Points| Estimate { mean: median(points, data), standard_error: 0.0 };
        Ok(End {
            losses: [training, fresh_loss, limits.memory[0], limits.memory[1]],
            floor: Estimate { mean: limits.floor, standard_error: 0.0 },
            medians: [median(&samples, &train), median(&samples, &held_out), median(&fresh, &train)],
            copies: [copies(&samples, &train), chance],
        })
    }

    fn conclude(&self, ends: &[End], report: &Report) {
        let of = |part: &dyn Fn(&End) -> Estimate| plus_minus(over(&ends.iter().map(part).collect::<Vec<_>>()));
        let loss = |index: usize| of(&|end| end.losses[index]);
        report.say(format!(
            "At σ = {} the loss is {} on the {} training points and {} on fresh ones, where the floor is {}. A perfect memory scores {} and {}.",
            self.sigma,
            loss(0),
            self.known,
            loss(1),
            of(&|end| end.floor),
            loss(2),
            loss(3)
        ));
        let median = |index: usize| of(&|end| end.medians[index]);
        report.say(format!(
            "Half of the samples have a training point within {} and a held-out one within {}; half of fresh points have a training point \
             within {}.",
            median(0),
            median(1),
            median(2)
        ));
        let [share, chance] = [0, 1].map(|index| over(&ends.iter().map(|end| end.copies[index]).collect::<Vec<_>>()));
        report.say(format!(
            "{:.0} ± {:.0} % of the samples are copies of a training point; of fresh points, {:.0} % are as near to one by chance.",
            100.0 * share.mean,
            100.0 * share.standard_error,
            100.0 * chance.mean
        ));
    }

    /// Samples of the network from VP states `start`, without noise.
    async fn sample(
        &self,
        network: &Trainer,
        method: &Method,
        levels: &[Level],
        start: &Points,
        meter: &Meter<'_>,
    ) -> Result<Points, StudyError> {
        let draw = || unreachable!("deterministic samplers draw no noise");
        let end = follow(method, &denoiser(network), levels, start.to_device(&self.device), draw, meter).await?;
        Ok(Points::new(2, read(end).await?.into_iter().map(f64::from).collect()))
    }
}

fn sampling_levels() -> Vec<Level> {
    let mut levels = log_linear(STEPS.0 - 1, STEPS.1, STEPS.2);
    levels.push(Level::CLEAN);
    levels
}

/// A share of `hits` with its standard error.
fn share(hits: impl Iterator<Item = bool>) -> Estimate {
    Estimate::of(&hits.map(f64::from).collect::<Vec<_>>())
}

/// The share of `points` that are [`NEARER`] to one of `data`, three points at least, than to any other (arXiv 2310.02664, sec 2).
fn copies(points: &Points, data: &Points) -> Estimate {
    let copy = |row: &[f64]| {
        let squares = data.rows().map(|other| other.iter().zip(row).map(|(a, b)| (a - b).powi(2)).sum::<f64>());
        let (first, second) = squares.fold((f64::INFINITY, f64::INFINITY), |(first, second), square| {
            (first.min(square), second.min(square.max(first)))
        });
        NEARER * NEARER * first < second
    };
    share(points.rows().map(copy))
}

fn distances(points: &Points, data: &Points) -> Vec<f64> {
    nearest(points, data).into_iter().map(|nearest| nearest.distance).collect()
}

fn median(points: &Points, data: &Points) -> f64 {
    let mut distances = distances(points, data);
    distances.sort_unstable_by(f64::total_cmp);
    distances[distances.len() / 2]
}

fn cumulative(seeds: &Seeds<'_>, set: usize, points: &Points, data: &Points) {
    let distances = distances(points, data);
    let (count, low, high) = DISTANCES;
    for i in 0..count {
        let distance = low * (high / low).powf(i as f64 / (count - 1) as f64);
        let share = share(distances.iter().map(|&other| other <= distance));
        seeds.row("distances", &[set as f64, distance, share.mean, share.standard_error]);
    }
}
