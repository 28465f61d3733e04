//! The class that each point is conditioned on.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};

/// Classes as the network takes them: a one in the class's column, or in the last column for no class in particular; `[n, classes + 1]`
/// for one a point or `[1, classes + 1]` for all. The network's embedding is a matrix product with it, which has the same gradient on
/// every device.
#[derive(Clone, Debug)]
pub struct Classes(pub Tensor<2>);

impl Classes {
    /// One a point out of `classes`; `None` is no class in particular, and so is one that does not exist.
    pub fn new(chosen: &[Option<u8>], classes: usize, device: &Device) -> Self {
        let columns = classes + 1;
        let mut values = vec![0.0_f32; chosen.len() * columns];
        for (row, class) in values.chunks_exact_mut(columns).zip(chosen) {
            row[class.map_or(classes, |class| usize::from(class).min(classes))] = 1.0;
        }
        Self(Tensor::from_data(TensorData::new(values, [chosen.len(), columns]), device))
    }

    /// The classes of the first `count` points.
    pub(crate) fn first(&self, count: usize) -> Self {
        Self(super::first(self.0.clone(), count.min(self.0.dims()[0])))
    }
}

/// Rows of a network's `table` of classes `[classes + 1, width]`, one for each of `class` or its last for no class, `[n or 1, width]`.
/// Nothing where the network knows no classes.
pub(super) fn embedded(table: Option<&Param<Tensor<2>>>, class: Option<&Classes>) -> Option<Tensor<2>> {
    let table = table?.val();
    let [rows, _] = table.dims();
    Some(match class {
        Some(class) => class.0.clone().matmul(table),
        None => table.narrow(0, rows - 1, 1),
    })
}
