//! The distribution that a stochastic sampler makes of a distribution on the line, step by step, without sampling error.
//!
//! For fixed noise a step is a smooth map of the line, so its distribution is a mean, over the noise, of push-forwards. The noise runs
//! through the nodes of a Gauss-Hermite rule (all pairs of nodes when a step draws twice, and so on). Each push-forward moves the
//! ends of the cells and shares their masses out again with sixth-order interpolation: mass is kept exactly, and a shift by a part
//! of a cell does not smear the distribution, as depositing points on their two nearest cells would.

use super::cells::Cells;
use crate::state::{Points, now};

/// A rule for means over standard normal noise: nodes with weights that sum to one.
#[derive(Clone, Debug)]
pub struct NormalRule {
    nodes: Vec<(f64, f64)>,
}

impl NormalRule {
    /// The Gauss-Hermite rule of `count` nodes, exact for polynomials of degree `2 count - 1`.
    ///
    /// A step that replaces the part `a = 1 - (sigma_s / sigma_t)^2` of the noise is averaged with an error of about
    /// `(a / (2 - a))^count`: 12 nodes do for runs of 32 steps and more, and a step that halves the noise needs 20 for four
    /// digits.
    pub fn new(count: usize) -> Self {
        // Zeros of the Hermite functions, from the largest down, by Newton's method from the last zero with those found divided
        // out; h_k are orthonormal under the normal density, so the weight is 1 / (count h_{count - 1}^2).
        let pair = |x: f64| {
            (0..count).fold((0.0, 1.0), |(below, last), k| {
                (last, (x * last - (k as f64).sqrt() * below) / (k as f64 + 1.0).sqrt())
            })
        };
        let mut zeros: Vec<f64> = Vec::with_capacity(count);
        let mut x = 2.0 * (count as f64).sqrt();
        for _ in 0..count {
            for _ in 0..200 {
                let (below, value) = pair(x);
                let found: f64 = zeros.iter().map(|zero| 1.0 / (x - zero)).sum();
                let change = value / ((count as f64).sqrt() * below - value * found);
                x -= change;
                if change.abs() < 1e-15 * (1.0 + x.abs()) {
                    break;
                }
            }
            zeros.push(x);
            x -= 1e-3;
        }
        let weight = |x: f64| (count as f64 * pair(x).0.powi(2)).recip();
        Self { nodes: zeros.into_iter().map(|x| (x, weight(x))).collect() }
    }

    /// The nodes and their weights.
    pub fn nodes(&self) -> &[(f64, f64)] {
        &self.nodes
    }
}

/// A distribution on the line as masses of cells, moved by the steps of a stochastic sampler.
#[derive(Clone, Debug)]
pub struct Propagation {
    cells: Cells,
    masses: Vec<f64>,
    rule: NormalRule,
}

impl Propagation {
    /// The distribution with `masses` in `cells`, whose steps' noise is averaged over with `rule`.
    ///
    /// Cells must be several times finer than what the distribution and the steps show at any level (a tenth of the smallest standard
    /// deviation leaves errors below 1e-7 a step) and cover the distribution at all levels; what is moved beyond them stays in the outer
    /// ones.
    ///
    /// # Panics
    /// When there is not one mass for each cell.
    pub fn new(cells: Cells, masses: Vec<f64>, rule: NormalRule) -> Self {
        assert_eq!(masses.len(), cells.count(), "one mass for each cell");
        Self { cells, masses, rule }
    }

    /// The masses now.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// Moves the distribution by one step of a sampler: a map of states `[n, 1]` that calls its second argument for each standard normal
    /// draw `[n, 1]` it needs.
    ///
    /// The map is called once for each choice of nodes, so it must be the same every time but for the noise (a multistep
    /// sampler is not) and may draw a fixed number of times.
    pub fn step(&mut self, step: impl FnMut(&Points, &mut dyn FnMut() -> Points) -> Points) {
        now(self.step_resting(step, async || ()));
    }

