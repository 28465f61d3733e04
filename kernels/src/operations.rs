//! The kernels as operations on tensors of Burn's Flex backend, with their gradients.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};

use super::dense::{Forward, Gate, activated, backward, forward, of_left, of_right};
use super::functions::sine;
use super::norm::Rows;
use super::product::{Matrix, Panels};
use super::windows::{Framed, turned};
use super::{Activation, Moments};

/// The primitive without autodiff.
fn plain<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    tensor.try_into_primitive::<Flex>().expect("the tensor is on the CPU and without autodiff")
}

type Tracked = burn::backend::tensor::FloatTensor<Autodiff<Flex>>;

/// The primitive with autodiff.
fn tracked<const D: usize>(tensor: Tensor<D>) -> Tracked {
    tensor.autodiff().try_into_primitive::<Autodiff<Flex>>().expect("the tensor is on the CPU")
}

/// The same tensor with its values side by side.
fn packed(tensor: FlexTensor) -> FlexTensor {
    if tensor.as_slice::<f32>().is_some() { tensor } else { tensor.to_contiguous() }
}

/// Values of a packed tensor.
fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("the tensor is packed")
}

/// Values of a tensor, to be changed in their place if they are no other tensor's.
fn changed(tensor: FlexTensor, change: impl FnOnce(&mut [f32])) -> FlexTensor {
    let whole = |tensor: &FlexTensor| {
        tensor.as_slice::<f32>().is_some_and(|values| values.len() == tensor.storage::<f32>().len())
    };
    let mut tensor = if whole(&tensor) { tensor } else { tensor.to_contiguous() };
    change(tensor.storage_mut());
    tensor
}

fn matrix(tensor: &FlexTensor) -> Matrix<'_> {
    Matrix { values: values(tensor), columns: tensor.layout().shape()[1] }
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// [`super::sine`] of a tensor without autodiff.
pub(super) fn sine_of<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_primitive::<Flex>(changed(plain(x), sine))
}

/// `activation(x weight + bias)`.
pub(super) fn dense(x: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>, activation: Activation) -> Tensor<2> {
    let shape = [x.dims()[0], weight.dims()[1]];
    let run = |[x, weight, bias]: [&FlexTensor; 3], keep| {
        let bias = packed(bias.clone());
        forward(matrix(x), &Panels::of(matrix(weight)), values(&bias), activation, keep)
    };
    if ![x.is_autodiff(), weight.is_autodiff(), bias.is_autodiff()].contains(&true) {
        let (x, weight) = (packed(plain(x)), packed(plain(weight)));
        let Forward { out, .. } = run([&x, &weight, &plain(bias)], false);
        return Tensor::from_primitive::<Flex>(tensor(out, shape));
    }
    let ((x, x_node), (weight, weight_node), (bias, bias_node)) =
        (tracked(x).into_parts(), tracked(weight).into_parts(), tracked(bias).into_parts());
    let (x, weight) = (packed(x), packed(weight));
    let out = match Dense.prepare::<NoCheckpointing>([x_node, weight_node, bias_node]).compute_bound().stateful() {
        OpsKind::Tracked(ready) => {
            let Forward { out, slopes } = run([&x, &weight, &bias], true);
            let out = tensor(out, shape);
            let kept = Kept::new(activation, slopes, &out);
            ready.finish(State { x, weight, kept }, out)
        }
        OpsKind::UnTracked(ready) => ready.finish(tensor(run([&x, &weight, &bias], false).out, shape)),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(out)
}

/// What the gradient of an activation is made from.
#[derive(Clone, Debug)]
enum Kept {
    None,
    Slopes(Arc<Vec<f32>>),
    Output(FlexTensor),
}

impl Kept {
    fn new(activation: Activation, slopes: Vec<f32>, out: &FlexTensor) -> Self {
        match activation {
            Activation::None => Kept::None,
            Activation::Silu => Kept::Slopes(Arc::new(slopes)),
            Activation::Relu => Kept::Output(out.clone()),
        }
    }

    fn gate(&self) -> Gate<'_> {
        match self {
            Kept::None => Gate::None,
            Kept::Slopes(slopes) => Gate::Slopes(slopes),
            Kept::Output(output) => Gate::Output(values(output)),
        }
    }
}

#[derive(Debug)]
struct Dense;

#[derive(Clone, Debug)]
struct State {
    x: FlexTensor,
    weight: FlexTensor,
    kept: Kept,
}

impl Backward<Flex, 3> for Dense {
    type State = State;

