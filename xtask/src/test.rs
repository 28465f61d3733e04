//! The tests, from the quickest to the slowest. Each part prints its runner's own summary.

use std::process::Command;

use crate::browser::{chromium, firefox};
use crate::build;
use crate::layers;
use crate::paths;
use crate::process::{Outcome, run, step};
use crate::setup::{self, Environment};
use crate::versions;

/// What the browser's build leaves out: the command.
const FEATURES: [&str; 2] = ["--features", "fewsteps/cli"];

/// All parts, or the one named; words after it go to its runner.
pub fn test(words: &[&str]) -> Outcome {
    let environment = setup::everything()?;
    match words.split_first() {
        None => {
            // Ask for the browsers before an hour of compiling, not after it.
            chromium(&environment)?;
            firefox()?;
            lints(&environment)?;
            native(&environment, &[])?;
            wasm(&environment, &[])?;
            page(&environment, &[])
        }
        Some((&"lints", [])) => lints(&environment),
        Some((&"native", rest)) => native(&environment, rest),
        Some((&"wasm", rest)) => wasm(&environment, rest),
        Some((&"page", rest)) => page(&environment, rest),
        Some((other, _)) => Err(format!("There is no part `{other}`: lints, native, wasm or page.")),
    }
}

fn lints(environment: &Environment) -> Outcome {
    step("cargo fmt --check", || run(environment.command("cargo").args(["fmt", "--all", "--", "--check"])))?;
    step("layers of the crate and the page", || {
        layers::check_crate(&paths::root())?;
        run(environment.command("node").arg("www/build/layers.mjs"))
    })?;
    step("one version everywhere", || versions::check(&paths::root()))?;
    step("types of the page (tsc)", || types(environment))?;
    step("format and lints of the page (Biome)", || run(environment.command("npm").args(["run", "--silent", "lint"])))?;
    step("cargo clippy", || {
        let mut command = environment.command("cargo");
        command.args(["clippy", "--release", "--workspace", "--all-targets", "--quiet"]).args(FEATURES);
        run(command.args(["--", "--deny", "warnings"]))
    })?;
    step("cargo doc", || {
        let mut command = environment.command("cargo");
        command.args(["doc", "--release", "--workspace", "--no-deps", "--lib", "--quiet"]);
        run(command.env("RUSTDOCFLAGS", "--deny warnings"))
    })
}

fn types(environment: &Environment) -> Outcome {
    setup::peers()?;
    run(environment.command("tsc").args(["--project", "tsconfig.json"]))?;
    run(environment.command("tsc").args(["--project", "tsconfig.node.json"]))
}

fn native(environment: &Environment, rest: &[&str]) -> Outcome {
    step("native tests (the first time compiles Burn: some minutes)", || {
        run(environment.command("cargo").args(["test", "--release", "--workspace"]).args(FEATURES).args(rest))
    })
}

/// `tests/fuzz.rs` and `tests/page/parsers.spec.ts` with as many cases of each kind as are asked for.
pub fn fuzz(words: &[&str]) -> Outcome {
    let environment = setup::everything()?;
    let (cases, seed) = match *words {
        [] => ("1000000", "1"),
        [cases] => (cases, "1"),
        [cases, seed] => (cases, seed),
        _ => return Err("fuzz takes a number of cases and a seed.".into()),
    };
    step("inputs changed at random", || {
        let mut command = environment.command("cargo");
        command.args(["test", "--release", "--workspace"]).args(FEATURES).args(["--test", "fuzz"]);
        run(command.env("FEWSTEPS_FUZZ_CASES", cases).env("FEWSTEPS_FUZZ_SEED", seed))
    })?;
    step("the page's parsers", || {
        let mut command = playwright(&environment, &["--project=cpu", "parsers.spec"]);
        run(command.env("FEWSTEPS_FUZZ_CASES", cases))
    })
}

/// The tests of faults, each fault at as many moments as are asked for: on the CPU engine, and where the GPU's device is lost.
pub fn faults(words: &[&str]) -> Outcome {
    let moments = match *words {
        [] => "20",
        [moments] => moments,
        _ => return Err("faults takes a number of moments.".into()),
    };
    let environment = setup::everything()?;
    let chromium = chromium(&environment)?;
    let dist = paths::target().join("site-under-test");
    build::for_tests(&environment, &dist)?;
    step("faults on purpose", || {
        let mut command = playwright(&environment, &["faults.spec", "loop.spec", "lost.spec"]);
        run(command.env("CHROMIUM", &chromium).env("FEWSTEPS_SITE", &dist).env("FEWSTEPS_FAULT_MOMENTS", moments))
    })
}

fn playwright(environment: &Environment, words: &[&str]) -> Command {
    let mut command = environment.command("playwright");
    command.args(["test", "--config", "tests/page/playwright.config.mjs"]).args(words);
    command
}

/// The engine's own tests in Chromium: on WebGPU in the build that has it, then in the CPU build.
fn wasm(environment: &Environment, rest: &[&str]) -> Outcome {
    let chromium = chromium(environment)?;
    let webgpu = ["--no-default-features", "--features", "webgpu"];
    for (name, features, target) in [("WebGPU", &webgpu[..], paths::webgpu_target()), ("CPU", &[], paths::target())] {
        step(&format!("wasm tests in Chromium, {name} engine"), || {
            run(environment
                .command("cargo")
                .args(["test", "--release", "--target", "wasm32-unknown-unknown", "--test", "browser"])
                .args(features)
                .args(rest)
                .env("CARGO_TARGET_DIR", target)
                .env("CHROMIUM", &chromium))
        })?;
    }
    Ok(())
}

fn page(environment: &Environment, rest: &[&str]) -> Outcome {
    let chromium = chromium(environment)?;
    // Words may name tests that need none.
    let firefox = if rest.is_empty() { Some(firefox()?) } else { firefox().ok() };
    let dist = paths::target().join("site-under-test");
    build::for_tests(environment, &dist)?;
    step("page tests in Chromium, on WebGPU and on the CPU, and in Firefox", || {
        let mut command = playwright(environment, rest);
        command.envs(firefox.as_ref().map(|firefox| ("FIREFOX", firefox)));
        run(command.env("CHROMIUM", &chromium).env("FEWSTEPS_SITE", &dist))
    })?;
    if !rest.is_empty() {
        // Words name page tests.
        return Ok(());
    }
    setup::peers()?;
    step("engines and other libraries find the same losses", || {
        build::measure(environment, &chromium, &dist, &["--quick"])
    })
}
