//! Rows with a mean square of one, scaled and shifted, forwards and backwards.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Wgpu};
use burn::tensor::{Shape, Tensor};

use super::{Groups, Kernel, Plain, Tracked, Words, plain, queue, sum, tracked};
use crate::TINY;

const FORWARD: Kernel = Kernel { name: "fewsteps norm", parts: &[include_str!("norm.wgsl")], filled: &[] };
const BACKWARD: Kernel =
    Kernel { name: "fewsteps norm backwards", parts: &[include_str!("norm_backward.wgsl")], filled: &[] };
/// Rows of a workgroup, and backwards columns.
const ROWS: usize = 64;
const COLUMNS: usize = 8;

/// Rows of `width` numbers, `places` of them for each image.
#[derive(Clone, Copy, Debug)]
struct Rows {
    images: usize,
    places: usize,
    width: usize,
}

impl Rows {
    fn count(self) -> usize {
        self.images * self.places
    }

    fn shape(self) -> Shape {
        Shape::from([self.images, self.places, self.width])
    }

    /// How far apart the modulations of two images are.
    fn step(self, modulation: Option<&Plain>) -> usize {
        if modulation.is_some_and(|modulation| modulation.shape[0] > 1) { 2 * self.width } else { 0 }
    }

    /// The output, and one over each row's root of its mean square.
    fn forward(self, hidden: Plain, modulation: Option<Plain>) -> [Plain; 2] {
        let Self { places, width, .. } = self;
        let (step, modulated) = (self.step(modulation.as_ref()), usize::from(modulation.is_some()));
        let inputs = vec![hidden.clone(), modulation.unwrap_or(hidden)];
        let buffers = vec![vec![self.shape()], vec![Shape::from([self.count()])]];
        let mut out = queue("norm", inputs, buffers, move |run| {
            let Groups { across, all } = Groups::new(self.count().div_ceil(ROWS));
            let mut words = Words::new([self.count(), width, places, step, modulated, across as usize]);
            words.0.extend([TINY.to_bits(), 0]);
            FORWARD.launch(run.client, run.handles(), words, all);
        });
        let inverse = out.swap_remove(1);
        [out.swap_remove(0), inverse]
    }

    /// The gradients of the rows, and of their modulation where `learns` asks for it.
    fn backward(self, kept: Kept, pull: Plain, learns: bool) -> Vec<Plain> {
        let Self { images, places, width } = self;
        let Kept { hidden, modulation, inverse } = kept;
        let (step, modulated) = (self.step(modulation.as_ref()), usize::from(modulation.is_some()));
        let shape = modulation.as_ref().filter(|_| learns).map(|modulation| modulation.shape.clone());
        let shared = shape.as_ref().is_some_and(|shape| shape[0] < images);
        let buffers = [Some(vec![self.shape()]), shape.map(|shape| vec![shape])].into_iter().flatten().collect();
        let inputs = vec![pull, hidden.clone(), inverse, modulation.unwrap_or(hidden)];
        queue("norm backwards", inputs, buffers, move |run| {
            let row_groups = self.count().div_ceil(ROWS);
            let column_groups = if run.buffers.len() > 1 { width.div_ceil(COLUMNS) } else { 0 };
            let count = row_groups + images * column_groups;
            let Groups { across, all } = Groups::new(count);
            let words =
                [self.count(), width, places, step, modulated, row_groups, column_groups, across as usize, count];
            let words = Words::new(words);
            let of_modulation = match (run.buffers.len(), shared) {
                (1, _) => run.client.empty(4),
                (_, false) => run.buffer(1),
                (_, true) => run.client.empty(4 * images * 2 * width),
            };
            let bound = (0..4).map(|index| run.input(index)).chain([run.buffer(0), of_modulation.clone()]);
            BACKWARD.launch(run.client, bound, words, all);
            if shared {
                sum(run.client, [of_modulation, run.buffer(1)], 2 * width, images);
            }
        })
    }
}

/// What gradients are made from.
#[derive(Clone, Debug)]
struct Kept {
    hidden: Plain,
    modulation: Option<Plain>,
    inverse: Plain,
}

/// [`crate::modulated`].
pub(crate) fn modulated(hidden: Tensor<3>, modulation: Option<Tensor<2>>) -> Tensor<3> {
    let [images, places, width] = hidden.dims();
    let rows = Rows { images, places, width };
    if !hidden.is_autodiff() && !modulation.as_ref().is_some_and(Tensor::is_autodiff) {
        let [out, _] = rows.forward(plain(hidden), modulation.map(plain));
        return Tensor::from_primitive::<Wgpu>(out);
    }
    let hidden = tracked(hidden);
    match modulation {
        Some(modulation) => learning(rows, [hidden, tracked(modulation)]),
        None => learning(rows, [hidden]),
    }
}

/// The rows, and their modulation if there is one, with gradients.
fn learning<const N: usize>(rows: Rows, parents: [Tracked; N]) -> Tensor<3> {
    let mut values = Vec::new();
    let nodes = parents.map(|parent| {
        let (value, node) = parent.into_parts();
        values.push(value);
        node
    });
    let mut values = values.into_iter();
    let hidden = values.next().expect("the rows");
    let modulation = values.next();
    let [out, inverse] = rows.forward(hidden.clone(), modulation.clone());
    let out = match Norm.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(ready) => ready.finish((rows, Kept { hidden, modulation, inverse }), out),
        OpsKind::UnTracked(ready) => ready.finish(out),
    };
    Tensor::from_primitive::<Autodiff<Wgpu>>(out)
}

/// Its parents are the rows, and their modulation if there is one.
#[derive(Debug)]
struct Norm;

impl<const N: usize> Backward<Wgpu, N> for Norm {
    type State = (Rows, Kept);

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let pull = gradients.consume::<Wgpu>(&ops.node);
        let (rows, kept) = ops.state;
        let learns = ops.parents.get(1).is_some_and(Option::is_some);
        for (node, gradient) in ops.parents.iter().zip(rows.backward(kept, pull, learns)) {
            if let Some(node) = node {
                gradients.register::<Wgpu>(node.id, gradient);
            }
        }
    }
}
