//! One lane's reverse process, in pieces that can be shown while the rest is still computed.

use burn::tensor::{Device, Tensor, TensorData};

use super::{KnownPixels, SessionError, morph};
use crate::data::DataKind;
use crate::denoiser::{Denoiser, Guidance, NetworkDenoiser};
use crate::estimate::Estimate;
use crate::level::Level;
use crate::metrics::noise_scale::NoiseScale;
use crate::network::NetworkConfig;
use crate::parameters::Choice;
use crate::sampler::Trajectory;
use crate::settings::{Lane, Settings, SettingsError};
use crate::sharing::{Alone, Helpers, Known, Noise, Shown, SplitRun, Task};
use crate::state::cause;

/// Frames that a run aims for: enough to look smooth, few enough to keep.
const FRAMES: usize = 48;
/// Images that a lane shows.
pub(super) const IMAGES: usize = 36;
/// Images that a lane is measured on: each of ten digits as often as the others.
const IMAGES_MEASURED: usize = 30;
/// Points that a lane is measured on before its end, where all are.
const MEASURED: usize = 500;

/// What a lane is measured on.
#[derive(Clone)]
pub(super) struct Scales {
    /// At its last step.
    pub(super) end: NoiseScale,
    /// At those before, with less of the data.
    pub(super) passing: NoiseScale,
}

/// The data that a lane's samples are to be like.
pub(super) struct Target<'a> {
    pub(super) kind: DataKind,
    /// Mean of the training points, `[d]`.
    pub(super) mean: &'a [f32],
    /// What they are measured on; nothing where no points are held out.
    pub(super) scale: Option<Scales>,
    /// The class that each is conditioned on, if they are.
    pub(super) classes: Vec<u8>,
}

/// Some frames of a lane, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// Index of the first frame of these.
    pub first: usize,
    /// VP states, row-major `[frames, points, dimension]`.
    pub states: Vec<f32>,
    /// The clean points expected at the start of each shown step of these, row-major `[shown steps, points, dimension]`.
    pub denoised: Vec<f32>,
    /// Noise level of each frame.
    pub sigmas: Vec<f32>,
    /// Sampler step each frame belongs to; a fraction between two steps.
    pub steps: Vec<f32>,
    /// How far the points are from held-out data at whole steps, in parts of how far noise is ([`NoiseScale::error`]); NaN between
    /// them, and where samples are conditioned on more than a class; infinite where a coordinate is not finite.
    pub errors: Vec<Estimate>,
    /// Evaluations spent so far.
    pub evaluations: usize,
    /// Their cost in evaluations of the velocity alone.
    pub cost: f64,
}

/// What predicts the noise of a lane.
pub(super) enum Predictor {
    /// A network of a shape, with the classes that it is asked for and their guidance: its points can be split among workers.
    Network(NetworkConfig, Box<NetworkDenoiser>, Option<(Vec<Option<u8>>, Guidance)>),
    /// Anything else.
    Other(Box<dyn Denoiser<Tensor<2>>>),
}

/// A reverse process under way. Between whole steps its frames show the sampler's own path: the curve that leaves in the
/// predicted direction and arrives where the step does, which is a straight line for DDIM.
pub struct LaneRun {
    run: SplitRun,
    levels: Vec<Level>,
    /// Nothing where no points are held out.
    scale: Option<Scales>,
    classes: Vec<u8>,
    kind: DataKind,
    points: usize,
    dimension: usize,
    /// Frames shown for one step (1 or more), and steps between shown ones (1 or more); one of the two is 1.
    inner: usize,
    stride: usize,
    step: usize,
    emitted: usize,
    /// VP states at the last shown step, row-major.
    last: Vec<f32>,
    known: Option<KnownPixels>,
    /// Whether its samples are measured: not where they are conditioned on known pixels or ends of a row.
    free: bool,
}

