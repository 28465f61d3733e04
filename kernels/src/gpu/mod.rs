//! Kernels in WGSL as operations on tensors of Burn's WebGPU backend.
//!
//! Burn's fusion runs them in order with its own operations, and knows nothing of what they do. A kernel's buffers are bound in the order of its
//! inputs and outputs, and its numbers after them.

mod adam;
mod dense;
mod features;
mod launches;
mod loss;
mod norm;
mod patches;

use burn::backend::fusion::FusionTensor;
use burn::backend::fusion::custom::{CustomOpIr, OperationFn, OperationIr, StreamId, TensorIr};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Wgpu};
use burn::tensor::{DType, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::client::Client;
use cubecl::ir::metadata::Info;
use cubecl::ir::{AddressType, ElemType, Scope, UIntKind};
use cubecl::prelude::{KernelDefinition, KernelId, KernelMetadata, KernelSettings};
use cubecl::server::{Handle, KernelArguments, MetadataBindingInfo};
use cubecl::{CubeCount, CubeKernel, ExecutionMode, PrecompiledSource};

pub use adam::{Parameter, Values, adam};
pub(super) use dense::{After, convolution, dense, over_places};
pub(super) use features::features;
pub use launches::Launches;
pub(super) use loss::{loss, loss_of_head};
pub(super) use norm::modulated;
pub(super) use patches::patches;

/// A tensor without autodiff.
pub(super) type Plain = FloatTensor<Wgpu>;
pub(super) type Tracked = FloatTensor<Autodiff<Wgpu>>;

pub(super) fn plain<const D: usize>(tensor: Tensor<D>) -> Plain {
    tensor.try_into_primitive::<Wgpu>().expect("the tensor is on the GPU and without autodiff")
}

pub(super) fn tracked<const D: usize>(tensor: Tensor<D>) -> Tracked {
    tensor.autodiff().try_into_primitive::<Autodiff<Wgpu>>().expect("the tensor is on the GPU")
}

/// Bytes that the beginnings of parts of a buffer are apart: what WebGPU asks of bindings.
const ALIGNMENT: u64 = 256;
/// Workgroups along one dimension of a dispatch, at most.
const MOST_GROUPS: u32 = 65_535;

/// WGSL.
#[derive(Clone, Debug)]
struct Kernel {
    /// No other kernel has it.
    name: &'static str,
    parts: &'static [&'static str],
    /// What stands for words of the parts in double braces.
    filled: &'static [(&'static str, &'static str)],
}

impl KernelMetadata for Kernel {
    fn name(&self) -> &'static str {
        self.name
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info(self.name)
    }

    fn address_type(&self) -> ElemType {
        UIntKind::U32.into()
    }
}

impl CubeKernel for Kernel {
    /// Empty: the source stands for it.
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(self.id().cube_dim, ExecutionMode::Checked, AddressType::U32);
        KernelDefinition { body: Scope::root(settings.clone()), settings, info: Info::default() }
    }

    fn source(&self) -> Option<PrecompiledSource> {
        let filled = |source: String, (word, text): &(&str, &str)| source.replace(&format!("{{{{{word}}}}}"), text);
        let source = self.filled.iter().fold(self.parts.concat(), filled);
        Some(PrecompiledSource { source, entrypoint_name: "main".into(), lang: "wgsl" })
    }
}

/// The numbers of a launch, as words of four bytes.
#[derive(Default)]
struct Words(Vec<u32>);

impl Words {
    fn new(words: impl IntoIterator<Item = usize>) -> Self {
        Self(words.into_iter().map(|word| word as u32).collect())
    }

    fn packed(mut self) -> MetadataBindingInfo {
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let pairs = self.0.chunks_exact(2).map(|pair| u64::from(pair[0]) | u64::from(pair[1]) << 32);
        MetadataBindingInfo::custom(pairs.collect())
    }
}

/// Workgroups in rows of a length, since no dimension of a dispatch may be long: how many there are in a row, and all.
struct Groups {
    across: u32,
    all: CubeCount,
}

