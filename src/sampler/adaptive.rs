//! The reference solution: the probability-flow ODE `dy/d ln sigma = sigma eh` by the Runge-Kutta pair of Dormand and Prince,
//! orders 5 and 4, with steps of the length that the error allows.

use super::{Formula, Group, Info, Step, Stride, straight};
use crate::denoiser::Denoiser;
use crate::level::Level;
use crate::parameters::{Checked, Kind, Parameter};
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "ode_adaptive",
    label: "Reference solution",
    group: Group::SeveralEvaluations,
    help: "Runge–Kutta steps as short as the error requires: many evaluations, and nearly the exact path.",
    formula: r"\frac{dy}{d\ln\sigma} = \sigma\,\hat\epsilon(y,\sigma),\quad\text{error per step}\le\text{tolerance}",
    source: "2011.13456 sec 4.3",
    evaluations: 6,
    order: 5,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[Parameter {
        key: "tolerance",
        label: "Tolerance",
        help: "Largest error of one step, relative to the size of the points.",
        kind: Kind::Number { default: 0.00001, min: 1e-13, max: 0.1, log: true },
    }],
};

/// Nodes and stages of the pair; the last stage is the solution of order 5.
const NODES: [f64; 7] = [0.0, 0.2, 0.3, 0.8, 8.0 / 9.0, 1.0, 1.0];
const STAGES: [&[f64]; 7] = [
    &[],
    &[1.0 / 5.0],
    &[3.0 / 40.0, 9.0 / 40.0],
    &[44.0 / 45.0, -56.0 / 15.0, 32.0 / 9.0],
    &[19372.0 / 6561.0, -25360.0 / 2187.0, 64448.0 / 6561.0, -212.0 / 729.0],
    &[9017.0 / 3168.0, -355.0 / 33.0, 46732.0 / 5247.0, 49.0 / 176.0, -5103.0 / 18656.0],
    &[35.0 / 384.0, 0.0, 500.0 / 1113.0, 125.0 / 192.0, -2187.0 / 6784.0, 11.0 / 84.0],
];
/// Difference of the two solutions.
const ERROR: [f64; 7] =
    [71.0 / 57600.0, 0.0, -71.0 / 16695.0, 71.0 / 1920.0, -17253.0 / 339200.0, 22.0 / 525.0, -1.0 / 40.0];
/// Below this level, the lowest that networks are trained for, the rest of a step to no noise is straight.
const LOWEST: f64 = 0.005;
/// First step, and the shortest and the longest, in `ln sigma`.
const STEP: f64 = 0.1;
const SHORTEST: f64 = 1e-7;
const LONGEST: f64 = 2.0;

/// The probability-flow ODE `dy/d ln sigma = sigma eh` by the Runge-Kutta pair of Dormand and Prince, orders 5 and 4, with steps as
/// long as the error allows; reads the error from the device after each. Six evaluations for each of its own steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DormandPrince {
    /// Largest root mean square error of one step, relative to that of the points, or to 1 where they are smaller.
    pub tolerance: f64,
}

impl From<Checked<'_>> for DormandPrince {
    fn from(parameters: Checked<'_>) -> Self {
        Self { tolerance: parameters.number("tolerance") }
    }
}

impl Default for DormandPrince {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl DormandPrince {
    /// From VP states `x` to level `to > 0`. `slope` is the noise at `x`.
    /// `step` is the length tried next, in `ln sigma`.
    async fn flow<S: State>(
        &self,
        step: &mut f64,
        denoiser: &dyn Denoiser<S>,
        x: S,
        slope: S,
        from: Level,
        to: Level,
    ) -> (S, S) {
        let (mut u, end) = (from.sigma().ln(), to.sigma().ln());
        let mut y = S::combine(&[(1.0 / from.signal_scale(), &x)]);
        let mut slope = slope;
        while u > end {
            let h = step.min(u - end);
            let mut noises = vec![slope.clone()];
            let mut next = y.clone();
            for stage in 1..NODES.len() {
                let moved = STAGES[stage].iter().enumerate();
                let sigma = |i: usize| (u - NODES[i] * h).exp();
                let terms = moved.map(|(i, weight)| (-h * weight * sigma(i), &noises[i]));
                next = S::combine(&[(1.0, &y)].into_iter().chain(terms).collect::<Vec<_>>());
                // The step's own end is hit exactly, so that rounding leaves no further step.
                let level = if NODES[stage] == 1.0 && h == u - end { to } else { Level::from_sigma(sigma(stage)) };
                noises.push(denoiser.noise(&S::combine(&[(level.signal_scale(), &next)]), level));
            }
            let parts = ERROR.iter().zip(&noises).zip(NODES);
            let terms: Vec<(f64, &S)> = parts.map(|((e, noise), c)| (h * e * (u - c * h).exp(), noise)).collect();
            let error = S::combine(&terms).rms().await / (self.tolerance * next.rms().await.max(1.0));
            // Shorter steps do not mend an error that is not a number.
            if error <= 1.0 || error.is_nan() || h <= SHORTEST {
                u = if h == u - end { end } else { u - h };
                y = next;
                slope = noises.pop().unwrap_or(slope);
            }
            let factor = if error > 0.0 { (0.9 * error.powf(-0.2)).clamp(0.2, 5.0) } else { 5.0 };
            // A step cut short by the end leaves the length before as it was.
            let grown = (h * factor).clamp(SHORTEST, LONGEST);
            *step = if h < *step && factor > 1.0 { grown.max(*step) } else { grown };
        }
        (S::combine(&[(to.signal_scale(), &y)]), slope)
    }
}

impl<S: State> Formula<S> for DormandPrince {
    /// Length of the next step in `ln sigma`.
    type Memory = Option<f64>;

    async fn step(&self, memory: &mut Option<f64>, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let end = if to.sigma() > 0.0 { to } else { Level::from_sigma(LOWEST.min(0.5 * from.sigma())) };
        let length = memory.get_or_insert(STEP);
        let (state, slope) = self.flow(length, denoiser, x.clone(), noise.clone(), from, end).await;
        let state = if to.sigma() > 0.0 { state } else { straight(&state, &slope, end, to) };
        Step { state, noise }
    }
}
