//! Inpainting: some coordinates of the clean points are known, and the sampler finds the others.
//!
//! Where a coordinate is known, the denoised point is what is known; elsewhere it is the denoiser's. So the known coordinates' noise is
//! `eh = (x - sqrt(alpha_bar) known) / sqrt(1 - alpha_bar)`, the same all along the path; it does not turn, and every sampler carries
//! them to what is known. What the denoiser sees of them is what is known with fresh noise of the level, as in the replacement of
//! arXiv 2011.13456 (sec I.2): noise that stayed the same would mislead it at every level in the same direction.

use std::cell::RefCell;

use burn::tensor::Tensor;

use super::{Denoiser, Prediction};
use crate::level::Level;
use crate::state::{Points, State};

/// A denoiser that is told some coordinates.
pub struct Inpainting<D, S, N> {
    inner: D,
    draw: RefCell<N>,
    known: S,
    /// One where a coordinate is known, zero elsewhere.
    mask: S,
    /// Zero where a coordinate is known, one elsewhere.
    free: S,
}

/// States that can be multiplied coordinate by coordinate.
pub trait Coordinates: State {
    /// `self * other`, both `[n, d]`.
    fn times(&self, other: &Self) -> Self;

    /// One minus every coordinate.
    fn complement(&self) -> Self;
}

impl Coordinates for Points {
    fn times(&self, other: &Self) -> Self {
        let values = self.values().iter().zip(other.values()).map(|(a, b)| a * b).collect();
        Self::new(self.dimension(), values)
    }

    fn complement(&self) -> Self {
        Self::new(self.dimension(), self.values().iter().map(|value| 1.0 - value).collect())
    }
}

impl Coordinates for Tensor<2> {
    fn times(&self, other: &Self) -> Self {
        self.clone() * other.clone()
    }

    fn complement(&self) -> Self {
        self.clone().neg().add_scalar(1.0)
    }
}

impl<D, S: Coordinates, N: FnMut() -> S> Inpainting<D, S, N> {
    /// `inner` with clean points `known` `[n, d]` where `mask` `[n, d]` is one; zero elsewhere. `draw` gives standard normal noise
    /// `[n, d]`.
    pub fn new(inner: D, known: S, mask: S, draw: N) -> Self {
        Self { inner, draw: RefCell::new(draw), free: mask.complement(), known, mask }
    }

    /// The states that the denoiser is asked about.
    fn seen(&self, x: &S, level: Level) -> S {
        let noise = (self.draw.borrow_mut())();
        let noisy = S::combine(&[(level.signal_scale(), &self.known), (level.noise_scale(), &noise)]);
        self.keep_from(&noisy, x)
    }

    fn keep_from(&self, given: &S, found: &S) -> S {
        S::combine(&[(1.0, &given.times(&self.mask)), (1.0, &found.times(&self.free))])
    }

    /// Clean points with what is known in its place: the rest of the noise at the last level taken out of it.
    pub fn keep(&self, clean: &S) -> S {
        self.keep_from(&self.known, clean)
    }

    fn told(&self, x: &S, noise: &S, level: Level) -> S {
        let scale = level.noise_scale();
        let own = S::combine(&[(1.0 / scale, x), (-level.signal_scale() / scale, &self.known)]);
        self.keep_from(&own, noise)
    }
}

impl<D: Denoiser<S>, S: Coordinates, N: FnMut() -> S> Denoiser<S> for Inpainting<D, S, N> {
    fn noise(&self, x: &S, level: Level) -> S {
        self.told(x, &self.inner.noise(&self.seen(x, level), level), level)
    }

    fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S> {
        let Prediction { noise, turn } = self.inner.noise_and_turn(&self.seen(x, level), level);
        Prediction { noise: self.told(x, &noise, level), turn: turn.times(&self.free) }
    }

    fn turn_cost(&self) -> f64 {
        self.inner.turn_cost()
    }

    fn passes(&self) -> usize {
        self.inner.passes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Mixture;
    use crate::sampler::{self, TABLE, Trajectory};
    use crate::schedule::log_linear;
    use crate::state::now;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// A mixture of two modes told apart by either coordinate: who knows the first knows the second.
    fn diagonal() -> Mixture {
        let covariance = vec![vec![0.02, 0.0], vec![0.0, 0.02]];
        Mixture::new(&[0.5, 0.5], &[vec![-1.0, -1.0], vec![1.0, 1.0]], &[covariance.clone(), covariance])
            .expect("a mixture")
    }

    /// Every sampler brings the known coordinate to what is known, and the other to the mode that goes with it.
    #[test]
    fn what_is_known_stays_and_decides_the_rest() {
        const COUNT: usize = 200;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let normal =
            |rng: &mut ChaCha8Rng| Points::new(2, (0..2 * COUNT).map(|_| StandardNormal.sample(rng)).collect());
        let each = |row: [f64; 2]| Points::new(2, [row; COUNT].concat());
        let levels = log_linear(40, 0.01, 20.0);
        for info in TABLE.iter().filter(|info| info.order > 0) {
            let mut looks = ChaCha8Rng::seed_from_u64(2);
            let denoiser = Inpainting::new(diagonal(), each([0.9, 0.0]), each([1.0, 0.0]), || normal(&mut looks));
            let sampler = sampler::build(info.value, &Default::default()).expect("a sampler");
            let start = normal(&mut rng);
            let run = Trajectory::new(sampler, Box::new(&denoiser), levels.clone(), start, || normal(&mut rng));
            let last = now(run.last());
            let signal = levels[40].signal_scale();
            let clean = Points::combine(&[(1.0 / signal, &last)]);
            let off = clean.rows().map(|row| (row[0] - 0.9).abs()).fold(0.0, f64::max);
            // What is left is the noise of the last level, or a sampler's own on its way there.
            assert!(off < 0.2, "{}: {off}", info.value);
            assert!(denoiser.keep(&clean).rows().all(|row| row[0] == 0.9));
            let right = clean.rows().filter(|row| row[1] > 0.0).count();
            // Fresh noise tells the truth on average only: most paths find it, those of samplers with noise of their own nearly all.
            let least = if info.stochastic { COUNT * 9 / 10 } else { COUNT * 8 / 10 };
            assert!(right >= least, "{}: {right} of {COUNT} in the mode that is known", info.value);
        }
    }
}
