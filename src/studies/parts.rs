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
    /// Computes `count` parts, by this worker and its helpers; `each` hears of them in order: the number, what the part came to, and
    /// whether it was computed here. Once in a study. A helper never comes back from it.
    ///
    /// # Errors
    /// What stopped a part.
    pub async fn parts<T: Numbers>(
        &self,
        count: usize,
        mut compute: impl AsyncFnMut(usize) -> Result<T, StudyError>,
        mut each: impl FnMut(usize, T, bool),
    ) -> Result<(), StudyError> {
        self.parts.borrow_mut().count = count;
        let helper = self.parts.borrow().helper;
        let (own, helpers) = helper.unwrap_or((0, 1));
        for turn in (own..count).step_by(helpers) {
            let index = if helper.is_some() { count - 1 - turn } else { turn };
            if helper.is_some() {
                self.tell(Part { index, found: None }).await;
            }
            let heard = self.heard(index).await;
            let here = heard.is_none();
            let found = match heard {
                Some(found) => T::take(&mut &found[..]).ok_or(StudyError::Part)?,
                None => compute(index).await?,
            };
            if helper.is_some() {
                let mut numbers = Vec::new();
                found.give(&mut numbers);
                self.tell(Part { index, found: Some(numbers) }).await;
            } else {
                each(index, found, here);
            }
        }
        if helper.is_some() {
            self.parts.borrow_mut().over = true;
            self.again().await;
        }
        Ok(())
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
    use super::*;
    use crate::studies::{Outcome, Run, Supplies, begin};
    use burn::tensor::Device;

    const STUDIES: [&str; 3] = [
        r#"{"study": "ranking", "samplers": ["ddim", "unipc", "ddpm"], "budgets": [2, 3], "points": 256}"#,
        r#"{"study": "memorisation", "known": 20, "training": 50, "seeds": 3}"#,
        r#"{"study": "turn", "steps": 20, "width": 16, "count": 64, "seeds": 3}"#,
    ];

    fn started(description: &str) -> Run {
        let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
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
        (outcome.json().to_string(), progress)
    }

    #[test]
    fn whoever_computes_a_part_a_study_shows_the_same() {
        for description in STUDIES {
            let (alone, _) = shown(description, 0, None);
            for (helpers, lost) in [(1, None), (2, None), (2, Some(1)), (7, None)] {
                let (found, progress) = shown(description, helpers, lost);
                assert!(found == alone, "{description} by {helpers} helpers, {lost:?} lost");
                assert!(progress.iter().all(|done| (0.0..=1.0).contains(done)));
            }
        }
    }

    #[test]
    fn what_is_no_part_is_said() {
        let mut run = started(STUDIES[1]);
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
