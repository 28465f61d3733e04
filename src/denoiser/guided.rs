//! Classifier-free guidance (arXiv 2207.12598), everywhere or within an interval of noise levels (arXiv 2404.07724).

use burn::tensor::Tensor;

use super::{Denoiser, NetworkDenoiser, Prediction};
use crate::level::Level;
use crate::network::Classes;
use crate::state::State;

/// The weight of a class, and the noise levels `lowest <= sigma <= highest` at which it holds; the weight is 1 at others (arXiv
/// 2404.07724).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guidance {
    /// Counted from zero: see [`Guided`].
    pub weight: f64,
    /// The least noise.
    pub lowest: f64,
    /// The most noise.
    pub highest: f64,
}

impl Guidance {
    /// Ends of an interval that every noise level lies in.
    pub const EVERYWHERE: (f64, f64) = (0.0, 100_000.0);

    /// The weight at `level`.
    pub fn at(self, level: Level) -> f64 {
        if (self.lowest..=self.highest).contains(&level.sigma()) { self.weight } else { 1.0 }
    }

    /// One value, or the two of no class and of the class combined by the weight at `level`; `of` evaluates with the class or without.
    fn combined<T>(self, level: Level, of: impl Fn(bool) -> T, combine: impl Fn(f64, T, T) -> T) -> T {
        match self.at(level) {
            0.0 => of(false),
            1.0 => of(true),
            weight => combine(weight, of(false), of(true)),
        }
    }

    /// Evaluations of the network for one of the guided denoiser at `level`.
    pub fn passes(self, level: Level) -> usize {
        if [0.0, 1.0].contains(&self.at(level)) { 1 } else { 2 }
    }
}

/// One weight everywhere.
impl From<f64> for Guidance {
    fn from(weight: f64) -> Self {
        let (lowest, highest) = Self::EVERYWHERE;
        Self { weight, lowest, highest }
    }
}

/// `eh = eh_none + w (eh_class - eh_none)`, and the same for the turn (arXiv 2207.12598, eq 6, with `w` counted from zero: 0 is
/// unconditional, 1 the distribution of the class, more goes away from what the classes share). Between 0 and 1 and beyond, one
/// evaluation costs two of the network. The weight is that of the noise level.
///
/// The guided velocity is the derivative of no density's noise, and each of the two turns is the one along its own path; their
/// combination is the guided path's turn only where the two velocities agree. Samplers that correct a step by the next velocity
/// depend on that least.
#[derive(Clone, Debug)]
pub struct Guided {
    denoiser: NetworkDenoiser,
    class: Classes,
    guidance: Guidance,
}

impl Guided {
    /// `denoiser` conditioned on `class`, with a weight everywhere or within an interval.
    pub fn new(denoiser: NetworkDenoiser, class: Classes, guidance: impl Into<Guidance>) -> Self {
        Self { denoiser, class, guidance: guidance.into() }
    }

    fn class(&self, class: bool) -> Option<&Classes> {
        class.then_some(&self.class)
    }
}

fn away<S: State>(weight: f64, none: S, class: S) -> S {
    S::combine(&[(1.0 - weight, &none), (weight, &class)])
}

impl Denoiser<Tensor<2>> for Guided {
    fn noise(&self, x: &Tensor<2>, level: Level) -> Tensor<2> {
        self.guidance.combined(level, |class| self.denoiser.noise_of(x, level, self.class(class)), away)
    }

    fn noise_and_turn(&self, x: &Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        let combine = |weight, none: Prediction<_>, class: Prediction<_>| Prediction {
            noise: away(weight, none.noise, class.noise),
            turn: away(weight, none.turn, class.turn),
        };
        self.guidance.combined(level, |class| self.denoiser.noise_and_turn_of(x, level, self.class(class)), combine)
    }

    /// A flow map has learned guided paths, and takes one evaluation at any weight: that of the level it starts from.
    fn mean_noise(&self, x: &Tensor<2>, from: Level, to: Level) -> Tensor<2> {
        match self.guidance.at(from) {
            0.0 => self.denoiser.mean_noise_of(x, from, to, None, 1.0),
            guidance => self.denoiser.mean_noise_of(x, from, to, Some(&self.class), guidance),
        }
    }

