//! The corrected curve for the denoised points instead of the noise.
//!
//! Along the path `D = y - sigma eh` changes by `dD / d ln sigma = -sigma c`, so the learned turn is a slope of `D` too, and `y_s = r
//! y_t + sigma_s int D / sigma^2 dsigma` with `r = sigma_s / sigma_t` is integrated exactly for `D` linear or quadratic in `u = ln(sigma /
//! sigma_t)`, up to `h = ln r`: the moments of `1`, `u` and `u^2` are `1 - r`, `h + 1 - r` and `h^2 + 2h + 2 - 2r`.

use super::{Formula, Group, Info, Step, Stride, straight};
use crate::schedule::Level;
use crate::state::State;

pub(super) const INFO: Info = Info {
    value: "curved_denoised_pc",
    label: "Curved, denoised, corrected",
    group: Group::Turn,
    help: "Follows the curve of the denoised points, and redoes each step once the next velocity is known, at no extra evaluation.",
    formula: r"y_s = r\,y_t + (1-r)\,\hat x_{0,t} - (h+1-r)\,\sigma_t c_t + (h^2+2h+2-2r)\,a,\quad r=\frac{\sigma_s}{\sigma_t},\ h=\ln r,\ a=\frac{\hat x_{0,s}-\hat x_{0,t}+h\sigma_t c_t}{h^2}",
    source: "own, after 2306.09251",
    evaluations: 1,
    order: 2,
    uses_turn: true,
    stochastic: false,
    parameters: &[],
};

/// Denoised points where the network was evaluated, and how they change with `ln sigma`.
struct Seen<S> {
    /// VE states from which the step was taken, corrected.
    y: S,
    denoised: S,
    slope: S,
    level: Level,
}

/// Predicts with value and slope, corrects with the value at the end as well. The last step is straight: it takes most of the noise
/// that is left, and a slope has nothing more to correct it.
pub(super) struct Denoised<S> {
    last: Option<Seen<S>>,
}

impl<S> Denoised<S> {
    pub(super) fn new() -> Self {
        Self { last: None }
    }
}

impl<S: State> Seen<S> {
    /// VE states at the cleaner level `to`, where the denoised points are `end` if that is known.
    fn follow(&self, to: Level, end: Option<&S>) -> S {
        let r = to.sigma() / self.level.sigma();
        let h = r.ln();
        let (first, second) = (h + 1.0 - r, h * h + 2.0 * h + 2.0 - 2.0 * r);
        let mut terms = vec![(r, &self.y), (1.0 - r, &self.denoised), (first, &self.slope)];
        if let Some(end) = end {
            let of_bend = second / (h * h);
            terms.extend([(of_bend, end), (-of_bend, &self.denoised), (-of_bend * h, &self.slope)]);
        }
        S::combine(&terms)
    }
}

impl<S: State> Formula<S> for Denoised<S> {
    fn step(&mut self, stride: Stride<'_, S>) -> Step<S> {
        let Stride { denoiser, x, from, to, last, .. } = stride;
        let prediction = denoiser.noise_and_turn(x, from);
        let y = S::combine(&[(1.0 / from.signal_scale(), x)]);
        let denoised = S::combine(&[(1.0, &y), (-from.sigma(), &prediction.noise)]);
        let slope = S::combine(&[(-from.sigma(), &prediction.turn)]);
        let y = match self.last.take() {
            Some(seen) => seen.follow(from, Some(&denoised)),
            None => y,
        };
        let seen = Seen { y, denoised, slope, level: from };
        let state = match last || to.sigma() == 0.0 {
            true => straight(&S::combine(&[(from.signal_scale(), &seen.y)]), &prediction.noise, from, to),
            false => S::combine(&[(to.signal_scale(), &seen.follow(to, None))]),
        };
        self.last = Some(seen);
        Step { state, noise: prediction.noise }
    }
}
