//! Reverse processes from descriptions in JSON, for whoever wants to check us:
//!
//!     cargo run --release --example study -- spec.json     # or - for the standard input
//!     cargo run --release --example study -- --list        # every sampler and schedule
//!
//! What a description holds is said in `fewsteps::study::run`. A description that can't be run ends with code 2 and a sentence
//! that begins with the field at fault.

use std::io::Read;
use std::process::ExitCode;

use burn::tensor::Device;
use fewsteps::study::{list, run};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let outcome = match (words.next().as_deref(), words.next()) {
        (Some("--list"), None) => Ok(list()),
        (Some(path), None) => read(path).and_then(|text| {
            let outcome = pollster::block_on(run::run(&text, &device())).map_err(|error| error.to_string())?;
            serde_json::to_string(&outcome).map_err(|error| error.to_string())
        }),
        _ => Err("usage: study spec.json | study - | study --list".into()),
    };
    match outcome {
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

/// Where `"precision": "f32"` computes.
fn device() -> Device {
    #[cfg(feature = "webgpu")]
    return Device::wgpu(burn::tensor::DeviceKind::DefaultDevice);
    #[cfg(not(feature = "webgpu"))]
    Device::flex()
}