impl LaneRun {
    pub(super) fn new(
        settings: &Settings,
        lane: &Lane,
        (predictor, levels): (Predictor, Vec<Level>),
        Target { kind, mean, scale, classes }: Target<'_>,
        known: Option<&KnownPixels>,
        (helpers, device): (&impl Helpers, &Device),
    ) -> Result<Self, SessionError> {
        let dimension = mean.len();
        let (points, morphs) = match kind {
            DataKind::Points => (settings.points, false),
            DataKind::Images { .. } => (IMAGES, settings.morph),
        };
        // Noise of its own stream: every lane starts from the same, whatever training has drawn.
        let seed = u64::from(settings.seed);
        let mut noise = Noise::new(seed, 1);
        // Beyond the first level only the data's mean is left of the signal.
        let signal = levels[0].signal_scale() as f32;
        let mut last = noise.draw(points * dimension);
        if morphs {
            last = morph::rows(&last, dimension);
        }
        for row in last.chunks_exact_mut(dimension) {
            row.iter_mut().zip(mean).for_each(|(x, mean)| *x += signal * mean);
        }
        let inpainted = known.map(|known| Known {
            values: known.pixels.clone(),
            mask: known.mask.clone(),
            // What the denoiser sees of the known pixels has noise of its own stream.
            noise: Noise::new(seed, 2),
        });
        let run = match predictor {
            Predictor::Network(config, denoiser, asked) => {
                let sampler = Choice { name: lane.sampler.clone(), parameters: lane.parameters.clone() };
                let start = last.clone();
                let task = Task { config, denoiser: *denoiser, asked, known: inpainted, sampler, levels, start, noise };
                SplitRun::among(task, helpers, device).map_err(SettingsError::from)?
            }
            Predictor::Other(denoiser) => {
                let denoiser = match inpainted {
                    Some(known) => known.around(denoiser, points, 0..points, device),
                    None => denoiser,
                };
                let start = tensor(last.clone(), dimension, device);
                let draw = noise.rows(points, dimension, 0..points, device);
                let sampler = lane.build().map_err(SettingsError::from)?;
                SplitRun::whole(Trajectory::new(sampler, denoiser, levels, start, draw))
            }
        };
        let levels = run.levels().to_vec();
        let steps = levels.len() - 1;
        Ok(Self {
            run,
            scale,
            classes,
            kind,
            points,
            dimension,
            inner: (FRAMES / steps).max(1),
            stride: steps.div_ceil(2 * FRAMES),
            step: 0,
            emitted: 0,
            last,
            levels,
            known: known.cloned(),
            free: kind == DataKind::Points || (known.is_none() && !morphs),
        })
    }

    /// Number of points, and of their coordinates.
    pub fn shape(&self) -> (usize, usize) {
        (self.points, self.dimension)
    }

    /// Multiplications that workers may share; see [`SplitRun::multiplications`].
    pub fn work(&self) -> f64 {
        self.run.multiplications()
    }

    /// The class that each point is conditioned on; empty where they are not.
    pub fn classes(&self) -> &[u8] {
        &self.classes
    }

    /// Frames of the whole process, the start included.
    pub fn total(&self) -> usize {
        1 + self.steps().div_ceil(self.stride) * self.inner
    }

    /// Whether the process is over.
    pub fn done(&self) -> bool {
        self.emitted == self.total()
    }

    fn steps(&self) -> usize {
        self.levels.len() - 1
    }

    /// The first frame when nothing was shown yet; then what the next `shown` shown steps add, read from the device at once.
    /// Empty when the process is over.
    ///
    /// # Errors
    /// [`SessionError::Device`] when the device fails.
    pub async fn advance(&mut self, shown: usize) -> Result<Frames, SessionError> {
        self.advance_with(shown, &mut Alone).await
    }

    /// The same, with the helpers that [`Session::lane_among`](super::Session::lane_among) split it between.
    ///
    /// # Errors
    /// As [`LaneRun::advance`].
    pub async fn advance_with(&mut self, shown: usize, helpers: &mut impl Helpers) -> Result<Frames, SessionError> {
        let mut frames = Frames { first: self.emitted, ..Frames::default() };
        if self.emitted == 0 {
            let start = self.last.clone();
            self.emit(&mut frames, &start, self.levels[0].sigma(), 0.0, true);
        } else {
            let after = |step: usize| (step + self.stride).min(self.steps());
            let mut stops = Vec::new();
            let mut step = self.step;
            while stops.len() < shown && step < self.steps() {
                step = after(step);
                stops.push(step);
            }
            let found = self.run.advance(&stops, helpers).await?;
            for (stop, Shown { state, noise }) in stops.into_iter().zip(found) {
                let from = std::mem::replace(&mut self.step, stop);
                self.fill(&mut frames, &state, &noise, from, stop);
            }
        }
        frames.evaluations = self.run.evaluations().0;
        frames.cost = self.run.cost();
        Ok(frames)
    }

