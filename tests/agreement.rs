//! The CPU's side of the agreement; `tests/browser.rs` holds the browser's engines to the same numbers.

#![cfg(not(target_family = "wasm"))]

#[path = "agreement/mod.rs"]
mod agreement;

use burn::tensor::Device;

/// `FEWSTEPS_UPDATE=1 cargo test --release` writes the numbers anew.
#[test]
fn the_cpu_computes_the_committed_numbers() {
    let outcome = pollster::block_on(agreement::outcome(Device::flex()));
    if std::env::var_os("FEWSTEPS_UPDATE").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agreement/expected.json");
        std::fs::write(path, serde_json::to_string_pretty(&outcome).expect("JSON") + "\n").expect("a writable file");
        return;
    }
    let difference = agreement::difference(&outcome, &agreement::expected());
    assert!(difference < 1e-4, "differs by {difference:e}");
}
