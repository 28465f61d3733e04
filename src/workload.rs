//! The fixed work that benchmarks measure: training steps and samples of networks of known sizes, the same in the browser and natively.
//!
//! A [`Workload::record`] holds all that another library needs to do the very same work, and what it must find.

use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use thiserror::Error;

use crate::data::digits::{CLASSES, KIND, PIXELS, SIDE};
use crate::data::{Dataset, Labels};
use crate::level::Level;
use crate::network::weights::{self, Description, Precision, Weights, WeightsError};
use crate::network::{Classes, MlpConfig, NetworkConfig};
use crate::objective::{Batch, Objective};
use crate::parameters::{Choice, Values};
use crate::sampler::SamplerError;
use crate::schedule::log_linear;
use crate::settings::Settings;
use crate::sharing::{Alone, Helpers, Noise, ShareError, SplitRun, Task};
use crate::training::{Trainer, TrainingOptions};

/// Images of noise that stand for digits: what they show makes no difference to the time.
const IMAGES: usize = 512;

/// Why a workload could not be done.
#[derive(Debug, Error)]
pub enum WorkloadError {
    /// A name that no workload has.
    #[error("there is no workload called “{0}”")]
    Unknown(String),
    /// The device did not hand the numbers over.
    #[error("the device failed: {0}")]
    Device(String),
    /// There is no sampler for it.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// A helper failed.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The recording could not be written.
    #[error(transparent)]
    Record(#[from] WeightsError),
}

/// A network of a known size, in training. The seed is fixed: two of one name draw the same weights, batches and noise.
pub struct Workload {
    trainer: Trainer,
    device: Device,
}

impl Workload {
    /// - `w1`: batch 1024, hidden layers of 256; `w2`: batch 256, of 128 ([`Workload::points`]).
    /// - `w3`: the playground's network for digits at batch 64, its weighting, the simple objective, no average of the weights.
    /// - `digits`: the same as the page trains it: the accelerated objective from the first step on, and an average.
    ///
    /// # Errors
    /// [`WorkloadError::Unknown`] when there is no such workload.
    pub fn named(name: &str, device: &Device) -> Result<Self, WorkloadError> {
        match name {
            "w1" => Ok(Self::points(1024, 256, device)),
            "w2" => Ok(Self::points(256, 128, device)),
            "w3" => Ok(Self::digits(|page| TrainingOptions { objective: Objective::Simple, ema: 0.0, ..page }, device)),
            "digits" => Ok(Self::digits(|page| TrainingOptions { objective: Objective::Accelerated, ..page }, device)),
            other => Err(WorkloadError::Unknown(other.into())),
        }
    }

    /// Two moons, by a network of 2 + 64 inputs, three hidden layers of `width`, SiLU and 2 outputs: the simple objective, Adam, no average of
    /// the weights.
    pub fn points(batch: usize, width: usize, device: &Device) -> Self {
        let network = NetworkConfig::Mlp(MlpConfig {
            frequencies: Vec::new(),
            level_features: 64,
            ..MlpConfig::points(2, width)
        });
        let options = TrainingOptions {
            objective: Objective::Simple,
            learning_rate: 1e-3,
            batch,
            ema: 0.0,
            budget: usize::MAX,
            ..TrainingOptions::points()
        };
        let data = Dataset::built_in("two_moons").expect("a built-in set");
        Self { trainer: Trainer::new(network, options, data, 1, device), device: device.clone() }
    }

