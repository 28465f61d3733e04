//! A run that goes on as if it had never stopped, in another session: its weights, and what training needs besides them.

use super::{Session, SessionError};
use crate::training::SavedError;

impl Session {
    /// What [`Session::go_on`] needs besides the [weights](Session::save_weights): the weights in training, Adam's moments, the random generator. Three
    /// times as large as they are, and worth nothing without them.
    ///
    /// # Errors
    /// When nothing is configured or the device fails.
    pub async fn save_training(&self) -> Result<Vec<u8>, SessionError> {
        let trainer = self.trainer()?.saved().await?;
        let length = u32::try_from(trainer.len()).map_err(|_| SavedError::Format)?;
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend(trainer);
        bytes.extend(self.whole.saved().await?);
        Ok(bytes)
    }

    /// Goes on as the session did that saved these bytes. Its weights must be loaded, and the settings and the data the same; then the same
    /// steps follow, bit for bit on the CPU.
    ///
    /// # Errors
    /// [`SessionError::Saved`] when the bytes are none, or of other weights than those loaded; training then goes on from the weights
    /// alone.
    pub fn go_on(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        let parts = bytes.split_first_chunk::<4>().and_then(|(length, rest)| {
            let length = u32::from_le_bytes(*length) as usize;
            rest.split_at_checked(length)
        });
        let (own, map) = parts.ok_or(SavedError::Format)?;
        let trainer = self.trainer.as_mut().ok_or(SessionError::NotConfigured)?;
        let before = trainer.state();
        trainer.go_on(own)?;
        if let Err(error) = self.whole.go_on(map, trainer, self.settings.seed) {
            trainer.restore(before);
            return Err(error.into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::objective::{Objective, TurnTarget, Weighting};
    use crate::session::Inputs;
    use crate::settings::Settings;
    use crate::training::TrainingOptions;
    use fewsteps_kernels::use_plain_burn;

    fn session(settings: &Settings) -> Session {
        let mut session = Session::new(Device::flex());
        session.configure(settings.clone(), Inputs::default()).expect("settings");
        // No setting allows so few steps.
        let training = TrainingOptions { budget: 16, ..settings.training };
        session.settings.training = training;
        session.trainer.as_mut().expect("a trainer").options = training;
        session
    }

    /// Losses of noise, turn and map up to step `until`.
    fn train(session: &mut Session, until: usize) -> Vec<f32> {
        let mut losses = Vec::new();
        while session.progress().expect("progress").0 < until {
            let report = pollster::block_on(session.train(1)).expect("training");
            losses.extend([report.noise, report.turn, report.map].concat());
        }
        losses
    }

    fn saved(session: &Session) -> [Vec<u8>; 2] {
        let weights = pollster::block_on(session.save_weights()).expect("weights");
        [weights, pollster::block_on(session.save_training()).expect("a state")]
    }

    fn settings(objective: Objective, training: TrainingOptions) -> Settings {
        let training = TrainingOptions { objective, batch: 32, budget: 100, map_steps: 200, ..training };
        Settings { width: 16, training, ..Settings::default() }
    }

    /// Some steps, a fresh session, and the rest of them are all of them in one go: losses, weights and what is saved, bit for bit; in the
    /// middle of the velocity's steps, where the turn begins, and in the middle of the map's.
    #[test]
    fn a_run_that_is_saved_and_restored_is_the_run_that_never_stopped() {
        let adaptive = TrainingOptions { weighting: Weighting::Adaptive, ..TrainingOptions::points() };
        let central = TrainingOptions { turn_target: TurnTarget::Central, ..TrainingOptions::points() };
        for (plain, objective, training, stop, end) in [
            (false, Objective::Simple, TrainingOptions::points(), 7, 12),
            (false, Objective::Accelerated, TrainingOptions::points(), 7, 12),
            (false, Objective::Accelerated, adaptive, 7, 12),
            (false, Objective::Accelerated, central, 3, 12),
            (true, Objective::Accelerated, central, 7, 12),
            (false, Objective::Whole, TrainingOptions::points(), 20, 26),
        ] {
            use_plain_burn(plain);
            let settings = settings(objective, training);
            let mut whole = session(&settings);
            train(&mut whole, stop);
            let [weights, state] = saved(&whole);
            let expected = train(&mut whole, end);

            let mut fresh = session(&settings);
            fresh.load_weights(&weights).expect("weights");
            fresh.go_on(&state).expect("a state");
            assert!(saved(&fresh) == [weights, state], "{objective:?}");
            let found = train(&mut fresh, end);
            let same = found.iter().map(|loss| loss.to_bits()).eq(expected.iter().map(|loss| loss.to_bits()));
            assert!(same, "{objective:?}, {training:?}: {found:?} instead of {expected:?}");
            assert!(saved(&fresh) == saved(&whole), "{objective:?}");
            use_plain_burn(false);
        }
    }

    /// A state that is cut, changed or of other weights is refused, and training goes on from the weights alone.
    #[test]
    fn a_state_of_something_else_is_refused() {
        let settings = settings(Objective::Accelerated, TrainingOptions::points());
        let mut one = session(&settings);
        train(&mut one, 5);
        let [weights, state] = saved(&one);
        train(&mut one, 6);
        let [_, later] = saved(&one);
        let mut fresh = session(&settings);
        fresh.load_weights(&weights).expect("weights");
        let mut refused = |bytes: &[u8]| matches!(fresh.go_on(bytes), Err(SessionError::Saved(_)));
        for end in [0, 3, 4, 40, state.len() / 2, state.len() - 4, state.len() - 1] {
            assert!(refused(&state[..end]), "{end} of {} bytes", state.len());
        }
        assert!(refused(&later));
        let mut wild = state.clone();
        let end = wild.len() - 4;
        wild[end..].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(refused(&wild));
        assert!(pollster::block_on(fresh.save_weights()).expect("weights") == weights);
        train(&mut fresh, 6);
    }
}
