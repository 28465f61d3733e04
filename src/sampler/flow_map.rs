//! The whole step, learned.

use super::{Formula, Group, Info, Step, Stride, straight};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "flow_map",
    label: "Flow map",
    group: Group::Whole,
    help: "One evaluation says where the whole step ends, however long it is: noise becomes data in one step.",
    formula: r"x_s = \cos(D)\,x_t - \sin(D)\,F(x_t,t,s),\quad D = \arctan\sigma_t - \arctan\sigma_s",
    source: "flow maps: 2406.07507; the mean velocity of MeanFlow, 2505.13447; trained on trajectories, 2101.02388",
    evaluations: 1,
    order: 0,
    uses_turn: false,
    uses_map: true,
    stochastic: false,
    parameters: &[],
};

/// Straight steps along the mean of the noise over the whole step, `y_s = y_t + (sigma_s - sigma_t) E[eh over the step]`: what
/// [`Denoiser::mean_noise`](crate::prediction::Denoiser::mean_noise) knows. Exact in one step where that is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FlowMap;

impl<S: State> Formula<S> for FlowMap {
    type Memory = ();

    async fn step(&self, (): &mut (), stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.mean_noise(x, from, to);
        Step { state: straight(x, &noise, from, to), noise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Empirical, Mixture};
    use crate::prediction::Denoiser;
    use crate::sampler::{DpmSolverPlusPlus, Trajectory, sample};
    use crate::schedule::log_linear;
    use crate::state::{Points, now};

    /// With an exact denoiser one whole step ends where many small ones do, and in between it counts as one evaluation.
    #[test]
    fn one_exact_step_is_the_whole_path() {
        let covariance = vec![vec![0.02, 0.0], vec![0.0, 0.05]];
        let means = [vec![-1.0, -0.5], vec![0.9, 0.7]];
        let mixture = Mixture::new(&[0.4, 0.6], &means, &[covariance.clone(), covariance]).expect("a mixture");
        let start = Points::new(2, (0..40).map(|i| 1.4 * (f64::from(i) * 1.7).sin()).collect());
        let points = Empirical::new(Points::new(2, vec![-1.0, 0.2, 0.6, -0.8, 0.5, 0.9]));
        for exact in [&mixture as &dyn Denoiser<Points>, &points] {
            let draw = || start.clone();
            let fine = now(sample(DpmSolverPlusPlus, exact, log_linear(4000, 0.02, 10.0), draw));
            for steps in [1, 2, 5] {
                let levels = log_linear(steps, 0.02, 10.0);
                let mut run = Trajectory::new(FlowMap.start(), exact, levels.clone(), start.clone(), draw);
                let mut last = start.clone();
                while let Some(step) = now(run.next()) {
                    last = step.state;
                }
                let last = Points::combine(&[(levels[steps].signal_scale().recip(), &last)]);
                let off = last.values().iter().zip(fine.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(off < 2e-3, "{steps}: {off}");
                assert_eq!((run.evaluations(), run.cost()), ((steps, 0), steps as f64));
            }
        }
    }
}
