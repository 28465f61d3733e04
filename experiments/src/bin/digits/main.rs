//! What digits are learned best with: `cargo experiments digits -- compare [seconds] [network]` trains each network (or
//! one) for as much time of one core (12 minutes if not said), measures it, and writes `docs/digits.md` from what was measured so
//! far. `targets <file> [steps]` compares what the second head can learn from (`docs/digits-targets.md`), `worth [images]` says what it
//! is worth once learned (`docs/digits-worth.md`), `bend [images]` what a step can be bent by (`docs/digits-bend.md`), and `sheet <file>` draws samples of weights in a file. Run it with
//! `RAYON_NUM_THREADS=1`: the time is the process's, over all its threads.

mod bend;
mod compare;
mod targets;
mod worth;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |index: usize| arguments.get(index).map(String::as_str);
    match argument(0) {
        Some("compare") => {
            let seconds = argument(1).map_or(Ok(720.0), str::parse)?;
            compare::compare(seconds, argument(2))
        }
        Some("sheet") => compare::sheet(argument(1).unwrap_or("www/weights/digits.safetensors")),
        Some("targets") => {
            let file = argument(1).ok_or("which weights?")?;
            targets::targets(file, argument(2).map_or(Ok(400), str::parse)?)
        }
        Some("bend") => bend::bend(argument(1).map_or(Ok(256), str::parse)?),
        Some("worth") => worth::worth(argument(1).map_or(Ok(1024), str::parse)?),
        _ => Err("say `compare`, `sheet`, `targets`, `bend` or `worth`".into()),
    }
}
