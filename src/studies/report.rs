//! A study under way: work that reports as it goes, and stops for its caller's sake.
//!
//! A study is an `async fn` that hands rows to its [`Report`] and rests now and then. Each [`Run::next`] lets it go on until its next
//! rest and returns what was reported meanwhile, so the caller owns the pace, the pictures and the stopping: dropping the run drops
//! the work.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use serde::Serialize;

use super::parts::{Part, Parts};
use super::{Outline, StudyError, Table};

/// Rows for one table.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rows {
    /// The table, counted from zero in the outline's order.
    pub table: usize,
    /// Row-major numbers, one for each column; an index where the column holds names, not a number where there is none.
    pub values: Vec<f64>,
}

/// The results of a study since its last update.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Update {
    /// How much is done, from 0 to 1.
    pub progress: f64,
    /// What it is doing, for people; empty when that has not changed.
    pub doing: String,
    /// New rows.
    pub rows: Vec<Rows>,
    /// New sentences about what was found.
    pub findings: Vec<String>,
}

impl Update {
    /// Appends a later update.
    pub fn append(&mut self, later: Update) {
        self.progress = later.progress;
        if !later.doing.is_empty() {
            self.doing = later.doing;
        }
        for rows in later.rows {
            match self.rows.last_mut() {
                Some(last) if last.table == rows.table => last.values.extend(rows.values),
                _ => self.rows.push(rows),
            }
        }
        self.findings.extend(later.findings);
    }
}

#[derive(Default)]
struct Pending {
    update: Update,
    resting: bool,
}

/// Where a study puts what it finds.
#[derive(Clone, Default)]
pub struct Report {
    pending: Rc<RefCell<Pending>>,
    tables: Rc<Vec<Table>>,
    pub(super) parts: Rc<RefCell<Parts>>,
}

impl Report {
    /// Adds one row to the table called `table`.
    ///
    /// # Panics
    /// When the outline has no such table or its rows have another length.
    pub fn row(&self, table: &str, row: &[f64]) {
        let (index, Table { columns, .. }) = self.table(table);
        assert_eq!(row.len(), columns.len(), "{table}: one number for each column");
        if !self.leads() {
            return self.parts.borrow_mut().rows.push((index, row.to_vec()));
        }
        let rows = &mut self.pending.borrow_mut().update.rows;
        match rows.last_mut() {
            Some(last) if last.table == index => last.values.extend(row),
            _ => rows.push(Rows { table: index, values: row.to_vec() }),
        }
    }

    /// The tables of the outline.
    pub(super) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table called `key`, and its place.
    pub(super) fn table(&self, key: &str) -> (usize, &Table) {
        let mut tables = self.tables.iter().enumerate();
        tables.find(|(_, table)| table.key == key).expect("a table of the outline")
    }

    /// Says what was found, in a sentence made from numbers.
    pub fn say(&self, finding: String) {
        self.pending.borrow_mut().update.findings.push(finding);
    }

    /// Says what is being done.
    pub fn doing(&self, what: &str) {
        self.pending.borrow_mut().update.doing = what.into();
    }

    /// Says that `done` of the work is done, from 0 to 1, and lets the caller have a turn. At least twenty times a second, please.
    pub async fn rest(&self, done: f64) {
        self.pending.borrow_mut().update.progress = (done + self.parts.borrow().elsewhere()).clamp(0.0, 1.0);
        self.again().await;
    }

    /// Lets the caller have a turn, with as much done as before.
    pub(super) async fn again(&self) {
        self.pending.borrow_mut().resting = true;
        let mut rested = false;
        poll_fn(|_| if std::mem::replace(&mut rested, true) { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

/// Counts work off a total.
pub struct Meter<'a> {
    report: &'a Report,
    total: f64,
    done: Rc<Cell<f64>>,
    /// What one of the work's units counts.
    unit: f64,
}

impl Report {
    /// A meter for `total` units of work, whatever a unit is.
    pub fn meter(&self, total: f64) -> Meter<'_> {
        Meter { report: self, total, done: Rc::default(), unit: 1.0 }
    }
}

impl Meter<'_> {
    /// A meter for the same work, whose unit is `units` of this one's.
    pub fn scaled(&self, units: f64) -> Meter<'_> {
        Meter { report: self.report, total: self.total, done: self.done.clone(), unit: units * self.unit }
    }

    /// Counts `units` as done, and rests.
    pub async fn advance(&self, units: f64) {
        self.done.update(|done| done + self.unit * units);
        self.report.rest(self.done.get() / self.total).await;
    }
}

type Work = Pin<Box<dyn Future<Output = Result<(), StudyError>>>>;

/// A study under way.
pub struct Run {
    outline: Outline,
    report: Report,
    work: Option<Work>,
}

