//! How it is measured.

use std::cmp::Ordering;

use crate::data::DataKind;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::parameters::{Checked, Choice, Value};
use crate::sampler::{FinePaths, FittedSolver, StepErrors, refined_grid};
use crate::schedule::{self, log_linear};
use crate::state::{Points, State};
use crate::studies::common::found::SURE;
use crate::studies::common::method::{Begins, Method};
use crate::studies::common::points::fewer;
use crate::studies::common::source::Source;
use crate::studies::common::targets::ring;
use crate::studies::common::words::{plus_minus, short};
use crate::studies::numbers::numbers;
use crate::studies::report::Meter;
use crate::studies::{Column, Context, Outline, Report, Run, StudyError, Table, View};

/// Ends of all grids, and where those made by hand may start.
const LAST: f64 = 0.02;
const FIRST: f64 = 80.0;
const STARTS: [f64; 7] = [1.0, 1.5, 2.0, 3.0, 5.0, 10.0, FIRST];
/// Candidate levels, for points and for images.
const CANDIDATES: (usize, usize) = (64, 32);
/// Draws of noise that an outcome is a mean over.
const DRAWS: usize = 8;
/// Rounds of least squares for the fitted coefficients.
const ROUNDS: usize = 12;

/// The kinds of levels, in the order of their names.
const KINDS: [&str; 6] = ["Log-linear", "EDM, ρ = 7", "Cosine", "Dynamic programme", "Refined", "Its own, fitted"];
const BY_HAND: usize = 3;
const PROGRAMME: usize = 3;
const REFINED: usize = 4;
const FITTED: usize = 5;

struct Grids {
    methods: Vec<Method>,
    budgets: Vec<usize>,
    paths: usize,
    points: usize,
    seed: u64,
}

/// Errors of one row at one number of evaluations, draw by draw.
#[derive(Clone)]
struct Outcome {
    energy: Vec<f64>,
    strong: Vec<f64>,
}

numbers!(Outcome { energy, strong });

/// Fine paths, and what is measured on them.
struct Fine<'a> {
    source: &'a Source,
    /// Those that levels are fitted to.
    paths: FinePaths,
    /// Ends of others, draw by draw.
    truths: Vec<Points>,
    meter: Meter<'a>,
    report: &'a Report,
}

/// What fitted coefficients come to.
struct Fitted {
    /// How many there are.
    numbers: usize,
    /// The strong error on the paths that they were fitted to.
    left: f64,
    /// And on others.
    strong: Estimate,
}

numbers!(Fitted { numbers, left, strong });

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let methods = Method::all(&p.names("samplers"))?;
    let unfit = methods.iter().find(|method| method.info.stochastic || method.info.evaluations > 1);
    if let Some(method) = unfit {
        let what = format!(
            "{} can’t be measured on fine paths: choose samplers with one evaluation a step and without noise",
            method.label
        );
        return Err(StudyError::Unfit { field: "samplers", what });
    }
    let source = if p.choice("target") == "model" { Source::learned(&context)? } else { Source::exact(ring()) };
    let grids = Grids {
        methods,
        budgets: p.counts("budgets"),
        paths: fewer(p.integer("paths"), source.kind()),
        points: fewer(p.integer("points"), source.kind()),
        seed: p.integer("seed") as u64,
    };
    Ok(Run::new(grids.outline(source.kind()), move |report| grids.run(source, report)))
}

/// Grids made by hand of one kind, one for each start.
fn by_hand(kind: usize, steps: usize) -> Result<Vec<Vec<Level>>, StudyError> {
    STARTS
        .into_iter()
        .map(|first| {
            Ok(match kind {
                0 => log_linear(steps, LAST, first),
                1 => {
                    let mut edm = Choice::new("edm", &[("sigma_max", first), ("sigma_min", LAST)]);
                    edm.parameters.insert("end".into(), Value::Text("first".into()));
                    schedule::levels(&edm.name, &edm.parameters, steps)?
                }
                // Between the same ends as the others: alpha_bar is the squared cosine of an angle that falls evenly.
                _ => {
                    let (from, to) = (first.atan(), LAST.atan());
                    let angle = |i: usize| from + (to - from) * i as f64 / steps as f64;
                    (0..=steps).map(|i| Level::from_sigma(angle(i).tan())).collect()
                }
            })
        })
        .collect()
}

impl Grids {
    fn fits(&self, kind: DataKind) -> bool {
        kind == DataKind::Points
    }

