//! How it is measured.

use crate::data::DataKind;
use crate::denoiser::{Denoiser, NetworkDenoiser, Prediction};
use crate::distribution::Empirical;
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::memorisation::{RelativeError, nearest, relative_errors};
use crate::parameters::{Checked, Choice, Value};
use crate::schedule;
use crate::state::{Points, State};
use crate::studies::common::points::{batch, fewer, noise_of, normal, rows};
use crate::studies::common::words::{percent, plus_minus, short};
use crate::studies::report::Meter;
use crate::studies::{Column, Context, Line, Outline, Report, Run, StudyError, Table, View};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const DESCENTS: [&str; 2] = ["DDIM", "Gradient descent on the distance"];
/// Coordinates that are compared between two rests.
const WORK: usize = 2_000_000;
/// Most numbers of the data that distances are taken to.
const MOST: usize = 400_000;

enum Maker {
    Exact(Empirical),
    Learned(Box<NetworkDenoiser>, burn::tensor::Device),
}

struct Projection {
    maker: Maker,
    kind: DataKind,
    data: Points,
    /// Mean of the data: all that is left of it at the first level.
    mean: Vec<f64>,
    labels: Vec<&'static str>,
    grids: Vec<Vec<Level>>,
    error: f64,
    count: usize,
    seed: u64,
}

/// What a denoiser has said already.
struct Said(Points);

impl Denoiser<Points> for Said {
    fn noise(&self, _: &Points, _: Level) -> Points {
        self.0.clone()
    }

    fn noise_and_turn(&self, x: &Points, level: Level) -> Prediction<Points> {
        Prediction { noise: self.noise(x, level), turn: Points::new(x.dimension(), vec![0.0; x.values().len()]) }
    }
}

/// Distances at each level, one for each path, and what was checked there.
#[derive(Clone, Default)]
struct Measured {
    distances: Vec<f64>,
    checks: Vec<RelativeError>,
}

pub(in crate::studies) fn begin(p: Checked<'_>, context: Context) -> Result<Run, StudyError> {
    let unfit = |field, what: String| Err(StudyError::Unfit { field, what });
    let seed = p.integer("seed") as u64;
    let (maker, kind, data, error) = if p.choice("target") == "model" {
        let (denoiser, data, _) = context.model()?;
        let known = rows(&data.train, data.dimension, 0, data.len().min((MOST / data.dimension).max(1)));
        (Maker::Learned(Box::new(denoiser), context.device().clone()), data.kind, known, 0.0)
    } else {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let data = normal(p.integer("known"), p.integer("dimension"), &mut rng);
        (Maker::Exact(Empirical::new(data.clone())), DataKind::Points, data, p.number("error"))
    };
    let (mut grids, mut labels) = (Vec::new(), Vec::new());
    for name in p.names("grids") {
        let Some(info) = schedule::TABLE.iter().find(|info| info.value == name) else {
            return unfit("grids", format!("there is no schedule called “{name}”"));
        };
        if !info.parameters.iter().any(|parameter| parameter.key == "sigma_max") {
            return unfit("grids", format!("{} has ends of its own, so it can’t be compared", info.label));
        }
        let mut grid =
            Choice::new(&name, &[("sigma_max", p.number("sigma_max")), ("sigma_min", p.number("sigma_min"))]);
        grid.parameters.insert("end".into(), Value::Text("first".into()));
        grids.push(schedule::levels(&grid.name, &grid.parameters, p.integer("steps"))?);
        labels.push(info.label);
    }
    let d = data.dimension();
    let mut mean = vec![0.0; d];
    for row in data.rows() {
        mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / data.len() as f64);
    }
    let count = fewer(p.integer("count"), kind);
    let study = Projection { maker, kind, data, mean, labels, grids, error, count: count.max(2), seed };
    Ok(Run::new(study.outline(), move |report| study.run(report)))
}

