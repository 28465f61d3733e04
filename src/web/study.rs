//! Studies for JavaScript.

use wasm_bindgen::prelude::*;

use super::device::device;
use super::pace::now;
use super::{failure, object};
use crate::studies::{self, Run, StudyError, Supplies, Update};

impl From<StudyError> for JsValue {
    fn from(error: StudyError) -> Self {
        failure(error.code(), &error.to_string())
    }
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"import type { Outline, Update } from "./studies";"#;

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

    /// What it will show.
    #[wasm_bindgen(unchecked_return_type = "Outline")]
    pub fn outline(&self) -> Result<JsValue, JsValue> {
        object(self.run.outline())
    }

    /// Goes on for about `milliseconds`; returns what was found, or nothing after the end.
    #[wasm_bindgen(unchecked_return_type = "Update | undefined")]
    pub async fn advance(&mut self, milliseconds: f64) -> Result<JsValue, JsValue> {
        let until = now() + milliseconds;
        let mut found: Option<Update> = None;
        while let Some(update) = self.run.next().await? {
            match &mut found {
                Some(found) => found.append(update),
                None => found = Some(update),
            }
            if now() >= until {
                break;
            }
        }
        found.as_ref().map_or(Ok(JsValue::UNDEFINED), object)
    }
}