impl Groups {
    fn new(count: usize) -> Self {
        let count = count as u32;
        let across = count.clamp(1, MOST_GROUPS);
        Self { across, all: CubeCount::Static(across, count.div_ceil(across), 1) }
    }
}

impl Kernel {
    fn launch(&self, client: &Client, buffers: impl IntoIterator<Item = Handle>, words: Words, groups: CubeCount) {
        let arguments = KernelArguments::new()
            .with_buffers(buffers.into_iter().map(Handle::binding).collect())
            .with_info(words.packed());
        client.launch(Box::new(self.clone()), groups, arguments);
    }
}

const SUM: Kernel = Kernel { name: "fewsteps sum", parts: &[include_str!("sum.wgsl")], filled: &[] };

/// Writes the sum of `parts` of `size` numbers, which are one after the other, in their order.
fn sum(client: &Client, buffers: [Handle; 2], size: usize, parts: usize) {
    let Groups { across, all } = Groups::new(size.div_ceil(64));
    SUM.launch(client, buffers, Words::new([size, parts, across as usize]), all);
}

/// What an operation's kernels are launched with.
struct Run<'a> {
    client: &'a Client,
    /// With their values side by side.
    inputs: &'a [CubeTensor],
    buffers: &'a [Handle],
}

impl Run<'_> {
    fn input(&self, index: usize) -> Handle {
        self.inputs[index].handle.clone()
    }

    /// All inputs, and the buffers after them.
    fn handles(&self) -> impl Iterator<Item = Handle> {
        self.inputs.iter().map(|input| &input.handle).chain(self.buffers).cloned()
    }

    fn buffer(&self, index: usize) -> Handle {
        self.buffers[index].clone()
    }
}

/// Where tensors of these shapes begin in a buffer, in bytes, and its size.
fn places(shapes: &[Shape]) -> (Vec<u64>, u64) {
    let mut size = 0;
    let starts = shapes.iter().map(|shape| {
        let start = size;
        size += (4 * shape.num_elements() as u64).next_multiple_of(ALIGNMENT);
        start
    });
    (starts.collect(), size)
}

/// Queues an operation behind those before it. It writes `buffers`, each of which has tensors of some shapes, and returns all of them.
fn queue(
    name: &'static str,
    inputs: Vec<Plain>,
    buffers: Vec<Vec<Shape>>,
    run: impl Fn(Run<'_>) + Send + Sync + 'static,
) -> Vec<Plain> {
    let client = inputs[0].client.clone();
    let inputs: Vec<TensorIr> = inputs.into_iter().map(FusionTensor::into_ir).collect();
    let output = |shape: &Shape| TensorIr::uninit(client.create_empty_handle(), shape.clone(), DType::F32);
    let outputs: Vec<Vec<TensorIr>> = buffers.iter().map(|shapes| shapes.iter().map(output).collect()).collect();
    let description = CustomOpIr::new(name, &inputs, &outputs.concat());
    let operation = OperationFn(move |handles: &mut _| {
        let inputs: Vec<CubeTensor> = inputs
            .iter()
            .map(|input| {
                into_contiguous(burn::backend::ir::HandleContainer::get_float_tensor::<CubeBackend>(handles, input))
            })
            .collect();
        let (client, device) = (inputs[0].client.clone(), inputs[0].device.clone());
        let made: Vec<Handle> = buffers.iter().map(|shapes| client.empty(places(shapes).1 as usize)).collect();
        run(Run { client: &client, inputs: &inputs, buffers: &made });
        for ((shapes, outputs), buffer) in buffers.iter().zip(&outputs).zip(&made) {
            let (starts, size) = places(shapes);
            for ((shape, output), start) in shapes.iter().zip(outputs).zip(starts) {
                let end = start + 4 * shape.num_elements() as u64;
                let handle = buffer.clone().offset_start(start).offset_end(size - end);
                let tensor =
                    CubeTensor::new_contiguous(client.clone(), device.clone(), shape.clone(), handle, DType::F32);
                handles.register_float_tensor::<CubeBackend>(&output.id, tensor);
            }
        }
        Ok(())
    });
    client.register(StreamId::current(), OperationIr::Custom(description), operation)
}
