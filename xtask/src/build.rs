//! The site: for development, for release, and under the stopwatch.

use crate::browser::chromium;
use crate::paths;
use crate::process::{Outcome, run, step};
use crate::setup::{self, Environment};
use std::path::Path;

/// Trunk's development server. Its output stays apart from `dist/`, which is always a release.
pub fn serve(options: &[&str]) -> Outcome {
    let environment = setup::everything()?;
    let dist = paths::target().join("serve");
    println!(
        "\nBuilding for development. The page is at the address that Trunk prints as soon as the CPU engine is compiled (some \
         minutes the first time); the WebGPU engine is compiled behind it, and the page reloads when that is done."
    );
    run(environment
        .command("trunk")
        .arg("serve")
        .arg("--dist")
        .arg(dist)
        .args(options)
        .env("FEWSTEPS_WEBGPU", "behind"))
}

/// The release site in `dist/`, optimised and held to its size budgets.
pub fn release() -> Outcome {
    release_in(&setup::everything()?)
}

/// Measures the release site's engines and writes docs/bench.md and docs/bench.json.
pub fn bench(options: &[&str]) -> Outcome {
    let environment = setup::everything()?;
    let chromium = chromium(&environment)?;
    release_in(&environment)?;
    step("benchmark in headless Chromium (10 to 20 minutes)", || {
        run(environment.command("node").arg("benches/browser/bench.mjs").args(options).env("CHROMIUM", chromium))
    })
}

/// The site as the tests open it: nothing optimised, nothing left out.
pub fn for_tests(environment: &Environment, dist: &Path) -> Outcome {
    step("site for the page tests", || run(environment.command("trunk").args(["build", "--dist"]).arg(dist)))
}

fn release_in(environment: &Environment) -> Outcome {
    step("release site in dist/", || run(environment.command("trunk").args(["build", "--release", "--dist", "dist"])))
}
