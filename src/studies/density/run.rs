//! How it is measured.

use super::text::{DRAWS, outline};
use crate::denoiser::Denoiser;
use crate::distribution::{Empirical, Exact, Mixture};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::cells::Cells;
use crate::metrics::change_of_variables::push_forward;
use crate::metrics::divergence::Divergence;
use crate::objective::Objective;
use crate::parameters::Checked;
use crate::schedule::log_linear;
use crate::state::{Points, State};
use crate::studies::common::method::Method;
use crate::studies::common::paths::follow;
use crate::studies::common::points::read;
use crate::studies::common::seeds::{Seeds, over};
use crate::studies::common::targets::line;
use crate::studies::common::trained::{dataset, denoiser, train_steps, trainer};
use crate::studies::common::words::plus_minus;
use crate::studies::report::Meter;
use crate::studies::{Context, Report, Run, StudyError};
use crate::training::TrainingOptions;
use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The noisiest level.
const START: f64 = 10.0;
/// Moments of the pictures after the first.
const MOMENTS: usize = 64;
/// Steps from one moment to the next.
const SUBSTEPS: usize = 2;
/// The interval of the line that pictures show, and its cells.
const FRAME: (f64, f64, usize) = (-3.2, 3.2, 128);
/// Cells whose ends are moved to follow a distribution, and how many deviations of the first distribution they cover.
const MOVED: (usize, f64) = (1024, 7.0);
/// Paths in a picture.
const PATHS: usize = 20;
/// Units of the network's hidden layers, and points it learns from.
const NETWORK: (usize, usize) = (64, 20_000);
/// Shares of the training after which the network's distribution is shown.
const SHOWN: [f64; 3] = [0.1, 0.4, 1.0];

struct Density {
    points: usize,
    stop: f64,
    training: usize,
    seeds: usize,
    seed: u64,
    device: Device,
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let density = Density {
        points: p.integer("known"),
        stop: p.number("stop"),
        training: p.integer("training"),
        seeds: p.integer("seeds"),
        seed: p.integer("seed") as u64,
        device: context.device().clone(),
    };
    Ok(Run::new(outline(density.points, density.seeds), move |report| density.run(report)))
}

/// What is known of one moment.
#[derive(Clone)]
struct Moment {
    level: Level,
    /// Densities in the cells of the picture.
    exact: Vec<f64>,
    learned: Vec<f64>,
    empirical: Vec<f64>,
    /// Total variation of the distribution that the steps make of the exact one under the exact denoiser.
    off: f64,
    /// Total variation of the learned distribution, ± a bound on what the numbers hide.
    learned_variation: Estimate,
    empirical_variation: Estimate,
}

impl Density {
    async fn run(self, report: Report) -> Result<(), StudyError> {
        let mixture = line();
        let levels = log_linear(MOMENTS, self.stop, START);
        let passes = SHOWN.len() + self.seeds + 1;
        let meter = report.meter((self.seeds * self.training + passes * MOMENTS * SUBSTEPS * 2) as f64);
        let seeds = Seeds::new(&report, self.seeds);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let sets: Vec<Points> = (0..DRAWS).map(|_| mixture.draw(self.points, &mut rng)).collect();

        report.doing("Following the exact distribution");
        let flow = Flow::new(&mixture, levels[0]);
        let mut moments = Vec::new();
        for &level in &levels {
            moments.push(moment(&mixture, &sets, level));
            show(&seeds, &moments[moments.len() - 1]);
            meter.advance(0.0).await;
        }
        let mut state = flow.start.clone();
        for (i, &level) in levels.iter().enumerate() {
            if i > 0 {
                state = flow.on(&mixture, &levels[i - 1..=i], state, &meter).await?;
            }
            moments[i].off = flow.variation(&mixture, state.values(), level).map_or(f64::NAN, |(off, _)| off);
            flow.show(&seeds, 0, level, state.values());
        }
        report.doing("Following the empirical denoiser");
        let known = Empirical::new(sets[0].clone());
        let mut state = Points::new(1, flow.start.values()[flow.cells + 1..].to_vec());
        for (i, &level) in levels.iter().enumerate() {
            if i > 0 {
                state = flow.on(&known, &levels[i - 1..=i], state, &meter).await?;
            }
            paths(&seeds, 2, level, state.values());
        }
        let one = async |number: usize| {
            // What the first one shows on its way is enough.
            let shown = &SHOWN[if number == 0 { 0 } else { SHOWN.len() - 1 }..];
            self.learn((self.seed + number as u64, shown), &flow, moments.clone(), &seeds, &meter).await
        };
        let ends = seeds.all(one).await?;
        self.findings(&sets, &moments, over(&ends), &report);
        Ok(())
    }

