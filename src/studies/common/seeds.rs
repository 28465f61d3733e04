//! A study whose networks or draws are repeated from seed to seed: rows are means over seeds, with their standard errors.

use std::cell::{Cell, RefCell};

use crate::estimate::Estimate;
use crate::studies::numbers::Numbers;
use crate::studies::{Column, Report, StudyError};

/// What ± is of numbers from `count` seeds; `alone` where there is one.
pub fn uncertainty(count: usize, alone: &str) -> String {
    if count > 1 { format!("± is one standard error over {count} seeds") } else { format!("± is {alone}") }
}

/// The mean of what seeds found. Where there is one seed, or where nothing is drawn anew from one to the next, it keeps its own
/// uncertainty.
pub fn over(found: &[Estimate]) -> Estimate {
    let means: Vec<f64> = found.iter().map(|found| found.mean).collect();
    match found {
        [first, others @ ..] if others.iter().all(|other| other.mean == first.mean) => *first,
        _ => Estimate::of(&means),
    }
}

/// A row of one seed.
struct Found {
    number: usize,
    row: Vec<f64>,
}

/// Puts a study's rows on its report, seed by seed. Those of the first seed come as they are found, and those of each other one
/// join them when it is through. Tables without an uncertainty are the first seed's.
pub struct Seeds<'a> {
    report: &'a Report,
    count: usize,
    number: Cell<usize>,
    /// By table and key: one for each seed.
    found: RefCell<Vec<Vec<Vec<Found>>>>,
    /// All rows of the present seed, each with its table's place.
    rows: RefCell<Vec<(usize, Vec<f64>)>>,
}

impl<'a> Seeds<'a> {
    /// `count` seeds to come.
    pub fn new(report: &'a Report, count: usize) -> Self {
        let found = RefCell::new(report.tables().iter().map(|_| Vec::new()).collect());
        Self { report, count, number: Cell::new(0), found, rows: RefCell::default() }
    }

    /// What `one` comes to for every seed, counted from zero; helpers compute some of them. It must depend on nothing but the seed.
    ///
    /// # Errors
    /// What stopped one.
    pub async fn all<T: Numbers>(
        &self,
        mut one: impl AsyncFnMut(usize) -> Result<T, StudyError>,
    ) -> Result<Vec<T>, StudyError> {
        let mut ends = Vec::with_capacity(self.count);
        let compute = async |number: usize| {
            self.number.set(number);
            self.rows.borrow_mut().clear();
            let end = one(number).await?;
            Ok((self.rows.take(), end))
        };
        let each = |_, (rows, end): (Vec<(usize, Vec<f64>)>, T), here: bool| {
            if !here {
                let tables = self.report.tables();
                rows.iter()
                    .filter_map(|(table, row)| Some((tables.get(*table)?, row)))
                    .for_each(|(table, row)| self.row(table.key, row));
            }
            self.next();
            ends.push(end);
        };
        self.report.parts(self.count, compute, each).await?;
        Ok(ends)
    }

    /// Says what is being done with the present seed.
    pub fn doing(&self, what: &str) {
        match self.count {
            1 => self.report.doing(what),
            count => self.report.doing(&format!("Seed {} of {count}: {what}", self.number.get() + 1)),
        }
    }

    /// Adds a row of the present seed to the table called `table`, or puts it in the place of an earlier one.
    pub fn row(&self, table: &str, row: &[f64]) {
        let number = self.number.get();
        if number == 0 {
            self.report.row(table, row);
        }
        let (index, table) = self.report.table(table);
        self.rows.borrow_mut().push((index, row.to_vec()));
        if table.columns.iter().all(|column| column.error.is_none()) {
            return;
        }
        let (mut found, row) = (self.found.borrow_mut(), row.to_vec());
        let same = |rows: &&mut Vec<Found>| rows[0].row[..table.keys] == row[..table.keys];
        match found[index].iter_mut().find(same) {
            Some(rows) => {
                rows.retain(|found| found.number != number);
                rows.push(Found { number, row });
            }
            None => found[index].push(vec![Found { number, row }]),
        }
    }

    /// Ends the present seed.
    pub fn next(&self) {
        let number = self.number.replace(self.number.get() + 1);
        if number == 0 {
            return;
        }
        for (table, rows) in self.report.tables().iter().zip(self.found.borrow().iter()) {
            for rows in rows.iter().filter(|rows| rows.iter().any(|found| found.number == number)) {
                self.report.row(table.key, &mean(&table.columns, table.keys, rows));
            }
        }
    }
}

/// The mean of `rows`, whose first `keys` columns agree, over those where there is a number; names are the first row's.
fn mean(columns: &[Column], keys: usize, rows: &[Found]) -> Vec<f64> {
    let mut mean = rows[0].row.clone();
    let place = |key: &str| columns.iter().position(|column| column.key == key);
    let is_error = |column: &Column| columns.iter().any(|other| other.error == Some(column.key));
    let numbers = columns.iter().enumerate().skip(keys);
    for (index, column) in numbers.filter(|(_, column)| column.names.is_empty() && !is_error(column)) {
        let error = column.error.and_then(place);
        let of = |found: &Found| Estimate {
            mean: found.row[index],
            standard_error: error.map_or(f64::NAN, |error| found.row[error]),
        };
        let found: Vec<Estimate> = rows.iter().map(of).filter(|found| found.mean.is_finite()).collect();
        if found.is_empty() {
            continue;
        }
        let over = over(&found);
        mean[index] = over.mean;
        if let Some(error) = error {
            mean[error] = over.standard_error;
        }
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studies::{Outcome, Outline, Run, Table};

    /// Means and standard errors over seeds; what is the same for all keeps its own; a table without an uncertainty is the first seed's.
    #[test]
    fn rows_are_means_over_seeds() {
        let table = |key, columns| Table { key, caption: String::new(), columns, keys: 1 };
        let uncertain = vec![
            Column::number("x", ""),
            Column::number("y", "").uncertain("error"),
            Column::error("error"),
            Column::number("exact", "").uncertain("bound"),
            Column::error("bound"),
            Column::number("plain", ""),
        ];
        let alone = vec![Column::number("x", ""), Column::number("y", "")];
        let outline = Outline { tables: vec![table("means", uncertain), table("first", alone)], views: Vec::new() };
        let mut outcome = Outcome::new(&outline);
        let mut run = Run::new(outline, |report| async move {
            let seeds = Seeds::new(&report, 3);
            for seed in [1.0, 2.0, 6.0] {
                seeds.row("means", &[0.0, -seed, 0.5, 7.0, 0.25, seed]);
                seeds.row("means", &[0.0, seed, 0.5, 7.0, 0.25, seed]);
                seeds.row("first", &[0.0, seed]);
                if seed < 2.0 {
                    seeds.row("means", &[1.0, seed, 0.5, f64::NAN, f64::NAN, seed]);
                }
                seeds.next();
            }
            Ok(())
        });
        while let Some(update) = pollster::block_on(run.next()).expect("no error") {
            outcome.take(update);
        }
        let means = outcome.rows("means");
        assert_eq!(means[0][..2], [0.0, 3.0]);
        assert!((means[0][2] - (7.0_f64 / 3.0).sqrt()).abs() < 1e-12, "{}", means[0][2]);
        assert_eq!(means[0][3..], [7.0, 0.25, 3.0]);
        assert_eq!((means[1][1], means[1][2], means.len()), (1.0, 0.5, 2));
        assert_eq!(outcome.rows("first"), [[0.0, 1.0]]);
    }
}
