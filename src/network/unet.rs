//! A small convolutional U-Net for small images (after arXiv 1505.04597 and 2006.11239): one floor of `grid` by `grid` places, one of
//! half as many each way, and a way across. Its convolutions are matrix products over shifted rows, and so are their gradients.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::image::{ImageNetwork, Residual, Shape, Trunk};
use super::layers::{linear, table, within};
use super::patches::{
    Across, At, LEVEL_FEATURES, LEVEL_WIDTH, MOST_CLASSES, Patches, Window, class_table, conditioning,
};
use super::{Heads, Output};
use fewsteps_kernels::{Activation, affine, convolution, dense, modulated, residual_convolution};

/// Shape of a [`UNet`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UNetConfig {
    /// Pixels on a side of an image.
    pub side: usize,
    /// Pixels on a side of a place of the upper floor; twice of it divides `side`.
    pub patch: usize,
    /// Channels of the upper floor.
    pub width: usize,
    /// Channels of the lower floor.
    pub deep: usize,
    /// Blocks on the upper floor before the lower one, on the lower one, and on the upper one after it.
    pub blocks: [usize; 3],
    /// Hidden units of the lower floor's layers over all places at once.
    pub mixing: usize,
    /// Classes that it can be conditioned on; none if zero.
    pub classes: usize,
    /// What the velocity head's raw output means.
    pub output: Output,
    /// What the turn head reads.
    pub heads: Heads,
}

impl UNetConfig {
    /// The playground's network for square images of `side` pixels.
    pub fn images(side: usize, width: usize) -> Self {
        let (output, heads) = Default::default();
        Self { side, patch: 2, width, deep: 2 * width, blocks: [1, 3, 1], mixing: 64, classes: 0, output, heads }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let [before, lower, after] = self.blocks;
        within(&[
            ("side", self.side, 1, 64),
            ("patch", self.patch, 1, self.side),
            ("width", self.width, 1, 512),
            ("depth of the lower floor", self.deep, 1, 512),
            ("number of blocks", before.max(lower).max(after), 0, 8),
            ("mixing", self.mixing, 1, 1024),
            ("number of classes", self.classes, 0, MOST_CLASSES),
        ])?;
        if self.side.is_multiple_of(2 * self.patch) {
            return Ok(());
        }
        Err(format!("its side of {} pixels is no multiple of twice its patch of {}", self.side, self.patch))
    }

    /// As [`NetworkConfig::fewest_weights`](super::NetworkConfig::fewest_weights).
    pub(super) fn fewest_weights(&self) -> usize {
        let (width, deep) = (self.width, self.deep);
        let [before, lower, after] = self.blocks;
        let block = |width: usize| 18 * width * width;
        let across = 2 * self.below() * self.mixing;
        let stem = self.patches().inputs() * width + 8 * width * deep;
        stem + (before + after) * block(width) + lower * (block(deep) + across)
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
        Patches { grid: self.side / self.patch, patch: self.patch, window: Window::Neighbours }
    }

    /// Places of the lower floor.
    fn below(&self) -> usize {
        self.patches().count() / 4
    }

    /// A fresh network; the velocity starts near zero, the turn's own part at zero.
    pub fn init(&self, rng: &mut impl Rng, device: &Device) -> UNet {
        let Self { width, output, heads, .. } = *self;
        let shape = Shape { patches: self.patches(), width, output, heads };
        UNet::new(shape, |rng| self.trunk(rng, device), |rng| Block::new(width, rng, device), rng, device)
    }

