//! How it is measured.

use super::text::outline;
use crate::denoiser::Denoiser;
use crate::distribution::{Density, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::parameters::{Checked, Choice};
use crate::schedule::{self, log_linear};
use crate::state::Points;
use crate::studies::common::method::Method;
use crate::studies::common::paths::{RootMeanSquare, follow, reference};
use crate::studies::common::points::{noisy, square_distances};
use crate::studies::common::slope::{Measured, fit};
use crate::studies::common::targets::{log_ring, ring};
use crate::studies::common::words::plus_minus;
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Cost of a reference solution, in draws for all points, roughly.
const REFERENCE: f64 = 10_000.0;
/// Levels at which the denoiser is held against the exact one, between the ends of the runs.
const LEVELS: usize = 12;

type Ring = Density<fn(&[f64]) -> f64>;

struct KnownDensity {
    exact: Mixture,
    runs: Vec<Row>,
    draws: Vec<usize>,
    prior: f64,
    points: usize,
    seed: u64,
}

/// A sampler within a number of evaluations.
struct Row {
    label: String,
    method: Method,
    levels: Vec<Level>,
    spent: usize,
}

pub(in crate::studies) fn begin(p: Checked<'_>, _: Context) -> Result<Run, StudyError> {
    let grid = p.grid("grid");
    schedule::check(&grid)?;
    let mut runs = Vec::new();
    for method in Method::all(&p.names("samplers"))? {
        for budget in p.counts("budgets") {
            runs.push(Row::new(&method, &grid, budget)?);
        }
    }
    let mut draws = p.counts("draws");
    draws.sort_unstable();
    let study = KnownDensity {
        exact: ring(),
        runs,
        draws,
        prior: p.number("prior"),
        points: p.integer("points"),
        seed: p.integer("seed") as u64,
    };
    let labels = study.runs.iter().map(|row| row.label.clone()).collect();
    Ok(Run::new(outline(labels, &study.draws), move |report| study.run(report)))
}

impl Row {
    fn new(method: &Method, grid: &Choice, budget: usize) -> Result<Self, StudyError> {
        let unfit = |field, what| StudyError::Unfit { field, what };
        if method.info.stochastic || method.info.order == 0 {
            let what =
                format!("“{}” has no path to be held against the exact one; choose deterministic ones", method.label);
            return Err(unfit("samplers", what));
        }
        let label = format!("{}, {budget} evaluations", method.label);
        let none = || unfit("budgets", format!("{label} has no run: allow more, or choose another sampler"));
        let (levels, spent) = method.levels(grid, budget).ok_or_else(none)?;
        Ok(Self { method: method.clone(), levels, spent, label })
    }
}

impl KnownDensity {
    fn density(&self, draws: usize) -> Ring {
        Density::new(2, log_ring, self.prior, draws, self.seed ^ u64::MAX)
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let draws: usize = self.draws.iter().sum();
        let spent: usize = self.runs.iter().map(|row| row.spent).sum();
        let meter = report.meter((draws * (spent + LEVELS)) as f64 + REFERENCE * self.runs.len() as f64);
        // First the errors of the noise, by draws, and then those of the runs.
        let compute = async |index: usize| match self.draws.get(index) {
            Some(&draws) => Ok(vec![self.noise(index, draws, &report, &meter).await]),
            None => self.errors(index - self.draws.len(), &report, &meter).await,
        };
        let mut curve = Vec::new();
        let each = |index: usize, found: Vec<Estimate>, _| match (self.draws.get(index), &found[..]) {
            (Some(&draws), [off]) => {
                curve.push(Measured { x: draws as f64, error: off.mean, uncertainty: off.standard_error });
                if curve.len() == self.draws.len() {
                    conclude(&curve, &report);
                }
            }
            (None, [off, exact, more]) => report.say(format!(
                "{}: with {} draws samples are {} off, with the exact denoiser {}; path by path that is {} more.",
                self.runs[index - self.draws.len()].label,
                self.draws[self.draws.len() - 1],
                plus_minus(*off),
                plus_minus(*exact),
                plus_minus(*more),
            )),
            _ => {}
        };
        report.parts(self.draws.len() + self.runs.len(), compute, each).await
    }

    /// Errors of a run's samples with the most draws and with the exact denoiser, and how much more the first is, path by path.
    async fn errors(&self, index: usize, report: &Report, meter: &Meter<'_>) -> Result<Vec<Estimate>, StudyError> {
        let row = &self.runs[index];
        report.doing(&format!("Sampling: {}", row.label));
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let (first, last) = (row.levels[0], row.levels[row.levels.len() - 1]);
        let start = noisy(&self.exact, first, self.points, &mut rng);
        let truth = reference(&self.exact, start.clone(), first, last, meter, REFERENCE).await?;
        let control = self.error(row, &self.exact, &start, &truth, 0, meter).await?;
        let exact = control.estimate();
        let mut found = Vec::new();
        for &draws in &self.draws {
            let off = self.error(row, &self.density(draws), &start, &truth, draws, meter).await?;
            let Estimate { mean, standard_error } = off.estimate();
            report.row("errors", &[index as f64, draws as f64, mean, standard_error, exact.mean]);
            found = vec![off.estimate(), exact, off.minus(&control)];
        }
        Ok(found)
    }

    /// `draws` are counted on `meter` for each evaluation.
    async fn error(
        &self,
        row: &Row,
        denoiser: &dyn Denoiser<Points>,
        start: &Points,
        truth: &Points,
        draws: usize,
        meter: &Meter<'_>,
    ) -> Result<RootMeanSquare, StudyError> {
        let draw = || unreachable!("deterministic samplers draw no noise");
        let scaled = meter.scaled(draws as f64);
        let end = follow(&row.method, denoiser, &row.levels, start.clone(), draw, &scaled).await?;
        let mut off = RootMeanSquare::default();
        off.add(&end, truth, row.levels[row.levels.len() - 1]);
        Ok(off)
    }

    /// Errors of the noise by level, with `draws` that are counted `set`; returns that over all levels.
    async fn noise(&self, set: usize, draws: usize, report: &Report, meter: &Meter<'_>) -> Estimate {
        report.doing("Holding the denoiser against the exact one");
        let levels = &self.runs[0].levels;
        let last = levels.iter().rev().map(|level| level.sigma()).find(|&sigma| sigma > 0.0).unwrap_or(0.02);
        let density = self.density(draws);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut all = Vec::new();
        for level in log_linear(LEVELS - 1, last.min(0.5 * levels[0].sigma()), levels[0].sigma()) {
            let x = noisy(&self.exact, level, self.points, &mut rng);
            let exact = Denoiser::<Points>::noise(&self.exact, &x, level);
            let squares = square_distances(&density.noise(&x, level), &exact);
            let Estimate { mean, standard_error } = Estimate::root_mean(&squares);
            report.row("noise", &[set as f64, level.sigma(), mean, standard_error]);
            all.extend(squares);
            meter.advance(draws as f64).await;
        }
        Estimate::root_mean(&all)
    }
}

/// Says how the error of the noise falls with the draws.
fn conclude(curve: &[Measured], report: &Report) {
    if let Some(slope) = fit(curve, 0.0) {
        let slope = Estimate { mean: slope.slope, standard_error: slope.standard_error };
        report.say(format!(
            "Over all levels the error of the noise goes as the number of draws to the power of {}; one over the root is −0.5.",
            plus_minus(slope)
        ));
    }
}
