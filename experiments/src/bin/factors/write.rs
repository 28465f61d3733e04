//! The chapter's table of targets from the numbers.

use std::error::Error;
use std::fmt::Write;
use std::fs;

use fewsteps::data;
use serde_json::Value;

use super::bench::TURN;
use super::{KEPT, forms};
use fewsteps_experiments::numbers::{floats, thousandths};

const DOCUMENT: &str = "docs/factors.md";

/// Samplers shown for every form: one that leans on the head alone, and the page's own.
const SHOWN: [&str; 2] = ["taylor2_log", "curved_gaussian_pc"];

pub fn document() -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    write_forms(&mut text, &KEPT.kept("forms")?)?;
    Ok(fs::write(DOCUMENT, text)?)
}

fn write_forms(text: &mut String, study: &Value) -> Result<(), Box<dyn Error>> {
    writeln!(text, "### Which factors to keep\n")?;
    writeln!(
        text,
        "The same network was trained with every form of the second head's target ({} steps, mean of {} seeds). *Error* is that of \
         the head against the change of the network's own noise along its own path, relative, at each $\\sigma$: 1 is what \
         a head that always says zero would have. Then energy distances × 1000 of 2,000 samples at {} evaluations, log-linear 10 → 0.02, \
         by single curved steps (`{}`, which leans on the head alone) and by corrected ones (`{}`).\n",
        study["steps"],
        study["seeds"],
        forms::BUDGETS.map(|budget| budget.to_string()).join(", "),
        SHOWN[0],
        SHOWN[1],
    )?;
    let place = |sampler: &str| TURN.iter().position(|name| *name == sampler).ok_or("a sampler that is studied");
    let shown = [place(SHOWN[0])?, place(SHOWN[1])?];
    for set in forms::SETS {
        let found = &study["sets"][set];
        let label = data::in_the_plane().find(|entry| entry.value == set).map_or(set, |entry| entry.label);
        write!(text, "| {label}: target of the second head |")?;
        forms::SIGMAS.iter().try_for_each(|sigma| write!(text, " $\\sigma$ {sigma} |"))?;
        for name in ["single", "corrected"] {
            forms::BUDGETS.iter().try_for_each(|budget| write!(text, " {name}, {budget} |"))?;
        }
        writeln!(text, "\n|---|{}", "---|".repeat(forms::SIGMAS.len() + 2 * forms::BUDGETS.len()))?;
        for row in found["rows"].as_array().into_iter().flatten() {
            write!(text, "| {} |", row["name"].as_str().unwrap_or_default())?;
            floats(&row["errors"]).iter().try_for_each(|error| write!(text, " {error:.2} |"))?;
            for place in shown {
                let distances = floats(&row["distances"][place]);
                distances.iter().try_for_each(|value| write!(text, " {} |", thousandths(*value)))?;
            }
            writeln!(text)?;
        }
        for (name, key) in [("no head: DDIM", "ddim"), ("no head: best training-free, for each cell", "free")] {
            write!(text, "| {name} |{}", " |".repeat(forms::SIGMAS.len()))?;
            floats(&found[key]).iter().try_for_each(|value| write!(text, " {} |", thousandths(*value)))?;
            writeln!(text, "{}", " |".repeat(forms::BUDGETS.len()))?;
        }
        writeln!(text)?;
    }
    Ok(())
}
