//! How it is measured.

use crate::distribution::{Exact, Mixture};
use crate::level::Level;
use crate::metrics::cells::Cells;
use crate::parameters::{Checked, Choice, Value};
use crate::sampler::Trajectory;
use crate::state::Points;
use crate::studies::common::method::Method;
use crate::studies::common::points::{noised, normal};
use crate::studies::common::words::percent;
use crate::studies::{Column, Context, Line, Outline, Report, Run, StudyError, Table, View};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Standard deviation of a mode.
const WIDTH: f64 = 0.25;
/// Most samplers at once: each has a picture of its own.
const PICTURES: [&str; 8] =
    ["density_1", "density_2", "density_3", "density_4", "density_5", "density_6", "density_7", "density_8"];
/// Measurements along the way.
const MEASUREMENTS: usize = 50;
/// Cells of a picture's position.
const CELLS: usize = 60;
/// Evaluations of so many points between two rests.
const BATCH: usize = 2000;

struct Langevin {
    methods: Vec<Method>,
    grid: Choice,
    modes: Modes,
    left: bool,
    evaluations: usize,
    points: usize,
    seed: u64,
}

/// Two round Gaussians in the plane, side by side and with their common mean at the origin.
struct Modes {
    both: Mixture,
    left: Mixture,
    middle: f64,
    distance: f64,
    /// The share of the distribution that is nearer to the right-hand mode.
    share: f64,
}

impl Modes {
    fn new(distance: f64, weight: f64) -> Self {
        let means = [vec![-weight * distance, 0.0], vec![(1.0 - weight) * distance, 0.0]];
        let round = vec![vec![WIDTH * WIDTH, 0.0], vec![0.0, WIDTH * WIDTH]];
        let distribution = |weights: &[f64], means: &[Vec<f64>]| {
            Mixture::new(weights, means, &vec![round.clone(); weights.len()]).expect("round modes are a mixture")
        };
        let line = Mixture::new(
            &[1.0 - weight, weight],
            &means.clone().map(|mean| vec![mean[0]]),
            &vec![vec![vec![WIDTH * WIDTH]]; 2],
        )
        .expect("its shadow on the line is one too");
        let middle = (0.5 - weight) * distance;
        Self {
            share: line.mass(middle, f64::INFINITY, Level::CLEAN),
            both: distribution(&[1.0 - weight, weight], &means),
            left: distribution(&[1.0], &means[..1]),
            middle,
            distance,
        }
    }

    fn on_the_right(&self, y: f64) -> bool {
        y > self.middle
    }
}

pub(in crate::studies) fn begin(p: Checked<'_>, _: Context) -> Result<Run, StudyError> {
    let unfit = |field, what: String| Err(StudyError::Unfit { field, what });
    let modes = Modes::new(WIDTH * p.number("distance"), p.number("weight"));
    let mut methods = Method::all(&p.names("samplers"))?;
    if methods.len() > PICTURES.len() {
        return unfit("samplers", format!("there can be {} at most, not {}", PICTURES.len(), methods.len()));
    }
    for method in &mut methods {
        let (key, value) = match method.info.value {
            "langevin" => ("h", p.number("step") * WIDTH * WIDTH),
            "annealed_langevin" => ("inner", p.number("inner")),
            _ => continue,
        };
        *method = method.with([(key.to_string(), Value::Number(value))].into_iter().collect())?;
    }
    let study = Langevin {
        methods,
        grid: p.grid("grid"),
        modes,
        left: p.choice("start") == "left",
        evaluations: p.integer("evaluations"),
        points: p.integer("count"),
        seed: p.integer("seed") as u64,
    };
    crate::schedule::check(&study.grid)?;
    for method in &study.methods {
        if method.levels(&study.grid, study.evaluations).is_none() {
            let what = format!("{} can’t do anything with {}: allow more", method.label, study.evaluations);
            return unfit("evaluations", what);
        }
    }
    let outline = study.outline();
    Ok(Run::new(outline, move |report| study.run(report)))
}

/// One sampler's walkers.
struct Walk<'a> {
    run: Trajectory<'a, Points>,
    state: Points,
    level: Level,
    steps: usize,
    /// On which side each began.
    began: Vec<bool>,
}

impl Walk<'_> {
    fn sides(&self, modes: &Modes) -> Vec<bool> {
        let signal = self.level.signal_scale();
        self.state.rows().map(|row| modes.on_the_right(row[0] / signal)).collect()
    }
}

