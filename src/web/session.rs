//! A visitor's run for JavaScript.

use js_sys::{Float32Array, Uint8Array};
use wasm_bindgen::prelude::*;

use super::device::device;
use super::helper::Pool;
use super::lane::LaneRun;
use super::pace::{Pace, now};
use crate::network::weights;
use crate::session;
use crate::session::{Inputs, SessionError};
use crate::settings::{Settings, SettingsError};
use crate::sharing::Helpers;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"import type { Settings } from "./settings";
import type { Looks, Measured } from "./session";"#;

/// One visitor's run; see [`session::Session`]. Methods throw an `Error` with a `code`.
#[wasm_bindgen]
pub struct Session {
    pub(super) inner: session::Session,
    pace: Pace,
    helpers: Option<Pool>,
}

#[wasm_bindgen]
impl Session {
    /// A session on this engine's device.
    pub async fn open() -> Result<Session, JsValue> {
        Ok(Session { inner: session::Session::new(device().await?), pace: Pace::default(), helpers: None })
    }

    /// Makes `settings` the current ones; returns whether data and network are new. `points` `[n, 2]` are the visitor's own, of the classes
    /// in `labels`, if they have any; `images` the file of digits or the visitor's own, a byte a pixel.
    pub fn configure(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Settings")] settings: JsValue,
        points: Option<Vec<f32>>,
        labels: Option<Vec<u8>>,
        images: Option<Vec<u8>>,
        restart: bool,
    ) -> Result<bool, JsValue> {
        let settings: Settings = serde_wasm_bindgen::from_value(settings)
            .map_err(|error| SessionError::Settings(SettingsError::Shape(error.to_string())))?;
        let (points, labels, images) = (points.as_deref(), labels.as_deref(), images.as_deref());
        let inputs = Inputs { points, labels, images, restart };
        Ok(self.inner.configure(settings, inputs)?)
    }

    /// The first `count` training points, row-major, standardised.
    #[wasm_bindgen(unchecked_return_type = "Float32Array<ArrayBuffer>")]
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

    /// Steps taken, those of the flow map among them where one is learned.
    #[wasm_bindgen(getter)]
    pub fn step(&self) -> Result<usize, JsValue> {
        Ok(self.inner.progress()?.0)
    }

    /// Steps that there are to be.
    #[wasm_bindgen(getter)]
    pub fn end(&self) -> Result<usize, JsValue> {
        Ok(self.inner.progress()?.1)
    }

    /// Whether there is a flow map.
    #[wasm_bindgen(getter, js_name = mapTrained)]
    pub fn map_trained(&self) -> bool {
        self.inner.map_steps() > 0
    }

    /// Cost of a flow map's step, in evaluations of the velocity.
    #[wasm_bindgen(getter, js_name = mapCost)]
    pub fn map_cost(&self) -> Result<f64, JsValue> {
        Ok(self.inner.trainer()?.config().map_cost())
    }

    /// The least loss of the velocity that any network can reach; see [`crate::training::Trainer::loss_floor`].
    #[wasm_bindgen(js_name = lossFloor)]
    pub fn loss_floor(&self) -> Result<Option<f64>, JsValue> {
        Ok(self.inner.trainer()?.loss_floor())
    }

    /// Number of the network's weights.
    #[wasm_bindgen(getter)]
    pub fn parameters(&self) -> Result<usize, JsValue> {
        Ok(self.inner.parameters()?)
    }

    /// Whether the turn has been trained at all.
    #[wasm_bindgen(getter, js_name = turnTrained)]
    pub fn turn_trained(&self) -> Result<bool, JsValue> {
        Ok(self.inner.trainer()?.turn_steps() > 0)
    }

    /// Cost of velocity and turn together, in evaluations of the velocity.
    #[wasm_bindgen(getter, js_name = turnCost)]
    pub fn turn_cost(&self) -> Result<f64, JsValue> {
        Ok(self.inner.trainer()?.config().turn_cost())
    }

    /// Classes that the network can be asked for; none if zero.
    #[wasm_bindgen(getter)]
    pub fn classes(&self) -> Result<usize, JsValue> {
        Ok(self.inner.classes()?)
    }

    /// Lets lanes of digits finish a drawing; see [`session::Session::set_known_pixels`].
    #[wasm_bindgen(js_name = setKnownPixels)]
    pub fn set_known_pixels(&mut self, pixels: &[u8], mask: &[u8]) -> Result<(), JsValue> {
        Ok(self.inner.set_known_pixels(pixels, mask)?)
    }

