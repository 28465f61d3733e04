//! The chapter's table of all samplers, made from the one table of samplers.

use serde_json::{Map, Value, json};

use super::typeset;
use crate::sampler::{Info, TABLE};
use crate::schedule;

/// A column's title, and what it says of a sampler, as Markdown.
type Column = (&'static str, fn(&Info) -> String);

const COLUMNS: &[Column] = &[
    ("sampler", |info| format!("`{}`", info.value)),
    ("what it does", |info| format!("{}<br>{}", info.help, parts(info.formula).join("<br>"))),
    ("evaluations", |info| info.evaluations.to_string()),
    ("order", |info| if info.order > 0 { info.order.to_string() } else { "none".to_owned() }),
    ("turn", |info| if info.uses_turn { "yes" } else { "no" }.to_owned()),
    ("source", |info| typeset::markdown(info.source)),
];

pub(super) fn table() -> String {
    let titles: Vec<&str> = COLUMNS.iter().map(|(title, _)| *title).collect();
    let rules = vec!["---"; COLUMNS.len()];
    let rows = TABLE.iter().map(|info| row(COLUMNS.iter().map(|(_, cell)| cell(info))));
    [row(titles.into_iter().map(str::to_owned)), row(rules.into_iter().map(str::to_owned))]
        .into_iter()
        .chain(rows)
        .collect()
}

/// Every sampler's and step grid's formula for the page: names, and MathML part by part.
pub(super) fn formulas() -> String {
    let samplers = TABLE.iter().map(|info| (info.value, info.formula));
    let grids = schedule::TABLE.iter().map(|info| (info.value, info.formula));
    let entry = |(name, tex): (&str, &str)| (name.to_owned(), json!(parts(tex)));
    let table: Map<String, Value> = samplers.chain(grids).map(entry).collect();
    serde_json::to_string_pretty(&table).expect("strings only") + "\n"
}

/// A formula, its parts one by one: side by side they would be too wide for a table.
fn parts(tex: &str) -> Vec<String> {
    typeset::parts(tex, "\\quad").into_iter().map(typeset::inline).collect()
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}
