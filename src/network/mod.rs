//! Networks: one trunk, two heads, over Burn tensors.
//!
//! The trunk turns a VP state and its noise level into features. The velocity head reads `v` (or another [`Output`]), from which
//! the noise estimate is `eh = sqrt(1 - alpha_bar) x + sqrt(alpha_bar) v`: at high noise the state itself is the answer, and the
//! network only corrects it. The turn head reads the features without sending gradients back, so a model trained with the accelerated
//! objective has the very same velocity as one trained without: `c = alpha_bar (eh + F)`. The gate `alpha_bar` is the exact
//! decay for Gaussian data that is as wide everywhere. Images are wide along few of their dimensions: along most of them `eh` is
//! the noise and does not turn, and along some it turns already at high noise. There `c = sqrt(alpha_bar) F`, and `F` has one size at all levels.
//! With [`Heads::Separate`] the turn head has a trunk of its own. The whole step is a network of its own, [`FlowMap`], which begins as a
//! copy of the velocity's.
//!
//! Networks can be conditioned on a class ([`Classes`]). A tenth of the time they learn without one, so that the same weights
//! know both distributions, and guidance (arXiv 2207.12598) can go from the one to the other and beyond.

mod classes;
pub mod classifier;
mod dual;
mod flat;
mod fourier;
mod image;
mod layers;
mod map;
#[cfg(feature = "mixer")]
mod mixer;
mod mlp;
mod output;
mod patches;
mod unet;
pub mod weights;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::Rng;
use serde::{Deserialize, Serialize};

use crate::data::{DataKind, Dataset};
use crate::parameters::options;
use crate::prediction::Prediction;
use fewsteps_kernels::{Noised, loss, on_gpu};

pub use classes::Classes;
pub use dual::Dual;
pub(crate) use flat::{filled, flatten};
pub use map::{Course, FlowMap, GUIDANCE};
#[cfg(feature = "mixer")]
pub use mixer::{Mixer, MixerConfig};
pub use mlp::{Mlp, MlpConfig};
pub use output::Output;
pub use patches::Window;
pub use unet::{UNet, UNetConfig};

/// The same expression for every kind of network, with `$inner` bound to what the variant holds.
macro_rules! each {
    ($kind:ident, $value:expr, $inner:ident => $result:expr) => {
        match $value {
            $kind::Mlp($inner) => $result,
            #[cfg(feature = "mixer")]
            $kind::Mixer($inner) => $result,
            $kind::UNet($inner) => $result,
        }
    };
}

options! {
    /// What the turn head reads.
    #[derive(Default)]
    pub enum Heads {
        /// The velocity's features, without sending gradients back.
        #[default]
        Shared = (
            "shared",
            "The velocity’s",
            "It reads the features that the velocity is read from, without changing them: little extra cost.",
        ),
        /// A trunk of its own, of the same shape: two networks that share nothing.
        Separate = ("separate", "Its own", "A second network that shares nothing with the velocity’s: twice the cost."),
    }
}

options! {
    /// The hidden layers of a network for points.
    #[derive(Default)]
    pub enum Hidden {
        /// Three with SiLU.
        #[default]
        Deep = ("deep", "Three", "Three hidden layers, smooth (SiLU): the network of the shipped weights."),
        /// One with ReLU, eight times as wide: of the kind that theory follows through training (arXiv 2406.12839).
        Wide = (
            "wide",
            "One, wide",
            "One hidden layer, eight times as wide, with kinks (ReLU): the kind of network whose training theory can follow. For points.",
        ),
    }
}

/// What a network is built from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NetworkConfig {
    /// A multilayer perceptron for low-dimensional points.
    Mlp(MlpConfig),
    /// A patch mixer for small square images.
    #[cfg(feature = "mixer")]
    Mixer(MixerConfig),
    /// A small U-Net for small square images.
    #[serde(rename = "unet")]
    UNet(UNetConfig),
}

impl NetworkConfig {
    /// The playground's network for `data`, its hidden layers `width` units wide.
    pub fn for_data(data: &Dataset, width: usize) -> Self {
        match data.kind {
            DataKind::Points => Self::points(data.dimension, width),
            DataKind::Images { side } => Self::images(side, width),
        }
    }

    /// The playground's network for points of `dimension` coordinates.
    pub fn points(dimension: usize, width: usize) -> Self {
        NetworkConfig::Mlp(MlpConfig::points(dimension, width))
    }

    /// The playground's network for images of `side` by `side` pixels: the best of those in docs/digits.md.
    pub fn images(side: usize, width: usize) -> Self {
        NetworkConfig::UNet(UNetConfig::images(side, width / 4))
    }

