//! How it is measured.

use super::text::EVERYONE;
use crate::distribution::Mixture;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::parameters::{Checked, Choice};
use crate::schedule;
use crate::studies::common::found::{Found, SURE, smallest};
use crate::studies::common::grids;
use crate::studies::common::method::Method;
use crate::studies::common::paths::{RootMeanSquare, Span, follow, reference};
use crate::studies::common::points::noisy;
use crate::studies::common::source::Source;
use crate::studies::common::variation::variation;
use crate::studies::common::words::plus_minus;
use crate::studies::quality::{ERRORS, Wanted};
use crate::studies::{Column, Context, Outline, Report, Run, StudyError, Table, View};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Points of a batch of paths.
const BATCH: usize = 512;
/// Draws of noise that an energy distance is a mean over.
const DRAWS: usize = 8;

struct Ranking {
    methods: Vec<Method>,
    grids: Vec<(&'static schedule::Info, Choice)>,
    budgets: Vec<usize>,
    error: &'static str,
    points: usize,
    seed: u64,
}

/// One cell of the table to come.
struct Cell {
    method: usize,
    grid: usize,
    budget: usize,
    levels: Vec<Level>,
    spent: usize,
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let names = p.names("samplers");
    let error = ERRORS.iter().find(|named| named.value == p.choice("error")).map_or("energy", |named| named.value);
    let mut methods = Method::all(&names)?;
    // The default list means all samplers that have such an error.
    if error == "strong" && names == EVERYONE {
        methods.retain(|method| !method.info.stochastic);
    }
    let wanted = Wanted::choose(p.choice("target"), error, &methods, &context)?;
    let ends = (p.number("sigma_max"), p.number("sigma_min"));
    let grids = grids::named(&p.names("grids"), ends, p.option("end"))?;
    let ranking = Ranking {
        grids,
        methods,
        budgets: p.counts("budgets"),
        error,
        points: p.integer("points"),
        seed: p.integer("seed") as u64,
    };
    Ok(Run::new(ranking.outline(), move |report| ranking.run(wanted, report)))
}

impl Ranking {
    fn outline(&self) -> Outline {
        let label = self.label();
        let how = match self.error {
            "strong" => "standard error over paths",
            "variation" => "bound on the numbers’ own error",
            _ => "standard error over draws of noise",
        };
        let samplers = self.methods.iter().map(|method| method.label.clone()).collect();
        let grids = self.grids.iter().map(|(info, _)| info.label.into()).collect();
        let errors = Table {
            key: "errors",
            caption: format!("{label} within so many evaluations; ± is the {how}"),
            columns: vec![
                Column::names("sampler", "Sampler", samplers),
                Column::names("grid", "Noise levels", grids),
                Column::number("evaluations", "Network evaluations"),
                Column::number("spent", "Spent"),
                Column::number("error", label).uncertain("uncertainty"),
                Column::error("uncertainty"),
            ],
            keys: 3,
        };
        let ranking = View::Ranking {
            title: format!("{label} within so many network evaluations"),
            table: "errors",
            rows: if self.grids.len() > 1 { vec!["sampler", "grid"] } else { vec!["sampler"] },
            columns: "evaluations",
            value: "error",
        };
        Outline { tables: vec![errors], views: vec![ranking] }
    }

    fn label(&self) -> &'static str {
        ERRORS.iter().find(|named| named.value == self.error).map_or("", |named| named.label)
    }

    /// All cells, column by column.
    fn cells(&self) -> Vec<Cell> {
        let mut cells = Vec::new();
        for &budget in &self.budgets {
            for (grid, (_, choice)) in self.grids.iter().enumerate() {
                for (method, entry) in self.methods.iter().enumerate() {
                    if let Some((levels, spent)) = entry.levels(choice, budget) {
                        cells.push(Cell { method, grid, budget, levels, spent });
                    }
                }
            }
        }
        cells
    }

    async fn run(self, wanted: Wanted, report: Report) -> Result<(), StudyError> {
        let cells = self.cells();
        if cells.is_empty() {
            let what = "no sampler has a run so short on these grids: allow more evaluations".to_string();
            return Err(StudyError::Unfit { field: "budgets", what });
        }
        match wanted {
            Wanted::Strong(mixture) => self.strong(&mixture, &cells, &report).await,
            Wanted::Variation(mixture) => self.variation(&mixture, &cells, &report).await,
            Wanted::Energy(source) => self.energy(&source, &cells, &report).await,
        }
    }

    fn put(&self, report: &Report, cell: &Cell, found: &Found) {
        let Estimate { mean, standard_error } = found.estimate();
        let key = [cell.method as f64, cell.grid as f64, cell.budget as f64, cell.spent as f64];
        report.row("errors", &[&key[..], &[mean, standard_error]].concat());
    }

