//! What to measure, and how: how far samples, or whole densities, are from where they should be, and runs that others can check.

pub mod cells;
pub mod change_of_variables;
pub mod divergence;
pub mod frechet;
pub mod judge;
pub mod kernel;
pub mod memorisation;
pub mod metrics;
pub mod propagation;
pub mod run;

use serde_json::{Value, json};

use crate::{lab, sampler, schedule};

/// Every sampler, schedule and study as JSON: name, order, evaluations a step, formula, source and parameters.
pub fn list() -> String {
    let entries = |table: Value| -> Value {
        let entry = |mut entry: Value| {
            // Tables of people's choices say "value" for what a description calls a name.
            entry["name"] = entry["value"].take();
            entry.as_object_mut().map(|fields| fields.remove("value"));
            entry
        };
        table.as_array().into_iter().flatten().cloned().map(entry).collect()
    };
    let table = json!({
        "samplers": entries(json!(sampler::TABLE)),
        "short_names": sampler::short_names(),
        "schedules": entries(json!(schedule::TABLE)),
        "studies": entries(json!(lab::TABLE)),
    });
    serde_json::to_string_pretty(&table).unwrap_or_default()
}
