//! DPM-Solver-v3 (arXiv 2310.13268): a multistep sampler in variables that a denoiser's own statistics choose.
//!
//! With `lambda = -ln sigma`, the VE state `y` and `l` a number for each coordinate and level, the ODE is solved in
//! `f = sigma eh - l y`, and `f` extrapolated in `g`, in which `df/dlambda = s f + b` is a constant. The numbers `(1, 0, 0)` for
//! `(l, s, b)` make it DPM-Solver++, `(0, -1, 0)` DPM-Solver.

use super::quadrature::integrate;
use super::{FinePaths, Formula, Step, Stride};
use crate::level::Level;
use crate::prediction::Denoiser;
use crate::prediction::derived::denoised;
use crate::state::{Points, State};

/// The numbers of one coordinate at one level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ModelCoefficients {
    /// The share of the VE state that is solved exactly: `f = sigma eh - l y`.
    pub l: f64,
    /// `df/dlambda = s f + b` is solved exactly too.
    pub s: f64,
    /// As `s`.
    pub b: f64,
}

impl ModelCoefficients {
    /// Those of DPM-Solver++, which extrapolates the denoised points.
    pub const DENOISED: Self = Self { l: 1.0, s: 0.0, b: 0.0 };
    /// Those of DPM-Solver, which extrapolates the noise.
    pub const NOISE: Self = Self { l: 0.0, s: -1.0, b: 0.0 };
}

/// The coefficients of [`DpmSolverV3`] at each of some levels: linear in `lambda` between them, constant beyond.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelStatistics {
    /// Ascending: noisiest first.
    lambdas: Vec<f64>,
    /// `[d]` at each level.
    rows: Vec<Vec<ModelCoefficients>>,
}

/// Width of the central differences, in units of the VP state's noise: little against what bends the noise, much against single precision.
const WIDTH: f64 = 0.02;
/// The least variance of `f`, in units of the power of `sigma eh`, that a regression on it can use.
const LEAST: f64 = 1e-12;

impl ModelStatistics {
    /// The same `[d]` coefficients at all levels.
    pub fn constant(row: Vec<ModelCoefficients>) -> Self {
        Self { lambdas: vec![0.0], rows: vec![row] }
    }

    /// The empirical model statistics of a denoiser on its own `paths` (arXiv 2310.13268): `l` the mean of the diagonal of
    /// `sqrt(1 - alpha_bar) d eh / dx`, which leaves the least of the state in `f`; `s` and `b` the regression of `df/dlambda` on `f`. Derivatives
    /// are central differences, so that preparing takes `2 d` evaluations a level beside the path's one. Where `f` does not vary, `s = 0`.
    ///
    /// ```
    /// use fewsteps::distribution::Mixture;
    /// use fewsteps::sampler::{DpmSolverV3, FinePaths, ModelStatistics, sample};
    /// use fewsteps::schedule::log_linear;
    /// use fewsteps::state::Points;
    ///
    /// let gaussian = Mixture::new(&[1.0], &[vec![0.3]], &[vec![vec![0.25]]])?;
    /// let noise = || Points::new(1, vec![-1.0, 0.0, 1.0]);
    /// let statistics = ModelStatistics::of(&gaussian, &FinePaths::of(&gaussian, log_linear(120, 0.01, 20.0), noise()));
    /// let solver = DpmSolverV3 { statistics, corrector: true };
    /// let points = pollster::block_on(sample(solver, &gaussian, log_linear(1, 0.01, 20.0), noise));
    /// assert!((points.values()[2] - points.values()[1] - 0.5).abs() < 0.01); // the standard deviation, after one step
    /// # Ok::<(), fewsteps::distribution::MixtureError>(())
    /// ```
    pub fn of(denoiser: &dyn Denoiser<Points>, paths: &FinePaths) -> Self {
        let (mut lambdas, mut l, mut f, mut power) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (level, x, noise) in paths.steps() {
            let d = x.dimension();
            let diagonal: Vec<f64> = (0..d).map(|k| level.noise_scale() * slope(denoiser, x, level, k)).collect();
            let pairs = x.values().iter().zip(noise.values()).enumerate();
            let rest = |(i, (x, noise)): (usize, (&f64, &f64))| {
                level.sigma() * noise - diagonal[i % d] * x / level.signal_scale()
            };
            f.push(Points::new(d, pairs.map(rest).collect()));
            power.push(moments(noise, noise).iter().map(|of| level.sigma().powi(2) * of.product).collect::<Vec<_>>());
            lambdas.push(lambda(level));
            l.push(diagonal);
        }
        let last = lambdas.len() - 1;
        let rows = (0..=last).map(|i| {
            let (before, after) = (i.saturating_sub(1), (i + 1).min(last));
            let per = (lambdas[after] - lambdas[before]).max(f64::MIN_POSITIVE).recip();
            let slopes = Points::combine(&[(per, &f[after]), (-per, &f[before])]);
            let (own, with) = (moments(&f[i], &f[i]), moments(&f[i], &slopes));
            let row = own.iter().zip(&with).enumerate().map(|(k, (own, with))| {
                let varies = own.covariance() > LEAST * power[i][k];
                let s = if varies { with.covariance() / own.covariance() } else { 0.0 };
                ModelCoefficients { l: l[i][k], s, b: with.second - s * with.first }
            });
            row.collect()
        });
        let rows = rows.collect();
        Self { lambdas, rows }
    }

