//! A multilayer perceptron for points in few dimensions.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use rand::Rng;
use serde::{Deserialize, Serialize};

use super::classes::{Classes, embedded};
use super::dual::Dual;
use super::fourier::Fourier;
use super::image::STRENGTHS;
use super::layers::{linear, silent, table, within};
use super::map::Course;
use super::patches::MOST_CLASSES;
use super::{Heads, LogSigma, Output};
use fewsteps_kernels::{Activation, Noised, dense, features, loss_of_head, ours, silu};

/// Shape of an [`Mlp`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MlpConfig {
    /// Coordinates of a point.
    pub dimension: usize,
    /// Units of a hidden layer.
    pub width: usize,
    /// Hidden layers of the trunk.
    pub depth: usize,
    /// Frequencies at which each coordinate enters besides itself, in radians for one unit.
    pub frequencies: Vec<f64>,
    /// Number of sine and cosine features of the level.
    pub level_features: usize,
    /// What the velocity head's raw output means; the headers of the shipped weights for points leave out the default.
    #[serde(default)]
    pub output: Output,
    /// What the turn head reads; left out like `output`.
    #[serde(default)]
    pub heads: Heads,
    /// Classes that it can be conditioned on; none if zero, which headers leave out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub classes: usize,
    /// Whether ReLU follows a hidden layer, and not SiLU; headers leave out the latter.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub relu: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(classes: &usize) -> bool {
    *classes == 0
}

/// How much wider one hidden layer is than each of three.
const WIDER: usize = 8;

impl MlpConfig {
    /// The playground's network for points: three hidden layers.
    pub fn points(dimension: usize, width: usize) -> Self {
        Self {
            dimension,
            width,
            depth: 3,
            frequencies: vec![1.0, 2.0, 4.0, 8.0],
            level_features: 32,
            output: Output::default(),
            heads: Heads::default(),
            classes: 0,
            relu: false,
        }
    }

    /// The same with one hidden layer, eight times as wide, and ReLU: 1.4 times the weights of three layers of 128 units.
    pub fn wide(self) -> Self {
        Self { width: WIDER * self.width, depth: 1, relu: true, ..self }
    }

    /// Units of the turn head's own layer, which in a wide network would hold most of its weights.
    fn turn_width(&self) -> usize {
        if self.relu { (self.width / WIDER).max(1) } else { self.width }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        within(&[
            ("dimension", self.dimension, 1, 64),
            ("width", self.width, 1, 2048),
            ("depth", self.depth, 1, 16),
            ("number of frequencies", self.frequencies.len(), 0, 16),
            ("level_features", self.level_features, 2, 256),
            ("number of classes", self.classes, 0, MOST_CLASSES),
        ])?;
        match self.frequencies.iter().find(|frequency| !(0.0..=1e4).contains(*frequency)) {
            Some(frequency) => Err(format!("its frequencies must be from 0 to 10,000, not {frequency}")),
            None => Ok(()),
        }
    }

    /// As [`NetworkConfig::fewest_weights`](super::NetworkConfig::fewest_weights).
    pub(super) fn fewest_weights(&self) -> usize {
        self.multiplications().0
    }

    /// Number of coordinates `d` of a point.
    pub(super) fn dimension(&self) -> usize {
        self.dimension
    }

    pub(super) fn classes(&self) -> usize {
        self.classes
    }

    pub(super) fn set_classes(&mut self, classes: usize) {
        self.classes = classes;
    }

    /// A fresh network; the heads start near zero.
    pub fn init(&self, rng: &mut impl Rng, device: &Device) -> Mlp {
        let trunk = self.trunk(rng, device);
        let velocity = linear(self.width, self.dimension, 0.1, rng, device);
        let turn_hidden = linear(self.width, self.turn_width(), self.gain(), rng, device);
        let turn_out = linear(self.turn_width(), self.dimension, 0.0, rng, device);
        let place = (!self.frequencies.is_empty()).then(|| Fourier::new(self.dimension, &self.frequencies, device));
        let level = Fourier::new(1, &level_frequencies(self.level_features / 2), device);
        let turn_trunk = match self.heads {
            Heads::Shared => Vec::new(),
            Heads::Separate => self.trunk(rng, device),
        };
        // Drawn last: a network without classes begins with the same weights.
        let mut classes = |wanted: bool| wanted.then(|| table(self.classes + 1, self.width, 1.0, rng, device));
        let class = classes(self.classes > 0);
        let turn_class = classes(self.classes > 0 && self.heads == Heads::Separate);
        let Self { output, relu, .. } = *self;
        Mlp { place, level, trunk, velocity, turn_hidden, turn_out, turn_trunk, class, turn_class, output, relu }
    }