impl Projection {
    fn outline(&self) -> Outline {
        let names = |key, label, names: &[&str]| Column::names(key, label, names.iter().map(|n| (*n).into()).collect());
        let sigma = || Column::number("sigma", "Noise level σ");
        let step = || Column::number("step", "Step");
        let pair = |key, label: &str, error| [Column::number(key, label).uncertain(error), Column::error(error)];
        let what = match &self.maker {
            Maker::Exact(_) => format!("{} random points in {} dimensions", self.data.len(), self.data.dimension()),
            Maker::Learned(..) => format!("{} training points", self.data.len()),
        };
        let with =
            if self.error > 0.0 { format!(", with a relative error of {} put in", self.error) } else { String::new() };
        let error = "± is one standard error over paths";
        let mut path = vec![names("descent", "Descent", &DESCENTS), step(), sigma()];
        path.extend(pair("distance", "Mean distance to the data", "distance_error"));
        path.push(Column::number("spread", "Spread over paths"));
        path.push(Column::number("expected", "√d σ").line(Line::Theory));
        let mut check = vec![step(), sigma()];
        check.extend(pair(
            "eta",
            "η: denoised point off the projection, over the distance (root mean squares)",
            "eta_error",
        ));
        check.extend(pair("nu", "ν: √d σ over the distance (root mean square)", "nu_error"));
        check.push(Column::number("one", "ν where the level is the distance").line(Line::Theory));
        let mut tracking = vec![names("grid", "Noise levels", &self.labels), step(), sigma()];
        tracking.extend(pair("ratio", "Distance over √d σ, root mean square", "ratio_error"));
        let mut ends = vec![names("grid", "Noise levels", &self.labels)];
        ends.extend(pair("ratio", "Distance left over √d σ, root mean square", "ratio_error"));
        ends.push(Column::number("random", "Expected of random errors").line(Line::Theory));
        ends.push(Column::number("bound", "At most, of errors in any direction").line(Line::Theory));
        ends.push(Column::number("factor", "Largest factor between levels"));
        let table = |key, caption: String, columns, keys| Table { key, caption, columns, keys };
        let lines = |title: &str, table, y, by, log| View::Lines {
            title: title.into(),
            table,
            x: "sigma",
            y,
            by,
            log,
            slopes: None,
        };
        let first = self.labels[0];
        Outline {
            tables: vec![
                table("path", format!("Distance to the nearest of {what}, levels {first}; {error}"), path, 2),
                table("check", format!("DDIM’s denoiser as a projection, levels {first}; {error}"), check, 1),
                table("tracking", format!("Distance over √d σ along DDIM’s path{with}; {error}"), tracking, 2),
                table(
                    "grids",
                    format!("Where DDIM’s path ends after {} steps{with}; {error}", self.grids[0].len() - 1),
                    ends,
                    1,
                ),
            ],
            views: vec![
                lines(
                    "The distance is the noise level",
                    "path",
                    vec!["distance", "expected"],
                    Some("descent"),
                    (true, true),
                ),
                lines("Is it a projection?", "check", vec!["eta", "nu", "one"], None, (true, false)),
                lines("How well the distance keeps up", "tracking", vec!["ratio"], Some("grid"), (true, true)),
                View::Bars {
                    title: "Distance left at the end, over √d σ: 1 is right".into(),
                    table: "grids",
                    label: "grid",
                    value: "ratio",
                    stack: None,
                },
            ],
        }
    }

    async fn run(self, report: Report) -> Result<(), StudyError> {
        let d = self.data.dimension();
        let rows = (WORK / self.data.values().len()).clamp(1, 256);
        let rows = rows.min(batch(self.kind));
        let steps = self.grids[0].len();
        let mut paths = vec![vec![Measured::default(); steps]; DESCENTS.len()];
        let mut tracks = vec![vec![Measured::default(); steps]; self.grids.len()];
        let meter = report.meter((self.count.div_ceil(rows) * steps * (DESCENTS.len() + self.grids.len())) as f64);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(1);
        for first in (0..self.count).step_by(rows) {
            let count = rows.min(self.count - first);
            report.doing(&format!("Following {} of {} paths", first + count, self.count));
            let noise = normal(count, d, &mut rng);
            for (descent, measured) in paths.iter_mut().enumerate() {
                self.descend(descent == 1, None, &self.grids[0], &noise, measured, &meter).await?;
            }
            for (grid, measured) in self.grids.iter().zip(&mut tracks) {
                let mut errors = rng.clone();
                self.descend(false, Some(&mut errors), grid, &noise, measured, &meter).await?;
            }
            // The next paths’ noise and errors are others.
            rng.set_stream(2 + (first / rows) as u64);
            if first + count >= 2 {
                self.put(&paths, &tracks, &report);
            }
        }
        self.conclude(&paths, &tracks, &report);
        Ok(())
    }