    /// The same shape with another meaning of the raw output, and other heads.
    pub fn with(mut self, output: Output, heads: Heads) -> Self {
        each!(NetworkConfig, &mut self, config => (config.output, config.heads) = (output, heads));
        self
    }

    /// The same with other hidden layers, where it is for points; once.
    pub fn with_hidden(self, hidden: Hidden) -> Self {
        match (self, hidden) {
            (NetworkConfig::Mlp(config), Hidden::Wide) => NetworkConfig::Mlp(config.wide()),
            (config, _) => config,
        }
    }

    /// The same shape, conditioned on one of `classes` classes.
    pub fn of_classes(mut self, classes: usize) -> Self {
        each!(NetworkConfig, &mut self, config => config.set_classes(classes));
        self
    }

    /// Classes that it can be conditioned on; none if zero.
    pub fn classes(&self) -> usize {
        each!(NetworkConfig, self, config => config.classes())
    }

    /// A fresh network on `device`, its weights drawn from `rng` on the CPU so that they are the same on every device.
    pub fn init(&self, rng: &mut impl Rng, device: &Device) -> Network {
        match self {
            NetworkConfig::Mlp(config) => Network::Mlp(config.init(rng, device)),
            #[cfg(feature = "mixer")]
            NetworkConfig::Mixer(config) => Network::Mixer(config.init(rng, device)),
            NetworkConfig::UNet(config) => Network::UNet(config.init(rng, device)),
        }
    }

    /// Whether a network of this shape can be built at all; a sentence if not. Files are not to be trusted.
    pub fn check(&self) -> Result<(), String> {
        each!(NetworkConfig, self, config => config.check())
    }

    /// Fewer weights than these a network of this shape does not have, whatever its output and heads.
    pub(crate) fn fewest_weights(&self) -> usize {
        each!(NetworkConfig, self, config => config.fewest_weights())
    }

    /// Number of coordinates `d` of a point.
    pub fn dimension(&self) -> usize {
        each!(NetworkConfig, self, config => config.dimension())
    }

    /// Multiplications of an evaluation of the velocity at one point.
    pub fn multiplications(&self) -> usize {
        each!(NetworkConfig, self, config => config.multiplications()).0
    }

    /// Cost of velocity and turn together, in units of the velocity alone, counted in multiplications.
    pub fn turn_cost(&self) -> f64 {
        let (velocity, turn) = each!(NetworkConfig, self, config => config.multiplications());
        (velocity + turn) as f64 / velocity as f64
    }

    /// Cost of a flow map's step, in the same units.
    pub fn map_cost(&self) -> f64 {
        let (velocity, _) = each!(NetworkConfig, self, config => config.multiplications());
        let map = each!(NetworkConfig, self, config => config.map_multiplications());
        map as f64 / velocity as f64
    }
}

/// A trunk with its two heads.
#[allow(clippy::large_enum_variant, reason = "there are a few networks at a time, and their weights are elsewhere")]
#[derive(Module, Debug)]
pub enum Network {
    /// For low-dimensional points.
    Mlp(Mlp),
    /// For small images.
    #[cfg(feature = "mixer")]
    Mixer(Mixer),
    /// For small images.
    UNet(UNet),
}

/// Noise levels as the network takes them: `ln sigma`, `[n, 1]` for one level a point or `[1, 1]` for all.
#[derive(Clone, Debug)]
pub struct LogSigma(pub Tensor<2>);

impl LogSigma {
    /// The levels of the first `count` points.
    pub(crate) fn first(&self, count: usize) -> Self {
        Self(first(self.0.clone(), count.min(self.0.dims()[0])))
    }

    /// One level for all points.
    pub fn uniform(log_sigma: f64, device: &Device) -> Self {
        Self(Tensor::from_data([[log_sigma as f32]], device))
    }

    /// `alpha_bar`, `sqrt(alpha_bar)` and `sqrt(1 - alpha_bar)`, each of this level's shape.
    pub fn scales(&self) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
        let sigma = self.0.clone().exp();
        let alpha_bar = sigma.clone().square().add_scalar(1.0).recip();
        let signal = alpha_bar.clone().sqrt();
        (alpha_bar, signal.clone(), signal * sigma)
    }
}

