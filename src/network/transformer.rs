//! A small transformer over the patches of an image (after DiT, arXiv 2212.09748): attention in place of the mixer's fixed weights
//! between patches, and every branch scaled and shifted by the level and the class. Matrix products alone, no convolution;
//! rectifiers, since on a CPU SiLU costs as much as a layer.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::classes::Classes;
use super::fourier::Fourier;
use super::layers::{linear, table};
use super::mixer::MOST_CLASSES;
use super::mlp::level_frequencies;
use super::patches::{Channels, Gate, LEVEL_FEATURES, LEVEL_WIDTH, Patches, Window, class_table, normalised, told};
use super::{Heads, LogSigma, Output};

/// Hidden units of a block's layers over channels, for each channel.
const EXPANSION: usize = 2;

/// Shape of a [`Transformer`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// Pixels on a side of an image.
    pub side: usize,
    /// Pixels on a side of a patch; divides `side`.
    pub patch: usize,
    /// Channels of a patch.
    pub width: usize,
    /// Blocks of the trunk.
    pub depth: usize,
    /// Attention heads of a block; divides `width`.
    pub attention: usize,
    /// What a patch's first layer sees.
    pub window: Window,
    /// Classes that it can be asked for; none if zero.
    pub classes: usize,
    /// How the acceleration head fades with the noise.
    pub gate: Gate,
    /// What the velocity head's raw output means.
    pub output: Output,
    /// What the acceleration head reads.
    pub heads: Heads,
}

impl TransformerConfig {
    /// The playground's network for square images of `side` pixels: patches of 4 by 4 that see their neighbours, four blocks.
    pub fn images(side: usize, width: usize) -> Self {
        let (window, gate) = (Window::Neighbours, Gate::Signal);
        let (output, heads) = Default::default();
        Self { side, patch: 4, width, depth: 4, attention: 4, window, classes: 0, gate, output, heads }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let fits = (1..=64).contains(&self.side)
            && (1..=self.side).contains(&self.patch)
            && self.side.is_multiple_of(self.patch)
            && (1..=1024).contains(&self.width)
            && (1..=16).contains(&self.depth)
            && (1..=self.width).contains(&self.attention)
            && self.width.is_multiple_of(self.attention)
            && self.classes <= MOST_CLASSES;
        if fits { Ok(()) } else { Err(format!("no network has the shape {self:?}")) }
    }

    /// Number of coordinates `d` of an image.
    pub fn dimension(&self) -> usize {
        self.side * self.side
    }

    fn patches(&self) -> Patches {
        Patches { grid: self.side / self.patch, patch: self.patch, window: self.window }
    }

    /// A fresh network; the velocity starts near zero, the acceleration's own part at zero.
    pub fn init(&self, rng: &mut impl Rng, device: &Device) -> Transformer {
        let (width, pixels) = (self.width, self.patches().pixels());
        Transformer {
            level: Fourier::new(1, &level_frequencies(LEVEL_FEATURES / 2), device),
            trunk: self.trunk(rng, device),
            velocity: linear(width, pixels, 0.1, rng, device),
            turn_block: self.block(rng, device),
            turn_out: linear(width, pixels, 0.0, rng, device),
            turn_trunk: match self.heads {
                Heads::Shared => None,
                Heads::Separate => Some(self.trunk(rng, device)),
            },
            patches: self.patches(),
            attention: self.attention,
            gate: self.gate,
            output: self.output,
        }
    }

    fn trunk(&self, rng: &mut impl Rng, device: &Device) -> Trunk {
        let width = self.width;
        Trunk {
            level_hidden: linear(LEVEL_FEATURES, LEVEL_WIDTH, 1.7, rng, device),
            class: class_table(self.classes, rng, device),
            conditions: (0..self.depth).map(|_| linear(LEVEL_WIDTH, 4 * width, 0.3, rng, device)).collect(),
            embedding: linear(self.patches().inputs(), width, 1.7, rng, device),
            places: table(self.patches().count(), width, 0.5, rng, device),
            blocks: (0..self.depth).map(|_| self.block(rng, device)).collect(),
        }
    }

    fn block(&self, rng: &mut impl Rng, device: &Device) -> Block {
        Block {
            read: linear(self.width, 3 * self.width, 1.7, rng, device),
            back: linear(self.width, self.width, 0.5, rng, device),
            channels: Channels::new(self.width, EXPANSION * self.width, rng, device),
        }
    }

    /// Multiplications an image for the velocity, and on top of it for the acceleration.
    pub(super) fn multiplications(&self) -> (usize, usize) {
        let (patches, width) = (self.patches().count(), self.width);
        let block = patches * width * ((4 + 2 * EXPANSION) * width + 2 * patches);
        let ends = self.dimension() * width;
        let level = LEVEL_FEATURES * LEVEL_WIDTH + self.depth * LEVEL_WIDTH * 4 * width;
        let trunk = patches * self.patches().inputs() * width + level + self.depth * block;
        let second = match self.heads {
            Heads::Shared => 0,
            Heads::Separate => trunk,
        };
        (trunk + ends, second + block + ends)
    }
}

