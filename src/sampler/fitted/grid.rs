//! Step grids by dynamic programming.
//!
//! Which of many candidate levels should a run of N steps visit? As in GITS (arXiv 2405.11326): take some fine paths, measure for all
//! pairs of levels how far off the path one step between them ends, and find the grid with the least sum by dynamic programming, as
//! 2106.03802 does for the likelihood bound of DDPM. Here the step is the sampler's own with the evaluation before it, so that
//! multistep samplers have grids of their own, and the grid chooses where to start: what noise taken for a state costs is measured too.

use thiserror::Error;

use super::paths::{FinePaths, Known};
use crate::level::Level;
use crate::sampler::{Sampler, Stride};
use crate::state::{Points, State, now};

/// A sampler that can't be measured on fine paths alone: it evaluates at states that are not on them.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "this sampler evaluates at states of its own: only those with one evaluation a step can be measured on fine paths"
)]
pub struct StraysOff;

/// How far off the path each single step of a sampler ends, between all pairs of candidate levels.
///
/// ```
/// use fewsteps::distribution::Mixture;
/// use fewsteps::sampler::{Ddim, FinePaths, Formula, StepErrors};
/// use fewsteps::schedule::log_linear;
/// use fewsteps::state::Points;
///
/// let two_modes = Mixture::new(&[1.0, 1.0], &[vec![-1.0], vec![1.0]], &[vec![vec![0.01]], vec![vec![0.01]]])?;
/// let noise = Points::new(1, (0..64).map(|i| 2.0 * f64::from(i).sin()).collect());
/// let paths = FinePaths::of(&two_modes, log_linear(31, 0.02, 80.0), noise);
/// let errors = StepErrors::of(&paths, || Ddim { eta: 0.0 }.start())?;
/// let levels = errors.best_grid(5); // six levels: where to start, four in between, 0.02
/// assert_eq!((levels.len(), levels[5]), (6, paths.levels()[31]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StepErrors {
    levels: Vec<Level>,
    /// Of noise taken for a state at level `i`.
    start: Vec<f64>,
    /// Of a first step from `i` to `j`, at `i * m + j`.
    first: Vec<f64>,
    /// Of a step from `i` to `j` after one from `h` to `i`, at `(h * m + i) * m + j`.
    next: Vec<f64>,
}

impl StepErrors {
    /// Nothing measured yet but the starts. [`StepErrors::measure`] is to be called for each level but the last.
    pub fn new(paths: &FinePaths) -> Self {
        let count = paths.levels.len();
        Self {
            levels: paths.levels.clone(),
            start: paths.states.iter().enumerate().map(|(i, state)| error(&paths.start(i), state)).collect(),
            first: vec![f64::INFINITY; count * count],
            next: vec![f64::INFINITY; count * count * count],
        }
    }

    /// Measures all steps of the sampler that `build` makes.
    ///
    /// # Errors
    /// [`StraysOff`] for samplers that evaluate more than once a step.
    pub fn of(paths: &FinePaths, build: impl Fn() -> Box<dyn Sampler<Points>>) -> Result<Self, StraysOff> {
        let mut errors = Self::new(paths);
        (0..paths.levels.len() - 1).try_for_each(|from| errors.measure(paths, from, &build))?;
        Ok(errors)
    }

    /// Measures the steps that leave level `from` of `paths`.
    ///
    /// # Errors
    /// [`StraysOff`] for samplers that evaluate more than once a step.
    pub fn measure(
        &mut self,
        paths: &FinePaths,
        from: usize,
        build: impl Fn() -> Box<dyn Sampler<Points>>,
    ) -> Result<(), StraysOff> {
        let count = self.levels.len();
        for to in from + 1..count {
            self.first[from * count + to] = step(paths, &build, &[from, to])?;
            for before in 0..from {
                self.next[(before * count + from) * count + to] = step(paths, &build, &[before, from, to])?;
            }
        }
        Ok(())
    }

