//! Adam, and the exponential moving average of the weights.

#[cfg(feature = "webgpu")]
mod gpu;

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::{Adam, AdamConfig, AdamState, AdaptiveMomentumState, GradientsParams, Optimizer};
use burn::tensor::container::TensorContainer;
use burn::tensor::{Device, Tensor, TensorData};

#[cfg(feature = "webgpu")]
use fewsteps_kernels::on_gpu;
use fewsteps_kernels::{Moments, adam, ours};

/// Adam's moments (arXiv 1412.6980) of every weight.
#[derive(Clone, Default)]
pub(crate) struct Descent {
    /// Where the CPU's one pass over the weights does all.
    moments: HashMap<ParamId, Moments>,
    /// Elsewhere, each an [`AdamState`] of the parameter's rank.
    states: HashMap<ParamId, Arc<dyn Any + Send + Sync>>,
}

/// What a step is given besides its gradients.
#[derive(Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) learning_rate: f64,
    /// Share of the average that stays.
    pub(crate) decay: f64,
}

impl Descent {
    /// `network` after a step against its `gradients`, and `average` (without autodiff) after it moved towards them. Both share their
    /// parameters' ids.
    pub(crate) fn step<M: Module>(
        &mut self,
        network: M,
        average: M,
        gradients: GradientsParams,
        rates: Rates,
    ) -> [M; 2] {
        let [network, average] = match network.devices().first() {
            Some(device) if ours(device) => {
                let averages = Weights::of(&average);
                let mut step = Step { moments: &mut self.moments, gradients, averages, rates };
                let network = network.map(&mut step);
                [network, average.map(&mut Replace(step.averages))]
            }
            #[cfg(feature = "webgpu")]
            Some(device) if on_gpu(device) => return gpu::step(&mut self.states, network, average, gradients, rates),
            _ => {
                let Rates { learning_rate, decay } = rates;
                let adam = AdamConfig::new().with_epsilon(1e-8).build();
                let network = network.map(&mut Plain { adam, states: &mut self.states, gradients, learning_rate });
                let newest = Weights::of(&network);
                [network, average.map(&mut Blend { newest, decay })]
            }
        };
        // What the average was does not matter then, not even if it was no number.
        if rates.decay == 0.0 { [network.clone(), network.valid()] } else { [network, average] }
    }

    /// For each parameter of `network`, in its own order, the steps that Adam has taken with it; and the moments of those with any, the
    /// first and then the second.
    pub(super) fn parts(&self, network: &impl Module) -> (Vec<usize>, Vec<Tensor<1>>) {
        let mut parts = Parts { descent: self, steps: Vec::new(), moments: Vec::new() };
        network.visit(&mut parts);
        (parts.steps, parts.moments)
    }

    /// What [`Descent::parts`] were taken from, for a `network` of the same shape, and what is left of `values`. Nothing where they do
    /// not fit, or are no moments.
    pub(super) fn of<'a>(
        network: &impl Module,
        steps: &'a [usize],
        values: &'a [f32],
        device: &'a Device,
    ) -> Option<(Self, &'a [f32])> {
        let mut fill = Fill { descent: Self::default(), steps: steps.iter(), values, device, fits: true };
        network.visit(&mut fill);
        (fill.fits && fill.steps.next().is_none()).then_some((fill.descent, fill.values))
    }
}

struct Parts<'a> {
    descent: &'a Descent,
    steps: Vec<usize>,
    moments: Vec<Tensor<1>>,
}

impl ModuleVisitor for Parts<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let weights = param.val().inner();
        let count = weights.shape().num_elements();
        let device = weights.device();
        let Descent { moments, states } = self.descent;
        let state = states.get(&param.id).and_then(|state| state.downcast_ref::<AdamState<D>>());
        let (steps, parts) = match (moments.get(&param.id), state) {
            (Some(Moments { first, second, steps }), _) if *steps > 0 => {
                let tensor = |values: &[f32]| Tensor::from_data(TensorData::new(values.to_vec(), [count]), &device);
                (*steps, Some([tensor(first), tensor(second)]))
            }
            (_, Some(AdamState { momentum })) if momentum.time > 0 => {
                let flat = |moment: &Tensor<D>| moment.clone().reshape([count]);
                (momentum.time, Some([flat(&momentum.moment_1), flat(&momentum.moment_2)]))
            }
            _ => (0, None),
        };
        self.steps.push(steps);
        self.moments.extend(parts.into_iter().flatten());
    }
}

struct Fill<'a> {
    descent: Descent,
    steps: std::slice::Iter<'a, usize>,
    values: &'a [f32],
    device: &'a Device,
    fits: bool,
}

impl ModuleVisitor for Fill<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.val().dims();
        let count: usize = shape.iter().product();
        let Some(&steps) = self.steps.next() else {
            self.fits = false;
            return;
        };
        let parts = self.values.split_at_checked(2 * count).filter(|_| steps > 0);
        let Some((own, rest)) = parts else {
            self.fits &= steps == 0;
            return;
        };
        self.values = rest;
        let (first, second) = own.split_at(count);
        // A second moment is a mean of squares.
        self.fits &= second.iter().all(|moment| *moment >= 0.0);
        if ours(self.device) {
            let moments = Moments { first: first.to_vec(), second: second.to_vec(), steps };
            self.descent.moments.insert(param.id, moments);
        } else {
            let tensor = |values: &[f32]| Tensor::<D>::from_data(TensorData::new(values.to_vec(), shape), self.device);
            let momentum = AdaptiveMomentumState::new(steps, tensor(first), tensor(second));
            self.descent.states.insert(param.id, Arc::new(AdamState::new(momentum)));
        }
    }
}

