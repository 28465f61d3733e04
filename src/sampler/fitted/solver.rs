//! Multistep samplers whose coefficients are fitted.
//!
//! Every deterministic sampler with one evaluation a step is of one form, `y_{i+1} = a_i y_i + sum_{j <= i} b_ij eh_j`: bespoke
//! non-stationary solvers (arXiv 2403.01329) fit `a`, `b` and the levels to a fine solver's results. For N = 5 these are 25 numbers.

use crate::level::Level;
use crate::sampler::{Formula, Step, Stride};
use crate::state::State;
use crate::symmetric::Eigen;

/// A sampler of N steps on its own levels, `y_{i+1} = (1 + a_i) y_i + (sigma_{i+1} - sigma_i) sum_{j <= i} b_ij eh_j` in the VE state.
/// `a = 0` and `b` the unit matrix is DDIM. It has `N (N + 5) / 2` numbers to fit: `ln sigma_i` of every level but the last, `a`, and `b`.
///
/// ```
/// use fewsteps::distribution::Mixture;
/// use fewsteps::sampler::{Ddim, FittedSolver, sample};
/// use fewsteps::schedule::log_linear;
/// use fewsteps::state::{Points, State};
///
/// let covariance = vec![vec![0.5, 0.1], vec![0.1, 0.2]];
/// let gaussian = Mixture::new(&[1.0], &[vec![0.0; 2]], &[covariance])?;
/// let noise = Points::new(2, (0..40).map(|i| 2.0 * f64::from(i).sin()).collect());
/// let ddim = Ddim { eta: 0.0 };
/// let fine = pollster::block_on(sample(ddim, &gaussian, log_linear(2000, 0.1, 10.0), || noise.clone()));
///
/// let run = async |solver: &FittedSolver| {
///     let found = sample(solver.clone(), &gaussian, Vec::from(solver.levels()), || noise.clone()).await;
///     Ok::<_, std::convert::Infallible>(Points::combine(&[(1.0, &found), (-1.0, &fine)]).values().to_vec())
/// };
/// let start = FittedSolver::ddim(log_linear(2, 0.1, 10.0));
/// let (solver, error) = pollster::block_on(start.fitted(20, run))?;
/// assert!(error < 1e-3 && solver.numbers().len() == 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FittedSolver {
    levels: Vec<Level>,
    /// `a`, `[N]`.
    scales: Vec<f64>,
    /// `b`, lower triangle: `i + 1` numbers for step `i`.
    weights: Vec<Vec<f64>>,
}

/// Change of a number for the difference that stands for a derivative: a compromise between its own error and that of single precision.
const CHANGE: f64 = 1e-3;
/// Damping of the first step, relative to the mean curvature, and how it follows what a step brings.
const DAMPING: f64 = 1e-2;
const LESS: f64 = 0.3;
const MORE: f64 = 4.0;

impl FittedSolver {
    /// DDIM on `levels` (noisiest first, all with noise): where a fit begins.
    ///
    /// # Panics
    /// When there are fewer than two levels.
    pub fn ddim(levels: Vec<Level>) -> Self {
        assert!(levels.len() > 1, "a run has one step at least");
        let steps = levels.len() - 1;
        let unit = |step: usize| (0..=step).map(|j| f64::from(u8::from(j == step))).collect();
        Self { levels, scales: vec![0.0; steps], weights: (0..steps).map(unit).collect() }
    }

    /// The levels that it visits, whatever grid it is given.
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The numbers that are fitted.
    pub fn numbers(&self) -> Vec<f64> {
        let noisy = self.levels[..self.scales.len()].iter().map(|level| level.sigma().ln());
        noisy.chain(self.scales.iter().copied()).chain(self.weights.iter().flatten().copied()).collect()
    }

    /// The same with other numbers, in the order of [`FittedSolver::numbers`].
    fn with(&self, numbers: &[f64]) -> Self {
        let steps = self.scales.len();
        let (levels, rest) = numbers.split_at(steps);
        let (scales, mut rest) = rest.split_at(steps);
        let mut weights = Vec::with_capacity(steps);
        for step in 0..steps {
            let (row, others) = rest.split_at(step + 1);
            weights.push(row.to_vec());
            rest = others;
        }
        let mut levels: Vec<Level> = levels.iter().map(|level| Level::from_sigma(level.exp())).collect();
        levels.push(self.levels[steps]);
        Self { levels, scales: scales.to_vec(), weights }
    }

    /// Whether its levels fall.
    fn descends(&self) -> bool {
        self.levels.windows(2).all(|pair| pair[0].sigma() > pair[1].sigma())
    }

