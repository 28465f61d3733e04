//! Networks for images over any trunk: patches, a trunk, and a head for each of velocity and turn.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor};
use rand::Rng;

use super::classes::Classes;
use super::fourier::Fourier;
use super::layers::{linear, silent};
use super::map::Course;
use super::mlp::level_frequencies;
use super::patches::{At, LEVEL_FEATURES, LEVEL_WIDTH, Patches};
use super::{Heads, LogSigma, Output};
use fewsteps_kernels::{Activation, dense};

/// What turns images and their level into features of every patch.
pub trait Trunk: Module {
    /// Features `[n, patches * width]` of images `x` `[n, d]`.
    fn features(&self, patches: Patches, x: Tensor<2>, at: At<'_>) -> Tensor<2>;
}

/// A residual block over the features of patches.
pub trait Residual: Module {
    /// `hidden` `[n, patches, width]` after the block, which sees it with a mean square of one at each patch.
    fn refine(&self, patches: Patches, hidden: Tensor<3>) -> Tensor<3>;
}

/// What a network has besides its trunk and blocks.
pub(super) struct Shape {
    pub(super) patches: Patches,
    pub(super) width: usize,
    pub(super) output: Output,
    pub(super) heads: Heads,
}

/// A trunk, a linear velocity head, and a turn head with a block of its own, on the same trunk or a second one.
#[derive(Module, Debug)]
pub struct ImageNetwork<T: Module, B: Module> {
    level: Fourier,
    pub(super) trunk: T,
    pub(super) velocity: Linear,
    pub(super) turn_block: B,
    pub(super) turn_out: Linear,
    turn_trunk: Option<T>,
    #[module(skip)]
    patches: Patches,
    #[module(skip)]
    pub(super) output: Output,
}

impl<T: Trunk, B: Residual> ImageNetwork<T, B> {
    /// A fresh network; the velocity starts near zero, the turn's own part at zero.
    pub(super) fn new<R: Rng>(
        shape: Shape,
        trunk: impl Fn(&mut R) -> T,
        block: impl Fn(&mut R) -> B,
        rng: &mut R,
        device: &Device,
    ) -> Self {
        let Shape { patches, width, output, heads } = shape;
        Self {
            level: Fourier::new(1, &level_frequencies(LEVEL_FEATURES / 2), device),
            trunk: trunk(rng),
            velocity: linear(width, patches.pixels(), 0.1, rng, device),
            turn_block: block(rng),
            turn_out: linear(width, patches.pixels(), 0.0, rng, device),
            turn_trunk: (heads == Heads::Separate).then(|| trunk(rng)),
            patches,
            output,
        }
    }

    pub(super) fn trunk(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Tensor<2> {
        self.trunk.features(self.patches, x, self.at(level, class))
    }

    fn at<'a>(&self, level: &LogSigma, class: Option<&'a Classes>) -> At<'a> {
        At { level: self.level.forward(level.0.clone()), class, step: None }
    }

    /// Features of the second trunk, where there is one.
    pub(super) fn turn_trunk(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Option<Tensor<2>> {
        let trunk = self.turn_trunk.as_ref()?;
        Some(trunk.features(self.patches, x, self.at(level, class)))
    }

    pub(super) fn velocity(&self, features: Tensor<2>) -> Tensor<2> {
        painted(self.patches, &self.velocity, self.patches.unroll(features))
    }

    pub(super) fn turn(&self, features: Tensor<2>) -> Tensor<2> {
        painted(self.patches, &self.turn_out, self.turn_block.refine(self.patches, self.patches.unroll(features)))
    }

    /// A flow map that begins as DDIM with this network's velocity.
    pub(super) fn map(&self) -> ImageMap<T> {
        let device = self.velocity.weight.device();
        ImageMap {
            level: self.level.clone(),
            strength: Fourier::new(1, &STRENGTHS, &device),
            trunk: self.trunk.clone(),
            step: silent(LEVEL_FEATURES, LEVEL_WIDTH, &device),
            guidance: silent(2 * STRENGTHS.len(), LEVEL_WIDTH, &device),
            velocity: self.velocity.clone(),
            patches: self.patches,
            output: self.output,
        }
    }
}

/// Images `[n, d]` whose patches `head` makes of `hidden` `[n, patches, width]`.
fn painted(patches: Patches, head: &Linear, hidden: Tensor<3>) -> Tensor<2> {
    let [images, count, width] = hidden.dims();
    patches.join(dense(hidden.reshape([images * count, width]), head, Activation::None), images)
}

/// Radians for one unit of guidance.
pub(super) const STRENGTHS: [f64; 3] = [0.5, 1.0, 2.0];

/// The velocity's trunk and head, with the step's end and the guidance added to what every block is conditioned on.
#[derive(Module, Debug)]
pub struct ImageMap<T: Module> {
    level: Fourier,
    strength: Fourier,
    trunk: T,
    step: Linear,
    guidance: Linear,
    velocity: Linear,
    #[module(skip)]
    patches: Patches,
    #[module(skip)]
    pub(super) output: Output,
}

impl<T: Trunk> ImageMap<T> {
    pub(super) fn raw(&self, x: Tensor<2>, course: Course<'_>) -> Tensor<2> {
        let level = self.level.forward(course.from.0.clone());
        let end = self.step.forward(self.level.forward(course.to.0.clone()));
        let step = match course.class {
            Some(_) => {
                let strength = Tensor::from_data([[course.guidance as f32]], &x.device());
                end + self.guidance.forward(self.strength.forward(strength))
            }
            None => end,
        };
        let at = At { level, class: course.class, step: Some(step) };
        let features = self.trunk.features(self.patches, x, at);
        painted(self.patches, &self.velocity, self.patches.unroll(features))
    }
}
