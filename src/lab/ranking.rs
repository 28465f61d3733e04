//! The table of all samplers: who is best at few evaluations, and by how much.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::measure::{RootMeanSquare, Source, Span, follow, noisy, reference, variation};
use super::method::Method;
use super::quality::{ERRORS, TARGETS, Wanted};
use super::words::give;
use super::{Bench, Column, Info, LabError, Needs, Outline, Preset, Report, Run, Table, View, seed};
use crate::denoiser::Mixture;
use crate::denoiser::exact::Estimate;
use crate::parameters::{Checked, Choice, Kind, Listed, Parameter};
use crate::sampler;
use crate::schedule::{self, Level, ScheduleError};

pub(super) const INFO: Info = Info {
    value: "ranking",
    label: "The table of all samplers",
    question: "Which sampler is best when it may look only 5, 10, 20 or 50 times?",
    help: "Every sampler runs on every chosen grid of noise levels within each number of evaluations of the denoiser, from the same \
           noise, and the table shows its error with the uncertainty: smaller is better. A sampler that looks twice a step takes half \
           the steps. A cell is left out where a sampler has no run so short, and where it chooses its own number of looks.\n\n\
           The first and last noise level are the same for all grids that can choose them. DDPM’s linear table and the cosine table \
           keep the ends that they were made with, and so does the schedule of the convergence theorems. Because the noise is \
           shared, two samplers differ by less chance than either alone: the sentences under the table compare them draw by draw. \
           Energy distances can come out a little below zero, those of fresh data too.",
    source: "2306.04848 sec 6, 2403.03852, 2406.12839",
    needs: Needs::Target,
    parameters: &[
        Parameter {
            key: "target",
            label: "Target",
            help: "",
            kind: Kind::Choice { default: "ring", options: TARGETS },
        },
        Parameter { key: "error", label: "Error", help: "", kind: Kind::Choice { default: "energy", options: ERRORS } },
        Parameter {
            key: "samplers",
            label: "Samplers",
            help: "Compared on the same noise.",
            kind: Kind::Names { default: EVERYONE, of: Listed::Samplers },
        },
        Parameter {
            key: "grids",
            label: "Noise levels",
            help: "Every sampler runs on each of these.",
            kind: Kind::Names { default: &["log_linear"], of: Listed::Grids },
        },
        Parameter {
            key: "sigma_max",
            label: "First noise level",
            help: "Of grids that can choose it.",
            kind: Kind::Number { default: 10.0, min: 0.1, max: 1000.0, log: true },
        },
        Parameter {
            key: "sigma_min",
            label: "Last noise level",
            help: "Of grids that can choose it: the last level that is not zero.",
            kind: Kind::Number { default: 0.02, min: 0.0001, max: 1.0, log: true },
        },
        Parameter {
            key: "budgets",
            label: "Network evaluations",
            help: "One column each.",
            kind: Kind::Counts { default: &[5, 10, 20, 50], min: 1, max: 1000 },
        },
        Parameter {
            key: "points",
            label: "Points",
            help: "Paths, or samples in eight draws of noise together; the law on the line needs none.",
            kind: Kind::Integer { default: 4000, min: 256, max: 40_000 },
        },
        seed("Draws the noise."),
    ],
    presets: &[
        Preset {
            label: "Everyone",
            help: "Five evaluations tell the samplers apart, by factors of thousands; within 20, most can’t be told from fresh data.",
            values: "{}",
        },
        Preset {
            label: "Everyone, on the trained model",
            help: "With the page’s own weights for eight Gaussians, the curved samplers and PNDM can’t be told from fresh data within 5 evaluations; DDIM, from the same noise, is still behind at 10.",
            values: r#"{"target": "model", "budgets": [5, 10]}"#,
        },
        Preset {
            label: "Samplers of 2306.04848",
            help: "Within 5 evaluations gradient estimation comes several times closer than DDIM and ahead of DPM-Solver, as the paper finds; but where all run on the same log-linear levels PNDM is closer still, and so is the corrected curve.",
            values: r#"{"samplers": ["ddim", "gradient_estimation", "pndm_plms", "dpm_solver_2", "dpm_solver_3", "dpmpp_2m", "unipc", "ddpm", "curved_pc"], "budgets": [5, 10, 20]}"#,
        },
        Preset {
            label: "Noise levels of 2306.04848",
            help: "Within 5 and 10 evaluations gradient estimation on log-linear levels, the paper’s choice, is best of all pairs; for DDIM alone, cosine levels are better here. DDPM’s linear strides are worst for both at 5.",
            values: r#"{"samplers": ["ddim", "gradient_estimation"], "grids": ["log_linear", "edm", "linear", "cosine", "vp_sde"]}"#,
        },
        Preset {
            label: "Accelerations of 2403.03852",
            help: "The training-free acceleration gains an order: its error falls three to four times when evaluations double, the plain one’s twice. The stochastic one halves the error of its plain form and gains no order, on a law that is no Gaussian.",
            values: r#"{"target": "line", "error": "variation", "samplers": ["li_plain", "li_tf_accel", "li_stochastic_plain", "li_stochastic_accel"], "sigma_max": 10, "sigma_min": 0.05, "budgets": [25, 50, 100, 200]}"#,
        },
        Preset {
            label: "Noise levels of 2406.12839",
            help: "Where the denoiser is exact, only the sampler’s own error is left, and log-linear levels beat EDM’s at each number of evaluations, for Euler and for Heun, as that theory says for well-trained models.",
            values: r#"{"error": "strong", "samplers": ["edm_euler", "edm_heun"], "grids": ["edm", "log_linear"], "sigma_max": 80, "sigma_min": 0.002, "budgets": [10, 20, 50, 100]}"#,
        },
    ],
};

