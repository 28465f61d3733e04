//! A dense layer and a convolution with their activations, forwards and backwards.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Wgpu};
use burn::tensor::{Shape, Tensor};

use super::{Groups, Kernel, Plain, Words, places, plain, queue, sum, tracked};
use crate::Activation;

/// Rows and columns of what a workgroup computes of a product.
const TILE: usize = 32;
/// Places of what a product sums over that a workgroup takes at once.
const STEP: usize = 16;
/// Workgroups that are enough to keep a GPU busy: with fewer, the rows that a gradient is summed over are split.
const BUSY: usize = 64;
/// Rows that are not worth splitting.
const FEW_ROWS: usize = 1024;

const PRODUCT: &str = concat!("const SILU = 1u;\nconst RELU = 2u;\nconst SCALED = 3u;\n", include_str!("product.wgsl"));
const FORWARD: &str = include_str!("forward.wgsl");
const BACKWARD: &str = include_str!("backward.wgsl");
const INPUT: &str = include_str!("input.wgsl");
const LAYER: &str = include_str!("layer.wgsl");
const WINDOWS: &str = include_str!("windows.wgsl");

const KEEP: (&str, &str) = ("keep", "slopes[at] = gate + z * gate * (1.0 - gate);");
const NO_SLOPES: [(&str, &str); 2] = [("slopes", ""), ("keep", "")];
const INPUT_TILE: (&str, &str) =
    ("input_tile", "else if (index < info.tiles) { input_tile(index - info.weight_tiles, unit); }");

/// The kernels of one kind of layer.
struct Kernels {
    forward: Kernel,
    forward_keeping: Kernel,
    backward: Kernel,
    backward_with_input: Kernel,
}

const DENSE: Kernels = Kernels {
    forward: Kernel {
        name: "fewsteps dense",
        parts: &[PRODUCT, FORWARD, LAYER],
        filled: &[("weight", "1"), ("bias", "2"), ("out", "3"), NO_SLOPES[0], NO_SLOPES[1], ("info", "4")],
    },
    forward_keeping: Kernel {
        name: "fewsteps dense, keeping",
        parts: &[PRODUCT, FORWARD, LAYER],
        filled: &[
            ("weight", "1"),
            ("bias", "2"),
            ("out", "3"),
            ("slopes", "@group(0) @binding(4) var<storage, read_write> slopes: array<f32>;"),
            KEEP,
            ("info", "5"),
        ],
    },
    backward: Kernel {
        name: "fewsteps dense backwards",
        parts: &[PRODUCT, BACKWARD, LAYER],
        filled: &[("weight", "5"), ("input_tile", ""), ("info", "4")],
    },
    backward_with_input: Kernel {
        name: "fewsteps dense backwards, with input",
        parts: &[PRODUCT, BACKWARD, LAYER, include_str!("layer_input.wgsl"), INPUT],
        filled: &[("weight", "4"), ("of_x", "5"), INPUT_TILE, ("info", "6")],
    },
};

const CONVOLUTION: Kernels = Kernels {
    forward: Kernel {
        name: "fewsteps convolution",
        parts: &[PRODUCT, FORWARD, WINDOWS],
        filled: &[
            ("weight", "1"),
            ("middle", "2"),
            ("below", "3"),
            ("bias", "4"),
            ("out", "5"),
            NO_SLOPES[0],
            NO_SLOPES[1],
            ("info", "6"),
        ],
    },
    forward_keeping: Kernel {
        name: "fewsteps convolution, keeping",
        parts: &[PRODUCT, FORWARD, WINDOWS],
        filled: &[
            ("weight", "1"),
            ("middle", "2"),
            ("below", "3"),
            ("bias", "4"),
            ("out", "5"),
            ("slopes", "@group(0) @binding(6) var<storage, read_write> slopes: array<f32>;"),
            KEEP,
            ("info", "7"),
        ],
    },
    backward: Kernel {
        name: "fewsteps convolution backwards",
        parts: &[PRODUCT, BACKWARD, WINDOWS],
        filled: &[("weight", "5"), ("middle", "6"), ("below", "7"), ("input_tile", ""), ("info", "4")],
    },
    backward_with_input: Kernel {
        name: "fewsteps convolution backwards, with input",
        parts: &[PRODUCT, BACKWARD, WINDOWS, include_str!("windows_input.wgsl"), INPUT],
        filled: &[("weight", "4"), ("middle", "5"), ("below", "6"), ("of_x", "7"), INPUT_TILE, ("info", "8")],
    },
};

/// What follows a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Activation(Activation),
    /// Backwards, a number that all gradients are multiplied by.
    Scale,
}

