//! Inpainting: some coordinates of the clean points are known, and the sampler finds the others.
//!
//! The denoised point is the known value where there is one, and the denoiser's elsewhere. So the known coordinates' noise is
//! `eh = (x - sqrt(alpha_bar) known) / sqrt(1 - alpha_bar)`, constant along the path; its turn is zero, and every sampler carries
//! these coordinates to their known values. The denoiser's input has the known values with noise drawn anew at each level, as in the
//! replacement of arXiv 2011.13456 (sec I.2): constant noise would bias every level in the same direction.
//!
//! The same holds for any linear measurement `A x0 = b` with orthonormal rows `A` `[m, d]`, as of compressed sensing: known is then the part
//! `A^T b` in the rows' span, onto which `P = A^T A` projects, and a mask is the case of a diagonal `P`.

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
    part: Part<S>,
}

/// What part of a point is known.
enum Part<S> {
    /// Some coordinates.
    Mask {
        /// One where a coordinate is known, zero elsewhere.
        mask: S,
        /// Zero where a coordinate is known, one elsewhere.
        free: S,
    },
    /// Its projection by `P` `[d, d]`.
    Projected(S),
}

/// States that can be multiplied coordinate by coordinate.
pub trait Coordinates: State {
    /// `self * other`, both `[n, d]`.
    fn times(&self, other: &Self) -> Self;

    /// One minus every coordinate.
    fn complement(&self) -> Self;

    /// The matrix product of `self` `[n, d]` with `matrix` `[d, d]`.
    fn through(&self, matrix: &Self) -> Self;
}

impl Coordinates for Points {
    fn times(&self, other: &Self) -> Self {
        let values = self.values().iter().zip(other.values()).map(|(a, b)| a * b).collect();
        Self::new(self.dimension(), values)
    }

    fn complement(&self) -> Self {
        Self::new(self.dimension(), self.values().iter().map(|value| 1.0 - value).collect())
    }

    fn through(&self, matrix: &Self) -> Self {
        let column = |row: &[f64], j: usize| row.iter().zip(matrix.rows()).map(|(x, row)| x * row[j]).sum::<f64>();
        let values = self.rows().flat_map(|row| (0..matrix.dimension()).map(move |j| column(row, j)));
        Self::new(matrix.dimension(), values.collect())
    }
}

impl Coordinates for Tensor<2> {
    fn times(&self, other: &Self) -> Self {
        self.clone() * other.clone()
    }

    fn complement(&self) -> Self {
        self.clone().neg().add_scalar(1.0)
    }

    fn through(&self, matrix: &Self) -> Self {
        self.clone().matmul(matrix.clone())
    }
}

impl<S: Coordinates> Part<S> {
    /// The known part of `points`.
    fn within(&self, points: &S) -> S {
        match self {
            Part::Mask { mask, .. } => points.times(mask),
            Part::Projected(projection) => points.through(projection),
        }
    }

    /// The rest of them.
    fn without(&self, points: &S) -> S {
        match self {
            Part::Mask { free, .. } => points.times(free),
            Part::Projected(projection) => S::combine(&[(1.0, points), (-1.0, &points.through(projection))]),
        }
    }
}

impl<D, S: Coordinates, N: FnMut() -> S> Inpainting<D, S, N> {
    /// `inner` with clean points `known` `[n, d]` where `mask` `[n, d]` is one; zero elsewhere. `draw` returns standard normal noise
    /// `[n, d]`.
    pub fn new(inner: D, known: S, mask: S, draw: N) -> Self {
        Self { inner, draw: RefCell::new(draw), part: Part::Mask { free: mask.complement(), mask }, known }
    }

    /// `inner` with clean points whose projection by the symmetric `projection` `[d, d]` is `known` `[n, d]`, which lies in its range. `draw` as
    /// for [`Inpainting::new`].
    pub fn measured(inner: D, known: S, projection: S, draw: N) -> Self {
        Self { inner, draw: RefCell::new(draw), part: Part::Projected(projection), known }
    }

    /// The denoiser's input: `x` with the known coordinates replaced by their values with noise of the level.
    fn replaced(&self, x: &S, level: Level) -> S {
        let noise = (self.draw.borrow_mut())();
        let noisy = S::combine(&[(level.signal_scale(), &self.known), (level.noise_scale(), &noise)]);
        self.merge(&noisy, x)
    }

    fn merge(&self, known: &S, free: &S) -> S {
        S::combine(&[(1.0, &self.part.within(known)), (1.0, &self.part.without(free))])
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
        Prediction { noise: self.with_known(x, &noise, level), turn: self.part.without(&turn) }
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

    fn passes(&self, level: Level) -> usize {
        self.inner.passes(level)
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

    /// Measuring a coordinate is masking it, and measuring along a turned axis is masking in turned coordinates.
    #[test]
    fn a_mask_is_a_measurement() {
        const COUNT: usize = 50;
        let draws = |seed: u64| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            move || Points::new(2, (0..2 * COUNT).map(|_| StandardNormal.sample(&mut rng)).collect())
        };
        let each = |row: [f64; 2]| Points::new(2, [row; COUNT].concat());
        let (x, level) = (draws(1)(), Level::from_sigma(0.6));
        let axis = Points::new(2, vec![1.0, 0.0, 0.0, 0.0]);
        let masked = Inpainting::new(diagonal(), each([0.9, 0.0]), each([1.0, 0.0]), draws(2));
        let measured = Inpainting::measured(diagonal(), each([0.9, 0.0]), axis, draws(2));
        let (a, b) = (masked.noise_and_turn(&x, level), measured.noise_and_turn(&x, level));
        for (a, b) in [(a.noise, b.noise), (a.turn, b.turn)] {
            assert!(a.values().iter().zip(b.values()).all(|(a, b)| (a - b).abs() < 1e-12));
        }
        // Everything turned by 45 degrees: the mask's axis becomes the direction (1, 1), known by its projection.
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let turned = Points::new(2, vec![half, half, -half, half]);
        let turn = |points: &Points| points.through(&turned);
        let means = [[-1.0, -0.7], [0.8, 1.0]];
        let mixture = |turned: bool| {
            let covariance = if turned { [[0.06, -0.04], [-0.04, 0.06]] } else { [[0.02, 0.0], [0.0, 0.1]] };
            let covariance = covariance.map(|row| row.to_vec()).to_vec();
            let means = means.map(|mean| {
                let mean = Points::new(2, mean.to_vec());
                if turned { turn(&mean).values().to_vec() } else { mean.values().to_vec() }
            });
            Mixture::new(&[0.4, 0.6], &means, &[covariance.clone(), covariance]).expect("a mixture")
        };
        let mut noise = draws(3);
        let masked = Inpainting::new(mixture(false), each([0.5, 0.0]), each([1.0, 0.0]), draws(3));
        let projection = Points::new(2, vec![0.5; 4]);
        let known = turn(&each([0.5, 0.0]));
        let measured = Inpainting::measured(mixture(true), known, projection, || turn(&noise()));
        let (a, b) = (masked.noise_and_turn(&x, level), measured.noise_and_turn(&turn(&x), level));
        for (a, b) in [(turn(&a.noise), b.noise), (turn(&a.turn), b.turn)] {
            let off = a.values().iter().zip(b.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{off:e}");
        }
    }
}
