//! How much work fits between two messages: calls into the engine are cut into slices of a steady length.

use wasm_bindgen::JsCast;
use web_sys::WorkerGlobalScope;

/// Milliseconds that a slice of training aims to take. A GPU's slice is longer: reading its losses is slow.
const SLICE: f64 = if cfg!(feature = "webgpu") { 250.0 } else { 60.0 };
/// Most steps of a slice, however fast they are.
const MOST: usize = 200;

/// Milliseconds by the clock of this worker.
pub(super) fn now() -> f64 {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    scope.performance().map_or(f64::INFINITY, |clock| clock.now())
}

/// Chooses how many steps make a slice from how long the last ones took.
pub(super) struct Pace {
    steps: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { steps: 1 }
    }
}

impl Pace {
    /// Steps of the next slice, of `left` in all.
    pub(super) fn steps(&self, left: usize) -> usize {
        self.steps.min(left)
    }

    /// Learns that `steps` steps took `milliseconds`.
    pub(super) fn took(&mut self, steps: usize, milliseconds: f64) {
        let fitting = (steps as f64 * SLICE / milliseconds.max(1.0)).round() as usize;
        self.steps = fitting.clamp(1, MOST);
    }
}