    /// Those of coordinate `k` at `lambda`.
    fn at(&self, k: usize, lambda: f64) -> ModelCoefficients {
        let after = self.lambdas.partition_point(|level| *level < lambda);
        let before = after.saturating_sub(1);
        let after = after.min(self.lambdas.len() - 1);
        let (low, high) = (self.rows[before][k], self.rows[after][k]);
        let share = match after > before {
            true => (lambda - self.lambdas[before]) / (self.lambdas[after] - self.lambdas[before]),
            false => 0.0,
        };
        mix(low, high, share)
    }

    /// The integrals of coordinate `k` over a step in `lambda`.
    fn integrals(&self, k: usize, from: f64, to: f64) -> Integrals {
        let mut sum = Integrals::default();
        // Between kinks of the table everything is smooth.
        let kinks = self.lambdas.iter().copied().filter(|kink| from < *kink && *kink < to);
        let mut start = from;
        for end in kinks.chain([to]) {
            let (low, high, width) = (self.at(k, start), self.at(k, end), end - start);
            let ramp = |low: f64, high: f64, u: f64| u * (low + 0.5 * u / width * (high - low));
            let big_s = |u: f64| sum.s + ramp(low.s, high.s, u);
            let weight = |u: f64| (sum.l + ramp(low.l, high.l, u) + big_s(u)).exp();
            let big_b = |u: f64| sum.b + integrate(0.0, u, |r| (-big_s(r)).exp() * mix(low, high, r / width).b);
            sum = Integrals {
                l: sum.l + ramp(low.l, high.l, width),
                s: big_s(width),
                b: big_b(width),
                g: sum.g + integrate(0.0, width, weight),
                slope: sum.slope + integrate(0.0, width, |u| weight(u) * (start - from + u)),
                c: sum.c + integrate(0.0, width, |u| weight(u) * big_b(u)),
            };
            start = end;
        }
        sum
    }
}

/// The paper's integrals from a step's start `lambda_s`, `L = int l` and `S = int s`, for one coordinate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Integrals {
    /// `L`.
    l: f64,
    /// `S`.
    s: f64,
    /// `B = int e^{-S} b`.
    b: f64,
    /// `int e^{L + S}`.
    g: f64,
    /// `int e^{L + S} (lambda - lambda_s)`.
    slope: f64,
    /// `C = int e^{L + S} B`.
    c: f64,
}

impl Integrals {
    /// The VE coordinate at the step's end, from that at its start and from `f` and `dg/dlambda` there.
    fn step(&self, y: f64, f: f64, slope: f64) -> f64 {
        (-self.l).exp() * (y - self.g * f - self.slope * slope - self.c)
    }
}

/// DPM-Solver-v3 (arXiv 2310.13268) of order 2: one evaluation a step. The first step is of first order; one to no noise ends at the
/// denoised points.
///
/// With [`ModelStatistics::constant`] it is DPM-Solver++ or DPM-Solver, the polynomial integrated exactly. It runs in `f64`: its
/// coefficients differ between coordinates.
#[derive(Clone, Debug, PartialEq)]
pub struct DpmSolverV3 {
    /// The coefficients.
    pub statistics: ModelStatistics,
    /// Whether a step is taken again, from the same start, once the evaluation at its end is known. The first step is not.
    pub corrector: bool,
}

