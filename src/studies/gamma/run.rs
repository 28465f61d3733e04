//! How it is measured.

use std::cmp::Ordering;

use super::text::{DRAWN, outline};
use crate::distribution::Mixture;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::parameters::{Checked, Choice, Value};
use crate::schedule;
use crate::state::Points;
use crate::studies::common::found::Found;
use crate::studies::common::method::Method;
use crate::studies::common::paths::{RootMeanSquare, follow, reference};
use crate::studies::common::points::noisy;
use crate::studies::common::source::Source;
use crate::studies::common::targets::ring;
use crate::studies::common::words::plus_minus;
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The values between which γ is swept.
const RANGE: (f64, f64) = (1.0, 3.0);
/// Draws of noise that an energy distance is a mean over.
const DRAWS: u64 = 4;
/// What a reference solution costs, in evaluations.
const REFERENCE: f64 = 1000.0;

struct Gamma {
    target: Target,
    budgets: Vec<usize>,
    gammas: Vec<f64>,
    grid: Choice,
    points: usize,
    drawn: usize,
    seed: u64,
}

enum Target {
    Exact(Mixture),
    Model(Box<Source>),
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let count = p.integer("values");
    let gamma = |i: usize| RANGE.0 + (RANGE.1 - RANGE.0) * i as f64 / (count - 1) as f64;
    let target = match p.choice("target") {
        "model" => Target::Model(Box::new(Source::learned(&context)?)),
        _ => Target::Exact(ring()),
    };
    let study = Gamma {
        target,
        budgets: p.counts("budgets"),
        gammas: (0..count).map(gamma).collect(),
        grid: p.grid("grid"),
        points: p.integer("points"),
        drawn: p.integer("drawn"),
        seed: p.integer("seed") as u64,
    };
    // A grid that does not exist is said at once.
    for &steps in &study.budgets {
        study.levels(steps)?;
    }
    let outline = outline(&study.budgets, study.drawn, matches!(study.target, Target::Exact(_)));
    Ok(Run::new(outline, move |report| study.run(report)))
}

impl Gamma {
    fn levels(&self, steps: usize) -> Result<Vec<Level>, StudyError> {
        Ok(schedule::levels(&self.grid.name, &self.grid.parameters, steps)?)
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        for (index, (_, name, numbers)) in DRAWN.iter().enumerate() {
            let levels = schedule::levels(name, &Choice::new(name, numbers).parameters, self.drawn)?;
            for (step, level) in levels.iter().enumerate().filter(|(_, level)| level.sigma() > 0.0) {
                report.row("levels", &[index as f64, step as f64, level.sigma()]);
            }
        }
        let draws = if matches!(self.target, Target::Exact(_)) { 1.0 } else { DRAWS as f64 };
        let reference = if draws == 1.0 { REFERENCE } else { 0.0 };
        let runs = (self.gammas.len() + 1) as f64;
        let total: f64 = self.budgets.iter().map(|steps| *steps as f64 * runs * draws + reference).sum();
        let meter = report.meter(total);
        let consistent = Method::named("ge_adaptive")?;
        let fixed = Method::named("gradient_estimation")?;
        let grids = self.budgets.iter().map(|&steps| self.levels(steps)).collect::<Result<Vec<_>, _>>()?;
        let compute = async |index: usize| {
            let steps = self.budgets[index];
            report.doing(&format!("Sampling in {steps} steps"));
            let levels = &grids[index];
            let truth = self.truth(levels, &meter).await?;
            let control = self.error(&consistent, levels, truth.as_ref(), &meter).await?;
            let mut found = Vec::with_capacity(self.gammas.len());
            for &gamma in &self.gammas {
                let value = [("gamma".to_string(), Value::Number(gamma))].into_iter().collect();
                let errors = self.error(&fixed.with(value)?, levels, truth.as_ref(), &meter).await?;
                let Estimate { mean, standard_error } = errors.estimate();
                let own = control.estimate();
                report.row("errors", &[index as f64, gamma, mean, standard_error, own.mean, own.standard_error]);
                found.push(errors);
            }
            Ok((found, control))
        };
        let each = |index: usize, (found, control): (Vec<Found>, Found), _| {
            self.conclude(index, &grids[index], &found, &control, &report);
        };
        report.parts(self.budgets.len(), compute, each).await?;
        Ok(())
    }

