//! The laboratory's door to JavaScript.

use js_sys::Function;
use wasm_bindgen::prelude::*;

use super::{device, failure, object};
use crate::studies::{self, LabError, Run, Supplies, Update};

impl From<LabError> for JsValue {
    fn from(error: LabError) -> Self {
        failure("lab", &error.to_string())
    }
}

/// A study under way; see [`crate::studies`].
#[wasm_bindgen]
pub struct Study {
    run: Run,
}

#[wasm_bindgen]
impl Study {
    /// Begins what `description` (JSON) describes. `points` `[n, 2]` are the visitor's own, `images` the file of digits, `weights` the
    /// network's as safetensors: what the description needs of them.
    pub async fn begin(
        description: String,
        points: Option<Vec<f32>>,
        images: Option<Vec<u8>>,
        weights: Option<Vec<u8>>,
    ) -> Result<Study, JsValue> {
        let supplies = Supplies { device: device().await?, points, images, weights };
        Ok(Study { run: studies::begin(&description, supplies)? })
    }

    /// What it will show, as an object of the page's `Outline` type.
    pub fn outline(&self) -> Result<JsValue, JsValue> {
        object(self.run.outline())
    }

    /// Goes on for about `milliseconds` by the clock `now`; returns what was found as an object of the page's `Update` type, or
    /// nothing after the end.
    pub async fn advance(&mut self, milliseconds: f64, now: &Function) -> Result<JsValue, JsValue> {
        let time = || now.call0(&JsValue::UNDEFINED).map(|time| time.as_f64().unwrap_or(f64::INFINITY));
        let until = time()? + milliseconds;
        let mut found: Option<Update> = None;
        while let Some(update) = self.run.next().await? {
            match &mut found {
                Some(found) => found.append(update),
                None => found = Some(update),
            }
            if time()? >= until {
                break;
            }
        }
        found.as_ref().map_or(Ok(JsValue::UNDEFINED), object)
    }
}