/// What a run of [`DpmSolverV3`] remembers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DpmSolverV3Memory {
    steps: usize,
    /// `lambda` of the last evaluation.
    lambda: f64,
    /// Corrected VE states of the last evaluation, and `f` there: `[n d]`.
    y: Vec<f64>,
    f: Vec<f64>,
    /// Of the step that followed it, `[d]`.
    integrals: Vec<Integrals>,
}

impl Formula<Points> for DpmSolverV3 {
    type Memory = DpmSolverV3Memory;

    async fn step(&self, memory: &mut Self::Memory, stride: Stride<'_, Points>) -> Step<Points> {
        let Stride { denoiser, x, from, to, .. } = stride;
        let noise = denoiser.noise(x, from);
        if to.sigma() == 0.0 {
            return Step { state: denoised(x, &noise, from), noise };
        }
        let (d, now, next) = (x.dimension(), lambda(from), lambda(to));
        let row: Vec<ModelCoefficients> = (0..d).map(|k| self.statistics.at(k, now)).collect();
        let integrals: Vec<Integrals> = (0..d).map(|k| self.statistics.integrals(k, now, next)).collect();
        let (mut y, mut f, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for (i, (x, noise)) in x.values().iter().zip(noise.values()).enumerate() {
            let at_x = x / from.signal_scale();
            let f_now = from.sigma() * noise - row[i % d].l * at_x;
            let (mut at, mut slope) = (at_x, 0.0);
            if memory.steps > 0 {
                let (h, step) = (now - memory.lambda, &memory.integrals[i % d]);
                // g of the last evaluation seen from this one, and of this one seen from the last.
                slope = (f_now - step.s.exp() * (memory.f[i] + step.b)) / h;
                if self.corrector && memory.steps > 1 {
                    let through = ((-step.s).exp() * f_now - step.b - memory.f[i]) / h;
                    at = step.step(memory.y[i], memory.f[i], through);
                }
            }
            ends.push(to.signal_scale() * integrals[i % d].step(at, f_now, slope));
            y.push(at);
            f.push(f_now);
        }
        *memory = DpmSolverV3Memory { steps: memory.steps + 1, lambda: now, y, f, integrals };
        Step { state: Points::new(d, ends), noise }
    }
}

fn lambda(level: Level) -> f64 {
    -level.sigma().ln()
}

fn mix(low: ModelCoefficients, high: ModelCoefficients, share: f64) -> ModelCoefficients {
    let between = |low: f64, high: f64| low + share * (high - low);
    ModelCoefficients { l: between(low.l, high.l), s: between(low.s, high.s), b: between(low.b, high.b) }
}

/// The mean of `d eh_k / dx_k` over the points.
fn slope(denoiser: &dyn Denoiser<Points>, x: &Points, level: Level, k: usize) -> f64 {
    let d = x.dimension();
    let width = WIDTH * level.noise_scale();
    let mean = |by: f64| {
        let moved = x.values().iter().enumerate().map(|(i, x)| if i % d == k { x + by } else { *x });
        let noise = denoiser.noise(&Points::new(d, moved.collect()), level);
        noise.rows().map(|row| row[k]).sum::<f64>() / x.len() as f64
    };
    (mean(width) - mean(-width)) / (2.0 * width)
}

/// Means of one coordinate of two batches, and of its product.
#[derive(Clone, Copy)]
struct Moments {
    first: f64,
    second: f64,
    product: f64,
}

impl Moments {
    fn covariance(&self) -> f64 {
        self.product - self.first * self.second
    }
}

fn moments(a: &Points, b: &Points) -> Vec<Moments> {
    let mean = |of: &dyn Fn(&[f64], &[f64]) -> f64| {
        a.rows().zip(b.rows()).map(|(a, b)| of(a, b)).sum::<f64>() / a.len() as f64
    };
    let of = |k: usize| Moments {
        first: mean(&|a, _| a[k]),
        second: mean(&|_, b| b[k]),
        product: mean(&|a, b| a[k] * b[k]),
    };
    (0..a.dimension()).map(of).collect()
}
