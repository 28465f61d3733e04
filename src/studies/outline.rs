//! What a study will show: tables of numbers, and views that draw them. Known before the first number is.

use serde::Serialize;

/// One column of a table.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Column {
    /// Name in files and in code.
    pub key: &'static str,
    /// Name for people.
    pub label: String,
    /// Unit for people; empty for pure numbers.
    pub unit: &'static str,
    /// What the numbers stand for, where they are indices into a list of names; empty for numbers.
    pub names: Vec<String>,
    /// The column that holds this one's uncertainty: one standard error, or a bound where the table's caption says so.
    pub error: Option<&'static str>,
    /// How curves of this column are drawn.
    pub line: Line,
}

/// How a curve is drawn.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// What was measured: solid.
    #[default]
    Measured,
    /// What theory says of it, or a bound: dashed.
    Theory,
    /// Of other units: dotted, on an axis of its own at the right.
    Other,
}

impl Column {
    /// A column of numbers.
    pub fn number(key: &'static str, label: &str) -> Self {
        Self { key, label: label.into(), unit: "", names: Vec::new(), error: None, line: Line::Measured }
    }

    /// A column of names.
    pub fn names(key: &'static str, label: &str, names: Vec<String>) -> Self {
        Self { names, ..Self::number(key, label) }
    }

    /// A column that holds the uncertainty of others.
    pub fn error(key: &'static str) -> Self {
        Self::number(key, "±")
    }

    /// The same with a unit.
    pub fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// The same, its uncertainty in column `key`.
    pub fn uncertain(self, key: &'static str) -> Self {
        Self { error: Some(key), ..self }
    }

    /// The same, drawn as `line`.
    pub fn line(self, line: Line) -> Self {
        Self { line, ..self }
    }
}

/// A table of results.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Table {
    /// Name in files and in code.
    pub key: &'static str,
    /// What it holds, as a sentence.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// How many of the first columns tell rows apart: a row that agrees with an earlier one in them takes its place, as numbers get
    /// better. Zero: every row is new.
    pub keys: usize,
}

/// A picture of a table, or of two. Columns and tables are named by their keys.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum View {
    /// Curves of columns `y` over column `x`, one each for every name in column `by`, with their uncertainty as bands or bars.
    Lines {
        /// Words over the picture.
        title: String,
        /// The table.
        table: &'static str,
        /// Column of the abscissa.
        x: &'static str,
        /// Columns of the ordinate.
        y: Vec<&'static str>,
        /// Column of names that parts the rows into curves.
        by: Option<&'static str>,
        /// Whether factors matter rather than differences, along both axes.
        log: (bool, bool),
        /// A table with a row for each name in `by`: `by`, `slope`, `slope_error`, `theory` (not a number where there is none).
        slopes: Option<&'static str>,
    },
    /// Column `value` as brightness over columns `x` and `y`, whose values form a grid; one picture for each of `values`, all on one
    /// scale. Rows come one `x` after the other, each with all its `y` rising.
    Heat {
        /// Words over the picture.
        title: String,
        /// The table.
        table: &'static str,
        /// Column of the abscissa.
        x: &'static str,
        /// Column of the ordinate.
        y: &'static str,
        /// Columns of the brightness, one picture each.
        values: Vec<&'static str>,
        /// A table of curves over the pictures, in the same `x` and `y`: columns `picture` (names, in the order of `values`),
        /// `path` (a number), and those of the axes.
        paths: Option<&'static str>,
    },
    /// Column `value` as a bar for each name in column `label`.
    Bars {
        /// Words over the picture.
        title: String,
        /// The table.
        table: &'static str,
        /// Column of names, one bar each.
        label: &'static str,
        /// Column of lengths.
        value: &'static str,
        /// Column of names by which bars are put on top of each other, if any: bars of one name form one stack.
        stack: Option<&'static str>,
    },
    /// Column `y` over column `x` as dots, coloured by the names in column `by`.
    Dots {
        /// Words over the picture.
        title: String,
        /// The table.
        table: &'static str,
        /// Column of the abscissa.
        x: &'static str,
        /// Column of the ordinate.
        y: &'static str,
        /// Column of names that parts the rows into colours.
        by: Option<&'static str>,
    },
    /// A table of `value` with a row for each combination of names in `rows` and a column for each value of `columns`; the best
    /// (smallest) in every column, and those within its uncertainty, are marked. Sortable.
    Ranking {
        /// Words over the picture.
        title: String,
        /// The table.
        table: &'static str,
        /// Columns of names whose combinations are the rows.
        rows: Vec<&'static str>,
        /// Column whose values are the columns.
        columns: &'static str,
        /// Column of what is ranked.
        value: &'static str,
    },
}

/// What a study will show.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outline {
    /// Its tables, in the order in which [`super::Rows::table`] counts them.
    pub tables: Vec<Table>,
    /// What draws them, in the order in which they are shown.
    pub views: Vec<View>,
}
