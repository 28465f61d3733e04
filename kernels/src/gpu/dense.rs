//! A dense layer, over columns or places, and a convolution with their activations, forwards and backwards.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Wgpu};
use burn::tensor::{Shape, Tensor};

use super::{Groups, Kernel, Plain, Tracked, Words, places, plain, queue, sum, tracked};
use crate::Activation;

/// Rows and columns of what a workgroup computes of a product.
const TILE: usize = 32;
/// Places of what a product sums over that a workgroup takes at once.
const STEP: usize = 16;
/// Workgroups that are enough to keep a GPU busy: with fewer, the rows that a gradient is summed over are split.
const BUSY: usize = 64;
/// Rows that are not worth splitting.
const FEW_ROWS: usize = 1024;

const PRODUCT: &str = concat!(
    "const SILU = 1u;\nconst RELU = 2u;\nconst SCALED = 3u;\nconst ADDED = 4u;\n",
    include_str!("product.wgsl")
);
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
        filled: &[
            ("weight", "1"),
            ("bias", "2"),
            ("residual", "3"),
            ("out", "4"),
            NO_SLOPES[0],
            NO_SLOPES[1],
            ("info", "5"),
        ],
    },
    forward_keeping: Kernel {
        name: "fewsteps dense, keeping",
        parts: &[PRODUCT, FORWARD, LAYER],
        filled: &[
            ("weight", "1"),
            ("bias", "2"),
            ("residual", "3"),
            ("out", "4"),
            ("slopes", "@group(0) @binding(5) var<storage, read_write> slopes: array<f32>;"),
            KEEP,
            ("info", "6"),
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
            ("residual", "5"),
            ("out", "6"),
            NO_SLOPES[0],
            NO_SLOPES[1],
            ("info", "7"),
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
            ("residual", "5"),
            ("out", "6"),
            ("slopes", "@group(0) @binding(7) var<storage, read_write> slopes: array<f32>;"),
            KEEP,
            ("info", "8"),
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
pub(crate) enum After {
    Activation(Activation),
    /// Forwards, a residual of the output's shape that it is added to.
    Residual,
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
            After::Residual => 4,
        }
    }
}

/// What is multiplied, `[rows, depth]` by `[depth, columns]`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Product {
    pub(super) rows: usize,
    depth: usize,
    pub(super) columns: usize,
    rows_are: Rows,
    after: After,
}

/// What the rows of a product are.
#[derive(Clone, Copy, Debug)]
enum Rows {
    /// As many channels of images, each with its values at all places; a matrix has images of one channel.
    Channels(usize),
    /// Places of images of this height and width, each with its neighbours.
    Windows([usize; 2]),
}

impl Product {
    pub(super) fn dense(x: &Tensor<2>, weight: &Tensor<2>, after: After) -> Self {
        let ([rows, depth], [_, columns]) = (x.dims(), weight.dims());
        Self { rows, depth, columns, rows_are: Rows::Channels(1), after }
    }

    fn over_places([images, places, width]: [usize; 3], weight: &Tensor<2>, after: After) -> Self {
        let columns = weight.dims()[1];
        Self { rows: images * width, depth: places, columns, rows_are: Rows::Channels(width), after }
    }

    fn convolution([images, height, width, channels]: [usize; 4], after: After) -> Self {
        let rows = images * height * width;
        Self { rows, depth: 9 * channels, columns: channels, rows_are: Rows::Windows([height, width]), after }
    }

