//! The WebGPU engine on an adapter of this machine, without a browser: `cargo test --features webgpu --test webgpu`.

#![cfg(all(feature = "webgpu", not(target_family = "wasm")))]

#[path = "agreement/mod.rs"]
mod agreement;
mod kernels;

use burn::tensor::{Device, DeviceKind};
use pollster::block_on;

fn device() -> Device {
    Device::wgpu(DeviceKind::DefaultDevice)
}

#[test]
fn a_layer_is_what_plain_burn_says() {
    block_on(kernels::a_layer_is_what_plain_burn_says(&device()));
}

#[test]
fn a_convolution_is_what_plain_burn_says() {
    block_on(kernels::a_convolution_is_what_plain_burn_says(&device()));
}

#[test]
fn odd_batches_are_as_with_plain_burn() {
    block_on(kernels::odd_batches_are_as_with_plain_burn(&device()));
}

#[test]
fn modulated_rows_are_what_plain_burn_says() {
    block_on(kernels::modulated_rows_are_what_plain_burn_says(&device()));
}

#[test]
fn odd_rows_are_as_with_plain_burn() {
    block_on(kernels::odd_rows_are_as_with_plain_burn(&device()));
}

#[test]
fn layers_over_places_are_what_plain_burn_says() {
    block_on(kernels::layers_over_places_are_what_plain_burn_says(&device()));
}

#[test]
fn residuals_are_what_plain_burn_says() {
    block_on(kernels::residuals_are_what_plain_burn_says(&device()));
}

#[test]
fn patches_are_cut_where_they_lie() {
    block_on(kernels::patches_are_cut_where_they_lie(&device()));
}

#[test]
fn features_are_what_plain_burn_says() {
    block_on(kernels::features_are_what_plain_burn_says(&device()));
}

#[test]
fn a_loss_is_what_plain_burn_says() {
    block_on(kernels::a_loss_is_what_plain_burn_says(&device()));
}

#[test]
fn a_heads_loss_is_that_of_its_output() {
    block_on(kernels::a_heads_loss_is_that_of_its_output(&device()));
}

#[test]
fn adam_is_what_the_paper_says() {
    block_on(kernels::adam_is_what_the_paper_says(&device()));
}

#[test]
fn the_engine_agrees_with_the_native_cpu() {
    let difference = agreement::difference(&block_on(agreement::outcome(device())), &agreement::expected());
    assert!(difference < 1e-3, "differs by {difference:e}");
}
