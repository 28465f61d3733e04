//! docs/whole.md from the numbers.

use std::error::Error;
use std::fmt::Write;
use std::fs;

use fewsteps::data;
use serde_json::Value;

use super::KEPT;
use super::points::{BUDGETS, CURVED, FREE, MAP, SEEDS};
use fewsteps_experiments::numbers::{floats, mean, thousandths};

const DOCUMENT: &str = "docs/whole.md";

/// Student's t that a mean of five differences passes by chance in one case of twenty.
const SURE: f64 = 2.78;

type Numbers = Vec<(&'static str, Value)>;

pub fn document() -> Result<(), Box<dyn Error>> {
    let sets = data::in_the_plane().map(|set| Ok((set.label, KEPT.kept(set.value)?)));
    let sets: Numbers = sets.collect::<Result<_, Box<dyn Error>>>()?;
    let mut text = String::new();
    introduce(&mut text, &sets)?;
    counts(&mut text, &sets)?;
    numbers(&mut text, &sets)?;
    Ok(fs::write(DOCUMENT, text)?)
}

fn distances(set: &Value, budget: usize, name: &str) -> Vec<f64> {
    floats(&set["budgets"][budget.to_string()][name]["distances"])
}

/// Name and distances of whoever has the smallest mean among `names`.
fn best<'a>(set: &Value, budget: usize, names: &[&'a str]) -> Result<(&'a str, Vec<f64>), Box<dyn Error>> {
    let all = names.iter().map(|name| (*name, distances(set, budget, name)));
    let there = all.filter(|(_, values)| !values.is_empty());
    Ok(there.min_by(|a, b| mean(&a.1).0.total_cmp(&mean(&b.1).0)).ok_or("nobody was measured")?)
}

/// Mean and standard error of the map's distance less that of the best among `names`.
fn difference(set: &Value, budget: usize, names: &[&str]) -> Result<(f64, f64), Box<dyn Error>> {
    let (_, other) = best(set, budget, names)?;
    let own = distances(set, budget, MAP);
    Ok(mean(&own.iter().zip(&other).map(|(own, other)| own - other).collect::<Vec<_>>()))
}

fn head(text: &mut String, first: &str) -> Result<(), std::fmt::Error> {
    write!(text, "| {first} |")?;
    BUDGETS.iter().try_for_each(|budget| write!(text, " {budget} |"))?;
    writeln!(text, "\n|---|{}", "---|".repeat(BUDGETS.len()))
}

fn introduce(text: &mut String, sets: &Numbers) -> Result<(), Box<dyn Error>> {
    let seconds: Vec<f64> = sets
        .iter()
        .flat_map(|(_, set)| set["seconds"].as_array().into_iter().flatten().map(floats))
        .map(|seconds| seconds.iter().sum())
        .collect();
    let data: Vec<f64> = sets.iter().map(|(_, set)| mean(&floats(&set["data"])).0).collect();
    writeln!(
        text,
        "Flow maps of the networks that the section on curved steps measures (`cargo experiments whole -- points`), each learned in the \
         page's own way from 8,192 trajectories in 2,000 steps, {:.0} seconds of one core in the mean. Every rival chose the best of 4 \
         grids for each set and number of evaluations on a network of its own (log-linear from 3, 5 or 10, or EDM's from 10, all to \
         0.02); the map has log-linear 10 → 0.02 throughout. {SEEDS} other networks were then measured, 8,192 samples each from \
         quasi-random noise that all share, against 40,000 fresh points; independent data points score {} there in the mean. Rivals are \
         {}, the last ones being the controls that curve by history; {} take the learned turn.\n",
        mean(&seconds).0,
        thousandths(mean(&data).0),
        FREE.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        CURVED.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and "),
    )?;
    Ok(())
}

fn counts(text: &mut String, sets: &Numbers) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "Cells count sets *won – tied – lost*: won if the mean of the {SEEDS} paired differences of energy distance is below zero by more than \
         {SURE} of its standard errors, lost if above, tied otherwise.\n"
    )?;
    head(text, "one map against the best of many, chosen afterwards for each cell")?;
    for (label, names) in [("that learn no more than the velocity", FREE), ("that curve by the learned turn", CURVED)] {
        write!(text, "| `{MAP}` against all {label} |")?;
        for budget in BUDGETS {
            let mut counts = [0; 3];
            for (_, set) in sets {
                let (difference, error) = difference(set, budget, names)?;
                let place = match difference / error {
                    t if t < -SURE => 0,
                    t if t > SURE => 2,
                    _ => 1,
                };
                counts[place] += 1;
            }
            let [won, tied, lost] = counts;
            write!(text, " {won} – {tied} – {lost} |")?;
        }
        writeln!(text)?;
    }
    writeln!(text)?;
    Ok(())
}

fn numbers(text: &mut String, sets: &Numbers) -> Result<(), Box<dyn Error>> {
    writeln!(
        text,
        "In numbers, energy distance × 1000, mean of {SEEDS} seeds; the difference is the map's to the best that learns no more than the \
         velocity, paired, with its standard error: negative is better, and bold where it is not chance.\n"
    )?;
    head(text, "set and sampler")?;
    for (label, set) in sets {
        let mut rows = [format!("| {label}: `ddim` |"), "| best of the others |".into()].to_vec();
        rows.extend(["| best that curves by the learned turn |", "| `flow_map` |", "| difference |"].map(String::from));
        for budget in BUDGETS {
            let (name, free) = best(set, budget, FREE)?;
            let (curve, curved) = best(set, budget, CURVED)?;
            let (by, error) = difference(set, budget, FREE)?;
            let mark = if (by / error).abs() > SURE { "**" } else { "" };
            write!(rows[0], " {} |", thousandths(mean(&distances(set, budget, "ddim")).0))?;
            write!(rows[1], " {} `{name}` |", thousandths(mean(&free).0))?;
            write!(rows[2], " {} `{curve}` |", thousandths(mean(&curved).0))?;
            write!(rows[3], " {} |", thousandths(mean(&distances(set, budget, MAP)).0))?;
            write!(rows[4], " {mark}{} ± {}{mark} |", thousandths(by), thousandths(error))?;
        }
        rows.iter().try_for_each(|row| writeln!(text, "{row}"))?;
    }
    write!(text, "| mean of all sets: `flow_map` |")?;
    for budget in BUDGETS {
        let means: Vec<f64> = sets.iter().map(|(_, set)| mean(&distances(set, budget, MAP)).0).collect();
        write!(text, " {} |", thousandths(mean(&means).0))?;
    }
    writeln!(text)?;
    Ok(())
}
