//! Windows of three by three places over images, as rows of a product, without a copy of each window.

use super::product::Left;

/// Images `[images, height, across, channels]` with a frame of zeros. A row of the product is a place with its eight neighbours: three parts, each three
/// places side by side.
#[derive(Debug)]
pub(super) struct Framed {
    values: Vec<f32>,
    /// Where the window of each place begins.
    starts: Vec<usize>,
    /// Numbers of a framed row of an image.
    stride: usize,
    channels: usize,
}

impl Framed {
    pub(super) fn new(values: &[f32], [images, height, across, channels]: [usize; 4]) -> Self {
        let stride = (across + 2) * channels;
        let image = (height + 2) * stride;
        let mut framed = vec![0.0; images * image];
        let row = across * channels;
        for (index, row) in values.chunks_exact(row.max(1)).enumerate() {
            let start = index / height * image + (index % height + 1) * stride + channels;
            framed[start..][..row.len()].copy_from_slice(row);
        }
        let mut starts = Vec::with_capacity(images * height * across);
        for index in 0..images * height {
            let start = index / height * image + index % height * stride;
            starts.extend((0..across).map(|place| start + place * channels));
        }
        Self { values: framed, starts, stride, channels }
    }
}

impl Left for &Framed {
    fn rows(&self) -> usize {
        self.starts.len()
    }

    fn parts(&self) -> usize {
        3
    }

    fn depth(&self) -> usize {
        3 * self.channels
    }

    #[inline(always)]
    fn part(&self, row: usize, part: usize) -> &[f32] {
        &self.values[self.starts[row] + part * self.stride..][..3 * self.channels]
    }
}

/// The weights `[9 channels, channels]` of the product that makes a convolution's gradient by its input from the gradient by its output, of its own
/// weights: each window turned upside down, and each place's weights transposed.
pub(super) fn turned(weights: &[f32], channels: usize) -> Vec<f32> {
    let mut turned = vec![0.0; weights.len()];
    let size = channels * channels;
    for (place, to) in turned.chunks_exact_mut(size.max(1)).enumerate() {
        let from = &weights[(8 - place) * size..][..size];
        for (row, to) in to.chunks_exact_mut(channels).enumerate() {
            for (to, from) in to.iter_mut().zip(from[row..].iter().step_by(channels)) {
                *to = *from;
            }
        }
    }
    turned
}
