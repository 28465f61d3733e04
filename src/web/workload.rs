//! The benchmark's fixed work, for JavaScript.

use wasm_bindgen::prelude::*;

use super::device::device;
use super::failure;
use crate::workload::{self, WorkloadError};

/// A network of a known size, in training.
#[wasm_bindgen]
pub struct Workload(workload::Workload);

#[wasm_bindgen]
impl Workload {
    /// "w1", "w2", "w3" or "digits".
    pub async fn create(name: &str) -> Result<Workload, JsValue> {
        Ok(Workload(workload::Workload::named(name, &device().await?)?))
    }

    /// Points, with a batch and hidden layers of any size.
    pub async fn points(batch: usize, width: usize) -> Result<Workload, JsValue> {
        Ok(Workload(workload::Workload::points(batch, width, &device().await?)))
    }

    /// Takes `count` steps and waits for them; returns the last loss.
    pub async fn steps(&mut self, count: usize) -> Result<f32, JsValue> {
        Ok(self.0.steps(count).await?)
    }

    /// Samples `count` points by DDIM in `evaluations` steps and waits for them; row-major VP states.
    pub async fn sample(&self, count: usize, evaluations: usize) -> Result<Vec<f32>, JsValue> {
        Ok(self.0.sample(count, evaluations).await?)
    }

    /// The next `steps` training steps and the samples after them as safetensors, for another library to repeat.
    pub async fn record(&mut self, steps: usize, count: usize, evaluations: usize) -> Result<Vec<u8>, JsValue> {
        Ok(self.0.record(steps, count, evaluations).await?)
    }
}

impl From<WorkloadError> for JsValue {
    fn from(error: WorkloadError) -> Self {
        let code = match error {
            WorkloadError::Unknown(_) => "workload",
            WorkloadError::Device(_) | WorkloadError::Record(_) => "device",
        };
        failure(code, &error.to_string())
    }
}
