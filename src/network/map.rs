//! Flow maps: networks of the whole step.
//!
//! With `phi = atan sigma` the probability-flow ODE is `dx / dphi = v`, and the step from `t` to `s` is `x_s = cos(D) x_t - sin(D) F` with
//! `D = phi_t - phi_s`: DDIM's step with `F(x_t, t, s)` in the place of `v`. The mean velocity over the step (MeanFlow, arXiv
//! 2505.13447), the shortcut model (2410.12557) and consistency trajectories (2310.02279) are its relatives; flow maps by the name
//! are those of 2406.07507. `F(x, t, t) = v` and nothing moves where `s = t`, whatever the weights.
//!
//! A map is a copy of the velocity's network with the step's end as a second level. What is new starts at zero, so that it begins as DDIM.

use burn::module::Module;
use burn::tensor::Tensor;

#[cfg(feature = "mixer")]
use super::mixer::Patchwork;
use super::unet::Floors;
use super::{Classes, LogSigma, Network, Output, image::ImageMap, mlp::MlpMap};

/// Weights of guidance that a map of a network with classes is trained for.
pub const GUIDANCE: std::ops::RangeInclusive<f64> = 0.0..=3.0;

/// A step for a map: from one level to a cleaner one.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// Where it starts.
    pub from: &'a LogSigma,
    /// Where it ends.
    pub to: &'a LogSigma,
    /// What it is asked for; nothing in particular without.
    pub class: Option<&'a Classes>,
    /// Weight of the class, within [`GUIDANCE`]; of no effect without a class.
    pub guidance: f64,
}

/// A network `F(x_t, t, s)` of the mean velocity over a step.
#[allow(clippy::large_enum_variant, reason = "there are a few maps at a time, and their weights are elsewhere")]
#[derive(Module, Debug)]
pub enum FlowMap {
    /// For low-dimensional points.
    Mlp(MlpMap),
    /// For small images.
    #[cfg(feature = "mixer")]
    Mixer(ImageMap<Patchwork>),
    /// For small images.
    UNet(ImageMap<Floors>),
}

impl FlowMap {
    /// The map that takes DDIM's steps with the velocity of `network`, whose weights it copies.
    pub fn of(network: &Network) -> Self {
        match network {
            Network::Mlp(mlp) => FlowMap::Mlp(mlp.map()),
            #[cfg(feature = "mixer")]
            Network::Mixer(mixer) => FlowMap::Mixer(mixer.map()),
            Network::UNet(unet) => FlowMap::UNet(unet.map()),
        }
    }

    fn output(&self) -> Output {
        match self {
            FlowMap::Mlp(map) => map.output,
            #[cfg(feature = "mixer")]
            FlowMap::Mixer(map) => map.output,
            FlowMap::UNet(map) => map.output,
        }
    }

    fn raw(&self, x: Tensor<2>, course: Course<'_>) -> Tensor<2> {
        match self {
            FlowMap::Mlp(map) => map.raw(x, course),
            #[cfg(feature = "mixer")]
            FlowMap::Mixer(map) => map.raw(x, course),
            FlowMap::UNet(map) => map.raw(x, course),
        }
    }

    /// `F` `[n, d]` for VP states `x` `[n, d]`.
    pub fn mean_velocity(&self, x: Tensor<2>, course: Course<'_>) -> Tensor<2> {
        let raw = self.raw(x.clone(), course);
        self.output().velocity(x, raw, course.from)
    }

    /// The mean of the noise over the step, `sqrt(1 - alpha_bar) x + sqrt(alpha_bar) F` at its start, `[n, d]`: the direction with which
    /// a straight step goes the whole way.
    pub fn mean_noise(&self, x: Tensor<2>, course: Course<'_>) -> Tensor<2> {
        let raw = self.raw(x.clone(), course);
        self.output().noise(x, raw, course.from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::network::{Heads, NetworkConfig, UNetConfig};

    fn configs() -> Vec<NetworkConfig> {
        let images = NetworkConfig::UNet(UNetConfig { mixing: 8, ..UNetConfig::images(8, 8) });
        let outputs = [Output::Velocity, Output::Noise, Output::Denoised, Output::Score];
        let points = outputs.map(|output| NetworkConfig::points(2, 16).with(output, Heads::Shared));
        let mut all = points.to_vec();
        all.push(NetworkConfig::points(2, 16).of_classes(3));
        all.extend([images.clone(), images.of_classes(3)]);
        #[cfg(feature = "mixer")]
        all.push(NetworkConfig::Mixer(crate::network::MixerConfig::images(8, 16)).of_classes(3));
        all
    }

    /// Before it has learned anything a map is the velocity's network, with every output and for every kind: its steps are DDIM's.
    #[test]
    fn a_fresh_map_says_what_the_velocity_says() {
        let device = Device::flex();
        for config in configs() {
            let network = config.init(&mut ChaCha8Rng::seed_from_u64(3), &device);
            let d = config.dimension();
            let values: Vec<f32> = (0..2 * d).map(|i| (i as f32 * 0.37).sin()).collect();
            let x = Tensor::<2>::from_data(TensorData::new(values, [2, d]), &device);
            let from = LogSigma(Tensor::from_data([[0.9], [-0.4]], &device));
            let to = LogSigma(Tensor::from_data([[-1.0], [-3.0]], &device));
            let class = (config.classes() > 0).then(|| Classes::new(&[Some(1), None], 3, &device));
            let course = Course { from: &from, to: &to, class: class.as_ref(), guidance: 2.0 };
            let map = FlowMap::of(&network);
            let expected = network.noise_of(x.clone(), &from, class.as_ref());
            let off = |found: Tensor<2>| (found - expected.clone()).abs().max().into_scalar::<f32>();
            assert!(off(map.mean_noise(x.clone(), course)) < 1e-6, "{config:?}");
            let (_, signal, noise) = from.scales();
            assert!(off(x.clone() * noise + map.mean_velocity(x, course) * signal) < 1e-5, "{config:?}");
        }
    }
}
