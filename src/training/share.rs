//! Training split among workers: each computes the gradient of its share of a step's batch.
//!
//! A share carries all that it needs, weights too, so that a worker remembers nothing of the run: where one dies, its share is computed
//! again by another, and the run is the same.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::packed::{append, floats, pack, unpack};
use crate::network::{Classes, LogSigma, Network, NetworkConfig, filled, flatten};
use crate::objective::{Batch, Criterion, LossOptions, Losses};

/// Why bytes are no share of a step, or no gradient.
#[derive(Clone, Debug, Error)]
pub enum ShareError {
    /// They are cut, or of something else.
    #[error("these bytes are no share of a training step")]
    Format,
    /// The device did not hand the numbers over.
    #[error("the device did not answer: {0}")]
    Device(String),
    /// No helper could compute a share.
    #[error("a helping worker failed: {0}")]
    Helper(String),
}

/// Rows of a step's batch, and how their losses are computed.
pub(super) struct Share {
    pub(super) batch: Batch,
    pub(super) options: LossOptions,
    /// What the losses of noise and turn, means over these rows, count for in those of the whole batch.
    pub(super) parts: [f64; 2],
}

/// What a share's bytes say of the numbers that follow.
#[derive(Serialize, Deserialize)]
struct Header {
    network: NetworkConfig,
    options: LossOptions,
    parts: [f64; 2],
    rows: usize,
    /// Columns of the classes; none if zero.
    classes: usize,
    weighted: bool,
    /// Whether the averaged network is there, which distilled targets come from.
    averaged: bool,
}

/// A share's part of the gradient, and of the losses.
pub(super) struct Gradient {
    pub(super) losses: Losses,
    pub(super) weights: GradientsParams,
}

impl Share {
    /// A batch cut into `count` shares of equal size within a row: fewer where there are not as many rows, and one where the weight of
    /// a row depends on all others.
    pub(super) fn cut(batch: Batch, options: LossOptions, count: usize) -> Vec<Share> {
        let rows = batch.x.dims()[0];
        let count = if options.adaptive { 1 } else { count.clamp(1, rows.max(1)) };
        if count == 1 {
            return vec![Share { batch, options, parts: [1.0; 2] }];
        }
        let bounds: Vec<usize> = (0..=count).map(|index| index * rows / count).collect();
        let taught = |rows: usize| options.taught(rows) as f64;
        let all: f64 = bounds.windows(2).map(|ends| taught(ends[1] - ends[0])).sum();
        let share = |ends: &[usize]| {
            let own = ends[1] - ends[0];
            let parts = [own as f64 / rows as f64, taught(own) / all];
            Share { batch: batch.rows(ends[0], own), options, parts }
        };
        bounds.windows(2).map(share).collect()
    }

    /// The gradient of this share's losses.
    pub(super) fn gradient(&self, network: &Network, average: &Network, criterion: &mut Criterion) -> Gradient {
        let mut losses = criterion.losses(network, average, &self.batch, self.options);
        if self.parts != [1.0; 2] {
            losses.noise = losses.noise * self.parts[0];
            losses.turn = losses.turn.map(|turn| turn * self.parts[1]);
        }
        let total = match &losses.turn {
            Some(turn) => losses.noise.clone() + turn.clone(),
            None => losses.noise.clone(),
        };
        let weights = GradientsParams::from_grads(total.backward(), network);
        let losses = Losses { noise: losses.noise.inner(), turn: losses.turn.map(|turn| turn.inner()) };
        Gradient { losses, weights }
    }

    /// The share as bytes for another worker, with the weights that its gradient is wanted at.
    pub(super) async fn bytes(
        &self,
        config: &NetworkConfig,
        network: &Network,
        average: &Network,
        criterion: &Criterion,
    ) -> Result<Vec<u8>, ShareError> {
        let Batch { x, noise, level, class, weight } = self.batch.clone();
        let averaged = self.options.turn.is_some_and(|target| target.distils());
        let header = Header {
            network: config.clone(),
            options: self.options,
            parts: self.parts,
            rows: x.dims()[0],
            classes: class.as_ref().map_or(0, |class| class.0.dims()[1]),
            weighted: weight.is_some(),
            averaged,
        };
        let flat = |tensor: Tensor<2>| {
            let count = tensor.shape().num_elements();
            tensor.reshape([count])
        };
        let mut tensors = vec![flatten(network)];
        tensors.extend(averaged.then(|| flatten(average)));
        tensors.extend(criterion.state().map(flat));
        tensors.extend([x, noise, level.0].map(flat));
        tensors.extend(class.map(|class| flat(class.0)));
        tensors.extend(weight.map(flat));
        pack(&header, Tensor::cat(tensors, 0)).await.map_err(ShareError::Device)
    }
}

/// Workers that compute shares of a step, each with a [`Helper`].
pub trait Helpers {
    /// How many there are.
    fn count(&self) -> usize;

    /// Sends worker `index` its share.
    fn start(&mut self, index: usize, share: Vec<u8>);

