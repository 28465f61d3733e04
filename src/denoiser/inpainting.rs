//! Inpainting: some coordinates of the clean points are known, and the sampler finds the others.
//!
//! The denoised point is the known value where there is one, and the denoiser's elsewhere. So the known coordinates' noise is
//! `eh = (x - sqrt(alpha_bar) known) / sqrt(1 - alpha_bar)`, constant along the path; its turn is zero, and every sampler carries
//! these coordinates to their known values. The denoiser's input has the known values with noise drawn anew at each level, as in the
//! replacement of arXiv 2011.13456 (sec I.2): constant noise would bias every level in the same direction.

use std::cell::RefCell;

use burn::tensor::Tensor;

use super::{Denoiser, Prediction};
use crate::level::Level;
use crate::state::{Points, State};

/// A denoiser of points some of whose coordinates are known.
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
    /// `inner` with clean points `known` `[n, d]` where `mask` `[n, d]` is one; zero elsewhere. `draw` returns standard normal noise
    /// `[n, d]`.
    pub fn new(inner: D, known: S, mask: S, draw: N) -> Self {
        Self { inner, draw: RefCell::new(draw), free: mask.complement(), known, mask }
    }

    /// The denoiser's input: `x` with the known coordinates replaced by their values with noise of the level.
    fn replaced(&self, x: &S, level: Level) -> S {
        let noise = (self.draw.borrow_mut())();
        let noisy = S::combine(&[(level.signal_scale(), &self.known), (level.noise_scale(), &noise)]);
        self.merge(&noisy, x)
    }

    fn merge(&self, known: &S, free: &S) -> S {
        S::combine(&[(1.0, &known.times(&self.mask)), (1.0, &free.times(&self.free))])
    }

    /// Clean points `[n, d]` with the known values in their place, without the rest of the noise at the last level.
    pub fn keep(&self, clean: &S) -> S {
        self.merge(&self.known, clean)
    }

    /// The noise `[n, d]` with that of the known coordinates in their place.
    fn with_known(&self, x: &S, noise: &S, level: Level) -> S {
        let scale = level.noise_scale();
        let known = S::combine(&[(1.0 / scale, x), (-level.signal_scale() / scale, &self.known)]);
        self.merge(&known, noise)
    }
}

impl<D: Denoiser<S>, S: Coordinates, N: FnMut() -> S> Denoiser<S> for Inpainting<D, S, N> {
    fn noise(&self, x: &S, level: Level) -> S {
        self.with_known(x, &self.inner.noise(&self.replaced(x, level), level), level)
    }

    fn noise_and_turn(&self, x: &S, level: Level) -> Prediction<S> {
        let Prediction { noise, turn } = self.inner.noise_and_turn(&self.replaced(x, level), level);
        Prediction { noise: self.with_known(x, &noise, level), turn: turn.times(&self.free) }
    }

    fn mean_noise(&self, x: &S, from: Level, to: Level) -> S {
        self.with_known(x, &self.inner.mean_noise(&self.replaced(x, from), from, to), from)
    }

    fn turn_cost(&self) -> f64 {
        self.inner.turn_cost()
    }

    fn map_cost(&self) -> f64 {
        self.inner.map_cost()
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

    /// A mixture of two modes that either coordinate decides.
    fn diagonal() -> Mixture {
        let covariance = vec![vec![0.02, 0.0], vec![0.0, 0.02]];
        Mixture::new(&[0.5, 0.5], &[vec![-1.0, -1.0], vec![1.0, 1.0]], &[covariance.clone(), covariance])
            .expect("a mixture")
    }

    /// Every sampler brings the known coordinate to its value, and the other to the mode that goes with it.
    #[test]
    fn known_coordinates_stay_and_decide_the_others() {
        const COUNT: usize = 200;
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let normal =
            |rng: &mut ChaCha8Rng| Points::new(2, (0..2 * COUNT).map(|_| StandardNormal.sample(rng)).collect());
        let each = |row: [f64; 2]| Points::new(2, [row; COUNT].concat());
        let levels = log_linear(40, 0.01, 20.0);
        for info in TABLE.iter().filter(|info| info.order > 0) {
            let mut replacing = ChaCha8Rng::seed_from_u64(2);
            let denoiser = Inpainting::new(diagonal(), each([0.9, 0.0]), each([1.0, 0.0]), || normal(&mut replacing));
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
            // The replaced noise is right on average only: most paths find the mode, those of samplers with noise of their own nearly all.
            let least = if info.stochastic { COUNT * 9 / 10 } else { COUNT * 8 / 10 };
            assert!(right >= least, "{}: {right} of {COUNT} in the right mode", info.value);
        }
    }
}
