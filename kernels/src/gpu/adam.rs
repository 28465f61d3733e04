//! One step of Adam and of the running average, for all parameters at once.

use burn::backend::Wgpu;
use burn::tensor::{Shape, Tensor};
use burn_cubecl::tensor::CubeTensor;
use cubecl::CubeCount;
use cubecl::client::Client;
use cubecl::server::Handle;

use super::{Kernel, Plain, Run, Words, places, plain, queue};

const ADAM: Kernel = Kernel { name: "fewsteps adam", parts: &[include_str!("adam.wgsl")], filled: &[] };
const COPY: Kernel = Kernel { name: "fewsteps copy", parts: &[include_str!("copy.wgsl")], filled: &[] };
/// Buffers of gradients in a dispatch, and parameters.
const SLOTS: usize = 6;
const SEGMENTS: usize = 64;
const BETAS: [f64; 2] = [0.9, 0.999];

/// A tensor of any rank without autodiff.
#[derive(Clone, Debug)]
pub struct Values(Plain);

impl Values {
    /// The values of `tensor`, which is on the GPU and without autodiff.
    pub fn of<const D: usize>(tensor: Tensor<D>) -> Self {
        Self(plain(tensor))
    }

    /// As a tensor of the rank that it has.
    pub fn tensor<const D: usize>(self) -> Tensor<D> {
        Tensor::from_primitive::<Wgpu>(self.0)
    }
}

/// A parameter on its way through Adam.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The weights.
    pub weights: Values,
    /// Their running average.
    pub average: Values,
    /// What a step goes against, if there is one.
    pub gradient: Option<Values>,
    /// Running means of the gradient and of its square; none before there was one.
    pub moments: Option<[Values; 2]>,
    /// Steps taken.
    pub steps: usize,
}

/// `parameters` after a step of Adam (arXiv 1412.6980, algorithm 1) of those with a gradient, and all averages after they moved towards the weights, of
/// which `decay` stays. They leave side by side in one buffer; those that come so are read from there, others are copied first.
pub fn adam(parameters: Vec<Parameter>, learning_rate: f64, decay: f64) -> Vec<Parameter> {
    let shapes: Vec<Shape> = parameters.iter().map(|parameter| parameter.weights.0.shape.clone()).collect();
    let moved = |parameter: &Parameter| parameter.steps + usize::from(parameter.gradient.is_some());
    let steps: Vec<usize> = parameters.iter().map(moved).collect();
    let mut parts: [Vec<Option<Plain>>; 5] = Default::default();
    for Parameter { weights, average, gradient, moments, .. } in parameters {
        let [first, second] = moments.map_or([None, None], |moments| moments.map(Some));
        for (part, values) in parts.iter_mut().zip([Some(weights), Some(average), first, second, gradient]) {
            part.push(values.map(|values| values.0));
        }
    }
    // Which of the inputs each of them is.
    let mut inputs = Vec::new();
    let plan = parts.map(|part| {
        let index = |values: Option<Plain>| {
            values.map(|values| {
                inputs.push(values);
                inputs.len() - 1
            })
        };
        part.into_iter().map(index).collect::<Vec<_>>()
    });
    let all: Vec<Shape> = (0..4).flat_map(|_| shapes.iter().cloned()).collect();
    let step = Step { shapes, plan, steps: steps.clone(), learning_rate, decay };
    let mut out = queue("adam", inputs, vec![all], move |run| step.run(&run)).into_iter().map(Values);
    let mut part = || out.by_ref().take(steps.len()).collect::<Vec<_>>();
    let (weights, averages, firsts, seconds) = (part(), part(), part(), part());
    let moments = firsts.into_iter().zip(seconds).map(|(first, second)| Some([first, second]));
    let made = weights.into_iter().zip(averages).zip(moments).zip(steps);
    made.map(|(((weights, average), moments), steps)| Parameter { weights, average, gradient: None, moments, steps })
        .collect()
}

struct Step {
    shapes: Vec<Shape>,
    /// Inputs with weights, averages, first and second moments, and gradients.
    plan: [Vec<Option<usize>>; 5],
    steps: Vec<usize>,
    learning_rate: f64,
    decay: f64,
}