impl Langevin {
    fn outline(&self) -> Outline {
        let labels: Vec<String> = self.methods.iter().map(|method| method.label.clone()).collect();
        let by = |names: &[String]| Column::names("sampler", "Sampler", names.to_vec());
        let share = || Column::number("share", "Share in the right-hand mode").uncertain("share_error");
        let truth = || Column::number("truth", "True share").line(Line::Theory);
        let evaluations = || Column::number("evaluations", "Evaluations of the denoiser");
        let way = Table {
            key: "way",
            caption: "Share of points nearer to the right-hand mode on the way; ± is the binomial standard error"
                .into(),
            columns: vec![by(&labels), evaluations(), share(), Column::error("share_error"), truth()],
            keys: 2,
        };
        let mut named = labels.clone();
        named.push("The truth".into());
        let ends = Table {
            key: "ends",
            caption:
                "Where each ended: the share nearer to the right-hand mode with its binomial standard error, how many of those errors it is \
                 off the true share, the share of points that ended on another side than they began, and the \
                 width of the cloud around its nearest mode over a mode’s own"
                    .into(),
            columns: vec![
                by(&named),
                evaluations(),
                share(),
                Column::error("share_error"),
                Column::number("off", "Standard errors off"),
                Column::number("crossed", "Crossed over"),
                Column::number("width", "Width over a mode’s").uncertain("width_error"),
                Column::error("width_error"),
            ],
            keys: 1,
        };
        let mut columns =
            vec![evaluations(), Column::number("position", "Position between the modes (variance-preserving)")];
        columns.extend(PICTURES.iter().zip(&labels).map(|(key, label)| Column::number(key, label)));
        let density = Table {
            key: "density",
            caption: "Share of points in each cell of the position along the line through both modes, over that of the fullest cell \
                      at that moment. Noisy points are scaled to stay in the picture (x = y/√(1 + σ²)); Langevin’s have hardly any noise"
                .into(),
            columns,
            keys: 2,
        };
        let views = vec![
            View::Lines {
                title: "Share of points in the right-hand mode".into(),
                table: "way",
                x: "evaluations",
                y: vec!["share", "truth"],
                by: Some("sampler"),
                log: (false, false),
                slopes: None,
            },
            View::Heat {
                title: "Where the points are on the way".into(),
                table: "density",
                x: "evaluations",
                y: "position",
                values: PICTURES[..labels.len()].to_vec(),
                paths: None,
            },
            View::Bars {
                title: "Share in the right-hand mode at the end".into(),
                table: "ends",
                label: "sampler",
                value: "share",
                stack: None,
            },
        ];
        Outline { tables: vec![way, ends, density], views }
    }

