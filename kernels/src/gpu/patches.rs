//! Images in patches.

use burn::backend::Wgpu;
use burn::tensor::{Shape, Tensor};

use super::{Groups, Kernel, Words, plain, queue};

const PATCHES: Kernel = Kernel { name: "fewsteps patches", parts: &[include_str!("patches.wgsl")], filled: &[] };

/// [`crate::patches`].
pub(crate) fn patches(images: Tensor<2>, [grid, patch]: [usize; 2], around: bool) -> Tensor<2> {
    let window = if around { 9 } else { 1 };
    let shape = Shape::from([images.dims()[0] * grid * grid, window * patch * patch]);
    let size = shape.num_elements();
    let out = queue("patches", vec![plain(images)], vec![vec![shape]], move |run| {
        let Groups { across, all } = Groups::new(size.div_ceil(64));
        let words = Words::new([size, grid, patch, window, across as usize]);
        PATCHES.launch(run.client, run.handles(), words, all);
    });
    Tensor::from_primitive::<Wgpu>(out.into_iter().next().expect("an output"))
}
