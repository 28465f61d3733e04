//! A patch mixer for small images (after MLP-Mixer, arXiv 2105.01601): matrix products alone, no convolution.
//!
//! Chosen by what digits of 28 by 28 pixels learn from 67 seconds on one core (batch 64, Burn's Flex backend, rectifiers):
//!
//! | network | parameters | ms a step | held-out loss of `v` at sigma 0.1, 0.4, 1.5, 6 |
//! |---|---|---|---|
//! | residual perceptron, 4 blocks of 512 | 3.1 million | 50 | 0.960, 0.740, 0.404, 0.704 |
//! | patches of 7, 4 blocks of 128 channels | 352,000 | 42 | 0.298, 0.170, 0.209, 0.633 |
//! | patches of 4, 4 blocks of 96 channels | 235,000 | 107 | 0.270, 0.175, 0.231, 0.637 |
//! | **patches of 4, 4 blocks of 64 channels** | 133,000 | 49 | 0.253, 0.165, 0.211, 0.616 |
//!
//! With SiLU in place of rectifiers half of a step went into exponentials. The [U-Net](super::UNet) of products of shifted rows costs a step
//! three to four times as much and is the better choice all the same: `docs/digits.md`.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation::relu};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::image::{ImageNetwork, Residual, Shape, Trunk};
use super::layers::{linear, table, within};
use super::patches::{
    Across, At, LEVEL_FEATURES, LEVEL_WIDTH, MOST_CLASSES, Patches, Window, class_table, conditioning,
};
use super::{Heads, Output};
use fewsteps_kernels::{affine, modulated};

/// Hidden units of a block's layers over channels, for each channel.
const EXPANSION: usize = 2;

/// Shape of a [`Mixer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixerConfig {
    /// Pixels on a side of an image.
    pub side: usize,
    /// Pixels on a side of a patch; divides `side`.
    pub patch: usize,
    /// Channels of a patch.
    pub width: usize,
    /// Blocks of the trunk.
    pub depth: usize,
    /// Hidden units of a block's layers over patches.
    pub mixing: usize,
    /// What a patch's first layer sees.
    pub window: Window,
    /// Classes that it can be conditioned on; none if zero.
    pub classes: usize,
    /// What the velocity head's raw output means.
    pub output: Output,
    /// What the turn head reads.
    pub heads: Heads,
}

impl MixerConfig {
    /// The playground's network for square images of `side` pixels: patches of 4 by 4, four blocks.
    pub fn images(side: usize, width: usize) -> Self {
        let (window, output, heads) = Default::default();
        Self { side, patch: 4, width, depth: 4, mixing: 64, window, classes: 0, output, heads }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        within(&[
            ("side", self.side, 1, 64),
            ("patch", self.patch, 1, self.side),
            ("width", self.width, 1, 1024),
            ("depth", self.depth, 1, 16),
            ("mixing", self.mixing, 1, 1024),
            ("number of classes", self.classes, 0, MOST_CLASSES),
        ])?;
        if self.side.is_multiple_of(self.patch) {
            return Ok(());
        }
        Err(format!("its side of {} pixels is no multiple of its patch of {}", self.side, self.patch))
    }

    /// As [`NetworkConfig::fewest_weights`](super::NetworkConfig::fewest_weights).
    pub(super) fn fewest_weights(&self) -> usize {
        let across = 2 * self.patches().count() * self.mixing;
        let stem = self.patches().inputs() * self.width;
        stem + self.depth * (across + 2 * EXPANSION * self.width * self.width)
    }

    /// Number of coordinates `d` of an image.
    pub fn dimension(&self) -> usize {
        self.side * self.side
    }

    pub(super) fn classes(&self) -> usize {
        self.classes
    }

    pub(super) fn set_classes(&mut self, classes: usize) {
        self.classes = classes;
    }

    fn patches(&self) -> Patches {
        Patches { grid: self.side / self.patch, patch: self.patch, window: self.window }
    }

    /// A fresh network; the velocity starts near zero, the turn's own part at zero.
    pub fn init(&self, rng: &mut impl Rng, device: &Device) -> Mixer {
        let Self { width, output, heads, .. } = *self;
        let shape = Shape { patches: self.patches(), width, output, heads };
        Mixer::new(shape, |rng| self.trunk(rng, device), |rng| self.block(rng, device), rng, device)
    }

