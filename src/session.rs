//! One visitor's run without the browser: settings, data, a network in training, and the lanes that sample from it.

mod error;
mod health;
mod lane;
mod lanes;
mod look;
mod morph;
mod quality;
mod resume;
mod whole;

use std::cell::RefCell;
use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::data::digits::{self, PIXELS};
use crate::data::{self, Dataset};
use crate::metrics::digits::QualityRun;
use crate::network::NetworkConfig;
use crate::network::weights::{self, Description, Precision, Weights};
use crate::objective::{Matching, Objective};
use crate::settings::{Settings, Source};
use crate::sharing::{Alone, Helpers};
use crate::state::cause;
use crate::training::{Trainer, TrainingOptions};

pub use error::SessionError;
pub use health::{Fault, Loss};
use health::{Health, State};
use lane::Scales;
pub use lane::{Frames, LaneRun};
pub use look::{Look, Looks};
pub use quality::{Measured, Quality};
use whole::Whole;

/// Most training steps between two readings of their losses.
pub const READ: usize = 50;

/// Losses of some training steps, read from the device.
#[derive(Clone, Debug, Default)]
pub struct TrainingReport {
    /// Steps of the velocity since the network was new.
    pub step: usize,
    /// Steps of the flow map.
    pub map_step: usize,
    /// The part of the flow map's trajectories that is there, from 0 to 1; they are made between the velocity's last step and the
    /// map's first.
    pub trajectories: f64,
    /// Loss of the noise at each of the velocity's steps.
    pub noise: Vec<f32>,
    /// Loss of the turn at each step in which it was trained.
    pub turn: Vec<f32>,
    /// Loss of the flow map at each of its steps.
    pub map: Vec<f32>,
}

/// What [`Session::configure`] takes besides settings. The default has nothing, and goes on with the run under way where it can.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inputs<'a> {
    /// The visitor's own points, row-major `[n, 2]`, for the data sets "drawn" and "uploaded".
    pub points: Option<&'a [f32]>,
    /// The classes of those points, counted from zero; none where they have none.
    pub labels: Option<&'a [u8]>,
    /// The file of digits, or the visitor's own images, a byte a pixel.
    pub images: Option<&'a [u8]>,
    /// Whether to begin anew with a fresh network, whatever the settings.
    pub restart: bool,
}

/// A run on one device.
pub struct Session {
    device: Device,
    settings: Settings,
    trainer: Option<Trainer>,
    whole: Whole,
    health: Health,
    /// What lanes are measured on, by the class that all of their samples are of, if they are; made when first needed.
    scales: RefCell<BTreeMap<Option<u8>, Option<Scales>>>,
    mean: Vec<f32>,
    known: Option<KnownPixels>,
    /// The classifier, and the training digits that it has classified.
    digits: Option<QualityRun>,
    /// Mean distance of held-out digits to their nearest training digits.
    usual: Option<f64>,
    measuring: Option<quality::Measuring>,
}

/// What is known of an image: the rest is for the model to find.
#[derive(Clone, Debug)]
pub(crate) struct KnownPixels {
    /// Standardised pixels, `[d]`.
    pub(crate) pixels: Vec<f32>,
    /// One where a pixel is known, zero elsewhere, `[d]`.
    pub(crate) mask: Vec<f32>,
}

impl Session {
    /// A session that computes on `device`.
    pub fn new(device: Device) -> Self {
        Self {
            device,
            settings: Settings::default(),
            trainer: None,
            whole: Whole::default(),
            health: Health::default(),
            scales: RefCell::default(),
            mean: Vec::new(),
            known: None,
            digits: None,
            usual: None,
            measuring: None,
        }
    }

    /// Makes `settings` the current ones. Builds data and network anew when a setting that shapes them changed, when there are points,
    /// or when asked to; returns whether it did.
    ///
    /// # Errors
    /// When a setting is not allowed or the data is none; the session then stays as it was.
    pub fn configure(&mut self, settings: Settings, inputs: Inputs<'_>) -> Result<bool, SessionError> {
        settings.check()?;
        for (index, lane) in settings.lanes.iter().enumerate() {
            if lane.source == Source::Mixture && !data::info(&settings.data)?.mixture {
                return Err(SessionError::NoMixture(index + 1));
            }
        }
        self.measuring = None;
        let rebuild = inputs.restart
            || inputs.points.is_some()
            || self.trainer.is_none()
            || self.settings.needs_restart(&settings);
        if rebuild {
            let other = inputs.images.is_some()
                || (&self.settings.data, &self.settings.digits) != (&settings.data, &settings.digits);
            let data = self.dataset(&settings, &inputs)?;
            if other {
                (self.digits, self.usual) = (None, None);
            }
            self.scales.get_mut().clear();
            self.mean = data.mean();
            let network = NetworkConfig::for_data(&data, settings.width)
                .with(settings.output, settings.heads)
                .with_hidden(settings.hidden)
                .of_classes(data.classes());
            let seed = u64::from(settings.seed);
            self.trainer = Some(Trainer::new(network, settings.training, data, seed, &self.device));
            self.whole = Whole::default();
            self.health = Health::default();
        } else if let Some(trainer) = &mut self.trainer {
            if trainer.options != settings.training {
                self.health.forget_losses();
            }
            trainer.options = settings.training;
        }
        self.settings = settings;
        Ok(rebuild)
    }