    /// What worker `index` answers.
    fn finish(&mut self, index: usize) -> impl Future<Output = Result<Vec<u8>, ShareError>>;
}

/// No helpers at all.
pub struct Alone;

impl Helpers for Alone {
    fn count(&self) -> usize {
        0
    }

    fn start(&mut self, _: usize, _: Vec<u8>) {}

    async fn finish(&mut self, _: usize) -> Result<Vec<u8>, ShareError> {
        Err(ShareError::Format)
    }
}

/// Computes the gradients of others' shares.
pub struct Helper {
    device: Device,
    /// The last share's network: the next one has its shape, if it is of the same run.
    network: Option<(NetworkConfig, Network)>,
}

impl Helper {
    /// A helper that computes on `device`.
    pub fn new(device: &Device) -> Self {
        Self { device: device.clone().without_autodiff(), network: None }
    }

    /// The gradient, as bytes, of a share that [`Trainer::next_with`](super::Trainer::next_with) sent.
    ///
    /// # Errors
    /// [`ShareError`] when the bytes are none, or the device fails.
    pub async fn gradient(&mut self, share: &[u8]) -> Result<Vec<u8>, ShareError> {
        let (header, values): (Header, _) = unpack(share).ok_or(ShareError::Format)?;
        header.network.check().map_err(|_| ShareError::Format)?;
        // Before memory is set aside for the network.
        let fits = values.len() >= header.network.fewest_weights();
        if !fits || ![0, header.network.classes()].contains(&header.classes) {
            return Err(ShareError::Format);
        }
        let device = &self.device;
        let shape = match self.network.take() {
            Some((config, network)) if config == header.network => network,
            _ => header.network.init(&mut ChaCha8Rng::seed_from_u64(0), device),
        };
        let (network, mut values) = filled(shape, &values, device).ok_or(ShareError::Format)?;
        let mut average = network.clone();
        if header.averaged {
            (average, values) = filled(average, values, device).ok_or(ShareError::Format)?;
        }
        let mut next = |columns: usize, rows: usize| -> Result<Tensor<2>, ShareError> {
            let count = rows.checked_mul(columns).ok_or(ShareError::Format)?;
            let (own, rest) = values.split_at_checked(count).ok_or(ShareError::Format)?;
            values = rest;
            Ok(Tensor::from_data(TensorData::new(own.to_vec(), [rows, columns]), device))
        };
        let mut criterion = Criterion::new(device);
        let [a, b, c, d] = criterion.state().map(|part| next(1, part.dims()[0]));
        criterion.restore([a?, b?, c?, d?]);
        let (rows, dimension) = (header.rows, header.network.dimension());
        let batch = Batch {
            x: next(dimension, rows)?,
            noise: next(dimension, rows)?,
            level: LogSigma(next(1, rows)?),
            class: if header.classes > 0 { Some(Classes(next(header.classes, rows)?)) } else { None },
            weight: if header.weighted { Some(next(1, rows)?) } else { None },
        };
        let share = Share { batch, options: header.options, parts: header.parts };
        let network = network.train();
        let Gradient { losses, weights } = share.gradient(&network, &average, &mut criterion);
        let turn = losses.turn.unwrap_or_else(|| losses.noise.zeros_like());
        let mut flat = Collect { weights: &weights, tensors: vec![losses.noise, turn] };
        network.visit(&mut flat);
        let mut bytes = Vec::new();
        append(&mut bytes, Tensor::cat(flat.tensors, 0)).await.map_err(ShareError::Device)?;
        self.network = Some((header.network, network.valid()));
        Ok(bytes)
    }
}

impl Gradient {
    /// Adds what a [`Helper`] answered, of a network of the same shape as `network`.
    pub(super) fn add(&mut self, answer: &[u8], network: &Network) -> Result<(), ShareError> {
        let values = floats(answer).ok_or(ShareError::Format)?;
        if values.len() != 2 + network.num_params() {
            return Err(ShareError::Format);
        }
        let device = self.losses.noise.device();
        let scalar = |value: f32| Tensor::from_data([value], &device);
        self.losses.noise = self.losses.noise.clone() + scalar(values[0]);
        self.losses.turn = self.losses.turn.take().map(|turn| turn + scalar(values[1]));
        network.visit(&mut Sum { weights: &mut self.weights, values: &values[2..], device });
        Ok(())
    }
}

/// Collects the gradients of a module's weights in its own order, zeros where there is none.
struct Collect<'a> {
    weights: &'a GradientsParams,
    tensors: Vec<Tensor<1>>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = self.weights.get::<D>(param.id).unwrap_or_else(|| param.val().inner().zeros_like());
        let count = value.shape().num_elements();
        self.tensors.push(value.reshape([count]));
    }
}

/// Adds gradients in a module's own order to those that are there.
struct Sum<'a> {
    weights: &'a mut GradientsParams,
    values: &'a [f32],
    device: Device,
}

