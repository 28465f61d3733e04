//! Studies for JavaScript.

use js_sys::Float64Array;
use wasm_bindgen::prelude::*;

use super::device::device;
use super::pace::now;
use super::{failure, object};
use crate::studies::{self, Part, Run, StudyError, Supplies, Update};

impl From<StudyError> for JsValue {
    fn from(error: StudyError) -> Self {
        failure(error.code(), &error.to_string())
    }
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"import type { Outline, Update } from "./studies";"#;

/// What a helper tells of a part of a study; see [`studies::Part`].
#[wasm_bindgen]
pub struct StudyPart {
    inner: Part,
}

#[wasm_bindgen]
impl StudyPart {
    /// Its number.
    #[wasm_bindgen(getter)]
    pub fn index(&self) -> usize {
        self.inner.index
    }

    /// What it has come to; nothing while it is under way.
    #[wasm_bindgen(getter, unchecked_return_type = "Float64Array<ArrayBuffer> | undefined")]
    pub fn found(&self) -> Option<Float64Array> {
        self.inner.found.as_deref().map(Float64Array::from)
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

    /// Makes this helper `index` of `helpers`; see [`Run::helping`].
    #[must_use]
    pub fn helping(self, index: usize, helpers: usize) -> Study {
        Study { run: self.run.helping(index, helpers) }
    }

    /// The parts that helpers could compute.
    #[wasm_bindgen(getter)]
    pub fn parts(&self) -> usize {
        self.run.parts()
    }

    /// Whether it waits for a helper.
    #[wasm_bindgen(getter)]
    pub fn waits(&self) -> bool {
        self.run.waits()
    }

    /// What a helper has for the leader.
    pub fn news(&mut self) -> Vec<StudyPart> {
        self.run.news().into_iter().map(|inner| StudyPart { inner }).collect()
    }

    /// What a helper says of a part, and how much of all the work it has done.
    pub fn take(&mut self, helper: usize, index: usize, found: Option<Vec<f64>>, done: f64) {
        self.run.take(helper, vec![Part { index, found }], done);
    }

    /// A helper is gone.
    pub fn lose(&mut self, helper: usize) {
        self.run.lose(helper);
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
            if now() >= until || self.run.waits() {
                break;
            }
        }
        found.as_ref().map_or(Ok(JsValue::UNDEFINED), object)
    }
}
