//! Adam, and the exponential moving average of the weights.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;
use burn::tensor::container::TensorContainer;

use crate::kernel::{Moments, adam, ours};

/// Adam's moments (arXiv 1412.6980) of every weight.
#[derive(Clone)]
pub(crate) struct Descent {
    adam: ModuleOptimizer,
    /// In the place of `adam` where one pass over the weights does all.
    moments: HashMap<ParamId, Moments>,
}

/// What a step is given besides its gradients.
#[derive(Clone, Copy)]
pub(crate) struct Rates {
    pub(crate) learning_rate: f64,
    /// Share of the average that stays.
    pub(crate) decay: f64,
}

impl Descent {
    pub(crate) fn new() -> Self {
        Self { adam: AdamConfig::new().with_epsilon(1e-8).init(), moments: HashMap::new() }
    }

    /// `network` after a step against its `gradients`, and `average` (without autodiff) after it moved towards it. Both share their
    /// parameters' ids.
    pub(crate) fn step<M: Module>(
        &mut self,
        network: M,
        average: M,
        gradients: GradientsParams,
        rates: Rates,
    ) -> [M; 2] {
        let Rates { learning_rate, decay } = rates;
        let kernels = network.devices().first().is_some_and(ours);
        let [network, average] = if kernels {
            let averages = Weights::of(&average);
            let mut step = Step { moments: &mut self.moments, gradients, averages, rates };
            let network = network.map(&mut step);
            [network, average.map(&mut Replace(step.averages))]
        } else {
            let network = self.adam.step(learning_rate, network, gradients);
            let newest = Weights::of(&network);
            [network, average.map(&mut Blend { newest, decay })]
        };
        // What the average was does not matter then, not even if it was no number.
        if decay == 0.0 { [network.clone(), network.valid()] } else { [network, average] }
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
    use crate::kernel::use_plain_burn;
    use crate::network::{Heads, NetworkConfig, Output, UNetConfig};
    use crate::objective::Objective;
    use crate::training::{DistilOptions, Distiller, Trainer, TrainingOptions};

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