    /// Lets `helpers` compute shares of training steps and of lanes from now on, or nobody.
    #[wasm_bindgen(js_name = useHelpers)]
    pub fn use_helpers(&mut self, helpers: Option<Pool>) {
        self.helpers = helpers;
        self.pace = Pace::default();
    }

    /// How many of the helpers share the training: as many as its steps are worth.
    #[wasm_bindgen(getter)]
    pub fn helping(&self) -> Result<usize, JsValue> {
        let work = self.inner.trainer()?.work();
        Ok(self.helpers.as_ref().map_or(0, |helpers| helpers.useful(work)))
    }

    /// Trains `steps` steps.
    pub async fn train(&mut self, steps: usize) -> Result<Report, JsValue> {
        let start = now();
        let session::TrainingReport { map_step, trajectories, noise, turn, map, .. } = match &mut self.helpers {
            Some(helpers) => self.inner.train_with(steps, helpers).await?,
            None => self.inner.train(steps).await?,
        };
        let (step, _) = self.inner.progress()?;
        Ok(Report { step, map_step, trajectories, noise, turn, map, milliseconds: now() - start })
    }

    /// Trains a slice of a steady length, to step `until` at most.
    #[wasm_bindgen(js_name = trainSlice)]
    pub async fn train_slice(&mut self, until: usize) -> Result<Report, JsValue> {
        let left = until.saturating_sub(self.inner.progress()?.0);
        let steps = self.pace.steps(left);
        let report = self.train(steps).await?;
        self.pace.took(steps, report.milliseconds);
        Ok(report)
    }

    /// Name of the data set that the weights in a safetensors file say they were trained on.
    #[wasm_bindgen(js_name = trainedOn)]
    pub fn trained_on(bytes: &[u8]) -> Result<String, JsValue> {
        Ok(weights::describe(bytes).map_err(SessionError::from)?.data)
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
    #[wasm_bindgen(unchecked_return_type = "Uint8Array<ArrayBuffer>")]
    pub async fn save(&self) -> Result<Uint8Array, JsValue> {
        Ok(Uint8Array::from(&*self.inner.save_weights().await?))
    }

    /// What training needs besides the weights to go on as if it had never stopped; see [`session::Session::save_training`].
    #[wasm_bindgen(js_name = saveTraining, unchecked_return_type = "Uint8Array<ArrayBuffer>")]
    pub async fn save_training(&self) -> Result<Uint8Array, JsValue> {
        Ok(Uint8Array::from(&*self.inner.save_training().await?))
    }

    /// Goes on as the session did that saved these bytes, whose weights are loaded.
    #[wasm_bindgen(js_name = goOn)]
    pub fn go_on(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        Ok(self.inner.go_on(bytes)?)
    }

    /// Begins a lane's reverse process.
    pub fn lane(&self, index: usize) -> Result<LaneRun, JsValue> {
        let inner = match &self.helpers {
            Some(helpers) => self.inner.lane_among(index, helpers)?,
            None => self.inner.lane(index)?,
        };
        Ok(LaneRun::new(inner, self.helpers.clone()))
    }

    /// The forward process's VP states `[sigmas, count, dimension]`; see [`session::Session::forward`].
    #[wasm_bindgen(unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub fn forward(&self, sigmas: &[f32], count: usize) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(&*self.inner.forward(sigmas, count)?))
    }

    /// Displacements along the path for one unit of `-ln sigma`, at VP states `x` `[n, 2]`, or what the turn adds to them; see
    /// [`session::Session::field`].
    #[wasm_bindgen(unchecked_return_type = "Float32Array<ArrayBuffer>")]
    pub async fn field(&self, lane: usize, sigma: f64, x: Vec<f32>, turns: bool) -> Result<Float32Array, JsValue> {
        Ok(Float32Array::from(&*self.inner.field(lane, sigma, x, turns).await?))
    }
}

/// Losses of the steps of one call.
#[wasm_bindgen(getter_with_clone)]
pub struct Report {
    /// Steps taken in this run, those of the flow map among them.
    pub step: usize,
    /// Steps of the flow map alone.
    pub map_step: usize,
    /// The part of the flow map's trajectories that is there, from 0 to 1.
    pub trajectories: f64,
    /// Noise loss of each step of the velocity.
    pub noise: Vec<f32>,
    /// Turn loss of each step that trained it.
    pub turn: Vec<f32>,
    /// Loss of each step of the flow map.
    pub map: Vec<f32>,
    /// How long the steps took.
    pub milliseconds: f64,
}
