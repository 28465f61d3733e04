//! How it is measured.

use std::cmp::Ordering;

use super::text::ERRORS;
use crate::distribution::Mixture;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::parameters::{Checked, Choice};
use crate::studies::common::errors::{self, gather, strong};
use crate::studies::common::found::{Found, smallest};
use crate::studies::common::method::Method;
use crate::studies::common::slope::{Measured, fit};
use crate::studies::common::source::Source;
use crate::studies::common::targets::{line, ring};
use crate::studies::common::variation::variation;
use crate::studies::common::words::plus_minus;
use crate::studies::{Column, Context, Line, Outline, Report, Run, StudyError, Table, View};

/// Draws of noise that an energy distance is a mean over.
const SEEDS: usize = 4;
/// Where double precision begins to show.
const FLOOR: f64 = 1e-9;
/// Evaluations that the first sentences are about; the others are about the most.
const FEW: usize = 8;

struct Quality {
    methods: Vec<Method>,
    grid: Choice,
    most: usize,
    error: &'static str,
    points: usize,
    seed: u64,
}

/// What errors are measured on.
pub(in crate::studies) enum Wanted {
    /// Paths of an exact distribution.
    Strong(Box<Mixture>),
    /// An exact distribution on the line.
    Variation(Box<Mixture>),
    /// Samples.
    Energy(Box<Source>),
}

impl Wanted {
    /// What the names of [`TARGETS`] and [`ERRORS`] mean together, for `methods`.
    ///
    /// # Errors
    /// When they do not go together, or the model is missing.
    pub(in crate::studies) fn choose(
        target: &str,
        error: &str,
        methods: &[Method],
        context: &Context,
    ) -> Result<Self, StudyError> {
        let unfit = |field, what: String| Err(StudyError::Unfit { field, what });
        let exact = || if target == "line" { line() } else { ring() };
        match (target, error) {
            ("model", "energy") => return Ok(Self::Energy(Box::new(Source::learned(context)?))),
            ("model", _) => {
                let what = "a trained model has no exact paths and no exact distribution: choose the energy distance";
                return unfit("error", what.into());
            }
            (_, "energy") => return Ok(Self::Energy(Box::new(Source::exact(exact())))),
            ("line", "variation") => return Ok(Self::Variation(Box::new(exact()))),
            (_, "variation") => {
                return unfit("error", "total variation is computed on the line: choose that target".into());
            }
            _ => {}
        }
        if let Some(method) = methods.iter().find(|method| method.info.stochastic) {
            let what = format!(
                "{} draws noise on the way, so no path is its own: choose total variation or the energy distance",
                method.label
            );
            return unfit("samplers", what);
        }
        Ok(Self::Strong(Box::new(exact())))
    }
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let methods = Method::all(&p.names("samplers"))?;
    let error = ERRORS.iter().find(|named| named.value == p.choice("error")).map_or("strong", |named| named.value);
    let wanted = Wanted::choose(p.choice("target"), error, &methods, &context)?;
    let quality = Quality {
        error,
        methods,
        grid: p.grid("grid"),
        most: p.integer("most"),
        points: p.integer("points"),
        seed: p.integer("seed") as u64,
    };
    // A grid that does not exist is said at once.
    crate::schedule::check(&quality.grid)?;
    let outline = quality.outline();
    Ok(Run::new(outline, move |report| quality.run(wanted, report)))
}

/// 1, 2, 3, 4, 6, 8, 12 and so on, up to `most`.
fn budgets(most: usize) -> Vec<usize> {
    let powers = (0..).map(|power| 1usize << power).take_while(|power| *power <= most);
    let halves = powers.clone().skip(1).map(|power| power + power / 2).filter(|half| *half <= most);
    let mut budgets: Vec<usize> = powers.chain(halves).collect();
    budgets.sort_unstable();
    budgets
}

/// One point of the plot to come.
struct Task<'a> {
    method: &'a Method,
    /// The method's place.
    place: usize,
    levels: Vec<Level>,
    evaluations: usize,
    /// The abscissa.
    x: f64,
}