    /// The walkers of `method` before their first step. Langevin's begin at the last level, the others' at the first.
    fn walk(&self, method: &Method, index: usize) -> Result<Walk<'_>, StudyError> {
        let Some((levels, _)) = method.levels(&self.grid, self.evaluations) else {
            let what = format!("{} is too dear", method.label);
            return Err(StudyError::Unfit { field: "evaluations", what });
        };
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(index as u64);
        let mut sampler = method.build::<Points>()?;
        let level = sampler.plan(levels.clone())[0];
        let noise = normal(self.points, 2, &mut rng);
        let state = match self.left {
            true => noised(&self.modes.left.draw(self.points, &mut rng), &noise, level),
            // At a heavy noise level all that is left is that level's noise; at little, a cloud around both modes.
            false if level.sigma() > self.modes.distance => noise,
            false => {
                let scale = 0.5 * self.modes.distance;
                let row = |row: &[f64]| [scale * row[0] + self.modes.middle, scale * row[1]];
                let cloud = Points::new(2, noise.rows().flat_map(row).collect());
                noised(&cloud, &normal(self.points, 2, &mut rng), level)
            }
        };
        let points = self.points;
        let run = Trajectory::new(sampler, Box::new(&self.modes.both), levels, state.clone(), move || {
            normal(points, 2, &mut rng)
        });
        let mut walk = Walk { run, state, level, steps: 0, began: Vec::new() };
        walk.began = walk.sides(&self.modes);
        Ok(walk)
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let mut walks = Vec::new();
        for (index, method) in self.methods.iter().enumerate() {
            walks.push(self.walk(method, index)?);
        }
        let meter = report.meter((self.evaluations * walks.len()) as f64);
        // Wide enough for the cloud at the start and for both modes.
        let reach = |y: f64| (y.abs() + 4.0 * WIDTH).max(3.0);
        let wide = self.modes.distance;
        let cells = Cells::new(-reach(self.modes.middle - wide), reach(self.modes.middle + wide), CELLS);
        self.measure(&walks, 0, &cells, &report);
        let measurements = MEASUREMENTS.min(self.evaluations);
        let (mut before, mut rested) = (0, 0);
        for measurement in 1..=measurements {
            let until = measurement * self.evaluations / measurements;
            report.doing(&format!("Walking, {until} of {} evaluations", self.evaluations));
            for walk in &mut walks {
                // A step may cost several evaluations; it is taken when all of them are allowed.
                let cost = walk.run.evaluations().0.checked_div(walk.steps).unwrap_or(0).max(1);
                while walk.run.evaluations().0 + cost <= until {
                    let Some(step) = walk.run.next().await else { break };
                    walk.state = step.state;
                    walk.steps += 1;
                    walk.level = walk.run.levels()[walk.steps];
                    rested += self.points;
                    if rested >= BATCH {
                        rested = 0;
                        meter.advance(0.0).await;
                    }
                }
                meter.advance((until - before) as f64).await;
            }
            before = until;
            self.measure(&walks, until, &cells, &report);
        }
        // Steps that cost too much for the last measurement.
        for walk in &mut walks {
            while let Some(step) = walk.run.next().await {
                walk.state = step.state;
                walk.steps += 1;
                walk.level = walk.run.levels()[walk.steps];
                meter.advance(0.0).await;
            }
        }
        self.measure(&walks, self.evaluations, &cells, &report);
        self.conclude(&walks, &report);
        Ok(())
    }

    fn measure(&self, walks: &[Walk<'_>], evaluations: usize, cells: &Cells, report: &Report) {
        let (truth, low) = (self.modes.share, cells.edges().values()[0]);
        let mut density = vec![Vec::new(); walks.len()];
        for (index, walk) in walks.iter().enumerate() {
            let (share, error) = share(&walk.sides(&self.modes));
            report.row("way", &[index as f64, walk.run.evaluations().0 as f64, share, error, truth]);
            let mut counts = vec![0.0; cells.count()];
            for row in walk.state.rows() {
                let place = ((row[0] - low) / cells.width()).floor();
                if (0.0..cells.count() as f64).contains(&place) {
                    counts[place as usize] += 1.0;
                }
            }
            let most = counts.iter().copied().fold(1.0, f64::max);
            density[index] = counts.into_iter().map(|count| count / most).collect();
        }
        for (cell, position) in cells.centres().values().iter().enumerate() {
            let mut row = vec![evaluations as f64, *position];
            row.extend(density.iter().map(|density: &Vec<f64>| density[cell]));
            report.row("density", &row);
        }
    }

    fn conclude(&self, walks: &[Walk<'_>], report: &Report) {
        let truth = self.modes.share;
        let (mut right, mut wrong) = (Vec::new(), Vec::new());
        for (index, (method, walk)) in self.methods.iter().zip(walks).enumerate() {
            let sides = walk.sides(&self.modes);
            let (found, error) = share(&sides);
            // Under the hypothesis that the share is the true one: the found one's own error is zero when no point crossed.
            let off = (found - truth) / (truth * (1.0 - truth) / sides.len() as f64).sqrt();
            let crossed = sides.iter().zip(&walk.began).filter(|(a, b)| a != b).count() as f64 / sides.len() as f64;
            let spread = self.spread(walk);
            let spent = walk.run.evaluations().0;
            let row = [index as f64, spent as f64, found, error, off, crossed, spread.mean, spread.standard_error];
            report.row("ends", &row);
            let text = format!("{} ({} ± {})", method.label, percent(found), percent(error));
            if off.abs() < 4.0 {
                right.push(text)
            } else {
                wrong.push(text)
            }
            if method.info.value == "langevin" {
                let began = share(&walk.began).0;
                report.say(format!(
                    "{} began with {} of its points in the right-hand mode and ended with {}; {} of them changed sides in {spent} steps. \
                     {} belong there.",
                    method.label,
                    percent(began),
                    percent(found),
                    percent(crossed),
                    percent(truth),
                ));
            }
        }
        let nothing = f64::NAN;
        report.row("ends", &[walks.len() as f64, nothing, truth, 0.0, 0.0, nothing, 1.0, 0.0]);
        for (texts, what) in [(right, "agree with"), (wrong, "miss")] {
            if !texts.is_empty() {
                report.say(format!(
                    "After {} evaluations at most, these {what} the true share of {} (to four standard errors): {}.",
                    self.evaluations,
                    percent(truth),
                    texts.join(", "),
                ));
            }
        }
    }

    /// The root mean square distance from the nearest mode, over that of a mode's own points.
    fn spread(&self, walk: &Walk<'_>) -> crate::estimate::Estimate {
        let signal = walk.level.signal_scale();
        let half = 0.5 * self.modes.distance;
        let square = |row: &[f64]| {
            let along = (row[0] / signal - self.modes.middle).abs() - half;
            (along * along + (row[1] / signal).powi(2)) / (2.0 * WIDTH * WIDTH)
        };
        crate::estimate::Estimate::root_mean(&walk.state.rows().map(square).collect::<Vec<_>>())
    }
}

/// The share of true ones, and its binomial standard error.
fn share(sides: &[bool]) -> (f64, f64) {
    let count = sides.len() as f64;
    let share = sides.iter().filter(|side| **side).count() as f64 / count;
    (share, (share * (1.0 - share) / count).sqrt())
}