    fn outline(&self, kind: DataKind) -> Outline {
        let mut samplers: Vec<String> = self.methods.iter().map(|method| method.label.clone()).collect();
        if self.fits(kind) {
            samplers.push("Fitted coefficients".into());
        }
        let errors = Table {
            key: "errors",
            caption: "Errors from fresh noise; ± is the standard error over draws of it".into(),
            columns: vec![
                Column::names("sampler", "Sampler", samplers.clone()),
                Column::names("grid", "Noise levels", KINDS.map(String::from).into()),
                Column::number("evaluations", "Network evaluations"),
                Column::number("energy", "Energy distance").uncertain("energy_error"),
                Column::error("energy_error"),
                Column::number("strong", "Strong error").uncertain("strong_error"),
                Column::error("strong_error"),
                Column::number("first", "First level σ"),
            ],
            keys: 3,
        };
        let most = self.budgets.last().copied().unwrap_or(1);
        let levels = Table {
            key: "levels",
            caption: format!("The levels σ of each sampler’s optimised grid of {most} steps"),
            columns: vec![
                Column::names("sampler", "Sampler", [samplers, vec!["Log-linear, for comparison".into()]].concat()),
                Column::number("step", "Step"),
                Column::number("sigma", "Noise level σ"),
            ],
            keys: 2,
        };
        let ranking = |title: &str, value| View::Ranking {
            title: title.into(),
            table: "errors",
            rows: vec!["sampler", "grid"],
            columns: "evaluations",
            value,
        };
        let views = vec![
            ranking("Energy distance within so many network evaluations", "energy"),
            ranking("Strong error within so many network evaluations", "strong"),
            View::Lines {
                title: format!("Noise levels of {most} steps"),
                table: "levels",
                x: "step",
                y: vec!["sigma"],
                by: Some("sampler"),
                log: (false, true),
                slopes: None,
            },
        ];
        Outline { tables: vec![errors, levels], views }
    }

    async fn run(self, source: Source, report: Report) -> Result<(), StudyError> {
        let images = !self.fits(source.kind());
        let candidates = if images { CANDIDATES.1 } else { CANDIDATES.0 };
        let levels = log_linear(candidates - 1, LAST, FIRST);
        let meter = report.meter(self.work(&source, candidates));

        report.doing("Following fine paths");
        // The draws of the measurement have seeds 1000 seed + draw.
        let paths = source.paths(&levels, self.paths, 1000 * self.seed + 999, &meter).await?;
        let mut truths = Vec::with_capacity(DRAWS);
        for draw in 0..DRAWS {
            let fine = source.paths(&levels, self.points / DRAWS, self.drawn(draw), &meter).await?;
            truths.push(fine.ends());
        }
        let fine = Fine { source: &source, paths, truths, meter, report: &report };
        let most = self.budgets.last().copied().unwrap_or(1);
        self.put_levels(&report, self.methods.len() + usize::from(!images), &log_linear(most, LAST, 10.0));
        // First the samplers, and then the fits.
        let compute = async |index: usize| match self.methods.get(index) {
            Some(method) => Ok((self.gains(index, method, candidates, &fine).await?, None)),
            None => {
                let budget = self.budgets[index - self.methods.len()];
                Ok((Vec::new(), Some(self.fit(budget, &fine).await?)))
            }
        };
        let (mut gains, mut sentences) = (vec![Vec::new(); self.budgets.len()], Vec::new());
        let each = |index: usize, (own, fitted): (Vec<Gain>, Option<Fitted>), _| {
            gains.iter_mut().zip(own).for_each(|(gains, gain)| gains.push(gain));
            if index + 1 == self.methods.len() {
                self.budgets.iter().zip(&gains).for_each(|(budget, gains)| conclude(*budget, gains, &report));
            }
            if let Some(Fitted { numbers, left, strong }) = fitted {
                let budget = self.budgets[index - self.methods.len()];
                let (left, strong) = (short(left), plus_minus(strong));
                sentences.push(format!(
                    "{budget} steps, {numbers} numbers: {left} on the paths they were fitted to, {strong} on others"
                ));
            }
        };
        let fits = if images { 0 } else { self.budgets.len() };
        report.parts(self.methods.len() + fits, compute, each).await?;
        if !images {
            report.say(format!("Strong error with fitted coefficients. {}.", sentences.join("; ")));
        }
        Ok(())
    }

