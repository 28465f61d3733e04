//! Picard’s iteration for the steps of DDIM (arXiv 2305.16317).

use crate::denoiser::Denoiser;
use crate::level::Level;
use crate::state::{Points, State};

/// All states of a run at once, guessed and corrected in rounds. In a round the velocities of a window of states are evaluated, which may happen
/// at the same time, and summed from the window’s first state on; the window then moves on over the states that hardly changed.
pub(super) struct Picard<'a> {
    denoiser: &'a dyn Denoiser<Points>,
    levels: &'a [Level],
    /// VE states `[n, d]`, one at each level.
    states: Vec<Points>,
    window: usize,
    /// Largest change of a state that is accepted, root mean square over coordinates, in units of its noise level; of the level before, where
    /// it has none.
    tolerance: f64,
    /// The first state whose successor is not accepted.
    first: usize,
    rounds: usize,
    evaluations: usize,
}

impl<'a> Picard<'a> {
    /// From VP states `x` `[n, d]` on the first of `levels`. The guess is a path that carries the noise alone, `y = (sigma / sigma_0) y_0`.
    pub(super) fn new(
        denoiser: &'a dyn Denoiser<Points>,
        levels: &'a [Level],
        x: &Points,
        window: usize,
        tolerance: f64,
    ) -> Self {
        let scale = levels[0].signal_scale().recip();
        let guess = |level: &Level| Points::combine(&[(scale * level.sigma() / levels[0].sigma(), x)]);
        let states = levels.iter().map(guess).collect();
        Self { denoiser, levels, states, window, tolerance, first: 0, rounds: 0, evaluations: 0 }
    }

    /// Whether all states are accepted.
    pub(super) fn done(&self) -> bool {
        self.first + 1 >= self.levels.len()
    }

    /// Rounds so far, and evaluations of the denoiser in them.
    pub(super) fn spent(&self) -> (usize, usize) {
        (self.rounds, self.evaluations)
    }

    /// VE states `[n, d]`, one at each level.
    pub(super) fn states(&self) -> &[Points] {
        &self.states
    }

    /// One round. `rest` is called after each evaluation.
    pub(super) async fn round(&mut self, mut rest: impl AsyncFnMut()) {
        let steps = self.levels.len() - 1;
        let end = (self.first + self.window).min(steps);
        let mut velocities = Vec::with_capacity(end - self.first);
        for i in self.first..end {
            let x = Points::combine(&[(self.levels[i].signal_scale(), &self.states[i])]);
            velocities.push(self.denoiser.noise(&x, self.levels[i]));
            rest().await;
        }
        self.rounds += 1;
        self.evaluations += velocities.len();
        let mut y = self.states[self.first].clone();
        let mut accepted = self.first;
        for (i, velocity) in (self.first..end).zip(&velocities) {
            y = Points::combine(&[(1.0, &y), (self.levels[i + 1].sigma() - self.levels[i].sigma(), velocity)]);
            let change = Points::combine(&[(1.0, &y), (-1.0, &self.states[i + 1])]);
            let square = change.values().iter().map(|v| v * v).sum::<f64>() / change.values().len() as f64;
            // A last state without noise is held to the level before it.
            let [from, to] = [self.levels[i].sigma(), self.levels[i + 1].sigma()];
            let small = square.sqrt() <= self.tolerance * if to > 0.0 { to } else { from };
            // The successor of an accepted state is the sequential one, whatever its change.
            if accepted == i && (small || i == self.first) {
                accepted = i + 1;
            }
            self.states[i + 1] = y.clone();
        }
        // States that come into the window are guessed straight on from its last.
        let ahead = (accepted + self.window).min(steps);
        for j in end + 1..=ahead {
            let change = self.levels[j].sigma() - self.levels[end].sigma();
            self.states[j] = Points::combine(&[(1.0, &y), (change, &velocities[velocities.len() - 1])]);
        }
        self.first = accepted;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampler::{Ddim, Formula, Trajectory};
    use crate::schedule::log_linear;
    use crate::state::now;
    use crate::studies::common::points::noisy;
    use crate::studies::common::targets::ring;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    fn sequential(levels: &[Level], x: &Points) -> Vec<Points> {
        let mixture = ring();
        let draw = || unreachable!("DDIM draws no noise");
        let mut run = Trajectory::new(Ddim { eta: 0.0 }.start(), &mixture, levels.to_vec(), x.clone(), draw);
        let mut states = vec![x.clone()];
        while let Some(step) = now(run.next()) {
            states.push(step.state);
        }
        states.iter().zip(levels).map(|(x, level)| Points::combine(&[(level.signal_scale().recip(), x)])).collect()
    }

    fn apart(a: &Points, b: &Points) -> f64 {
        a.values().iter().zip(b.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    /// Each round makes one more state right, so that as many rounds as steps are the sequential run, whatever the window.
    #[test]
    fn every_round_adds_a_state_of_the_sequential_run() {
        let mixture = ring();
        let levels = log_linear(9, 0.05, 10.0);
        let x = noisy(&mixture, levels[0], 40, &mut ChaCha8Rng::seed_from_u64(1));
        let truth = sequential(&levels, &x);
        for window in [1, 3, 9] {
            let mut run = Picard::new(&mixture, &levels, &x, window, 0.0);
            let mut round = 0;
            while !run.done() {
                now(run.round(async || {}));
                round += 1;
                for (state, truth) in run.states()[..=round].iter().zip(&truth) {
                    assert!(apart(state, truth) < 1e-9, "window {window}, round {round}");
                }
            }
            assert_eq!(run.spent().0, 9, "window {window}");
            assert!(window > 1 || run.spent().1 == 9);
        }
    }

    /// Where the last state has no noise, its tolerance is that of the level before, and not zero.
    #[test]
    fn a_last_state_without_noise_is_accepted() {
        let mixture = ring();
        let levels = [log_linear(16, 0.05, 10.0), vec![Level::CLEAN]].concat();
        let x = noisy(&mixture, levels[0], 20, &mut ChaCha8Rng::seed_from_u64(3));
        let mut run = Picard::new(&mixture, &levels, &x, 17, 1e6);
        now(run.round(async || {}));
        assert!(run.done());
    }

    /// A tolerance ends the rounds early, near the sequential end.
    #[test]
    fn a_tolerance_saves_rounds() {
        let mixture = ring();
        let levels = log_linear(64, 0.05, 10.0);
        let x = noisy(&mixture, levels[0], 100, &mut ChaCha8Rng::seed_from_u64(2));
        let truth = sequential(&levels, &x);
        let mut run = Picard::new(&mixture, &levels, &x, 64, 1e-4);
        while !run.done() {
            now(run.round(async || {}));
        }
        let (rounds, evaluations) = run.spent();
        assert!(rounds < 64 && evaluations > 2 * 64, "{rounds} rounds, {evaluations} evaluations");
        let off = now(Points::combine(&[(1.0, &run.states()[64]), (-1.0, &truth[64])]).rms());
        assert!(off < 0.02, "{off}");
    }
}