    fn turn_cost(&self) -> f64 {
        self.denoiser.turn_cost()
    }

    fn map_cost(&self) -> f64 {
        self.denoiser.map_cost()
    }

    fn passes(&self, level: Level) -> usize {
        self.guidance.passes(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::distribution::Mixture;
    use crate::network::{NetworkConfig, UNetConfig};
    use crate::parameters::Values;
    use crate::sampler::{self, Trajectory};
    use crate::schedule::log_linear;
    use crate::state::{Points, now};

    fn states() -> Tensor<2> {
        let values: Vec<f32> = (0..2 * 64).map(|i| (i as f32 * 0.37).sin()).collect();
        Tensor::from_data(TensorData::new(values, [2, 64]), &Device::flex())
    }

    fn networks() -> Vec<NetworkConfig> {
        vec![
            #[cfg(feature = "mixer")]
            NetworkConfig::Mixer(crate::network::MixerConfig::images(8, 16)).of_classes(3),
            NetworkConfig::UNet(UNetConfig::images(8, 16)).of_classes(3),
            NetworkConfig::points(64, 16).of_classes(3),
        ]
    }

    fn guided(config: &NetworkConfig, classes: &[Option<u8>], guidance: impl Into<Guidance>) -> Guided {
        let network = config.init(&mut ChaCha8Rng::seed_from_u64(4), &Device::flex());
        let denoiser = NetworkDenoiser::new(network, config.turn_cost());
        Guided::new(denoiser, Classes::new(classes, 3, &Device::flex()), guidance)
    }

    fn noise(denoiser: &impl Denoiser<Tensor<2>>) -> Vec<f32> {
        denoiser.noise(&states(), Level::from_sigma(0.7)).into_data().iter().collect()
    }

    fn apart(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    /// Guidance is a straight line through the two estimates, and a class that is none is unconditional.
    #[test]
    fn guidance_goes_from_no_class_through_the_class_and_beyond() {
        for config in networks() {
            let classes = [Some(0), Some(2)];
            let at = |guidance| noise(&guided(&config, &classes, guidance));
            let (none, class, beyond) = (at(0.0), at(1.0), at(3.0));
            assert!(apart(&none, &class) > 1e-4);
            let line: Vec<f32> = none.iter().zip(&class).map(|(none, class)| none + 3.0 * (class - none)).collect();
            assert!(apart(&line, &beyond) < 1e-4);
            let alone = guided(&config, &[], 0.0).denoiser;
            // Points of one level and class are computed by a shorter way, to the same numbers but for rounding.
            assert!(apart(&noise(&alone), &none) < 1e-6);
            assert!(apart(&noise(&guided(&config, &[None, None], 1.0)), &none) < 1e-6);
        }
    }

    /// Each point has its own class.
    #[test]
    fn classes_belong_to_points() {
        for config in networks() {
            let mixed = noise(&guided(&config, &[Some(0), Some(2)], 1.0));
            let first = noise(&guided(&config, &[Some(0)], 1.0));
            let second = noise(&guided(&config, &[Some(2)], 1.0));
            assert!(apart(&mixed[..64], &first[..64]) < 1e-5 && apart(&mixed[64..], &second[64..]) < 1e-5);
            assert!(apart(&mixed[..64], &second[..64]) > 1e-4);
        }
    }

    /// Within its interval guidance is what it is everywhere, and outside, or where its ends are the wrong way round, there is none.
    #[test]
    fn an_interval_is_full_guidance_inside_and_none_outside() {
        let classes = [Some(0), Some(2)];
        for config in networks() {
            let within = |lowest, highest| noise(&guided(&config, &classes, Guidance { weight: 3.0, lowest, highest }));
            let (full, none) = (noise(&guided(&config, &classes, 3.0)), noise(&guided(&config, &classes, 1.0)));
            assert!(apart(&full, &none) > 1e-4);
            for (lowest, highest) in [(0.5, 1.0), (0.7, 0.7)] {
                assert_eq!(within(lowest, highest), full);
            }
            for (lowest, highest) in [(0.0, 0.69), (0.71, 100.0), (1.0, 0.5)] {
                assert_eq!(within(lowest, highest), none);
            }
        }
    }

    /// Two exact denoisers, guided.
    struct Pair {
        none: Mixture,
        class: Mixture,
        guidance: Guidance,
    }

    impl Denoiser<Points> for Pair {
        fn noise(&self, x: &Points, level: Level) -> Points {
            let of = |class| if class { &self.class } else { &self.none }.noise(x, level);
            self.guidance.combined(level, of, away)
        }

        fn noise_and_turn(&self, x: &Points, level: Level) -> Prediction<Points> {
            let of = |class| if class { &self.class } else { &self.none }.noise_and_turn(x, level);
            self.guidance.combined(level, of, |weight, none, class| Prediction {
                noise: away(weight, none.noise, class.noise),
                turn: away(weight, none.turn, class.turn),
            })
        }
    }

    /// Of a class `N(m, s^2)` among `N(0, s^2)` guidance `w` makes `N(w m, s^2)`: a path leads `y - w m` on by the ratio of
    /// `sqrt(s^2 + sigma^2)` inside of the interval, and `y - m` outside. Samplers of every kind come to that at first order, by the
    /// jump of the velocity at both ends, and not to what full guidance is.
    #[test]
    fn paths_of_gaussians_are_exact() {
        const M: f64 = 0.8;
        const S: f64 = 0.6;
        const W: f64 = 3.0;
        let (first, lowest, highest, last) = (20.0, 0.2, 2.0, 0.02);
        let normal = |mean: f64| Mixture::new(&[1.0], &[vec![mean]], &[vec![vec![S * S]]]).expect("a mixture");
        let level = Level::from_sigma;
        let stretch = |y: f64, mean: f64, from: f64, to: f64| {
            mean + (y - mean) * ((S * S + to * to) / (S * S + from * from)).sqrt()
        };
        let start = 13.0;
        let inside = stretch(stretch(start, M, first, highest), W * M, highest, lowest);
        let expected = stretch(inside, M, lowest, last);
        assert!((expected - stretch(start, W * M, first, last)).abs() > 0.4);
        let levels = |n: usize| {
            let parts = [(first, highest), (highest, lowest), (lowest, last)];
            let inner = parts.into_iter().flat_map(|(from, to)| log_linear(n, to, from).into_iter().take(n));
            inner.chain([level(last)]).collect()
        };
        let error = |name: &str, n: usize| {
            let guidance = Guidance { weight: W, lowest, highest };
            let pair = Pair { none: normal(0.0), class: normal(M), guidance };
            let sampler = sampler::build(name, &Values::new()).expect("a sampler");
            let x = Points::new(1, vec![start * level(first).signal_scale()]);
            let end = now(Trajectory::new(sampler, pair, levels(n), x, || unreachable!("no noise")).last());
            (end.values()[0] / level(last).signal_scale() - expected).abs()
        };
        let plain = ["ddim", "gradient_estimation", "deis", "pndm_plms", "dpm_solver_2", "dpm_solver_3"];
        let curved = ["curved_gaussian", "curved_gaussian_pc", "curved_pc", "curved_denoised", "taylor2_log"];
        for name in [&plain[..], &curved[..]].concat() {
            let errors = [error(name, 100), error(name, 200)];
            assert!(errors[1] < 0.02 && errors[1] < 0.6 * errors[0].max(1e-3), "{name}: {errors:?}");
        }
    }

    /// Four steps of DDIM are four evaluations where one of the estimates is enough, and eight where both are needed.
    #[test]
    fn both_evaluations_are_counted() {
        let config = &networks()[0];
        let within = |lowest, highest| Guidance { weight: 2.0, lowest, highest };
        // Levels are 10, 3.2, 1 and 0.3.
        let all = [(0.0.into(), 4), (1.0.into(), 4), (2.0.into(), 8), (within(0.5, 5.0), 6), (within(5.0, 0.5), 4)];
        for (guidance, expected) in all {
            let denoiser = guided(config, &[Some(1), None], guidance);
            let sampler = sampler::build("ddim", &Values::new()).expect("a sampler");
            let levels = log_linear(4, 0.1, 10.0);
            let mut run = Trajectory::new(sampler, Box::new(denoiser), levels, states(), states);
            while pollster::block_on(run.next()).is_some() {}
            assert_eq!(run.evaluations().0, expected, "at {guidance:?}");
            assert_eq!(run.cost(), expected as f64);
        }
    }
}