    /// What the sampler counted `index` gains, by budget; nothing where single steps can't be measured.
    async fn gains(
        &self,
        index: usize,
        method: &Method,
        candidates: usize,
        fine: &Fine<'_>,
    ) -> Result<Vec<Gain>, StudyError> {
        let report = fine.report;
        report.doing(&format!("Errors of single steps, {}", method.label));
        let mut errors = StepErrors::new(&fine.paths);
        // A map's steps are learned: how far off each is can't be said from the paths alone.
        let measurable = !method.info.uses_map;
        for from in 0..if measurable { candidates - 1 } else { 0 } {
            let build = || method.build::<Points>().expect("a sampler that was built before");
            errors
                .measure(&fine.paths, from, build)
                .map_err(|error| StudyError::Unfit { field: "samplers", what: format!("{}: {error}", method.label) })?;
            fine.meter.advance(MEASURED * from as f64 / candidates as f64).await;
        }
        report.doing(&format!("Measuring {}", method.label));
        let mut gains = Vec::new();
        for &budget in &self.budgets {
            let mut hand = Vec::with_capacity(BY_HAND);
            for kind in 0..BY_HAND {
                let levels = self.best_start(method, by_hand(kind, budget)?, fine).await?;
                let found = self.measured(method, &levels, fine).await?;
                self.put(report, [index, kind, budget], &found, levels[0]);
                hand.push(found);
            }
            if !measurable {
                continue;
            }
            let levels = errors.best_grid(budget);
            let programme = self.measured(method, &levels, fine).await?;
            self.put(report, [index, PROGRAMME, budget], &programme, levels[0]);
            let levels = refined_grid(levels, async |levels: &[Level]| self.off(method, levels, fine).await).await?;
            let refined = self.measured(method, &levels, fine).await?;
            self.put(report, [index, REFINED, budget], &refined, levels[0]);
            if Some(&budget) == self.budgets.last() {
                self.put_levels(report, index, &levels);
            }
            gains.push(Gain { own: [programme, refined], hand });
        }
        Ok(gains)
    }

    fn drawn(&self, draw: usize) -> u64 {
        1000 * self.seed + draw as u64
    }

    /// Evaluations of batches, roughly, as they are counted.
    fn work(&self, source: &Source, candidates: usize) -> f64 {
        let steps: usize = self.budgets.iter().sum();
        let grids = (BY_HAND * STARTS.len() + DRAWS * FITTED) as f64;
        let measuring = source.measuring() * (DRAWS * FITTED * self.budgets.len()) as f64;
        let descents: f64 = self.budgets.iter().map(|&steps| TRIALS * (steps * steps) as f64).sum();
        let paths = (candidates * (DRAWS + 1)) as f64;
        let methods = self.methods.len() as f64;
        let fits: f64 = match self.fits(source.kind()) {
            true => {
                self.budgets.iter().map(|n| ((ROUNDS * (n * (n + 5) / 2 + 1) + 1 + DRAWS) * n) as f64).sum::<f64>()
                    + source.measuring() * (DRAWS * self.budgets.len()) as f64
            }
            false => 0.0,
        };
        paths + methods * (steps as f64 * grids + measuring + descents + 0.5 * MEASURED * candidates as f64) + fits
    }

    /// The grid whose runs end nearest to the ends of the fine paths.
    async fn best_start(
        &self,
        method: &Method,
        grids: Vec<Vec<Level>>,
        fine: &Fine<'_>,
    ) -> Result<Vec<Level>, StudyError> {
        let mut best = (f64::INFINITY, Vec::new());
        for levels in grids {
            let error = self.off(method, &levels, fine).await?;
            if error < best.0 || best.1.is_empty() {
                best = (error, levels);
            }
        }
        Ok(best.1)
    }

    /// How far runs on `levels` end from the fine paths that levels are fitted to.
    async fn off(&self, method: &Method, levels: &[Level], fine: &Fine<'_>) -> Result<f64, StudyError> {
        let off = self.residuals(method, levels, &fine.paths.ends(), fine).await?;
        Ok(off.iter().map(|value| value * value).sum())
    }

    async fn measured(&self, method: &impl Begins, levels: &[Level], fine: &Fine<'_>) -> Result<Outcome, StudyError> {
        let Fine { source, truths, meter, .. } = fine;
        let mut outcome = Outcome { energy: Vec::new(), strong: Vec::new() };
        for (draw, truth) in truths.iter().enumerate() {
            let samples = source.samples(method, levels, truth.len(), self.drawn(draw), meter).await?;
            let ends = Points::new(truth.dimension(), samples.iter().map(|&value| f64::from(value)).collect());
            let off = Points::combine(&[(1.0, &ends), (-1.0, truth)]);
            outcome.strong.push(off.rms().await * (truth.dimension() as f64).sqrt());
            outcome.energy.push(source.distance(&samples));
            meter.advance(source.measuring()).await;
        }
        Ok(outcome)
    }

