//! How it is measured.

use super::text::EVERYONE;
use crate::distribution::Mixture;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::parameters::{Checked, Choice};
use crate::schedule;
use crate::studies::common::errors::{self, strong};
use crate::studies::common::found::{Found, SURE, smallest};
use crate::studies::common::grids;
use crate::studies::common::method::Method;
use crate::studies::common::source::Source;
use crate::studies::common::variation::variation;
use crate::studies::common::words::plus_minus;
use crate::studies::quality::{ERRORS, Wanted};
use crate::studies::{Column, Context, Outline, Report, Run, StudyError, Table, View};

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
struct Cell<'a> {
    method: &'a Method,
    /// The method's place.
    place: usize,
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
    fn cells(&self) -> Vec<Cell<'_>> {
        let mut cells = Vec::new();
        for &budget in &self.budgets {
            for (grid, (_, choice)) in self.grids.iter().enumerate() {
                for (place, method) in self.methods.iter().enumerate() {
                    if let Some((levels, spent)) = method.levels(choice, budget) {
                        cells.push(Cell { method, place, grid, budget, levels, spent });
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

    fn put(&self, report: &Report, cell: &Cell<'_>, found: &Found) {
        let Estimate { mean, standard_error } = found.estimate();
        let key = [cell.place as f64, cell.grid as f64, cell.budget as f64, cell.spent as f64];
        report.row("errors", &[&key[..], &[mean, standard_error]].concat());
    }

    async fn energy(&self, source: &Source, cells: &[Cell<'_>], report: &Report) -> Result<(), StudyError> {
        let count = self.points / DRAWS;
        let measuring = source.measuring();
        let cost: f64 = cells.iter().map(|cell| cell.spent as f64 + measuring).sum();
        let meter = report.meter(DRAWS as f64 * cost);
        let floor = source.floor(count, DRAWS);
        report.say(format!("Fresh data, as perfect samples would be, score {}.", plus_minus(floor)));
        let compute = async |cell: &Cell<'_>| {
            let mut distances = Vec::with_capacity(DRAWS);
            for draw in 0..DRAWS as u64 {
                let seed = 1000 * self.seed + draw;
                distances.push(source.energy(cell.method, &cell.levels, count, seed, &meter).await?);
                meter.advance(measuring).await;
            }
            Ok(Some(Found::Draws(distances)))
        };
        self.by_column(cells, Some(floor), report, compute).await
    }

    async fn strong(&self, mixture: &Mixture, cells: &[Cell<'_>], report: &Report) -> Result<(), StudyError> {
        let show = |index: usize, found: &[Option<Found>]| {
            found[index].iter().for_each(|found| self.put(report, &cells[index], found));
        };
        let run =
            cells.iter().map(|cell| errors::Plan { method: cell.method, levels: &cell.levels, spent: cell.spent });
        let runs: Vec<_> = run.collect();
        let found = strong(mixture, &runs, (self.points, self.seed), report, &show).await?;
        let rows = cells.iter().zip(found).filter_map(|(cell, found)| Some((cell, found?))).collect::<Vec<_>>();
        for column in rows.chunk_by(|(a, _), (b, _)| a.budget == b.budget) {
            self.conclude(report, column, None);
        }
        Ok(())
    }

    async fn variation(&self, mixture: &Mixture, cells: &[Cell<'_>], report: &Report) -> Result<(), StudyError> {
        let meter = report.meter(cells.iter().map(|cell| cell.spent as f64).sum());
        let compute = async |cell: &Cell<'_>| {
            let found = variation(cell.method, mixture, &cell.levels, &meter).await?;
            Ok(found.map(|(mean, standard_error)| Found::Exactly(Estimate { mean, standard_error })))
        };
        self.by_column(cells, None, report, compute).await
    }

    /// Shows what `compute` finds for each of `cells`, and concludes after each column.
    async fn by_column<'a>(
        &self,
        cells: &'a [Cell<'a>],
        floor: Option<Estimate>,
        report: &Report,
        compute: impl AsyncFn(&'a Cell<'a>) -> Result<Option<Found>, StudyError>,
    ) -> Result<(), StudyError> {
        let compute = async |index: usize| {
            let cell = &cells[index];
            report.doing(&format!("{}, {} evaluations", self.name(cell), cell.budget));
            compute(cell).await
        };
        let mut column = Vec::new();
        let each = |index: usize, found: Option<Found>, _| {
            let cell = &cells[index];
            if let Some(found) = found {
                self.put(report, cell, &found);
                column.push((cell, found));
            }
            if cells.get(index + 1).is_none_or(|next| next.budget != cell.budget) {
                self.conclude(report, &column, floor);
                column.clear();
            }
        };
        report.parts(cells.len(), compute, each).await
    }

    /// Name of a cell's row.
    fn name(&self, cell: &Cell<'_>) -> String {
        let method = &cell.method.label;
        match &self.grids[..] {
            [_] => format!("“{method}”"),
            grids => format!("“{method}” on “{}”", grids[cell.grid].0.label),
        }
    }

    /// Says who is best in a column, who can't be told from it, how far behind the next one is, and, for samples, how many are as
    /// good as fresh data, which score `floor`.
    fn conclude(&self, report: &Report, column: &[(&Cell<'_>, Found)], floor: Option<Estimate>) {
        let Some((first, _)) = column.first() else { return };
        let budget = first.budget;
        let rows: Vec<_> = column.iter().map(|(cell, found)| (self.name(cell), found)).collect();
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
