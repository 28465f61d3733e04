//! The engine's door to JavaScript: types cross here, nothing is decided here.

// Studies run on the CPU engine: without them the other one stays within its budget.
mod look;
#[cfg(not(feature = "webgpu"))]
mod study;
mod workload;

use std::cell::RefCell;

use burn::tensor::Device;
use js_sys::{Error, Float32Array, Reflect, Uint8Array};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::session::{self, Frames, Inputs, LaneRun, SessionError};
use crate::settings::{Settings, SettingsError};

#[cfg(not(feature = "webgpu"))]
pub use study::Study;
pub use workload::Workload;

/// Sends panics to the console with their place.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

thread_local! {
    /// The engine's one device: a GPU can be asked for only once.
    static DEVICE: RefCell<Option<Device>> = const { RefCell::new(None) };
}

/// The device of this engine.
///
/// # Errors
/// When the browser gives out no GPU device.
async fn device() -> Result<Device, JsValue> {
    if let Some(device) = DEVICE.with_borrow(Clone::clone) {
        return Ok(device);
    }
    let device = open_device().await?;
    DEVICE.set(Some(device.clone()));
    Ok(device)
}

#[cfg(feature = "webgpu")]
async fn open_device() -> Result<Device, JsValue> {
    Device::wgpu_options().init_async().await.map_err(|error| failure("device", &format!("{error:?}")))
}

#[cfg(not(feature = "webgpu"))]
async fn open_device() -> Result<Device, JsValue> {
    Ok(Device::flex())
}

fn failure(code: &str, message: &str) -> JsValue {
    let error = Error::new(message);
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

/// One visitor's run; see [`session::Session`].
#[wasm_bindgen]
pub struct Session {
    inner: session::Session,
}

#[wasm_bindgen]
impl Session {
    /// A session on this engine's device.
    pub async fn open() -> Result<Session, JsValue> {
        Ok(Session { inner: session::Session::new(device().await?) })
    }

    /// Makes `settings` (an object of the page's `Settings` type) the current ones; returns whether data and network are new.
    pub fn configure(
        &mut self,
        settings: JsValue,
        points: Option<Vec<f32>>,
        images: Option<Vec<u8>>,
        restart: bool,
    ) -> Result<bool, JsValue> {
        let settings: Settings = serde_wasm_bindgen::from_value(settings)
            .map_err(|error| SessionError::Settings(SettingsError::Shape(error.to_string())))?;
        let inputs = Inputs { points: points.as_deref(), images: images.as_deref(), restart };
        Ok(self.inner.configure(settings, inputs)?)
    }

    /// The first `count` training points, row-major, standardised.
    pub fn points(&self, count: usize) -> Result<Float32Array, JsValue> {
        let data = self.inner.trainer()?.data();
        Ok(Float32Array::from(&data.train[..data.len().min(count) * data.dimension]))
    }

    /// Number of training points.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> Result<usize, JsValue> {
        Ok(self.inner.trainer()?.data().len())
    }

    /// Number of coordinates of a point.
    #[wasm_bindgen(getter)]
    pub fn dimension(&self) -> Result<usize, JsValue> {
        Ok(self.inner.trainer()?.data().dimension)
    }

    /// Steps taken.
    #[wasm_bindgen(getter)]
    pub fn step(&self) -> Result<usize, JsValue> {
        Ok(self.inner.trainer()?.step())
    }

    /// Number of the network's weights.
    #[wasm_bindgen(getter)]
    pub fn parameters(&self) -> Result<usize, JsValue> {
        Ok(self.inner.parameters()?)
    }

    /// Whether the acceleration head has learned at all.
    #[wasm_bindgen(getter, js_name = headTrained)]
    pub fn head_trained(&self) -> Result<bool, JsValue> {
        Ok(self.inner.trainer()?.turn_steps() > 0)
    }

    /// Classes that the network can be asked for; none if zero.
    #[wasm_bindgen(getter)]
    pub fn classes(&self) -> Result<usize, JsValue> {
        Ok(self.inner.classes()?)
    }

    /// Cost of velocity and acceleration together, in evaluations of the velocity.
    #[wasm_bindgen(getter, js_name = headCost)]
    pub fn head_cost(&self) -> Result<f64, JsValue> {
        Ok(self.inner.trainer()?.config().turn_cost())
    }

    /// Distance of as many fresh data points as a lane has to the held-out ones: what a perfect model would score; not a number where nothing is held out.
    pub fn floor(&self) -> Result<f64, JsValue> {
        Ok(self.inner.floor()?)
    }

    /// Lets lanes of digits finish a drawing; see [`session::Session::give`].
    pub fn give(&mut self, pixels: &[u8], mask: &[u8]) -> Result<(), JsValue> {
        Ok(self.inner.give(pixels, mask)?)
    }

    /// Trains `steps` steps.
    pub async fn train(&mut self, steps: usize) -> Result<Report, JsValue> {
        let session::TrainingReport { step, noise, turn } = self.inner.train(steps).await?;
        Ok(Report { step, noise, turn })
    }

    /// Replaces the network's weights by those in a safetensors file.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        self.inner.load_weights(bytes)?;
        Ok(())
    }

    /// The same, as the beginning of a run; see [`session::Session::begin_with`].
    pub fn begin(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        self.inner.begin_with(bytes)?;
        Ok(())
    }

    /// The network's weights as a safetensors file.
    pub async fn save(&self) -> Result<Uint8Array, JsValue> {
        Ok(Uint8Array::from(&*self.inner.save_weights().await?))
    }

    /// Begins a lane's reverse process.
    pub fn lane(&self, index: usize) -> Result<Film, JsValue> {
        Ok(Film { run: self.inner.lane(index)? })
    }

    /// Displacements along the path for one unit of `-ln sigma`, at VP states `x` `[n, 2]`.
    pub async fn field(&self, lane: usize, sigma: f64, x: Vec<f32>) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(&*self.inner.field(lane, sigma, x).await?))
    }
}

