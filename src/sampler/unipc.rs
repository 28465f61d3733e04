//! UniPC: a multistep predictor, and a corrector of one order more that costs nothing, since it waits for the evaluation that
//! the next step needs anyway (arXiv 2302.04867).
//!
//! The states of the path are the predicted ones, where the network is evaluated.

use std::collections::VecDeque;

use super::{Formula, Group, Info, Step, Stride, first_step};
use crate::level::Level;
use crate::parameters::{Checked, Kind, Named, Parameter};
use crate::prediction::derived::denoised;
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "unipc",
    label: "UniPC",
    group: Group::Extrapolating,
    help: "Predicts from the last evaluations, and corrects the step once the next evaluation is known.",
    formula: r"y_s = \tfrac{\sigma_s}{\sigma_t}\,y_t + \bigl(1-\tfrac{\sigma_s}{\sigma_t}\bigr)\,\hat x_{0,t} + B(h)\sum_m \frac{a_m}{r_m}\bigl(\hat x_{0,m}-\hat x_{0,t}\bigr)",
    source: "2302.04867 Alg 5, 6",
    evaluations: 1,
    order: 2,
    uses_turn: false,
    uses_map: false,
    stochastic: false,
    parameters: &[
        Parameter {
            key: "order",
            label: "Order",
            help: "How many evaluations the predictor uses.",
            kind: Kind::Integer { default: 2, min: 1, max: 3 },
        },
        Parameter {
            key: "b",
            label: "B(h)",
            help: "The function of the step length that scales the correction.",
            kind: Kind::Choice {
                default: "bh2",
                options: &[
                    Named { value: "bh1", label: "h", help: "The step length itself." },
                    Named { value: "bh2", label: "eʰ - 1", help: "Its exponential." },
                ],
            },
        },
        Parameter {
            key: "prediction",
            label: "Extrapolates",
            help: "Which prediction is taken for a polynomial.",
            kind: Kind::Choice {
                default: "denoised",
                options: &[
                    Named { value: "denoised", label: "Denoised points", help: "As DPM-Solver++ does." },
                    Named { value: "noise", label: "Noise", help: "As DPM-Solver does." },
                ],
            },
        },
        Parameter {
            key: "last",
            label: "Last steps",
            help: "Whether the order falls towards the end, where steps may grow long and extrapolation overshoots.",
            kind: Kind::Choice {
                default: "lower",
                options: &[
                    Named {
                        value: "lower",
                        label: "Lower orders",
                        help: "Safe at few steps; the whole run is of order 2.",
                    },
                    Named {
                        value: "full",
                        label: "Full order",
                        help: "The whole run is of one order more than the predictor.",
                    },
                ],
            },
        },
        first_step::PARAMETER,
    ],
};

/// UniPC (arXiv 2302.04867, Algorithms 5 and 6): predictor and corrector of one order more, one evaluation a step. The first steps
/// have lower orders.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UniPc {
    /// Evaluations that the predictor uses, from 1 to 3.
    pub order: usize,
    /// The function `B(h)`.
    pub b: UniPcB,
    /// The prediction that is taken for a polynomial in `lambda = -ln sigma`.
    pub prediction: UniPcPrediction,
    /// Whether the order falls towards the end, where steps may grow long and extrapolation overshoots.
    pub lower_order_last: bool,
}

/// The function of the step length `h` in `lambda` that scales the correction of [`UniPc`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UniPcB {
    /// `h`.
    Bh1,
    /// `e^h - 1`.
    Bh2,
}

/// The prediction that [`UniPc`] extrapolates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UniPcPrediction {
    /// The denoised points, as DPM-Solver++ does.
    Denoised,
    /// The noise, as DPM-Solver does.
    Noise,
}

/// The evaluations of a run of [`UniPc`].
#[derive(Debug)]
pub struct UniPcHistory<S> {
    steps_left: usize,
    /// Predictions and levels of the last evaluations, newest first.
    predictions: VecDeque<(S, Level)>,
    /// Corrected start of the last step, and the order it was predicted with.
    start: Option<(S, usize)>,
}

impl<S> Default for UniPcHistory<S> {
    fn default() -> Self {
        Self { steps_left: usize::MAX, predictions: VecDeque::new(), start: None }
    }
}

impl From<Checked<'_>> for UniPc {
    fn from(parameters: Checked<'_>) -> Self {
        let is = |key, name| parameters.choice(key) == name;
        Self {
            order: parameters.integer("order"),
            b: if is("b", "bh1") { UniPcB::Bh1 } else { UniPcB::Bh2 },
            prediction: if is("prediction", "noise") { UniPcPrediction::Noise } else { UniPcPrediction::Denoised },
            lower_order_last: is("last", "lower"),
        }
    }
}

impl Default for UniPc {
    fn default() -> Self {
        Checked::defaults(INFO.parameters).into()
    }
}