    /// Trains a network, and follows its distribution to each of `moments`; returns how far it is off at the last.
    async fn learn(
        &self,
        (seed, shown): (u64, &[f64]),
        flow: &Flow,
        mut moments: Vec<Moment>,
        seeds: &Seeds<'_>,
        meter: &Meter<'_>,
    ) -> Result<Estimate, StudyError> {
        let mixture = line();
        let options =
            TrainingOptions { objective: Objective::Simple, budget: self.training, ..TrainingOptions::points() };
        let data = dataset(&mixture, NETWORK.1, 1, seed);
        let mut network = trainer(data, NETWORK.0, options, seed, &self.device);
        for share in shown {
            seeds.doing("Training a small network");
            let steps = (share * self.training as f64).round() as usize;
            let missing = steps.saturating_sub(network.step());
            train_steps(&mut network, missing, meter).await;
            seeds.doing(&format!("Following its distribution after {steps} steps of training"));
            let learned = denoiser(&network);
            let mut state = flow.start.to_device(&self.device);
            for i in 0..moments.len() {
                let level = moments[i].level;
                if i > 0 {
                    state = flow.on(&learned, &[moments[i - 1].level, level], state, meter).await?;
                }
                let images: Vec<f64> = read(state.clone()).await?.into_iter().map(f64::from).collect();
                moments[i].learned = flow.densities(&images);
                let found = flow.variation(&mixture, &images, level);
                moments[i].learned_variation = found.map_or(Estimate::UNKNOWN, |(mean, hidden)| Estimate {
                    mean,
                    standard_error: hidden + moments[i].off,
                });
                show(seeds, &moments[i]);
                flow.show(seeds, 1, level, &images);
            }
        }
        Ok(moments[moments.len() - 1].learned_variation)
    }

    fn findings(&self, sets: &[Points], moments: &[Moment], learned: Estimate, report: &Report) {
        let spacing = sets.iter().map(spacing).sum::<f64>() / sets.len() as f64;
        let last = &moments[moments.len() - 1];
        let half = moments.windows(2).find_map(|pair| {
            let (a, b) = (pair[0].empirical_variation.mean, pair[1].empirical_variation.mean);
            let along = (0.5 - a) / (b - a);
            let sigma =
                |along: f64| pair[0].level.sigma() * (pair[1].level.sigma() / pair[0].level.sigma()).powf(along);
            (a < 0.5 && b >= 0.5).then(|| sigma(along))
        });
        let points = self.points;
        report.say(match half {
            Some(sigma) => format!(
                "Half of the empirical distribution is in the wrong place once σ has fallen to {sigma:.3}, {:.2} of the mean distance between \
                 neighbours among its {points} points, {spacing:.3}.",
                sigma / spacing
            ),
            None => format!(
                "Stopped at σ = {}, the empirical distribution of {points} points is still only {:.2} of total variation away from the truth: \
                 its points lie {spacing:.3} apart on average.",
                self.stop, last.empirical_variation.mean
            ),
        });
        report.say(format!(
            "At the end, σ = {}, the learned distribution is {} away from the exact one, and the empirical distribution {}.",
            self.stop,
            plus_minus(learned),
            plus_minus(last.empirical_variation)
        ));
    }
}

/// Mean distance between neighbours among points on the line, two at least.
fn spacing(points: &Points) -> f64 {
    let ends = points.values().iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
    (ends.1 - ends.0) / (points.len() - 1) as f64
}

/// What closed forms say of the distributions at `level`.
fn moment(mixture: &Mixture, sets: &[Points], level: Level) -> Moment {
    let frame = Cells::new(FRAME.0, FRAME.1, FRAME.2);
    let edges = frame.edges();
    let density = |mass: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
        edges.values().windows(2).map(|pair| mass(pair[0], pair[1]) / frame.width()).collect()
    };
    let sets: Vec<Empirical> = sets.iter().map(|points| Empirical::new(points.clone())).collect();
    // Fine enough for the empirical distribution's peaks.
    let (low, high) = mixture.support(level, 8.0);
    let count = (6.0 * (high - low) / level.noise_scale()).clamp(256.0, 16_384.0) as usize;
    let cells = Cells::new(low, high, count);
    let truth = cells.masses(|from, to| mixture.mass(from, to, level));
    let off = |data: &Empirical| {
        Divergence::of_masses(&cells.masses(|from, to| data.mass(from, to, level)), &truth).total_variation
    };
    Moment {
        level,
        exact: density(&|from, to| mixture.mass(from, to, level)),
        learned: vec![f64::NAN; FRAME.2],
        empirical: density(&|from, to| sets[0].mass(from, to, level)),
        off: f64::NAN,
        learned_variation: Estimate::UNKNOWN,
        empirical_variation: Estimate::of(&sets.iter().map(off).collect::<Vec<_>>()),
    }
}

