//! How it is measured.

use super::text::outline;
use crate::data::Dataset;
use crate::denoiser::{Denoiser, NetworkDenoiser};
use crate::distribution::{Empirical, Exact};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::objective::{NoiseLevels, Weighting};
use crate::parameters::Checked;
use crate::studies::common::points::{batch, fewer, noise_of, noised, normal, rows, square_distances};
use crate::studies::common::words::{percent, short};
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use std::ops::Range;

/// The noise levels measured.
const SPAN: (f64, f64) = (0.01, 80.0);
/// Losses below are left out of the picture: memorised points cost nothing at little noise.
const DRAWN: f64 = 1e-4;

struct Loss {
    denoiser: NetworkDenoiser,
    data: Dataset,
    known: Empirical,
    device: burn::tensor::Device,
    weighting: Weighting,
    exponent: f64,
    noise: NoiseLevels,
    points: usize,
    batch: usize,
    sigmas: Vec<f64>,
    seed: u64,
}

/// Values at one level, one for each point and per coordinate.
#[derive(Clone, Default)]
struct Measured {
    denoising: Vec<f64>,
    /// `|S - eh|^2`, and `L*` from points of their own.
    exact: Option<(Vec<f64>, Vec<f64>)>,
    memorised: Vec<f64>,
    memorised_elsewhere: Vec<f64>,
}

/// The type that `name` names in JSON; the parameter's table has no others.
fn named<T: for<'a> Deserialize<'a>>(field: &'static str, name: &str) -> Result<T, StudyError> {
    let reader: StrDeserializer<'_, Error> = name.into_deserializer();
    T::deserialize(reader).map_err(|error| StudyError::Unfit { field, what: error.to_string() })
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let (denoiser, data, _) = context.model()?;
    let d = data.dimension;
    let points = fewer(p.integer("count"), data.kind);
    let known = Empirical::new(rows(&data.train, d, 0, p.integer("known").min(data.len())));
    let (low, high) = (SPAN.0.ln(), SPAN.1.ln());
    let count = p.integer("levels");
    let sigma = |i: usize| (low + (high - low) * i as f64 / (count - 1) as f64).exp();
    let outline = outline(context.data_name(), data.mixture.is_some(), p.integer("known").min(data.len()));
    let study = Loss {
        denoiser,
        known,
        device: context.device().clone(),
        weighting: named("weighting", p.choice("weighting"))?,
        exponent: p.number("weighting_power"),
        noise: named("noise", p.choice("noise"))?,
        points,
        batch: batch(data.kind),
        sigmas: (0..count).map(sigma).collect(),
        seed: p.integer("seed") as u64,
        data,
    };
    Ok(Run::new(outline, move |report| study.run(report)))
}

impl Loss {
    async fn run(self, report: Report) -> Result<(), StudyError> {
        let batches = self.points.div_ceil(self.batch);
        let meter = report.meter((batches * self.sigmas.len()) as f64);
        let mut seen = vec![Measured::default(); self.sigmas.len()];
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        for batch in 0..batches {
            let first = batch * self.batch;
            let count = self.batch.min(self.points - first).max(2);
            report.doing(&format!("Measuring losses, {} of {} points a level", first + count, self.points));
            for (index, sigma) in self.sigmas.iter().enumerate() {
                self.measure(&mut seen[index], Level::from_sigma(*sigma), first..first + count, &mut rng, &meter)
                    .await?;
                if batch == 0 {
                    self.put(&report, &seen, index, None);
                }
                meter.advance(1.0).await;
            }
            let weights = self.weights(&seen);
            (0..seen.len()).for_each(|index| self.put(&report, &seen, index, Some(&weights)));
        }
        self.conclude(&report, &seen);
        Ok(())
    }

