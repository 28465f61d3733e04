//! The benchmark's fixed work, for JavaScript.

use wasm_bindgen::prelude::*;

use super::device::device;
use super::failure;
use super::helper::Pool;
use crate::workload::{self, WorkloadError};

/// A network of a known size, in training.
#[wasm_bindgen]
pub struct Workload {
    inner: workload::Workload,
    helpers: Option<Pool>,
}

#[wasm_bindgen]
impl Workload {
    /// "w1", "w2", "w3" or "digits".
    pub async fn create(name: &str) -> Result<Workload, JsValue> {
        Ok(Workload { inner: workload::Workload::named(name, &device().await?)?, helpers: None })
    }

    /// Points, with a batch and hidden layers of any size.
    pub async fn points(batch: usize, width: usize) -> Result<Workload, JsValue> {
        Ok(Workload { inner: workload::Workload::points(batch, width, &device().await?), helpers: None })
    }

    /// Lets `helpers` compute shares of the steps and of the samples.
    #[wasm_bindgen(js_name = useHelpers)]
    pub fn use_helpers(&mut self, helpers: Pool) {
        self.helpers = Some(helpers);
    }

    /// Takes `count` steps and waits for them; returns the last loss.
    pub async fn steps(&mut self, count: usize) -> Result<f32, JsValue> {
        Ok(match &mut self.helpers {
            Some(helpers) => self.inner.steps_with(count, helpers).await?,
            None => self.inner.steps(count).await?,
        })
    }

    /// Samples `count` points by DDIM in `evaluations` steps and waits for them; row-major VP states.
    pub async fn sample(&mut self, count: usize, evaluations: usize) -> Result<Vec<f32>, JsValue> {
        Ok(match &mut self.helpers {
            Some(helpers) => self.inner.sample_with(count, evaluations, helpers).await?,
            None => self.inner.sample(count, evaluations).await?,
        })
    }

    /// The next `steps` training steps and the samples after them as safetensors, for another library to repeat.
    pub async fn record(&mut self, steps: usize, count: usize, evaluations: usize) -> Result<Vec<u8>, JsValue> {
        Ok(self.inner.record(steps, count, evaluations).await?)
    }
}

impl From<WorkloadError> for JsValue {
    fn from(error: WorkloadError) -> Self {
        let code = match error {
            WorkloadError::Unknown(_) | WorkloadError::Sampler(_) => "workload",
            WorkloadError::Share(_) => "helper",
            WorkloadError::Device(_) | WorkloadError::Record(_) => "device",
        };
        failure(code, &error.to_string())
    }
}
