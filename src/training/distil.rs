//! Training a flow map from the trajectories of a network that is trained already.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::bank::{Chunk, Pairs, Shape, TOGETHER, Teacher};
use super::descent::{Descent, Rates};
use super::gradient::{added, collected};
use crate::data::{DataKind, Dataset};
use crate::denoiser::NetworkDenoiser;
use crate::network::{FlowMap, Network, NetworkConfig, filled, flatten};
use crate::sharing::{self, Helpers, Kind, ShareError, Work, bytes_of, floats, unpacked};

/// Steps over which the learning rate rises.
const RISE: f64 = 50.0;
/// Share of the steps over which it falls, and what is left of it at the end.
const FALL: f64 = 0.3;
const LEAST: f64 = 0.02;

/// Options of distillation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistilOptions {
    /// Trajectories in the bank.
    pub trajectories: usize,
    /// Steps of each.
    pub cells: usize,
    /// Noise level where they start.
    pub sigma_max: f64,
    /// Noise level where they end.
    pub sigma_min: f64,
    /// Training steps between two replacements of the bank's oldest trajectories; never if zero.
    pub refresh: usize,
    /// Pairs of points of a trajectory in one training step.
    pub batch: usize,
    /// Adam's step size, after its rise and before its fall.
    pub learning_rate: f64,
    /// Decay of the exponential moving average.
    pub ema: f64,
    /// Training steps.
    pub budget: usize,
}

impl DistilOptions {
    /// Options for points in few dimensions.
    pub fn points() -> Self {
        Self {
            trajectories: 8192,
            cells: 32,
            sigma_max: 10.0,
            sigma_min: 0.02,
            refresh: 0,
            batch: 256,
            learning_rate: 2e-3,
            ema: 0.999,
            budget: 2000,
        }
    }

    /// Options for images. They are large, so the bank is small and rolls.
    pub fn images() -> Self {
        Self {
            trajectories: 2048,
            cells: 16,
            sigma_max: 80.0,
            refresh: 25,
            batch: 64,
            learning_rate: 1e-3,
            ema: 0.995,
            budget: 1000,
            ..Self::points()
        }
    }

    /// Options for data of a kind.
    pub fn of(kind: DataKind) -> Self {
        match kind {
            DataKind::Points => Self::points(),
            DataKind::Images { .. } => Self::images(),
        }
    }

    /// Adam's step size in step `step`, from 0.
    pub(crate) fn rate(&self, step: usize) -> f64 {
        let left = self.budget.saturating_sub(step) as f64 / (FALL * self.budget as f64);
        self.learning_rate * ((step + 1) as f64 / RISE).min(1.0).min(left.max(LEAST))
    }
}

/// A flow map in training: an iterator without end, each `next` one step of Adam on the error of `F` over steps along trajectories.
///
/// The teacher is the averaged velocity; its trajectories (DPM-Solver++(2M)) go into a bank, and any two points of one are a step that
/// the map is regressed on, `F* = (cos(D) x_t - x_s) / sin(D)` (trajectories as in arXiv 2101.02388, every step of them as in flow
/// map matching, 2406.07507). Nothing of the data is seen again.
///
/// ```
/// # #[cfg(feature = "cpu")] {
/// use burn::tensor::{Device, Distribution, Tensor};
/// use fewsteps::data::Dataset;
/// use fewsteps::network::NetworkConfig;
/// use fewsteps::sampler::{FlowMap, sample};
/// use fewsteps::schedule::log_linear;
/// use fewsteps::training::{DistilOptions, Distiller, Trainer, TrainingOptions};
///
/// let device = Device::flex();
/// let spiral = Dataset::named("spiral", None, None)?;
/// let network = NetworkConfig::for_data(&spiral, 32);
/// let mut trainer = Trainer::new(network, TrainingOptions::points(), spiral, 1, &device);
/// trainer.by_ref().take(100).for_each(drop);
///
/// let options = DistilOptions { trajectories: 256, ..DistilOptions::points() };
/// let mut distiller = Distiller::new(trainer.config(), trainer.average(), trainer.data(), options, 1);
/// distiller.by_ref().take(50).for_each(drop);
///
/// let noise = || Tensor::<2>::random([1000, 2], Distribution::Normal(0.0, 1.0), &device);
/// let points = pollster::block_on(sample(FlowMap, distiller.denoiser(), log_linear(1, 0.02, 10.0), noise)); // one step
/// # assert_eq!(points.dims(), [1000, 2]);
/// # assert!(points.abs().max().into_scalar::<f32>() < 10.0);
/// # }
/// # Ok::<(), fewsteps::data::DataError>(())
/// ```
pub struct Distiller {
    /// May be changed between steps; what concerns trajectories holds for those still to be made.
    pub options: DistilOptions,
    teacher: Teacher,
    config: NetworkConfig,
    pub(super) map: FlowMap,
    pub(super) average: FlowMap,
    pub(super) descent: Descent,
    bank: Vec<Chunk>,
    seed: u64,
    /// Draws pairs.
    pub(super) rng: ChaCha8Rng,
    pub(super) step: usize,
}

