//! What networks are made of, by kernels of our own on the CPU engine and on WebGPU, and by plain Burn on every other device.
//!
//! Burn's Flex backend computes exponentials and sines one by one, passes over memory for each operation, and keeps what its gradients need
//! of each. Here a dense layer is one operation, forwards and backwards: a product, and its activation while the rows are near. On WebGPU each
//! dispatch costs the browser more than the little work in it, and a layer is one dispatch forwards and one backwards. Plain Burn is the
//! reference that the tests hold them to.

#[cfg(feature = "cpu")]
mod adam;
#[cfg(feature = "cpu")]
mod dense;
#[cfg(feature = "cpu")]
mod functions;
#[cfg(feature = "webgpu")]
pub mod gpu;
#[cfg(feature = "cpu")]
mod norm;
#[cfg(feature = "cpu")]
mod operations;
#[cfg(feature = "cpu")]
mod product;
#[cfg(feature = "cpu")]
mod simd;
#[cfg(feature = "cpu")]
mod windows;

use std::cell::Cell;

use burn::nn::Linear;
use burn::tensor::activation::{self, relu};
use burn::tensor::{Device, Tensor};

thread_local! {
    static PLAIN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread computes with plain Burn on every engine, from now on: the reference of tests and benchmarks.
pub fn use_plain_burn(plain: bool) {
    PLAIN.set(plain);
}

/// Whether the CPU's kernels compute on `device`.
pub fn ours(device: &Device) -> bool {
    !PLAIN.get() && is_cpu(device)
}

/// Whether the GPU's kernels compute on `device`.
pub fn on_gpu(device: &Device) -> bool {
    cfg!(feature = "webgpu") && !PLAIN.get() && !is_cpu(device)
}

#[cfg(feature = "cpu")]
fn is_cpu(device: &Device) -> bool {
    *device == Device::flex()
}

#[cfg(not(feature = "cpu"))]
fn is_cpu(_: &Device) -> bool {
    false
}

/// What follows a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// `z / (1 + e^-z)`.
    Silu,
    /// `max(z, 0)`.
    Relu,
}

impl Activation {
    fn of<const D: usize>(self, z: Tensor<D>) -> Tensor<D> {
        match self {
            Activation::None => z,
            Activation::Silu => activation::silu(z),
            Activation::Relu => relu(z),
        }
    }
}

/// `activation(x W + b)` `[n, outputs]` of `x` `[n, inputs]`.
pub fn dense(x: Tensor<2>, layer: &Linear, activation: Activation) -> Tensor<2> {
    #[cfg(feature = "cpu")]
    if let (true, Some(bias)) = (ours(&x.device()), &layer.bias) {
        return operations::dense(x, layer.weight.val(), bias.val(), activation);
    }
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&x.device()) && !x.dims().contains(&0), &layer.bias) {
        return gpu::dense(x, layer.weight.val(), bias.val(), activation);
    }
    activation.of(layer.forward(x))
}

/// `x W + b` `[n, outputs]` of few rows `x` `[n, inputs]`, with which the CPU's kernels gain nothing.
pub fn affine(x: Tensor<2>, layer: &Linear) -> Tensor<2> {
    if on_gpu(&x.device()) { dense(x, layer, Activation::None) } else { layer.forward(x) }
}

/// `activation` of `layer` along the places of `hidden` `[n, places, width]`, with the same weights for every channel: `[n, outputs, width]`.
pub fn over_places(hidden: Tensor<3>, layer: &Linear, activation: Activation) -> Tensor<3> {
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&hidden.device()) && !hidden.dims().contains(&0), &layer.bias) {
        let after = gpu::After::Activation(activation);
        return gpu::over_places(hidden, layer.weight.val(), bias.val(), after, None);
    }
    // The weights multiply from the left, which spares two transpositions.
    let mixed = layer.weight.val().transpose().unsqueeze::<3>().matmul(hidden);
    activation.of(match &layer.bias {
        Some(bias) => mixed + bias.val().reshape([1, -1, 1]),
        None => mixed,
    })
}

/// `residual` `[n, outputs, width]` and [`over_places`] without activation.
pub fn residual_over_places(residual: Tensor<3>, hidden: Tensor<3>, layer: &Linear) -> Tensor<3> {
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&hidden.device()) && !hidden.dims().contains(&0), &layer.bias) {
        let after = gpu::After::Residual;
        return gpu::over_places(hidden, layer.weight.val(), bias.val(), after, Some(residual));
    }
    residual + over_places(hidden, layer, Activation::None)
}

