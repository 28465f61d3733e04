//! The engine for JavaScript: types cross here, nothing is decided here.
//!
//! wasm-bindgen writes the TypeScript of this layer; `www/generated/engine.d.ts` is a copy that every build of the site checks.

mod device;
mod helper;
mod lane;
mod look;
mod pace;
mod session;
// Studies have an engine of their own on the site: whoever never opens the laboratory need not fetch them.
#[cfg(feature = "laboratory")]
mod study;
mod workload;

use js_sys::{Error, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::session::SessionError;

pub use device::on_device_lost;
pub use helper::{Helper, Pool};
pub use lane::{Frames, LaneRun};
pub use session::{Report, Session};
#[cfg(feature = "laboratory")]
pub use study::Study;
pub use workload::Workload;

/// Sends panics to the console with their place.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// An `Error` with a stable `code` and a sentence.
fn failure(code: &str, sentence: &str) -> JsValue {
    let error = Error::new(sentence);
    // Setting a property of a fresh error can't fail.
    let _ = Reflect::set(&error, &"code".into(), &code.into());
    error.into()
}

/// `value` as JavaScript has it: plain objects, arrays and null.
fn object(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| failure("object", &error.to_string()))
}

impl From<SessionError> for JsValue {
    fn from(error: SessionError) -> Self {
        let text = error.to_string();
        let mut letters = text.chars();
        let sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        failure(error.code(), &(sentence + "."))
    }
}
