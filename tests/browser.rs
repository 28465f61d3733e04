//! The engines in a browser's worker: WebGPU or the CPU, whichever the build is for, must agree with the native CPU.

#![cfg(target_family = "wasm")]

#[path = "agreement/mod.rs"]
mod agreement;
#[cfg(feature = "webgpu")]
mod kernels;

use std::cell::RefCell;

use burn::tensor::Device;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

thread_local! {
    /// A GPU can be asked for only once.
    static DEVICE: RefCell<Option<Device>> = const { RefCell::new(None) };
}

async fn device() -> Device {
    if let Some(device) = DEVICE.with_borrow(Clone::clone) {
        return device;
    }
    #[cfg(feature = "webgpu")]
    let device = Device::wgpu_options().init_async().await.expect("a WebGPU device");
    #[cfg(not(feature = "webgpu"))]
    let device = Device::flex();
    DEVICE.set(Some(device.clone()));
    device
}

#[wasm_bindgen_test]
async fn this_engine_agrees_with_the_native_cpu() {
    let difference = agreement::difference(&agreement::outcome(device().await).await, &agreement::expected());
    assert!(difference < 1e-3, "differs by {difference:e}");
}

/// Samplers that read numbers from the device on their way, and one that does not.
#[wasm_bindgen_test]
async fn a_described_run_is_the_same_in_both_precisions() {
    let start = r#"[[0.3, -0.2], [1.1, 0.9], [-1.4, 0.5]]"#;
    let target = r#"{"mixture": {"weights": [1, 2], "means": [[1, 0], [-1, 0.5]], "covariances": [[[0.1, 0], [0, 0.2]], [[0.2, 0.1], [0.1, 0.2]]]}}"#;
    let device = device().await;
    for sampler in ["ode_adaptive", "unipc3_bh2"] {
        let mut ends = Vec::new();
        for precision in ["f64", "f32"] {
            let description = format!(
                r#"{{"target": {target}, "schedule": {{"name": "log_linear", "steps": 4}}, "sampler": "{sampler}", "start": {start}, "precision": "{precision}"}}"#
            );
            let outcome = fewsteps::studies::reverse_process::run(&description, &device).await.expect("an outcome");
            ends.push(outcome.trajectory.into_iter().next_back().expect("a state").concat());
        }
        let off = ends[0].iter().zip(&ends[1]).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-3, "{sampler}: {off:e}");
    }
}

#[cfg(feature = "webgpu")]
#[wasm_bindgen_test]
async fn gpu_kernels_are_what_plain_burn_says() {
    let device = device().await;
    kernels::a_layer_is_what_plain_burn_says(&device).await;
    kernels::a_convolution_is_what_plain_burn_says(&device).await;
    kernels::odd_batches_are_as_with_plain_burn(&device).await;
    kernels::modulated_rows_are_what_plain_burn_says(&device).await;
    kernels::odd_rows_are_as_with_plain_burn(&device).await;
    kernels::layers_over_places_are_what_plain_burn_says(&device).await;
    kernels::residuals_are_what_plain_burn_says(&device).await;
    kernels::patches_are_cut_where_they_lie(&device).await;
    kernels::features_are_what_plain_burn_says(&device).await;
    kernels::a_loss_is_what_plain_burn_says(&device).await;
    kernels::a_heads_loss_is_that_of_its_output(&device).await;
    kernels::adam_is_what_the_paper_says(&device).await;
}

/// Each dispatch costs the browser more than a small layer's work.
#[cfg(feature = "webgpu")]
#[wasm_bindgen_test]
async fn a_step_on_points_is_few_dispatches() {
    let mut workload = fewsteps::workload::Workload::named("w2", &device().await).expect("a workload");
    // The first step gathers the weights.
    workload.steps(1).await.expect("a step");
    let launches = fewsteps_kernels::gpu::Launches::watch();
    workload.steps(4).await.expect("steps");
    let names = launches.take();
    assert!(names.len() <= 4 * 12, "{names:?}");
}

#[cfg(feature = "webgpu")]
#[wasm_bindgen_test]
async fn a_step_and_an_evaluation_on_digits_are_few_dispatches() {
    let mut workload = fewsteps::workload::Workload::named("w3", &device().await).expect("a workload");
    workload.steps(1).await.expect("a step");
    let launches = fewsteps_kernels::gpu::Launches::watch();
    workload.steps(1).await.expect("a step");
    let names = launches.take();
    assert!(names.len() <= 120, "{}: {names:?}", names.len());
    // Burn learns over the first evaluations which operations it can fuse.
    workload.sample(2, 4).await.expect("samples");
    launches.take();
    workload.sample(2, 4).await.expect("samples");
    let names = launches.take();
    assert!(names.len() <= 4 * 48, "{}: {names:?}", names.len());
}
