//! The loss of an estimate of the noise, with its gradient.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Wgpu};
use burn::tensor::{Shape, Tensor};
use cubecl::CubeCount;

use super::dense::{After, Kept, Product};
use super::{Kernel, Plain, Words, plain, queue, tracked};
use crate::{Meaning, Noised};

const LOSS: Kernel = Kernel { name: "fewsteps loss", parts: &[include_str!("loss.wgsl")], filled: &[] };

/// [`crate::loss`].
pub(crate) fn loss(raw: Tensor<2>, meaning: Meaning, of: Noised) -> Tensor<1> {
    let (raw, node) = tracked(raw).into_parts();
    let (loss, gradient) = both(raw, meaning, of);
    let out = match Loss.prepare::<NoCheckpointing>([node]).compute_bound().stateful() {
        OpsKind::Tracked(ready) => ready.finish(gradient, loss),
        OpsKind::UnTracked(ready) => ready.finish(loss),
    };
    Tensor::from_primitive::<Autodiff<Wgpu>>(out)
}

/// [`crate::loss_of_head`].
pub(crate) fn loss_of_head(
    features: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    meaning: Meaning,
    of: Noised,
) -> Tensor<1> {
    let product = Product::dense(&features, &weight, After::Scale);
    let shape = Shape::from([product.rows, product.columns]);
    let (features, features_node) = tracked(features).into_parts();
    let (weight, weight_node) = tracked(weight).into_parts();
    let (bias, bias_node) = tracked(bias).into_parts();
    let (raw, _) = product.forward(vec![features.clone(), weight.clone(), bias], shape, false);
    let (loss, gradient) = both(raw, meaning, of);
    let nodes = [features_node, weight_node, bias_node];
    let out = match OfHead.prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(ready) => {
            let kept = Kept { x: features, weights: vec![weight], gate: None };
            ready.finish((product, kept, gradient), loss)
        }
        OpsKind::UnTracked(ready) => ready.finish(loss),
    };
    Tensor::from_primitive::<Autodiff<Wgpu>>(out)
}

/// The loss `[1]` and its gradient `[n, d]`.
fn both(raw: Plain, meaning: Meaning, of: Noised) -> (Plain, Plain) {
    let shape = raw.shape.clone();
    let (rows, dimension) = (shape[0], shape[1]);
    let weighted = usize::from(of.weight.is_some());
    let level = plain(of.level);
    let weight = of.weight.map_or_else(|| level.clone(), plain);
    let output = match meaning {
        Meaning::Velocity => 0,
        Meaning::Noise => 1,
        Meaning::Denoised => 2,
        Meaning::Score => 3,
    };
    let inputs = vec![raw, plain(of.x), plain(of.noise), level, weight];
    let mut out = queue("loss", inputs, vec![vec![Shape::from([1])], vec![shape]], move |run| {
        let words = Words::new([rows, dimension, weighted, output]);
        LOSS.launch(run.client, run.handles(), words, CubeCount::Static(1, 1, 1));
    });
    let gradient = out.swap_remove(1);
    (out.swap_remove(0), gradient)
}

#[derive(Debug)]
struct Loss;

impl Backward<Wgpu, 1> for Loss {
    type State = Plain;

    fn backward(self, ops: Ops<Plain, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let pull = gradients.consume::<Wgpu>(&ops.node);
        let [to_raw] = ops.parents;
        if let Some(node) = to_raw {
            let [pull, gradient] =
                [Tensor::<1>::from_primitive::<Wgpu>(pull).unsqueeze::<2>(), Tensor::from_primitive::<Wgpu>(ops.state)];
            gradients.register::<Wgpu>(node.id, plain(gradient * pull));
        }
    }
}

/// The loss of what a layer says: the gradient by the loss is a number that the layer's own backward pass multiplies by.
#[derive(Debug)]
struct OfHead;

impl Backward<Wgpu, 3> for OfHead {
    type State = (Product, Kept, Plain);

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let scale = gradients.consume::<Wgpu>(&ops.node);
        let (product, kept, gradient) = ops.state.clone();
        product.register(Kept { gate: Some(scale), ..kept }, gradient, &ops, gradients);
    }
}