    fn put(&self, report: &Report, key: [usize; 3], found: &Outcome, first: Level) {
        let [energy, strong] = [&found.energy, &found.strong].map(|values| Estimate::of(values));
        let values = [energy.mean, energy.standard_error, strong.mean, strong.standard_error, first.sigma()];
        report.row("errors", &[&key.map(|key| key as f64)[..], &values].concat());
    }

    fn put_levels(&self, report: &Report, index: usize, levels: &[Level]) {
        for (step, level) in levels.iter().enumerate() {
            report.row("levels", &[index as f64, step as f64, level.sigma()]);
        }
    }

    /// Where `method` ends less where the fine paths that levels are fitted to do, at `ends`, in clean points, value by value.
    async fn residuals(
        &self,
        method: &impl Begins,
        levels: &[Level],
        ends: &Points,
        fine: &Fine<'_>,
    ) -> Result<Vec<f64>, StudyError> {
        let seed = 1000 * self.seed + 999;
        let samples = fine.source.samples(method, levels, ends.len(), seed, &fine.meter).await?;
        Ok(samples.iter().zip(ends.values()).map(|(&found, end)| f64::from(found) - end).collect())
    }

    /// Coefficients of a multistep sampler for `budget` steps, fitted to where the fine paths end.
    async fn fit(&self, budget: usize, fine: &Fine<'_>) -> Result<Fitted, StudyError> {
        let (index, report) = (self.methods.len(), fine.report);
        report.doing(&format!("Fitting the coefficients of {budget} steps"));
        let ends = fine.paths.ends();
        let run = async |solver: &FittedSolver| self.residuals(solver, solver.levels(), &ends, fine).await;
        let (solver, left) = FittedSolver::ddim(log_linear(budget, LAST, 5.0)).fitted(ROUNDS, run).await?;
        let found = self.measured(&solver, solver.levels(), fine).await?;
        self.put(report, [index, FITTED, budget], &found, solver.levels()[0]);
        if Some(&budget) == self.budgets.last() {
            self.put_levels(report, index, solver.levels());
        }
        let left = left * (ends.dimension() as f64).sqrt();
        Ok(Fitted { numbers: solver.numbers().len(), left, strong: Estimate::of(&found.strong) })
    }
}

/// Runs that a descent takes for each level, roughly.
const TRIALS: f64 = 14.0;
/// What measuring all single steps costs, in evaluations, roughly.
const MEASURED: f64 = 40.0;

/// What one sampler gains at one number of evaluations: by the dynamic programme, by the descent from there, and by hand.
#[derive(Clone)]
struct Gain {
    own: [Outcome; 2],
    hand: Vec<Outcome>,
}

numbers!(Gain { own, hand });

impl Gain {
    /// Whether one of its own grids is ahead of the best that was made by hand, or behind, in one of the two errors.
    fn verdict(&self, own: usize, error: fn(&Outcome) -> &Vec<f64>) -> Ordering {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let Some(best) = self.hand.iter().map(error).min_by(|a, b| mean(a).total_cmp(&mean(b))) else {
            return Ordering::Equal;
        };
        let Estimate { mean, standard_error } = Estimate::of_differences(error(&self.own[own]), best);
        if mean.abs() <= SURE * standard_error { Ordering::Equal } else { mean.total_cmp(&0.0) }
    }
}

/// Says for how many samplers their own grids are ahead of the best that was made by hand, and behind.
fn conclude(budget: usize, gains: &[Gain], report: &Report) {
    let counts = |own: usize, error: fn(&Outcome) -> &Vec<f64>| {
        let of = |wanted| gains.iter().filter(|gain| gain.verdict(own, error) == wanted).count();
        format!("{} – {} – {}", of(Ordering::Less), of(Ordering::Equal), of(Ordering::Greater))
    };
    let both = |own| {
        format!(
            "{} by the energy distance and {} by the strong error",
            counts(own, |o| &o.energy),
            counts(own, |o| &o.strong)
        )
    };
    report.say(format!(
        "Within {budget} evaluations, against the best levels made by hand for each of {} samplers, ahead – level – behind: the dynamic programme \
         {}; refined by where runs end {}.",
        gains.len(),
        both(0),
        both(1)
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_by_hand_share_their_last_level() {
        for kind in 0..BY_HAND {
            for levels in by_hand(kind, 5).expect("grids") {
                assert_eq!(levels.len(), 6);
                assert!((levels[5].sigma() - LAST).abs() < 1e-12);
                assert!(levels.windows(2).all(|pair| pair[0].sigma() > pair[1].sigma()));
            }
        }
    }
}
