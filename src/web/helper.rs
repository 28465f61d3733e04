//! Workers that compute shares of others' work, for JavaScript.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::device::device;
use crate::session::SessionError;
use crate::sharing::{Helpers, ShareError};
use crate::training;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Workers, each with a `Helper`. */
export interface Pool {
  readonly count: number;
  /** How many of them, the first ones, have started. */
  readonly ready: number;
  /** Sends worker `index` its share. */
  start(index: number, share: Uint8Array<ArrayBuffer>): void;
  /** What it answers. */
  finish(index: number): Promise<Uint8Array<ArrayBuffer>>;
}
"#;

#[wasm_bindgen]
extern "C" {
    /// Workers, each with a [`Helper`].
    #[derive(Clone)]
    #[wasm_bindgen(typescript_type = "Pool")]
    pub type Pool;

    #[wasm_bindgen(method, getter)]
    fn count(this: &Pool) -> usize;

    #[wasm_bindgen(method, getter)]
    fn ready(this: &Pool) -> usize;

    #[wasm_bindgen(method)]
    fn start(this: &Pool, index: usize, share: Uint8Array);

    #[wasm_bindgen(method, catch)]
    async fn finish(this: &Pool, index: usize) -> Result<JsValue, JsValue>;
}

impl Helpers for Pool {
    fn count(&self) -> usize {
        Pool::count(self)
    }

    fn ready(&self) -> usize {
        Pool::ready(self)
    }

    fn start(&mut self, index: usize, share: Vec<u8>) {
        Pool::start(self, index, Uint8Array::from(&*share));
    }

    async fn finish(&mut self, index: usize) -> Result<Vec<u8>, ShareError> {
        let answer = Pool::finish(self, index).await.map_err(|error| ShareError::Helper(sentence(&error)))?;
        Ok(Uint8Array::new(&answer).to_vec())
    }
}

fn sentence(error: &JsValue) -> String {
    error.dyn_ref::<js_sys::Error>().map_or_else(|| format!("{error:?}"), |error| error.message().into())
}

/// Computes shares of the work of a session elsewhere; see [`training::Helper`].
#[wasm_bindgen]
pub struct Helper {
    inner: training::Helper,
}

#[wasm_bindgen]
impl Helper {
    /// A helper on this engine's device.
    pub async fn open() -> Result<Helper, JsValue> {
        Ok(Helper { inner: training::Helper::new(&device().await?) })
    }

    /// The answer to a share.
    #[wasm_bindgen(unchecked_return_type = "Uint8Array<ArrayBuffer>")]
    pub async fn answer(&mut self, share: &[u8]) -> Result<Uint8Array, JsValue> {
        Ok(Uint8Array::from(&*self.inner.answer(share).await.map_err(SessionError::from)?))
    }
}