    /// Goes down `levels` from `noise`: by the denoiser, with errors put in if there are `errors`, or by exact projections.
    async fn descend(
        &self,
        exactly: bool,
        mut errors: Option<&mut ChaCha8Rng>,
        levels: &[Level],
        noise: &Points,
        measured: &mut [Measured],
        meter: &Meter<'_>,
    ) -> Result<(), StudyError> {
        let d = self.data.dimension();
        let start = levels[0].signal_scale().recip();
        let row = |row: &[f64]| row.iter().zip(&self.mean).map(|(x, mean)| start * x + mean).collect::<Vec<f64>>();
        // In VE states, y = x0 + sigma noise.
        let mut y = Points::new(d, noise.rows().flat_map(row).collect());
        for (index, level) in levels.iter().enumerate() {
            let found = nearest(&y, &self.data);
            measured[index].distances.extend(found.iter().map(|nearest| nearest.distance));
            let next = levels.get(index + 1);
            let mut velocity = if exactly {
                let to = |(y, nearest): (&[f64], &crate::metrics::memorisation::Nearest)| {
                    let point = &self.data.values()[nearest.index * d..(nearest.index + 1) * d];
                    y.iter().zip(point).map(|(y, p)| (y - p) / level.sigma()).collect::<Vec<f64>>()
                };
                Points::new(d, y.rows().zip(&found).flat_map(to).collect())
            } else {
                let x = Points::combine(&[(level.signal_scale(), &y)]);
                let said = match &self.maker {
                    Maker::Exact(data) => data.noise(&x, *level),
                    Maker::Learned(network, device) => noise_of(network, &x, *level, device).await?,
                };
                let said = Said(said);
                if errors.is_none() {
                    measured[index].checks.extend(relative_errors(&said, &x, *level, &self.data));
                }
                said.0
            };
            if let Some(rng) = errors.as_deref_mut().filter(|_| self.error > 0.0) {
                let random = normal(y.len(), d, rng);
                let of = |(row, nearest): (&[f64], &crate::metrics::memorisation::Nearest)| {
                    let length = row.iter().map(|u| u * u).sum::<f64>().sqrt();
                    let size = self.error * nearest.distance / level.sigma() / length;
                    row.iter().map(|u| size * u).collect::<Vec<f64>>()
                };
                let off = Points::new(d, random.rows().zip(&found).flat_map(of).collect());
                velocity = Points::combine(&[(1.0, &velocity), (1.0, &off)]);
            }
            if let Some(next) = next {
                y = Points::combine(&[(1.0, &y), (next.sigma() - level.sigma(), &velocity)]);
            }
            meter.advance(1.0).await;
        }
        Ok(())
    }

    fn expected(&self, level: Level) -> f64 {
        (self.data.dimension() as f64).sqrt() * level.sigma()
    }

    /// Root mean square distance over `√d σ`.
    fn ratio(&self, measured: &Measured, level: Level) -> Estimate {
        let square = |distance: &f64| (distance / self.expected(level)).powi(2);
        Estimate::root_mean(&measured.distances.iter().map(square).collect::<Vec<_>>())
    }

    fn put(&self, paths: &[Vec<Measured>], tracks: &[Vec<Measured>], report: &Report) {
        for (descent, path) in paths.iter().enumerate() {
            for (step, (measured, level)) in path.iter().zip(&self.grids[0]).enumerate() {
                let mean = Estimate::of(&measured.distances);
                let spread = mean.standard_error * (measured.distances.len() as f64).sqrt();
                let row = [mean.mean, mean.standard_error, spread, self.expected(*level)];
                report.row("path", &[&[descent as f64, step as f64, level.sigma()], &row[..]].concat());
            }
        }
        for (step, (measured, level)) in paths[0].iter().zip(&self.grids[0]).enumerate() {
            let [eta, nu] = checked(measured);
            let row = [eta.mean, eta.standard_error, nu.mean, nu.standard_error, 1.0];
            report.row("check", &[&[step as f64, level.sigma()], &row[..]].concat());
        }
        for (index, (grid, track)) in self.grids.iter().zip(tracks).enumerate() {
            for (step, (measured, level)) in track.iter().zip(grid).enumerate() {
                let ratio = self.ratio(measured, *level);
                report.row("tracking", &[index as f64, step as f64, level.sigma(), ratio.mean, ratio.standard_error]);
            }
            let ratio = self.ratio(&track[track.len() - 1], grid[grid.len() - 1]);
            let factors = || grid.windows(2).map(|pair| pair[0].sigma() / pair[1].sigma());
            let random: f64 = factors().map(|r| 1.0 + (self.error * (r - 1.0)).powi(2)).product::<f64>().sqrt();
            let bound: f64 = factors().map(|r| 1.0 - self.error + self.error * r).product();
            let known = matches!(self.maker, Maker::Exact(_));
            let [random, bound] = [random, bound].map(|value| if known { value } else { f64::NAN });
            let most = factors().fold(0.0, f64::max);
            report.row("grids", &[index as f64, ratio.mean, ratio.standard_error, random, bound, most]);
        }
    }