impl Step {
    fn run(&self, run: &Run<'_>) {
        let (starts, bytes) = places(&self.shapes);
        let old = self.old(run, &starts, bytes);
        // Parameters whose gradients lie in no more buffers than there are slots.
        let mut from = 0;
        while from < self.shapes.len() {
            let mut slots: Vec<Handle> = Vec::new();
            let mut segments = Vec::new();
            while from + segments.len() / 8 < self.shapes.len() && segments.len() < 8 * SEGMENTS {
                let index = from + segments.len() / 8;
                let gradient = self.plan[4][index].map(|input| whole(&run.inputs[input].handle));
                let slot = match &gradient {
                    None => SLOTS,
                    Some((buffer, _)) => match slots.iter().position(|slot| same(slot, buffer)) {
                        Some(slot) => slot,
                        None if slots.len() == SLOTS => break,
                        None => {
                            slots.push(buffer.clone());
                            slots.len() - 1
                        }
                    },
                };
                let offset = gradient.map_or(0, |(_, offset)| offset);
                let [first, second] = BETAS.map(|beta| 1.0 - beta.powi(self.steps[index].max(1) as i32));
                let length = self.shapes[index].num_elements();
                segments.extend([starts[index] / 4, length as u64, slot as u64, offset / 4].map(|word| word as u32));
                let rates = [self.learning_rate / first, second.sqrt().recip(), 0.0, 0.0];
                segments.extend(rates.map(|rate| (rate as f32).to_bits()));
            }
            let count = segments.len() / 8;
            let longest = self.shapes[from..from + count].iter().map(Shape::num_elements).max().unwrap_or(0);
            let mut words = Words(vec![bytes as u32 / 4, (self.decay as f32).to_bits(), 0, 0]);
            words.0.extend(segments);
            // More than the runtime would keep of a launch's numbers, which are new each time.
            words.0.resize(4 + 8 * SEGMENTS, 0);
            slots.resize(SLOTS, old.clone());
            let buffers = [old.clone()].into_iter().chain(slots).chain([run.buffer(0)]);
            ADAM.launch(run.client, buffers, words, CubeCount::Static(longest.div_ceil(256) as u32, count as u32, 1));
            from += count;
        }
    }

    /// All that comes in but the gradients, side by side in four parts.
    fn old(&self, run: &Run<'_>, starts: &[u64], bytes: u64) -> Handle {
        let tensors = || {
            self.plan[..4].iter().enumerate().flat_map(|(part, inputs)| {
                inputs.iter().zip(starts).map(move |(input, start)| (part as u64 * bytes + start, *input))
            })
        };
        let first = run.input(0);
        let there = |(start, input): (u64, Option<usize>)| {
            input.is_some_and(|input| {
                let (buffer, offset) = whole(&run.inputs[input].handle);
                same(&buffer, &first) && offset == start
            })
        };
        if tensors().all(there) {
            return whole(&first).0;
        }
        let old = run.client.empty(4 * bytes as usize);
        for ((start, input), shape) in tensors().zip(self.shapes.iter().cycle()) {
            copy(run.client, input.map(|input| &run.inputs[input]), &first, (&old, start), shape.num_elements());
        }
        old
    }
}

/// Writes `source`, or zeros, to a place of a buffer; `any` is a buffer to bind where there is no source.
fn copy(client: &Client, source: Option<&CubeTensor>, any: &Handle, (out, start): (&Handle, u64), length: usize) {
    let words = Words::new([start as usize / 4, length, usize::from(source.is_some()), 0]);
    let source = source.map_or(any, |source| &source.handle).clone();
    let groups = length.div_ceil(256).min(super::MOST_GROUPS as usize) as u32;
    COPY.launch(client, [source, out.clone()], words, CubeCount::Static(groups, 1, 1));
}

/// The whole buffer that a handle is a part of, and where in it the part begins.
fn whole(handle: &Handle) -> (Handle, u64) {
    let start = handle.offset_start.unwrap_or(0);
    let mut whole = handle.clone();
    (whole.offset_start, whole.offset_end) = (None, None);
    (whole, start)
}

fn same(one: &Handle, other: &Handle) -> bool {
    one.memory.descriptor() == other.memory.descriptor()
}
