//! What the networks for images share: how an image becomes patches and patches an image, and what every block is conditioned on.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, activation::relu};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::classes::{Classes, embedded};
use super::layers::{linear, table};
use fewsteps_kernels::{Activation, affine, over_places, patches, residual_over_places};

/// Number of sine and cosine features of the level.
pub(super) const LEVEL_FEATURES: usize = 32;
/// Units of the layer that turns them into what every block is conditioned on.
pub(super) const LEVEL_WIDTH: usize = 64;
/// Most classes of a network from a file.
pub(super) const MOST_CLASSES: usize = 255;

/// What a patch's first layer sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Its own pixels.
    #[default]
    Own,
    /// Those of the eight patches around it too, zeros beyond the image: a stroke that leaves one patch enters the next.
    Neighbours,
}

/// Square images of `grid` by `grid` patches of `patch` by `patch` pixels.
#[derive(Clone, Copy, Debug)]
pub struct Patches {
    pub(super) grid: usize,
    pub(super) patch: usize,
    pub(super) window: Window,
}

impl Patches {
    /// Patches of an image.
    pub(super) fn count(self) -> usize {
        self.grid * self.grid
    }

    /// Pixels of a patch.
    pub(super) fn pixels(self) -> usize {
        self.patch * self.patch
    }

    /// Numbers that a patch's first layer reads.
    pub(super) fn inputs(self) -> usize {
        match self.window {
            Window::Own => self.pixels(),
            Window::Neighbours => 9 * self.pixels(),
        }
    }

    /// Images `[n, d]` as windows `[n * patches, inputs]`, both row by row.
    pub(super) fn cut(self, x: Tensor<2>) -> Tensor<2> {
        if let Some(cut) = patches(&x, [self.grid, self.patch], self.window == Window::Neighbours) {
            return cut;
        }
        let (images, grid, patch) = (x.dims()[0], self.grid, self.patch);
        let own = x.reshape([images, grid, patch, grid, patch]).permute([0, 1, 3, 2, 4]).reshape([
            images,
            grid,
            grid,
            patch * patch,
        ]);
        let windows = match self.window {
            Window::Own => own,
            Window::Neighbours => {
                let device = own.device();
                let row = Tensor::<4>::zeros([images, 1, grid, patch * patch], &device);
                let column = Tensor::<4>::zeros([images, grid + 2, 1, patch * patch], &device);
                let framed = Tensor::cat(vec![row.clone(), own, row], 1);
                let framed = Tensor::cat(vec![column.clone(), framed, column], 2);
                let shifted = |k: usize| framed.clone().narrow(1, k / 3, grid).narrow(2, k % 3, grid);
                Tensor::cat((0..9).map(shifted).collect(), 3)
            }
        };
        windows.reshape([images * self.count(), self.inputs()])
    }

    /// Patches `[n * patches, pixels]` as images `[n, d]`.
    pub(super) fn join(self, pixels: Tensor<2>, images: usize) -> Tensor<2> {
        let (grid, patch) = (self.grid, self.patch);
        pixels
            .reshape([images, grid, grid, patch, patch])
            .permute([0, 1, 3, 2, 4])
            .reshape([images, grid * grid * patch * patch])
    }

    /// Features `[n, patches * width]` as `[n, patches, width]`.
    pub(super) fn unroll(self, features: Tensor<2>) -> Tensor<3> {
        let [images, wide] = features.dims();
        features.reshape([images, self.count(), wide / self.count()])
    }
}

/// A table of classes: one row for each, and a last one for no class in particular.
pub(super) fn class_table(classes: usize, rng: &mut impl Rng, device: &Device) -> Option<Param<Tensor<2>>> {
    (classes > 0).then(|| table(classes + 1, LEVEL_WIDTH, 1.0, rng, device))
}

/// What images are at: features of their level, `[n or 1, LEVEL_FEATURES]`, and their class.
#[derive(Clone, Debug)]
pub struct At<'a> {
    pub(super) level: Tensor<2>,
    pub(super) class: Option<&'a Classes>,
    /// What a flow map adds to the level's embedding for the step's end, `[n or 1, LEVEL_WIDTH]`.
    pub(super) step: Option<Tensor<2>>,
}

/// What every block is conditioned on, `[n, LEVEL_WIDTH]` or one row for all: the level's embedding with the class's added to it. Without a class
/// it is the one that stands for none.
pub(super) fn conditioning(level_hidden: &Linear, table: Option<&Param<Tensor<2>>>, at: At<'_>) -> Tensor<2> {
    let At { level, class, step } = at;
    let level = affine(level, level_hidden);
    let level = match step {
        Some(step) => level + step,
        None => level,
    };
    match embedded(table, class) {
        Some(class) => relu(level + class),
        None => relu(level),
    }
}

/// A residual branch across places, with the same weights for every channel.
#[derive(Module, Debug)]
pub(super) struct Across {
    pub(super) across: Linear,
    back: Linear,
}

impl Across {
    pub(super) fn new(places: usize, hidden: usize, rng: &mut impl Rng, device: &Device) -> Self {
        Self { across: linear(places, hidden, 1.7, rng, device), back: linear(hidden, places, 0.5, rng, device) }
    }

    /// `hidden` `[n, places, width]` after the branch; `entering` of the same shape is what the branch sees of it.
    pub(super) fn forward(&self, hidden: Tensor<3>, entering: Tensor<3>) -> Tensor<3> {
        residual_over_places(hidden, over_places(entering, &self.across, Activation::Relu), &self.back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    fn images(count: usize) -> Tensor<2> {
        let values: Vec<f32> = (0..count * 784).map(|i| (i as f32 * 0.37).sin()).collect();
        Tensor::from_data(TensorData::new(values, [count, 784]), &Device::flex())
    }

    #[test]
    fn patches_are_cut_and_joined_without_loss() {
        let patches = Patches { grid: 7, patch: 4, window: Window::Own };
        let cut = patches.cut(images(2));
        let first: Vec<f32> = cut.clone().narrow(0, 1, 1).into_data().iter().collect();
        let expected = |i: usize| ((28 * (i / 4) + 4 + i % 4) as f32 * 0.37).sin();
        assert_eq!(first, (0..16).map(expected).collect::<Vec<_>>());
        let off = (patches.join(cut, 2) - images(2)).abs().max();
        assert_eq!(off.into_scalar::<f32>(), 0.0);
    }

    /// The window of the patch in row 2, column 0 of the second image: nothing on its left, its own pixels in the middle.
    #[test]
    fn a_window_sees_its_neighbours_and_nothing_beyond_the_image() {
        let patches = Patches { grid: 7, patch: 4, window: Window::Neighbours };
        let own = Patches { window: Window::Own, ..patches };
        let window: Vec<f32> = patches.cut(images(2)).narrow(0, 49 + 14, 1).into_data().iter().collect();
        assert_eq!(window.len(), 9 * 16);
        let single = |index: usize| -> Vec<f32> {
            let patch = own.cut(images(2)).narrow(0, 49 + index, 1);
            patch.into_data().iter().collect()
        };
        for (place, neighbour) in [(1, 7), (2, 8), (4, 14), (5, 15), (7, 21), (8, 22)] {
            assert_eq!(window[16 * place..16 * (place + 1)], single(neighbour), "place {place}");
        }
        for place in [0, 3, 6] {
            assert_eq!(window[16 * place..16 * (place + 1)], [0.0; 16], "place {place}");
        }
    }
}
