//! The whole step, learned: alone, and handing over to the velocity.

use super::{DpmSolverPlusPlus, Formula, Group, Info, Step, Stride, straight};
use crate::parameters::{Checked, Kind, Parameter};
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

pub(super) const HANDING_OVER: Info = Info {
    value: "flow_map_2m",
    label: "Flow map, then DPM-Solver++(2M)",
    group: Group::Whole,
    help: "Whole steps through the noise, the velocity’s own steps below a noise level: nearer to the data where the map is the less exact of the two, as at four steps of digits.",
    formula: r"\sigma_t>\sigma_*:\ x_s = \cos(D)\,x_t - \sin(D)\,F(x_t,t,s);\quad \sigma_t\le\sigma_*:\ \text{DPM-Solver++(2M)}",
    source: "own; its parts are flow maps, 2406.07507, and 2211.01095",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    uses_map: true,
    stochastic: false,
    parameters: &[Parameter {
        key: "until",
        label: "Whole steps until σ",
        help: "The noise level below which the velocity takes over.",
        kind: Kind::Number { default: 1.5, min: 0.02, max: 80.0, log: true },
    }],
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

/// [`FlowMap`] from levels above `until`, [`DpmSolverPlusPlus`] from there on. A map's error stays when steps get shorter; the
/// solver's falls, and is small already where little noise is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlowMapThenSolver {
    /// The noise level sigma below which the velocity takes over.
    pub until: f64,
}

impl From<Checked<'_>> for FlowMapThenSolver {
    fn from(parameters: Checked<'_>) -> Self {
        Self { until: parameters.number("until") }
    }
}

impl<S: State> Formula<S> for FlowMapThenSolver {
    type Memory = <DpmSolverPlusPlus as Formula<S>>::Memory;

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        // A level that a grid has rounded is still that level.
        if stride.from.sigma() > self.until * (1.0 + 1e-9) {
            FlowMap.step(&mut (), stride).await
        } else {
            DpmSolverPlusPlus.step(memory, stride).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Empirical, Mixture};
    use crate::level::Level;
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

    /// Above its level it is the map, below it the solver, and in between it begins the solver anew.
    #[test]
    fn the_velocity_takes_over_at_its_level() {
        let points = Empirical::new(Points::new(2, vec![-1.0, 0.2, 0.6, -0.8, 0.5, 0.9]));
        let start = Points::new(2, (0..40).map(|i| 1.4 * (f64::from(i) * 1.7).sin()).collect());
        let end = |formula: Box<dyn crate::sampler::Sampler<Points>>, levels: &[Level]| {
            let mut run = Trajectory::new(formula, &points, levels.to_vec(), start.clone(), || start.clone());
            let mut last = start.clone();
            while let Some(step) = now(run.next()) {
                last = step.state;
            }
            last.values().to_vec()
        };
        let levels = log_linear(6, 0.02, 10.0);
        let until = |until| FlowMapThenSolver { until }.start();
        assert_eq!(end(until(0.02), &levels), end(FlowMap.start(), &levels));
        assert_eq!(end(until(10.0), &levels), end(DpmSolverPlusPlus.start(), &levels));
        // The exact map ends where the solver begins, however many steps lead there.
        let far = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let middle = levels[3];
        let direct = [&levels[..1], &levels[3..]].concat();
        assert!(far(&end(until(middle.sigma()), &levels), &end(until(middle.sigma()), &direct)) < 1e-3);
        let exact = end(FlowMap.start(), &levels);
        let errors = [until(10.0), until(middle.sigma())].map(|formula| far(&end(formula, &levels), &exact));
        assert!(errors[1] < 0.5 * errors[0], "{errors:?}");
    }
}