/// Steps the weights by Burn's Adam. Its `ModuleOptimizer` does the same, but its moments can only be read by blocking, which no browser
/// allows.
struct Plain<'a> {
    adam: Adam,
    states: &'a mut HashMap<ParamId, Arc<dyn Any + Send + Sync>>,
    gradients: GradientsParams,
    learning_rate: f64,
}

impl ModuleMapper for Plain<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, weights, mapper) = param.consume();
        let Some(gradient) = self.gradients.remove::<D>(id) else {
            return Param::from_mapped_value(id, weights, mapper);
        };
        let learns = weights.is_require_grad();
        // Taken out of its place, so that no copy of the moments is made unless another state holds them too.
        let state = self.states.remove(&id).and_then(|state| state.downcast::<AdamState<D>>().ok());
        let (weights, state) =
            self.adam.step(self.learning_rate, weights.inner(), gradient, state.map(Arc::unwrap_or_clone));
        if let Some(state) = state {
            self.states.insert(id, Arc::new(state));
        }
        Param::from_mapped_value(id, weights.autodiff().set_require_grad(learns), mapper)
    }
}

/// Weights by their ids, without autodiff.
struct Weights(TensorContainer<ParamId>);

impl Weights {
    fn of<M: Module>(module: &M) -> Self {
        let mut weights = Self(TensorContainer::new());
        module.visit(&mut weights);
        weights
    }
}

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.register(param.id, param.val().inner());
    }
}

struct Blend {
    newest: Weights,
    decay: f64,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let blended = match self.newest.0.remove::<Tensor<D>>(&id) {
            Some(new) => old.mul_scalar(self.decay) + new.mul_scalar(1.0 - self.decay),
            None => old,
        };
        Param::from_mapped_value(id, blended, mapper)
    }
}

/// Steps the weights, and puts their new averages in the place of the old.
struct Step<'a> {
    moments: &'a mut HashMap<ParamId, Moments>,
    gradients: GradientsParams,
    averages: Weights,
    rates: Rates,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, weights, mapper) = param.consume();
        let Some(average) = self.averages.0.remove::<Tensor<D>>(&id) else {
            return Param::from_mapped_value(id, weights, mapper);
        };
        let gradient = self.gradients.remove::<D>(id);
        let Rates { learning_rate, decay } = self.rates;
        let moments = self.moments.entry(id).or_default();
        let learns = weights.is_require_grad();
        let [weights, average] = adam(moments, weights.inner(), average, gradient, learning_rate, decay);
        self.averages.0.register(id, average);
        Param::from_mapped_value(id, weights.autodiff().set_require_grad(learns), mapper)
    }
}

struct Replace(Weights);

impl ModuleMapper for Replace {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let new = self.0.0.remove::<Tensor<D>>(&id).unwrap_or(old);
        Param::from_mapped_value(id, new, mapper)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use crate::data::{DataKind, Dataset};
    use crate::network::{Heads, Hidden, NetworkConfig, Output, UNetConfig};
    use crate::objective::Objective;
    use crate::training::{DistilOptions, Distiller, Trainer, TrainingOptions};
    use fewsteps_kernels::use_plain_burn;

    /// Losses of noise and turn in each of a few steps, and then of a flow map.
    fn losses(config: &NetworkConfig, data: &Dataset, plain: bool) -> Vec<f32> {
        use_plain_burn(plain);
        let usual = match data.kind {
            DataKind::Points => TrainingOptions::points(),
            DataKind::Images { .. } => TrainingOptions::images(),
        };
        let options = TrainingOptions { objective: Objective::Accelerated, batch: 32, budget: 0, ..usual };
        let mut trainer = Trainer::new(config.clone(), options, data.clone(), 3, &Device::flex());
        let mut found = Vec::new();
        for losses in trainer.by_ref().take(12) {
            found.extend([Some(losses.noise), losses.turn].into_iter().flatten().map(|loss| loss.into_scalar::<f32>()));
        }
        let options = DistilOptions { trajectories: 64, cells: 4, batch: 16, ..DistilOptions::points() };
        let distiller = Distiller::new(trainer.config(), trainer.average(), trainer.data(), options, 1);
        found.extend(distiller.take(6).map(|loss| loss.into_scalar::<f32>()));
        use_plain_burn(false);
        found
    }

    /// Every network learns by the CPU's kernels what it learns by plain Burn, step by step.
    #[test]
    fn kernels_train_as_plain_burn_does() {
        let points = Dataset::built_in("spiral").expect("a built-in set");
        let pixels: Vec<f32> = (0..40 * 64).map(|i| (i as f32 * 0.37).sin()).collect();
        let (train, held_out) = (pixels.clone(), pixels);
        let images =
            Dataset { kind: DataKind::Images { side: 8 }, dimension: 64, train, held_out, mixture: None, labels: None };
        let unet = NetworkConfig::UNet(UNetConfig { mixing: 8, ..UNetConfig::images(8, 8) });
        let cases = [
            (NetworkConfig::points(2, 24), &points),
            (NetworkConfig::points(2, 24).with(Output::Denoised, Heads::Separate), &points),
            (NetworkConfig::points(2, 24).with_hidden(Hidden::Wide), &points),
            (unet.clone(), &images),
            (unet.with(Output::Velocity, Heads::Separate), &images),
            #[cfg(feature = "mixer")]
            (NetworkConfig::Mixer(crate::network::MixerConfig::images(8, 16)), &images),
        ];
        for (config, data) in cases {
            let (found, expected) = (losses(&config, data, false), losses(&config, data, true));
            assert_eq!(found.len(), expected.len());
            for (step, (found, expected)) in found.iter().zip(&expected).enumerate() {
                let off = (found - expected).abs() / expected.abs().max(0.1);
                assert!(off < 1e-3, "{config:?}, {step}: {found}, not {expected}");
            }
        }
    }
}
