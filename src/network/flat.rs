//! All weights of a module as one list of numbers.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// The weights of `module` as one tensor on its device without autodiff, one after the other in the module's own order.
pub(crate) fn flatten(module: &impl Module) -> Tensor<1> {
    let mut flat = Flat(Vec::new());
    module.visit(&mut flat);
    Tensor::cat(flat.0, 0)
}

/// `module` with the first of `values` as its weights, on `device`; the rest of them.
pub(crate) fn filled<'a, M: Module>(module: M, values: &'a [f32], device: &'a Device) -> Option<(M, &'a [f32])> {
    if module.num_params() > values.len() {
        return None;
    }
    let mut fill = Fill { values, device };
    let module = module.map(&mut fill);
    Some((module, fill.values))
}

struct Flat(Vec<Tensor<1>>);

impl ModuleVisitor for Flat {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val().inner();
        let count = value.shape().num_elements();
        self.0.push(value.reshape([count]));
    }
}

struct Fill<'a> {
    values: &'a [f32],
    device: &'a Device,
}

impl ModuleMapper for Fill<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let shape = old.dims();
        let (own, rest) = self.values.split_at(shape.iter().product());
        self.values = rest;
        Param::from_mapped_value(id, Tensor::from_data(TensorData::new(own.to_vec(), shape), self.device), mapper)
    }
}
