//! Whole steps against all others at equal evaluations.
//!
//!     cargo experiments factors -- networks         # the velocities, five seeds and one to choose grids on
//!     cargo experiments whole -- points [set ..]   # their maps, and all samplers at equal evaluations: some minutes a set
//!     cargo experiments whole -- write             # docs/whole.md from the numbers
//!     cargo experiments whole -- data              # what the points that all networks learn from score themselves: seconds
//!
//!     cargo experiments whole -- judge                     # a second classifier of digits, a minute or two
//!     cargo experiments whole -- levels                    # noise levels for few steps of digits, on noise of their own: ten minutes
//!     cargo experiments whole -- digits [samples] [seeds]  # the shipped digits in both; .1 s a sample
//!     cargo experiments whole -- write-digits              # docs/digits-whole.md from the numbers
//!
//! Numbers go to `target/whole`, one file for each set, so that sets can be run side by side; a run of the digits goes on where it was
//! cut off.

mod digits;
mod judges;
mod lenet;
mod levels;
mod points;
mod write;
mod write_digits;

use std::error::Error;

use fewsteps::data;
use fewsteps_experiments::numbers::Folder;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.split_first() {
        Some((&"points", sets)) => {
            let all: Vec<&str> = data::in_the_plane().map(|set| set.value).collect();
            let sets = if sets.is_empty() { &all[..] } else { sets };
            sets.iter().try_for_each(|set| KEPT.keep(set, &points::study(set)?))
        }
        Some((&"write", [])) => write::document(),
        Some((&"data", [])) => points::data(),
        Some((&"levels", [])) => levels::choose(),
        Some((&"judge", [])) => lenet::train(),
        Some((&"digits", rest)) if rest.len() <= 2 => {
            let number = |index: usize, usual| rest.get(index).map_or(Ok(usual), |word| word.parse::<usize>());
            digits::study(number(0, 4000)?, number(1, 5)? as u64)
        }
        Some((&"write-digits", [])) => write_digits::document(),
        _ => Err(
            "usage: whole points [set ..] | write | data | judge | levels | digits [samples] [seeds] | write-digits"
                .into(),
        ),
    }
}

/// Where the numbers go.
const KEPT: Folder = Folder("target/whole");
