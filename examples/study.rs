//! Studies and single reverse processes from descriptions in JSON: what the page's laboratory runs, for whoever wants to check us.
//!
//!     cargo run --release --example study -- spec.json              # or - for the standard input
//!     cargo run --release --example study -- spec.json --csv        # a study's tables as comma-separated values
//!     cargo run --release --example study -- spec.json --weights w.safetensors
//!     cargo run --release --example study -- --list                 # every study, sampler and schedule
//!
//! A description that names a `study` is one of `fewsteps::studies`, and what comes out is the description with its `outcome`, as the
//! page exports it; all others are single runs of `fewsteps::studies::reverse_process`. Studies of the model use the page's own weights
//! of the data set unless others are given, and digits from `node_modules`. A description that can't be run ends with code 2 and a sentence that begins with
//! the field at fault.

#[path = "mnist/mod.rs"]
mod mnist;

use std::io::{IsTerminal, Read, Write};
use std::process::ExitCode;

use burn::tensor::Device;
use fewsteps::studies::{self, Outcome, Supplies};
use fewsteps::studies::{list, reverse_process};
use serde_json::Value;

const USAGE: &str = "usage: study (spec.json | -) [--csv] [--weights file] | study --list";

fn main() -> ExitCode {
    match answer(std::env::args().skip(1).collect()) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn answer(words: Vec<String>) -> Result<String, String> {
    let (mut path, mut csv, mut weights) = (None, false, None);
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => return Ok(list()),
            "--csv" => csv = true,
            "--weights" => weights = Some(words.next().ok_or(USAGE)?),
            _ if path.is_none() => path = Some(word),
            _ => return Err(USAGE.into()),
        }
    }
    let text = read(&path.ok_or(USAGE)?)?;
    let description: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if description.get("study").is_some() {
        return study(&text, description, csv, weights);
    }
    let outcome = pollster::block_on(reverse_process::run(&text, &device())).map_err(|error| error.to_string())?;
    serde_json::to_string(&outcome).map_err(|error| error.to_string())
}

/// Runs a study to its end, with its progress on a terminal.
fn study(text: &str, mut description: Value, csv: bool, weights: Option<String>) -> Result<String, String> {
    let data = description["data"].as_str().unwrap_or("eight_gaussians");
    let weights = match weights {
        Some(path) => Some(std::fs::read(&path).map_err(|error| format!("{path} can't be read: {error}"))?),
        None => std::fs::read(format!("{}/www/weights/{data}.safetensors", env!("CARGO_MANIFEST_DIR"))).ok(),
    };
    // As many as the page has.
    let images =
        if data == "digits" { Some(mnist::packed(10_000, 2_000).map_err(|error| error.to_string())?) } else { None };
    let supplies = Supplies { device: device(), points: None, images, weights };
    let mut run = studies::begin(text, supplies).map_err(|error| error.to_string())?;
    let mut outcome = Outcome::new(run.outline());
    let show = std::io::stderr().is_terminal();
    while let Some(update) = pollster::block_on(run.next()).map_err(|error| error.to_string())? {
        if show {
            eprint!("\r{:5.1} % {:60.60}", 100.0 * update.progress, update.doing);
            let _ = std::io::stderr().flush();
        }
        outcome.take(update);
    }
    if show {
        eprintln!();
    }
    if csv {
        return Ok(outcome.csv());
    }
    description["outcome"] = outcome.json();
    serde_json::to_string(&description).map_err(|error| error.to_string())
}

fn read(path: &str) -> Result<String, String> {
    if path == "-" {
        let mut text = String::new();
        return match std::io::stdin().read_to_string(&mut text) {
            Ok(_) => Ok(text),
            Err(error) => Err(format!("the standard input can't be read: {error}")),
        };
    }
    std::fs::read_to_string(path).map_err(|error| format!("{path} can't be read: {error}"))
}

/// Where networks and `"precision": "f32"` compute.
fn device() -> Device {
    #[cfg(feature = "webgpu")]
    return Device::wgpu(burn::tensor::DeviceKind::DefaultDevice);
    #[cfg(not(feature = "webgpu"))]
    Device::flex()
}