    /// The grid of `steps` steps, `steps + 1` levels, with the least sum of errors. It ends at the last level; fewer steps where there are
    /// not so many levels.
    pub fn best_grid(&self, steps: usize) -> Vec<Level> {
        let count = self.levels.len();
        let steps = steps.clamp(1, count - 1);
        // The least sum of a run whose last step goes from i to j, at i * count + j, and the start of the step before it.
        let mut least: Vec<f64> = (0..count * count).map(|pair| self.start[pair / count] + self.first[pair]).collect();
        let mut before = Vec::with_capacity(steps);
        for _ in 1..steps {
            let mut sums = vec![f64::INFINITY; count * count];
            let mut from = vec![0; count * count];
            for h in 0..count {
                for i in h + 1..count {
                    let so_far = least[h * count + i];
                    for j in i + 1..count {
                        let sum = so_far + self.next[(h * count + i) * count + j];
                        if sum < sums[i * count + j] {
                            (sums[i * count + j], from[i * count + j]) = (sum, h);
                        }
                    }
                }
            }
            least = sums;
            before.push(from);
        }
        let end = count - 1;
        let sum = |i: &usize| least[i * count + end];
        let mut pair = ((0..end).min_by(|a, b| sum(a).total_cmp(&sum(b))).unwrap_or(0), end);
        let mut visited = vec![pair.1, pair.0];
        for from in before.iter().rev() {
            pair = (from[pair.0 * count + pair.1], pair.0);
            visited.push(pair.0);
        }
        visited.iter().rev().map(|&index| self.levels[index]).collect()
    }
}

/// Factors by which a descent moves a level, one after the other: `ln sigma` by these, up and down.
const MOVES: [f64; 4] = [0.4, 0.2, 0.1, 0.05];
/// Most rounds over all levels with one factor.
const SWEEPS: usize = 3;

/// The grid that a descent from `levels` ends in, each level but the last moved up and down in turn as long as `error` of the whole run falls:
/// where a run ends tells what single steps do not, that later steps shrink an error or make it grow (arXiv 2402.17376 minimises the distance from
/// the solution too). Some twenty runs for each level.
///
/// # Errors
/// Those of `error`.
pub async fn refined_grid<E>(
    levels: Vec<Level>,
    error: impl AsyncFn(&[Level]) -> Result<f64, E>,
) -> Result<Vec<Level>, E> {
    let mut best = (error(&levels).await?, levels);
    for by in MOVES {
        for _ in 0..SWEEPS {
            let before = best.0;
            for index in 0..best.1.len() - 1 {
                for sign in [1.0, -1.0] {
                    let mut moved = best.1.clone();
                    moved[index] = Level::from_sigma(moved[index].sigma() * (sign * by).exp());
                    let falls = moved.windows(2).all(|pair| pair[0].sigma() > pair[1].sigma());
                    if !falls {
                        continue;
                    }
                    let found = error(&moved).await?;
                    if found < best.0 {
                        best = (found, moved);
                        break;
                    }
                }
            }
            if best.0 == before {
                break;
            }
        }
    }
    Ok(best.1)
}

/// The error of the last step of a run through the levels `visited` of `paths`, each step from the path itself.
fn step(paths: &FinePaths, build: &impl Fn() -> Box<dyn Sampler<Points>>, visited: &[usize]) -> Result<f64, StraysOff> {
    let end = paths.levels.len() - 1;
    let to = visited[visited.len() - 1];
    let mut sampler = build();
    // Some samplers take the last step of a run in another way than the others.
    let more = (to < end).then_some(end);
    sampler.plan(visited.iter().copied().chain(more).map(|index| paths.levels[index]).collect());
    let mut reached = None;
    for pair in visited.windows(2) {
        let (from, next) = (paths.levels[pair[0]], paths.levels[pair[1]]);
        let known = Known::new(&paths.predictions[pair[0]], from);
        let draw = &mut || paths.states[pair[0]].clone();
        let stride = Stride { denoiser: &known, x: &paths.states[pair[0]], from, to: next, last: pair[1] == end, draw };
        let step = now(sampler.step(stride));
        if known.strayed() {
            return Err(StraysOff);
        }
        reached = Some(step.state);
    }
    Ok(reached.map_or(0.0, |state| error(&state, &paths.states[to])))
}

