//! How it is measured.

use super::text::outline;
use crate::denoiser::{Denoiser, NetworkDenoiser};
use crate::distribution::{Empirical, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::network::{Hidden, NetworkConfig};
use crate::objective::{NoiseLevels, Objective, Weighting};
use crate::parameters::Checked;
use crate::schedule::log_linear;
use crate::state::Points;
use crate::studies::common::points::{noise_of, noisy, square_distances};
use crate::studies::common::targets::ring;
use crate::studies::common::trained::{dataset, doublings, train_steps};
use crate::studies::common::words::{plus_minus, short};
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use crate::training::{Trainer, TrainingOptions};
use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Measurements of a network, each after twice the steps of the one before.
const MEASUREMENTS: u32 = 6;
/// Fresh points for each step, as many as it draws, and at most: hardly any comes twice.
const FRESH: (usize, usize) = (256, 1 << 20);
/// The levels that training draws from, evenly in their logarithm; those at which errors are measured, and points at each.
const LEVELS: NoiseLevels = NoiseLevels::LogUniform;
const MEASURED: (usize, usize) = (20, 128);

struct Split {
    mixture: Mixture,
    widths: Vec<usize>,
    hidden: Hidden,
    known: Vec<usize>,
    steps: usize,
    networks: usize,
    seed: u64,
    device: Device,
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let mut known = p.counts("known");
    known.sort_unstable();
    let study = Split {
        mixture: ring(),
        widths: p.counts("widths"),
        hidden: p.option("hidden"),
        known,
        steps: p.integer("steps"),
        networks: p.integer("networks"),
        seed: p.integer("seed") as u64,
        device: context.device().clone(),
    };
    let points = || study.known.iter().map(|known| format!("{known} points")).chain(["fresh points".into()]);
    let curves = study.widths.iter().flat_map(|width| points().map(move |points| format!("width {width}, {points}")));
    let outline = outline(curves.collect(), &study.widths);
    Ok(Run::new(outline, move |report| study.run(report)))
}

/// Noisy points at one level, with the noise that the exact denoiser sees in them.
struct Examined {
    level: Level,
    x: Points,
    exact: Points,
}

/// Errors of one network at each measurement.
type Course = Vec<f64>;

impl Split {
    async fn run(self, report: Report) -> Result<(), StudyError> {
        let measurements = doublings(self.steps, MEASUREMENTS);
        let data = self.known.len() + 1;
        let each = self.steps + measurements.len() * MEASURED.0;
        let meter = report.meter((self.networks * self.widths.len() * data * each) as f64);
        let examined = self.examined();
        // By width, data (the fresh points last) and network.
        let mut found: Vec<Vec<Vec<Course>>> = vec![vec![Vec::new(); data]; self.widths.len()];
        let mut memories: Vec<Vec<f64>> = vec![Vec::new(); data];
        let mut parts = Vec::new();
        for network in 0..self.networks {
            for w in 0..self.widths.len() {
                // The fresh points first, against which the others are split.
                parts.extend((0..data).rev().map(|d| (network, w, d)));
            }
        }
        let compute = async |index: usize| {
            let (network, w, d) = parts[index];
            let (seed, width, points) = (self.seed + network as u64, self.widths[w], self.known.get(d).copied());
            let what = points.map_or("fresh points".into(), |known| format!("{known} points"));
            report.doing(&format!("Training network {} of width {width} on {what}", network + 1));
            // The same for all widths.
            let memory = match points {
                _ if w > 0 => None,
                Some(known) => Some(self.memory(known, seed, &examined, &meter).await),
                None => Some(f64::NAN),
            };
            Ok((memory, self.course(width, points, seed, &examined, &measurements, &meter).await?))
        };
        let each = |index: usize, (memory, course): (Option<f64>, Course), _| {
            let (_, w, d) = parts[index];
            memories[d].extend(memory);
            found[w][d].push(course);
            self.put(&report, &measurements, &found, &memories, (w, d));
        };
        report.parts(parts.len(), compute, each).await?;
        self.conclude(&measurements, &found, &report);
        Ok(())
    }

    fn examined(&self) -> Vec<Examined> {
        let mut rng = ChaCha8Rng::seed_from_u64(u64::MAX - self.seed);
        let (least, most) = NoiseLevels::RANGE;
        let at = |level| {
            let x = noisy(&self.mixture, level, MEASURED.1, &mut rng);
            Examined { level, exact: Denoiser::<Points>::noise(&self.mixture, &x, level), x }
        };
        log_linear(MEASURED.0 - 1, least, most).into_iter().map(at).collect()
    }

    /// What the exact denoiser of `known` points is off.
    async fn memory(&self, known: usize, seed: u64, examined: &[Examined], meter: &Meter<'_>) -> f64 {
        let points = dataset(&self.mixture, known, 1, seed).train;
        let memory = Empirical::new(Points::new(2, points.into_iter().map(f64::from).collect()));
        let mut squares = Vec::new();
        for Examined { level, x, exact } in examined {
            squares.extend(square_distances(&memory.noise(x, *level), exact));
            meter.advance(0.0).await;
        }
        mean(&squares)
    }

    /// The errors of a network on `known` points, or on fresh ones, at each of `measurements`.
    async fn course(
        &self,
        width: usize,
        known: Option<usize>,
        seed: u64,
        examined: &[Examined],
        measurements: &[usize],
        meter: &Meter<'_>,
    ) -> Result<Course, StudyError> {
        let options = TrainingOptions {
            objective: Objective::Simple,
            weighting: Weighting::Uniform,
            noise: LEVELS,
            budget: self.steps,
            ..TrainingOptions::points()
        };
        let data = dataset(&self.mixture, known.unwrap_or((FRESH.0 * self.steps).min(FRESH.1)), 1, seed);
        let config = NetworkConfig::for_data(&data, width).with_hidden(self.hidden);
        let mut network = Trainer::new(config, options, data, seed, &self.device);
        let mut course = Vec::new();
        for &step in measurements {
            let missing = step - network.step();
            train_steps(&mut network, missing, meter).await;
            course.push(self.error(&network.denoiser(), examined, meter).await?);
        }
        Ok(course)
    }

    async fn error(
        &self,
        denoiser: &NetworkDenoiser,
        examined: &[Examined],
        meter: &Meter<'_>,
    ) -> Result<f64, StudyError> {
        let mut squares = Vec::new();
        for Examined { level, x, exact } in examined {
            squares.extend(square_distances(&noise_of(denoiser, x, *level, &self.device).await?, exact));
            meter.advance(1.0).await;
        }
        Ok(mean(&squares))
    }

    fn put(
        &self,
        report: &Report,
        measurements: &[usize],
        found: &[Vec<Vec<Course>>],
        memories: &[Vec<f64>],
        (w, d): (usize, usize),
    ) {
        let (courses, last) = (&found[w][d], measurements.len() - 1);
        let fresh = &found[w][self.known.len()];
        let approximation = Estimate::of(&at(fresh, last));
        let memory = memories[d].iter().sum::<f64>() / memories[d].len() as f64;
        let curve = w * (self.known.len() + 1) + d;
        for (index, &step) in measurements.iter().enumerate() {
            let whole = Estimate::of(&at(courses, index));
            let optimisation = minus(courses, index, courses, last);
            let key = [curve as f64, step as f64, whole.mean, whole.standard_error, approximation.mean, memory];
            report.row("errors", &[&key[..], &[optimisation.mean, optimisation.standard_error]].concat());
        }
        if let Some(known) = self.known.get(d) {
            let estimation = minus(courses, last, fresh, last);
            let key = [w as f64, *known as f64, estimation.mean, estimation.standard_error];
            report.row("parts", &[&key[..], &[approximation.mean, approximation.standard_error]].concat());
        }
    }

    fn conclude(&self, measurements: &[usize], found: &[Vec<Vec<Course>>], report: &Report) {
        let last = measurements.len() - 1;
        // An eighth of the steps, where optimisation is not over.
        let early = last.saturating_sub(3);
        for (width, networks) in self.widths.iter().zip(found) {
            let fresh = &networks[self.known.len()];
            for (known, courses) in self.known.iter().zip(networks) {
                let estimation = minus(courses, last, fresh, last);
                let mut text = format!(
                    "Width {width}, {known} points: approximation {}, estimation {}, optimisation after {} steps {}.",
                    plus_minus(Estimate::of(&at(fresh, last))),
                    plus_minus(estimation),
                    measurements[early],
                    plus_minus(minus(courses, early, courses, last)),
                );
                let mean_at = |index: usize| mean(&at(courses, index));
                let best = (0..=last).min_by(|a, b| mean_at(*a).total_cmp(&mean_at(*b))).unwrap_or(last);
                let gain = minus(courses, last, courses, best);
                if gain.mean > 2.0 * gain.standard_error {
                    text += &format!(
                        " It was nearest to the truth after {} steps, by {}.",
                        measurements[best],
                        plus_minus(gain)
                    );
                }
                report.say(text);
            }
            if last > 0 {
                let fell = minus(fresh, last - 1, fresh, last);
                report.say(format!(
                    "Width {width} on fresh points: the last half of the steps still took off {} of {}, so that approximation is no more than {}.",
                    plus_minus(fell),
                    short(mean(&at(fresh, last - 1))),
                    short(mean(&at(fresh, last))),
                ));
            }
        }
    }
}

/// Errors of all networks at one measurement.
fn at(courses: &[Course], index: usize) -> Vec<f64> {
    courses.iter().map(|course| course[index]).collect()
}

/// How much more `a` is off at one measurement than `b` at another, network by network.
fn minus(a: &[Course], i: usize, b: &[Course], j: usize) -> Estimate {
    Estimate::of(&a.iter().zip(b).map(|(a, b)| a[i] - b[j]).collect::<Vec<_>>())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