    fn dataset(&self, settings: &Settings, inputs: &Inputs<'_>) -> Result<Dataset, SessionError> {
        let Inputs { points, labels, images, .. } = *inputs;
        let same = (&self.settings.data, &self.settings.digits) == (&settings.data, &settings.digits);
        if let (None, None, Some(trainer), true) = (points, images, &self.trainer, same) {
            return Ok(trainer.data().clone());
        }
        if let (Some(points), Some(labels), true) = (points, labels, data::info(&settings.data)?.of_own_points()) {
            return Ok(Dataset::from_labelled(points, 2, labels, 0)?);
        }
        Ok(Dataset::named(&settings.data, points, images)?.only(&settings.chosen_digits())?)
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The network in training and its data.
    ///
    /// # Errors
    /// [`SessionError::NotConfigured`] before the first [`Session::configure`].
    pub fn trainer(&self) -> Result<&Trainer, SessionError> {
        self.trainer.as_ref().ok_or(SessionError::NotConfigured)
    }

    /// Number of the network's weights.
    ///
    /// # Errors
    /// [`SessionError::NotConfigured`] before the first [`Session::configure`].
    pub fn parameters(&self) -> Result<usize, SessionError> {
        Ok(self.trainer()?.average().num_params())
    }

    /// Classes that lanes can ask the network for; none if zero, as where the data has none.
    ///
    /// # Errors
    /// [`SessionError::NotConfigured`] before the first [`Session::configure`].
    pub fn classes(&self) -> Result<usize, SessionError> {
        let trainer = self.trainer()?;
        Ok(trainer.config().classes().min(trainer.data().classes()))
    }

    /// Lets lanes of digits finish a drawing: `pixels` (0 paper, 255 ink, row by row) are kept where `mask` is not zero. Without
    /// pixels, lanes are free again.
    ///
    /// # Errors
    /// [`SessionError::KnownPixels`] when there are not [`PIXELS`] of both.
    pub fn set_known_pixels(&mut self, pixels: &[u8], mask: &[u8]) -> Result<(), SessionError> {
        self.known = match (pixels.len(), mask.len()) {
            (0, _) => None,
            (PIXELS, PIXELS) => {
                let mask = mask.iter().map(|&mark| f32::from(u8::from(mark > 0))).collect();
                Some(KnownPixels { pixels: digits::standardise(pixels), mask })
            }
            _ => return Err(SessionError::KnownPixels),
        };
        Ok(())
    }

    /// Replaces the network by the one in `bytes` (safetensors); returns what the file says of it.
    ///
    /// # Errors
    /// When the bytes are no weights, or are of a network for other data; the session then stays as it was.
    pub fn load_weights(&mut self, bytes: &[u8]) -> Result<Description, SessionError> {
        self.place(bytes, false)
    }

    /// The same, as the beginning of a run: its steps count from zero. A turn that was learned is trained on at once; a flow map is
    /// left out, since the velocity that it belongs to changes.
    ///
    /// # Errors
    /// As [`Session::load_weights`].
    pub fn begin_with(&mut self, bytes: &[u8]) -> Result<Description, SessionError> {
        self.place(bytes, true)
    }

    fn place(&mut self, bytes: &[u8], begin: bool) -> Result<Description, SessionError> {
        let Weights { network, map, description } = weights::load(bytes, &self.device)?;
        let trainer = self.trainer.as_mut().ok_or(SessionError::NotConfigured)?;
        let (found, expected) = (description.network.dimension(), trainer.data().dimension);
        if found != expected {
            return Err(SessionError::Dimension { data: description.data, found, expected });
        }
        let step = if begin { 0 } else { description.step };
        trainer.replace(description.network.clone(), network, step, description.turn_steps);
        self.whole = if begin { Whole::default() } else { Whole::new(map, description.map_steps) };
        self.health = Health::default();
        Ok(description)
    }

    /// The averaged weights as safetensors bytes.
    ///
    /// # Errors
    /// When nothing is configured or the device fails.
    pub async fn save_weights(&self) -> Result<Vec<u8>, SessionError> {
        let trainer = self.trainer()?;
        let description = Description {
            network: trainer.config().clone(),
            data: self.settings.data.clone(),
            step: trainer.step(),
            turn_steps: trainer.turn_steps(),
            map_steps: self.whole.steps(),
        };
        let weights = Weights { network: trainer.average().clone(), map: self.whole.map().cloned(), description };
        Ok(weights::save(&weights, Precision::Single, Precision::Single).await?)
    }

    /// Trains `steps` steps and reads their losses, [`READ`] at a time. Where whole steps are to be learned, those beyond the budget are
    /// of the flow map; some trajectories for it count as a step too.
    ///
    /// # Errors
    /// When nothing is configured or the device fails; [`SessionError::Diverged`] when a loss is not finite or has risen beyond all
    /// measure, and the network is then back where its losses were as they should be.
    pub async fn train(&mut self, steps: usize) -> Result<TrainingReport, SessionError> {
        self.train_with(steps, &mut Alone).await
    }

    /// The same, the batches of the velocity's steps split between this session and `helpers`.
    ///
    /// # Errors
    /// As [`Session::train`], and when a helper fails.
    pub async fn train_with(
        &mut self,
        steps: usize,
        helpers: &mut impl Helpers,
    ) -> Result<TrainingReport, SessionError> {
        let mut report = TrainingReport::default();
        let mut left = steps;
        loop {
            let count = left.min(READ);
            self.train_some(count, helpers, &mut report).await?;
            left -= count;
            if left == 0 {
                return Ok(report);
            }
        }
    }

    async fn train_some(
        &mut self,
        steps: usize,
        helpers: &mut impl Helpers,
        report: &mut TrainingReport,
    ) -> Result<(), SessionError> {
        let trainer = self.trainer.as_mut().ok_or(SessionError::NotConfigured)?;
        let before = trainer.step() + self.whole.steps();
        if self.health.wants(before) {
            self.health.remember(State { trainer: trainer.state(), map: self.whole.state() });
        }
        let (mut noise, mut turn, mut map) = (Vec::with_capacity(steps), Vec::with_capacity(steps), Vec::new());
        for _ in 0..steps {
            if self.settings.training.objective == Objective::Whole && trainer.step() >= trainer.options.budget {
                map.extend(self.whole.advance(trainer, self.settings.seed, helpers).await?);
            } else {
                let losses = trainer.next_with(helpers).await?;
                self.whole.outdate();
                noise.push(losses.noise);
                turn.extend(losses.turn);
            }
        }
        let (step, map_step) = (trainer.step(), self.whole.steps());
        let (noise, turn, map) = (read(noise).await?, read(turn).await?, read(map).await?);
        let squared = self.settings.training.matching == Matching::Denoising;
        for (loss, values, squared) in
            [(Loss::Noise, &noise, squared), (Loss::Turn, &turn, true), (Loss::Map, &map, true)]
        {
            if let Err(fault) = self.health.judge(loss, values, squared) {
                return Err(self.go_back(loss, fault, before, step + map_step));
            }
        }
        report.noise.extend(noise);
        report.turn.extend(turn);
        report.map.extend(map);
        (report.step, report.map_step, report.trajectories) = (step, map_step, self.whole.trajectories());
        Ok(())
    }

    /// Training went wrong between two steps: goes back to where it had not, and says so.
    fn go_back(&mut self, loss: Loss, fault: Fault, from: usize, step: usize) -> SessionError {
        let back = match (self.health.back(from), &mut self.trainer) {
            (Some(State { trainer: state, map: (map, steps) }), Some(trainer)) => {
                let back = state.step() + steps;
                trainer.restore(state);
                self.whole = Whole::new(map, steps);
                back
            }
            _ => step,
        };
        SessionError::Diverged { loss, fault, step, back }
    }

    /// Training steps taken in this run, those of the flow map among them, and how many there are to be.
    ///
    /// # Errors
    /// [`SessionError::NotConfigured`] before the first [`Session::configure`].
    pub fn progress(&self) -> Result<(usize, usize), SessionError> {
        let trainer = self.trainer()?;
        let TrainingOptions { objective, budget, map_steps, .. } = self.settings.training;
        let (step, mapped) = (trainer.step(), self.whole.steps());
        Ok(match objective {
            Objective::Whole => (step + mapped, step.max(budget) + mapped.max(map_steps)),
            _ => (step, step.max(budget)),
        })
    }

    /// Steps that the flow map has been trained for; there is none if zero.
    pub fn map_steps(&self) -> usize {
        self.whole.steps()
    }
}

fn upload(values: Vec<f32>, dimension: usize, device: &Device) -> Tensor<2> {
    let rows = values.len() / dimension;
    Tensor::from_data(burn::tensor::TensorData::new(values, [rows, dimension]), device)
}

/// Reads scalars from the device in one go.
async fn read(scalars: Vec<Tensor<1>>) -> Result<Vec<f32>, SessionError> {
    if scalars.is_empty() {
        return Ok(Vec::new());
    }
    let data = Tensor::cat(scalars, 0).into_data_async().await;
    Ok(data.map_err(|error| SessionError::Device(cause(&error)))?.iter::<f32>().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generated::{check_types, declare};

    /// The page's types of what the engine sends it as objects. `FEWSTEPS_UPDATE=1 cargo test --release` writes them anew.
    #[test]
    fn the_generated_file_is_current() {
        let types = [declare::<Looks>(), declare::<Look>(), declare::<Measured>(), declare::<Quality>()];
        check_types("session", "", &types.concat());
    }
}
