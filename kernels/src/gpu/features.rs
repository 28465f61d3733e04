//! The input of a network for points.

use burn::backend::Wgpu;
use burn::tensor::{Shape, Tensor};

use super::{Groups, Kernel, Plain, Words, plain, queue};
use crate::Waves;

const FEATURES: Kernel = Kernel { name: "fewsteps features", parts: &[include_str!("features.wgsl")], filled: &[] };

/// `x` `[n, d]`, its features by `place` and those of its levels, `[n or 1, 1]`, side by side; without autodiff.
pub(crate) fn features(x: Tensor<2>, place: Option<Waves>, level: Tensor<2>, pace: Waves) -> Tensor<2> {
    let ([rows, dimension], [level_rows, _]) = (x.dims(), level.dims());
    let [places, levels] = [place.as_ref(), Some(&pace)].map(|waves| waves.map_or(0, |w| w.phase.dims()[1]));
    let parts = |waves: Waves| -> [Plain; 2] { [waves.projection, waves.phase].map(plain) };
    let pace = parts(pace);
    let place = place.map_or_else(|| pace.clone(), parts);
    let inputs: Vec<Plain> = [plain(x)].into_iter().chain(place).chain([plain(level)]).chain(pace).collect();
    let shape = Shape::from([rows, dimension + places + levels]);
    let size = shape.num_elements();
    let out = queue("features", inputs, vec![vec![shape]], move |run| {
        let Groups { across, all } = Groups::new(size.div_ceil(64));
        let step = usize::from(level_rows > 1);
        let words = Words::new([rows, dimension, places, levels, step, across as usize, 0, 0]);
        FEATURES.launch(run.client, run.handles(), words, all);
    });
    Tensor::from_primitive::<Wgpu>(out.into_iter().next().expect("an output"))
}