    fn conclude(&self, paths: &[Vec<Measured>], tracks: &[Vec<Measured>], report: &Report) {
        let grid = &self.grids[0];
        let off = |path: &[Measured]| {
            let ratios = path
                .iter()
                .zip(grid)
                .map(|(measured, level)| Estimate::of(&measured.distances).mean / self.expected(*level));
            ratios.enumerate().fold((0, 1.0_f64), |most, (step, ratio)| {
                if (ratio - 1.0).abs() > (most.1 - 1.0).abs() { (step, ratio) } else { most }
            })
        };
        let [(step, ddim), (_, descent)] = [off(&paths[0]), off(&paths[1])];
        let ends = (short(grid[0].sigma()), short(grid[grid.len() - 1].sigma()));
        let far = short(grid[step].sigma());
        report.say(if (ddim - 1.0).abs() < 0.25 {
            format!(
                "From σ = {} to {} the mean distance to the data stays within {} of √d σ on DDIM’s path (farthest at σ = {far}), and \
                 within {} by gradient descent with the same step sizes.",
                ends.0,
                ends.1,
                percent((ddim - 1.0).abs()),
                percent((descent - 1.0).abs()),
            )
        } else {
            let why = match (ddim > 1.0, &self.maker) {
                (true, Maker::Learned(..)) => "Its points are new ones, not copies of those that these distances are to.",
                (true, Maker::Exact(_)) => "So few steps, or so few dimensions, leave it behind.",
                (false, _) => "Points that lie among the data are near some of it, whatever the noise.",
            };
            format!(
                "The mean distance to the data does not follow √d σ here: on DDIM’s path it is {} times that at σ = {far}. {why}",
                short(ddim),
            )
        });
        let etas: Vec<f64> = paths[0].iter().map(|measured| checked(measured)[0].mean).collect();
        let worst = (0..etas.len()).max_by(|a, b| etas[*a].total_cmp(&etas[*b])).unwrap_or(0);
        let last = etas[etas.len() - 1];
        report.say(format!(
            "The denoised point is farthest from the projection at σ = {}: {} of the distance to the data. At the end it is {}.",
            short(grid[worst].sigma()),
            short(etas[worst]),
            if last < 1e-6 { "less than a millionth".into() } else { short(last) },
        ));
        let end = |(index, track): (usize, &Vec<Measured>)| {
            let ratio = self.ratio(&track[track.len() - 1], self.grids[index][track.len() - 1]);
            format!("{} {}", self.labels[index], plus_minus(ratio))
        };
        let ends: Vec<String> = tracks.iter().enumerate().map(end).collect();
        let with =
            if self.error > 0.0 { format!(" and a relative error of {} put in", self.error) } else { String::new() };
        report.say(format!(
            "After {} steps{with}, the distance left is so many times √d σ: {}.",
            grid.len() - 1,
            ends.join(", "),
        ));
    }
}

/// `eta` and `nu`, each a ratio of root mean squares: distances may be as good as nothing for some paths.
fn checked(measured: &Measured) -> [Estimate; 2] {
    let squares =
        |of: &dyn Fn(&RelativeError) -> f64| measured.checks.iter().map(|check| of(check).powi(2)).collect::<Vec<_>>();
    let distance = squares(&|check| check.nearest.distance);
    let off = squares(&|check| check.eta * check.nearest.distance);
    let expected = squares(&|check| check.nu * check.nearest.distance);
    [Estimate::root_ratio(&off, &distance), Estimate::root_ratio(&expected, &distance)]
}
