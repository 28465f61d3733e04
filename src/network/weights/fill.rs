//! Puts a file's tensors in the places of a module.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, SafeTensors};

use super::{WeightsError, path};

/// `empty` with the weights under `root` in `tensors`, on `plain`, a device without autodiff.
///
/// # Errors
/// [`WeightsError`] when one is missing, has another shape or type, or holds a number that is not finite in single precision.
pub(in crate::network) fn fill<M: Module>(
    empty: M,
    root: &str,
    tensors: &SafeTensors<'_>,
    plain: &Device,
) -> Result<M, WeightsError> {
    let mut fill = Fill { tensors, path: path(root), device: plain, wrong: None };
    let module = empty.map(&mut fill);
    match fill.wrong {
        Some(error) => Err(error),
        None => Ok(module.valid()),
    }
}

struct Fill<'a> {
    tensors: &'a SafeTensors<'a>,
    path: Vec<String>,
    device: &'a Device,
    wrong: Option<WeightsError>,
}

impl Fill<'_> {
    fn values(&self, name: String, shape: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let Ok(view) = self.tensors.tensor(&name) else { return Err(WeightsError::Missing(name)) };
        if view.shape() != shape {
            return Err(WeightsError::Shape { name, found: view.shape().to_vec(), expected: shape.to_vec() });
        }
        let bytes = view.data();
        let values: Vec<f32> = match view.dtype() {
            Dtype::F64 => bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32).collect(),
            Dtype::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Dtype::F16 => bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            Dtype::BF16 => bytes.as_chunks().0.iter().map(|b| bf16::from_le_bytes(*b).to_f32()).collect(),
            other => return Err(WeightsError::Type { name, found: other.to_string() }),
        };
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err(WeightsError::NotFinite(name)),
        }
    }
}

impl ModuleMapper for Fill<'_> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.into());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, mapper) = param.consume();
        let shape = old.dims();
        let value = match self.values(self.path.join("."), &shape) {
            Ok(values) => Tensor::from_data(TensorData::new(values, shape), self.device),
            Err(error) => {
                self.wrong.get_or_insert(error);
                old
            }
        };
        Param::from_mapped_value(id, value, mapper)
    }
}
