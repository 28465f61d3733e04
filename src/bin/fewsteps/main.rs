//! The command: studies and reverse processes from descriptions in JSON, training, and sampling, as the page does them.
//!
//! Results go to the standard output, progress to the standard error of a terminal. Whatever can't be done ends with code 2 and a
//! sentence, which begins with the field at fault where a description or a setting is.

mod describe;
mod files;
mod inspect;
mod progress;
mod sample;
mod settings;
mod train;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use burn::tensor::Device;
use clap::{Parser, Subcommand};

/// A command's output, or the sentence about why there is none.
type Outcome = Result<String, Box<dyn Error>>;

/// Diffusion models that learn how their sampling path turns: studies, training and sampling, to the page's own numbers.
#[derive(Parser)]
#[command(name = "fewsteps", version)]
struct Command {
    #[command(subcommand)]
    name: Name,
}

#[derive(Subcommand)]
enum Name {
    /// Run a study, from a description in JSON such as the page exports.
    Study(describe::Study),
    /// Run one reverse process, from a description in JSON.
    Run(describe::Run),
    /// Train a network with the page's settings and write its weights.
    Train(train::Train),
    /// Draw samples from weights.
    Sample(sample::Sample),
    /// Print every sampler, schedule and study with its parameters and source, as JSON.
    List,
    /// Say what is in a file of weights.
    Inspect(inspect::Inspect),
}

fn main() -> ExitCode {
    let outcome = match Command::parse().name {
        Name::Study(study) => study.outcome(),
        Name::Run(run) => run.outcome(),
        Name::Train(train) => train.outcome(),
        Name::Sample(sample) => sample.outcome(),
        Name::List => Ok(fewsteps::studies::list()),
        Name::Inspect(inspect) => inspect.outcome(),
    };
    match outcome.and_then(|text| Ok(print(&text)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be there to read it.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

/// Writes a result. A reader that has seen enough and closed the pipe is no fault.
fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match write!(output, "{text}{end}").and_then(|()| output.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Where networks and `"precision": "f32"` compute.
fn device() -> Device {
    #[cfg(feature = "webgpu")]
    return Device::wgpu(burn::tensor::DeviceKind::DefaultDevice);
    #[cfg(not(feature = "webgpu"))]
    Device::flex()
}
