//! How far a lane's samples are from real digits: the Frechet distance in the classifier's features, computed piece by piece.

use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::lane::{normal, read, tensor};
use super::{EXACT_POINTS, Session, SessionError, upload};
use crate::data::Labels;
use crate::data::digits::PIXELS;
use crate::denoiser::{Denoiser, Guided, NetworkDenoiser};
use crate::distribution::EmpiricalOnDevice;
use crate::level::Level;
use crate::metrics::classify::{Jackknife, Seen, TOGETHER};
use crate::metrics::frechet::{Frechet, Moments};
use crate::network::Classes;
use crate::network::classifier::FEATURES;
use crate::sampler::Trajectory;
use crate::settings::{Lane, Settings, SettingsError, Source};

/// Samples that are measured where each takes [`FEW`] evaluations at most, and where it takes more.
const SAMPLES: (usize, usize) = (256, 128);
const FEW: usize = 12;
/// Samples drawn together.
const BATCH: usize = 16;
/// Looks of the classifier in one piece of work.
const LOOKS: usize = 4;
/// Sets of real images that the floor is a mean over, at most.
const FLOORS: usize = 16;
/// What a piece of looking, and the distances at the end, cost in evaluations of one batch, roughly.
const LOOKING: f64 = 2.0;
const DISTANCES: f64 = 5.0;

/// What the classifier sees in the training images.
#[derive(Default)]
pub(super) struct Real {
    seen: Seen,
    /// The law of the first half of them.
    law: Option<Frechet>,
}

/// A measurement under way.
pub(super) struct Measuring {
    lane: Lane,
    settings: Settings,
    maker: Maker,
    levels: Vec<Level>,
    mean: Vec<f32>,
    samples: usize,
    drawn: usize,
    batch: Option<Trajectory<'static, Tensor<2>>>,
    seen: Seen,
    /// Steps of the sampler that the batch under way has taken, and that it takes.
    step: usize,
    steps: usize,
    trained: usize,
    device: Device,
}

/// What makes samples: as it was when the measurement began, whatever is trained meanwhile.
enum Maker {
    Network { network: Box<NetworkDenoiser>, told: Option<(Labels, usize)> },
    Points(Box<EmpiricalOnDevice>),
}

/// How a measurement is getting on.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// How much is done, from 0 to 1.
    pub progress: f64,
    /// What came out, at the end.
    pub quality: Option<Quality>,
}