    fn trunk(&self, rng: &mut impl Rng, device: &Device) -> Floors {
        let (width, deep) = (self.width, self.deep);
        let [before, below, after] = self.blocks;
        let mut block = |width: usize| Conditioned {
            condition: linear(LEVEL_WIDTH, 2 * width, 0.3, rng, device),
            block: Block::new(width, rng, device),
        };
        let before: Vec<Conditioned> = (0..before).map(|_| block(width)).collect();
        let lower: Vec<Conditioned> = (0..below).map(|_| block(deep)).collect();
        let after: Vec<Conditioned> = (0..after).map(|_| block(width)).collect();
        Floors {
            level_hidden: linear(LEVEL_FEATURES, LEVEL_WIDTH, 1.7, rng, device),
            embedding: linear(self.patches().inputs(), width, 1.7, rng, device),
            before,
            down: linear(4 * width, deep, 1.7, rng, device),
            places: table(self.below(), deep, 0.5, rng, device),
            lower,
            across: (0..below).map(|_| Across::new(self.below(), self.mixing, rng, device)).collect(),
            up: linear(deep, 4 * width, 0.5, rng, device),
            after,
            class: class_table(self.classes, rng, device),
        }
    }

    /// Multiplications an image for a flow map.
    pub(super) fn map_multiplications(&self) -> usize {
        self.multiplications().0 + LEVEL_FEATURES * LEVEL_WIDTH
    }

    /// Multiplications an image for the velocity, and on top of it for the turn.
    pub(super) fn multiplications(&self) -> (usize, usize) {
        let (places, width, deep) = (self.patches().count(), self.width, self.deep);
        let [before, below, after] = self.blocks;
        let block = |places: usize, width: usize| 18 * places * width * width;
        let ends = self.dimension() * width;
        let stem = places * self.patches().inputs() * width;
        let stairs = 2 * self.below() * 4 * width * deep;
        let level = LEVEL_FEATURES * LEVEL_WIDTH + LEVEL_WIDTH * 2 * ((before + after) * width + below * deep);
        let lower = below * (block(self.below(), deep) + 2 * self.below() * deep * self.mixing);
        let trunk = stem + level + (before + after) * block(places, width) + stairs + lower;
        let second = match self.heads {
            Heads::Shared => 0,
            Heads::Separate => trunk,
        };
        (trunk + ends, second + block(places, width) + ends)
    }
}

/// A trunk on two floors, with two heads.
pub type UNet = ImageNetwork<Floors, Block>;

/// What turns an image and its level into features.
#[derive(Module, Debug)]
pub struct Floors {
    level_hidden: Linear,
    embedding: Linear,
    before: Vec<Conditioned>,
    down: Linear,
    places: Param<Tensor<2>>,
    lower: Vec<Conditioned>,
    across: Vec<Across>,
    up: Linear,
    after: Vec<Conditioned>,
    class: Option<Param<Tensor<2>>>,
}

/// A block whose input is scaled and shifted by the level and the class.
#[derive(Module, Debug)]
struct Conditioned {
    condition: Linear,
    block: Block,
}

impl Conditioned {
    /// `hidden` `[n, grid, grid, width]` after the block, on `level` `[n or 1, LEVEL_WIDTH]`.
    fn forward(&self, hidden: Tensor<4>, level: Tensor<2>) -> Tensor<4> {
        let shape @ [images, height, across, width] = hidden.dims();
        let rows = hidden.clone().reshape([images, height * across, width]);
        let entering = modulated(rows, Some(affine(level, &self.condition))).reshape(shape);
        self.block.forward(hidden, entering)
    }
}

/// A residual branch of two convolutions.
#[derive(Module, Debug)]
pub struct Block {
    first: Convolution,
    second: Convolution,
}

impl Block {
    fn new(width: usize, rng: &mut impl Rng, device: &Device) -> Self {
        Self { first: Convolution::new(width, 1.7, rng, device), second: Convolution::new(width, 0.5, rng, device) }
    }

    /// `hidden` `[n, grid, grid, width]` after the branch; `entering` of the same shape is what the branch sees of it.
    fn forward(&self, hidden: Tensor<4>, entering: Tensor<4>) -> Tensor<4> {
        let inner = self.first.forward(entering, Activation::Relu);
        residual_convolution(hidden, inner, self.second.rows())
    }
}

/// A convolution with a window of three by three places and zeros beyond the edge, as many channels after as before: one product for
/// each row of the window, of the places side by side.
#[derive(Module, Debug)]
struct Convolution {
    above: Linear,
    middle: Linear,
    below: Linear,
}