    /// Adds the held-out points counted `points` to the values `measured` at `level`.
    async fn measure(
        &self,
        seen: &mut Measured,
        level: Level,
        points: Range<usize>,
        rng: &mut ChaCha8Rng,
        meter: &Meter<'_>,
    ) -> Result<(), StudyError> {
        let (first, count, d) = (points.start, points.len(), self.data.dimension);
        let per = |squares: Vec<f64>| squares.into_iter().map(move |square| square / d as f64);
        let noise = normal(count, d, rng);
        let x = noised(&rows(&self.data.held_out, d, first, count), &noise, level);
        let found = noise_of(&self.denoiser, &x, level, &self.device).await?;
        seen.denoising.extend(per(square_distances(&found, &noise)));
        meter.advance(0.0).await;
        seen.memorised_elsewhere.extend(per(square_distances(&self.known.noise(&x, level), &noise)));
        meter.advance(0.0).await;
        let at_home = noised(&self.known.draw(count, rng), &normal(count, d, rng), level);
        seen.memorised.extend(per(self.known.noise_variance(&at_home, level)));
        if let Some(mixture) = &self.data.mixture {
            let (matching, floor) = seen.exact.get_or_insert_default();
            matching.extend(per(square_distances(&found, &mixture.noise(&x, level))));
            floor
                .extend(per(mixture
                    .noise_variance(&crate::studies::common::points::noisy(mixture, level, 2 * count, rng), level)));
        }
        Ok(())
    }

    /// Weight times density of the levels, per unit of `ln sigma`; its integral over all levels is one.
    fn weights(&self, seen: &[Measured]) -> Vec<f64> {
        let losses: Vec<f64> = seen.iter().map(|seen| Estimate::of(&seen.denoising).mean).collect();
        let step = (SPAN.1 / SPAN.0).ln() / (losses.len() - 1) as f64;
        let loss = |log_sigma: f64| {
            let place = ((log_sigma - SPAN.0.ln()) / step).clamp(0.0, (losses.len() - 1) as f64);
            let below = (place as usize).min(losses.len() - 2);
            losses[below] + (losses[below + 1] - losses[below]) * (place - below as f64)
        };
        let factor = |log_sigma: f64| match self.weighting {
            weighting if weighting.adapts() => weighting.factor(self.exponent, log_sigma.exp()) / loss(log_sigma),
            weighting => weighting.factor(self.exponent, log_sigma.exp()),
        };
        let mean = self.noise.mean(factor);
        let density = |sigma: &f64| self.noise.density(sigma.ln()) * factor(sigma.ln()) / mean;
        self.sigmas.iter().map(density).collect()
    }

    fn put(&self, report: &Report, seen: &[Measured], index: usize, weights: Option<&[f64]>) {
        let (sigma, seen) = (self.sigmas[index], &seen[index]);
        let weight = weights.map_or(f64::NAN, |weights| weights[index]);
        let loss = Estimate::of(&seen.denoising);
        let shown = |values: &[f64]| {
            let found = Estimate::of(values);
            if found.mean < DRAWN { [f64::NAN; 2] } else { [found.mean, found.standard_error] }
        };
        let mut row = vec![sigma, loss.mean, loss.standard_error];
        let mut below = Estimate::of(&seen.memorised);
        if let Some((matching, floor)) = &seen.exact {
            let gap: Vec<f64> = seen.denoising.iter().zip(matching).map(|(a, b)| a - b).collect();
            below = Estimate::of(floor);
            row.extend([below.mean, below.standard_error]);
            let all = [loss, Estimate::of(matching), Estimate::of(&gap), below];
            let all = all.iter().flat_map(|found| [found.mean, found.standard_error]);
            report.row("gap", &std::iter::once(sigma).chain(all).collect::<Vec<_>>());
        }
        row.extend(shown(&seen.memorised));
        row.extend(shown(&seen.memorised_elsewhere));
        row.push(weight);
        report.row("loss", &row);
        let all = [loss.mean, loss.standard_error, below.mean, below.standard_error].map(|value| weight * value);
        report.row("weighted", &std::iter::once(sigma).chain(all).collect::<Vec<_>>());
    }

