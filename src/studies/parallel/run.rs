//! How it is measured.

use super::picard::Picard;
use super::text::outline;
use crate::distribution::Mixture;
use crate::level::Level;
use crate::parameters::{Checked, Choice};
use crate::schedule;
use crate::state::Points;
use crate::studies::common::method::Method;
use crate::studies::common::paths::{RootMeanSquare, follow};
use crate::studies::common::points::noisy;
use crate::studies::common::targets::{line, ring};
use crate::studies::common::words::short;
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
    let outline = outline(&study.budgets, &names);
    Ok(Run::new(outline, move |report| study.run(report)))
}

impl Parallel {
    fn levels(&self, steps: usize) -> Result<Vec<Level>, StudyError> {
        Ok(schedule::levels(&self.grid.name, &self.grid.parameters, steps)?)
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        // A unit is a step: rounds are not known before.
        let total: usize = self.budgets.iter().map(|steps| steps * (2 + self.windows.len())).sum();
        let meter = report.meter(total as f64);
        let ddim = Method::named("ddim")?;
        let mut found = Vec::new();
        for (index, &steps) in self.budgets.iter().enumerate() {
            report.doing(&format!("Sampling in {steps} steps"));
            let levels = self.levels(steps)?;
            let start = noisy(&self.mixture, levels[0], self.points, &mut ChaCha8Rng::seed_from_u64(self.seed));
            let draw = || unreachable!("DDIM draws no noise");
            let end = follow(&ddim, &self.mixture, &levels, start.clone(), draw, &meter).await?;
            let row = [steps as f64, f64::NAN, f64::NAN, f64::NAN, steps as f64];
            report.row("rounds", &[&[self.windows.len() as f64], &row[..]].concat());
            self.sweeps(index, &levels, &start, &end, &report, &meter).await;
            for (w, &window) in self.windows.iter().enumerate() {
                report.doing(&format!("Sampling {steps} steps in rounds"));
                let mut run = Picard::new(&self.mixture, &levels, &start, window.min(steps), self.tolerance);
                while !run.done() {
                    run.round(async || meter.advance(0.0).await).await;
                }
                let (rounds, evaluations) = run.spent();
                let off = distance(&run, &end, &levels);
                let row = [steps as f64, rounds as f64, evaluations as f64, off, f64::NAN];
                report.row("rounds", &[&[w as f64], &row[..]].concat());
                found.push((w, steps, rounds, evaluations, off));
                meter.advance(steps as f64).await;
            }
        }
        let most = self.budgets[self.budgets.len() - 1];
        for (w, steps, rounds, evaluations, off) in found.into_iter().filter(|found| found.1 == most) {
            let window = match self.windows[w] {
                usize::MAX => "all states".to_string(),
                window => format!("a window of {window} states"),
            };
            report.say(format!(
                "{steps} steps with {window} at once take {rounds} rounds, {} times fewer than one after the other, and {evaluations} \
                 evaluations; the end is {} from the sequential one.",
                short(steps as f64 / rounds as f64),
                short(off),
            ));
        }
        Ok(())
    }

    /// Rounds over all states until nothing changes.
    async fn sweeps(
        &self,
        index: usize,
        levels: &[Level],
        start: &Points,
        end: &Points,
        report: &Report,
        meter: &Meter<'_>,
    ) {
        let steps = levels.len() - 1;
        report.doing(&format!("Rounds over all {steps} states"));
        let mut run = Picard::new(&self.mixture, levels, start, steps, 0.0);
        while !run.done() {
            run.round(async || meter.advance(0.0).await).await;
            let off = distance(&run, end, levels);
            report.row("sweeps", &[index as f64, run.spent().0 as f64, off]);
            if off < ROUNDING {
                break;
            }
        }
        meter.advance(steps as f64).await;
    }
}

/// Root mean square distance of the last states from the sequential `end`, VP states of the last level.
fn distance(run: &Picard<'_>, end: &Points, levels: &[Level]) -> f64 {
    let last = levels[levels.len() - 1];
    let x = Points::new(
        end.dimension(),
        run.states()[levels.len() - 1].values().iter().map(|y| last.signal_scale() * y).collect(),
    );
    let mut off = RootMeanSquare::default();
    off.add(&x, end, last);
    off.estimate().mean
}
