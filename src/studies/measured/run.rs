//! How it is measured.

use std::cell::RefCell;

use super::text::outline;
use crate::denoiser::Inpainting;
use crate::distribution::{Exact, Measurement, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::distances::ReferenceSet;
use crate::parameters::{Checked, Choice};
use crate::state::Points;
use crate::studies::common::method::Method;
use crate::studies::common::paths::follow;
use crate::studies::common::points::{normal, single};
use crate::studies::common::targets::ring;
use crate::studies::common::words::{plus_minus, short};
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Draws of noise.
const DRAWS: u64 = 4;
/// Exact draws that samples are measured against.
const REFERENCE: usize = 2000;
/// The levels of all runs.
const GRID: (&str, [(&str, f64); 2]) = ("log_linear", [("sigma_max", 10.0), ("sigma_min", 0.01)]);

struct Measured {
    methods: Vec<Method>,
    budgets: Vec<usize>,
    points: usize,
    seed: u64,
    prior: Mixture,
    posterior: Mixture,
    /// The direction, and the value along it.
    row: [f64; 2],
    value: f64,
}

pub(in crate::studies) fn begin(p: Checked<'_>, _: Context) -> Result<Run, StudyError> {
    let (sin, cos) = p.number("angle").to_radians().sin_cos();
    let value = p.number("value");
    let prior = ring();
    let posterior = prior
        .conditioned_on(&[Measurement { row: vec![cos, sin], value, deviation: 0.0 }])
        .map_err(|error| StudyError::Unfit { field: "value", what: error.to_string() })?;
    let study = Measured {
        methods: Method::all(&p.names("samplers"))?,
        budgets: p.counts("budgets"),
        points: p.integer("points"),
        seed: p.integer("seed") as u64,
        row: [cos, sin],
        prior,
        posterior,
        value,
    };
    let ways = |method: &Method| ["exact posterior", "replacement"].map(|way| format!("{}, {way}", method.label));
    let rows = study.methods.iter().flat_map(ways).chain(["Exact draws score this".into()]);
    let outline = outline(rows.collect());
    Ok(Run::new(outline, move |report| study.run(report)))
}

impl Measured {
    async fn run(self, report: Report) -> Result<(), StudyError> {
        let grid = Choice::new(GRID.0, &GRID.1);
        let mut runs = Vec::new();
        for &budget in &self.budgets {
            for (m, method) in self.methods.iter().enumerate() {
                runs.extend(method.levels(&grid, budget).map(|(levels, spent)| (m, budget, levels, spent)));
            }
        }
        let spent: usize = runs.iter().map(|(.., spent)| spent).sum();
        let meter = report.meter((2 * DRAWS as usize * spent) as f64);
        let mut rng = ChaCha8Rng::seed_from_u64(u64::MAX - self.seed);
        let reference = ReferenceSet::new(&single(&self.posterior.draw(REFERENCE, &mut rng)), 2);
        let mut floors = Vec::new();
        for _ in 0..8 {
            floors.push(reference.energy_distance(&single(&self.posterior.draw(self.points, &mut rng))));
            meter.advance(0.0).await;
        }
        let floor = Estimate::of(&floors);
        let shown = floor.mean.max(0.0) + 2.0 * floor.standard_error;
        // The distances of each sampler's last run by draw, both ways, and its budget.
        let mut last: Vec<Option<(usize, [Vec<f64>; 2])>> = vec![None; self.methods.len()];
        for budget in &self.budgets {
            let row = [(2 * self.methods.len()) as f64, *budget as f64, f64::NAN, f64::NAN, shown];
            report.row("errors", &row);
        }
        let compute = async |index: usize| {
            let (m, budget, levels, _) = &runs[index];
            report.doing(&format!("{}, {budget} evaluations", self.methods[*m].label));
            let mut both = [Vec::new(), Vec::new()];
            for (way, distances) in both.iter_mut().enumerate() {
                for draw in 0..DRAWS {
                    let seed = 1000 * self.seed + draw;
                    let ends = self.samples(&self.methods[*m], levels, way == 1, seed, &meter).await?;
                    distances.push(reference.energy_distance(&single(&ends)));
                }
                let found = Estimate::of(distances);
                let row = [(2 * m + way) as f64, *budget as f64, found.mean, found.standard_error, f64::NAN];
                report.row("errors", &row);
            }
            Ok(both)
        };
        let each = |index: usize, both: [Vec<f64>; 2], _| {
            let (m, budget, ..) = runs[index];
            last[m] = Some((budget, both));
        };
        report.parts(runs.len(), compute, each).await?;
        for (method, last) in self.methods.iter().zip(last) {
            let Some((budget, [exact, replaced])) = last else { continue };
            report.say(format!(
                "{} within {budget} evaluations: {} with the exact posterior’s denoiser, {} with replacement, \
                 which is {} more draw by draw; exact draws score up to {}.",
                method.label,
                plus_minus(Estimate::of(&exact)),
                plus_minus(Estimate::of(&replaced)),
                plus_minus(Estimate::of_differences(&replaced, &exact)),
                short(shown),
            ));
        }
        Ok(())
    }

    /// Clean points, by the posterior’s own denoiser or by the prior’s with the measured part replaced.
    async fn samples(
        &self,
        method: &Method,
        levels: &[Level],
        replaced: bool,
        seed: u64,
        meter: &Meter<'_>,
    ) -> Result<Points, StudyError> {
        let count = self.points;
        let rng = RefCell::new(ChaCha8Rng::seed_from_u64(seed));
        let draw = || normal(count, 2, &mut rng.borrow_mut());
        let start = draw();
        let clean = |end: Points| {
            let signal = levels[levels.len() - 1].signal_scale();
            Points::new(2, end.values().iter().map(|x| x / signal).collect())
        };
        let [a, b] = self.row;
        let known = Points::new(2, [self.value * a, self.value * b].repeat(count));
        let projection = Points::new(2, vec![a * a, a * b, a * b, b * b]);
        let wrapped = Inpainting::measured(&self.prior, known, projection, draw);
        if replaced {
            let end = follow(method, &wrapped, levels, start, draw, meter).await?;
            return Ok(wrapped.keep(&clean(end)));
        }
        let end = follow(method, &self.posterior, levels, start, draw, meter).await?;
        // The noise of the last level goes where nothing is uncertain.
        Ok(wrapped.keep(&clean(end)))
    }
}