    /// Uniform weights whose products keep their size: for ReLU of variance 2 over the inputs (arXiv 1502.01852).
    fn gain(&self) -> f32 {
        if self.relu { 6.0_f32.sqrt() } else { 1.7 }
    }

    fn inputs(&self) -> usize {
        self.dimension * (1 + 2 * self.frequencies.len()) + self.level_features
    }

    fn trunk(&self, rng: &mut impl Rng, device: &Device) -> Vec<Linear> {
        let sizes = std::iter::once(self.inputs()).chain(std::iter::repeat_n(self.width, self.depth - 1));
        sizes.map(|size| linear(size, self.width, self.gain(), rng, device)).collect()
    }

    /// Multiplications a point for the velocity, and on top of it for the turn.
    pub(super) fn multiplications(&self) -> (usize, usize) {
        let trunk = self.inputs() * self.width + (self.depth - 1) * self.width * self.width;
        let head = self.width * self.dimension;
        let second = match self.heads {
            Heads::Shared => 0,
            Heads::Separate => trunk,
        };
        (trunk + head, second + self.turn_width() * (self.width + self.dimension))
    }

    /// Multiplications a point for a flow map.
    pub(super) fn map_multiplications(&self) -> usize {
        self.multiplications().0 + self.level_features * self.width
    }
}

/// Radians for one unit of `ln sigma`, geometric: the levels in use span about ten units.
pub(super) fn level_frequencies(count: usize) -> Vec<f64> {
    let (slow, fast) = (0.1_f64, 3.0_f64);
    let exponent = |i: usize| i as f64 / (count.max(2) - 1) as f64;
    (0..count).map(|i| slow * (fast / slow).powf(exponent(i))).collect()
}

/// A trunk of `depth` hidden layers with SiLU or ReLU, a linear velocity head, and a turn head with a hidden layer of its own,
/// on the same trunk or a second one.
#[derive(Module, Debug)]
pub struct Mlp {
    place: Option<Fourier>,
    level: Fourier,
    trunk: Vec<Linear>,
    velocity: Linear,
    turn_hidden: Linear,
    turn_out: Linear,
    /// Empty where the heads share a trunk.
    turn_trunk: Vec<Linear>,
    /// A row for each class, and a last one for none in particular, `[classes + 1, width]`, added to the trunk's first layer.
    class: Option<Param<Tensor<2>>>,
    /// The same for the turn's own trunk.
    turn_class: Option<Param<Tensor<2>>>,
    #[module(skip)]
    pub(super) output: Output,
    #[module(skip)]
    relu: bool,
}

/// What follows a hidden layer.
fn activation(relu: bool) -> Activation {
    if relu { Activation::Relu } else { Activation::Silu }
}

