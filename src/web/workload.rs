//! The benchmark's fixed work: training steps, and samples of digits.

use burn::tensor::{Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use wasm_bindgen::prelude::*;

use super::device::device;
use super::failure;
use crate::data::digits::{CLASSES, KIND, PIXELS, SIDE};
use crate::data::{Dataset, Labels};
use crate::denoiser::{Guided, NetworkDenoiser};
use crate::network::{Classes, MlpConfig, NetworkConfig};
use crate::objective::Objective;
use crate::sampler::Trajectory;
use crate::session::SessionError;
use crate::settings::{Lane, Settings, SettingsError, Source};
use crate::state::cause;
use crate::training::{Trainer, TrainingOptions};

/// Images of noise that stand for digits.
const IMAGES: usize = 512;

/// A network of a known size, in training.
#[wasm_bindgen]
pub struct Workload {
    trainer: Trainer,
}

#[wasm_bindgen]
impl Workload {
    /// "w1": batch 1024, hidden layers of 256; "w2": batch 256, of 128. Both: 2 + 64 inputs, three hidden layers, Adam, the simple
    /// objective. "digits_simple" and "digits_accelerated": the playground's own network and settings for digits, at batch 64.
    pub async fn create(name: &str) -> Result<Workload, JsValue> {
        match name {
            "w1" => points(1024, 256).await,
            "w2" => points(256, 128).await,
            "digits_simple" => digits(Objective::Simple).await,
            "digits_accelerated" => digits(Objective::Accelerated).await,
            other => Err(failure("workload", &format!("There is no workload called {other}."))),
        }
    }

    /// Takes `count` steps and waits for them; returns the last loss.
    pub async fn steps(&mut self, count: usize) -> Result<f32, JsValue> {
        let last = self.trainer.by_ref().take(count).last();
        let last = last.ok_or_else(|| failure("workload", "No step was asked for."))?;
        let data = last.noise.into_data_async().await.map_err(|error| failure("device", &cause(&error)))?;
        data.iter::<f32>().next().ok_or_else(|| failure("device", "The device gave no loss back."))
    }

    /// Draws `count` images by DDIM within `evaluations` network evaluations and waits for them; returns their mean square.
    pub async fn sample(&self, count: usize, evaluations: usize) -> Result<f32, JsValue> {
        let device = device().await?;
        let network = NetworkDenoiser::new(self.trainer.average().clone(), self.trainer.config().turn_cost());
        let asked: Vec<Option<u8>> = (0..count).map(|i| Some((i % CLASSES) as u8)).collect();
        let network = Guided::new(network, Classes::new(&asked, CLASSES, &device), 1.0);
        let settings = Settings { steps: evaluations, ..Settings::for_data("digits") };
        let lane = Lane::new("ddim", Source::Network);
        let levels = settings.levels(&lane, 1).map_err(SessionError::from)?;
        let sampler = lane.build().map_err(|error| SessionError::from(SettingsError::from(error)))?;
        let start = Tensor::from_data(TensorData::new(noise(count), [count, PIXELS]), &device);
        let draw = || unreachable!("DDIM draws no noise");
        let end: Tensor<2> = Trajectory::new(sampler, Box::new(network), levels, start, draw).last().await;
        let data = end.into_data_async().await.map_err(|error| failure("device", &cause(&error)))?;
        Ok(data.iter::<f32>().map(|x| x * x).sum::<f32>() / (count * PIXELS) as f32)
    }
}

/// Two moons, by a network with hidden layers of `width`.
async fn points(batch: usize, width: usize) -> Result<Workload, JsValue> {
    let network =
        NetworkConfig::Mlp(MlpConfig { frequencies: Vec::new(), level_features: 64, ..MlpConfig::points(2, width) });
    let options = TrainingOptions {
        objective: Objective::Simple,
        learning_rate: 1e-3,
        batch,
        ema: 0.0,
        budget: usize::MAX,
        ..TrainingOptions::points()
    };
    let data = Dataset::built_in("two_moons").map_err(|error| failure("workload", &error.to_string()))?;
    Ok(Workload { trainer: Trainer::new(network, options, data, 1, &device().await?) })
}

/// Digits as the page trains them; what the images show makes no difference to the time.
async fn digits(objective: Objective) -> Result<Workload, JsValue> {
    let settings = Settings::for_data("digits");
    let network = NetworkConfig::images(SIDE, settings.width).with(settings.output, settings.heads).of_classes(CLASSES);
    // The second head learns from the first step on: it would wait for a quarter of the budget.
    let options = TrainingOptions { objective, batch: 64, budget: 0, ..settings.training };
    let labels: Vec<u8> = (0..IMAGES).map(|i| (i % CLASSES) as u8).collect();
    let labels = Labels { classes: CLASSES, train: labels.clone(), held_out: labels };
    let images = noise(IMAGES);
    let (train, held_out) = (images.clone(), images);
    let data = Dataset { kind: KIND, dimension: PIXELS, train, held_out, mixture: None, labels: Some(labels) };
    Ok(Workload { trainer: Trainer::new(network, options, data, 1, &device().await?) })
}

/// `count` images of standard normal noise.
fn noise(count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    (0..count * PIXELS).map(|_| StandardNormal.sample(&mut rng)).collect()
}