    fn trunk(&self, rng: &mut impl Rng, device: &Device) -> Patchwork {
        let width = self.width;
        Patchwork {
            level_hidden: linear(LEVEL_FEATURES, LEVEL_WIDTH, 1.7, rng, device),
            conditions: (0..self.depth).map(|_| linear(LEVEL_WIDTH, 2 * width, 0.3, rng, device)).collect(),
            embedding: linear(self.patches().inputs(), width, 1.7, rng, device),
            places: table(self.patches().count(), width, 0.5, rng, device),
            blocks: (0..self.depth).map(|_| self.block(rng, device)).collect(),
            class: class_table(self.classes, rng, device),
        }
    }

    fn block(&self, rng: &mut impl Rng, device: &Device) -> Block {
        Block {
            across: Across::new(self.patches().count(), self.mixing, rng, device),
            channels: Channels::new(self.width, EXPANSION * self.width, rng, device),
        }
    }

    /// Multiplications an image for a flow map.
    pub(super) fn map_multiplications(&self) -> usize {
        self.multiplications().0 + LEVEL_FEATURES * LEVEL_WIDTH
    }

    /// Multiplications an image for the velocity, and on top of it for the turn.
    pub(super) fn multiplications(&self) -> (usize, usize) {
        let (patches, width) = (self.patches(), self.width);
        let block = 2 * patches.count() * width * (self.mixing + EXPANSION * width);
        let ends = self.dimension() * width;
        let level = LEVEL_FEATURES * LEVEL_WIDTH + self.depth * LEVEL_WIDTH * 2 * width;
        let trunk = patches.count() * patches.inputs() * width + level + self.depth * block;
        let second = match self.heads {
            Heads::Shared => 0,
            Heads::Separate => trunk,
        };
        (trunk + ends, second + block + ends)
    }
}

/// A trunk of residual blocks over patches, with two heads.
pub type Mixer = ImageNetwork<Patchwork, Block>;

/// What turns patches and their level into features.
#[derive(Module, Debug)]
pub struct Patchwork {
    level_hidden: Linear,
    conditions: Vec<Linear>,
    embedding: Linear,
    places: Param<Tensor<2>>,
    blocks: Vec<Block>,
    class: Option<Param<Tensor<2>>>,
}

/// A residual branch over a patch's channels.
#[derive(Module, Debug)]
struct Channels {
    widen: Linear,
    narrow: Linear,
}

impl Channels {
    fn new(width: usize, hidden: usize, rng: &mut impl Rng, device: &Device) -> Self {
        Self { widen: linear(width, hidden, 1.7, rng, device), narrow: linear(hidden, width, 0.5, rng, device) }
    }

    /// The branch's part `[n, width]` from what it sees `[n, width]`.
    fn forward(&self, entering: Tensor<2>) -> Tensor<2> {
        self.narrow.forward(relu(self.widen.forward(entering)))
    }
}

/// Two residual branches: one across patches with the same weights for every channel, one across channels with the same weights
/// for every patch.
#[derive(Module, Debug)]
pub struct Block {
    across: Across,
    channels: Channels,
}

impl Block {
    /// `hidden` `[n, patches, width]` after both branches; `entering` of the same shape is what the first one sees of it.
    fn forward(&self, hidden: Tensor<3>, entering: Tensor<3>) -> Tensor<3> {
        let shape = hidden.dims();
        let [images, patches, width] = shape;
        let hidden = self.across.forward(hidden, entering).reshape([images * patches, width]);
        (hidden.clone() + self.channels.forward(hidden)).reshape(shape)
    }
}

impl Residual for Block {
    fn refine(&self, _: Patches, hidden: Tensor<3>) -> Tensor<3> {
        self.forward(hidden.clone(), modulated(hidden, None))
    }
}

