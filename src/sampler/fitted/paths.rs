//! Fine paths of a denoiser, with what it predicts along them.

use std::cell::Cell;

use crate::level::Level;
use crate::prediction::{Denoiser, Prediction};
use crate::sampler::{DpmSolverPlusPlus, Formula, Stride};
use crate::state::{Points, State, now};

/// Paths of a denoiser's probability-flow ODE through many levels, and its predictions at each: all that is needed to say how far off the
/// path any step between two of the levels would be, without another evaluation.
#[derive(Clone, Debug)]
pub struct FinePaths {
    /// Noisiest first.
    pub(super) levels: Vec<Level>,
    /// VP states `[n, d]` at each level.
    pub(super) states: Vec<Points>,
    /// At each level but the last.
    pub(super) predictions: Vec<Prediction<Points>>,
    /// Mean of the data, `[d]`; zero unless it is said.
    mean: Vec<f64>,
}

impl FinePaths {
    /// The paths from VP states `start` `[n, d]` through `levels` (noisiest first, two at least, all with noise), by DPM-Solver++(2M) with
    /// one evaluation a level. `read` reads a state from its device, and may rest meanwhile.
    ///
    /// # Errors
    /// Those of `read`.
    ///
    /// # Panics
    /// When there are fewer than two levels.
    pub async fn follow<S: State + 'static, E>(
        denoiser: &dyn Denoiser<S>,
        levels: Vec<Level>,
        start: S,
        read: impl AsyncFn(S) -> Result<Points, E>,
    ) -> Result<Self, E> {
        assert!(levels.len() > 1, "a path has two levels at least");
        let mut solver = Formula::<S>::start(DpmSolverPlusPlus);
        let visited = solver.plan(levels.clone());
        let mut states = vec![read(start.clone()).await?];
        let mut predictions = Vec::with_capacity(levels.len() - 1);
        let mut x = start;
        for (index, pair) in visited.windows(2).enumerate() {
            let prediction = denoiser.noise_and_turn(&x, pair[0]);
            let last = index + 2 == visited.len();
            let known = Known::new(&prediction, pair[0]);
            let draw = &mut || unreachable!("the solver draws no noise");
            let stride = Stride { denoiser: &known, x: &x, from: pair[0], to: pair[1], last, draw };
            x = solver.step(stride).await.state;
            let Prediction { noise, turn } = prediction;
            predictions.push(Prediction { noise: read(noise).await?, turn: read(turn).await? });
            states.push(read(x.clone()).await?);
        }
        let mean = vec![0.0; states[0].dimension()];
        Ok(Self { levels, states, predictions, mean })
    }

    /// The same of a denoiser in `f64` on the CPU.
    ///
    /// # Panics
    /// When there are fewer than two levels.
    pub fn of(denoiser: &dyn Denoiser<Points>, levels: Vec<Level>, start: Points) -> Self {
        let read = async |points: Points| Ok::<_, std::convert::Infallible>(points);
        match now(Self::follow(denoiser, levels, start, read)) {
            Ok(paths) => paths,
        }
    }

    /// The same for data whose mean `[d]` is not zero: runs that start at a level are given noise about what is left of it there.
    pub fn about(self, mean: &[f32]) -> Self {
        Self { mean: mean.iter().map(|&value| f64::from(value)).collect(), ..self }
    }

    /// The VP states `[n, d]` with which a run from level `index` would begin: the noise of the first level about the mean of this one.
    pub(super) fn start(&self, index: usize) -> Points {
        let shift = self.levels[index].signal_scale() - self.levels[0].signal_scale();
        let moved = |row: &[f64]| row.iter().zip(&self.mean).map(|(x, mean)| x + shift * mean).collect::<Vec<_>>();
        Points::new(self.mean.len(), self.states[0].rows().flat_map(moved).collect())
    }

    /// The levels, noisiest first.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// How fast the predicted noise turns along the paths: at each level but the first and the last two, the root mean square over points and
    /// coordinates of `d eh / d ln sigma`, by central differences. Zero where all paths are straight, in the time of rectified flow too.
    pub fn turns(&self) -> Vec<(Level, f64)> {
        let at = |index: usize| {
            let span = (self.levels[index + 1].sigma() / self.levels[index - 1].sigma()).ln();
            let [after, before] = [index + 1, index - 1].map(|index| &self.predictions[index].noise);
            let turn = Points::combine(&[(span.recip(), after), (-span.recip(), before)]);
            (self.levels[index], now(turn.rms()))
        };
        (1..self.predictions.len() - 1).map(at).collect()
    }

    /// VP states `[n, d]` and the noise predicted there `[n, d]`, at each level but the last.
    pub fn steps(&self) -> impl Iterator<Item = (Level, &Points, &Points)> {
        let noises = self.predictions.iter().map(|prediction| &prediction.noise);
        self.levels.iter().zip(&self.states).zip(noises).map(|((level, state), noise)| (*level, state, noise))
    }

    /// Clean points `[n, d]` where the paths end: the last VP state divided by `sqrt(alpha_bar)`.
    pub fn ends(&self) -> Points {
        let last = self.levels.len() - 1;
        Points::combine(&[(self.levels[last].signal_scale().recip(), &self.states[last])])
    }
}

/// A denoiser on a path: what it predicts at one level is known.
pub(super) struct Known<'a, S> {
    prediction: &'a Prediction<S>,
    level: Level,
    strayed: Cell<bool>,
}

impl<'a, S> Known<'a, S> {
    pub(super) fn new(prediction: &'a Prediction<S>, level: Level) -> Self {
        Self { prediction, level, strayed: Cell::new(false) }
    }

    /// Whether it was evaluated at another level.
    pub(super) fn strayed(&self) -> bool {
        self.strayed.get()
    }

    fn visit(&self, level: Level) {
        self.strayed.set(self.strayed.get() || level != self.level);
    }
}

impl<S: Clone> Denoiser<S> for Known<'_, S> {
    fn noise(&self, _: &S, level: Level) -> S {
        self.visit(level);
        self.prediction.noise.clone()
    }

    fn noise_and_turn(&self, _: &S, level: Level) -> Prediction<S> {
        self.visit(level);
        self.prediction.clone()
    }

    fn mean_noise(&self, x: &S, from: Level, _: Level) -> S {
        // Where the path ends is no prediction at its start.
        self.strayed.set(true);
        self.noise(x, from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Mixture;
    use crate::sampler::sample;
    use crate::schedule::log_linear;

    /// They are the solver's own paths, and the predictions are the denoiser's on them.
    #[test]
    fn paths_are_those_of_the_solver() {
        let covariance = vec![vec![0.04, 0.01], vec![0.01, 0.09]];
        let mixture = Mixture::new(&[1.0, 2.0], &[vec![-1.0, 0.2], vec![0.7, 0.0]], &[covariance.clone(), covariance]);
        let mixture = mixture.expect("a mixture");
        let start = Points::new(2, (0..20).map(|i| 1.5 * (f64::from(i) * 1.3).sin()).collect());
        let levels = log_linear(30, 0.05, 20.0);
        let paths = FinePaths::of(&mixture, levels.clone(), start.clone());
        let ends = now(sample(DpmSolverPlusPlus, &mixture, levels.clone(), || start.clone()));
        let off = paths.ends().values().iter().zip(ends.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-12, "{off}");
        assert_eq!((paths.states.len(), paths.predictions.len()), (31, 30));
        assert_eq!(paths.predictions[7].noise, Denoiser::<Points>::noise(&mixture, &paths.states[7], levels[7]));
    }
}