impl ModuleVisitor for Sum<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let shape = param.val().dims();
        let (other, rest) = self.values.split_at(shape.iter().product());
        self.values = rest;
        if let Some(own) = self.weights.remove::<D>(param.id) {
            let other = Tensor::from_data(TensorData::new(other.to_vec(), shape), &self.device);
            self.weights.register(param.id, own + other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::objective::{Objective, TurnTarget, Weighting};
    use crate::training::{State, Trainer, TrainingOptions};

    /// Helpers that compute when they are asked, and die in the steps named.
    struct Direct {
        helpers: Vec<Helper>,
        shares: Vec<Vec<u8>>,
    }

    impl Helpers for Direct {
        fn count(&self) -> usize {
            self.helpers.len()
        }

        fn start(&mut self, index: usize, share: Vec<u8>) {
            self.shares[index] = share;
        }

        async fn finish(&mut self, index: usize) -> Result<Vec<u8>, ShareError> {
            self.helpers[index].gradient(&self.shares[index]).await
        }
    }

    fn direct(count: usize) -> Direct {
        Direct { helpers: (0..count).map(|_| Helper::new(&Device::flex())).collect(), shares: vec![Vec::new(); count] }
    }

    fn points(objective: Objective, turn_target: TurnTarget, weighting: Weighting) -> Trainer {
        let options =
            TrainingOptions { objective, turn_target, weighting, budget: 8, batch: 61, ..TrainingOptions::points() };
        let data = Dataset::named("spiral", None, None).expect("a set");
        Trainer::new(NetworkConfig::for_data(&data, 32), options, data, 3, &Device::flex())
    }

    fn losses(trainer: &mut Trainer, helpers: &mut Direct, steps: usize) -> Vec<[f32; 2]> {
        let one =
            |losses: Losses| [Some(losses.noise), losses.turn].map(|loss| loss.map_or(0.0, |loss| loss.into_scalar()));
        (0..steps).map(|_| one(pollster::block_on(trainer.next_with(helpers)).expect("a step"))).collect()
    }

    fn weights(trainer: &Trainer) -> Vec<f32> {
        flatten(trainer.average()).into_data().iter::<f32>().collect()
    }

    const KINDS: [(Objective, TurnTarget, Weighting); 4] = [
        (Objective::Simple, TurnTarget::Best, Weighting::Uniform),
        (Objective::Accelerated, TurnTarget::Best, Weighting::Velocity),
        (Objective::Accelerated, TurnTarget::Central, Weighting::Uniform),
        (Objective::Accelerated, TurnTarget::Raw, Weighting::Adaptive),
    ];

    #[test]
    fn without_helpers_the_run_is_the_plain_one_bit_for_bit() {
        for (objective, target, weighting) in KINDS {
            let mut plain = points(objective, target, weighting);
            let mut alone = points(objective, target, weighting);
            plain.by_ref().take(12).for_each(drop);
            losses(&mut alone, &mut direct(0), 12);
            assert_eq!(weights(&plain), weights(&alone), "{objective:?}, {target:?}");
        }
    }

    /// Sums in another order, and nothing else: the control variate alone is a mean over the trainer's own share, and the velocity learns
    /// nothing from the turn.
    #[test]
    fn shares_add_up_to_the_whole_step_and_runs_repeat_bit_for_bit() {
        for (objective, target, weighting) in KINDS {
            let run = |helpers: usize| {
                let mut trainer = points(objective, target, weighting);
                let losses = losses(&mut trainer, &mut direct(helpers), 12);
                (losses, weights(&trainer))
            };
            let (whole, _) = run(0);
            for helpers in [1, 2] {
                let (split, weights) = run(helpers);
                assert_eq!((&split, &weights), (&run(helpers).0, &run(helpers).1));
                for (a, b) in whole.iter().zip(&split) {
                    assert!((a[0] - b[0]).abs() < 1e-5 * a[0], "{target:?}, {helpers}: {a:?} and {b:?}");
                    assert_eq!(a[1] > 0.0, b[1] > 0.0, "{target:?}: the turn begins at another step");
                }
            }
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let mut trainer = points(Objective::Simple, TurnTarget::Best, Weighting::Uniform);
        let batch = trainer.draw();
        let share = trainer.shares(batch.clone(), 2).swap_remove(1);
        let state = &trainer.state;
        let bytes = pollster::block_on(share.bytes(&trainer.config, &state.network, &state.average, &state.criterion));
        let bytes = bytes.expect("bytes");
        let mut helper = Helper::new(&Device::flex());
        for cut in [0, 3, 4, 20, bytes.len() / 2, bytes.len() - 4, bytes.len() - 1] {
            assert!(pollster::block_on(helper.gradient(&bytes[..cut])).is_err(), "{cut} of {} bytes", bytes.len());
        }
        let answer = pollster::block_on(helper.gradient(&bytes)).expect("a gradient");
        let first = trainer.shares(batch, 2).swap_remove(0);
        let State { network, average, criterion, .. } = &mut trainer.state;
        let mut own = first.gradient(network, average, criterion);
        assert!(own.add(&answer[4..], network).is_err());
        assert!(own.add(&answer, network).is_ok());
    }
}