    /// The solver after `rounds` rounds of least squares (Levenberg and Marquardt) from this one, and the root mean square of what is left.
    /// `run` returns the residuals of a solver: where it ends less where it should. A round runs each number's change once.
    ///
    /// # Errors
    /// Those of `run`.
    pub async fn fitted<E>(
        self,
        rounds: usize,
        run: impl AsyncFn(&Self) -> Result<Vec<f64>, E>,
    ) -> Result<(Self, f64), E> {
        let power = |residuals: &[f64]| residuals.iter().map(|r| r * r).sum::<f64>() / residuals.len() as f64;
        let mut best = self;
        let mut residuals = run(&best).await?;
        let mut damping = DAMPING;
        for _ in 0..rounds {
            let numbers = best.numbers();
            let mut slopes = Vec::with_capacity(numbers.len());
            for index in 0..numbers.len() {
                let mut moved = numbers.clone();
                moved[index] += CHANGE;
                let after = run(&best.with(&moved)).await?;
                slopes.push(after.iter().zip(&residuals).map(|(a, b)| (a - b) / CHANGE).collect::<Vec<_>>());
            }
            let Some(step) = descent(&slopes, &residuals, damping) else { break };
            let moved: Vec<f64> = numbers.iter().zip(&step).map(|(number, step)| number + step).collect();
            let next = best.with(&moved);
            let after = if next.descends() { run(&next).await? } else { vec![f64::INFINITY] };
            if power(&after) < power(&residuals) {
                (best, residuals) = (next, after);
                damping *= LESS;
            } else {
                damping *= MORE;
            }
        }
        let left = power(&residuals).sqrt();
        Ok((best, left))
    }
}

/// `-(J^T J + damping) ^ -1 J^T r`, damped by `damping` times the mean of the diagonal; `slopes` are the columns of `J`.
fn descent(slopes: &[Vec<f64>], residuals: &[f64], damping: f64) -> Option<Vec<f64>> {
    let count = slopes.len();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let normal: Vec<f64> = (0..count * count).map(|i| dot(&slopes[i / count], &slopes[i % count])).collect();
    let mean = (0..count).map(|i| normal[i * count + i]).sum::<f64>() / count as f64;
    let inverse = Eigen::of(normal, count)?.rebuild(|value| (value.max(0.0) + damping * mean).recip());
    let gradient: Vec<f64> = slopes.iter().map(|slope| dot(slope, residuals)).collect();
    let step: Vec<f64> = inverse.chunks_exact(count).map(|row| -dot(row, &gradient)).collect();
    step.iter().all(|value| value.is_finite()).then_some(step)
}

impl<S: State> Formula<S> for FittedSolver {
    /// The noises so far.
    type Memory = Vec<S>;

    fn plan(&self, _: &mut Vec<S>, _: Vec<Level>) -> Vec<Level> {
        self.levels.clone()
    }

    async fn step(&self, noises: &mut Vec<S>, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let index = noises.len();
        noises.push(noise.clone());
        let change = to.signal_scale() * (to.sigma() - from.sigma());
        let mut terms = vec![((1.0 + self.scales[index]) * to.signal_scale() / from.signal_scale(), x)];
        terms.extend(self.weights[index].iter().map(|weight| change * weight).zip(noises.iter()));
        Step { state: S::combine(&terms), noise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Mixture;
    use crate::sampler::{Ddim, DpmSolverPlusPlus, sample};
    use crate::schedule::log_linear;
    use crate::state::{Points, now};
    use std::convert::Infallible;

    fn noise() -> Points {
        Points::new(2, (0..200).map(|i| 1.7 * (f64::from(i) * 1.37).sin()).collect())
    }

    fn off(a: &Points, b: &Points) -> f64 {
        now(Points::combine(&[(1.0, a), (-1.0, b)]).rms())
    }

    fn mixture() -> Mixture {
        let covariance = vec![vec![0.04, 0.01], vec![0.01, 0.09]];
        Mixture::new(&[1.0, 2.0], &[vec![-1.0, 0.2], vec![0.7, 0.4]], &[covariance.clone(), covariance])
            .expect("a mixture")
    }

    #[test]
    fn it_begins_as_ddim() {
        let (mixture, levels) = (mixture(), log_linear(5, 0.03, 8.0));
        let solver = FittedSolver::ddim(levels.clone());
        assert_eq!(solver.numbers().len(), 25);
        assert_eq!(solver.with(&solver.numbers()).weights, solver.weights);
        // The grid is its own.
        let own = now(sample(solver, &mixture, log_linear(9, 0.1, 3.0), noise));
        let own = Points::combine(&[(Level::from_sigma(0.1).signal_scale() / levels[5].signal_scale(), &own)]);
        let ddim = now(sample(Ddim { eta: 0.0 }, &mixture, levels, noise));
        assert!(off(&own, &ddim) < 1e-12, "{}", off(&own, &ddim));
    }

    /// Two steps have what it takes for two widths; on a mixture five steps come many times nearer than DDIM's.
    #[test]
    fn it_reaches_the_path_of_a_gaussian_and_comes_near_that_of_a_mixture() {
        let gaussian = Mixture::new(&[1.0], &[vec![0.0; 2]], &[vec![vec![0.5, 0.1], vec![0.1, 0.2]]]);
        let gaussian = gaussian.expect("a Gaussian");
        for (exact, steps, most) in [(&gaussian, 2, 1e-6), (&mixture(), 5, 0.1)] {
            let fine = now(sample(DpmSolverPlusPlus, exact, log_linear(1000, 0.03, 8.0), noise));
            let run = async |solver: &FittedSolver| {
                let found = sample(solver.clone(), exact, solver.levels().to_vec(), noise).await;
                Ok::<_, Infallible>(Points::combine(&[(1.0, &found), (-1.0, &fine)]).values().to_vec())
            };
            let ddim = FittedSolver::ddim(log_linear(steps, 0.03, 8.0));
            let Ok((_, before)) = now(ddim.clone().fitted(0, run));
            let Ok((solver, after)) = now(ddim.fitted(30, run));
            assert!(after < most * before && solver.descends(), "{before} to {after}");
        }
    }
}