    async fn energy(&self, source: &Source, cells: &[Cell], report: &Report) -> Result<(), StudyError> {
        let count = self.points / DRAWS;
        let measuring = source.measuring();
        let cost: f64 = cells.iter().map(|cell| cell.spent as f64 + measuring).sum();
        let meter = report.meter(DRAWS as f64 * cost);
        let floor = source.floor(count, DRAWS);
        report.say(format!("Fresh data, as perfect samples would be, score {}.", plus_minus(floor)));
        let compute = async |index: usize| {
            let cell = &cells[index];
            report.doing(&format!("{}, {} evaluations", self.name(cell), cell.budget));
            let mut distances = Vec::with_capacity(DRAWS);
            for draw in 0..DRAWS as u64 {
                let seed = 1000 * self.seed + draw;
                let method = &self.methods[cell.method];
                distances.push(source.energy(method, &cell.levels, count, seed, &meter).await?);
                meter.advance(measuring).await;
            }
            Ok(distances)
        };
        let mut found = Vec::new();
        let each = |index: usize, distances: Vec<f64>, _| {
            found.push(Found::Draws(distances));
            self.put(report, &cells[index], &found[found.len() - 1]);
            // A column is through.
            if cells.get(index + 1).is_none_or(|next| next.budget != cells[index].budget) {
                self.conclude(report, cells[index + 1 - found.len()..=index].iter(), &found, Some(floor));
                found.clear();
            }
        };
        report.parts(cells.len(), compute, each).await
    }

    async fn strong(&self, mixture: &Mixture, cells: &[Cell], report: &Report) -> Result<(), StudyError> {
        /// What a reference solution costs, in evaluations of one batch.
        const REFERENCE: f64 = 1000.0;
        let batches = self.points.div_ceil(BATCH);
        let spans = Span::all(cells.iter().map(|cell| &cell.levels[..]));
        let spent: usize = cells.iter().map(|cell| cell.spent).sum();
        let meter = report.meter(batches as f64 * (spent as f64 + REFERENCE * spans.len() as f64));
        let mut found: Vec<Found> = cells.iter().map(|_| Found::Paths(RootMeanSquare::default())).collect();
        for batch in 0..batches {
            let count = BATCH.min(self.points - batch * BATCH);
            for span in &spans {
                // The same draw for all spans.
                let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
                rng.set_stream(batch as u64);
                report.doing("Following the exact paths");
                let start = noisy(mixture, span.from, count, &mut rng);
                let truth = reference(mixture, start.clone(), span.from, span.to, &meter, REFERENCE).await?;
                report.doing(&format!("Sampling, {} of {} paths", batch * BATCH + count, self.points));
                for (cell, found) in cells.iter().zip(&mut found).filter(|(cell, _)| span.agrees(&cell.levels)) {
                    let draw = || unreachable!("deterministic samplers draw no noise");
                    let method = &self.methods[cell.method];
                    let end = follow(method, mixture, &cell.levels, start.clone(), draw, &meter).await?;
                    if let Found::Paths(paths) = found {
                        paths.add(&end, &truth, span.to);
                    }
                    self.put(report, cell, found);
                }
            }
        }
        let mut found = &found[..];
        for column in cells.chunk_by(|a, b| a.budget == b.budget) {
            let (here, rest) = found.split_at(column.len());
            self.conclude(report, column.iter(), here, None);
            found = rest;
        }
        Ok(())
    }

    async fn variation(&self, mixture: &Mixture, cells: &[Cell], report: &Report) -> Result<(), StudyError> {
        let meter = report.meter(cells.iter().map(|cell| cell.spent as f64).sum());
        for column in cells.chunk_by(|a, b| a.budget == b.budget) {
            let (mut measured, mut found) = (Vec::new(), Vec::new());
            for cell in column {
                report.doing(&format!("{}, {} evaluations", self.name(cell), cell.budget));
                let method = &self.methods[cell.method];
                if let Some((mean, standard_error)) = variation(method, mixture, &cell.levels, &meter).await? {
                    found.push(Found::Exactly(Estimate { mean, standard_error }));
                    self.put(report, cell, &found[found.len() - 1]);
                    measured.push(cell);
                }
            }
            self.conclude(report, measured.into_iter(), &found, None);
        }
        Ok(())
    }

    /// Name of a cell's row.
    fn name(&self, cell: &Cell) -> String {
        let method = &self.methods[cell.method].label;
        match &self.grids[..] {
            [_] => format!("“{method}”"),
            grids => format!("“{method}” on “{}”", grids[cell.grid].0.label),
        }
    }

    /// Says who is best in a column, who can't be told from it, how far behind the next one is, and, for samples, how many are as
    /// good as fresh data, which score `floor`.
    fn conclude<'a>(
        &self,
        report: &Report,
        column: impl Iterator<Item = &'a Cell>,
        found: &[Found],
        floor: Option<Estimate>,
    ) {
        let mut budget = 0;
        let rows = column.zip(found).map(|(cell, found)| {
            budget = cell.budget;
            (self.name(cell), found)
        });
        let rows: Vec<_> = rows.collect();
        let Some(mut text) = smallest(budget, &self.label().to_lowercase(), &rows) else { return };
        if let Some(floor) = floor {
            let good =
                |error: &Estimate| error.mean - floor.mean <= SURE * error.standard_error.hypot(floor.standard_error);
            let errors = rows.iter().map(|(_, found)| found.estimate()).filter(|error| error.mean.is_finite());
            let (good, worse): (Vec<_>, Vec<_>) = errors.partition(good);
            text += &format!(" {} of {} can’t be told from fresh data.", good.len(), good.len() + worse.len());
        }
        report.say(text);
    }
}
