//! A close look at images, and how good a lane's are, for JavaScript.

use wasm_bindgen::prelude::*;

use super::{Session, object};

#[wasm_bindgen]
impl Session {
    /// Looks closely at VP states `[n, 784]` at noise levels `sigmas` `[n]`.
    #[wasm_bindgen(unchecked_return_type = "Looks")]
    pub async fn look(&mut self, states: Vec<f32>, sigmas: Vec<f64>) -> Result<JsValue, JsValue> {
        object(&self.inner.look(&states, &sigmas).await?)
    }

    /// Begins to measure a lane; see [`crate::session::Session::measure`].
    pub fn measure(&mut self, lane: usize) -> Result<(), JsValue> {
        Ok(self.inner.measure(lane)?)
    }

    /// Forgets what is being measured.
    #[wasm_bindgen(js_name = stopMeasuring)]
    pub fn stop_measuring(&mut self) {
        self.inner.stop_measuring();
    }

    /// Goes on measuring for a moment.
    #[wasm_bindgen(unchecked_return_type = "Measured")]
    pub async fn measured(&mut self) -> Result<JsValue, JsValue> {
        object(&self.inner.measured().await?)
    }
}