impl Quality {
    fn label(&self) -> &'static str {
        ERRORS.iter().find(|named| named.value == self.error).map_or("", |named| named.label)
    }

    fn outline(&self) -> Outline {
        let mut names: Vec<String> = self.methods.iter().map(|method| method.label.clone()).collect();
        let by = |names: &[String]| Column::names("sampler", "Sampler", names.to_vec());
        let label = self.label();
        let slopes = Table {
            key: "slopes",
            caption:
                "Slopes through the last points that are clear of noise and rounding, and minus the sampler’s order"
                    .into(),
            columns: vec![
                by(&names),
                Column::number("slope", "Slope").uncertain("slope_error"),
                Column::error("slope_error"),
                Column::number("theory", "Theory").line(Line::Theory),
            ],
            keys: 1,
        };
        let energy = self.error == "energy";
        if energy {
            names.push("Fresh data stay below this".into());
        }
        let how = match self.error {
            "strong" => "standard error over paths",
            "variation" => "bound on the numbers’ own error",
            _ => "standard error over draws of noise",
        };
        let x =
            if self.theorem() { Column::number("x", "log T / T") } else { Column::number("x", "Network evaluations") };
        let errors = Table {
            key: "errors",
            caption: format!("{label} by evaluations; ± is the {how}"),
            columns: vec![
                by(&names),
                Column::number("evaluations", "Evaluations"),
                x,
                Column::number("error", label).uncertain("uncertainty"),
                Column::error("uncertainty"),
                Column::number("floor", "Mean of fresh data, and two standard errors").line(Line::Theory),
            ],
            keys: 2,
        };
        let lines = View::Lines {
            title: format!("{label} against {}", if self.theorem() { "log T / T" } else { "network evaluations" }),
            table: "errors",
            x: "x",
            y: vec!["error", "floor"],
            by: Some("sampler"),
            log: (true, true),
            slopes: (!energy).then_some("slopes"),
        };
        let tables = if energy { vec![errors] } else { vec![errors, slopes] };
        Outline { tables, views: vec![lines] }
    }

    /// Whether the grid is the theorems', whose rate is in `log T / T`.
    fn theorem(&self) -> bool {
        self.grid.name == "li"
    }

    /// All points of the plot, cheapest first.
    fn tasks(&self) -> Vec<Task<'_>> {
        let mut tasks = Vec::new();
        for budget in budgets(self.most) {
            for (place, method) in self.methods.iter().enumerate() {
                let Some((levels, evaluations)) = method.levels(&self.grid, budget) else { continue };
                let known = |task: &Task| task.place == place && task.evaluations == evaluations;
                if tasks.iter().any(known) {
                    continue;
                }
                let steps = (levels.len() - 1) as f64;
                let x = if self.theorem() { steps.ln() / steps } else { evaluations as f64 };
                tasks.push(Task { method, place, levels, evaluations, x });
            }
        }
        tasks
    }

    async fn run(self, wanted: Wanted, report: Report) -> Result<(), StudyError> {
        let tasks = self.tasks();
        if tasks.is_empty() {
            let what = "it has no run of so few steps: allow more evaluations".to_string();
            return Err(StudyError::Unfit { field: "grid", what });
        }
        let found = match wanted {
            Wanted::Strong(mixture) => {
                let show = |index: usize, found: &[_]| self.put_sloped(&report, &tasks, found, index);
                let run = tasks.iter().map(|task| errors::Plan {
                    method: task.method,
                    levels: &task.levels,
                    spent: task.evaluations,
                });
                let runs: Vec<_> = run.collect();
                strong(&mixture, &runs, (self.points, self.seed), &report, &show).await?
            }
            Wanted::Variation(mixture) => self.variation(&mixture, &tasks, &report).await?,
            Wanted::Energy(source) => self.energy(&source, &tasks, &report).await?,
        };
        let few = FEW.min(self.most);
        self.conclude(few, &tasks, &found, &report);
        if self.most > few {
            self.conclude(self.most, &tasks, &found, &report);
        }
        Ok(())
    }

    /// Says who is best within `budget` evaluations, and how many are ahead of the control, which is the first sampler, and behind.
    fn conclude(&self, budget: usize, tasks: &[Task<'_>], found: &[Option<Found>], report: &Report) {
        // The longest run of each that the budget allows.
        let longest = |method: usize| {
            let within = |(task, _): &(&Task, &Option<Found>)| task.place == method && task.evaluations <= budget;
            tasks.iter().zip(found).rfind(within).and_then(|(_, found)| found.as_ref())
        };
        let name = |method: usize| format!("“{}”", self.methods[method].label);
        let rows: Vec<_> =
            (0..self.methods.len()).filter_map(|method| longest(method).map(|found| (name(method), found))).collect();
        let Some(mut text) = smallest(budget, &self.label().to_lowercase(), &rows) else { return };
        if let (Some(control), true) = (longest(0), rows.len() > 1) {
            let count = |wanted| {
                let others = (1..self.methods.len()).filter_map(longest);
                others.filter(|found| found.against(control) == wanted).count()
            };
            text += &format!(
                " Against the control, {}, which has {}: {} ahead, {} level, {} behind.",
                name(0),
                plus_minus(control.estimate()),
                count(Ordering::Less),
                count(Ordering::Equal),
                count(Ordering::Greater),
            );
        }
        report.say(text);
    }

    /// Puts a point of the plot on the report.
    fn put(&self, report: &Report, task: &Task<'_>, found: &Option<Found>) {
        let Some(found) = found else { return };
        let Estimate { mean, standard_error } = found.estimate();
        report.row("errors", &[task.place as f64, task.evaluations as f64, task.x, mean, standard_error, f64::NAN]);
    }

    /// Puts a point, and the slope through its curve so far, on the report.
    fn put_sloped(&self, report: &Report, tasks: &[Task<'_>], found: &[Option<Found>], index: usize) {
        let task = &tasks[index];
        self.put(report, task, &found[index]);
        let curve = tasks.iter().zip(found.iter()).filter(|(other, _)| other.place == task.place);
        let mut curve: Vec<Measured> = curve
            .filter_map(|(task, found)| {
                found.as_ref().map(|found| {
                    let Estimate { mean, standard_error } = found.estimate();
                    Measured { x: task.x, error: mean, uncertainty: standard_error }
                })
            })
            .collect();
        // Towards small steps: against log T / T that is to the left.
        if self.theorem() {
            curve.sort_by(|a, b| b.x.total_cmp(&a.x));
        }
        if let Some(slope) = fit(&curve, FLOOR) {
            let order = task.method.info.order as f64;
            let theory = match (order, self.theorem()) {
                (0.0, _) => f64::NAN,
                (order, true) => order,
                (order, false) => -order,
            };
            report.row("slopes", &[task.place as f64, slope.slope, slope.standard_error, theory]);
        }
    }

    async fn variation(
        &self,
        mixture: &Mixture,
        tasks: &[Task<'_>],
        report: &Report,
    ) -> Result<Vec<Option<Found>>, StudyError> {
        let meter = report.meter(tasks.iter().map(|task| task.evaluations as f64).sum());
        let part = async |index: usize, add: &dyn Fn(usize, Found)| {
            let task = &tasks[index];
            if let Some((mean, standard_error)) = variation(task.method, mixture, &task.levels, &meter).await? {
                add(index, Found::Exactly(Estimate { mean, standard_error }));
            }
            Ok(())
        };
        let show = |index: usize, found: &[_]| self.put_sloped(report, tasks, found, index);
        gather(report, (tasks.len(), tasks.len()), part, &show).await
    }

    async fn energy(
        &self,
        source: &Source,
        tasks: &[Task<'_>],
        report: &Report,
    ) -> Result<Vec<Option<Found>>, StudyError> {
        let meter = report.meter(tasks.iter().map(|task| (task.evaluations * SEEDS) as f64).sum());
        let floor = source.floor(self.points, SEEDS);
        let floor = floor.mean.max(0.0) + 2.0 * floor.standard_error;
        for task in tasks.iter().filter(|task| task.place == 0) {
            let name = self.methods.len() as f64;
            report.row("errors", &[name, task.evaluations as f64, task.x, f64::NAN, f64::NAN, floor]);
        }
        // All curves at once, and then again: they come soon, and get better.
        let part = async |draw: usize, add: &dyn Fn(usize, Found)| {
            report.doing(&format!("Sampling, draw {} of {SEEDS}", draw + 1));
            let seed = 1000 * self.seed + draw as u64;
            for (index, task) in tasks.iter().enumerate() {
                let distance = source.energy(task.method, &task.levels, self.points, seed, &meter).await?;
                add(index, Found::Draws(vec![distance]));
            }
            Ok(())
        };
        let show = |index: usize, found: &[_]| self.put(report, &tasks[index], &found[index]);
        gather(report, (tasks.len(), SEEDS), part, &show).await
    }
}