    fn backward(self, ops: Ops<State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let State { x, weight, kept } = ops.state;
        let [inputs, outputs] = [0, 1].map(|axis| weight.layout().shape()[axis]);
        let mut sums = Vec::new();
        let gradient = changed(gradients.consume::<Flex>(&ops.node), |gradient| {
            sums = backward(gradient, outputs, kept.gate());
        });
        let rows = gradient.layout().shape()[0];
        let [to_x, to_weight, to_bias] = ops.parents;
        if let Some(node) = to_bias {
            gradients.register::<Flex>(node.id, tensor(sums, [outputs]));
        }
        if let Some(node) = to_weight {
            gradients.register::<Flex>(node.id, tensor(of_right(matrix(&x), matrix(&gradient)), [inputs, outputs]));
        }
        if let Some(node) = to_x {
            gradients.register::<Flex>(node.id, tensor(of_left(matrix(&gradient), matrix(&weight)), [rows, inputs]));
        }
    }
}

/// `activation` of a convolution of `hidden` `[n, height, across, channels]` with `weights` `[3 * channels, channels]` for each row of its window.
pub(super) fn convolution(
    hidden: Tensor<4>,
    weights: [Tensor<2>; 3],
    bias: Tensor<1>,
    activation: Activation,
) -> Tensor<4> {
    let shape = hidden.dims();
    let run = |hidden: FlexTensor, weights: &[f32], bias: FlexTensor, keep| {
        let bias = packed(bias);
        let framed = Framed::new(values(&packed(hidden)), shape);
        let weights = Matrix { values: weights, columns: shape[3] };
        (forward(&framed, &Panels::of(weights), values(&bias), activation, keep), framed)
    };
    if ![hidden.is_autodiff(), weights[0].is_autodiff(), bias.is_autodiff()].contains(&true) {
        let (Forward { out, .. }, _) = run(plain(hidden), &together(weights.map(plain)), plain(bias), false);
        return Tensor::from_primitive::<Flex>(tensor(out, shape));
    }
    let (hidden, hidden_node) = tracked(hidden).into_parts();
    let [above, middle, below] = weights.map(|weights| tracked(weights).into_parts());
    let (bias, bias_node) = tracked(bias).into_parts();
    let weights = together([above.0, middle.0, below.0]);
    let nodes = [hidden_node, above.1, middle.1, below.1, bias_node];
    let out = match Convolution.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(ready) => {
            let (Forward { out, slopes }, framed) = run(hidden, &weights, bias, true);
            let out = tensor(out, shape);
            let kept = Kept::new(activation, slopes, &out);
            ready.finish(Arc::new(Convolved { framed, weights, kept, shape }), out)
        }
        OpsKind::UnTracked(ready) => ready.finish(tensor(run(hidden, &weights, bias, false).0.out, shape)),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(out)
}

/// Weights of all rows of a window, one after the other.
fn together(weights: [FlexTensor; 3]) -> Vec<f32> {
    weights.map(|weights| values(&packed(weights)).to_vec()).concat()
}

#[derive(Debug)]
struct Convolution;

#[derive(Debug)]
struct Convolved {
    framed: Framed,
    weights: Vec<f32>,
    kept: Kept,
    shape: [usize; 4],
}

impl Backward<Flex, 5> for Convolution {
    type State = Arc<Convolved>;

    fn backward(self, ops: Ops<Arc<Convolved>, 5>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Convolved { framed, weights, kept, shape } = &*ops.state;
        let channels = shape[3];
        let mut sums = Vec::new();
        let gradient = changed(gradients.consume::<Flex>(&ops.node), |gradient| {
            sums = backward(gradient, channels, kept.gate());
        });
        let [to_hidden, to_above, to_middle, to_below, to_bias] = ops.parents;
        if let Some(node) = to_bias {
            gradients.register::<Flex>(node.id, tensor(sums, [channels]));
        }
        let to_weights = [to_above, to_middle, to_below];
        if to_weights.iter().any(Option::is_some) {
            let of_weights = of_right(framed, Matrix { values: values(&gradient), columns: channels });
            for (node, of_row) in to_weights.into_iter().zip(of_weights.chunks_exact(3 * channels * channels)) {
                if let Some(node) = node {
                    gradients.register::<Flex>(node.id, tensor(of_row.to_vec(), [3 * channels, channels]));
                }
            }
        }
        if let Some(node) = to_hidden {
            let weights = turned(weights, channels);
            let right = Panels::of(Matrix { values: &weights, columns: channels });
            let framed = Framed::new(values(&gradient), *shape);
            let Forward { out, .. } = forward(&framed, &right, &vec![0.0; channels], Activation::None, false);
            gradients.register::<Flex>(node.id, tensor(out, *shape));
        }
    }
}