/// A trunk of attention blocks over patches, a linear velocity head, and an acceleration head with a block of its own, on the same
/// trunk or a second one.
#[derive(Module, Debug)]
pub struct Transformer {
    level: Fourier,
    trunk: Trunk,
    velocity: Linear,
    turn_block: Block,
    turn_out: Linear,
    turn_trunk: Option<Trunk>,
    #[module(skip)]
    patches: Patches,
    #[module(skip)]
    attention: usize,
    #[module(skip)]
    pub(super) gate: Gate,
    #[module(skip)]
    pub(super) output: Output,
}

/// What turns patches, their level and their class into features.
#[derive(Module, Debug)]
struct Trunk {
    level_hidden: Linear,
    class: Option<Param<Tensor<2>>>,
    conditions: Vec<Linear>,
    embedding: Linear,
    places: Param<Tensor<2>>,
    blocks: Vec<Block>,
}

/// Two residual branches: attention across patches, and layers across the channels of each.
#[derive(Module, Debug)]
struct Block {
    /// Queries, keys and values.
    read: Linear,
    back: Linear,
    channels: Channels,
}

impl Block {
    /// `hidden` `[n, patches, width]` after both branches, which see it normalised and through `first` and `second`.
    fn forward(
        &self,
        hidden: Tensor<3>,
        heads: usize,
        first: impl Fn(Tensor<3>) -> Tensor<3>,
        second: impl Fn(Tensor<3>) -> Tensor<3>,
    ) -> Tensor<3> {
        let shape = hidden.dims();
        let [images, patches, width] = shape;
        let rows = [images * patches, width];
        let mixed = self.attend(first(normalised(hidden.clone())), heads);
        let hidden = hidden + self.back.forward(mixed).reshape(shape);
        let entering = second(normalised(hidden.clone())).reshape(rows);
        hidden + self.channels.forward(entering).reshape(shape)
    }

    /// Values `[n * patches, width]` that each patch gathers from all (arXiv 1706.03762, sec 3.2).
    fn attend(&self, entering: Tensor<3>, heads: usize) -> Tensor<2> {
        let [images, patches, width] = entering.dims();
        let share = width / heads;
        let parts = self
            .read
            .forward(entering.reshape([images * patches, width]))
            .reshape([images, patches, 3, heads, share])
            .permute([2, 0, 3, 1, 4]);
        let part = |k: usize| parts.clone().narrow(0, k, 1).reshape([images, heads, patches, share]);
        let (queries, keys, values) = (part(0), part(1), part(2));
        let scores = queries.mul_scalar((share as f64).sqrt().recip()).matmul(keys.transpose());
        softmax(scores, 3).matmul(values).permute([0, 2, 1, 3]).reshape([images * patches, width])
    }
}

