//! Classifier-free guidance (arXiv 2207.12598).

use burn::tensor::Tensor;

use super::{Denoiser, NetworkDenoiser, Prediction};
use crate::level::Level;
use crate::network::Classes;

/// `eh = eh_none + w (eh_class - eh_none)`, and the same for the turn (arXiv 2207.12598, eq 6, with `w` counted from zero: 0 is
/// unconditional, 1 the distribution of the class, more goes away from what the classes share). Between 0 and 1 and beyond, one
/// evaluation costs two of the network.
///
/// The guided velocity is the derivative of no density's noise, and each of the two turns is the one along its own path; their
/// combination is the guided path's turn only where the two velocities agree. Samplers that correct a step by the next velocity
/// depend on that least.
#[derive(Clone, Debug)]
pub struct Guided {
    denoiser: NetworkDenoiser,
    class: Classes,
    guidance: f64,
}

impl Guided {
    /// `denoiser` conditioned on `class`, with the weight `guidance`.
    pub fn new(denoiser: NetworkDenoiser, class: Classes, guidance: f64) -> Self {
        Self { denoiser, class, guidance }
    }

    /// Evaluations of the network for one that is guided with the weight `guidance`.
    pub fn passes_at(guidance: f64) -> usize {
        if [0.0, 1.0].contains(&guidance) { 1 } else { 2 }
    }

    /// One value or two combined.
    fn combined<T>(&self, evaluate: impl Fn(Option<&Classes>) -> T, combine: impl Fn(T, T) -> T) -> T {
        match self.guidance {
            0.0 => evaluate(None),
            1.0 => evaluate(Some(&self.class)),
            _ => combine(evaluate(None), evaluate(Some(&self.class))),
        }
    }

    fn away(&self, none: Tensor<2>, class: Tensor<2>) -> Tensor<2> {
        none.clone() + (class - none).mul_scalar(self.guidance)
    }
}

impl Denoiser<Tensor<2>> for Guided {
    fn noise(&self, x: &Tensor<2>, level: Level) -> Tensor<2> {
        self.combined(|class| self.denoiser.noise_of(x, level, class), |none, class| self.away(none, class))
    }

    fn noise_and_turn(&self, x: &Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        let combine = |none: Prediction<_>, class: Prediction<_>| Prediction {
            noise: self.away(none.noise, class.noise),
            turn: self.away(none.turn, class.turn),
        };
        self.combined(|class| self.denoiser.noise_and_turn_of(x, level, class), combine)
    }

    /// A flow map has learned guided paths, and takes one evaluation at any weight.
    fn mean_noise(&self, x: &Tensor<2>, from: Level, to: Level) -> Tensor<2> {
        match self.guidance {
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

    fn passes(&self) -> usize {
        Self::passes_at(self.guidance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::network::{NetworkConfig, UNetConfig};
    use crate::parameters::Values;
    use crate::sampler::{self, Trajectory};
    use crate::schedule::log_linear;

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

    fn guided(config: &NetworkConfig, classes: &[Option<u8>], guidance: f64) -> Guided {
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

    /// Four steps of DDIM are four evaluations where one of the estimates is enough, and eight where both are needed.
    #[test]
    fn both_evaluations_are_counted() {
        let config = &networks()[0];
        for (guidance, expected) in [(0.0, 4), (1.0, 4), (2.0, 8)] {
            let denoiser = guided(config, &[Some(1), None], guidance);
            let sampler = sampler::build("ddim", &Values::new()).expect("a sampler");
            let levels = log_linear(4, 0.1, 10.0);
            let mut run = Trajectory::new(sampler, Box::new(denoiser), levels, states(), states);
            while pollster::block_on(run.next()).is_some() {}
            assert_eq!(run.evaluations().0, expected, "at guidance {guidance}");
            assert_eq!(run.cost(), expected as f64);
        }
    }
}