/// Chunk `n` of the trajectories is drawn from the seed's stream `n` after this one, so that each can be made again by itself.
const CHUNKS: u64 = 1 << 32;

impl Distiller {
    /// A map that begins as DDIM with the velocity of `network` (averaged, without autodiff), of shape `config` and trained on `data`.
    pub fn new(config: &NetworkConfig, network: &Network, data: &Dataset, options: DistilOptions, seed: u64) -> Self {
        let average = FlowMap::of(network);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(2);
        let teacher = Teacher {
            denoiser: NetworkDenoiser::new(network.clone(), config.turn_cost()),
            classes: config.classes(),
            mean: data.mean(),
            cells: options.cells,
            sigma_min: options.sigma_min,
            sigma_max: options.sigma_max,
            device: network.devices().swap_remove(0).without_autodiff(),
        };
        Self {
            options,
            teacher,
            config: config.clone(),
            map: average.clone().train(),
            average,
            descent: Descent::default(),
            bank: Vec::new(),
            seed,
            rng,
            step: 0,
        }
    }

    /// The same going on with `map`, which has `step` steps behind it.
    pub fn resume(self, map: FlowMap, step: usize) -> Self {
        Self { map: map.clone().train(), average: map, step, ..self }
    }

    /// The part of the bank that is there, from 0 to 1.
    pub fn filled(&self) -> f64 {
        self.bank.len() as f64 / self.chunks() as f64
    }

    fn chunks(&self) -> usize {
        self.options.trajectories.div_ceil(TOGETHER).max(1)
    }

    /// Makes some more trajectories, unless the bank is full. Training does so by itself; this is for those who show how far it is.
    pub fn fill(&mut self) {
        let place = self.bank.len();
        if place < self.chunks() {
            // The last of all chunks made so far that has this place.
            let made = self.chunks() + self.refreshes();
            self.bank.push(self.chunk(made - 1 - (made - 1 - place) % self.chunks()));
        }
    }

    /// Chunks of trajectories that have taken the place of others, by the steps taken.
    fn refreshes(&self) -> usize {
        self.step.saturating_sub(1).checked_div(self.options.refresh).unwrap_or(0)
    }

    /// Chunk `number` of this run.
    fn chunk(&self, number: usize) -> Chunk {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(CHUNKS + number as u64);
        self.teacher.chunk(&mut rng)
    }

    /// The averaged map, without autodiff.
    pub fn average(&self) -> &FlowMap {
        &self.average
    }

    /// The teacher with the averaged map.
    pub fn denoiser(&self) -> NetworkDenoiser {
        self.teacher.denoiser.clone().with_map(self.average.clone(), self.config.map_cost())
    }

    /// Steps taken.
    pub fn step(&self) -> usize {
        self.step
    }

    /// The device, without autodiff.
    pub(super) fn device(&self) -> &Device {
        &self.teacher.device
    }

    /// Puts fresh trajectories in the place of the oldest.
    fn refresh(&mut self) {
        let made = self.chunks() + self.refreshes();
        let oldest = made % self.bank.len();
        self.bank[oldest] = self.chunk(made);
    }
}

impl Distiller {
    /// The pairs of the next step.
    fn draw(&mut self) -> Pairs {
        while self.filled() < 1.0 {
            self.fill();
        }
        let DistilOptions { refresh, batch, .. } = self.options;
        if refresh > 0 && self.step > 0 && self.step.is_multiple_of(refresh) {
            self.refresh();
        }
        let chunk = &self.bank[self.rng.random_range(0..self.bank.len())];
        chunk.pairs(batch, self.teacher.classes, &mut self.rng)
    }

    /// Adam's step, and the average's.
    fn apply(&mut self, gradient: GradientsParams) {
        let learning_rate = self.options.rate(self.step);
        self.step += 1;
        let decay = self.options.ema.min((1 + self.step) as f64 / (10 + self.step) as f64);
        let rates = Rates { learning_rate, decay };
        [self.map, self.average] = self.descent.step(self.map.clone(), self.average.clone(), gradient, rates);
    }

    /// A step: forwards, and twice as many multiplications backwards.
    fn work(&self) -> Work {
        let multiplications = self.config.multiplications() as f64 * self.config.map_cost() * self.options.batch as f64;
        Work { multiplications: 3.0 * multiplications, numbers: self.map.num_params() }
    }

