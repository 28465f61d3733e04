//! Studies and single reverse processes, from their descriptions.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use fewsteps::studies::{self, Supplies, reverse_process};
use serde_json::Value;

use crate::files::Digits;
use crate::progress::Progress;
use crate::{Outcome, device, files};

#[derive(Args)]
pub struct Study {
    /// Description (`fewsteps::studies`): a file, or - for the standard input.
    #[arg(value_name = "SPEC")]
    description: String,
    /// Print the study's tables as comma-separated values, not the description with its outcome.
    #[arg(long)]
    csv: bool,
    /// Weights for studies of the model; those that come with the page for its data set if not given.
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    #[command(flatten)]
    digits: Digits,
}

impl Study {
    pub fn outcome(self) -> Outcome {
        let (text, mut description) = read(&self.description)?;
        if description.get("study").is_none() {
            return Err("study: this description names none; `fewsteps run` runs a single reverse process".into());
        }
        let data = description["data"].as_str().unwrap_or_default();
        let weights = match &self.weights {
            Some(path) => Some(files::bytes(path)?),
            None => files::shipped(if data.is_empty() { "eight_gaussians" } else { data }),
        };
        let supplies = Supplies { device: device(), points: None, images: self.digits.images(data)?, weights };
        let mut run = studies::begin(&text, supplies)?;
        let mut outcome = studies::Outcome::new(run.outline());
        let mut progress = Progress::new();
        while let Some(update) = pollster::block_on(run.next())? {
            progress.show(update.progress, &update.doing);
            outcome.take(update);
        }
        if self.csv {
            return Ok(outcome.csv());
        }
        description["outcome"] = outcome.json();
        Ok(serde_json::to_string(&description)?)
    }
}

#[derive(Args)]
pub struct Run {
    /// Description (`fewsteps::studies::reverse_process`): a file, or - for the standard input.
    #[arg(value_name = "SPEC")]
    description: String,
    /// Print the trajectory as comma-separated values: level, alpha_bar, point, and the coordinates of its VP state.
    #[arg(long)]
    csv: bool,
}

impl Run {
    pub fn outcome(self) -> Outcome {
        let (text, description) = read(&self.description)?;
        if description.get("study").is_some() {
            return Err("study: `fewsteps study` runs this description".into());
        }
        let outcome = pollster::block_on(reverse_process::run(&text, &device()))?;
        if self.csv { Ok(table(&outcome)?) } else { Ok(serde_json::to_string(&outcome)?) }
    }
}

/// A description's text, and the JSON in it.
fn read(path: &str) -> Result<(String, Value), String> {
    let text = files::text(path)?;
    let name = if path == "-" { "the standard input" } else { path };
    let description = serde_json::from_str(&text).map_err(|error| format!("{name} is not JSON: {error}"))?;
    Ok((text, description))
}

fn table(outcome: &reverse_process::Outcome) -> Result<String, std::fmt::Error> {
    let dimension = outcome.trajectory[0][0].len();
    let mut text = String::from("level,alpha_bar,point");
    (1..=dimension).try_for_each(|coordinate| write!(text, ",x{coordinate}"))?;
    writeln!(text)?;
    for (level, (states, alpha_bar)) in outcome.trajectory.iter().zip(&outcome.alpha_bars).enumerate() {
        for (point, state) in states.iter().enumerate() {
            write!(text, "{level},{alpha_bar},{point}")?;
            state.iter().try_for_each(|x| write!(text, ",{x}"))?;
            writeln!(text)?;
        }
    }
    Ok(text)
}
