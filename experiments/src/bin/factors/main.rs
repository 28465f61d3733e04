//! Which factors to keep so that training the turn learns efficiently, and what a learned turn is worth against samplers that
//! need none: a study on sets of points, seeded, in minutes.
//!
//!     cargo experiments factors -- forms              # every form of the second head's target, on two sets
//!     cargo experiments factors -- networks [set ..]  # the networks of the next, which trains those that are missing
//!     cargo experiments factors -- samplers [set ..]  # the ladder and its controls, each on its best grid, five seeds, all sets
//!     cargo experiments factors -- write              # docs/factors.md from the numbers of the first
//!     cargo experiments factors -- ladder             # docs/ladder.md from the numbers of the last
//!
//! Numbers go to `target/factors`, one file for each set: sets can be run side by side, and one that has been measured is not measured
//! again.

mod bench;
mod forms;
mod ladder;
mod samplers;
mod write;

use std::error::Error;

use fewsteps::data;
use fewsteps_experiments::numbers::Folder;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.split_first() {
        Some((&"forms", [])) => KEPT.keep("forms", &forms::study()?),
        Some((&"networks", sets)) => named(sets).into_iter().try_for_each(|set| samplers::networks(set).map(drop)),
        Some((&"samplers", sets)) => named(sets).into_iter().try_for_each(|set| KEPT.keep(set, &samplers::study(set)?)),
        Some((&"write", [])) => write::document(),
        Some((&"ladder", [])) => ladder::document(),
        _ => Err("usage: factors forms | networks [set ..] | samplers [set ..] | write | ladder".into()),
    }
}

/// The sets named, or all.
fn named<'a>(sets: &[&'a str]) -> Vec<&'a str> {
    if sets.is_empty() { data::in_the_plane().map(|set| set.value).collect() } else { sets.to_vec() }
}

/// Where the numbers go.
const KEPT: Folder = Folder("target/factors");