impl Convolution {
    fn new(width: usize, gain: f32, rng: &mut impl Rng, device: &Device) -> Self {
        // Three rows are as many inputs again.
        let mut row = || linear(3 * width, width, gain / 3.0_f32.sqrt(), rng, device);
        let [above, middle, below] = [row(), row(), row()];
        Self { above: Linear { bias: None, ..above }, middle, below: Linear { bias: None, ..below } }
    }

    fn forward(&self, hidden: Tensor<4>, activation: Activation) -> Tensor<4> {
        convolution(hidden, self.rows(), activation)
    }

    fn rows(&self) -> [&Linear; 3] {
        [&self.above, &self.middle, &self.below]
    }
}

/// Every two by two places of `[n, 2 g, 2 g, w]` side by side, `[n * g * g, 4 w]`.
fn gathered(hidden: Tensor<4>) -> Tensor<2> {
    let [images, grid, _, width] = hidden.dims();
    let half = grid / 2;
    let split: Tensor<6> = hidden.reshape([images, half, 2, half, 2, width]);
    split.permute([0, 1, 3, 2, 4, 5]).reshape([images * half * half, 4 * width])
}

/// The reverse of [`gathered`]: `[n * g * g, 4 w]` as `[n, 2 g, 2 g, w]`.
fn spread(hidden: Tensor<2>, images: usize, half: usize) -> Tensor<4> {
    let width = hidden.dims()[1] / 4;
    let split: Tensor<6> = hidden.reshape([images, half, half, 2, 2, width]);
    split.permute([0, 1, 3, 2, 4, 5]).reshape([images, 2 * half, 2 * half, width])
}

impl Residual for Block {
    fn refine(&self, patches: Patches, hidden: Tensor<3>) -> Tensor<3> {
        let shape @ [images, _, width] = hidden.dims();
        let [hidden, entering] = [hidden.clone(), modulated(hidden, None)]
            .map(|rows| rows.reshape([images, patches.grid, patches.grid, width]));
        self.forward(hidden, entering).reshape(shape)
    }
}

impl Trunk for Floors {
    fn features(&self, patches: Patches, x: Tensor<2>, at: At<'_>) -> Tensor<2> {
        let (images, grid) = (x.dims()[0], patches.grid);
        let half = grid / 2;
        let level = conditioning(&self.level_hidden, self.class.as_ref(), at);
        let embedded = dense(patches.cut(x), &self.embedding, Activation::None);
        let width = embedded.dims()[1];
        let through = |blocks: &[Conditioned], hidden: Tensor<4>| {
            blocks.iter().fold(hidden, |hidden, block| block.forward(hidden, level.clone()))
        };
        let above = through(&self.before, embedded.reshape([images, grid, grid, width]));
        let lower = dense(gathered(above.clone()), &self.down, Activation::None);
        let deep = lower.dims()[1];
        let mut lower = lower.reshape([images, half * half, deep]) + self.places.val().unsqueeze::<3>();
        for (block, across) in self.lower.iter().zip(&self.across) {
            let entering = modulated(lower.clone(), None);
            let hidden = across.forward(lower, entering).reshape([images, half, half, deep]);
            lower = block.forward(hidden, level.clone()).reshape([images, half * half, deep]);
        }
        let lower = dense(lower.reshape([images * half * half, deep]), &self.up, Activation::None);
        let features = through(&self.after, above + spread(lower, images, half));
        features.reshape([images, grid * grid * width])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::network::{LogSigma, Network, NetworkConfig};

    fn rng(seed: u64) -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(seed)
    }

    fn images(count: usize, device: &Device) -> Tensor<2> {
        let values: Vec<f32> = (0..count * 64).map(|i| (i as f32 * 0.37).sin()).collect();
        Tensor::from_data(TensorData::new(values, [count, 64]), device)
    }

    fn config() -> UNetConfig {
        UNetConfig { mixing: 8, ..UNetConfig::images(8, 8) }
    }

