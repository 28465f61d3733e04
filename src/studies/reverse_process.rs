//! One reverse process from a description in JSON: the same call natively, in the worker, and for whoever wants to check us.
//!
//! ```json
//! {"target": {"mixture": {"weights": [1], "means": [[0, 0]], "covariances": [[[1, 0], [0, 1]]]}},
//!  "schedule": {"name": "log_linear", "steps": 5, "sigma_max": 40}, "sampler": {"name": "deis", "order": 2},
//!  "start": [[0.3, -0.2]], "precision": "f64"}
//! ```
//!
//! `target` may be `{"points": [[..]]}`, `schedule` `{"alpha_bars": [..]}` (noisiest first), `sampler` a string. `start` holds VP
//! states at the first level. `noise` holds one array like `start` for each draw of a stochastic sampler, in the order of the
//! draws; for samplers that draw twice a step, `noise2` may hold every second one. Without `noise`, draws come from `seed`.

use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::denoiser::Denoiser;
use crate::distribution::EmpiricalOnDevice;
use crate::distribution::MixtureError;
use crate::distribution::{Empirical, Mixture};
use crate::level::Level;
use crate::parameters::{Choice, Values};
use crate::sampler::{self, SamplerError, Trajectory};
use crate::schedule::{self, ScheduleError};
use crate::state::{Points, State, cause};

/// Most points, steps and dimensions of a description, so that a slip of a finger does not fill the memory.
const MOST: usize = 1 << 24;
/// Most pairs of a point to move and a point of the target.
const MOST_PAIRS: usize = 1 << 27;
/// Largest size of a coordinate.
const LARGEST: f64 = 1e9;
/// Least noise power but none at all, of an `alpha_bar` that is given: what is left of a number in double precision beside 1.
const LEAST_NOISE: f64 = 1e-12;

