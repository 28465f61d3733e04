//! Numbers of a program, kept as one file for each set, and how documents print them.

use std::error::Error;
use std::fs;

use serde_json::Value;

/// Where a program keeps its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Folder(pub &'static str);

impl Folder {
    /// Writes `numbers` under `name`.
    pub fn keep(self, name: &str, numbers: &Value) -> Result<(), Box<dyn Error>> {
        fs::create_dir_all(self.0)?;
        Ok(fs::write(format!("{}/{name}.json", self.0), serde_json::to_string_pretty(numbers)?)?)
    }

    /// What was written under `name`.
    pub fn kept(self, name: &str) -> Result<Value, Box<dyn Error>> {
        let path = format!("{}/{name}.json", self.0);
        Ok(serde_json::from_str(&fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?)?)
    }
}

/// The numbers of a list.
pub fn floats(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}

/// Mean, and standard error of the mean.
pub fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (spread / count).sqrt())
}

/// A distance in thousandths.
pub fn thousandths(value: f64) -> String {
    let value = value * 1e3;
    if value.abs() < 9.95 { format!("{value:.2}") } else { format!("{value:.0}") }
}