/// The root mean square difference of VP states, in which standardised data has the same size at every level.
fn error(a: &Points, b: &Points) -> f64 {
    now(Points::combine(&[(1.0, a), (-1.0, b)]).rms())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Mixture;
    use crate::sampler::{EdmHeun, Formula, UniPc, sample};
    use crate::schedule::log_linear;

    fn mixture() -> Mixture {
        let covariance = vec![vec![0.02, 0.0], vec![0.0, 0.05]];
        Mixture::new(&[0.4, 0.6], &[vec![-1.0, -0.5], vec![0.9, 0.7]], &[covariance.clone(), covariance])
            .expect("a mixture")
    }

    fn noise(count: usize, step: f64) -> Points {
        let uniform = |i: usize, by: f64| (by * (i + 1) as f64 + step).fract();
        let point = |i: usize| {
            let length = (-2.0 * (1.0 - uniform(i, 0.754_877_67)).ln()).sqrt();
            let (sin, cos) = (std::f64::consts::TAU * uniform(i, 0.569_840_29)).sin_cos();
            [length * cos, length * sin]
        };
        Points::new(2, (0..count).flat_map(point).collect())
    }

    /// Of all grids of three steps through nine levels none has a smaller sum.
    #[test]
    fn the_best_grid_is_the_best_of_all() {
        let count = 9;
        let paths = FinePaths::of(&mixture(), log_linear(count - 1, 0.05, 20.0), noise(16, 0.0));
        let errors = StepErrors::of(&paths, || UniPc::default().start()).expect("one evaluation a step");
        let end = count - 1;
        let mut best = (f64::INFINITY, Vec::new());
        for a in 0..end {
            for b in a + 1..end {
                for c in b + 1..end {
                    let sum = errors.start[a]
                        + errors.first[a * count + b]
                        + errors.next[(a * count + b) * count + c]
                        + errors.next[(b * count + c) * count + end];
                    if sum < best.0 {
                        best = (sum, [a, b, c, end].map(|index| paths.levels[index]).to_vec());
                    }
                }
            }
        }
        assert_eq!(errors.best_grid(3), best.1);
    }

    /// A multistep sampler gains from where its runs end, on fresh noise too.
    #[test]
    fn a_descent_finds_better_grids() {
        let (mixture, candidates) = (mixture(), log_linear(47, 0.02, 80.0));
        let [fitted, fresh] = [0.0, 0.37].map(|step| noise(256, step));
        let off = |start: &Points, fine: &Points, levels: &[Level]| {
            let run = sample(UniPc::default(), &mixture, levels.to_vec(), || start.clone());
            error(&now(run), fine)
        };
        let paths = FinePaths::of(&mixture, candidates.clone(), fitted.clone());
        let begun = StepErrors::of(&paths, || UniPc::default().start()).expect("one evaluation a step").best_grid(4);
        let ends = paths.ends();
        let descent = refined_grid(begun.clone(), async |levels| Ok::<_, StraysOff>(off(&fitted, &ends, levels)));
        let levels = now(descent).expect("no error");
        assert!(levels.len() == 5 && levels[4] == begun[4]);
        let fine = FinePaths::of(&mixture, candidates, fresh.clone()).ends();
        let (before, after) = (off(&fresh, &fine, &begun), off(&fresh, &fine, &levels));
        assert!(after < 0.9 * before, "{before} to {after}");
    }

    #[test]
    fn samplers_that_leave_the_path_are_refused() {
        let paths = FinePaths::of(&mixture(), log_linear(5, 0.05, 20.0), noise(4, 0.0));
        assert_eq!(StepErrors::of(&paths, || EdmHeun.start()).err(), Some(StraysOff));
    }
}