    /// One step like [`Iterator::next`], its pairs split between this worker and as many of `helpers` as are useful. The same number of
    /// helpers gives the same run; without any it is the run of the plain iterator.
    ///
    /// # Errors
    /// [`ShareError`] when the device fails or a helper does; the step is then not taken.
    pub async fn next_with(&mut self, helpers: &mut impl Helpers) -> Result<Tensor<1>, ShareError> {
        let mut shares = self.draw().cut(1 + helpers.useful(self.work())).into_iter();
        let (own, part) = shares.next().ok_or(ShareError::Format)?;
        let others: Vec<_> = shares.collect();
        for (index, (pairs, part)) in others.iter().enumerate() {
            let (tensors, pairs) = pairs.flat();
            let header = Header { config: self.config.clone(), part: *part, pairs };
            let tensors = [flatten(&self.map)].into_iter().chain(tensors).collect();
            helpers.start(index, sharing::share(Kind::MapStep, &header, &bytes_of(tensors).await?)?);
        }
        let (mut loss, mut gradient) = gradient(&own, part, &self.map);
        for index in 0..others.len() {
            let [other] = added(&mut gradient, &helpers.finish(index).await?, &self.map)?;
            loss = loss + other;
        }
        self.apply(gradient);
        Ok(loss)
    }
}

impl Iterator for Distiller {
    type Item = Tensor<1>;

    /// One step: pairs, their gradient, Adam, the average. The loss stays on the device until it is read.
    fn next(&mut self) -> Option<Tensor<1>> {
        let (loss, gradient) = gradient(&self.draw(), 1.0, &self.map);
        self.apply(gradient);
        Some(loss)
    }
}

/// What `pairs` add to the loss of a step, of whose pairs they are a `part`, and its gradient.
fn gradient(pairs: &Pairs, part: f64, map: &FlowMap) -> (Tensor<1>, GradientsParams) {
    let loss = if part == 1.0 { pairs.loss(map) } else { pairs.loss(map) * part };
    (loss.clone().inner(), GradientsParams::from_grads(loss.backward(), map))
}

/// What a share's bytes say of the numbers that follow.
#[derive(Serialize, Deserialize)]
struct Header {
    /// Of the network that the map began as.
    config: NetworkConfig,
    part: f64,
    pairs: Shape,
}

/// The answer to a share of a step.
pub(super) async fn answer(share: &[u8], device: &Device) -> Result<Vec<u8>, ShareError> {
    let (header, values) = unpacked::<Header>(share)?;
    header.config.check().map_err(|_| ShareError::Format)?;
    let values = floats(values)?;
    let shape = FlowMap::of(&header.config.init(&mut ChaCha8Rng::seed_from_u64(0), device));
    let (map, values) = filled(shape, &values, device).ok_or(ShareError::Format)?;
    let map = map.train();
    let pairs = Pairs::read(values, header.pairs, header.config.dimension(), device)?;
    let (loss, weights) = gradient(&pairs, header.part, &map);
    bytes_of(collected([loss], &weights, &map)).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::UNetConfig;
    use crate::training::{Direct, direct};

    fn distiller(config: &NetworkConfig) -> Distiller {
        let data = Dataset::named("spiral", None, None).expect("a set");
        let data = match config.dimension() {
            2 => data,
            d => Dataset { kind: DataKind::Images { side: 8 }, dimension: d, train: vec![0.5; 4 * d], ..data },
        };
        let options = DistilOptions { trajectories: 64, cells: 4, batch: 61, refresh: 2, ..DistilOptions::points() };
        let network = config.init(&mut ChaCha8Rng::seed_from_u64(1), &Device::flex());
        Distiller::new(config, &network, &data, options, 1)
    }

    fn run(config: &NetworkConfig, helpers: &mut Direct) -> (Vec<f32>, Vec<f32>) {
        let mut distiller = distiller(config);
        let one = |_| pollster::block_on(distiller.next_with(helpers)).expect("a step").into_scalar();
        let losses = (0..5).map(one).collect();
        (losses, flatten(distiller.average()).into_data().iter().collect())
    }

    #[test]
    fn a_step_is_shared_and_repeats_bit_for_bit() {
        let images = NetworkConfig::UNet(UNetConfig { mixing: 8, ..UNetConfig::images(8, 8) }).of_classes(3);
        for config in [NetworkConfig::points(2, 19), images] {
            let mut plain = distiller(&config);
            let losses: Vec<f32> = plain.by_ref().take(5).map(|loss| loss.into_scalar()).collect();
            let weights: Vec<f32> = flatten(plain.average()).into_data().iter().collect();
            assert!(run(&config, &mut direct(0)) == (losses.clone(), weights), "alone it is the plain loop");
            for helpers in [1, 2] {
                let shared = run(&config, &mut direct(helpers));
                assert!(shared == run(&config, &mut direct(helpers)), "{helpers} helpers");
                for (one, other) in losses.iter().zip(&shared.0) {
                    assert!((one - other).abs() < 1e-5 * one, "{helpers} helpers: {losses:?} and {:?}", shared.0);
                }
            }
        }
    }
}