impl Mlp {
    pub(super) fn trunk(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Tensor<2> {
        self.features(&self.trunk, x, level, embedded(self.class.as_ref(), class))
    }

    /// Features of the second trunk, where there is one.
    pub(super) fn turn_trunk(&self, x: Tensor<2>, level: &LogSigma, class: Option<&Classes>) -> Option<Tensor<2>> {
        let class = || embedded(self.turn_class.as_ref(), class);
        (!self.turn_trunk.is_empty()).then(|| self.features(&self.turn_trunk, x, level, class()))
    }

    /// `class` `[n or 1, width]` is added before the first activation.
    fn features(&self, trunk: &[Linear], x: Tensor<2>, level: &LogSigma, class: Option<Tensor<2>>) -> Tensor<2> {
        let (first, rest) = trunk.split_first().expect("a trunk has a layer at least");
        let activation = activation(self.relu);
        let hidden = entered(first, self.place.as_ref(), &self.level, (x, level), class, activation);
        rest.iter().fold(hidden, |hidden, layer| dense(hidden, layer, activation))
    }

    /// A flow map that begins as DDIM with this network's velocity.
    pub(super) fn map(&self) -> MlpMap {
        let [levels, width] = [self.level.features(), self.velocity.weight.dims()[0]];
        let device = self.velocity.weight.device();
        let guided = |_: &Param<Tensor<2>>| silent(2 * STRENGTHS.len(), width, &device);
        MlpMap {
            place: self.place.clone(),
            level: self.level.clone(),
            strength: Fourier::new(1, &STRENGTHS, &device),
            trunk: self.trunk.clone(),
            step: silent(levels, width, &device),
            class: self.class.clone(),
            guidance: self.class.as_ref().map(guided),
            velocity: self.velocity.clone(),
            output: self.output,
            relu: self.relu,
        }
    }

    /// The raw velocity with its derivatives along the directions of `x` `[n, d]` and `level` `[n, 1]`.
    pub(super) fn velocity_dual(&self, x: Dual, level: Dual, class: Option<&Classes>) -> Dual {
        let level = self.level.forward_dual(level);
        let inputs = match &self.place {
            Some(place) => vec![x.clone(), place.forward_dual(x), level],
            None => vec![x, level],
        };
        let (first, rest) = self.trunk.split_first().expect("a trunk has a layer at least");
        let entered = Dual::cat(inputs).linear(first);
        let entered = match embedded(self.class.as_ref(), class) {
            Some(class) => entered.moved(class),
            None => entered,
        };
        let activated = |dual: Dual| if self.relu { dual.relu() } else { dual.silu() };
        rest.iter().fold(activated(entered), |hidden, layer| activated(hidden.linear(layer))).linear(&self.velocity)
    }

    pub(super) fn velocity(&self, features: Tensor<2>) -> Tensor<2> {
        dense(features, &self.velocity, Activation::None)
    }

    /// As [`super::Network::noise_loss`], from the trunk's features.
    pub(super) fn noise_loss(&self, features: &Tensor<2>, of: &Noised) -> Option<Tensor<1>> {
        loss_of_head(features, &self.velocity, self.output.into(), of)
    }

    pub(super) fn turn(&self, features: Tensor<2>) -> Tensor<2> {
        dense(dense(features, &self.turn_hidden, activation(self.relu)), &self.turn_out, Activation::None)
    }
}

/// A trunk's first layer of points `x` `[n, d]`, `[n, width]`: it reads them, their features by `place`, and those of their level by `pace`;
/// `step` `[n or 1, width]` is added before its activation.
fn entered(
    first: &Linear,
    place: Option<&Fourier>,
    pace: &Fourier,
    (x, level): (Tensor<2>, &LogSigma),
    step: Option<Tensor<2>>,
    activation: Activation,
) -> Tensor<2> {
    let activated = |inputs: Tensor<2>, step: Option<Tensor<2>>| match step {
        Some(step) if activation == Activation::Relu => relu(dense(inputs, first, Activation::None) + step),
        Some(step) => silu(dense(inputs, first, Activation::None) + step),
        None => dense(inputs, first, activation),
    };
    if let Some(inputs) = features(&x, place.map(Fourier::waves), &level.0, pace.waves()) {
        return activated(inputs, step);
    }
    let [points, _] = x.dims();
    let level = pace.forward(level.0.clone());
    let mut inputs = vec![x.clone()];
    inputs.extend(place.map(|place| place.forward(x.clone())));
    let alone = level.dims()[0] == 1 && step.as_ref().is_none_or(|step| step.dims()[0] == 1);
    if alone && ours(&x.device()) && !first.weight.val().is_autodiff() {
        return dense(Tensor::cat(inputs, 1), &at_one_level(first, level, step), activation);
    }
    let [_, features] = level.dims();
    inputs.push(level.expand([points, features]));
    activated(Tensor::cat(inputs, 1), step)
}

/// `first` without its inputs for the level, for points of one level: what it makes of those, with `step`, is a part of the bias.
fn at_one_level(first: &Linear, level: Tensor<2>, step: Option<Tensor<2>>) -> Linear {
    let weight = first.weight.val();
    let [inputs, _] = weight.dims();
    let split = inputs - level.dims()[1];
    let [places, levels] =
        [(0, split), (split, inputs - split)].map(|(from, count)| weight.clone().narrow(0, from, count));
    let parts = [Some(level.matmul(levels)), step, first.bias.as_ref().map(|bias| bias.val().unsqueeze())];
    let bias = parts.into_iter().flatten().reduce(|sum, part| sum + part);
    Linear { weight: Param::from_tensor(places), bias: bias.map(|bias| Param::from_tensor(bias.squeeze_dim(0))) }
}

/// The velocity's trunk and head, with the step's end, the class and the guidance added to the first layer.
#[derive(Module, Debug)]
pub struct MlpMap {
    place: Option<Fourier>,
    level: Fourier,
    strength: Fourier,
    trunk: Vec<Linear>,
    step: Linear,
    class: Option<Param<Tensor<2>>>,
    /// There where classes are.
    guidance: Option<Linear>,
    velocity: Linear,
    #[module(skip)]
    pub(super) output: Output,
    #[module(skip)]
    relu: bool,
}

impl MlpMap {
    pub(super) fn raw(&self, x: Tensor<2>, course: Course<'_>) -> Tensor<2> {
        let (first, rest) = self.trunk.split_first().expect("a trunk has a layer at least");
        let to = self.level.forward(course.to.0.clone());
        let guidance = self.guidance.as_ref().filter(|_| course.class.is_some()).map(|guidance| {
            let strength = Tensor::from_data([[course.guidance as f32]], &x.device());
            guidance.forward(self.strength.forward(strength))
        });
        let class = embedded(self.class.as_ref(), course.class);
        let step = [guidance, class].into_iter().flatten().fold(self.step.forward(to), |sum, part| sum + part);
        let activation = activation(self.relu);
        let hidden = entered(first, self.place.as_ref(), &self.level, (x, course.from), Some(step), activation);
        let features = rest.iter().fold(hidden, |hidden, layer| dense(hidden, layer, activation));
        dense(features, &self.velocity, Activation::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use crate::network::{Hidden, Network, NetworkConfig};

    /// Much of a wide network is silent at a point, with a class too, and its derivative is that of the piece there.
    #[test]
    fn a_wide_network_has_one_layer_of_kinks() {
        let device = Device::flex();
        let config = NetworkConfig::points(2, 16).with_hidden(Hidden::Wide).of_classes(3);
        let NetworkConfig::Mlp(shape) = &config else { panic!("another network") };
        assert_eq!((shape.width, shape.depth, shape.relu), (128, 1, true));
        let deep = NetworkConfig::points(2, 128);
        let weights = |config: &NetworkConfig| config.fewest_weights() as f64;
        let wide = deep.clone().with_hidden(Hidden::Wide);
        assert!((weights(&wide) / weights(&deep) - 1.4).abs() < 0.1);
        assert!(wide.turn_cost() < 4.0);
        let network = config.init(&mut ChaCha8Rng::seed_from_u64(2), &device);
        let Network::Mlp(mlp) = &network else { panic!("another network") };
        let level = LogSigma::uniform(0.3, &device);
        let class = Classes::new(&[Some(1)], 3, &device);
        let x = |along: f32| Tensor::<2>::from_data([[0.3 + along, -0.4]], &device);
        let features = mlp.trunk(x(0.0), &level, Some(&class)).into_data().iter::<f32>().collect::<Vec<_>>();
        let silent = features.iter().filter(|value| **value == 0.0).count();
        assert!((20..108).contains(&silent), "{silent} of 128 are zero");
        let still = Tensor::from_data([[0.3]], &device);
        let moving = Dual { value: x(0.0), slopes: vec![Tensor::from_data([[1.0, 0.0]], &device)] };
        let dual = network.noise_dual(moving, Dual::still(still, 1), Some(&class)).expect("a dual");
        let at = |along| network.noise_of(x(along), &level, Some(&class));
        let off = |a: Tensor<2>, b: Tensor<2>| (a - b).abs().max().into_scalar::<f32>();
        assert!(off(dual.value, at(0.0)) < 1e-5);
        let slope = (at(1e-2) - at(-1e-2)).mul_scalar(50.0);
        assert!(off(dual.slopes[0].clone(), slope) < 2e-2);
    }

    fn network(heads: Heads) -> Network {
        let config = NetworkConfig::points(2, 16).with(Output::Velocity, heads);
        config.init(&mut ChaCha8Rng::seed_from_u64(2), &Device::flex().autodiff())
    }

    #[test]
    fn the_turn_teaches_its_own_trunk_and_never_the_velocitys() {
        for heads in [Heads::Shared, Heads::Separate] {
            let network = network(heads);
            let x = Tensor::from_data([[0.3, -0.4], [1.1, 0.2]], &Device::flex());
            let turn = network.noise_and_turn(x, &LogSigma::uniform(0.3, &Device::flex())).turn;
            let gradients = turn.square().mean().backward();
            let Network::Mlp(mlp) = &network else {
                panic!("another network");
            };
            let reaches = |layer: &Linear| layer.weight.val().grad(&gradients).is_some();
            assert!(reaches(&mlp.turn_out) && reaches(&mlp.turn_hidden));
            assert!(!reaches(&mlp.velocity) && !mlp.trunk.iter().any(reaches));
            assert_eq!(mlp.turn_trunk.len(), if heads == Heads::Separate { 3 } else { 0 });
            assert!(mlp.turn_trunk.iter().all(reaches));
        }
    }

    /// Each point has its own class, in the value and in its derivatives; one that is none is the network's answer without.
    #[test]
    fn points_are_conditioned_on_their_classes() {
        let device = Device::flex();
        let level = LogSigma::uniform(0.3, &device);
        let x = || Tensor::<2>::from_data([[0.3, -0.4], [0.3, -0.4], [0.3, -0.4]], &device);
        for heads in [Heads::Shared, Heads::Separate] {
            let config = NetworkConfig::points(2, 16).with(Output::Velocity, heads).of_classes(3);
            let network = config.init(&mut ChaCha8Rng::seed_from_u64(2), &device);
            let class = Classes::new(&[Some(0), Some(2), None], 3, &device);
            let rows = |tensor: Tensor<2>| -> Vec<f32> { tensor.into_data().iter().collect() };
            let of = |class: Option<&Classes>| rows(network.noise_of(x(), &level, class));
            let (each, none) = (of(Some(&class)), of(None));
            assert!((each[0] - each[2]).abs() > 1e-4 && (each[4] - none[4]).abs() < 1e-6, "{each:?} {none:?}");
            let each_level = LogSigma(Tensor::full([3, 1], 0.3, &device));
            let still = |value: Tensor<2>| Dual { slopes: vec![value.zeros_like()], value };
            let dual = network.noise_dual(still(x()), still(each_level.0.clone()), Some(&class)).expect("a dual");
            for (a, b) in rows(dual.value).iter().zip(&each) {
                assert!((a - b).abs() < 1e-5, "{a} and {b}");
            }
            // A network without classes begins the same, but for what they add.
            let plain = NetworkConfig::points(2, 16).with(Output::Velocity, heads);
            let plain = plain.init(&mut ChaCha8Rng::seed_from_u64(2), &device);
            let Network::Mlp(Mlp { trunk, .. }) = &plain else { panic!("another network") };
            let Network::Mlp(Mlp { trunk: own, .. }) = &network else { panic!("another network") };
            assert_eq!(rows(trunk[0].weight.val()), rows(own[0].weight.val()));
        }
    }

    /// The second trunk is drawn last: the velocity starts the same with and without it, and costs the same.
    #[test]
    fn heads_do_not_change_the_velocity() {
        let noise = |heads| -> Vec<f32> {
            let x = Tensor::from_data([[0.3, -0.4]], &Device::flex());
            network(heads).noise(x, &LogSigma::uniform(0.3, &Device::flex())).into_data().iter().collect()
        };
        assert_eq!(noise(Heads::Shared), noise(Heads::Separate));
        let cost = |heads| NetworkConfig::points(2, 128).with(Output::Velocity, heads).turn_cost();
        assert!(cost(Heads::Shared) < 1.5 && cost(Heads::Separate) > 2.0);
    }

    /// Points of one level are computed by a shorter way, to the same numbers.
    #[test]
    fn one_level_for_all_is_the_same_for_each() {
        let device = Device::flex();
        for hidden in [Hidden::Deep, Hidden::Wide] {
            one_level(hidden, &device);
        }
    }

    fn one_level(hidden: Hidden, device: &Device) {
        let config = NetworkConfig::points(2, 16).with_hidden(hidden);
        let network = config.init(&mut ChaCha8Rng::seed_from_u64(2), device);
        let x = Tensor::from_data([[0.3, -0.4], [1.1, 0.2], [-2.0, 0.7]], device);
        let (all, each) = (LogSigma::uniform(0.3, device), LogSigma(Tensor::full([3, 1], 0.3, device)));
        let off = |found: Tensor<2>, expected: Tensor<2>| (found - expected).abs().max().into_scalar::<f32>();
        assert!(off(network.noise(x.clone(), &all), network.noise(x.clone(), &each)) < 1e-6);
        let map = crate::network::FlowMap::of(&network);
        let [to, to_each] = [Tensor::full([1, 1], -1.0, device), Tensor::full([3, 1], -1.0, device)].map(LogSigma);
        let course = |from, to| Course { from, to, class: None, guidance: 1.0 };
        let found = map.mean_noise(x.clone(), course(&all, &to));
        assert!(off(found, map.mean_noise(x, course(&each, &to_each))) < 1e-6);
    }
}