    /// Starts on an exact distribution's noisiest level and where their paths end.
    async fn truth(&self, levels: &[Level], meter: &Meter<'_>) -> Result<Option<(Points, Points)>, StudyError> {
        let Target::Exact(mixture) = &self.target else { return Ok(None) };
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let start = noisy(mixture, levels[0], self.points, &mut rng);
        let end = reference(mixture, start.clone(), levels[0], levels[levels.len() - 1], meter, REFERENCE).await?;
        Ok(Some((start, end)))
    }

    async fn error(
        &self,
        method: &Method,
        levels: &[Level],
        truth: Option<&(Points, Points)>,
        meter: &Meter<'_>,
    ) -> Result<Found, StudyError> {
        match (&self.target, truth) {
            (Target::Exact(mixture), Some((start, truth))) => {
                let draw = || unreachable!("it draws no noise");
                let end = follow(method, mixture, levels, start.clone(), draw, meter).await?;
                let mut off = RootMeanSquare::default();
                off.add(&end, truth, levels[levels.len() - 1]);
                Ok(Found::Paths(off))
            }
            (Target::Model(source), _) => {
                let mut distances = Vec::new();
                for draw in 0..DRAWS {
                    let seed = 1000 * self.seed + draw;
                    distances.push(source.energy(method, levels, self.points, seed, meter).await?);
                }
                Ok(Found::Draws(distances))
            }
            (Target::Exact(_), None) => unreachable!("exact paths have a truth"),
        }
    }

    fn conclude(&self, index: usize, levels: &[Level], found: &[Found], control: &Found, report: &Report) {
        let steps = self.budgets[index];
        let errors: Vec<Estimate> = found.iter().map(Found::estimate).collect();
        let best = (0..errors.len()).min_by(|a, b| errors[*a].mean.total_cmp(&errors[*b].mean)).unwrap_or(0);
        // The values of γ have 1 first; 2 is among them when their number is odd.
        let place = |gamma: f64| self.gammas.iter().position(|value| (value - gamma).abs() < 1e-9);
        let at = |gamma: f64| place(gamma).map_or(Estimate::UNKNOWN, |place| errors[place]);
        let length = |i: usize| levels[i].sigma() - levels[i + 1].sigma();
        let consistent: Vec<f64> = (1..steps).map(|i| 1.0 + 0.5 * length(i) / length(i - 1)).collect();
        let mean = consistent.iter().sum::<f64>() / consistent.len() as f64;
        let shown = [errors[best], at(1.0), at(2.0)].map(|error| [error.mean, error.standard_error]).concat();
        let row = [index as f64, steps as f64, self.gammas[best]];
        report.row("best", &[&row[..], &shown, &[mean]].concat());
        if index == 0 || index + 1 == self.budgets.len() {
            let against = |other: &Found| {
                let more = other.minus(&found[best]);
                let size = plus_minus(Estimate { mean: more.mean.abs(), ..more });
                match other.against(&found[best]) {
                    Ordering::Equal => format!("level with it ({} more)", plus_minus(more)),
                    Ordering::Greater => format!("{size} more"),
                    Ordering::Less => format!("{size} less"),
                }
            };
            let two = match place(2.0) {
                None => "was not measured".into(),
                Some(place) if place == best => "is that one".into(),
                Some(place) => format!("has {}, {}", plus_minus(errors[place]), against(&found[place])),
            };
            report.say(format!(
                "In {steps} steps γ = {:.2} has the least error, {}; DDIM has {}, γ = 2 {two}, and γ = 1 + ρ/2 at each step, {mean:.2} on \
                 average, has {}, {}, on the same noise.",
                self.gammas[best],
                plus_minus(errors[best]),
                plus_minus(at(1.0)),
                plus_minus(control.estimate()),
                against(control),
            ));
        }
    }
}
