//! The exponential moving average of weights.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;
use burn::tensor::container::TensorContainer;

/// `decay * average + (1 - decay) * network`, weight by weight, without autodiff. Both must share their parameters' ids.
pub(crate) fn blend<M: Module>(average: M, network: &M, decay: f64) -> M {
    let mut newest = Weights(TensorContainer::new());
    network.visit(&mut newest);
    average.map(&mut Blend { newest: newest.0, decay })
}

struct Weights(TensorContainer<ParamId>);

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.register(param.id, param.val().inner());
    }
}

struct Blend {
    newest: TensorContainer<ParamId>,
    decay: f64,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let blended = match self.newest.remove::<Tensor<D>>(&id) {
            Some(new) => old.mul_scalar(self.decay) + new.mul_scalar(1.0 - self.decay),
            None => old,
        };
        Param::from_mapped_value(id, blended, mapper)
    }
}