impl After {
    fn code(self) -> usize {
        match self {
            After::Activation(Activation::None) => 0,
            After::Activation(Activation::Silu) => 1,
            After::Activation(Activation::Relu) => 2,
            After::Scale => 3,
        }
    }
}

/// What is multiplied, `[rows, depth]` by `[depth, columns]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Product {
    pub(super) rows: usize,
    depth: usize,
    pub(super) columns: usize,
    /// Height and width of the images whose places with their neighbours are the rows.
    images: Option<[usize; 2]>,
    after: After,
}

impl Product {
    pub(super) fn dense(x: &Tensor<2>, weight: &Tensor<2>, after: After) -> Self {
        let ([rows, depth], [_, columns]) = (x.dims(), weight.dims());
        Self { rows, depth, columns, images: None, after }
    }

    fn convolution([images, height, width, channels]: [usize; 4], after: After) -> Self {
        let rows = images * height * width;
        Self { rows, depth: 9 * channels, columns: channels, images: Some([height, width]), after }
    }

    fn kernels(self) -> &'static Kernels {
        if self.images.is_some() { &CONVOLUTION } else { &DENSE }
    }

    /// Columns of what is in `x`.
    fn inputs(self) -> usize {
        if self.images.is_some() { self.columns } else { self.depth }
    }

    fn place_words(self) -> [usize; 3] {
        let [height, width] = self.images.unwrap_or_default();
        [height, width, self.columns]
    }

    /// The output of `shape`, and with `keep` what its gradient needs of the activation: SiLU's derivative, or the output.
    pub(super) fn forward(
        self,
        x: Plain,
        weights: Vec<Plain>,
        bias: Plain,
        shape: Shape,
        keep: bool,
    ) -> (Plain, Option<Plain>) {
        let Self { rows, depth, columns, after, .. } = self;
        let slopes = keep && after == After::Activation(Activation::Silu);
        let inputs = [vec![x], weights, vec![bias]].concat();
        let mut out = queue("layer", inputs, vec![vec![shape]; 1 + usize::from(slopes)], move |run| {
            let across = columns.div_ceil(TILE);
            let tiles = rows.div_ceil(TILE) * across;
            let Groups { across: groups, all } = Groups::new(tiles);
            let words = [rows, depth, columns, after.code(), across, tiles, groups as usize];
            let words = Words::new(words.into_iter().chain(self.place_words()));
            let Kernels { forward, forward_keeping, .. } = self.kernels();
            let kernel = if slopes { forward_keeping } else { forward };
            kernel.launch(run.client, run.handles(), words, all);
        });
        let kept = match after {
            After::Activation(Activation::Silu) if keep => out.pop(),
            After::Activation(Activation::Relu) if keep => Some(out[0].clone()),
            _ => None,
        };
        (out.swap_remove(0), kept)
    }

    /// Gradients of the weights and the bias, of these shapes, and of the input where its shape is given.
    fn backward(self, kept: Kept, pull: Plain, shapes: Vec<Shape>, input: Option<Shape>) -> Vec<Plain> {
        let Self { rows, depth, columns, after, .. } = self;
        let Kept { x, weights, gate } = kept;
        let gate = gate.unwrap_or_else(|| pull.clone());
        let with_input = input.is_some();
        let buffers = [Some(shapes.clone()), input.map(|shape| vec![shape])].into_iter().flatten().collect();
        let inputs = [vec![pull, gate, x], weights].concat();
        queue("layer backwards", inputs, buffers, move |run| {
            let (starts, bytes) = places(&shapes);
            let bias_start = starts[starts.len() - 1] as usize / 4;
            let size = bytes as usize / 4;
            let (segment, segment_size) = (depth / (starts.len() - 1), starts[1] as usize / 4);
            let across = columns.div_ceil(TILE);
            let part_tiles = depth.div_ceil(TILE) * across;
            let parts = rows.div_ceil(FEW_ROWS).min(BUSY.div_ceil(part_tiles));
            let part_rows = rows.div_ceil(parts).next_multiple_of(STEP);
            let weight_tiles = parts * part_tiles;
            let input_across = self.inputs().div_ceil(TILE);
            let tiles = weight_tiles + if with_input { rows.div_ceil(TILE) * input_across } else { 0 };
            let spread = if self.images.is_some() { depth } else { columns };
            let Groups { across: groups, all } = Groups::new(tiles);
            let words = [rows, depth, columns, after.code(), across, part_tiles, weight_tiles, tiles];
            let more = [groups as usize, part_rows, bias_start, size, segment, segment_size];
            let input = [self.inputs(), input_across, spread];
            let words = Words::new(words.into_iter().chain(more).chain(input).chain(self.place_words()));
            let of_weight = match parts {
                1 => run.buffer(0),
                _ => run.client.empty(4 * parts * size),
            };
            let mut bound: Vec<_> = (0..3).map(|index| run.input(index)).chain([of_weight.clone()]).collect();
            let Kernels { backward, backward_with_input, .. } = self.kernels();
            if with_input {
                bound.extend((3..run.inputs.len()).map(|index| run.input(index)).chain([run.buffer(1)]));
                backward_with_input.launch(run.client, bound, words, all);
            } else {
                backward.launch(run.client, bound, words, all);
            }
            if parts > 1 {
                sum(run.client, [of_weight, run.buffer(0)], size, parts);
            }
        })
    }

    /// Registers the gradients of an operation's parents, which are the input, the weights and the bias.
    pub(super) fn register<S, const N: usize>(
        self,
        kept: Kept,
        pull: Plain,
        ops: &Ops<S, N>,
        gradients: &mut Gradients,
    ) {
        let [to_input, to_others @ ..] = &ops.parents[..] else {
            return;
        };
        let mut shapes: Vec<Shape> = kept.weights.iter().map(|weight| weight.shape.clone()).collect();
        shapes.push(Shape::from([self.columns]));
        let input = to_input.as_ref().map(|_| kept.x.shape.clone());
        let found = self.backward(kept, pull, shapes, input);
        for (node, gradient) in to_others.iter().chain([to_input]).zip(found) {
            if let Some(node) = node {
                gradients.register::<Wgpu>(node.id, gradient);
            }
        }
    }
}