impl UniPc {
    /// The step `from` to `to` of `order` from the evaluations in `history`, and one at its end if it is known.
    fn update<S: State>(
        &self,
        history: &VecDeque<(S, Level)>,
        x: &S,
        from: Level,
        to: Level,
        order: usize,
        end: Option<&S>,
    ) -> S {
        let h = (from.sigma() / to.sigma()).ln();
        let denoised = self.prediction == UniPcPrediction::Denoised;
        let hh = if denoised { -h } else { h };
        let (now, now_level) = &history[0];
        debug_assert!(*now_level == from);
        let (of_x, of_prediction) = match denoised {
            true => (to.noise_scale() / from.noise_scale(), to.signal_scale()),
            false => (to.signal_scale() / from.signal_scale(), to.noise_scale()),
        };
        // Without noise at the end, all but the first order has no meaning, and B may have no value.
        if to.sigma() == 0.0 {
            return S::combine(&[(of_x, x), (of_prediction, now)]);
        }
        let earlier = || history.iter().skip(1).take(order - 1);
        let mut ratios: Vec<f64> = earlier().map(|(_, level)| (from.sigma() / level.sigma()).ln() / h).collect();
        let b = match self.b {
            UniPcB::Bh1 => hh,
            UniPcB::Bh2 => hh.exp_m1(),
        };
        let count = ratios.len() + usize::from(end.is_some());
        let phis = phis(hh, count);
        let weights = match (count, end) {
            (0, _) => Vec::new(),
            // The paper's choice, which has the same order and needs no system of equations.
            (1, _) => vec![0.5],
            _ => {
                if end.is_some() {
                    ratios.push(1.0);
                }
                solve(&ratios, phis.iter().map(|phi| phi / b).collect())
            }
        };
        let mut terms: Vec<(f64, &S)> = vec![(of_x, x)];
        let mut of_now = -of_prediction * hh.exp_m1();
        let ends = end.into_iter().map(|state| (state, 1.0));
        let others = earlier().map(|(state, _)| state).zip(ratios.iter().copied()).chain(ends);
        for ((state, ratio), weight) in others.zip(&weights) {
            let of_difference = -of_prediction * b * weight / ratio;
            of_now -= of_difference;
            terms.push((of_difference, state));
        }
        terms.push((of_now, now));
        S::combine(&terms)
    }
}

/// `k! phi_{k+1}(h) h` for `k = 1..=count`, with `phi_1 = (e^h - 1)/h` and `phi_{k+1} = (phi_k - 1/k!)/h`.
fn phis(h: f64, count: usize) -> Vec<f64> {
    let mut phi = h.exp_m1() / h - 1.0;
    let mut factorial = 1.0;
    let mut values = Vec::with_capacity(count);
    for k in 1..=count {
        values.push(phi * factorial);
        factorial *= k as f64 + 1.0;
        phi = phi / h - 1.0 / factorial;
    }
    values
}

/// `w` with `sum_m ratio_m^k w_m = right_k` for each `k`: a Vandermonde system of at most three equations.
fn solve(ratios: &[f64], right: Vec<f64>) -> Vec<f64> {
    let n = ratios.len();
    let mut rows: Vec<Vec<f64>> = right
        .into_iter()
        .enumerate()
        .map(|(k, value)| ratios.iter().map(|ratio| ratio.powi(k as i32)).chain([value]).collect())
        .collect();
    for pivot in 0..n {
        let best = (pivot..n).max_by(|&i, &j| rows[i][pivot].abs().total_cmp(&rows[j][pivot].abs())).unwrap_or(pivot);
        rows.swap(pivot, best);
        let row = rows[pivot].clone();
        for other in (0..n).filter(|&other| other != pivot) {
            let factor = rows[other][pivot] / row[pivot];
            rows[other].iter_mut().zip(&row).for_each(|(value, above)| *value -= factor * above);
        }
    }
    (0..n).map(|i| rows[i][n] / rows[i][i]).collect()
}

impl<S: State> Formula<S> for UniPc {
    type Memory = UniPcHistory<S>;

    fn plan(&self, memory: &mut Self::Memory, levels: Vec<Level>) -> Vec<Level> {
        memory.steps_left = levels.len() - 1;
        levels
    }

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let prediction = match self.prediction {
            UniPcPrediction::Denoised => denoised(x, &noise, from),
            UniPcPrediction::Noise => noise.clone(),
        };
        let UniPcHistory { steps_left, predictions, start } = memory;
        let corrected = match start {
            Some((start, order)) => self.update(predictions, start, predictions[0].1, from, *order, Some(&prediction)),
            None => x.clone(),
        };
        predictions.truncate(self.order);
        predictions.push_front((prediction, from));
        let order = self.order.min(predictions.len());
        let order = if self.lower_order_last { order.min(*steps_left) } else { order };
        let state = self.update(predictions, &corrected, from, to, order, None);
        *start = Some((corrected, order));
        *steps_left -= 1;
        Step { state, noise }
    }
}