    /// As [`Propagation::step`], with a `rest` after each call of the map.
    pub async fn step_resting(
        &mut self,
        mut step: impl FnMut(&Points, &mut dyn FnMut() -> Points) -> Points,
        mut rest: impl AsyncFnMut(),
    ) {
        let edges = self.cells.edges();
        let cumulative: Vec<f64> = std::iter::once(0.0)
            .chain(self.masses.iter().scan(0.0, |sum, mass| {
                *sum += mass;
                Some(*sum)
            }))
            .collect();
        let mut moved = vec![0.0; self.masses.len()];
        let nodes = self.rule.nodes();
        // Which node each draw takes, counted up like the digits of a number; grows while the first call draws.
        let mut choice: Vec<usize> = Vec::new();
        loop {
            let mut drawn = 0;
            let images = step(&edges, &mut || {
                if drawn == choice.len() {
                    choice.push(0);
                }
                drawn += 1;
                Points::new(1, vec![nodes[choice[drawn - 1]].0; edges.len()])
            });
            let weight: f64 = choice.iter().map(|&i| nodes[i].1).product();
            self.share_out(images.values(), &cumulative, weight, &mut moved);
            rest().await;
            let Some(last) = choice.iter().rposition(|&i| i + 1 < nodes.len()) else {
                break;
            };
            choice[last] += 1;
            choice[last + 1..].fill(0);
        }
        self.masses = moved;
    }

    /// Adds `weight` times the masses to the cells where the `images` of their ends lie. Maps may fold: only a cell in which
    /// one turns is moved to first order.
    fn share_out(&self, images: &[f64], cumulative: &[f64], weight: f64, moved: &mut [f64]) {
        let count = self.cells.count();
        let places: Vec<f64> = images.iter().map(|&image| self.cells.position(image)).collect();
        let cell_of = |place: f64| place.clamp(0.0, count as f64 - 1.0) as usize;
        for (i, &mass) in self.masses.iter().enumerate() {
            let (start, end) = (places[i], places[i + 1]);
            let (first, last) = (cell_of(start), cell_of(end));
            if first == last || mass.abs() < 1e-20 {
                moved[first] += weight * mass;
                continue;
            }
            let rising = first < last;
            let mut here = cumulative[i];
            let mut cell = first;
            while cell != last {
                let border = (if rising { cell + 1 } else { cell }) as f64;
                let along = crossing(&places, i, border);
                let there = interpolate(cumulative, i, along);
                moved[cell] += weight * (there - here);
                here = there;
                cell = if rising { cell + 1 } else { cell - 1 };
            }
            moved[last] += weight * (cumulative[i + 1] - here);
        }
    }
}

/// Where between entries `i` and `i + 1` of `places` the border is crossed, from 0 to 1.
fn crossing(places: &[f64], i: usize, border: f64) -> f64 {
    let slope = places[i + 1] - places[i];
    let mut along = ((border - places[i]) / slope).clamp(0.0, 1.0);
    for _ in 0..20 {
        let change = (border - interpolate(places, i, along)) / slope;
        along = (along + change).clamp(0.0, 1.0);
        if change.abs() < 1e-13 {
            break;
        }
    }
    along
}