    fn off<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> f32 {
        (a - b).abs().max().into_scalar()
    }

    /// The same numbers as Burn's own convolution, which has channels before places.
    #[test]
    fn products_of_shifted_rows_are_a_convolution() {
        let device = Device::flex();
        let (width, grid) = (3, 5);
        let ours = Convolution::new(width, 1.0, &mut rng(1), &device);
        // Each row's weights are `[3 across * width in, width out]`.
        let rows = [&ours.above, &ours.middle, &ours.below].map(|row| row.weight.val().reshape([1, 3, width, width]));
        let kernel = Tensor::<4>::cat(rows.to_vec(), 0).permute([3, 2, 0, 1]);
        let bias = ours.middle.bias.as_ref().map(Param::val);
        let values: Vec<f32> = (0..2 * grid * grid * width).map(|i| (i as f32 * 0.7).cos()).collect();
        let hidden = Tensor::<4>::from_data(TensorData::new(values, [2, grid, grid, width]), &device);
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
        let theirs = conv2d(hidden.clone().permute([0, 3, 1, 2]), kernel, bias, options).permute([0, 2, 3, 1]);
        assert!(off(ours.forward(hidden, Activation::None), theirs) < 1e-5);
    }

    #[test]
    fn places_are_gathered_and_spread_without_loss() {
        let hidden = images(2, &Device::flex()).reshape([2, 4, 4, 4]);
        let gathered = gathered(hidden.clone());
        let corner: Vec<f32> = gathered.clone().slice([1..2, 0..4]).into_data().iter().collect();
        assert_eq!(corner, (8..12).map(|i| (i as f32 * 0.37).sin()).collect::<Vec<_>>());
        assert_eq!(off(spread(gathered, 2, 2), hidden), 0.0);
    }

    #[test]
    fn heads_have_the_shape_of_the_images_and_one_level_for_all_is_the_same_for_each() {
        let device = Device::flex();
        let network = config().init(&mut rng(1), &device);
        let all = network.trunk(images(3, &device), &LogSigma::uniform(0.3, &device), None);
        let each = network.trunk(images(3, &device), &LogSigma(Tensor::full([3, 1], 0.3, &device)), None);
        assert_eq!(all.dims(), [3, 16 * 8]);
        assert!(off(all.clone(), each) < 1e-5);
        assert_eq!(network.velocity(all.clone()).dims(), [3, 64]);
        let turn: Vec<f32> = network.turn(all).into_data().iter().collect();
        assert_eq!(turn, vec![0.0; 3 * 64]);
    }

    #[test]
    fn the_turn_sends_no_gradient_into_the_trunk() {
        let device = Device::flex().autodiff();
        let mut unet = config().init(&mut rng(2), &device);
        unet.turn_out = linear(8, 4, 1.0, &mut rng(3), &device);
        let network = Network::UNet(unet);
        let turn = network.noise_and_turn(images(2, &Device::flex()), &LogSigma::uniform(0.3, &Device::flex())).turn;
        let gradients = turn.square().mean().backward();
        let Network::UNet(unet) = &network else {
            panic!("another network");
        };
        let reaches = |layer: &Linear| layer.weight.val().grad(&gradients).is_some();
        assert!(reaches(&unet.turn_out) && reaches(&unet.turn_block.first.above));
        assert!(!reaches(&unet.velocity) && !reaches(&unet.trunk.embedding));
        assert!(!reaches(&unet.trunk.after[0].block.second.middle) && !reaches(&unet.trunk.up));
    }

    #[test]
    fn shapes_that_cannot_be_built_are_refused() {
        assert!(config().check().is_ok());
        for wrong in [
            UNetConfig { side: 6, patch: 2, ..config() },
            UNetConfig { patch: 0, ..config() },
            UNetConfig { width: 0, ..config() },
            UNetConfig { blocks: [1, 9, 1], ..config() },
            UNetConfig { classes: 1000, ..config() },
        ] {
            assert!(NetworkConfig::UNet(wrong).check().is_err());
        }
    }
}
