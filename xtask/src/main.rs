//! `cargo xtask …`: every command of this repository, with its own set-up.
//!
//! A machine needs rustup and Node. Everything else is fetched or built on first use, the browser that tests drive too, and kept
//! in a per-user cache so that other clones start faster.

mod audit;
mod browser;
mod build;
mod layers;
mod paths;
mod process;
mod setup;
mod test;
mod versions;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  serve [trunk's options]        build for development, serve it, rebuild on change
  test [PART] [words]            all tests, or one part: lints, native, wasm, page; words go to its runner
  fuzz [CASES] [SEED]            inputs changed at random, a million of each kind if no number is given
  faults [MOMENTS]               the page's faults on purpose, each at twenty moments if no number is given
  soak [MINUTES]                 one page kept busy, an hour if no number is given: docs/soak.md, docs/soak.svg
  audit                          licences, sources and advisories of what others wrote
  build [--single-file]          the release site, in dist/; or all of it in one file, dist/fewsteps.html
  bench [options]                the release site's engines beside other libraries, in headless Chromium;
                                 --quick only checks that all find the same
  setup                          only fetch what the others need

CHROMIUM and FIREFOX name browsers; FEWSTEPS_CACHE moves the cache folder;
FEWSTEPS_SKIP_WEBGPU=1 leaves the WebGPU engine out of `serve` and `test page`.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.split_first() {
        Some((&"serve", rest)) => build::serve(rest),
        Some((&"test", rest)) => test::test(rest),
        Some((&"fuzz", rest)) => test::fuzz(rest),
        Some((&"faults", rest)) => test::faults(rest),
        Some((&"soak", rest)) => build::soak(rest),
        Some((&"audit", [])) => audit::audit(),
        Some((&"build", [])) => build::release(),
        Some((&"build", ["--single-file"])) => build::single_file(),
        Some((&"bench", rest)) => build::bench(rest),
        Some((&"setup", [])) => setup::everything().map(|_| ()),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}