    fn digits(options: impl Fn(TrainingOptions) -> TrainingOptions, device: &Device) -> Self {
        let settings = Settings::for_data("digits");
        let network =
            NetworkConfig::images(SIDE, settings.width).with(settings.output, settings.heads).of_classes(CLASSES);
        // The second head learns from the first step on: it would wait for a quarter of the budget.
        let options = options(TrainingOptions { batch: 64, budget: 0, ..settings.training });
        let labels: Vec<u8> = (0..IMAGES).map(|i| (i % CLASSES) as u8).collect();
        let labels = Labels { classes: CLASSES, train: labels.clone(), held_out: labels };
        let images = noise(IMAGES * PIXELS);
        let (train, held_out) = (images.clone(), images);
        let data = Dataset { kind: KIND, dimension: PIXELS, train, held_out, mixture: None, labels: Some(labels) };
        Self { trainer: Trainer::new(network, options, data, 1, device), device: device.clone() }
    }

    /// Takes `count` steps and waits for them; the last one's loss of the noise, NaN where there is no step.
    ///
    /// # Errors
    /// [`WorkloadError::Device`] when the device fails.
    pub async fn steps(&mut self, count: usize) -> Result<f32, WorkloadError> {
        match self.trainer.by_ref().take(count).last() {
            Some(losses) => Ok(read(losses.noise).await?.1[0]),
            None => Ok(f32::NAN),
        }
    }

    /// The same, with helpers.
    ///
    /// # Errors
    /// As [`Workload::steps`], and when a helper fails.
    pub async fn steps_with(&mut self, count: usize, helpers: &mut impl Helpers) -> Result<f32, WorkloadError> {
        let mut last = None;
        for _ in 0..count {
            last = Some(self.trainer.next_with(helpers).await?.noise);
        }
        match last {
            Some(loss) => Ok(read(loss).await?.1[0]),
            None => Ok(f32::NAN),
        }
    }

    /// Samples `count` points by DDIM in `evaluations` steps and waits for them: VP states at the last level, row-major `[count, d]`. Digits
    /// are of all ten classes in turn.
    ///
    /// # Errors
    /// [`WorkloadError::Device`] when the device fails.
    pub async fn sample(&self, count: usize, evaluations: usize) -> Result<Vec<f32>, WorkloadError> {
        self.sample_with(count, evaluations, &mut Alone).await
    }

    /// The same, with helpers.
    ///
    /// # Errors
    /// As [`Workload::sample`].
    pub async fn sample_with(
        &self,
        count: usize,
        evaluations: usize,
        helpers: &mut impl Helpers,
    ) -> Result<Vec<f32>, WorkloadError> {
        let config = self.trainer.config().clone();
        let task = Task {
            asked: self.classes(count).map(|classes| (classes, 1.0.into())),
            denoiser: self.trainer.denoiser(),
            known: None,
            sampler: Choice { name: "ddim".into(), parameters: Values::new() },
            levels: levels(evaluations),
            start: noise(count * config.dimension()),
            noise: Noise::new(1, 1),
            config,
        };
        let mut run = SplitRun::among(task, helpers, &self.device)?;
        Ok(run.advance(&[evaluations], helpers).await?.swap_remove(0).state)
    }

