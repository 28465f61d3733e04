//! Which factors to keep so that training the turn learns efficiently, and what a learned turn is worth against samplers that
//! need none: a study on sets of points, seeded, in minutes.
//!
//!     cargo experiments factors -- forms              # every form of the second head's target, on two sets
//!     cargo experiments factors -- samplers [set ..]  # every sampler on its best grid, five seeds, all sets
//!     cargo experiments factors -- write              # docs/factors.md from the numbers of both
//!
//! Numbers go to `target/factors`, one file for each set, so that sets can be run side by side.

mod bench;
mod forms;
mod samplers;
mod write;

use std::error::Error;
use std::fs;

use fewsteps::data;
use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.split_first() {
        Some((&"forms", [])) => keep("forms", &forms::study()?),
        Some((&"samplers", sets)) => {
            let all: Vec<&str> = data::built_ins().map(|set| set.value).collect();
            let sets = if sets.is_empty() { &all[..] } else { sets };
            sets.iter().try_for_each(|set| keep(set, &samplers::study(set)?))
        }
        Some((&"write", [])) => write::document(),
        _ => Err("usage: factors forms | samplers [set ..] | write".into()),
    }
}

const FOLDER: &str = "target/factors";

fn keep(name: &str, numbers: &Value) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(FOLDER)?;
    Ok(fs::write(format!("{FOLDER}/{name}.json"), serde_json::to_string_pretty(numbers)?)?)
}

fn kept(name: &str) -> Result<Value, Box<dyn Error>> {
    let path = format!("{FOLDER}/{name}.json");
    Ok(serde_json::from_str(&fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?)?)
}
