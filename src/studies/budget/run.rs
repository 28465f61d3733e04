//! How it is measured.

use super::text::MEASURES;
use crate::denoiser::NetworkDenoiser;
use crate::distribution::line::normal_mass;
use crate::distribution::{Exact, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::cells::Cells;
use crate::metrics::change_of_variables::{density_ratio_of, push_forward, stencil};
use crate::metrics::divergence::Divergence;
use crate::objective::Objective;
use crate::parameters::Checked;
use crate::sampler;
use crate::schedule::log_linear;
use crate::state::Points;
use crate::studies::common::method::Method;
use crate::studies::common::paths::follow;
use crate::studies::common::points::{noisy, normal, read};
use crate::studies::common::seeds::{Seeds, over};
use crate::studies::common::targets::{line, ring};
use crate::studies::common::trained::{dataset, denoiser, train_steps, trainer};
use crate::studies::common::words::plus_minus;
use crate::studies::report::Meter;
use crate::studies::{Column, Context, Line, Outline, Report, Run, StudyError, Table, View};
use crate::training::TrainingOptions;
use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const PARTS: [&str; 5] = ["Initialisation", "Discretisation", "Score", "Early stopping", "Everything at once"];
/// Steps of Heun's method that stand for infinitely many.
const FINE: usize = 128;
/// Cells on the line, and how many deviations of the first distribution they cover; points in the plane.
const CELLS: (usize, f64) = (2048, 8.0);
const POINTS: usize = 1024;
/// Steps of the differences that Jacobians are made of, in double and in single precision.
const DIFFERENCES: (f64, f64) = (1e-4, 1e-3);
/// A noise level too low to tell from none.
const NONE: f64 = 1e-9;
/// Units of the network's hidden layers, and points it learns from.
const NETWORK: (usize, usize) = (64, 20_000);
/// Shares of the training after which the network is measured.
const SHOWN: [f64; 3] = [0.1, 0.4, 1.0];
/// Largest noise levels of the second picture.
const RANGE: [f64; 13] = [0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 15.0, 25.0, 40.0, 80.0];

struct Budget {
    mixture: Mixture,
    /// Total variation, or else the Kullback-Leibler divergence.
    variation: bool,
    method: Method,
    fine: Method,
    steps: usize,
    sigma: (f64, f64),
    training: usize,
    seeds: usize,
    seed: u64,
    device: Device,
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let budget = Budget {
        mixture: if p.choice("target") == "line" { line() } else { ring() },
        variation: p.choice("measure") == "variation",
        method: Method::named(p.choice("sampler"))?,
        fine: Method::named("edm_heun")?,
        steps: p.integer("steps"),
        sigma: (p.number("sigma_min"), p.number("sigma_max")),
        training: p.integer("training"),
        seeds: p.integer("seeds"),
        seed: p.integer("seed") as u64,
        device: context.device().clone(),
    };
    Ok(Run::new(budget.outline(), move |report| budget.run(report)))
}

/// A distribution that runs start from.
#[derive(Clone, Copy)]
enum Origin {
    Noise,
    Exact(Level),
}

/// Where runs start: ends of cells, or a stencil of points with the logarithms of their densities, in parts of one size.
struct Start {
    origin: Origin,
    parts: Vec<Points>,
    log_density: Vec<f64>,
    difference: f64,
}

/// What a distribution is compared with: the exact one at the level, or the data's once the signal has its own size again.
#[derive(Clone, Copy)]
enum Aim {
    At(Level),
    Data(Level),
}

impl Budget {
    fn outline(&self) -> Outline {
        let (measure, unit) = if self.variation { (MEASURES[0].label, "") } else { (MEASURES[1].label, "nats") };
        let how = if self.mixture.dimension() == 1 {
            "bounds what cells and fine steps may hide"
        } else {
            "is the standard error over points, and for the network what fine steps and differences may hide as well"
        };
        let network = match self.seeds {
            1 => String::new(),
            seeds => format!("; where the network has a part, it is one standard error over {seeds} seeds of it"),
        };
        let parts = Table {
            key: "parts",
            caption: format!("{measure}: each part alone, and all at once; ± {how}{network}"),
            columns: vec![
                Column::names("part", "Part", PARTS.map(String::from).to_vec()),
                Column::names("stack", "Measured", vec!["One at a time".into(), "All at once".into()]),
                Column::number("error", measure).unit(unit).uncertain("uncertainty"),
                Column::error("uncertainty"),
            ],
            keys: 2,
        };
        let range = Table {
            key: "range",
            caption: format!(
                "{measure} of the two parts that depend on the largest noise level, with {} of {}; ± {how}",
                self.counted(),
                self.method.label
            ),
            columns: vec![
                Column::number("sigma_max", "Largest noise level σ"),
                Column::number("initialisation", PARTS[0]).unit(unit).uncertain("initialisation_error"),
                Column::error("initialisation_error"),
                Column::number("discretisation", PARTS[1]).unit(unit).uncertain("discretisation_error"),
                Column::error("discretisation_error"),
                Column::number("sum", "Both together").unit(unit).line(Line::Theory),
            ],
            keys: 1,
        };
        let bars = View::Bars {
            title: format!("What the error is made of ({})", measure.to_lowercase()),
            table: "parts",
            label: "part",
            value: "error",
            stack: Some("stack"),
        };
        let lines = View::Lines {
            title: "More noise at the start: initialisation falls, discretisation grows".into(),
            table: "range",
            x: "sigma_max",
            y: vec!["initialisation", "discretisation", "sum"],
            by: None,
            log: (true, true),
            slopes: None,
        };
        Outline { tables: vec![parts, range], views: vec![bars, lines] }
    }

    fn counted(&self) -> String {
        if self.steps == 1 { "one step".into() } else { format!("{} steps", self.steps) }
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let (top, stop) = (Level::from_sigma(self.sigma.1), Level::from_sigma(self.sigma.0));
        let (few, many) = (self.levels(self.steps, top), self.levels(FINE, top));
        let range: Vec<f64> = RANGE.into_iter().filter(|&sigma| sigma > 2.0 * self.sigma.0).collect();
        let spent = |method: &Method, levels: &[Level]| {
            Ok::<_, StudyError>(sampler::evaluations(method.build()?, levels.to_vec()) as f64)
        };
        let (few_cost, many_cost) = (spent(&self.method, &few)?, spent(&self.fine, &many)?);
        let parts = if self.mixture.dimension() == 1 { 1.0 } else { 2.0 * self.mixture.dimension() as f64 + 1.0 };
        let measured = (SHOWN.len() + self.seeds - 1) as f64;
        let runs = (1.0 + range.len() as f64) * few_cost + many_cost + measured * (few_cost + many_cost);
        let meter = report.meter((self.seeds * self.training) as f64 + parts * runs);

        report.doing("Measuring what needs no network");
        let exact = self.start(Origin::Exact(top), DIFFERENCES.0);
        let initialisation = self.still(Origin::Noise, Aim::At(top));
        let stopping = self.still(Origin::Exact(stop), Aim::Data(stop));
        let images = self.exact(&self.method, &few, &exact, &meter).await?;
        let found = [initialisation, self.distance(&exact, &images, Aim::At(stop)), stopping];
        for (part, off) in [0, 1, 3].into_iter().zip(found) {
            put(part, off, |row| report.row("parts", row));
        }
        self.range(&range, &report, &meter).await?;

        report.doing("Checking the fine steps");
        let (exact, noise) = (self.start(Origin::Exact(top), DIFFERENCES.1), self.start(Origin::Noise, DIFFERENCES.1));
        let images = self.exact(&self.fine, &many, &exact, &meter).await?;
        let hidden = self.distance(&exact, &images, Aim::At(stop)).map_or(f64::NAN, |off| off.mean);
        let seeds = Seeds::new(&report, self.seeds);
        let one = async |number: usize| {
            let seed = self.seed + number as u64;
            let options =
                TrainingOptions { objective: Objective::Simple, budget: self.training, ..TrainingOptions::points() };
            let data = dataset(&self.mixture, NETWORK.1, 1, seed);
            let mut network = trainer(data, NETWORK.0, options, seed, &self.device);
            let mut end = [None; 3];
            // What the first one shows on its way is enough.
            for share in &SHOWN[if number == 0 { 0 } else { SHOWN.len() - 1 }..] {
                seeds.doing("Training a small network");
                let steps = (share * self.training as f64).round() as usize;
                let missing = steps.saturating_sub(network.step());
                train_steps(&mut network, missing, &meter).await;
                seeds.doing(&format!("Measuring it after {steps} steps of training"));
                let learned = denoiser(&network);
                let images = self.learned(&learned, &self.fine, &many, &exact, &meter).await?;
                let score = self.distance(&exact, &images, Aim::At(stop));
                let score = score.map(|off| Estimate { standard_error: off.standard_error + hidden, ..off });
                let images = self.learned(&learned, &self.method, &few, &noise, &meter).await?;
                end = [
                    score,
                    self.distance(&noise, &images, Aim::Data(stop)),
                    self.distance(&noise, &images, Aim::At(stop)),
                ];
                for (part, off) in [2, 4].into_iter().zip(end) {
                    put(part, off, |row| seeds.row("parts", row));
                }
            }
            Ok(end)
        };
        let ends = seeds.all(one).await?;
        self.findings(&found, &ends, &report);
        Ok(())
    }

    fn levels(&self, steps: usize, top: Level) -> Vec<Level> {
        let mut levels = log_linear(steps, self.sigma.0, top.sigma());
        (levels[0], levels[steps]) = (top, Level::from_sigma(self.sigma.0));
        levels
    }

    fn start(&self, origin: Origin, difference: f64) -> Start {
        let d = self.mixture.dimension();
        if d == 1 {
            let (low, high) = match origin {
                Origin::Noise => (-CELLS.1, CELLS.1),
                Origin::Exact(level) => self.mixture.support(level, CELLS.1),
            };
            let parts = vec![Cells::new(low, high, CELLS.0).edges()];
            return Start { origin, parts, log_density: Vec::new(), difference };
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let points = match origin {
            Origin::Noise => normal(POINTS, d, &mut rng),
            Origin::Exact(level) => noisy(&self.mixture, level, POINTS, &mut rng),
        };
        let log_density = match origin {
            Origin::Noise => {
                let log = |row: &[f64]| -0.5 * row.iter().map(|x| x * x + std::f64::consts::TAU.ln()).sum::<f64>();
                points.rows().map(log).collect()
            }
            Origin::Exact(level) => Exact::log_density(&self.mixture, &points, level),
        };
        let all = stencil(&points, difference);
        let parts = all.values().chunks_exact(POINTS * d).map(|part| Points::new(d, part.to_vec())).collect();
        Start { origin, parts, log_density, difference }
    }

    async fn exact(
        &self,
        method: &Method,
        levels: &[Level],
        start: &Start,
        meter: &Meter<'_>,
    ) -> Result<Vec<Points>, StudyError> {
        let mut images = Vec::new();
        for part in &start.parts {
            let draw = || unreachable!("deterministic samplers draw no noise");
            images.push(follow(method, &self.mixture, levels, part.clone(), draw, meter).await?);
        }
        Ok(images)
    }

    async fn learned(
        &self,
        network: &NetworkDenoiser,
        method: &Method,
        levels: &[Level],
        start: &Start,
        meter: &Meter<'_>,
    ) -> Result<Vec<Points>, StudyError> {
        let mut images = Vec::new();
        for part in &start.parts {
            let draw = || unreachable!("deterministic samplers draw no noise");
            let end = follow(method, network, levels, part.to_device(&self.device), draw, meter).await?;
            images.push(Points::new(part.dimension(), read(end).await?.into_iter().map(f64::from).collect()));
        }
        Ok(images)
    }

    /// How far the distribution of `origin` itself is from `aim`.
    fn still(&self, origin: Origin, aim: Aim) -> Option<Estimate> {
        let start = self.start(origin, DIFFERENCES.0);
        self.distance(&start, &start.parts, aim)
    }

    /// How far the distribution is that was made of `start`; `None` where steps fold it over.
    fn distance(&self, start: &Start, images: &[Points], aim: Aim) -> Option<Estimate> {
        if self.mixture.dimension() > 1 {
            let d = self.mixture.dimension();
            let images = Points::new(d, images.iter().flat_map(|part| part.values().to_vec()).collect());
            let target = |x: &Points| match aim {
                Aim::At(level) => Exact::log_density(&self.mixture, x, level),
                Aim::Data(level) => {
                    let signal = level.signal_scale();
                    let y = Points::new(d, x.values().iter().map(|x| x / signal).collect());
                    let logs = Exact::log_density(&self.mixture, &y, Level::from_sigma(NONE));
                    logs.into_iter().map(|log| log - d as f64 * signal.ln()).collect()
                }
            };
            let divergence = density_ratio_of(&images, &start.log_density, target, start.difference);
            return divergence.map(|divergence| self.pick(divergence));
        }
        let off = |every: usize| {
            let thin = |x: &Points| Points::new(1, x.values().iter().step_by(every).copied().collect());
            let distribution = |from: f64, to: f64| match start.origin {
                Origin::Noise => normal_mass(from, to),
                Origin::Exact(level) => self.mixture.mass(from, to, level),
            };
            let target = |from: f64, to: f64| match aim {
                Aim::At(level) => self.mixture.mass(from, to, level),
                Aim::Data(level) => {
                    let signal = level.signal_scale();
                    self.mixture.mass(from / signal, to / signal, Level::CLEAN)
                }
            };
            push_forward(&thin(&start.parts[0]), distribution, |_| thin(&images[0]), target)
                .ok()
                .map(|divergence| self.pick(divergence))
        };
        let (mean, coarse) = (off(1)?, off(2)?);
        Some(Estimate { mean, standard_error: (mean - coarse).abs() })
    }

    fn pick<T>(&self, divergence: Divergence<T>) -> T {
        if self.variation { divergence.total_variation } else { divergence.kullback_leibler }
    }

    async fn range(&self, range: &[f64], report: &Report, meter: &Meter<'_>) -> Result<(), StudyError> {
        let stop = Level::from_sigma(self.sigma.0);
        let mut best = (f64::NAN, f64::INFINITY);
        let mut last = f64::NAN;
        for &sigma in range {
            let top = Level::from_sigma(sigma);
            let initial = self.still(Origin::Noise, Aim::At(top)).unwrap_or(Estimate::UNKNOWN);
            let start = self.start(Origin::Exact(top), DIFFERENCES.0);
            let images = self.exact(&self.method, &self.levels(self.steps, top), &start, meter).await?;
            let steps = self.distance(&start, &images, Aim::At(stop)).unwrap_or(Estimate::UNKNOWN);
            last = initial.mean + steps.mean;
            if last < best.1 {
                best = (sigma, last);
            }
            let row = [sigma, initial.mean, initial.standard_error, steps.mean, steps.standard_error, last];
            report.row("range", &row);
        }
        if best.1.is_finite() {
            report.say(format!(
                "With {} of {}, initialisation and discretisation together are least, {:.3}, from σ = {}{}.",
                self.counted(),
                self.method.label,
                best.1,
                best.0,
                if last.is_finite() { format!("; from σ = 80 they are {last:.3}") } else { String::new() }
            ));
        }
        Ok(())
    }

    /// `found` are initialisation, discretisation and early stopping. `ends` has for each network the score's part and the joint run's
    /// distances, from the data and from the exact distribution at the level where it stops.
    fn findings(&self, found: &[Option<Estimate>; 3], ends: &[[Option<Estimate>; 3]], report: &Report) {
        let all = |which: usize| ends.iter().map(|end| end[which]).collect::<Option<Vec<Estimate>>>();
        let ([Some(a), Some(b), Some(d)], Some(scores), Some(joint)) = (found, all(0), all(1)) else {
            report.say("So few steps fold the distribution over itself: points overtake each other, and there is no density to measure. Take more steps.".into());
            return;
        };
        let moved = |by: f64, score: &Estimate| Estimate { mean: score.mean + by, ..*score };
        // Network by network: how much too high its sum is.
        let against = |sums: &[Estimate], joint: &[Estimate]| {
            let much = |(sum, joint): (&Estimate, &Estimate)| Estimate {
                mean: 100.0 * (sum.mean / joint.mean - 1.0),
                standard_error: 0.0,
            };
            let much = over(&sums.iter().zip(joint).map(much).collect::<Vec<_>>());
            let word = if much.mean < 0.0 { "low" } else { "high" };
            format!("{} % too {word}", plus_minus(Estimate { mean: much.mean.abs(), ..much }))
        };
        let measure = if self.variation { "total variation" } else { "nats" };
        let sums: Vec<Estimate> = scores.iter().map(|score| moved(a.mean + b.mean + d.mean, score)).collect();
        report.say(format!(
            "One at a time the four parts add up to {}; everything at once is {} ({measure}). The sum is {}.",
            plus_minus(over(&sums)),
            plus_minus(over(&joint)),
            against(&sums, &joint)
        ));
        if let Some(stopped) = all(2) {
            let sums: Vec<Estimate> = scores.iter().map(|score| moved(a.mean + b.mean, score)).collect();
            report.say(format!(
                "Measured against the exact distribution at the level where it stops, as theorems do, everything at once is {}, and the three parts \
                 without early stopping add up to {}: {}.",
                plus_minus(over(&stopped)),
                plus_minus(over(&sums)),
                against(&sums, &stopped)
            ));
        }
        let parts = [*a, *b, over(&scores), *d].map(|part| part.mean);
        let largest = (0..4).max_by(|&i, &j| parts[i].total_cmp(&parts[j])).unwrap_or(0);
        report.say(format!(
            "The largest part is {}: {:.0} % of the sum.",
            PARTS[largest].to_lowercase(),
            100.0 * parts[largest] / parts.iter().sum::<f64>()
        ));
    }
}

/// Hands on the row of a part, where it has a density.
fn put(part: usize, found: Option<Estimate>, row: impl Fn(&[f64])) {
    if let Some(off) = found {
        row(&[part as f64, (part / 4) as f64, off.mean, off.standard_error]);
    }
}