/// Losses of a stretch of training.
#[wasm_bindgen(getter_with_clone)]
pub struct Report {
    /// Steps taken.
    pub step: usize,
    /// Noise loss of each step.
    pub noise: Vec<f32>,
    /// Turn loss of each step that trained it.
    pub turn: Vec<f32>,
}

/// A lane's reverse process under way; see [`LaneRun`].
#[wasm_bindgen]
pub struct Film {
    run: LaneRun,
}

#[wasm_bindgen]
impl Film {
    /// Number of points.
    #[wasm_bindgen(getter)]
    pub fn points(&self) -> usize {
        self.run.shape().0
    }

    /// Number of coordinates.
    #[wasm_bindgen(getter)]
    pub fn dimension(&self) -> usize {
        self.run.shape().1
    }

    /// Frames of the whole film.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.run.total()
    }

    /// Whether the film is over.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> bool {
        self.run.done()
    }

    /// The next stretch: the start, then `shown` shown steps at a time.
    pub async fn advance(&mut self, shown: usize) -> Result<Stretch, JsValue> {
        Ok(Stretch { frames: self.run.advance(shown).await? })
    }
}

/// A stretch of a film; see [`Frames`].
#[wasm_bindgen]
pub struct Stretch {
    frames: Frames,
}

#[wasm_bindgen]
impl Stretch {
    /// Index of the first frame.
    #[wasm_bindgen(getter)]
    pub fn first(&self) -> usize {
        self.frames.first
    }

    /// VP states `[frames, points, dimension]`.
    #[wasm_bindgen(getter)]
    pub fn states(&self) -> Float32Array {
        Float32Array::from(&*self.frames.states)
    }

    /// Clean images expected at the start of each shown step `[shown steps, points, dimension]`; empty for points.
    #[wasm_bindgen(getter)]
    pub fn denoised(&self) -> Float32Array {
        Float32Array::from(&*self.frames.denoised)
    }

    /// Noise level of each frame.
    #[wasm_bindgen(getter)]
    pub fn sigmas(&self) -> Float32Array {
        Float32Array::from(&*self.frames.sigmas)
    }

    /// Sampler step of each frame.
    #[wasm_bindgen(getter)]
    pub fn steps(&self) -> Float32Array {
        Float32Array::from(&*self.frames.steps)
    }

    /// Energy distance at whole steps.
    #[wasm_bindgen(getter)]
    pub fn distances(&self) -> Float32Array {
        Float32Array::from(&*self.frames.distances)
    }

    /// Evaluations spent.
    #[wasm_bindgen(getter)]
    pub fn evaluations(&self) -> usize {
        self.frames.evaluations
    }

    /// Their cost in evaluations of the velocity.
    #[wasm_bindgen(getter)]
    pub fn cost(&self) -> f64 {
        self.frames.cost
    }

    /// Sliced Wasserstein distance of the outcome, at the end.
    #[wasm_bindgen(getter)]
    pub fn sliced(&self) -> Option<f64> {
        self.frames.sliced
    }
}