/// [`super::modulated`].
pub(super) fn modulated(hidden: Tensor<3>, modulation: Tensor<2>) -> Tensor<3> {
    let shape @ [_, places, width] = hidden.dims();
    let rows = Rows { width, places };
    if ![hidden.is_autodiff(), modulation.is_autodiff()].contains(&true) {
        let (hidden, modulation) = (packed(plain(hidden)), packed(plain(modulation)));
        let (out, _) = rows.forward(values(&hidden), values(&modulation));
        return Tensor::from_primitive::<Flex>(tensor(out, shape));
    }
    let (hidden, hidden_node) = tracked(hidden).into_parts();
    let (modulation, modulation_node) = tracked(modulation).into_parts();
    let (hidden, modulation) = (packed(hidden), packed(modulation));
    let (out, inverse) = rows.forward(values(&hidden), values(&modulation));
    let out = tensor(out, shape);
    let out = match Modulated.prepare::<NoCheckpointing>([hidden_node, modulation_node]).compute_bound().stateful() {
        OpsKind::Tracked(ready) => ready.finish(Entered { rows, hidden, modulation, inverse: Arc::new(inverse) }, out),
        OpsKind::UnTracked(ready) => ready.finish(out),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(out)
}

#[derive(Debug)]
struct Modulated;

#[derive(Clone, Debug)]
struct Entered {
    rows: Rows,
    hidden: FlexTensor,
    modulation: FlexTensor,
    /// One over each row's root of its mean square.
    inverse: Arc<Vec<f32>>,
}

impl Backward<Flex, 2> for Modulated {
    type State = Entered;

    fn backward(self, ops: Ops<Entered, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let Entered { rows, hidden, modulation, inverse } = ops.state;
        let mut of_modulation = Vec::new();
        let of_hidden = changed(gradients.consume::<Flex>(&ops.node), |gradient| {
            of_modulation = rows.backward(values(&hidden), values(&modulation), &inverse, gradient);
        });
        let [to_hidden, to_modulation] = ops.parents;
        if let Some(node) = to_hidden {
            gradients.register::<Flex>(node.id, of_hidden);
        }
        if let Some(node) = to_modulation {
            let shape = [0, 1].map(|axis| modulation.layout().shape()[axis]);
            gradients.register::<Flex>(node.id, tensor(of_modulation, shape));
        }
    }
}

/// SiLU of `z`.
pub(super) fn silu<const D: usize>(z: Tensor<D>) -> Tensor<D> {
    if !z.is_autodiff() {
        return Tensor::from_primitive::<Flex>(changed(plain(z), |values| {
            drop(activated(values, Activation::Silu, false))
        }));
    }
    let (z, node) = tracked(z).into_parts();
    let mut slopes = Vec::new();
    let out = match Silu.prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
        OpsKind::Tracked(ready) => {
            let out = changed(z, |values| slopes = activated(values, Activation::Silu, true));
            ready.finish(slopes, out)
        }
        OpsKind::UnTracked(ready) => {
            ready.finish(changed(z, |values| drop(activated(values, Activation::Silu, false))))
        }
    };
    Tensor::from_primitive::<Autodiff<Flex>>(out)
}

#[derive(Debug)]
struct Silu;

impl Backward<Flex, 1> for Silu {
    type State = Vec<f32>;

    fn backward(self, ops: Ops<Vec<f32>, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        let [parent] = ops.parents;
        if let Some(node) = parent {
            let gradient = changed(gradient, |gradient| {
                let columns = gradient.len();
                drop(backward(gradient, columns, Gate::Slopes(&ops.state)));
            });
            gradients.register::<Flex>(node.id, gradient);
        }
    }
}

/// Moves `weights` by one step of Adam, and `average` towards them.
pub(super) fn adam<const D: usize>(
    moments: &mut Moments,
    weights: Tensor<D>,
    average: Tensor<D>,
    gradient: Option<Tensor<D>>,
    learning_rate: f64,
    decay: f64,
) -> [Tensor<D>; 2] {
    let gradient = gradient.map(|gradient| packed(plain(gradient)));
    let mut weights = plain(weights);
    let average = changed(plain(average), |average| {
        weights = changed(weights.clone(), |weights| {
            moments.step(weights, average, gradient.as_ref().map(values), learning_rate, decay);
        });
    });
    [weights, average].map(Tensor::from_primitive::<Flex>)
}
