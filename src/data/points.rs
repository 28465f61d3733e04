//! The built-in sets of points in the plane, and on the line.

use std::f64::consts::{PI, TAU};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::{DataKind, Dataset, Standard};
use crate::distribution::Mixture;

/// Points to learn from in a built-in set.
const TRAIN: usize = 20_000;
/// Points held out of it.
const HELD_OUT: usize = 4_000;
/// The ring of Gaussians before standardising: how many, how far out, how wide.
const RING: (usize, f64, f64) = (8, 1.3, 0.1);

/// The peaks on the line before standardising: where, how wide, how heavy.
const PEAKS: [(f64, f64, f64); 3] = [(-1.3, 0.1, 0.5), (0.4, 0.2, 0.3), (1.8, 0.06, 0.2)];

/// How to draw a built-in set.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    /// Coordinates of a point, one or two.
    pub(super) dimension: usize,
    /// On the line, the second coordinate is left out.
    point: fn(&mut ChaCha8Rng) -> [f64; 2],
    /// The exact distribution once the set is standardised, where it is known.
    pub(super) mixture: Option<fn(&Standard) -> Mixture>,
}

impl Shape {
    const fn new(point: fn(&mut ChaCha8Rng) -> [f64; 2]) -> Self {
        Self { dimension: 2, point, mixture: None }
    }

    fn raw(self, count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
        (0..count).flat_map(|_| (self.point)(rng).into_iter().take(self.dimension)).map(|value| value as f32).collect()
    }

    /// `count` points of the standardised set beyond those of [`Shape::dataset`], row-major.
    pub(super) fn more(self, count: usize, seed: u64) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let standard = Standard::of(&self.raw(TRAIN + HELD_OUT, &mut rng), self.dimension);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1);
        self.raw(count, &mut rng).chunks_exact(self.dimension).flat_map(|row| standard.apply(row)).collect()
    }

    /// The standardised data set. It is the same for every seed of a run: the seed is the model's, not the data's.
    pub(super) fn dataset(self) -> Dataset {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let raw = self.raw(TRAIN + HELD_OUT, &mut rng);
        let standard = Standard::of(&raw, self.dimension);
        let points: Vec<f32> = raw.chunks_exact(self.dimension).flat_map(|row| standard.apply(row)).collect();
        let (train, held_out) = points.split_at(self.dimension * TRAIN);
        Dataset {
            kind: DataKind::Points,
            dimension: self.dimension,
            train: train.to_vec(),
            held_out: held_out.to_vec(),
            mixture: self.mixture.map(|mixture| mixture(&standard)),
            labels: None,
        }
    }
}

pub(super) const EIGHT_GAUSSIANS: Shape = Shape { mixture: Some(ring_mixture), ..Shape::new(eight_gaussians) };
pub(super) const THREE_PEAKS: Shape = Shape { dimension: 1, mixture: Some(peaks_mixture), ..Shape::new(three_peaks) };
pub(super) const TWO_MOONS: Shape = Shape::new(two_moons);
pub(super) const SWISS_ROLL: Shape = Shape::new(swiss_roll);
pub(super) const SPIRAL: Shape = Shape::new(spiral);
pub(super) const CHECKERBOARD: Shape = Shape::new(checkerboard);
pub(super) const CIRCLES: Shape = Shape::new(circles);
pub(super) const PINWHEEL: Shape = Shape::new(pinwheel);
pub(super) const CAT: Shape = Shape::new(cat);

fn ring_mixture(standard: &Standard) -> Mixture {
    let (count, radius, width) = RING;
    let place = |k: usize| {
        let (sin, cos) = (TAU * k as f64 / count as f64).sin_cos();
        let at = |value: f64, axis: usize| (radius * value - standard.center[axis]) / standard.scale;
        vec![at(cos, 0), at(sin, 1)]
    };
    let means: Vec<Vec<f64>> = (0..count).map(place).collect();
    let variance = (width / standard.scale).powi(2);
    let covariances = vec![vec![vec![variance, 0.0], vec![0.0, variance]]; count];
    Mixture::new(&vec![1.0; count], &means, &covariances).expect("a ring is a mixture")
}

fn peaks_mixture(standard: &Standard) -> Mixture {
    let means = PEAKS.map(|(place, ..)| vec![(place - standard.center[0]) / standard.scale]);
    let covariances = PEAKS.map(|(_, width, _)| vec![vec![(width / standard.scale).powi(2)]]);
    Mixture::new(&PEAKS.map(|(.., weight)| weight), &means, &covariances).expect("peaks are a mixture")
}

