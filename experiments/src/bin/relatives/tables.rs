//! Tables of outcomes that were kept, and verdicts over seeds.

use std::cmp::Ordering;
use std::error::Error;

use fewsteps_experiments::numbers::mean;
use serde_json::Value;

use super::{KEPT, SEEDS};

/// Student's t above which a mean of three paired differences is not chance: 5 %, two-sided, two degrees of freedom.
pub const SURE: f64 = 4.30;

/// One table of each seed's outcome.
pub struct Seeds {
    kept: Vec<Value>,
}

impl Seeds {
    /// What was kept of `part` on `set`; nothing unless all seeds are there.
    pub fn of(part: &str, set: &str) -> Option<Self> {
        let kept = (1..=SEEDS).map(|seed| KEPT.kept(&format!("{part}-{set}-{seed}")).ok()).collect::<Option<_>>()?;
        Some(Self { kept })
    }

    /// Names that column `key` of `table` can have.
    pub fn names(&self, table: &str, key: &str) -> Vec<String> {
        let column = columns(&self.kept[0], table).find(|(_, column)| column["key"] == key);
        let names = column.map(|(_, column)| column["names"].clone());
        names
            .as_ref()
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| Some(name.as_str()?.into()))
            .collect()
    }

    /// `value` of the row of `table` whose columns are as `keys` say, seed by seed.
    pub fn values(&self, table: &str, keys: &[(&str, f64)], value: &str) -> Option<Vec<f64>> {
        self.kept.iter().map(|kept| find(kept, table, keys, value)).collect()
    }

    /// The turn of `network` at the level of `table` nearest to `sigma`, mean over seeds.
    pub fn nearest(&self, key: &str, network: f64, sigma: f64) -> f64 {
        let one = |kept: &Value| -> Option<f64> {
            let rows = kept["outcome"]["rows"][table(kept, key)?].as_array()?;
            let off = |row: &&Value| row[1].as_f64().map_or(f64::INFINITY, |level| (level / sigma).ln().abs());
            let own = rows.iter().filter(|row| row[0].as_f64() == Some(network));
            own.min_by(|a, b| off(a).total_cmp(&off(b)))?[2].as_f64()
        };
        mean(&self.kept.iter().filter_map(one).collect::<Vec<_>>()).0
    }

    /// Seconds of the parts that begin with `doing`, mean over seeds.
    pub fn seconds(&self, doing: &str) -> f64 {
        let one = |kept: &Value| -> f64 {
            let parts = kept["seconds"].as_object().into_iter().flatten();
            parts.filter(|(part, _)| part.starts_with(doing)).filter_map(|(_, seconds)| seconds.as_f64()).sum()
        };
        mean(&self.kept.iter().map(one).collect::<Vec<_>>()).0
    }
}

fn table(kept: &Value, key: &str) -> Option<usize> {
    kept["outcome"]["outline"]["tables"].as_array()?.iter().position(|table| table["key"] == key)
}

fn columns<'a>(kept: &'a Value, key: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    let index = table(kept, key);
    let columns = index.and_then(|index| kept["outcome"]["outline"]["tables"][index]["columns"].as_array());
    columns.into_iter().flatten().enumerate()
}

fn find(kept: &Value, key: &str, keys: &[(&str, f64)], value: &str) -> Option<f64> {
    let place = |name: &str| columns(kept, key).find(|(_, column)| column["key"] == name).map(|(index, _)| index);
    let keys: Vec<(usize, f64)> =
        keys.iter().map(|(name, wanted)| Some((place(name)?, *wanted))).collect::<Option<_>>()?;
    let value = place(value)?;
    let rows = kept["outcome"]["rows"][table(kept, key)?].as_array()?;
    let fits = |row: &&Value| keys.iter().all(|(index, wanted)| row[*index].as_f64() == Some(*wanted));
    rows.iter().find(fits)?[value].as_f64()
}

/// Mean of the paired differences, and its standard error.
pub fn difference(one: &[f64], other: &[f64]) -> (f64, f64) {
    mean(&one.iter().zip(other).map(|(one, other)| one - other).collect::<Vec<_>>())
}

/// Whether `one` is smaller than `other`, larger, or neither for all that is known.
pub fn verdict(one: &[f64], other: &[f64]) -> Ordering {
    let (difference, error) = difference(one, other);
    if difference.abs() <= SURE * error { Ordering::Equal } else { difference.total_cmp(&0.0) }
}

/// Wins, ties and losses.
#[derive(Clone, Copy, Default)]
pub struct Counts([usize; 3]);

impl Counts {
    pub fn add(&mut self, verdict: Ordering) {
        self.0[(verdict as i8 + 1) as usize] += 1;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [won, tied, lost] = self.0;
        write!(f, "{won} – {tied} – {lost}")
    }
}

/// The rows of the sets, or why there are none.
pub fn sets(part: &str) -> Result<Vec<(&'static str, Seeds)>, Box<dyn Error>> {
    let measured = |set: &'static fewsteps::data::Info| Some((set.label, Seeds::of(part, set.value)?));
    let sets: Vec<_> = fewsteps::data::in_the_plane().filter_map(measured).collect();
    if sets.is_empty() {
        return Err(format!("no set is measured yet: cargo experiments relatives -- {part}").into());
    }
    Ok(sets)
}