/// Names of the whole table of samplers.
const EVERYONE: &[&str] = &{
    let mut names = [""; sampler::TABLE.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = sampler::TABLE[index].value;
        index += 1;
    }
    names
};

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

/// What a cell's error is a mean over, the same noise in the same place for all cells; or its error and the bound on it.
enum Found {
    /// Energy distances, one for each draw.
    Draws(Vec<f64>),
    /// Squared distances, one for each path.
    Paths(RootMeanSquare),
    /// Without sampling error.
    Exactly(Estimate),
}

pub(super) fn begin(p: Checked<'_>, bench: Bench) -> Result<Run, LabError> {
    let names = p.names("samplers");
    let error = ERRORS.iter().find(|named| named.value == p.choice("error")).map_or("energy", |named| named.value);
    let mut methods = Method::all(&names)?;
    // Whoever asks for everyone means everyone who has such an error.
    if error == "strong" && names == EVERYONE {
        methods.retain(|method| !method.info.stochastic);
    }
    let wanted = Wanted::choose(p.choice("target"), error, &methods, &bench)?;
    let ends = [("sigma_max", p.number("sigma_max")), ("sigma_min", p.number("sigma_min"))];
    let grid = |name: &String| {
        let info = schedule::TABLE.iter().find(|info| info.value == name);
        let info = info.ok_or_else(|| ScheduleError::Unknown(name.clone()))?;
        let own = ends.iter().filter(|(key, _)| info.parameters.iter().any(|parameter| parameter.key == *key));
        let choice = Choice::new(name, &own.copied().collect::<Vec<_>>());
        schedule::check(&choice)?;
        Ok((info, choice))
    };
    let grids = p.names("grids");
    let ranking = Ranking {
        grids: grids.iter().map(grid).collect::<Result<_, ScheduleError>>()?,
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
                Column::number("error", label).give_or_take("uncertainty"),
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

    async fn run(self, wanted: Wanted, report: Report) -> Result<(), LabError> {
        let cells = self.cells();
        if cells.is_empty() {
            let what = "no sampler has a run so short on these grids: allow more evaluations".to_string();
            return Err(LabError::Unfit { field: "budgets", what });
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

    async fn energy(&self, source: &Source, cells: &[Cell], report: &Report) -> Result<(), LabError> {
        let count = self.points / DRAWS;
        let measuring = source.measuring();
        let cost: f64 = cells.iter().map(|cell| cell.spent as f64 + measuring).sum();
        let meter = report.meter(DRAWS as f64 * cost);
        let floor = source.floor(count, DRAWS);
        report.say(format!("Fresh data, as perfect samples would be, score {}.", give(floor)));
        for column in cells.chunk_by(|a, b| a.budget == b.budget) {
            let mut found = Vec::with_capacity(column.len());
            for cell in column {
                report.doing(&format!("{}, {} evaluations", self.name(cell), cell.budget));
                let mut distances = Vec::with_capacity(DRAWS);
                for draw in 0..DRAWS as u64 {
                    let seed = 1000 * self.seed + draw;
                    let method = &self.methods[cell.method];
                    distances.push(source.energy(method, &cell.levels, count, seed, &meter).await?);
                    meter.advance(measuring).await;
                }
                found.push(Found::Draws(distances));
                self.put(report, cell, &found[found.len() - 1]);
            }
            self.conclude(report, column.iter(), &found, Some(floor));
        }
        Ok(())
    }

    async fn strong(&self, mixture: &Mixture, cells: &[Cell], report: &Report) -> Result<(), LabError> {
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

    async fn variation(&self, mixture: &Mixture, cells: &[Cell], report: &Report) -> Result<(), LabError> {
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
        let rows = column.zip(found).map(|(cell, found)| (cell, found, found.estimate()));
        let mut rows: Vec<_> = rows.filter(|(_, _, error)| error.mean.is_finite()).collect();
        rows.sort_by(|a, b| a.2.mean.total_cmp(&b.2.mean));
        let Some(((cell, best, error), others)) = rows.split_first() else { return };
        let (budget, label) = (cell.budget, self.label().to_lowercase());
        let mut text =
            format!("Within {budget} evaluations {} has the smallest {label}, {}.", self.name(cell), give(*error));
        let behind = |found: &Found| found.minus(best);
        let clear = |found: &Found| {
            let difference = behind(found);
            difference.mean > SURE * difference.standard_error
        };
        let level = others.iter().filter(|(_, found, _)| !clear(found));
        let names: Vec<String> = level.map(|(cell, ..)| self.name(cell)).collect();
        let (named, more) = names.split_at(names.len().min(MENTIONED));
        if !named.is_empty() {
            let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
            text += &format!(" On this noise it can’t be told from {}{more}.", named.join(", "));
        }
        if let Some((cell, found, error)) = others.iter().find(|(_, found, _)| clear(found)) {
            let difference = give(behind(found));
            text +=
                &format!(" The first clearly behind is {} with {}: {difference} more.", self.name(cell), give(*error));
        }
        if let Some(floor) = floor {
            let good =
                |error: &Estimate| error.mean - floor.mean <= SURE * error.standard_error.hypot(floor.standard_error);
            let count = rows.iter().filter(|(_, _, error)| good(error)).count();
            text += &format!(" {count} of {} can’t be told from fresh data.", rows.len());
        }
        report.say(text);
    }
}

/// Standard errors between what can be told apart: within so many, chance stays 95 times of 100 where there are eight draws.
const SURE: f64 = 2.4;
/// Most names in a list of those that are as good.
const MENTIONED: usize = 5;

impl Found {
    fn estimate(&self) -> Estimate {
        match self {
            Found::Draws(distances) => Estimate::of(distances),
            Found::Paths(paths) => paths.estimate(),
            Found::Exactly(estimate) => *estimate,
        }
    }

    /// How much larger this error is than `other`, found with the same noise: pair by pair, which leaves out the chance that both
    /// share.
    fn minus(&self, other: &Found) -> Estimate {
        match (self, other) {
            (Found::Draws(a), Found::Draws(b)) => {
                Estimate::of(&a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<_>>())
            }
            (Found::Paths(a), Found::Paths(b)) => a.minus(b),
            _ => {
                let (a, b) = (self.estimate(), other.estimate());
                // Bounds add up, and are no standard errors.
                let bound = a.standard_error + b.standard_error;
                Estimate { mean: a.mean - b.mean, standard_error: bound / SURE }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_leave_out_what_they_share() {
        let shared = [1.0, 5.0, 2.0, 9.0];
        let of = |shift: f64| Found::Draws(shared.iter().map(|draw| draw + shift).collect());
        let difference = of(0.25).minus(&of(0.0));
        assert!((difference.mean - 0.25).abs() < 1e-12 && difference.standard_error < 1e-12, "{difference:?}");
    }
}