/// What a gradient is made from.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) x: Plain,
    pub(super) weights: Vec<Plain>,
    pub(super) gate: Option<Plain>,
}

/// `activation(x weight + bias)`.
pub(crate) fn dense(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>, activation: Activation) -> Tensor<2> {
    let product = Product::dense(&x, &weight, After::Activation(activation));
    let shape = Shape::from([product.rows, product.columns]);
    if ![x.is_autodiff(), weight.is_autodiff(), bias.is_autodiff()].contains(&true) {
        let (out, _) = product.forward(plain(x), vec![plain(weight)], plain(bias), shape, false);
        return Tensor::from_primitive::<Wgpu>(out);
    }
    let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
        (tracked(x).into_parts(), tracked(weight).into_parts(), tracked(bias).into_parts());
    let weights = vec![weight];
    let nodes = [x_node, weight_node, bias_node];
    let out = match Layer.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(ready) => {
            let (out, gate) = product.forward(x.clone(), weights.clone(), bias, shape, true);
            ready.finish((product, Kept { x, weights, gate }), out)
        }
        OpsKind::UnTracked(ready) => ready.finish(product.forward(x, weights, bias, shape, false).0),
    };
    Tensor::from_primitive::<Autodiff<Wgpu>>(out)
}

/// [`crate::convolution`] with the weights of each row of the window, and the bias.
pub(crate) fn convolution(
    hidden: Tensor<4>,
    weights: [Tensor<2>; 3],
    bias: Tensor<1>,
    activation: Activation,
) -> Tensor<4> {
    let product = Product::convolution(hidden.dims(), After::Activation(activation));
    let shape = hidden.shape();
    if ![hidden.is_autodiff(), weights[0].is_autodiff(), bias.is_autodiff()].contains(&true) {
        let (out, _) = product.forward(plain(hidden), weights.map(plain).into(), plain(bias), shape, false);
        return Tensor::from_primitive::<Wgpu>(out);
    }
    let (x, x_node) = tracked(hidden).into_parts();
    let [above, middle, below] = weights.map(|weight| tracked(weight).into_parts());
    let (bias, bias_node) = tracked(bias).into_parts();
    let weights = vec![above.0, middle.0, below.0];
    let nodes = [x_node, above.1, middle.1, below.1, bias_node];
    let out = match Layer.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(ready) => {
            let (out, gate) = product.forward(x.clone(), weights.clone(), bias, shape, true);
            ready.finish((product, Kept { x, weights, gate }), out)
        }
        OpsKind::UnTracked(ready) => ready.finish(product.forward(x, weights, bias, shape, false).0),
    };
    Tensor::from_primitive::<Autodiff<Wgpu>>(out)
}

/// A layer whose parents are its input, its weights and its bias.
#[derive(Debug)]
struct Layer;

impl<const N: usize> Backward<Wgpu, N> for Layer {
    type State = (Product, Kept);

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let pull = gradients.consume::<Wgpu>(&ops.node);
        let (product, kept) = ops.state.clone();
        product.register(kept, pull, &ops, gradients);
    }
}
