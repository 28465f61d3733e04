//! The exponential moving average of a network's weights.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::Tensor;
use burn::tensor::container::TensorContainer;

use crate::network::Network;

/// `kept * average + (1 - kept) * network`, weight by weight, without autodiff. Both must share their parameters' ids.
pub(super) fn blend(average: Network, network: &Network, kept: f64) -> Network {
    let mut newest = Weights(TensorContainer::new());
    network.visit(&mut newest);
    average.map(&mut Blend { newest: newest.0, kept })
}

struct Weights(TensorContainer<ParamId>);

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.register(param.id, param.val().inner());
    }
}

struct Blend {
    newest: TensorContainer<ParamId>,
    kept: f64,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let blended = match self.newest.remove::<Tensor<D>>(&id) {
            Some(new) => old.mul_scalar(self.kept) + new.mul_scalar(1.0 - self.kept),
            None => old,
        };
        Param::from_mapped_value(id, blended, mapper)
    }
}
