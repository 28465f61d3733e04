//! A lane's reverse process for JavaScript.

use js_sys::{Float32Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::helper::Pool;
use crate::session;

/// Coordinates of all points in one call on the CPU: about a tenth of a second.
const COORDINATES: usize = 8000;
/// Shown steps in one call on a GPU: one read of a busy device.
const SHOWN: usize = 16;

/// A lane's reverse process under way; see [`session::LaneRun`].
#[wasm_bindgen]
pub struct LaneRun {
    inner: session::LaneRun,
    helpers: Option<Pool>,
}

impl LaneRun {
    pub(super) fn new(inner: session::LaneRun, helpers: Option<Pool>) -> Self {
        Self { inner, helpers }
    }
}

#[wasm_bindgen]
impl LaneRun {
    /// Number of points.
    #[wasm_bindgen(getter)]
    pub fn points(&self) -> usize {
        self.inner.shape().0
    }

    /// Number of coordinates.
    #[wasm_bindgen(getter)]
    pub fn dimension(&self) -> usize {
        self.inner.shape().1
    }

    /// The class that each point is conditioned on; empty where they are not.
    #[wasm_bindgen(getter, unchecked_return_type = "Uint8Array<ArrayBuffer>")]
    pub fn classes(&self) -> Uint8Array {
        Uint8Array::from(self.inner.classes())
    }

    /// Frames of the whole process.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.inner.total()
    }

    /// Multiplications that workers may share.
    #[wasm_bindgen(getter)]
    pub fn work(&self) -> f64 {
        self.inner.work()
    }

    /// Whether the process is over.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> bool {
        self.inner.done()
    }

    /// The next frames: the start, then those of a few steps at a time.
    pub async fn advance(&mut self) -> Result<Frames, JsValue> {
        let (points, dimension) = self.inner.shape();
        let shown = if cfg!(feature = "webgpu") { SHOWN } else { (COORDINATES / (points * dimension)).max(1) };
        let inner = match &mut self.helpers {
            Some(helpers) => self.inner.advance_with(shown, helpers).await?,
            None => self.inner.advance(shown).await?,
        };
        Ok(Frames { inner })
    }
}

/// Some frames of a lane; see [`session::Frames`].
#[wasm_bindgen]
pub struct Frames {
    inner: session::Frames,
}

#[wasm_bindgen]
impl Frames {
    /// Index of the first frame.
    #[wasm_bindgen(getter)]
    pub fn first(&self) -> usize {
        self.inner.first
    }

    /// VP states `[frames, points, dimension]`.
    #[wasm_bindgen(getter, unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn states(&self) -> Float32Array {
        Float32Array::from(&*self.inner.states)
    }

    /// Clean points expected at the start of each shown step `[shown steps, points, dimension]`.
    #[wasm_bindgen(getter, unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn denoised(&self) -> Float32Array {
        Float32Array::from(&*self.inner.denoised)
    }

    /// Noise level of each frame.
    #[wasm_bindgen(getter, unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn sigmas(&self) -> Float32Array {
        Float32Array::from(&*self.inner.sigmas)
    }

    /// Sampler step of each frame.
    #[wasm_bindgen(getter, unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn steps(&self) -> Float32Array {
        Float32Array::from(&*self.inner.steps)
    }

    /// How far the points are from held-out data at whole steps, in parts of how far noise is, and its standard error `[frames, 2]`;
    /// NaN between.
    #[wasm_bindgen(getter, unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn errors(&self) -> Float32Array {
        let rows = self.inner.errors.iter().flat_map(|found| [found.mean, found.standard_error]);
        Float32Array::from(&*rows.map(|value| value as f32).collect::<Vec<_>>())
    }

    /// Evaluations spent.
    #[wasm_bindgen(getter)]
    pub fn evaluations(&self) -> usize {
        self.inner.evaluations
    }

    /// Their cost in evaluations of the velocity.
    #[wasm_bindgen(getter)]
    pub fn cost(&self) -> f64 {
        self.inner.cost
    }
}
