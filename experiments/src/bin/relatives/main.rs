//! What is near to a learned step: other ways to train few steps, and things that learn almost nothing. Runs the studies `relatives` and `grids`
//! of the page, seed by seed.
//!
//!     cargo experiments relatives -- points [set ..]   # the relatives at equal training, three seeds a set: a minute each
//!     cargo experiments relatives -- grids [set ..]    # optimised grids and fitted coefficients with the shipped weights
//!     cargo experiments relatives -- digits            # the same grids on the shipped digits
//!     cargo experiments relatives -- write             # docs/relatives.md from the numbers of points,
//!     cargo experiments relatives -- write-grids       # docs/relatives-grids.md from those of grids,
//!     cargo experiments relatives -- write-digits      # docs/relatives-digits.md from those of digits
//!
//! Numbers go to `target/relatives`, one file for each set and seed; what is there is not measured again.

mod clock;
mod grids;
mod points;
mod tables;
mod write;

use std::error::Error;

use fewsteps::data;
use fewsteps::studies::{self, Outcome, Supplies};
use fewsteps_experiments::numbers::Folder;
use serde_json::{Value, json};

use clock::Clock;

/// Where the numbers go.
const KEPT: Folder = Folder("target/relatives");
/// Runs of each study on each set.
const SEEDS: u64 = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.split_first() {
        Some((&"points", sets)) => named(sets).into_iter().try_for_each(points::study),
        Some((&"grids", sets)) => named(sets).into_iter().try_for_each(grids::study),
        Some((&"digits", [])) => grids::digits(),
        Some((&"write", [])) => write::points(),
        Some((&"write-grids", [])) => write::grids(),
        Some((&"write-digits", [])) => write::digits(),
        _ => {
            Err("usage: relatives points [set ..] | grids [set ..] | digits | write | write-grids | write-digits"
                .into())
        }
    }
}

/// The sets named, or all.
fn named<'a>(sets: &[&'a str]) -> Vec<&'a str> {
    if sets.is_empty() { data::in_the_plane().map(|set| set.value).collect() } else { sets.to_vec() }
}

/// The outcome of a study, and the seconds of processor time that each of its parts took, kept under `name`.
fn run(name: &str, description: &Value, supplies: Supplies) -> Result<(), Box<dyn Error>> {
    if KEPT.kept(name).is_ok_and(|kept| kept["description"] == *description) {
        return Ok(());
    }
    let mut run = studies::begin(&description.to_string(), supplies)?;
    let mut outcome = Outcome::new(run.outline());
    let (mut doing, mut clock) = (String::new(), Clock::start());
    let mut seconds = json!({});
    while let Some(update) = pollster::block_on(run.next())? {
        if !update.doing.is_empty() && update.doing != doing {
            let so_far = seconds[&doing].as_f64().unwrap_or(0.0);
            seconds[&doing] = json!(so_far + clock.lap());
            doing.clone_from(&update.doing);
        }
        outcome.take(update);
    }
    let so_far = seconds[&doing].as_f64().unwrap_or(0.0);
    seconds[&doing] = json!(so_far + clock.lap());
    eprintln!("{name}: {}", outcome.findings().join("\n  "));
    KEPT.keep(name, &json!({ "description": description, "outcome": outcome.json(), "seconds": seconds }))
}
