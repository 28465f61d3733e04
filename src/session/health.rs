//! Training that goes wrong is noticed by its losses, and goes back to a state from before.

use std::collections::VecDeque;

use crate::network::FlowMap;
use crate::training;

/// Losses at the start, whose geometric mean the later ones are held against, and how many of these count together. Single losses of some
/// weightings are thousands of times the others, and so are arithmetic means of them.
const START: usize = 5;
const WINDOW: usize = 15;
/// How many times the start the losses of noise, turn and map may be before training is taken to have gone wrong. In 400 steps at the usual
/// learning rate, over all weightings, targets and outputs, the noise came to 7 times and the turn to 2,900 times; at 0.1, where networks
/// become useless, to 2,600 and 4e11 times (`tests/training.rs` holds both sides).
const WRONG: [f64; 3] = [20.0, 5000.0, 20.0];
/// The part of that below which a state is worth coming back to.
const CALM: f64 = 0.1;
/// Steps between two states to come back to, and how many there are.
const APART: usize = 50;
const STATES: usize = 3;

/// Which loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Of the noise.
    Noise,
    /// Of the turn.
    Turn,
    /// Of the flow map.
    Map,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Loss::Noise => "noise",
            Loss::Turn => "turn",
            Loss::Map => "map",
        })
    }
}

/// What is wrong with a loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// It is no number.
    Nan,
    /// It is infinite.
    Infinite,
    /// It is this many times what it was at the start.
    Rose(f64),
    /// It is a mean of squares, and negative: the device computes wrongly.
    Negative,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Nan => f.write_str("is no number any more"),
            Fault::Infinite => f.write_str("is infinite"),
            Fault::Rose(times) => write!(f, "rose to {times:.0} times what it was at the start"),
            Fault::Negative => f.write_str("is negative, though it is a mean of squares: the device computes wrongly"),
        }
    }
}

/// A state to come back to.
#[derive(Clone)]
pub(super) struct State {
    pub(super) trainer: training::State,
    pub(super) map: (Option<FlowMap>, usize),
}

impl State {
    pub(super) fn steps(&self) -> usize {
        self.trainer.step() + self.map.1
    }
}

/// The losses of a run so far, and where it can come back to.
#[derive(Default)]
pub(super) struct Health {
    courses: [Course; 3],
    states: VecDeque<State>,
    /// Whether a rise was found before: whoever trains on then is not stopped again, except by what is no number.
    warned: bool,
}

/// Logarithms of one loss: at the start, and the last of them.
#[derive(Default)]
struct Course {
    start: Vec<f64>,
    recent: VecDeque<f64>,
}

impl Health {
    /// The losses to come are of other options: they have another size.
    pub(super) fn forget_losses(&mut self) {
        self.courses = Default::default();
        self.warned = false;
    }

    /// Whether a state is worth being remembered now, `steps` steps into the run.
    pub(super) fn wants(&self, steps: usize) -> bool {
        let calm =
            self.courses.iter().zip(WRONG).all(|(course, wrong)| course.rise().is_none_or(|rise| rise < CALM * wrong));
        calm && self.states.back().is_none_or(|last| steps >= last.steps() + APART)
    }

    /// Remembers where training is.
    pub(super) fn remember(&mut self, state: State) {
        self.states.push_back(state);
        if self.states.len() > STATES {
            self.states.pop_front();
        }
    }

    /// Takes in some losses of one kind; `squared` ones are never negative, and rise only where training goes wrong.
    ///
    /// # Errors
    /// The first fault.
    pub(super) fn judge(&mut self, loss: Loss, values: &[f32], squared: bool) -> Result<(), Fault> {
        values.iter().try_for_each(|&value| match value {
            _ if value.is_nan() => Err(Fault::Nan),
            _ if value.is_infinite() => Err(Fault::Infinite),
            _ if !squared => Ok(()),
            _ if value < 0.0 => Err(Fault::Negative),
            _ => {
                let course = &mut self.courses[loss as usize];
                course.add(f64::from(value).max(1e-30).ln());
                let wrong = course.rise().filter(|rise| *rise > WRONG[loss as usize] && !self.warned);
                wrong.map_or(Ok(()), |rise| Err(Fault::Rose(rise)))
            }
        })
    }