    fn conclude(&self, report: &Report, seen: &[Measured]) {
        let weights = self.weights(seen);
        let losses: Vec<f64> = seen.iter().map(|seen| Estimate::of(&seen.denoising).mean).collect();
        let sum = |values: &[f64]| values.iter().zip(&weights).map(|(value, weight)| value * weight).sum::<f64>();
        if let Some(exact) = seen.iter().map(|seen| seen.exact.as_ref()).collect::<Option<Vec<_>>>() {
            let floors: Vec<f64> = exact.iter().map(|(_, floor)| Estimate::of(floor).mean).collect();
            let excess: Vec<f64> = exact.iter().map(|(matching, _)| Estimate::of(matching).mean).collect();
            let part = sum(&excess) / (sum(&excess) + sum(&floors));
            let above = |index: &usize| weights[*index] * excess[*index];
            let worst = (0..seen.len()).max_by(|a, b| above(a).total_cmp(&above(b))).unwrap_or(0);
            report.say(format!(
                "With this weighting {} of the training loss is floor, which no network can learn away. Most of the rest comes from \
                 σ near {}, where the network’s loss is {} above a floor of {}.",
                percent(1.0 - part),
                short(self.sigmas[worst]),
                short(excess[worst]),
                short(floors[worst]),
            ));
            let off = |index: usize| {
                let (matching, floor) = exact[index];
                let gap: Vec<f64> = seen[index].denoising.iter().zip(matching).map(|(a, b)| a - b).collect();
                let (gap, floor) = (Estimate::of(&gap), Estimate::of(floor));
                (gap.mean - floor.mean).abs() / gap.standard_error.hypot(floor.standard_error)
            };
            let most = (0..seen.len()).map(off).fold(0.0, f64::max);
            report.say(format!(
                "Denoising score matching exceeds score matching by the floor: over {} noise levels their difference is \
                 at most {most:.1} standard errors off L*, and the largest of so many chance errors is typically 2 to 3.",
                seen.len(),
            ));
        } else {
            self.between(report, seen, &losses);
        }
        self.middle(report, &losses);
    }

    /// Says where the exact floor is not known, by the two losses of memorised points.
    fn between(&self, report: &Report, seen: &[Measured], losses: &[f64]) {
        let mean = |values: &[f64]| Estimate::of(values).mean;
        let bounds: Vec<(f64, f64)> =
            seen.iter().map(|seen| (mean(&seen.memorised), mean(&seen.memorised_elsewhere))).collect();
        // The lowest level from which on both agree.
        let apart = bounds.iter().rposition(|(low, high)| *high > 1.1 * low);
        if let Some(from) = apart.map(|index| index + 1).filter(|from| *from < bounds.len()) {
            let over = losses[from..].iter().zip(&bounds[from..]).map(|(loss, (low, _))| loss / low);
            let (count, total) = over.fold((0.0, 0.0), |(count, total), over| (count + 1.0, total + over));
            report.say(format!(
                "From σ = {} up, memorised points score the same on themselves and on held-out points within a tenth: there the floor is \
                 known to that precision, and the network’s loss is on average {} times the lower of the two.",
                short(self.sigmas[from]),
                short(total / count),
            ));
        }
        let last = bounds.iter().zip(losses).position(|((_, high), loss)| high <= loss).unwrap_or(bounds.len() - 1);
        report.say(format!(
            "At σ = {} a denoiser that has memorised its points scores {} on held-out points and {} on its own. The network’s \
             loss there is {}, and below σ = {} it is always better on held-out points.",
            short(self.sigmas[0]),
            short(bounds[0].1),
            short(bounds[0].0),
            short(losses[0]),
            short(self.sigmas[last]),
        ));
    }

    /// Where half of all weight lies.
    fn middle(&self, report: &Report, losses: &[f64]) {
        if self.weighting.adapts() {
            let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
            report.say(format!(
                "The weight is {} over the loss, which is only {} where it is least.",
                if self.weighting == Weighting::AdaptiveBell { "the bell" } else { "one" },
                short(least)
            ));
            return;
        }
        const NODES: usize = 4000;
        let (low, high) = ((0.5 * SPAN.0).ln(), (2.0 * SPAN.1).ln());
        let at = |i: usize| low + (high - low) * (i as f64 + 0.5) / NODES as f64;
        let weight: Vec<f64> =
            (0..NODES).map(|i| self.noise.density(at(i)) * self.weighting.factor(self.exponent, at(i).exp())).collect();
        let total: f64 = weight.iter().sum();
        let quantile = |part: f64| {
            let mut sum = 0.0;
            let index = weight.iter().position(|weight| {
                sum += weight;
                sum >= part * total
            });
            at(index.unwrap_or(NODES - 1)).exp()
        };
        report.say(format!(
            "Half of all weight lies at noise levels from σ = {} to {}.",
            short(quantile(0.25)),
            short(quantile(0.75))
        ));
    }
}