fn show(seeds: &Seeds<'_>, moment: &Moment) {
    let lambda = -moment.level.sigma().ln();
    let centres = Cells::new(FRAME.0, FRAME.1, FRAME.2).centres();
    for (i, &x) in centres.values().iter().enumerate() {
        seeds.row("density", &[lambda, x, moment.exact[i], moment.learned[i], moment.empirical[i]]);
    }
    let (learned, empirical) = (moment.learned_variation, moment.empirical_variation);
    let [learned, empirical] = [learned, empirical].map(|found| [found.mean, found.standard_error]);
    seeds.row("variation", &[&[moment.level.sigma()], &learned[..], &empirical[..], &[lambda]].concat());
}

fn paths(seeds: &Seeds<'_>, picture: usize, level: Level, x: &[f64]) {
    for (path, &x) in x.iter().enumerate() {
        seeds.row("paths", &[picture as f64, path as f64, -level.sigma().ln(), x]);
    }
}

/// Ends of cells, and starting points of paths, on their way together.
struct Flow {
    /// `[cells + 1 + PATHS, 1]`.
    start: Points,
    cells: usize,
    from: Level,
    /// Mass of the first distribution up to each cell's end.
    below: Vec<f64>,
    method: Method,
}

impl Flow {
    fn new(mixture: &Mixture, from: Level) -> Self {
        let (low, high) = mixture.support(from, MOVED.1);
        let edges = Cells::new(low, high, MOVED.0).edges();
        let below: Vec<f64> = edges.values().iter().map(|&x| mixture.mass(f64::NEG_INFINITY, x, from)).collect();
        let quantile = |path: usize| {
            let share = (path as f64 + 0.5) / PATHS as f64;
            between(&below, edges.values(), share)
        };
        let start = Points::new(1, edges.values().iter().copied().chain((0..PATHS).map(quantile)).collect());
        let method = Method::named("edm_heun").expect("a sampler of the table");
        Self { start, cells: MOVED.0, from, below, method }
    }

    /// The next moment's states.
    async fn on<S: State + 'static>(
        &self,
        denoiser: &dyn Denoiser<S>,
        pair: &[Level],
        state: S,
        meter: &Meter<'_>,
    ) -> Result<S, StudyError> {
        let mut levels = log_linear(SUBSTEPS, pair[1].sigma(), pair[0].sigma());
        (levels[0], levels[SUBSTEPS]) = (pair[0], pair[1]);
        follow(&self.method, denoiser, &levels, state, || unreachable!("it draws no noise"), meter).await
    }

    /// Densities in the picture's cells of the distribution whose cells have their ends at `images`.
    fn densities(&self, images: &[f64]) -> Vec<f64> {
        let frame = Cells::new(FRAME.0, FRAME.1, FRAME.2);
        // Single precision may bring two ends out of order by its last digit.
        let mut highest = f64::NEG_INFINITY;
        let rising = images[..=self.cells].iter().map(|&x| {
            highest = highest.max(x);
            highest
        });
        let rising: Vec<f64> = rising.collect();
        let below: Vec<f64> = frame.edges().values().iter().map(|&x| between(&rising, &self.below, x)).collect();
        below.windows(2).map(|pair| (pair[1] - pair[0]) / frame.width()).collect()
    }

    /// Total variation from the exact distribution at `level`, and how much that changes with half as many cells. `None` where the map does
    /// not rise.
    fn variation(&self, mixture: &Mixture, images: &[f64], level: Level) -> Option<(f64, f64)> {
        let distribution = |level: Level| move |low: f64, high: f64| mixture.mass(low, high, level);
        let off = |every: usize| {
            let thin = |x: &[f64]| Points::new(1, x[..=self.cells].iter().step_by(every).copied().collect());
            let images = thin(images);
            push_forward(&thin(self.start.values()), distribution(self.from), |_| images, distribution(level))
                .map(|divergence| divergence.total_variation)
        };
        let (fine, coarse) = (off(1).ok()?, off(2).ok()?);
        Some((fine, (fine - coarse).abs()))
    }

    fn show(&self, seeds: &Seeds<'_>, picture: usize, level: Level, images: &[f64]) {
        paths(seeds, picture, level, &images[self.cells + 1..]);
    }
}

/// The value at `x` of the broken line through `(xs, ys)`, `xs` rising; flat outside.
fn between(xs: &[f64], ys: &[f64], x: f64) -> f64 {
    let right = xs.partition_point(|&other| other <= x);
    if right == 0 {
        return ys[0];
    }
    if right == xs.len() {
        return ys[ys.len() - 1];
    }
    let along = (x - xs[right - 1]) / (xs[right] - xs[right - 1]);
    ys[right - 1] + along * (ys[right] - ys[right - 1])
}