/// `residual`, of the shape of `hidden`, and its [`convolution`] without activation.
pub fn residual_convolution(residual: Tensor<4>, hidden: Tensor<4>, rows: [&Linear; 3]) -> Tensor<4> {
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&hidden.device()) && !hidden.dims().contains(&0), &rows[1].bias) {
        let after = gpu::After::Residual;
        return gpu::convolution(hidden, rows.map(|row| row.weight.val()), bias.val(), after, Some(residual));
    }
    residual + convolution(hidden, rows, Activation::None)
}

/// `activation` of a convolution of `hidden` `[n, height, across, channels]` with a window of three by three places and zeros beyond the edge, as many
/// channels after as before. Each of `rows` has the weights `[3 * channels, channels]` of a row of the window, of three places side by side; the bias is the
/// middle one's.
///
/// Without kernels it is one product for each row, of the places side by side, which are copied for it.
pub fn convolution(hidden: Tensor<4>, rows: [&Linear; 3], activation: Activation) -> Tensor<4> {
    #[cfg(feature = "cpu")]
    if let (true, Some(bias)) = (ours(&hidden.device()), &rows[1].bias) {
        return operations::convolution(hidden, rows.map(|row| row.weight.val()), bias.val(), activation);
    }
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&hidden.device()) && !hidden.dims().contains(&0), &rows[1].bias) {
        let after = gpu::After::Activation(activation);
        return gpu::convolution(hidden, rows.map(|row| row.weight.val()), bias.val(), after, None);
    }
    let [images, height, across, width] = hidden.dims();
    let device = hidden.device();
    let edge = Tensor::<4>::zeros([images, height, 1, width], &device);
    let framed = Tensor::cat(vec![edge.clone(), hidden, edge], 2);
    let beside = Tensor::cat((0..3).map(|k| framed.clone().narrow(2, k, across)).collect(), 3);
    let beside = beside.reshape([images * height * across, 3 * width]);
    let [above, middle, below] = rows.map(|row| row.forward(beside.clone()).reshape([images, height, across, width]));
    let edge = Tensor::<4>::zeros([images, 1, across, width], &device);
    let above = Tensor::cat(vec![edge.clone(), above.narrow(1, 0, height - 1)], 1);
    let below = Tensor::cat(vec![below.narrow(1, 1, height - 1), edge], 1);
    activation.of(middle + above + below)
}

/// What a mean square is taken to be more than it is, before its root is divided by.
const TINY: f32 = 1e-5;

/// `unit (1 + scale) + shift` of the rows of `hidden` `[n, places, width]`, each with a mean square of one over its `width` numbers (arXiv 1910.07467,
/// without a gain), by the `width` scales and as many shifts of `modulation` `[n or 1, 2 * width]`; all zero without it.
pub fn modulated(hidden: Tensor<3>, modulation: Option<Tensor<2>>) -> Tensor<3> {
    let [.., width] = hidden.dims();
    #[cfg(feature = "cpu")]
    if ours(&hidden.device()) {
        let modulation = modulation.unwrap_or_else(|| Tensor::zeros([1, 2 * width], &hidden.device()));
        return operations::modulated(hidden, modulation);
    }
    #[cfg(feature = "webgpu")]
    if on_gpu(&hidden.device()) && !hidden.dims().contains(&0) {
        return gpu::modulated(hidden, modulation);
    }
    let power = hidden.clone().square().mean_dim(2);
    let unit = hidden * power.add_scalar(TINY).sqrt().recip();
    let Some(modulation) = modulation else {
        return unit;
    };
    let [rows, _] = modulation.dims();
    let [scale, shift] = [0, 1].map(|part| modulation.clone().narrow(1, part * width, width).reshape([rows, 1, width]));
    unit * scale.add_scalar(1.0) + shift
}

/// SiLU of each number.
pub fn silu<const D: usize>(z: Tensor<D>) -> Tensor<D> {
    #[cfg(feature = "cpu")]
    if ours(&z.device()) {
        return operations::silu(z);
    }
    activation::silu(z)
}

/// The sine of each number; within 2 units in the last place on the CPU engine, unless gradients are to go through it.
pub fn sine(x: Tensor<2>) -> Tensor<2> {
    #[cfg(feature = "cpu")]
    if ours(&x.device()) && !x.is_autodiff() {
        return operations::sine_of(x);
    }
    x.sin()
}

/// Fixed waves `sin(z P + phase)`: `P` `[inputs, waves]` and `phase` `[1, waves]`, without autodiff.
#[derive(Clone, Debug)]
pub struct Waves {
    /// `P`.
    pub projection: Tensor<2>,
    /// `phase`.
    pub phase: Tensor<2>,
}