    /// The frames from the last shown step to the one whose VP states are `state`; `noise` is the direction it left in.
    fn fill(&mut self, frames: &mut Frames, state: &[f32], noise: &[f32], from: usize, to: usize) {
        let (start, end) = (self.levels[from], self.levels[to]);
        let (of_state, of_noise) = (start.signal_scale().recip() as f32, start.sigma() as f32);
        frames.denoised.extend(self.last.iter().zip(noise).map(|(x, noise)| of_state * x - of_noise * noise));
        let whole = end.sigma() - start.sigma();
        for inner in 1..self.inner {
            let part = inner as f64 / self.inner as f64;
            let level = between(start, end, part);
            let change = level.sigma() - start.sigma();
            // A walk at one level has no direction to leave in: it goes straight to where it arrives.
            let part_squared = if whole == 0.0 { part } else { (change / whole).powi(2) };
            let signal = level.signal_scale();
            let of_start = (signal * (1.0 - part_squared) / start.signal_scale()) as f32;
            let of_end = (signal * part_squared / end.signal_scale()) as f32;
            let of_noise = (signal * (change - part_squared * whole)) as f32;
            let between: Vec<f32> =
                (0..state.len()).map(|i| of_start * self.last[i] + of_end * state[i] + of_noise * noise[i]).collect();
            self.emit(frames, &between, level.sigma(), from as f64 + part, false);
        }
        self.last = state.to_vec();
        if let Some(known) = self.known.as_ref().filter(|_| to == self.steps()) {
            // Known pixels are known without the noise that is left at the last level.
            let signal = end.signal_scale() as f32;
            for row in self.last.chunks_exact_mut(self.dimension) {
                for ((x, pixel), _) in
                    row.iter_mut().zip(&known.pixels).zip(&known.mask).filter(|(_, mark)| **mark > 0.0)
                {
                    *x = signal * pixel;
                }
            }
        }
        let state = self.last.clone();
        self.emit(frames, &state, end.sigma(), to as f64, true);
    }

    fn emit(&mut self, frames: &mut Frames, state: &[f32], sigma: f64, step: f64, measure: bool) {
        let passing = step < self.steps() as f64;
        let measured = match self.kind {
            DataKind::Points if passing => self.points.min(MEASURED),
            DataKind::Points => self.points,
            DataKind::Images { .. } => IMAGES_MEASURED,
        };
        let scales = self.scale.as_ref().filter(|_| measure && self.free);
        let scale = scales.map(|scales| if passing { &scales.passing } else { &scales.end });
        let error = match scale {
            // What is not finite is farther from the data than any error says; without this it would read as not measured.
            Some(_) if !state.iter().all(|x| x.is_finite()) => Estimate { mean: f64::INFINITY, standard_error: 0.0 },
            Some(scale) => scale.error(&state[..measured * self.dimension]),
            None => Estimate::UNKNOWN,
        };
        frames.states.extend_from_slice(state);
        frames.sigmas.push(sigma as f32);
        frames.steps.push(step as f32);
        frames.errors.push(error);
        self.emitted += 1;
    }
}

/// The level a `part` of the way from `start` to `end`: even in `ln sigma`, or in `sigma` when the end has no noise.
fn between(start: Level, end: Level, part: f64) -> Level {
    let ratio = end.sigma() / start.sigma();
    let factor = if ratio > 0.0 { ratio.powf(part) } else { 1.0 - part };
    Level::from_sigma(start.sigma() * factor)
}

pub(super) fn tensor(values: Vec<f32>, dimension: usize, device: &Device) -> Tensor<2> {
    let rows = values.len() / dimension;
    Tensor::from_data(TensorData::new(values, [rows, dimension]), device)
}

pub(super) async fn read(tensor: Tensor<2>) -> Result<Vec<f32>, SessionError> {
    let data = tensor.into_data_async().await.map_err(|error| SessionError::Device(cause(&error)))?;
    Ok(data.iter::<f32>().collect())
}