impl Network {
    /// Features `[n, f]` of VP states `x` `[n, d]`.
    fn trunk(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Tensor<2> {
        each!(Network, self, network => network.trunk(x, level, class))
    }

    /// Features `[n, f]` that the turn head reads, given the velocity's.
    fn turn_trunk(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>, features: Tensor<2>) -> Tensor<2> {
        let own = each!(Network, self, network => network.turn_trunk(x, level, class));
        own.unwrap_or_else(|| features.detach())
    }

    fn output(&self) -> Output {
        each!(Network, self, network => network.output)
    }

    /// The velocity head: raw output `[n, d]` from features `[n, f]`.
    fn velocity(&self, features: Tensor<2>) -> Tensor<2> {
        each!(Network, self, network => network.velocity(features))
    }

    /// The turn head: `F` `[n, d]` from features `[n, f]`.
    fn turn(&self, features: Tensor<2>) -> Tensor<2> {
        each!(Network, self, network => network.turn(features))
    }

    /// The estimate of `E[noise | x]`, `[n, d]`, for VP states `x` `[n, d]` of no class in particular.
    pub fn noise(&self, x: Tensor<2>, level: &LogSigma) -> Tensor<2> {
        self.noise_of(x, level, None)
    }

    /// The estimate of `E[noise | x, class]`, `[n, d]`.
    pub fn noise_of(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Tensor<2> {
        let raw = self.velocity(self.trunk(x.clone(), level, class));
        self.output().noise(x, raw, level)
    }

    /// The mean `[1]` of squared errors of the noise in training, as a kernel computes it with its gradient; nothing where there is none.
    pub(crate) fn noise_loss(&self, of: &Noised, class: Option<&Classes>) -> Option<Tensor<1>> {
        if !on_gpu(&of.x.device()) {
            return None;
        }
        let features = self.trunk(of.x.clone(), &LogSigma(of.level.clone()), class);
        match self {
            Network::Mlp(mlp) => mlp.noise_loss(&features, of),
            _ => loss(&self.velocity(features), self.output().into(), of),
        }
    }

    /// The noise given the classes, with its derivatives along the directions in which `x` `[n, d]` and `ln sigma` `[n, 1]` move; none where the
    /// network can't be differentiated forwards, which is so for images.
    pub fn noise_dual(&self, x: Dual, level: Dual, class: Option<&Classes>) -> Option<Dual> {
        let Network::Mlp(mlp) = self else {
            return None;
        };
        let at = LogSigma(level.value.clone());
        let raw = mlp.velocity_dual(x.clone(), level.clone(), class);
        let by_level = mlp.output.noise_by_level(x.value.clone(), raw.value.clone(), &at);
        let slopes = x.slopes.into_iter().zip(raw.slopes).zip(level.slopes).map(|((x, raw), level)| {
            // The estimate is linear in the state and the raw output.
            let still = mlp.output.noise(x, raw, &at);
            match &by_level {
                Some(by_level) => still + by_level.clone() * level,
                None => still,
            }
        });
        Some(Dual { slopes: slopes.collect(), value: mlp.output.noise(x.value, raw.value, &at) })
    }

    /// The estimates of the noise and of its derivative `c` by `ln sigma` along the path. Gradients of the turn stop at the
    /// trunk and at the noise.
    pub fn noise_and_turn(&self, x: Tensor<2>, level: &LogSigma) -> Prediction<Tensor<2>> {
        self.noise_and_turn_of(x, level, None)
    }

    /// The same given the classes.
    pub fn noise_and_turn_of(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Prediction<Tensor<2>> {
        let count = x.dims()[0];
        self.with_turn_of_first(x, level, class, count)
    }

    /// The noise of all states `[n, d]`, and the turn of the first `count` of them, `[count, d]`.
    pub(crate) fn with_turn_of_first(
        &self,
        x: Tensor<2>,
        level: &LogSigma,
        class: Option<&Classes>,
        count: usize,
    ) -> Prediction<Tensor<2>> {
        let features = self.trunk(x.clone(), level, class);
        let noise = self.output().noise(x.clone(), self.velocity(features.clone()), level);
        let (level, class) = (level.first(count), class.map(|class| class.first(count)));
        let residual = self.turn(self.turn_trunk(first(x, count), &level, class.as_ref(), first(features, count)));
        let (alpha_bar, signal, _) = level.scales();
        let turn = match self {
            Network::Mlp(_) => (first(noise.clone().detach(), count) + residual) * alpha_bar,
            _ => residual * signal,
        };
        Prediction { noise, turn }
    }
}

fn first(rows: Tensor<2>, count: usize) -> Tensor<2> {
    if rows.dims()[0] == count { rows } else { rows.narrow(0, 0, count) }
}