impl Trunk for Patchwork {
    fn features(&self, patches: Patches, x: Tensor<2>, at: At<'_>) -> Tensor<2> {
        let (images, count) = (x.dims()[0], patches.count());
        let level = conditioning(&self.level_hidden, self.class.as_ref(), at);
        let embedded = self.embedding.forward(patches.cut(x));
        let width = embedded.dims()[1];
        let mut hidden = embedded.reshape([images, count, width]) + self.places.val().unsqueeze::<3>();
        for (block, condition) in self.blocks.iter().zip(&self.conditions) {
            let entering = modulated(hidden.clone(), Some(affine(level.clone(), condition)));
            hidden = block.forward(hidden, entering);
        }
        hidden.reshape([images, count * width])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::data::{DataKind, Dataset};
    use crate::network::{LogSigma, Network, NetworkConfig};
    use crate::objective::Losses;
    use crate::training::{Trainer, TrainingOptions};

    fn config() -> MixerConfig {
        MixerConfig::images(28, 8)
    }

    fn images(count: usize, device: &Device) -> Tensor<2> {
        let values: Vec<f32> = (0..count * 784).map(|i| (i as f32 * 0.37).sin()).collect();
        Tensor::from_data(TensorData::new(values, [count, 784]), device)
    }

    fn network(seed: u64, device: &Device) -> Mixer {
        config().init(&mut ChaCha8Rng::seed_from_u64(seed), device)
    }

    fn answer(network: &Mixer) -> Vec<f32> {
        let device = Device::flex();
        let features = network.trunk(images(2, &device), &LogSigma::uniform(0.3, &device), None);
        network.velocity(features).into_data().iter().collect()
    }

    #[test]
    fn heads_have_the_shape_of_the_images() {
        let device = Device::flex();
        let mixer = network(1, &device);
        let features = mixer.trunk(images(3, &device), &LogSigma::uniform(0.3, &device), None);
        assert_eq!(features.dims(), [3, 49 * 8]);
        assert_eq!(mixer.velocity(features.clone()).dims(), [3, 784]);
        let turn: Vec<f32> = mixer.turn(features).into_data().iter().collect();
        assert_eq!(turn, vec![0.0; 3 * 784]);
    }

    #[test]
    fn one_level_for_all_is_the_same_level_for_each() {
        let device = Device::flex();
        let mixer = network(1, &device);
        let each = LogSigma(Tensor::full([3, 1], 0.3, &device));
        let all = mixer.trunk(images(3, &device), &LogSigma::uniform(0.3, &device), None);
        let off = (all - mixer.trunk(images(3, &device), &each, None)).abs().max();
        assert!(off.into_scalar::<f32>() < 1e-5);
    }

    #[test]
    fn a_seed_means_the_same_network() {
        let device = Device::flex();
        assert_eq!(answer(&network(5, &device)), answer(&network(5, &device)));
        assert_ne!(answer(&network(5, &device)), answer(&network(6, &device)));
    }

    #[test]
    fn the_turn_sends_no_gradient_into_the_trunk() {
        let device = Device::flex().autodiff();
        let Network::Mixer(mut mixer) = NetworkConfig::Mixer(config()).init(&mut ChaCha8Rng::seed_from_u64(2), &device)
        else {
            panic!("another network");
        };
        mixer.turn_out = linear(8, 16, 1.0, &mut ChaCha8Rng::seed_from_u64(3), &device);
        let network = Network::Mixer(mixer);
        let level = LogSigma::uniform(0.3, &Device::flex());
        let turn = network.noise_and_turn(images(2, &Device::flex()), &level).turn;
        let gradients = turn.square().mean().backward();
        let Network::Mixer(mixer) = &network else {
            panic!("another network");
        };
        let reaches = |layer: &Linear| layer.weight.val().grad(&gradients).is_some();
        assert!(reaches(&mixer.turn_out) && reaches(&mixer.turn_block.across.across));
        assert!(!reaches(&mixer.velocity) && !reaches(&mixer.trunk.embedding));
        assert!(!reaches(&mixer.trunk.blocks[3].channels.narrow) && !reaches(&mixer.trunk.conditions[0]));
    }

    #[test]
    fn images_are_learned() {
        let config = MixerConfig { depth: 2, mixing: 8, ..MixerConfig::images(8, 16) };
        let stripes = |along: usize| (0..64).map(move |i| (i / along % 2) as f32 * 2.0 - 1.0);
        let images: Vec<f32> = stripes(1).chain(stripes(8)).collect();
        let (kind, train) = (DataKind::Images { side: 8 }, images.clone());
        let data = Dataset { kind, dimension: 64, train, held_out: images, mixture: None, labels: None };
        let options =
            TrainingOptions { learning_rate: 5e-3, batch: 32, ema: 0.98, budget: 400, ..TrainingOptions::images() };
        let network = NetworkConfig::Mixer(config);
        let trainer = Trainer::new(network, options, data, 1, &Device::flex());
        let losses: Vec<_> = trainer.take(400).collect();
        assert!(losses.iter().skip(100).all(|l| l.turn.is_some()));
        let mean = |losses: &[Losses]| {
            let sum: f32 = losses.iter().map(|l| l.noise.clone().into_scalar::<f32>()).sum();
            sum / losses.len() as f32
        };
        let (early, late) = (mean(&losses[..20]), mean(&losses[380..]));
        assert!(late < 0.3 * early, "from {early} to {late}");
    }
}
