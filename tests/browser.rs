//! The engines in a browser's worker: WebGPU or the CPU, whichever the build is for, must agree with the native CPU.

#![cfg(target_family = "wasm")]

#[path = "agreement/mod.rs"]
mod agreement;

use burn::tensor::Device;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[cfg(feature = "webgpu")]
async fn device() -> Device {
    Device::wgpu_options().init_async().await.expect("a WebGPU device")
}

#[cfg(not(feature = "webgpu"))]
async fn device() -> Device {
    Device::flex()
}

#[wasm_bindgen_test]
async fn this_engine_agrees_with_the_native_cpu() {
    let difference = agreement::difference(&agreement::outcome(device().await).await, &agreement::expected());
    assert!(difference < 1e-3, "differs by {difference:e}");
}
