//! The Frechet distance of a lane's samples to real digits, drawn and classified piece by piece.

use burn::tensor::{Device, Tensor};
use serde::Serialize;

use super::lane::{read, tensor};
use super::lanes::EXACT_POINTS;
use super::{Session, SessionError, upload};
use crate::data::Labels;
use crate::data::digits::PIXELS;
use crate::denoiser::{Denoiser, Guidance, Guided, NetworkDenoiser};
use crate::distribution::EmpiricalOnDevice;
use crate::level::Level;
use crate::metrics::digits::{FLOOR_SETS, QualityRun};
use crate::network::Classes;
use crate::sampler::Trajectory;
use crate::settings::{Lane, Settings, SettingsError, Source};
use crate::sharing::Noise;

/// Samples that are measured where each takes [`FEW`] evaluations at most, and where it takes more.
const SAMPLES: (usize, usize) = (260, 140);
const FEW: usize = 12;
/// Samples drawn together; as all of them, a multiple of ten digits in turn.
const DRAWN: usize = 20;
/// Batches of the classifier in one piece of work.
const BATCHES: usize = 4;
/// Cost of the distances at the end, in network evaluations of [`DRAWN`] samples, roughly.
const DISTANCES: f64 = 5.0;

/// A measurement under way.
pub(super) struct Measuring {
    index: usize,
    lane: Lane,
    settings: Settings,
    source: Samples,
    levels: Vec<Level>,
    mean: Vec<f32>,
    samples: usize,
    drawn: usize,
    batch: Option<Trajectory<'static, Tensor<2>>>,
    /// Steps of the sampler that the batch under way has taken, and that it takes.
    step: usize,
    steps: usize,
    trained: usize,
    device: Device,
}

/// The denoiser that samples come from, as it was when the measurement began, whatever is trained meanwhile.
enum Samples {
    /// With the data's labels and their number of classes where the network is class-conditioned.
    Network {
        network: Box<NetworkDenoiser>,
        conditioned: Option<(Labels, usize)>,
    },
    Points(Box<EmpiricalOnDevice>),
}

/// The progress of a measurement, and its result.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The part that is done, from 0 to 1.
    pub progress: f64,
    /// The result, at the end.
    pub quality: Option<Quality>,
}

/// A lane's Frechet distance to real digits.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// To the first half of the training images.
    pub distance: f64,
    /// Its standard error.
    pub uncertainty: f64,
    /// The distance of as many real images, of the other half of the training images.
    pub floor: f64,
    /// Samples that were measured.
    pub samples: usize,
    /// Steps that the network had been trained for.
    pub step: usize,
}

impl Session {
    /// Begins to measure lane `index` (from 0) of the current settings, in place of an earlier measurement. Its samples are
    /// drawn without an inpainting mask, the digits in turn where the network is conditioned on one.
    ///
    /// # Errors
    /// When the data is no digits, or the lane does not exist.
    pub fn measure(&mut self, index: usize) -> Result<(), SessionError> {
        self.require_digits()?;
        self.measuring = None;
        let mut quality = self.digits.take().map_or_else(|| QualityRun::new(&self.device), Ok)?;
        quality.restart();
        self.digits = Some(quality);
        let trainer = self.trainer()?;
        let data = trainer.data();
        let lane = self.settings.lanes.get(index).ok_or(SessionError::NoLane(index + 1))?;
        let source = match lane.source {
            Source::Network => {
                let network = Box::new(self.learned(trainer));
                let classes = trainer.config().classes();
                let labels = data.labels.clone().filter(|_| classes > 0 && self.settings.digit != "any");
                Samples::Network { network, conditioned: labels.map(|labels| (labels, classes)) }
            }
            Source::Dataset => {
                let count = data.len().min(EXACT_POINTS);
                let points = upload(data.train[..count * PIXELS].to_vec(), PIXELS, &self.device);
                Samples::Points(Box::new(EmpiricalOnDevice::new(points)))
            }
            Source::Mixture => return Err(SessionError::NoMixture(index + 1)),
        };
        let denoiser = source.denoiser(0, self.settings.guidance(), &self.device);
        let levels = self.settings.levels(lane, |level| denoiser.passes(level))?;
        let steps = levels.len() - 1;
        self.measuring = Some(Measuring {
            index,
            levels,
            lane: lane.clone(),
            settings: self.settings.clone(),
            source,
            mean: self.mean.clone(),
            samples: if self.settings.steps <= FEW { SAMPLES.0 } else { SAMPLES.1 },
            drawn: 0,
            batch: None,
            step: 0,
            steps,
            trained: trainer.step(),
            device: self.device.clone(),
        });
        Ok(())
    }

