//! The path of an exact denoiser's probability-flow ODE over one step.

use super::Denoiser;
use crate::level::Level;
use crate::state::State;

/// Longest stretch of `ln sigma` that one Runge-Kutta step covers; a mixture's path is then right to about 1e-4.
const LONGEST: f64 = 0.25;
/// Noise level below which a path is a straight line: its noise no longer turns there.
const STRAIGHT: f64 = 1e-4;

/// The mean of the noise by `sigma` over the path from VP states `x` `[n, d]` at `from` down to `to`, `(y_s - y_t) / (sigma_s -
/// sigma_t)`, `[n, d]`: the path of `denoiser`, followed in small steps (classical Runge-Kutta in `ln sigma`).
pub(crate) fn mean_noise<S: State>(denoiser: &impl Denoiser<S>, x: &S, from: Level, to: Level) -> S {
    let below = to.sigma().max(STRAIGHT);
    let (start, end) = (from.sigma().ln(), below.ln());
    let steps = ((start - end) / LONGEST).ceil().max(1.0) as usize;
    let step = (end - start) / steps as f64;
    // dy / d ln sigma
    let slope = |y: &S, log_sigma: f64| {
        let level = Level::from_sigma(log_sigma.exp());
        let noise = denoiser.noise(&S::combine(&[(level.signal_scale(), y)]), level);
        S::combine(&[(level.sigma(), &noise)])
    };
    let first = S::combine(&[(from.signal_scale().recip(), x)]);
    let mut y = first.clone();
    for index in 0..steps {
        let at = start + step * index as f64;
        let one = slope(&y, at);
        let two = slope(&S::combine(&[(1.0, &y), (0.5 * step, &one)]), at + 0.5 * step);
        let three = slope(&S::combine(&[(1.0, &y), (0.5 * step, &two)]), at + 0.5 * step);
        let four = slope(&S::combine(&[(1.0, &y), (step, &three)]), at + step);
        let sixth = step / 6.0;
        y = S::combine(&[(1.0, &y), (sixth, &one), (2.0 * sixth, &two), (2.0 * sixth, &three), (sixth, &four)]);
    }
    if to.sigma() < below {
        let slope = slope(&y, end);
        y = S::combine(&[(1.0, &y), ((to.sigma() - below) / below, &slope)]);
    }
    let change = to.sigma() - from.sigma();
    S::combine(&[(change.recip(), &y), (-change.recip(), &first)])
}