/// The value `along` (0 to 1) the way from entry `i` to `i + 1`, by the polynomial through the six entries around it.
fn interpolate(values: &[f64], i: usize, along: f64) -> f64 {
    const DENOMINATORS: [f64; 6] = [-120.0, 24.0, -12.0, 12.0, -24.0, 120.0];
    let first = i.saturating_sub(2).min(values.len() - 6);
    let at = (i - first) as f64 + along;
    let away: [f64; 6] = std::array::from_fn(|k| at - k as f64);
    let (mut before, mut after) = ([1.0; 6], [1.0; 6]);
    for k in 1..6 {
        before[k] = before[k - 1] * away[k - 1];
        after[5 - k] = after[6 - k] * away[6 - k];
    }
    (0..6).map(|k| values[first + k] * before[k] * after[k] / DENOMINATORS[k]).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::line::normal_mass;
    use crate::metrics::divergence::Divergence;
    use crate::state::State;

    fn normal(cells: &Cells, mean: f64, variance: f64) -> Vec<f64> {
        let deviation = variance.sqrt();
        cells.masses(|from, to| normal_mass((from - mean) / deviation, (to - mean) / deviation))
    }

    fn off(p: &[f64], q: &[f64]) -> f64 {
        Divergence::of_masses(p, q).total_variation
    }

    #[test]
    fn the_rule_knows_the_moments_of_a_normal() {
        for count in [1, 2, 7, 12, 40] {
            let rule = NormalRule::new(count);
            let mean = |f: &dyn Fn(f64) -> f64| rule.nodes().iter().map(|&(x, weight)| weight * f(x)).sum::<f64>();
            let mut moment = 1.0;
            for k in 0..count.min(10) as i32 {
                assert!((mean(&|x| x.powi(2 * k)) / moment - 1.0).abs() < 1e-11, "{count} nodes, moment {}", 2 * k);
                assert!(mean(&|x| x.powi(2 * k + 1)).abs() < 1e-10 * moment.max(1.0) * 20.0);
                moment *= f64::from(2 * k + 1);
            }
        }
    }

    /// Moves by a part of a cell, which smear a distribution that is deposited on the two nearest cells by `f (1 - f)` squared cells each.
    #[test]
    fn shifts_do_not_smear() {
        let cells = Cells::new(-2.0, 2.0, 400);
        let (part, steps, variance) = (0.37, 200, 0.01);
        let mut distribution = Propagation::new(cells, normal(&cells, -0.5, variance), NormalRule::new(4));
        let mut linear = distribution.masses().to_vec();
        let before = cells.moments(distribution.masses());
        for _ in 0..steps {
            distribution.step(|x, _| Points::new(1, x.values().iter().map(|x| x + part * cells.width()).collect()));
            for i in (1..linear.len()).rev() {
                linear[i] = (1.0 - part) * linear[i] + part * linear[i - 1];
            }
        }
        let after = cells.moments(distribution.masses());
        let shift = part * cells.width() * f64::from(steps);
        assert!((distribution.masses().iter().sum::<f64>() - 1.0).abs() < 1e-13);
        assert!((after.0 - before.0 - shift).abs() < 1e-9 && (after.1 / before.1 - 1.0).abs() < 1e-6, "{after:?}");
        let third = |masses: &[f64], mean: f64| -> f64 {
            cells.centres().values().iter().zip(masses).map(|(x, mass)| (x - mean).powi(3) * mass).sum()
        };
        assert!(third(distribution.masses(), after.0).abs() < 1e-9);
        let expected = normal(&cells, -0.5 + shift, variance);
        assert!(off(distribution.masses(), &expected) < 1e-5, "{:e}", off(distribution.masses(), &expected));
        let smeared = cells.moments(&linear).1 / before.1 - 1.0;
        assert!(smeared > 0.4 && off(&linear, &expected) > 0.08, "{smeared}");
    }

    /// `x' = a x + b z + c w`, with one draw and with two, keeps a Gaussian one of known mean and variance.
    #[test]
    fn linear_steps_keep_a_gaussian() {
        let cells = Cells::new(-8.0, 8.0, 1600);
        for (a, b, c) in [(0.9, 0.3, 0.0), (0.8, 0.4, 0.3), (-0.9, 0.3, 0.0)] {
            let (mut mean, mut variance) = (1.0, 0.25);
            let mut distribution = Propagation::new(cells, normal(&cells, mean, variance), NormalRule::new(16));
            for _ in 0..20 {
                distribution.step(|x, draw| {
                    let moved = Points::combine(&[(a, x), (b, &draw())]);
                    if c > 0.0 { Points::combine(&[(1.0, &moved), (c, &draw())]) } else { moved }
                });
                (mean, variance) = (a * mean, a * a * variance + b * b + c * c);
            }
            let error = off(distribution.masses(), &normal(&cells, mean, variance));
            assert!((distribution.masses().iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(error < 1e-8, "{a} {b} {c}: {error:e}");
        }
    }

    /// A normal whose part `a` is replaced by fresh noise is the same normal.
    #[test]
    fn few_nodes_do_for_small_steps() {
        let cells = Cells::new(-9.0, 9.0, 1800);
        let before = normal(&cells, 0.0, 1.0);
        for (a, count) in [(0.1, 4), (0.43, 8), (0.43, 12), (0.9, 24), (0.9, 40)] {
            let mut distribution = Propagation::new(cells, before.clone(), NormalRule::new(count));
            distribution.step(|x, draw| Points::combine(&[((1.0_f64 - a).sqrt(), x), (a.sqrt(), &draw())]));
            let error = off(distribution.masses(), &before);
            let expected = (a / (2.0 - a)).powi(count as i32);
            println!("{a} {count}: {error:.1e}, about {expected:.1e}");
            assert!(error < 10.0 * expected.max(1e-12) && error > 1e-3 * expected, "{a} {count}: {error:e}");
        }
    }

    /// `x^2` of a normal `x` folds the line: chi-squared of one degree, whose mass up to `y` is that of `|x| < sqrt y`.
    #[test]
    fn folds_are_allowed() {
        let cells = Cells::new(-10.0, 10.0, 4000);
        let mut distribution = Propagation::new(cells, normal(&cells, 0.0, 1.0), NormalRule::new(1));
        distribution.step(|x, _| Points::new(1, x.values().iter().map(|x| x * x).collect()));
        let root = |y: f64| y.clamp(0.0, 50.0).sqrt();
        let expected = cells.masses(|from, to| 2.0 * normal_mass(root(from), root(to)));
        assert!((distribution.masses().iter().sum::<f64>() - 1.0).abs() < 1e-13);
        assert!(off(distribution.masses(), &expected) < 1e-2, "{:e}", off(distribution.masses(), &expected));
    }
}
