//! A step of all weights together, where one kernel takes it.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::optim::{AdamState, AdaptiveMomentumState, GradientsParams};
use burn::tensor::Tensor;

use super::{Rates, Replace, Weights};
use fewsteps_kernels::gpu::{Parameter, Values, adam};

type States = HashMap<ParamId, Arc<dyn Any + Send + Sync>>;

/// As [`super::Descent::step`].
pub(super) fn step<M: Module>(
    states: &mut States,
    network: M,
    average: M,
    gradients: GradientsParams,
    rates: Rates,
) -> [M; 2] {
    let averages = Weights::of(&average);
    let mut gather = Gather { states, gradients, averages, ids: Vec::new(), parameters: Vec::new() };
    network.visit(&mut gather);
    let Gather { averages, ids, parameters, .. } = gather;
    let moved = adam(parameters, rates.learning_rate, rates.decay);
    let mut scatter = Scatter { states, averages, moved: ids.into_iter().zip(moved).collect() };
    let network = network.map(&mut scatter);
    [network, average.map(&mut Replace(scatter.averages))]
}

/// Takes all that a step needs of each parameter.
struct Gather<'a> {
    states: &'a mut States,
    gradients: GradientsParams,
    averages: Weights,
    ids: Vec<ParamId>,
    parameters: Vec<Parameter>,
}

impl ModuleVisitor for Gather<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(average) = self.averages.0.remove::<Tensor<D>>(&param.id) else {
            return;
        };
        let state = self.states.remove(&param.id).and_then(|state| state.downcast::<AdamState<D>>().ok());
        let momentum = state.map(|state| Arc::unwrap_or_clone(state).momentum);
        self.ids.push(param.id);
        self.parameters.push(Parameter {
            weights: Values::of(param.val().inner()),
            average: Values::of(average),
            gradient: self.gradients.remove::<D>(param.id).map(Values::of),
            steps: momentum.as_ref().map_or(0, |momentum| momentum.time),
            moments: momentum.map(|momentum| [momentum.moment_1, momentum.moment_2].map(Values::of)),
        });
    }
}

/// Puts it back where it came from.
struct Scatter<'a> {
    states: &'a mut States,
    averages: Weights,
    moved: HashMap<ParamId, Parameter>,
}

impl ModuleMapper for Scatter<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let Some(Parameter { weights, average, moments, steps, .. }) = self.moved.remove(&id) else {
            return Param::from_mapped_value(id, old, mapper);
        };
        self.averages.0.register(id, average.tensor::<D>());
        if let Some([first, second]) = moments {
            let momentum = AdaptiveMomentumState::new(steps, first.tensor::<D>(), second.tensor::<D>());
            self.states.insert(id, Arc::new(AdamState::new(momentum)));
        }
        let weights = weights.tensor::<D>().autodiff().set_require_grad(old.is_require_grad());
        Param::from_mapped_value(id, weights, mapper)
    }
}