/// A lane's Frechet distance to real digits.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// To the law of half of the training images.
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
    /// Begins to measure lane `index` (from 0) of the current settings, in place of what was measured before. Its samples are free ones,
    /// of each digit as often as in the data where the network is asked for digits.
    ///
    /// # Errors
    /// When the data is no digits, or the lane does not exist.
    pub fn measure(&mut self, index: usize) -> Result<(), SessionError> {
        self.digits()?;
        self.measuring = None;
        let trainer = self.trainer()?;
        let data = trainer.data();
        let lane = self.settings.lanes.get(index).ok_or(SessionError::NoLane(index + 1))?;
        let maker = match lane.source {
            Source::Network => {
                let network = Box::new(NetworkDenoiser::new(trainer.average().clone(), trainer.config().turn_cost()));
                let known = trainer.config().classes();
                let labels = data.labels.clone().filter(|_| known > 0 && self.settings.digit != "any");
                Maker::Network { network, told: labels.map(|labels| (labels, known)) }
            }
            Source::Dataset => {
                let count = data.len().min(EXACT_POINTS);
                let points = upload(data.train[..count * PIXELS].to_vec(), PIXELS, &self.device);
                Maker::Points(Box::new(EmpiricalOnDevice::new(points)))
            }
            Source::Mixture => return Err(SessionError::NoMixture(index + 1)),
        };
        let passes = maker.denoiser(0, self.settings.guidance, &self.device).passes();
        let levels = self.settings.levels(lane, passes)?;
        let steps = levels.len() - 1;
        self.measuring = Some(Measuring {
            levels,
            lane: lane.clone(),
            settings: self.settings.clone(),
            maker,
            mean: self.mean.clone(),
            samples: if self.settings.steps <= FEW { SAMPLES.0 } else { SAMPLES.1 },
            drawn: 0,
            batch: None,
            seen: Seen::default(),
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

    /// Goes on with the measurement for a moment: a step of a few samples, or a look at some images.
    ///
    /// # Errors
    /// When nothing is being measured, or the device fails; the measurement is over then.
    pub async fn measured(&mut self) -> Result<Measured, SessionError> {
        let mut run = self.measuring.take().ok_or(SessionError::NotConfigured)?;
        let known = self.real.seen.len();
        let total = self.trainer()?.data().len();
        if known < total {
            for from in (known..total).step_by(TOGETHER).take(LOOKS) {
                let to = (from + TOGETHER).min(total);
                let images = self.trainer()?.data().train[from * PIXELS..to * PIXELS].to_vec();
                let seen = self.judge()?.look(&images).await.map_err(SessionError::Device)?;
                self.real.seen.append(seen);
            }
        } else if run.seen.len() < run.samples {
            if let Some(images) = run.go_on().await? {
                run.seen.append(self.judge()?.look(&images).await.map_err(SessionError::Device)?);
            }
        } else {
            let quality = self.real.quality(&run).ok_or(SessionError::NotDigits)?;
            return Ok(Measured { progress: 1.0, quality: Some(quality) });
        }
        let looks = |count: usize| LOOKING * count.div_ceil(LOOKS * TOGETHER) as f64;
        let (done, steps) = (run.drawn / BATCH * run.steps + run.step, run.samples / BATCH * run.steps);
        let progress = (looks(self.real.seen.len()) + done as f64) / (looks(total) + steps as f64 + DISTANCES);
        self.measuring = Some(run);
        Ok(Measured { progress, quality: None })
    }
}

impl Maker {
    /// What makes [`BATCH`] samples, the first of which is sample `from`.
    fn denoiser(&self, from: usize, guidance: f64, device: &Device) -> Box<dyn Denoiser<Tensor<2>>> {
        match self {
            Maker::Network { network, told: None } => network.clone(),
            Maker::Network { network, told: Some((labels, known)) } => {
                let mut rng = ChaCha8Rng::seed_from_u64(from as u64);
                let classes = Classes::new(&labels.sample(BATCH, &mut rng), *known, device);
                Box::new(Guided::new((**network).clone(), classes, guidance))
            }
            Maker::Points(points) => points.clone(),
        }
    }
}

impl Measuring {
    /// One step of the batch under way; its images when it was the last one.
    async fn go_on(&mut self) -> Result<Option<Vec<f32>>, SessionError> {
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
        self.drawn += BATCH;
        let signal = batch.levels()[self.steps].signal_scale() as f32;
        Ok(Some(read(step.state).await?.into_iter().map(|x| x / signal).collect()))
    }

    fn begin(&self) -> Result<Trajectory<'static, Tensor<2>>, SessionError> {
        // Noise of its own for each batch: the same for every lane.
        let mut rng = ChaCha8Rng::seed_from_u64(u64::from(self.settings.seed));
        rng.set_stream(3 + self.drawn as u64);
        let signal = self.levels[0].signal_scale() as f32;
        let mut start = normal(BATCH * PIXELS, &mut rng);
        for row in start.chunks_exact_mut(PIXELS) {
            row.iter_mut().zip(&self.mean).for_each(|(x, mean)| *x += signal * mean);
        }
        let denoiser = self.maker.denoiser(self.drawn, self.settings.guidance, &self.device);
        let device = self.device.clone();
        let draw = move || tensor(normal(BATCH * PIXELS, &mut rng), PIXELS, &device);
        let sampler = self.lane.build().map_err(SettingsError::from)?;
        Ok(Trajectory::new(sampler, denoiser, self.levels.clone(), tensor(start, PIXELS, &self.device), draw))
    }
}

impl Real {
    /// What the samples of `run` score; `None` when the images have no distribution.
    fn quality(&mut self, run: &Measuring) -> Option<Quality> {
        let (half, rest) = self.seen.features.split_at(self.seen.len() / 2 * FEATURES);
        if self.law.is_none() {
            self.law = Frechet::of(&Moments::of(half, FEATURES));
        }
        let law = self.law.as_ref()?;
        let sets = rest.chunks_exact(run.samples * FEATURES).take(FLOORS);
        let scores: Vec<f64> = sets.map(|set| law.distance(&Moments::of(set, FEATURES))).collect();
        let found = Jackknife::of(&run.seen.features, law).estimate();
        Some(Quality {
            distance: found.mean,
            uncertainty: found.standard_error,
            floor: scores.iter().sum::<f64>() / scores.len() as f64,
            samples: run.samples,
            step: run.trained,
        })
    }
}