fn three_peaks(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let mut left = rng.random::<f64>();
    let peak = PEAKS.iter().find(|(.., weight)| {
        left -= weight;
        left < 0.0
    });
    let &(place, width, _) = peak.unwrap_or(&PEAKS[0]);
    [place + width * normal(rng), 0.0]
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// `point` with normal noise of width `width`.
fn blur([x, y]: [f64; 2], width: f64, rng: &mut ChaCha8Rng) -> [f64; 2] {
    [x + width * normal(rng), y + width * normal(rng)]
}

fn polar(radius: f64, angle: f64) -> [f64; 2] {
    [radius * angle.cos(), radius * angle.sin()]
}

fn eight_gaussians(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let (count, radius, width) = RING;
    let k = rng.random_range(0..count);
    blur(polar(radius, TAU * k as f64 / count as f64), width, rng)
}

fn two_moons(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let angle = PI * rng.random::<f64>();
    let [x, y] = polar(1.0, angle);
    let point = if rng.random() { [x, y] } else { [1.0 - x, 0.5 - y] };
    blur(point, 0.06, rng)
}

fn swiss_roll(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let angle = 1.5 * PI * (1.0 + 2.0 * rng.random::<f64>().sqrt());
    blur(polar(angle / 10.0, angle), 0.03, rng)
}

fn spiral(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let along = rng.random::<f64>().sqrt();
    let turn = if rng.random() { 0.0 } else { PI };
    blur(polar(0.1 + 1.4 * along, 2.5 * PI * along + turn), 0.03, rng)
}

fn checkerboard(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let row = rng.random_range(0..4);
    let column = 2 * rng.random_range(0..2) + row % 2;
    [f64::from(column) + rng.random::<f64>(), f64::from(row) + rng.random::<f64>()]
}

fn circles(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let radius = if rng.random_range(0..3) == 0 { 0.5 } else { 1.0 };
    let angle = TAU * rng.random::<f64>();
    blur(polar(radius, angle), 0.03, rng)
}

fn pinwheel(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let blade = f64::from(rng.random_range(0..5_u8));
    let along = 1.0 + 0.3 * normal(rng);
    let across = 0.06 * normal(rng);
    let angle = TAU * blade / 5.0 + 0.9 * along;
    let ([x, y], (sin, cos)) = (polar(along, angle), angle.sin_cos());
    [x - across * sin, y + across * cos]
}

/// Strokes of a cat's face: each drawn in proportion to its length.
fn cat(rng: &mut ChaCha8Rng) -> [f64; 2] {
    let side = if rng.random() { 1.0 } else { -1.0 };
    let u: f64 = rng.random();
    let line =
        |from: [f64; 2], to: [f64; 2]| [side * (from[0] + u * (to[0] - from[0])), from[1] + u * (to[1] - from[1])];
    let point = match rng.random_range(0..100) {
        // Half of the head, from between the ears down to the chin.
        0..36 => {
            let [x, y] = polar(1.0, PI / 2.0 - PI * u);
            [side * x * 1.1, 0.9 * y]
        }
        36..46 => line([0.35, 0.85], [0.8, 1.45]),
        46..56 => line([0.8, 1.45], [0.98, 0.42]),
        // An eye, filled.
        56..72 => {
            let [x, y] = polar(rng.random::<f64>().sqrt(), TAU * u);
            [side * (0.42 + 0.11 * x), 0.18 + 0.17 * y]
        }
        72..77 => {
            let [x, y] = polar(rng.random::<f64>().sqrt(), TAU * u);
            [0.09 * x, -0.16 + 0.06 * y]
        }
        // Half of the mouth.
        77..83 => {
            let [x, y] = polar(0.2, -PI * u);
            [side * (0.2 + x), -0.3 + 0.8 * y]
        }
        83..92 => line([0.5, -0.14], [1.5, 0.02]),
        _ => line([0.5, -0.28], [1.45, -0.42]),
    };
    blur(point, 0.018, rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::built_ins;

    #[test]
    fn every_set_is_standardised_and_repeatable() {
        for set in built_ins() {
            let dataset = Dataset::built_in(set.value).expect("a set");
            assert_eq!((dataset.len(), dataset.held_out.len()), (TRAIN, dataset.dimension * HELD_OUT));
            let power = dataset.train.iter().map(|v| v * v).sum::<f32>() / dataset.train.len() as f32;
            assert!((power - 1.0).abs() < 0.05, "{}: {power}", set.value);
            assert!(dataset.train == Dataset::built_in(set.value).expect("a set").train);
        }
    }

    #[test]
    fn the_rings_mixture_is_the_rings_distribution() {
        let dataset = EIGHT_GAUSSIANS.dataset();
        let mixture = dataset.mixture.as_ref().expect("a mixture");
        let points = crate::state::Points::new(2, dataset.held_out.iter().map(|&v| f64::from(v)).collect());
        let level = crate::level::Level::from_sigma(1e-6);
        let mean = mixture.log_density(&points, level).iter().sum::<f64>() / points.len() as f64;
        // Entropy of eight well separated round Gaussians of variance v: ln 8 + 1 + ln(2 pi v).
        let (_, _, width) = RING;
        let variance = (width * width) / (RING.1.powi(2) / 2.0 + width * width);
        let entropy = 8.0_f64.ln() + 1.0 + (TAU * variance).ln();
        assert!((mean + entropy).abs() < 0.05, "{mean} against {}", -entropy);
    }

    #[test]
    fn the_peaks_mixture_is_the_peaks_distribution() {
        let dataset = THREE_PEAKS.dataset();
        let mixture = dataset.mixture.as_ref().expect("a mixture");
        assert_eq!((dataset.dimension, mixture.dimension()), (1, 1));
        let points = crate::state::Points::new(1, dataset.held_out.iter().map(|&v| f64::from(v)).collect());
        let level = crate::level::Level::from_sigma(1e-6);
        let mean = mixture.log_density(&points, level).iter().sum::<f64>() / points.len() as f64;
        // Entropy of well separated Gaussians: that of the choice among them, and of each.
        let centre: f64 = PEAKS.iter().map(|(place, _, weight)| weight * place).sum();
        let spread = PEAKS.iter().map(|(place, width, weight)| weight * ((place - centre).powi(2) + width * width));
        let scale = spread.sum::<f64>().sqrt();
        let of = |&(_, width, weight): &(f64, f64, f64)| {
            weight * (-weight.ln() + 0.5 + 0.5 * (TAU * (width / scale).powi(2)).ln())
        };
        let entropy: f64 = PEAKS.iter().map(of).sum();
        assert!((mean + entropy).abs() < 0.05, "{mean} against {}", -entropy);
    }
}