    /// The state to come back to when training failed in the steps from `failed` on: the last one before them, if there is one. Forgets the
    /// losses.
    pub(super) fn back(&mut self, failed: usize) -> Option<State> {
        self.forget_losses();
        self.warned = true;
        if self.states.len() > 1 && self.states.back().is_some_and(|last| last.steps() >= failed) {
            self.states.pop_back();
        }
        self.states.back().cloned()
    }
}

impl Course {
    fn add(&mut self, value: f64) {
        if self.start.len() < START {
            self.start.push(value);
        }
        self.recent.push_back(value);
        if self.recent.len() > WINDOW {
            self.recent.pop_front();
        }
    }

    /// The last losses in units of the first; nothing while they are few.
    fn rise(&self) -> Option<f64> {
        let mean = |sum: f64, count: usize| sum / count as f64;
        let start = mean(self.start.iter().sum(), START);
        (self.recent.len() == WINDOW).then(|| (mean(self.recent.iter().sum(), WINDOW) - start).exp())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::{Inputs, Session, SessionError};
    use super::*;
    use crate::settings::Settings;
    use crate::training::TrainingOptions;

    #[test]
    fn single_spikes_are_no_fault_and_a_lasting_rise_is_one() {
        let mut health = Health::default();
        let mut judge = |value: f32, count: usize| health.judge(Loss::Noise, &vec![value; count], true);
        assert_eq!(judge(1.0, 30), Ok(()));
        assert_eq!(judge(1e6, 3), Ok(()));
        assert_eq!(judge(0.9, 30), Ok(()));
        assert!(matches!(judge(300.0, 15), Err(Fault::Rose(times)) if times > 20.0));
        assert!(!health.wants(1000));
        // Whoever goes on after all is not stopped again.
        assert!(health.back(60).is_none() && health.wants(1000));
        let mut judge = |value: f32, count: usize| health.judge(Loss::Noise, &vec![value; count], true);
        assert_eq!((judge(1.0, 15), judge(300.0, 30)), (Ok(()), Ok(())));
        assert_eq!(judge(f32::NAN, 1), Err(Fault::Nan));
    }

    #[test]
    fn what_is_no_number_is_a_fault_at_once() {
        let judge = |value, squared| Health::default().judge(Loss::Turn, &[1.0, value], squared);
        assert_eq!(judge(f32::NAN, true), Err(Fault::Nan));
        assert_eq!(judge(f32::INFINITY, false), Err(Fault::Infinite));
        assert_eq!((judge(-1.0, true), judge(-1.0, false)), (Err(Fault::Negative), Ok(())));
    }

    /// A stretch later in the run that goes wrong is taken back, and no more; what was saved before it is still what there is.
    #[test]
    fn the_last_good_state_returns() {
        let training = TrainingOptions { batch: 32, ..TrainingOptions::points() };
        let settings = Settings { width: 32, training, ..Settings::default() };
        let mut session = Session::new(Device::flex());
        session.configure(settings, Inputs::default()).expect("settings");
        pollster::block_on(session.train(350)).expect("training");
        let good = pollster::block_on(session.save_weights()).expect("weights");
        pollster::block_on(session.train(50)).expect("training");
        // No setting allows such a rate.
        session.trainer.as_mut().expect("a trainer").options.learning_rate = 1e12;
        let error = pollster::block_on(session.train(100)).expect_err("an error");
        // No loss has confirmed the state of step 400 yet.
        assert!(matches!(error, SessionError::Diverged { back: 350, step: 450, .. }), "{error}");
        assert!(pollster::block_on(session.save_weights()).expect("weights") == good);
    }
}
