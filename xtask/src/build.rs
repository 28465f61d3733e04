//! The site: for development, for release, and under the stopwatch.

use crate::browser::chromium;
use crate::paths;
use crate::process::{Outcome, run, step};
use crate::setup::{self, Environment};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// Trunk's development server. Its output stays apart from `dist/`, which is always a release.
pub fn serve(options: &[&str]) -> Outcome {
    setup::compiler()?;
    let engine = if setup::has_tools() { None } else { Some(engine_ahead()?) };
    let environment = setup::tools()?;
    if let Some(mut engine) = engine {
        // Trunk asks for it again, and says so if it can't be compiled.
        let _ = engine.wait();
    }
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

/// Begins to compile the CPU engine, as Trunk will: compiling the tools meanwhile leaves no core idle.
fn engine_ahead() -> Outcome<Child> {
    println!("\nCompiling the CPU engine, and meanwhile what else is missing.");
    Command::new("cargo")
        .current_dir(paths::root())
        .args(["build", "--quiet", "--target", "wasm32-unknown-unknown", "--profile", "release"])
        .env_remove("RUSTC")
        .env("CARGO_TARGET_DIR", paths::target())
        .spawn()
        .map_err(|error| format!("could not start cargo: {error}"))
}

/// The release site in `dist/`, optimised and held to its size budgets.
pub fn release() -> Outcome {
    release_in(&setup::everything()?)
}

/// The page as one file: `dist/fewsteps.html`, on the CPU engine alone.
pub fn single_file() -> Outcome {
    const NAME: &str = "fewsteps.html";
    let environment = setup::everything()?;
    let built = paths::target().join("single-file");
    step("the page as one file", || {
        run(environment
            .command("trunk")
            .args(["build", "--release", "--dist"])
            .arg(&built)
            .env("FEWSTEPS_SINGLE_FILE", "1")
            .env("FEWSTEPS_SKIP_WEBGPU", "1"))
    })?;
    let dist = paths::root().join("dist");
    let copied = fs::create_dir_all(&dist).and_then(|()| fs::copy(built.join(NAME), dist.join(NAME)));
    let bytes = copied.map_err(|error| format!("dist/{NAME}: {error}"))?;
    println!("dist/{NAME}: {:.1} MB", bytes as f64 / 1e6);
    Ok(())
}

/// Measures the release site's engines, or those of the site that FEWSTEPS_SITE names, beside other libraries, and writes docs/bench.md.
pub fn bench(options: &[&str]) -> Outcome {
    let environment = setup::everything()?;
    setup::peers()?;
    let chromium = chromium(&environment)?;
    let site = site_or_release(&environment)?;
    step("benchmark in headless Chromium (10 to 20 minutes)", || measure(&environment, &chromium, &site, options))
}

/// Keeps a page of the release site busy for so many minutes, or one of the site that FEWSTEPS_SITE names, and writes docs/soak.md.
pub fn soak(words: &[&str]) -> Outcome {
    let environment = setup::everything()?;
    setup::peers()?;
    let chromium = chromium(&environment)?;
    let site = site_or_release(&environment)?;
    step("a page kept busy in headless Chromium", || {
        run(environment
            .command("node")
            .arg("benches/browser/soak.mjs")
            .args(words)
            .env("CHROMIUM", &chromium)
            .env("FEWSTEPS_SITE", &site))
    })
}

/// The site that FEWSTEPS_SITE names, else the release site, built.
fn site_or_release(environment: &Environment) -> Outcome<PathBuf> {
    if let Some(named) = std::env::var_os("FEWSTEPS_SITE") {
        return Ok(named.into());
    }
    release_in(environment)?;
    Ok(paths::root().join("dist"))
}

/// Runs the benchmark on the built `site`.
pub fn measure(environment: &Environment, chromium: &Path, site: &Path, options: &[&str]) -> Outcome {
    run(environment
        .command("node")
        .arg("benches/browser/bench.mjs")
        .args(options)
        .env("CHROMIUM", chromium)
        .env("FEWSTEPS_SITE", site))
}

/// The site as the tests open it: nothing optimised, nothing left out.
pub fn for_tests(environment: &Environment, dist: &Path) -> Outcome {
    step("site for the page tests", || run(environment.command("trunk").args(["build", "--dist"]).arg(dist)))
}

fn release_in(environment: &Environment) -> Outcome {
    step("release site in dist/", || run(environment.command("trunk").args(["build", "--release", "--dist", "dist"])))
}