/// Why a description can't be run. Each sentence begins with the field that is at fault.
#[derive(Debug, Error)]
#[allow(missing_docs)] // The messages say it.
pub enum RunError {
    #[error("{0}")]
    Json(String),
    #[error("sampler: {0}")]
    Sampler(#[from] SamplerError),
    #[error("schedule: {0}")]
    Schedule(#[from] ScheduleError),
    #[error("schedule: steps must be a whole number, beside the name")]
    Steps,
    #[error(
        "schedule: it begins at alpha_bar = {first:.1e}, and {precision} precision holds no signal below {least:.0e}; take \
         \"precision\": \"f64\", or a schedule that begins with less noise"
    )]
    Held { first: f64, least: f64, precision: &'static str },
    #[error("schedule.alpha_bars: {0}")]
    AlphaBars(String),
    #[error("target.mixture: {0}")]
    Mixture(#[from] MixtureError),
    #[error("{field}: {what}")]
    Shape { field: &'static str, what: String },
    #[error("noise: the sampler drew {drawn} times, and {given} arrays were given")]
    TooLittleNoise { drawn: usize, given: usize },
    #[error("trajectory: the run did not stay finite; the sampler may be unstable on this schedule")]
    NotFinite,
    #[error("precision: the device did not answer: {0}")]
    Device(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    target: Target,
    schedule: Grid,
    sampler: Sampler,
    start: Vec<Vec<f64>>,
    noise: Option<Vec<Vec<Vec<f64>>>>,
    noise2: Option<Vec<Vec<Vec<f64>>>>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    precision: Precision,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Target {
    Mixture { weights: Vec<f64>, means: Vec<Vec<f64>>, covariances: Vec<Vec<Vec<f64>>> },
    Points(Vec<Vec<f64>>),
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected an object with a name and steps, or with alpha_bars")]
enum Grid {
    Levels(Levels),
    Named(Choice),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Levels {
    alpha_bars: Vec<f64>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a name, or an object with a name and parameters")]
enum Sampler {
    Name(String),
    Choice(Choice),
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Precision {
    #[default]
    F64,
    F32,
}

/// What a run did.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// VP states at every level, the start first: `[levels][n][d]`.
    pub trajectory: Vec<Vec<Vec<f64>>>,
    /// Evaluations of the denoiser.
    pub evaluations: usize,
    /// The levels visited.
    pub alpha_bars: Vec<f64>,
}

/// A description that can be run.
struct Plan {
    sampler: (&'static str, Values),
    levels: Vec<Level>,
    start: Points,
    noise: Option<Vec<Points>>,
    seed: u64,
}

/// Runs `description`, in double precision on the CPU or in single precision on `device`, as it says.
///
/// # Errors
/// [`RunError`], whose sentence begins with the field at fault.
pub async fn run(description: &str, device: &Device) -> Result<Outcome, RunError> {
    let mut reader = serde_json::Deserializer::from_str(description);
    let description: Description = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        RunError::Json(if path == "." { error.to_string() } else { format!("{path}: {error}") })
    })?;
    reader.end().map_err(|error| RunError::Json(error.to_string()))?;
    let start = points("start", description.start, None)?;
    let dimension = start.dimension();
    let plan = Plan {
        sampler: description.sampler.resolve()?,
        levels: description.schedule.levels(description.precision)?,
        noise: interleave(description.noise, description.noise2, &start)?,
        seed: description.seed,
        start,
    };
    plan.check()?;
    let pairs = plan.start.len();
    match (description.target, description.precision) {
        (Target::Mixture { weights, means, covariances }, precision) => {
            let mixture = Mixture::new(&weights, &means, &covariances)?;
            if mixture.dimension() != dimension {
                let what = format!("points have {dimension} coordinates, and the target {}", mixture.dimension());
                return Err(RunError::Shape { field: "start", what });
            }
            match precision {
                Precision::F64 => plan.double(&mixture).await,
                Precision::F32 => plan.single(&mixture, device).await,
            }
        }
        (Target::Points(rows), precision) => {
            let data = points("target.points", rows, Some(dimension))?;
            if data.len().saturating_mul(pairs) > MOST_PAIRS {
                let what = format!("more than {MOST_PAIRS} pairs of them and the points of start");
                return Err(RunError::Shape { field: "target.points", what });
            }
            match precision {
                Precision::F64 => plan.double(&Empirical::new(data)).await,
                Precision::F32 => plan.single(&EmpiricalOnDevice::new(data.to_device(device)), device).await,
            }
        }
    }
}

impl Sampler {
    fn resolve(self) -> Result<(&'static str, Values), SamplerError> {
        let Choice { name, parameters } = match self {
            Sampler::Name(name) => Choice { name, parameters: Values::new() },
            Sampler::Choice(choice) => choice,
        };
        let (sampler, mut values) = sampler::resolve(&name).ok_or(SamplerError::Unknown(name))?;
        values.extend(parameters);
        // Names and values are checked here, before anything is run.
        sampler::build::<()>(sampler, &values)?;
        Ok((sampler, values))
    }
}

impl Grid {
    fn levels(self, precision: Precision) -> Result<Vec<Level>, RunError> {
        match self {
            Grid::Levels(Levels { alpha_bars }) => {
                let wrong = |what| Err(RunError::AlphaBars(what));
                if alpha_bars.is_empty() {
                    return wrong("there must be one number or more".into());
                }
                for (index, &alpha_bar) in alpha_bars.iter().enumerate() {
                    if !(alpha_bar > 0.0 && alpha_bar <= 1.0) {
                        return wrong(format!("number {index} is {alpha_bar:?}; each must be above 0 and up to 1"));
                    }
                    if alpha_bar < precision.least_alpha_bar() {
                        let (least, name) = (precision.least_alpha_bar(), precision.name());
                        return wrong(format!(
                            "number {index} is {alpha_bar:?}, and {name} precision holds no signal below {least:?}"
                        ));
                    }
                    if alpha_bar < 1.0 && 1.0 - alpha_bar < LEAST_NOISE {
                        return wrong(format!(
                            "number {index} is {alpha_bar:?}, and its distance from 1, the noise, is below {LEAST_NOISE:?}: \
                             more than is left in a number so close to 1"
                        ));
                    }
                }
                Ok(alpha_bars.into_iter().map(Level::from_alpha_bar).collect())
            }
            Grid::Named(Choice { name, mut parameters }) => {
                let steps = match parameters.remove("steps") {
                    Some(crate::parameters::Value::Number(steps)) if steps.fract() == 0.0 && steps >= 0.0 => steps,
                    _ => return Err(RunError::Steps),
                };
                let levels = schedule::levels(&name, &parameters, steps as usize)?;
                let (first, least) = (levels[0].alpha_bar(), precision.least_alpha_bar());
                if first < least {
                    return Err(RunError::Held { first, least, precision: precision.name() });
                }
                Ok(levels)
            }
        }
    }
}

impl Precision {
    /// Signal powers below this one are lost: samplers divide by them, and multiply what rounding left by as much.
    fn least_alpha_bar(self) -> f64 {
        match self {
            Precision::F64 => 1e-12,
            // As for lanes: the noise level 300.
            Precision::F32 => 1e-5,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Precision::F64 => "double",
            Precision::F32 => "single",
        }
    }
}

impl Plan {
    fn check(&self) -> Result<(), RunError> {
        let walks = ["langevin", "annealed_langevin"].contains(&self.sampler.0);
        let rises = |pair: &[Level]| match walks {
            true => pair[0].sigma() < pair[1].sigma(),
            false => pair[0].sigma() <= pair[1].sigma(),
        };
        if let Some(index) = self.levels.windows(2).position(rises) {
            let what = format!("noise must fall from each level to the next, and from number {index} on it does not");
            return Err(RunError::AlphaBars(what));
        }
        if self.levels[0].sigma() == 0.0 {
            return Err(RunError::AlphaBars("the first level must have noise".into()));
        }
        sampler::check_lists(self.sampler.0, &self.sampler.1, self.levels.len() - 1)?;
        if self.levels.len() * self.start.values().len() > MOST {
            let what = format!("more than {MOST} numbers would come out");
            return Err(RunError::Shape { field: "start", what });
        }
        Ok(())
    }

    /// In double precision.
    async fn double(self, denoiser: &dyn Denoiser<Points>) -> Result<Outcome, RunError> {
        let (states, alpha_bars, evaluations) = self.states(denoiser, |points| points).await?;
        let trajectory = states.iter().map(|state| state.rows().map(<[f64]>::to_vec).collect()).collect();
        finish(trajectory, alpha_bars, evaluations)
    }

    /// Through Burn.
    async fn single(self, denoiser: &dyn Denoiser<Tensor<2>>, device: &Device) -> Result<Outcome, RunError> {
        let dimension = self.start.dimension();
        let (states, alpha_bars, evaluations) = self.states(denoiser, |points| points.to_device(device)).await?;
        let mut trajectory = Vec::with_capacity(states.len());
        for state in states {
            let data = state.into_data_async().await.map_err(|error| RunError::Device(cause(&error)))?;
            let values: Vec<f64> = data.iter::<f32>().map(f64::from).collect();
            trajectory.push(values.chunks_exact(dimension).map(<[f64]>::to_vec).collect());
        }
        finish(trajectory, alpha_bars, evaluations)
    }

    async fn states<S: State + 'static>(
        self,
        denoiser: &dyn Denoiser<S>,
        place: impl Fn(Points) -> S,
    ) -> Result<(Vec<S>, Vec<f64>, usize), RunError> {
        let (given, dimension, count) = (self.noise.as_ref().map(Vec::len), self.start.dimension(), self.start.len());
        let (mut listed, mut rng) = (self.noise.map(Vec::into_iter), ChaCha8Rng::seed_from_u64(self.seed));
        let drawn = std::cell::Cell::new(0);
        let draw = || {
            drawn.update(|drawn| drawn + 1);
            place(listed.as_mut().and_then(Iterator::next).unwrap_or_else(|| {
                Points::new(dimension, (0..count * dimension).map(|_| StandardNormal.sample(&mut rng)).collect())
            }))
        };
        let sampler = sampler::build(self.sampler.0, &self.sampler.1)?;
        let mut states = vec![place(self.start)];
        let mut run = Trajectory::new(sampler, Box::new(denoiser), self.levels, states[0].clone(), draw);
        while let Some(step) = run.next().await {
            states.push(step.state);
        }
        let alpha_bars = run.levels().iter().map(|level| level.alpha_bar()).collect();
        let evaluations = run.evaluations().0;
        match given {
            Some(given) if drawn.get() > given => Err(RunError::TooLittleNoise { drawn: drawn.get(), given }),
            _ => Ok((states, alpha_bars, evaluations)),
        }
    }
}

fn finish(trajectory: Vec<Vec<Vec<f64>>>, alpha_bars: Vec<f64>, evaluations: usize) -> Result<Outcome, RunError> {
    let finite = trajectory.iter().flatten().flatten().all(|value| value.is_finite());
    finite.then_some(Outcome { trajectory, evaluations, alpha_bars }).ok_or(RunError::NotFinite)
}

/// Rows of one length, and of `dimension` where that is given.
fn points(field: &'static str, rows: Vec<Vec<f64>>, dimension: Option<usize>) -> Result<Points, RunError> {
    let width = dimension.or(rows.first().map(Vec::len)).unwrap_or(0);
    let what = if rows.is_empty() || width == 0 {
        "there must be one point or more, of one coordinate or more".to_string()
    } else if let Some(row) = rows.iter().position(|row| row.len() != width) {
        format!("point {row} has {} coordinates and not {width}", rows[row].len())
    } else if let Some(row) = rows.iter().position(|row| row.iter().any(|x| x.abs() > LARGEST)) {
        format!("point {row} has a coordinate beyond {LARGEST:?}")
    } else {
        return Ok(Points::new(width, rows.concat()));
    };
    Err(RunError::Shape { field, what })
}

/// The draws in their order: those of `noise`, with those of `noise2` in between where they are given.
fn interleave(
    noise: Option<Vec<Vec<Vec<f64>>>>,
    noise2: Option<Vec<Vec<Vec<f64>>>>,
    start: &Points,
) -> Result<Option<Vec<Points>>, RunError> {
    let list = |field, list: Option<Vec<Vec<Vec<f64>>>>| -> Result<Option<Vec<Points>>, RunError> {
        let draw = |rows: Vec<Vec<f64>>| match rows.len() == start.len() {
            true => points(field, rows, Some(start.dimension())),
            false => Err(RunError::Shape { field, what: format!("each array needs {} points", start.len()) }),
        };
        list.map(|list| list.into_iter().map(draw).collect()).transpose()
    };
    Ok(match (list("noise", noise)?, list("noise2", noise2)?) {
        (Some(first), Some(second)) if first.len() == second.len() => {
            Some(first.into_iter().zip(second).flat_map(|(first, second)| [first, second]).collect())
        }
        (first, None) => first,
        _ => {
            let what = "as many arrays as in noise are needed".to_string();
            return Err(RunError::Shape { field: "noise2", what });
        }
    })
}