impl Transformer {
    pub(super) fn trunk(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Tensor<2> {
        self.features(&self.trunk, x, level, class)
    }

    /// Features of the second trunk, where there is one.
    pub(super) fn turn_trunk(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Option<Tensor<2>> {
        self.turn_trunk.as_ref().map(|trunk| self.features(trunk, x, level, class))
    }

    fn features(&self, trunk: &Trunk, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Tensor<2> {
        let (images, patches) = (x.dims()[0], self.patches.count());
        let told = told(&trunk.level_hidden, self.level.forward(level.0.clone()), trunk.class.as_ref(), class);
        let embedded = trunk.embedding.forward(self.patches.cut(x));
        let width = embedded.dims()[1];
        let mut hidden = embedded.reshape([images, patches, width]) + trunk.places.val().unsqueeze::<3>();
        for (block, condition) in trunk.blocks.iter().zip(&trunk.conditions) {
            let [rows, _] = told.dims();
            let condition = condition.forward(told.clone()).reshape([rows, 4, width]);
            let film = |at: usize| {
                let [scale, shift] = [at, at + 1].map(|part| condition.clone().narrow(1, part, 1));
                move |seen: Tensor<3>| seen * scale.clone().add_scalar(1.0) + shift.clone()
            };
            hidden = block.forward(hidden, self.attention, film(0), film(2));
        }
        hidden.reshape([images, patches * width])
    }

    pub(super) fn velocity(&self, features: Tensor<2>) -> Tensor<2> {
        let hidden = self.patches.unroll(features);
        let [images, patches, width] = hidden.dims();
        self.patches.join(self.velocity.forward(hidden.reshape([images * patches, width])), images)
    }

    pub(super) fn turn(&self, features: Tensor<2>) -> Tensor<2> {
        let hidden = self.patches.unroll(features);
        let [images, patches, width] = hidden.dims();
        let hidden = self.turn_block.forward(hidden, self.attention, |seen| seen, |seen| seen);
        self.patches.join(self.turn_out.forward(hidden.reshape([images * patches, width])), images)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::network::{Network, NetworkConfig};

    fn network(device: &Device) -> Transformer {
        TransformerConfig::images(28, 8).of(3).init(&mut ChaCha8Rng::seed_from_u64(1), device)
    }

    impl TransformerConfig {
        fn of(self, classes: usize) -> Self {
            Self { classes, ..self }
        }
    }

    fn images(count: usize) -> Tensor<2> {
        let values: Vec<f32> = (0..count * 784).map(|i| (i as f32 * 0.37).sin()).collect();
        Tensor::from_data(TensorData::new(values, [count, 784]), &Device::flex())
    }

    #[test]
    fn heads_have_the_shape_of_the_images() {
        let transformer = network(&Device::flex());
        let features = transformer.trunk(images(3), &LogSigma::uniform(0.3, &Device::flex()), None);
        assert_eq!(features.dims(), [3, 49 * 8]);
        assert_eq!(transformer.velocity(features.clone()).dims(), [3, 784]);
        let turn: Vec<f32> = transformer.turn(features).into_data().iter().collect();
        assert_eq!(turn, vec![0.0; 3 * 784]);
    }

    /// Attention by its formula, one image, patch, head and channel at a time.
    #[test]
    fn attention_is_the_weighted_mean_of_the_values() {
        let device = Device::flex();
        let (heads, share, patches) = (2, 3, 4);
        let config = TransformerConfig { attention: heads, ..TransformerConfig::images(8, heads * share) };
        let block = config.block(&mut ChaCha8Rng::seed_from_u64(2), &device);
        let values: Vec<f32> = (0..2 * patches * 6).map(|i| (i as f32 * 0.7).cos()).collect();
        let entering = Tensor::<3>::from_data(TensorData::new(values, [2, patches, 6]), &device);
        let found: Vec<f32> = block.attend(entering.clone(), heads).into_data().iter().collect();
        let read: Vec<f32> = block.read.forward(entering.reshape([2 * patches, 6])).into_data().iter().collect();
        let part = |image: usize, patch: usize, kind: usize, head: usize| {
            let at = (image * patches + patch) * 18 + kind * 6 + head * share;
            &read[at..at + share]
        };
        for image in 0..2 {
            for patch in 0..patches {
                for head in 0..heads {
                    let query = part(image, patch, 0, head);
                    let weight = |other: usize| {
                        let key = part(image, other, 1, head);
                        let along: f32 = query.iter().zip(key).map(|(q, k)| q * k).sum();
                        (along / (share as f32).sqrt()).exp()
                    };
                    let total: f32 = (0..patches).map(weight).sum();
                    for channel in 0..share {
                        let mean = |other: usize| weight(other) * part(image, other, 2, head)[channel] / total;
                        let expected: f32 = (0..patches).map(mean).sum();
                        let found = found[(image * patches + patch) * 6 + head * share + channel];
                        assert!((found - expected).abs() < 1e-5, "{found}, not {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn one_level_for_all_is_the_same_level_for_each() {
        let device = Device::flex();
        let transformer = network(&device);
        let each = LogSigma(Tensor::full([3, 1], 0.3, &device));
        let all = transformer.trunk(images(3), &LogSigma::uniform(0.3, &device), None);
        let off = (all - transformer.trunk(images(3), &each, None)).abs().max();
        assert!(off.into_scalar::<f32>() < 1e-5);
    }

    #[test]
    fn the_turn_sends_no_gradient_into_the_trunk() {
        let device = Device::flex().autodiff();
        let mut transformer = network(&device);
        transformer.turn_out = linear(8, 16, 1.0, &mut ChaCha8Rng::seed_from_u64(3), &device);
        let network = Network::Transformer(transformer);
        let level = LogSigma::uniform(0.3, &Device::flex());
        let turn = network.noise_and_turn(images(2), &level).turn;
        let gradients = turn.square().mean().backward();
        let Network::Transformer(transformer) = &network else {
            panic!("another network");
        };
        let reaches = |layer: &Linear| layer.weight.val().grad(&gradients).is_some();
        assert!(reaches(&transformer.turn_out) && reaches(&transformer.turn_block.read));
        assert!(!reaches(&transformer.velocity) && !reaches(&transformer.trunk.embedding));
        assert!(!reaches(&transformer.trunk.blocks[3].back) && !reaches(&transformer.trunk.conditions[0]));
    }

    #[test]
    fn shapes_that_cannot_be_are_refused() {
        let check = |config: TransformerConfig| NetworkConfig::Transformer(config).check();
        let config = TransformerConfig::images(28, 96);
        assert_eq!(check(config.clone()), Ok(()));
        assert!(check(TransformerConfig { attention: 5, ..config.clone() }).is_err());
        assert!(check(TransformerConfig { attention: 0, ..config.clone() }).is_err());
        assert!(check(TransformerConfig { patch: 5, ..config.clone() }).is_err());
        assert!(check(config.of(1000)).is_err());
    }
}
