//! The chapter's tables from the numbers.

use std::error::Error;
use std::fmt::Write;
use std::fs;

use fewsteps::data;
use serde_json::Value;

use super::bench::{FREE, TURN, mean};
use super::{forms, kept, samplers};

const DOCUMENT: &str = "docs/factors.md";

/// Samplers shown for every form: one that leans on the head alone, and the page's own.
const SHOWN: [&str; 2] = ["taylor2_log", "curved_gaussian_pc"];

pub fn document() -> Result<(), Box<dyn Error>> {
    let sets = data::built_ins().map(|set| Ok((set.label, kept(set.value)?)));
    let sets: Vec<(&str, Value)> = sets.collect::<Result<_, Box<dyn Error>>>()?;
    let mut text = String::new();
    write_forms(&mut text, &kept("forms")?)?;
    write_samplers(&mut text, &sets)?;
    Ok(fs::write(DOCUMENT, text)?)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// A distance in thousandths.
fn thousandths(value: f64) -> String {
    let value = value * 1e3;
    if value.abs() < 9.95 { format!("{value:.2}") } else { format!("{value:.0}") }
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
        let label = data::built_ins().find(|entry| entry.value == set).map_or(set, |entry| entry.label);
        write!(text, "| {label}: target of the second head |")?;
        forms::SIGMAS.iter().try_for_each(|sigma| write!(text, " $\\sigma$ {sigma} |"))?;
        for name in ["single", "corrected"] {
            forms::BUDGETS.iter().try_for_each(|budget| write!(text, " {name}, {budget} |"))?;
        }
        writeln!(text, "\n|---|{}", "---|".repeat(forms::SIGMAS.len() + 2 * forms::BUDGETS.len()))?;
        for row in found["rows"].as_array().into_iter().flatten() {
            write!(text, "| {} |", row["name"].as_str().unwrap_or_default())?;
            numbers(&row["errors"]).iter().try_for_each(|error| write!(text, " {error:.2} |"))?;
            for place in shown {
                let distances = numbers(&row["distances"][place]);
                distances.iter().try_for_each(|value| write!(text, " {} |", thousandths(*value)))?;
            }
            writeln!(text)?;
        }
        for (name, key) in [("no head: DDIM", "ddim"), ("no head: best training-free, for each cell", "free")] {
            write!(text, "| {name} |{}", " |".repeat(forms::SIGMAS.len()))?;
            numbers(&found[key]).iter().try_for_each(|value| write!(text, " {} |", thousandths(*value)))?;
            writeln!(text, "{}", " |".repeat(forms::BUDGETS.len()))?;
        }
        writeln!(text)?;
    }
    Ok(())
}

/// Distances of one sampler at one budget on one set, one for each seed.
fn judged(set: &Value, budget: usize, name: &str, common: bool) -> Vec<f64> {
    numbers(&set["budgets"][budget.to_string()][name][if common { "common" } else { "distances" }])
}

/// The name and the distances of whoever has the smallest mean among `names`.
fn best<'a>(set: &Value, budget: usize, names: &[&'a str], common: bool) -> Option<(&'a str, Vec<f64>)> {
    let all = names.iter().map(|name| (*name, judged(set, budget, name, common)));
    all.filter(|(_, values)| !values.is_empty()).min_by(|a, b| mean(&a.1).0.total_cmp(&mean(&b.1).0))
}

/// On how many sets `name` has a smaller mean than everyone who needs no turn.
fn wins(sets: &[(&str, Value)], budget: usize, name: &str, common: bool) -> usize {
    let won = |set: &Value| {
        let free = best(set, budget, FREE, common).map_or(f64::INFINITY, |(_, values)| mean(&values).0);
        let own = judged(set, budget, name, common);
        !own.is_empty() && mean(&own).0 < free
    };
    sets.iter().filter(|(_, set)| won(set)).count()
}

fn write_samplers(text: &mut String, sets: &[(&str, Value)]) -> Result<(), Box<dyn Error>> {
    let steps = &sets[0].1["steps"];
    let (seeds, total) = (samplers::SEEDS, sets.len());
    writeln!(text, "### What a learned turn buys\n")?;
    writeln!(
        text,
        "Networks of the playground's size ({steps} steps) on every set of points. Each sampler chose the best of {} grids for each set and \
         number of evaluations on a network of its own, and was then judged on {seeds} others, each with its own noise; all samplers \
         start from the same noise. Training-free are {}. The number of the {total} sets on which a sampler has a smaller mean \
         energy distance than *every* training-free one, the best of them chosen afterwards:\n",
        samplers::grids().len(),
        FREE.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    )?;
    let budgets = samplers::BUDGETS;
    let head = |text: &mut String, first: &str| -> Result<(), std::fmt::Error> {
        write!(text, "| {first} |")?;
        budgets.iter().try_for_each(|budget| write!(text, " {budget} |"))?;
        writeln!(text, "\n|---|{}", "---|".repeat(budgets.len()))
    };
    for (common, first) in [(false, "wins, each on its best grid"), (true, "wins, all on log-linear 10 → 0.02")] {
        head(text, first)?;
        for name in TURN {
            write!(text, "| `{name}` |")?;
            budgets
                .iter()
                .try_for_each(|&budget| write!(text, " {} of {total} |", wins(sets, budget, name, common)))?;
            writeln!(text)?;
        }
        writeln!(text)?;
    }
    let score = |name: &&&str| [4, 5, 6].iter().map(|&budget| wins(sets, budget, name, false)).sum::<usize>();
    let winner = TURN.iter().max_by_key(score).ok_or("samplers are studied")?;
    writeln!(
        text,
        "In numbers, energy distance × 1000, mean of {seeds} seeds, each sampler on its best grid. *Difference* is that of `{winner}` to the \
         best training-free sampler, seed by seed, with its standard error: negative is better.\n"
    )?;
    head(text, "set and sampler")?;
    for (label, set) in sets {
        let mut rows = vec![format!("| {label}: `ddim` |"), "| best training-free |".into()];
        rows.extend([format!("| `{winner}` |"), "| difference |".into()]);
        for budget in budgets {
            let ddim = mean(&judged(set, budget, "ddim", false)).0;
            let (name, free) = best(set, budget, FREE, false).ok_or("samplers are studied")?;
            let own = judged(set, budget, winner, false);
            let differences: Vec<f64> = own.iter().zip(&free).map(|(own, free)| own - free).collect();
            let (difference, error) = mean(&differences);
            let (own, other) = (mean(&own).0, mean(&free).0);
            let mark = if own < other { "**" } else { "" };
            write!(rows[0], " {} |", thousandths(ddim))?;
            write!(rows[1], " {} `{name}` |", thousandths(other))?;
            write!(rows[2], " {mark}{}{mark} |", thousandths(own))?;
            write!(rows[3], " {} ± {} |", thousandths(difference), thousandths(error))?;
        }
        rows.iter().try_for_each(|row| writeln!(text, "{row}"))?;
    }
    writeln!(text)?;
    Ok(())
}
