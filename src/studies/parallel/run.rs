//! How it is measured.

use super::picard::Picard;
use super::text::outline;
use crate::distribution::Mixture;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::parameters::{Checked, Choice};
use crate::schedule;
use crate::state::Points;
use crate::studies::common::method::Method;
use crate::studies::common::paths::{RootMeanSquare, follow};
use crate::studies::common::points::noisy;
use crate::studies::common::seeds::{Seeds, over};
use crate::studies::common::targets::{line, ring};
use crate::studies::common::words::{plus_minus, short};
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Changes below are rounding: the curve over rounds ends there.
const ROUNDING: f64 = 1e-12;

struct Parallel {
    mixture: Mixture,
    budgets: Vec<usize>,
    windows: Vec<usize>,
    tolerance: f64,
    grid: Choice,
    points: usize,
    seeds: usize,
    seed: u64,
}

pub(in crate::studies) fn begin(p: Checked<'_>, _: Context) -> Result<Run, StudyError> {
    let study = Parallel {
        mixture: if p.choice("target") == "line" { line() } else { ring() },
        budgets: p.counts("budgets"),
        windows: p.counts("windows").into_iter().chain([usize::MAX]).collect(),
        tolerance: p.number("tolerance"),
        grid: p.grid("grid"),
        points: p.integer("points"),
        seeds: p.integer("seeds"),
        seed: p.integer("seed") as u64,
    };
    for &steps in &study.budgets {
        study.levels(steps)?;
    }
    let name = |window: &usize| match *window {
        usize::MAX => "All states at once".to_string(),
        window => format!("{window} states at once"),
    };
    let names: Vec<String> = study.windows.iter().map(name).chain(["One after the other".into()]).collect();
    let outline = outline(&study.budgets, &names, study.seeds);
    Ok(Run::new(outline, move |report| study.run(report)))
}

/// What a window ends with.
struct End {
    rounds: f64,
    evaluations: f64,
    off: Estimate,
}

impl Parallel {
    fn levels(&self, steps: usize) -> Result<Vec<Level>, StudyError> {
        Ok(schedule::levels(&self.grid.name, &self.grid.parameters, steps)?)
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        // A unit is a step: rounds are not known before.
        let total: usize = self.budgets.iter().map(|steps| steps * (2 + self.windows.len())).sum();
        let meter = report.meter((self.seeds * total) as f64);
        let seeds = Seeds::new(&report, self.seeds);
        let mut ends = Vec::with_capacity(self.seeds);
        for number in 0..self.seeds as u64 {
            ends.push(self.one(self.seed + number, &seeds, &meter).await?);
            seeds.next();
        }
        let most = self.budgets[self.budgets.len() - 1];
        for (w, window) in self.windows.iter().enumerate() {
            let window = match *window {
                usize::MAX => "all states".to_string(),
                window => format!("a window of {window} states"),
            };
            let of = |part: &dyn Fn(&End) -> Estimate| {
                let found = over(&ends.iter().map(|ends| part(&ends[w])).collect::<Vec<_>>());
                if found.standard_error > 0.0 { plus_minus(found) } else { short(found.mean) }
            };
            report.say(format!(
                "{most} steps with {window} at once take {} rounds, {} times fewer than one after the other, and {} evaluations; the end is \
                 {} from the sequential one.",
                of(&|end| exactly(end.rounds)),
                of(&|end| exactly(most as f64 / end.rounds)),
                of(&|end| exactly(end.evaluations)),
                of(&|end| end.off),
            ));
        }
        Ok(())
    }

    /// Runs on the paths of one seed; gives what each window ends with at the most steps.
    async fn one(&self, seed: u64, seeds: &Seeds<'_>, meter: &Meter<'_>) -> Result<Vec<End>, StudyError> {
        let ddim = Method::named("ddim")?;
        let mut ends = Vec::new();
        for (index, &steps) in self.budgets.iter().enumerate() {
            seeds.doing(&format!("Sampling in {steps} steps"));
            let levels = self.levels(steps)?;
            let start = noisy(&self.mixture, levels[0], self.points, &mut ChaCha8Rng::seed_from_u64(seed));
            let draw = || unreachable!("DDIM draws no noise");
            let end = follow(&ddim, &self.mixture, &levels, start.clone(), draw, meter).await?;
            let sequential = [self.windows.len() as f64, steps as f64];
            seeds.row("rounds", &[&sequential[..], &[f64::NAN; 6], &[steps as f64]].concat());
            self.sweeps(index, &levels, (&start, &end), seeds, meter).await;
            ends.clear();
            for (w, &window) in self.windows.iter().enumerate() {
                seeds.doing(&format!("Sampling {steps} steps in rounds"));
                let mut run = Picard::new(&self.mixture, &levels, &start, window.min(steps), self.tolerance);
                while !run.done() {
                    run.round(async || meter.advance(0.0).await).await;
                }
                let (rounds, evaluations) = run.spent();
                let end =
                    End { rounds: rounds as f64, evaluations: evaluations as f64, off: distance(&run, &end, &levels) };
                let spent = [w as f64, steps as f64, end.rounds, f64::NAN, end.evaluations, f64::NAN];
                seeds.row("rounds", &[&spent[..], &[end.off.mean, end.off.standard_error, f64::NAN]].concat());
                ends.push(end);
                meter.advance(steps as f64).await;
            }
        }
        Ok(ends)
    }

    /// Rounds over all states until nothing changes.
    async fn sweeps(
        &self,
        index: usize,
        levels: &[Level],
        (start, end): (&Points, &Points),
        seeds: &Seeds<'_>,
        meter: &Meter<'_>,
    ) {
        let steps = levels.len() - 1;
        seeds.doing(&format!("Rounds over all {steps} states"));
        let mut run = Picard::new(&self.mixture, levels, start, steps, 0.0);
        while !run.done() {
            run.round(async || meter.advance(0.0).await).await;
            let off = distance(&run, end, levels);
            seeds.row("sweeps", &[index as f64, run.spent().0 as f64, off.mean, off.standard_error]);
            if off.mean < ROUNDING {
                break;
            }
        }
        meter.advance(steps as f64).await;
    }
}

/// Root mean square distance of the last states from the sequential `end`, VP states of the last level.
fn distance(run: &Picard<'_>, end: &Points, levels: &[Level]) -> Estimate {
    let last = levels[levels.len() - 1];
    let x = Points::new(
        end.dimension(),
        run.states()[levels.len() - 1].values().iter().map(|y| last.signal_scale() * y).collect(),
    );
    let mut off = RootMeanSquare::default();
    off.add(&x, end, last);
    off.estimate()
}

/// A number without an uncertainty of its own.
fn exactly(mean: f64) -> Estimate {
    Estimate { mean, standard_error: 0.0 }
}