/// Points `x` `[n, d]`, their waves by `place`, and those of their levels `[n or 1, 1]` by `pace`, side by side, where there is a kernel for it: on the GPU,
/// and without gradients.
pub fn features(x: &Tensor<2>, place: Option<Waves>, level: &Tensor<2>, pace: Waves) -> Option<Tensor<2>> {
    #[cfg(feature = "webgpu")]
    if on_gpu(&x.device()) && !x.dims().contains(&0) && !x.is_autodiff() && !level.is_autodiff() {
        return Some(gpu::features(x.clone(), place, level.clone(), pace));
    }
    let _ = (x, place, level, pace);
    None
}

/// Images `x` `[n, d]` of `grid` by `grid` patches of `patch` by `patch` pixels as rows of patches `[n * grid * grid, inputs]`; with `around`
/// each is the middle one of nine, with zeros beyond the image. Where there is a kernel for it: on the GPU, and without gradients.
pub fn patches(x: &Tensor<2>, [grid, patch]: [usize; 2], around: bool) -> Option<Tensor<2>> {
    #[cfg(feature = "webgpu")]
    if on_gpu(&x.device()) && !x.dims().contains(&0) && !x.is_autodiff() {
        return Some(gpu::patches(x.clone(), [grid, patch], around));
    }
    let _ = (x, grid, patch, around);
    None
}

/// What a network's raw output `F` says of the noise in a VP state `x` of noise `sigma`, with `s = 1 / sqrt(sigma^2 + 1)` and `r = sigma s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// `r x + s F`.
    Velocity,
    /// `F`.
    Noise,
    /// `(x - s F) / r`.
    Denoised,
    /// `-r F`.
    Score,
}

/// Points that the noise is to be found in, all without autodiff.
#[derive(Clone, Debug)]
pub struct Noised {
    /// VP states, `[n, d]`.
    pub x: Tensor<2>,
    /// The noise in them, `[n, d]`.
    pub noise: Tensor<2>,
    /// `ln sigma`, `[n, 1]`.
    pub level: Tensor<2>,
    /// How much their squared errors count, `[n, 1]`; all alike if nothing.
    pub weight: Option<Tensor<2>>,
}

/// The mean `[1]` of squared errors of the noise by `raw` `[n, d]`, where there is a kernel for it: on the GPU, and with gradients.
pub fn loss(raw: &Tensor<2>, meaning: Meaning, of: &Noised) -> Option<Tensor<1>> {
    #[cfg(feature = "webgpu")]
    if on_gpu(&raw.device()) && !raw.dims().contains(&0) && raw.is_autodiff() {
        return Some(gpu::loss(raw.clone(), meaning, of.clone()));
    }
    let _ = (raw, meaning, of);
    None
}

/// [`loss`] of what `head` makes of `features` `[n, inputs]`, in one dispatch less.
pub fn loss_of_head(features: &Tensor<2>, head: &Linear, meaning: Meaning, of: &Noised) -> Option<Tensor<1>> {
    #[cfg(feature = "webgpu")]
    if let (true, Some(bias)) = (on_gpu(&features.device()) && !features.dims().contains(&0), &head.bias)
        && (features.is_autodiff() || head.weight.val().is_autodiff())
    {
        return Some(gpu::loss_of_head(features.clone(), head.weight.val(), bias.val(), meaning, of.clone()));
    }
    let _ = (features, head, meaning, of);
    None
}

/// The moments of one parameter's gradient, for [`adam`]; empty before its first step.
#[derive(Clone, Debug, Default)]
pub struct Moments {
    /// Running mean of the gradient.
    pub first: Vec<f32>,
    /// Running mean of its square.
    pub second: Vec<f32>,
    /// Steps taken.
    pub steps: usize,
}

/// `weights` after a step of Adam against `gradient`, if there is one, and `average` after it moved towards them; all without autodiff, and on a device
/// of [`ours`].
pub fn adam<const D: usize>(
    moments: &mut Moments,
    weights: Tensor<D>,
    average: Tensor<D>,
    gradient: Option<Tensor<D>>,
    learning_rate: f64,
    decay: f64,
) -> [Tensor<D>; 2] {
    #[cfg(feature = "cpu")]
    return operations::adam(moments, weights, average, gradient, learning_rate, decay);
    #[cfg(not(feature = "cpu"))]
    {
        let _ = (moments, gradient, learning_rate, decay);
        [weights, average]
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests;
