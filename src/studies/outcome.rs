//! A study's results, gathered as they come.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Outline, Update};

/// Tables with their rows so far, and the sentences.
#[derive(Clone, Debug)]
pub struct Outcome {
    outline: Outline,
    rows: Vec<Vec<Vec<f64>>>,
    findings: Vec<String>,
}

impl Outcome {
    /// Nothing yet of what `outline` announces.
    pub fn new(outline: &Outline) -> Self {
        Self { rows: vec![Vec::new(); outline.tables.len()], outline: outline.clone(), findings: Vec::new() }
    }

    /// Puts an update's rows where they belong.
    pub fn take(&mut self, update: Update) {
        for rows in update.rows {
            let table = &self.outline.tables[rows.table];
            for row in rows.values.chunks_exact(table.columns.len()) {
                let same = |old: &&mut Vec<f64>| table.keys > 0 && old[..table.keys] == row[..table.keys];
                match self.rows[rows.table].iter_mut().find(same) {
                    Some(old) => old.copy_from_slice(row),
                    None => self.rows[rows.table].push(row.to_vec()),
                }
            }
        }
        self.findings.extend(update.findings);
    }

    /// Rows of the table called `key`; none when there is no such table.
    pub fn rows(&self, key: &str) -> &[Vec<f64>] {
        let index = self.outline.tables.iter().position(|table| table.key == key);
        index.map_or(&[], |index| &self.rows[index])
    }

    /// Sentences about what was found.
    pub fn findings(&self) -> &[String] {
        &self.findings
    }

    /// As JSON: what an exported study holds as its `outcome`. Numbers that are none are null.
    pub fn json(&self) -> Value {
        json!({ "outline": self.outline, "rows": self.rows, "findings": self.findings })
    }

    /// All tables as comma-separated values, each after a line with its caption, parted by empty lines.
    pub fn csv(&self) -> String {
        let mut text = String::new();
        for (table, rows) in self.outline.tables.iter().zip(&self.rows) {
            let keys: Vec<&str> = table.columns.iter().map(|column| column.key).collect();
            // Writing to a string can't fail.
            let _ = writeln!(text, "# {}\n{}", table.caption, keys.join(","));
            for row in rows {
                let cell = |(value, names): (&f64, &Vec<String>)| match names.get(*value as usize) {
                    Some(name) => format!("\"{}\"", name.replace('"', "\"\"")),
                    None if value.is_finite() => value.to_string(),
                    None => String::new(),
                };
                let cells: Vec<String> =
                    row.iter().zip(table.columns.iter().map(|column| &column.names)).map(cell).collect();
                let _ = writeln!(text, "{}", cells.join(","));
            }
            text.push('\n');
        }
        text
    }
}
