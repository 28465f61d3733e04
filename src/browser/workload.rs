//! The benchmark's fixed training steps.

use wasm_bindgen::prelude::*;

use super::{device, failure};
use crate::data::PointSet;
use crate::network::{MlpConfig, NetworkConfig};
use crate::objective::Objective;
use crate::training::{Trainer, TrainingOptions};

/// A network of a known size, in training with the simple objective.
#[wasm_bindgen]
pub struct Workload {
    trainer: Trainer,
}

#[wasm_bindgen]
impl Workload {
    /// "w1": batch 1024, hidden layers of 256; "w2": batch 256, of 128. Both: 2 + 64 inputs, three hidden layers, Adam.
    pub async fn create(name: &str) -> Result<Workload, JsValue> {
        let (batch, width) = match name {
            "w1" => (1024, 256),
            "w2" => (256, 128),
            other => {
                return Err(failure("workload", &format!("There is no workload called {other}.")));
            }
        };
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
        let data = PointSet::find("two_moons").map_err(|error| failure("workload", &error.to_string()))?.dataset();
        Ok(Workload { trainer: Trainer::new(network, options, data, 1, &device().await?) })
    }

    /// Takes `count` steps and waits for them; returns the last loss.
    pub async fn steps(&mut self, count: usize) -> Result<f32, JsValue> {
        let last = self.trainer.by_ref().take(count).last();
        let last = last.ok_or_else(|| failure("workload", "No step was asked for."))?;
        let data = last.noise.into_data_async().await.map_err(|error| failure("device", &format!("{error:?}")))?;
        data.iter::<f32>().next().ok_or_else(|| failure("device", "The device gave no loss back."))
    }
}
