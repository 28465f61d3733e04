//! The ladder's tables from the numbers: every curved sampler beside its controls, against rivals that need no turn.

use std::cmp::Ordering;
use std::error::Error;
use std::fmt::Write;
use std::fs;

use fewsteps::data;
use fewsteps::network::NetworkConfig;
use serde_json::Value;

use super::KEPT;
use super::bench::{FREE, SAMPLES, TURN};
use super::samplers::{BUDGETS, SAVED, SEEDS, controls, grids};
use fewsteps_experiments::numbers::{floats, mean, thousandths};

const DOCUMENT: &str = "docs/ladder.md";

/// Student's t above which a mean of five paired differences is not chance: 5 %, two-sided, four degrees of freedom.
const SIGNIFICANT: f64 = 2.776;

/// Label and numbers of each set that was measured.
type Sets = Vec<(&'static str, Value)>;

pub fn document() -> Result<(), Box<dyn Error>> {
    let measured = |set: &data::Info| Some((set.label, KEPT.kept(set.value).ok()?));
    let sets: Sets = data::in_the_plane().filter_map(measured).collect();
    if sets.is_empty() {
        return Err("no set is measured yet".into());
    }
    let mut text = String::new();
    introduce(&mut text, &sets)?;
    against_rivals(&mut text, &sets)?;
    against_controls(&mut text, &sets)?;
    saved(&mut text, &sets)?;
    in_numbers(&mut text, &sets)?;
    Ok(fs::write(DOCUMENT, text)?)
}

/// Distances of one sampler at one budget on one set, one for each seed; none where it can't keep to the budget.
fn judged(set: &Value, budget: usize, name: &str) -> Vec<f64> {
    floats(&set["budgets"][budget.to_string()][name]["distances"])
}

/// The name and the distances of the training-free sampler with the smallest mean.
fn best(set: &Value, budget: usize) -> Option<(&'static str, Vec<f64>)> {
    let all = FREE.iter().map(|name| (*name, judged(set, budget, name)));
    all.filter(|(_, values)| !values.is_empty()).min_by(|a, b| mean(&a.1).0.total_cmp(&mean(&b.1).0))
}

/// Mean of the paired differences, and its standard error.
fn difference(one: &[f64], other: &[f64]) -> (f64, f64) {
    mean(&one.iter().zip(other).map(|(one, other)| one - other).collect::<Vec<_>>())
}

/// Whether `one` is smaller than `other`, larger, or neither for all that is known.
fn verdict(one: &[f64], other: &[f64]) -> Option<Ordering> {
    if one.is_empty() || one.len() != other.len() {
        return None;
    }
    let (difference, error) = difference(one, other);
    if difference.abs() <= SIGNIFICANT * error {
        return Some(Ordering::Equal);
    }
    difference.partial_cmp(&0.0)
}

/// Sets won, tied and lost at each budget by the distances of `one` against those of `other`.
fn counts(
    sets: &Sets,
    one: impl Fn(&Value, usize) -> Vec<f64>,
    other: impl Fn(&Value, usize) -> Vec<f64>,
) -> Vec<[usize; 3]> {
    let count = |budget| {
        let mut count = [0; 3];
        for (_, set) in sets {
            if let Some(verdict) = verdict(&one(set, budget), &other(set, budget)) {
                count[(verdict as i8 + 1) as usize] += 1;
            }
        }
        count
    };
    BUDGETS.into_iter().map(count).collect()
}

fn head(text: &mut String, first: &str) -> std::fmt::Result {
    write!(text, "| {first} |")?;
    BUDGETS.iter().try_for_each(|budget| write!(text, " {budget} |"))?;
    writeln!(text, "\n|---|{}", "---|".repeat(BUDGETS.len()))
}

fn row(text: &mut String, label: &str, counts: &[[usize; 3]]) -> std::fmt::Result {
    write!(text, "| {label} |")?;
    counts.iter().try_for_each(|[won, tied, lost]| write!(text, " {won} – {tied} – {lost} |"))?;
    writeln!(text)
}

fn introduce(text: &mut String, sets: &Sets) -> std::fmt::Result {
    let cost = NetworkConfig::points(2, 128).turn_cost();
    writeln!(text, "### What a learned turn buys\n")?;
    writeln!(
        text,
        "Networks of the playground's size ({} steps) on {} of {} sets of points (`cargo experiments factors -- samplers`). Each sampler chose the \
         best of {} grids, which all end at $\\sigma = 0.03$, for each set and number of evaluations on a network of its own, and was then \
         measured on {SEEDS} others, each with {SAMPLES} samples from a start of low discrepancy that all samplers share; so even a \
         start makes distances smaller than independent points would, below zero too, for all samplers alike. An evaluation with the \
         second head costs {cost:.2} of one without: that is not counted here, and history is the cheaper by so much. Training-free are {}. Controls: `_history` takes the slope \
         from the last two velocities, `_none` takes none.\n",
        sets[0].1["steps"],
        sets.len(),
        data::in_the_plane().count(),
        grids().len(),
        FREE.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    )?;
    writeln!(
        text,
        "Cells count sets *won – tied – lost*: won if the mean of the {SEEDS} paired differences of energy distance is below zero by more than \
         {SIGNIFICANT:.2} of its standard errors (5 %, two-sided), lost if above, tied otherwise.\n"
    )
}

fn against_rivals(text: &mut String, sets: &Sets) -> std::fmt::Result {
    head(text, "against the best training-free sampler of each cell, chosen afterwards")?;
    for name in TURN {
        for name in [(*name).to_owned()].into_iter().chain(controls(name)) {
            let rival = |set: &Value, budget| best(set, budget).map_or(Vec::new(), |(_, values)| values);
            row(text, &format!("`{name}`"), &counts(sets, |set, budget| judged(set, budget, &name), rival))?;
        }
    }
    writeln!(text)
}

fn against_controls(text: &mut String, sets: &Sets) -> std::fmt::Result {
    head(text, "a learned turn against its control")?;
    for name in TURN {
        for control in controls(name) {
            let counts =
                counts(sets, |set, budget| judged(set, budget, name), |set, budget| judged(set, budget, &control));
            row(text, &format!("`{name}` against `{control}`"), &counts)?;
        }
    }
    writeln!(text)
}

fn saved(text: &mut String, sets: &Sets) -> std::fmt::Result {
    head(text, "the first evaluation saved, against the same sampler without")?;
    for name in SAVED {
        let saved = format!("{name}_analytic");
        let counts = counts(sets, |set, budget| judged(set, budget, &saved), |set, budget| judged(set, budget, name));
        row(text, &format!("`{saved}` against `{name}`"), &counts)?;
    }
    writeln!(text)?;
    head(text, "all with or without it, whichever is better")?;
    // A sampler takes the saved evaluation where that makes its mean smaller.
    let either = |set: &Value, budget: usize, name: &str| {
        let both = [judged(set, budget, name), judged(set, budget, &format!("{name}_analytic"))].into_iter();
        let both = both.filter(|values| !values.is_empty());
        both.min_by(|a, b| mean(a).0.total_cmp(&mean(b).0)).unwrap_or_default()
    };
    let rival = |set: &Value, budget: usize| {
        let all = FREE.iter().map(|name| either(set, budget, name)).filter(|values| !values.is_empty());
        all.min_by(|a, b| mean(a).0.total_cmp(&mean(b).0)).unwrap_or_default()
    };
    let (own, history) = ("curved_pc", "curved_pc_history");
    for name in [own, history] {
        let counts = counts(sets, |set, budget| either(set, budget, name), rival);
        row(text, &format!("`{name}` against the best training-free"), &counts)?;
    }
    let counts = counts(sets, |set, budget| either(set, budget, own), |set, budget| either(set, budget, history));
    row(text, &format!("`{own}` against `{history}`"), &counts)?;
    writeln!(text)
}

/// Distances of the curved sampler that wins most and loses least, beside its controls and the rivals'.
fn in_numbers(text: &mut String, sets: &Sets) -> Result<(), Box<dyn Error>> {
    let score = |name: &&&str| -> i64 {
        let rival = |set: &Value, budget| best(set, budget).map_or(Vec::new(), |(_, values)| values);
        let counts = counts(sets, |set, budget| judged(set, budget, name), rival);
        counts.iter().map(|[won, _, lost]| *won as i64 - *lost as i64).sum()
    };
    let winner = *TURN.iter().max_by_key(score).ok_or("samplers are studied")?;
    let [history, none] = controls(winner);
    writeln!(
        text,
        "In numbers, energy distance × 1000, mean of {SEEDS} seeds, for the curved sampler that wins most and loses least. *Differences* are \
         paired, with their standard errors: negative is better, and bold where it is not chance.\n"
    )?;
    head(text, "set and sampler")?;
    for (label, set) in sets {
        let mut rows = [
            format!("| {label}: `ddim` |"),
            "| best training-free |".to_owned(),
            format!("| `{winner}` |"),
            format!("| `{history}` |"),
            format!("| `{none}` |"),
            "| difference to the best training-free |".into(),
            "| difference to history |".into(),
        ];
        for budget in BUDGETS {
            let (name, free) = best(set, budget).ok_or("samplers are studied")?;
            let [ddim, own, history, none] = ["ddim", winner, &history, &none].map(|name| judged(set, budget, name));
            let shown = |values: &[f64]| thousandths(mean(values).0);
            let compared = |other: &[f64]| {
                let (difference, error) = difference(&own, other);
                let mark = if verdict(&own, other) == Some(Ordering::Equal) { "" } else { "**" };
                format!("{mark}{} ± {}{mark}", thousandths(difference), thousandths(error))
            };
            let cells = [
                shown(&ddim),
                format!("{} `{name}`", shown(&free)),
                shown(&own),
                shown(&history),
                shown(&none),
                compared(&free),
                compared(&history),
            ];
            rows.iter_mut().zip(cells).try_for_each(|(row, cell)| write!(row, " {cell} |"))?;
        }
        rows.iter().try_for_each(|row| writeln!(text, "{row}"))?;
    }
    Ok(writeln!(text)?)
}