    /// Safetensors of `steps` training steps and of the samples ([`Workload::sample`]) by the network they end with, all in single precision:
    /// - `weights.NAME`: the network before the first step, by the names that files of weights have,
    /// - `I.x`, `I.noise` `[n, d]`, `I.log_sigma`, `I.weight` `[n, 1]` and, for digits, `I.class` `[n, classes + 1]`: the batch of step `I`,
    /// - `learning_rate` `[1]` of Adam, with `beta` 0.9 and 0.999 and `epsilon` 1e-8; `losses` `[steps]`: what the network found on each,
    /// - `start` `[count, d]`, `sigmas` `[evaluations + 1]` and, for digits, `class`: what sampling begins with; `end` `[count, d]`.
    ///
    /// # Errors
    /// [`WorkloadError`] when the device fails.
    pub async fn record(&mut self, steps: usize, count: usize, evaluations: usize) -> Result<Vec<u8>, WorkloadError> {
        let mut record = Record::default();
        record.weights(&self.weights().await?)?;
        let mut losses = Vec::new();
        for step in 0..steps {
            let batch = self.trainer.draw();
            losses.push(read(self.trainer.learn(&batch).noise).await?.1[0]);
            let Batch { x, noise, level, class, weight } = batch;
            let weight = weight.unwrap_or_else(|| level.0.ones_like());
            let parts = [("x", x), ("noise", noise), ("log_sigma", level.0), ("weight", weight)];
            for (name, tensor) in parts.into_iter().chain(class.map(|class| ("class", class.0))) {
                record.add(format!("{step}.{name}"), read(tensor).await?);
            }
        }
        record.add("losses".into(), (vec![steps], losses));
        record.add("learning_rate".into(), (vec![1], vec![self.trainer.options.learning_rate as f32]));
        let dimension = self.trainer.config().dimension();
        record.add("start".into(), (vec![count, dimension], noise(count * dimension)));
        let sigmas: Vec<f32> = levels(evaluations).iter().map(|level| level.sigma() as f32).collect();
        record.add("sigmas".into(), (vec![sigmas.len()], sigmas));
        if let Some(classes) = self.classes(count) {
            let classes = Classes::new(&classes, self.trainer.config().classes(), &self.device);
            record.add("class".into(), read(classes.0).await?);
        }
        record.add("end".into(), (vec![count, dimension], self.sample(count, evaluations).await?));
        Ok(record.bytes()?)
    }

    async fn weights(&self) -> Result<Vec<u8>, WeightsError> {
        let (network, step) = (self.trainer.config().clone(), self.trainer.step());
        let description = Description { network, data: String::new(), step, turn_steps: 0, map_steps: 0 };
        let weights = Weights { network: self.trainer.average().clone(), map: None, description };
        weights::save(&weights, Precision::Single, Precision::Single).await
    }

    /// All classes in turn, where the network knows any.
    fn classes(&self, count: usize) -> Option<Vec<Option<u8>>> {
        let known = self.trainer.config().classes();
        (known > 0).then(|| (0..count).map(|i| Some((i % known) as u8)).collect())
    }
}

/// From noise to next to none.
fn levels(evaluations: usize) -> Vec<Level> {
    log_linear(evaluations, 0.02, 80.0)
}

/// `count` numbers, standard normal.
fn noise(count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    (0..count).map(|_| StandardNormal.sample(&mut rng)).collect()
}

/// Shape and numbers of a tensor on its device.
async fn read<const D: usize>(tensor: Tensor<D>) -> Result<(Vec<usize>, Vec<f32>), WorkloadError> {
    let shape = tensor.dims().to_vec();
    let data = tensor.into_data_async().await.map_err(|error| WorkloadError::Device(format!("{error:?}")))?;
    Ok((shape, data.iter().collect()))
}

/// Named tensors on their way into a file.
#[derive(Default)]
struct Record(Vec<(String, Vec<usize>, Vec<u8>)>);

impl Record {
    fn add(&mut self, name: String, (shape, values): (Vec<usize>, Vec<f32>)) {
        self.0.push((name, shape, values.into_iter().flat_map(f32::to_le_bytes).collect()));
    }

    /// Those of a file of weights.
    fn weights(&mut self, bytes: &[u8]) -> Result<(), WeightsError> {
        let tensors = SafeTensors::deserialize(bytes).map_err(|error| WeightsError::Format(error.to_string()))?;
        let named = |(name, view): (String, TensorView<'_>)| {
            (format!("weights.{name}"), view.shape().to_vec(), view.data().to_vec())
        };
        self.0.extend(tensors.tensors().into_iter().map(named));
        Ok(())
    }

    fn bytes(&self) -> Result<Vec<u8>, WeightsError> {
        let views: Result<Vec<_>, _> = self
            .0
            .iter()
            .map(|(name, shape, bytes)| TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name, view)))
            .collect();
        views
            .and_then(|views| safetensors::serialize(views, None))
            .map_err(|error| WeightsError::Format(error.to_string()))
    }
}