impl Run {
    /// The study that shows `outline` and does `work`.
    pub(in crate::studies) fn new<F: Future<Output = Result<(), StudyError>> + 'static>(
        outline: Outline,
        work: impl FnOnce(Report) -> F,
    ) -> Self {
        let report = Report { tables: Rc::new(outline.tables.clone()), ..Report::default() };
        let work: Work = Box::pin(work(report.clone()));
        Self { outline, report, work: Some(work) }
    }

    /// What it will show.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The parts that helpers could compute; none before the study has come to them, or where it has none.
    pub fn parts(&self) -> usize {
        self.report.parts.borrow().count
    }

    /// Makes this the helper `index` of `helpers`: it computes its parts, which [`Run::news`] tells, and nothing else. Before the first
    /// [`Run::next`].
    #[must_use]
    pub fn helping(self, index: usize, helpers: usize) -> Self {
        self.report.parts.borrow_mut().helper = Some((index, helpers));
        self
    }

    /// What a helper has for the leader.
    pub fn news(&mut self) -> Vec<Part> {
        self.report.parts.borrow_mut().news()
    }

    /// What helper `index` says, and how much of all the work it has done, from 0 to 1.
    pub fn take(&mut self, index: usize, news: Vec<Part>, done: f64) {
        self.report.parts.borrow_mut().take(index, news, done);
    }

    /// Helper `index` is gone: what it had begun is computed here.
    pub fn lose(&mut self, index: usize) {
        self.report.parts.borrow_mut().lose(index);
    }

    /// Whether it waits for a helper, and has nothing to do meanwhile.
    pub fn waits(&self) -> bool {
        self.report.parts.borrow().waits
    }

    /// Goes on until the study rests, and returns what it found meanwhile; `None` after its end.
    ///
    /// # Errors
    /// What stopped it. There is nothing more to come then.
    pub async fn next(&mut self) -> Result<Option<Update>, StudyError> {
        let Some(work) = &mut self.work else { return Ok(None) };
        let pending = &self.report.pending;
        let ended = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            // Otherwise it waits for the device, which will wake us.
            Poll::Pending if std::mem::take(&mut pending.borrow_mut().resting) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        if let Some(result) = ended.await {
            self.work = None;
            result?;
            pending.borrow_mut().update.progress = 1.0;
        } else if self.report.parts.borrow().over {
            self.work = None;
        }
        let update = std::mem::take(&mut pending.borrow_mut().update);
        pending.borrow_mut().update.progress = update.progress;
        Ok(Some(update))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studies::{Column, Table};

    fn outline() -> Outline {
        let table = |key| Table { key, caption: String::new(), columns: vec![Column::number("n", "")], keys: 0 };
        Outline { tables: vec![table("a"), table("b")], views: Vec::new() }
    }

    #[test]
    fn a_study_goes_on_only_when_asked() {
        let steps = Rc::new(RefCell::new(0));
        let seen = steps.clone();
        let mut run = Run::new(outline(), |report| async move {
            for step in 0..4 {
                *seen.borrow_mut() += 1;
                report.row(["a", "b"][step % 2], &[step as f64]);
                report.rest(0.25 * (step + 1) as f64).await;
            }
            report.say("done".into());
            Ok(())
        });
        let mut next = || pollster::block_on(run.next()).expect("no error");
        let first = next().expect("an update");
        assert_eq!((first.progress, *steps.borrow()), (0.25, 1));
        assert_eq!(first.rows, [Rows { table: 0, values: vec![0.0] }]);
        assert_eq!(next().map(|update| update.rows), Some(vec![Rows { table: 1, values: vec![1.0] }]));
        assert_eq!(*steps.borrow(), 2);
        (0..2).for_each(|_| drop(next()));
        let last = next().expect("the end");
        assert_eq!((last.progress, last.findings), (1.0, vec!["done".to_string()]));
        assert_eq!(next(), None);
    }

    #[test]
    fn dropping_a_run_drops_its_work() {
        let held = Rc::new(());
        let kept = held.clone();
        let mut run = Run::new(outline(), |report| async move {
            let _kept = kept;
            loop {
                report.rest(0.0).await;
            }
        });
        pollster::block_on(run.next()).expect("no error");
        assert_eq!(Rc::strong_count(&held), 2);
        drop(run);
        assert_eq!(Rc::strong_count(&held), 1);
    }

    #[test]
    fn an_error_ends_it() {
        let mut run = Run::new(outline(), |_| async { Err(StudyError::NoNetwork) });
        assert!(pollster::block_on(run.next()).is_err());
        assert!(pollster::block_on(run.next()).is_ok_and(|update| update.is_none()));
    }
}
