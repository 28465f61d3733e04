//! A training step split among workers: each computes the gradient of its share of the batch.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::gradient::{added, collected};
use crate::network::{Classes, LogSigma, Network, NetworkConfig, filled, flatten};
use crate::objective::{Batch, Criterion, LossOptions, Losses};
use crate::sharing::{self, Kind, ShareError, bytes_of, flat, floats, taken_rows, unpacked};

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
        let shares = sharing::cut(rows, if options.adaptive { 1 } else { count });
        if shares.len() == 1 {
            return vec![Share { batch, options, parts: [1.0; 2] }];
        }
        let taught = |rows: usize| options.taught(rows) as f64;
        let all: f64 = shares.iter().map(|own| taught(own.len())).sum();
        let share = |own: std::ops::Range<usize>| {
            let parts = [own.len() as f64 / rows as f64, taught(own.len()) / all];
            Share { batch: batch.rows(own.start, own.len()), options, parts }
        };
        shares.into_iter().map(share).collect()
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
        let mut tensors = vec![flatten(network)];
        tensors.extend(averaged.then(|| flatten(average)));
        tensors.extend(criterion.state().map(flat));
        tensors.extend([x, noise, level.0].map(flat));
        tensors.extend(class.map(|class| flat(class.0)));
        tensors.extend(weight.map(flat));
        sharing::share(Kind::Step, &header, &bytes_of(tensors).await?)
    }
}

impl Gradient {
    /// Adds what a helper answered, of a network of the same shape as `network`.
    pub(super) fn add(&mut self, answer: &[u8], network: &Network) -> Result<(), ShareError> {
        let [noise, turn] = added(&mut self.weights, answer, network)?;
        self.losses.noise = self.losses.noise.clone() + noise;
        self.losses.turn = self.losses.turn.take().map(|loss| loss + turn);
        Ok(())
    }
}

/// The answer to a share of a step. `last` is the network of the share before: the next one has its shape, if it is of the same run.
pub(super) async fn answer(
    share: &[u8],
    last: &mut Option<(NetworkConfig, Network)>,
    device: &Device,
) -> Result<Vec<u8>, ShareError> {
    let (header, values) = unpacked::<Header>(share)?;
    header.network.check().map_err(|_| ShareError::Format)?;
    let values = floats(values)?;
    // Before memory is set aside for the network.
    let fits = values.len() >= header.network.fewest_weights();
    if !fits || ![0, header.network.classes() + 1].contains(&header.classes) {
        return Err(ShareError::Format);
    }
    let shape = match last.take() {
        Some((config, network)) if config == header.network => network,
        _ => header.network.init(&mut ChaCha8Rng::seed_from_u64(0), device),
    };
    let (network, mut values) = filled(shape, &values, device).ok_or(ShareError::Format)?;
    let mut average = network.clone();
    if header.averaged {
        (average, values) = filled(average, values, device).ok_or(ShareError::Format)?;
    }
    let mut next = |columns: usize, rows: usize| taken_rows(&mut values, [rows, columns], device);
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
    let bytes = bytes_of(collected([losses.noise, turn], &weights, &network)).await?;
    *last = Some((header.network, network.valid()));
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::network::Hidden;
    use crate::objective::{Objective, TurnTarget, Weighting};
    use crate::sharing::Helpers;
    use crate::training::direct;
    use crate::training::{Helper, State, Trainer, TrainingOptions};

    fn points(objective: Objective, turn_target: TurnTarget, weighting: Weighting) -> Trainer {
        let options =
            TrainingOptions { objective, turn_target, weighting, budget: 8, batch: 61, ..TrainingOptions::points() };
        let data = Dataset::named("spiral", None, None).expect("a set");
        Trainer::new(NetworkConfig::for_data(&data, 32), options, data, 3, &Device::flex())
    }

    fn losses(trainer: &mut Trainer, helpers: &mut impl Helpers, steps: usize) -> Vec<[f32; 2]> {
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

    /// A wide network's shape travels with its weights.
    #[test]
    fn wide_networks_are_shared() {
        let run = |helpers: usize| {
            let options = TrainingOptions { batch: 61, budget: 8, ..TrainingOptions::points() };
            let data = Dataset::named("spiral", None, None).expect("a set");
            let network = NetworkConfig::for_data(&data, 16).with_hidden(Hidden::Wide);
            losses(&mut Trainer::new(network, options, data, 3, &Device::flex()), &mut direct(helpers), 4)
        };
        for ([alone, _], [split, _]) in run(0).into_iter().zip(run(1)) {
            assert!((alone - split).abs() < 1e-5 * alone, "{alone} and {split}");
        }
    }

    /// Their classes travel with the points.
    #[test]
    fn points_of_classes_are_shared() {
        let run = |helpers: usize| {
            let points: Vec<f32> = (0..400).map(|i| (i as f32 * 0.7).sin()).collect();
            let labels: Vec<u8> = (0..200).map(|i| i % 3).collect();
            let data = Dataset::from_labelled(&points, 2, &labels, 1).expect("a data set");
            let options = TrainingOptions { batch: 61, ..TrainingOptions::points() };
            let network = NetworkConfig::for_data(&data, 16).of_classes(3);
            losses(&mut Trainer::new(network, options, data, 3, &Device::flex()), &mut direct(helpers), 4)
        };
        for ([alone, _], [split, _]) in run(0).into_iter().zip(run(1)) {
            assert!((alone - split).abs() < 1e-5 * alone, "{alone} and {split}");
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
            assert!(pollster::block_on(helper.answer(&bytes[..cut])).is_err(), "{cut} of {} bytes", bytes.len());
        }
        let answer = pollster::block_on(helper.answer(&bytes)).expect("a gradient");
        let first = trainer.shares(batch, 2).swap_remove(0);
        let State { network, average, criterion, .. } = &mut trainer.state;
        let mut own = first.gradient(network, average, criterion);
        assert!(own.add(&answer[4..], network).is_err());
        assert!(own.add(&answer, network).is_ok());
    }
}
