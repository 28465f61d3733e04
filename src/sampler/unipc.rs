//! UniPC: a multistep predictor, and a corrector of one order more that costs nothing, since it waits for the evaluation that
//! the next step needs anyway (arXiv 2302.04867).
//!
//! Stored states are the predicted ones, where the network is evaluated. The first steps have lower orders, and the last ones too unless asked not to.

use std::collections::VecDeque;

use super::{Formula, Group, Info, Step, Stride};
use crate::level::Level;
use crate::parameters::{Checked, Kind, Named, Parameter};
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
    ],
};

pub(super) struct UniPc<S> {
    order: usize,
    exponential: bool,
    denoised: bool,
    /// Steps left, where the order falls towards the end.
    left: usize,
    falls: bool,
    /// Predictions and levels of the last evaluations, newest first.
    history: VecDeque<(S, Level)>,
    /// Corrected start of the last step, and the order it was predicted with.
    start: Option<(S, usize)>,
}

impl<S> UniPc<S> {
    pub(super) fn new(parameters: Checked<'_>) -> Self {
        Self {
            order: parameters.integer("order"),
            exponential: parameters.choice("b") == "bh2",
            denoised: parameters.choice("prediction") == "denoised",
            left: usize::MAX,
            falls: parameters.choice("last") == "lower",
            history: VecDeque::new(),
            start: None,
        }
    }
}

impl<S: State> UniPc<S> {
    /// The step `from` to `to` of `order` from the evaluations in the history, and one at its end if it is known.
    fn update(&self, x: &S, from: Level, to: Level, order: usize, end: Option<&S>) -> S {
        let h = (from.sigma() / to.sigma()).ln();
        let hh = if self.denoised { -h } else { h };
        let (now, now_level) = &self.history[0];
        debug_assert!(*now_level == from);
        let (of_x, of_prediction) = match self.denoised {
            true => (to.noise_scale() / from.noise_scale(), to.signal_scale()),
            false => (to.signal_scale() / from.signal_scale(), to.noise_scale()),
        };
        // Without noise at the end, all but the first order has no meaning, and B may have no value.
        if to.sigma() == 0.0 {
            return S::combine(&[(of_x, x), (of_prediction, now)]);
        }
        let earlier = || self.history.iter().skip(1).take(order - 1);
        let mut ratios: Vec<f64> = earlier().map(|(_, level)| (from.sigma() / level.sigma()).ln() / h).collect();
        let b = if self.exponential { hh.exp_m1() } else { hh };
        let count = ratios.len() + usize::from(end.is_some());
        let phis = phis(hh, count);
        let weights = match (count, end) {
            (0, _) => Vec::new(),
            // The paper's choice, which keeps the order and needs no system of equations.
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

impl<S: State> Formula<S> for UniPc<S> {
    fn plan(&mut self, levels: Vec<Level>) -> Vec<Level> {
        self.left = levels.len() - 1;
        levels
    }

    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        let prediction = match self.denoised {
            true => S::combine(&[(1.0 / from.signal_scale(), x), (-from.sigma(), &noise)]),
            false => noise.clone(),
        };
        let x = match &self.start {
            Some((start, order)) => self.update(start, self.history[0].1, from, *order, Some(&prediction)),
            None => x.clone(),
        };
        self.history.truncate(self.order);
        self.history.push_front((prediction, from));
        let order = self.order.min(self.history.len());
        let order = if self.falls { order.min(self.left) } else { order };
        let state = self.update(&x, from, to, order, None);
        self.start = Some((x, order));
        self.left -= 1;
        Step { state, noise }
    }
}