    /// Forgets what is being measured.
    pub fn stop_measuring(&mut self) {
        self.measuring = None;
    }

    /// Goes on with the measurement for a moment: a step of a few samples, or some images to classify.
    ///
    /// # Errors
    /// When nothing is being measured, or the device fails; the measurement is over then.
    pub async fn measured(&mut self) -> Result<Measured, SessionError> {
        let mut measuring = self.measuring.take().ok_or(SessionError::NotConfigured)?;
        let trainer = self.trainer.as_ref().ok_or(SessionError::NotConfigured)?;
        let quality = self.digits.as_mut().ok_or(SessionError::NotConfigured)?;
        let real = &trainer.data().train;
        let total = real.len() / PIXELS;
        if quality.real().len() < total {
            for _ in 0..BATCHES {
                quality.advance_reference(real).await?;
            }
        } else if quality.samples().len() < measuring.samples {
            if let Some(images) = measuring.advance().await? {
                if !images.iter().all(|pixel| pixel.is_finite()) {
                    return Err(SessionError::NotFinite(measuring.index + 1));
                }
                quality.add(&images).await?;
            }
        } else {
            let found = quality.distance()?.estimate();
            let result = Quality {
                distance: found.mean,
                uncertainty: found.standard_error,
                floor: quality.floor(measuring.samples, FLOOR_SETS)?.mean,
                samples: measuring.samples,
                step: measuring.trained,
            };
            return Ok(Measured { progress: 1.0, quality: Some(result) });
        }
        let done = (measuring.drawn / DRAWN * measuring.steps + measuring.step) as f64;
        let steps = (measuring.samples / DRAWN * measuring.steps) as f64;
        let cost = QualityRun::cost;
        let progress = (cost(quality.real().len()) + done) / (cost(total) + steps + DISTANCES);
        self.measuring = Some(measuring);
        Ok(Measured { progress, quality: None })
    }
}

impl Samples {
    /// The denoiser of [`DRAWN`] samples, the first of which is sample `from`.
    fn denoiser(&self, from: usize, guidance: Guidance, device: &Device) -> Box<dyn Denoiser<Tensor<2>>> {
        match self {
            Samples::Network { network, conditioned: None } => network.clone(),
            Samples::Network { network, conditioned: Some((labels, classes)) } => {
                let classes = Classes::new(&labels.in_turn(from as u64, DRAWN), *classes, device);
                Box::new(Guided::new((**network).clone(), classes, guidance))
            }
            Samples::Points(points) => points.clone(),
        }
    }
}

impl Measuring {
    /// One step of the batch under way; its images when it was the last one.
    async fn advance(&mut self) -> Result<Option<Vec<f32>>, SessionError> {
        let mut batch = match self.batch.take() {
            Some(batch) => batch,
            None => self.begin()?,
        };
        // Some samplers take other levels than those of the grid.
        self.steps = batch.levels().len() - 1;
        let Some(step) = batch.next().await else { return Err(SessionError::NotConfigured) };
        self.step += 1;
        if self.step < self.steps {
            self.batch = Some(batch);
            return Ok(None);
        }
        self.step = 0;
        self.drawn += DRAWN;
        let signal = batch.levels()[self.steps].signal_scale() as f32;
        Ok(Some(read(step.state).await?.into_iter().map(|x| x / signal).collect()))
    }

    fn begin(&self) -> Result<Trajectory<'static, Tensor<2>>, SessionError> {
        // Noise of its own for each batch: the same for every lane.
        let mut noise = Noise::new(u64::from(self.settings.seed), 3 + self.drawn as u64);
        let signal = self.levels[0].signal_scale() as f32;
        let mut start = noise.draw(DRAWN * PIXELS);
        for row in start.chunks_exact_mut(PIXELS) {
            row.iter_mut().zip(&self.mean).for_each(|(x, mean)| *x += signal * mean);
        }
        let denoiser = self.source.denoiser(self.drawn, self.settings.guidance(), &self.device);
        let draw = noise.rows(DRAWN, PIXELS, 0..DRAWN, &self.device);
        let sampler = self.lane.build().map_err(SettingsError::from)?;
        Ok(Trajectory::new(sampler, denoiser, self.levels.clone(), tensor(start, PIXELS, &self.device), draw))
    }
}