    fn kernels(self) -> &'static Kernels {
        if self.windows() { &CONVOLUTION } else { &DENSE }
    }

    fn windows(self) -> bool {
        matches!(self.rows_are, Rows::Windows(_))
    }

    /// Columns of what is in `x`.
    fn inputs(self) -> usize {
        if self.windows() { self.columns } else { self.depth }
    }

    fn place_words(self) -> [usize; 3] {
        match self.rows_are {
            Rows::Channels(channels) => [0, 0, channels],
            Rows::Windows([height, width]) => [height, width, self.columns],
        }
    }

    /// How many tensors the weights are.
    fn weights(self) -> usize {
        if self.windows() { 3 } else { 1 }
    }

    /// The output of `shape`, and with `keep` what its gradient needs of the activation: SiLU's derivative, or the output. `inputs` are what is
    /// multiplied, the weights, the bias, and the residual if there is one.
    pub(super) fn forward(self, mut inputs: Vec<Plain>, shape: Shape, keep: bool) -> (Plain, Option<Plain>) {
        let Self { rows, depth, columns, after, .. } = self;
        let slopes = keep && after == After::Activation(Activation::Silu);
        if after != After::Residual {
            inputs.push(inputs[0].clone());
        }
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
            let spread = if self.windows() { depth } else { columns };
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

    /// Registers the gradients of an operation's parents, which are the input, the weights, the bias, and the residual if there is one.
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
        let (to_layer, to_residual) = to_others.split_at(kept.weights.len() + 1);
        if let [Some(node)] = to_residual {
            gradients.register::<Wgpu>(node.id, pull.clone());
        }
        let mut shapes: Vec<Shape> = kept.weights.iter().map(|weight| weight.shape.clone()).collect();
        shapes.push(Shape::from([self.columns]));
        let input = to_input.as_ref().map(|_| kept.x.shape.clone());
        let found = self.backward(kept, pull, shapes, input);
        for (node, gradient) in to_layer.iter().chain([to_input]).zip(found) {
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
    if [x.is_autodiff(), weight.is_autodiff(), bias.is_autodiff()].contains(&true) {
        return learning(product, shape, [tracked(x), tracked(weight), tracked(bias)]);
    }
    still(product, shape, vec![plain(x), plain(weight), plain(bias)])
}

/// [`crate::over_places`] with the weights and the bias, and a residual where the activation is none.
pub(crate) fn over_places(
    x: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    after: After,
    residual: Option<Tensor<3>>,
) -> Tensor<3> {
    let shape @ [images, _, width] = x.dims();
    let product = Product::over_places(shape, &weight, after);
    let shape = Shape::from([images, product.columns, width]);
    let residual_learns = residual.as_ref().is_some_and(Tensor::is_autodiff);
    if ![x.is_autodiff(), weight.is_autodiff(), bias.is_autodiff(), residual_learns].contains(&true) {
        let inputs = [plain(x), plain(weight), plain(bias)].into_iter().chain(residual.map(plain));
        return still(product, shape, inputs.collect());
    }
    let [x, weight, bias] = [tracked(x), tracked(weight), tracked(bias)];
    match residual {
        Some(residual) => learning(product, shape, [x, weight, bias, tracked(residual)]),
        None => learning(product, shape, [x, weight, bias]),
    }
}

/// [`crate::convolution`] with the weights of each row of the window and the bias, and a residual where the activation is none.
pub(crate) fn convolution(
    hidden: Tensor<4>,
    [above, middle, below]: [Tensor<2>; 3],
    bias: Tensor<1>,
    after: After,
    residual: Option<Tensor<4>>,
) -> Tensor<4> {
    let product = Product::convolution(hidden.dims(), after);
    let shape = hidden.shape();
    let residual_learns = residual.as_ref().is_some_and(Tensor::is_autodiff);
    if ![hidden.is_autodiff(), above.is_autodiff(), bias.is_autodiff(), residual_learns].contains(&true) {
        let inputs = [plain(hidden), plain(above), plain(middle), plain(below), plain(bias)];
        return still(product, shape, inputs.into_iter().chain(residual.map(plain)).collect());
    }
    let [x, above, middle, below, bias] =
        [tracked(hidden), tracked(above), tracked(middle), tracked(below), tracked(bias)];
    match residual {
        Some(residual) => learning(product, shape, [x, above, middle, below, bias, tracked(residual)]),
        None => learning(product, shape, [x, above, middle, below, bias]),
    }
}

/// A layer without gradients, of [`Product::forward`]'s inputs.
fn still<const D: usize>(product: Product, shape: Shape, inputs: Vec<Plain>) -> Tensor<D> {
    Tensor::from_primitive::<Wgpu>(product.forward(inputs, shape, false).0)
}

/// The same with gradients.
fn learning<const D: usize, const N: usize>(product: Product, shape: Shape, parents: [Tracked; N]) -> Tensor<D> {
    let mut inputs = Vec::new();
    let nodes = parents.map(|parent| {
        let (value, node) = parent.into_parts();
        inputs.push(value);
        node
    });
    let out = match Layer.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(ready) => {
            let (x, weights) = (inputs[0].clone(), inputs[1..=product.weights()].to_vec());
            let (out, gate) = product.forward(inputs, shape, true);
            ready.finish((product, Kept { x, weights, gate }), out)
        }
        OpsKind::UnTracked(ready) => ready.finish(product.forward(inputs, shape, false).0),
    };
    Tensor::from_primitive::<Autodiff<Wgpu>>(out)
}

/// A layer whose parents are its input, its weights, its bias, and its residual if there is one.
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
