//! The chapter's table of all samplers, made from the one table of samplers.

use super::typeset;
use crate::sampler::{Info, TABLE};

/// A column's title, and what it says of a sampler, as Markdown. A formula goes through [`typeset::inline`].
type Column = (&'static str, fn(&Info) -> String);

const COLUMNS: &[Column] = &[
    ("sampler", |info| format!("`{}`", info.value)),
    ("what it does", |info| info.help.to_owned()),
    ("evaluations", |info| info.evaluations.to_string()),
    ("order", |info| if info.stochastic { "none".to_owned() } else { info.order.to_string() }),
    ("uses the turn", |info| if info.uses_turn { "yes" } else { "no" }.to_owned()),
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

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}
