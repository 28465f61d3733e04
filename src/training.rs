//! Training as an iterator: the caller owns the loop, the plots and the stopping.

mod bank;
mod descent;
mod distil;
mod floor;
mod gradient;
mod helper;
mod saved;
mod share;

use burn::module::Module;
use burn::tensor::Device;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::denoiser::NetworkDenoiser;
use crate::network::{Classes, Network, NetworkConfig};
use crate::objective::{
    Batch, Criterion, LossOptions, Losses, Matching, NoiseLevels, Objective, TurnTarget, Weigher, Weighting,
};
use crate::sharing::{Helpers, ShareError, Work};

pub(crate) use descent::{Descent, Rates};
pub use distil::{DistilOptions, Distiller};
pub use helper::Helper;
#[cfg(test)]
pub(crate) use helper::tests::{Direct, direct};
pub use saved::SavedError;
use share::{Gradient, Share};

/// Probability that training drops a point's class, so that the network learns the unconditional distribution too (arXiv 2207.12598,
/// sec 3.2).
const CLASS_DROPOUT: f64 = 0.1;

/// Options of training; any of them may change from one step to the next. What is missing in JSON is as for
/// [points](TrainingOptions::points).
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainingOptions {
    /// Which losses are summed.
    pub objective: Objective,
    /// The loss of the noise.
    pub matching: Matching,
    /// The target of the turn head.
    pub turn_target: TurnTarget,
    /// Weight of the squared errors at each level, of the noise and of the turn.
    pub weighting: Weighting,
    /// Exponent of [`Weighting::SigmaPower`].
    pub weighting_power: f64,
    /// Distribution of noise levels.
    pub noise: NoiseLevels,
    /// Adam's step size.
    pub learning_rate: f64,
    /// Points a step.
    pub batch: usize,
    /// Decay of the exponential moving average of the weights: the share of it that a step keeps.
    pub ema: f64,
    /// Steps after which training is done. Where the turn head learns from the network itself, it starts after a quarter of them;
    /// one that has learned already goes on at once.
    pub budget: usize,
    /// Steps of a flow map after them, where the objective has one ([`Objective::Whole`]).
    pub map_steps: usize,
}

impl TrainingOptions {
    /// Options for points in few dimensions.
    pub fn points() -> Self {
        Self {
            objective: Objective::default(),
            matching: Matching::default(),
            turn_target: TurnTarget::default(),
            weighting: Weighting::default(),
            weighting_power: 1.0,
            noise: NoiseLevels::default(),
            learning_rate: 2e-3,
            batch: 256,
            ema: 0.999,
            budget: 5000,
            map_steps: DistilOptions::points().budget,
        }
    }

    /// Options for images: errors count as errors of `v`, and the turn head learns from central differences, since
    /// a single-sample target's noise grows with the dimension. Steps are long, so there are fewer.
    pub fn images() -> Self {
        Self {
            turn_target: TurnTarget::Central,
            weighting: Weighting::Velocity,
            batch: 64,
            budget: 1500,
            map_steps: DistilOptions::images().budget,
            ..Self::points()
        }
    }
}

impl Default for TrainingOptions {
    fn default() -> Self {
        Self::points()
    }
}

/// A network in training on a data set: an iterator without end, each `next` one step of Adam on the sum of both losses.
///
/// ```
/// # #[cfg(feature = "cpu")] {
/// use burn::tensor::Device;
/// use fewsteps::data::Dataset;
/// use fewsteps::network::NetworkConfig;
/// use fewsteps::training::{Trainer, TrainingOptions};
///
/// let data = Dataset::named("spiral", None, None)?;
/// let network = NetworkConfig::for_data(&data, 16);
/// let mut trainer = Trainer::new(network, TrainingOptions::points(), data, 1, &Device::flex());
/// let losses: Vec<f32> = trainer.by_ref().take(5).map(|losses| losses.noise.into_scalar()).collect();
/// assert_eq!((losses.len(), trainer.step()), (5, 5));
/// let denoiser = trainer.denoiser();
/// # let _ = denoiser;
/// # }
/// # Ok::<(), fewsteps::data::DataError>(())
/// ```
pub struct Trainer {
    /// May be changed between steps.
    pub options: TrainingOptions,
    config: NetworkConfig,
    state: State,
    weigher: Weigher,
    data: Dataset,
    device: Device,
}

/// All that a step changes. A copy shares its tensors with the original until either takes a step, so that it costs little.
#[derive(Clone)]
pub struct State {
    network: Network,
    average: Network,
    descent: Descent,
    criterion: Criterion,
    rng: ChaCha8Rng,
    step: usize,
    turn_steps: usize,
}

impl State {
    /// Steps taken.
    pub fn step(&self) -> usize {
        self.step
    }
}

impl Trainer {
    /// A fresh network on `device`. The same seed, options and device give the same run.
    ///
    /// # Panics
    /// When the network's dimension is not the data's.
    pub fn new(config: NetworkConfig, options: TrainingOptions, data: Dataset, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let network = config.init(&mut rng, &device.clone().autodiff());
        Self::resume(config, network, options, data, rng, device)
    }

    fn resume(
        config: NetworkConfig,
        network: Network,
        options: TrainingOptions,
        data: Dataset,
        rng: ChaCha8Rng,
        device: &Device,
    ) -> Self {
        assert_eq!(config.dimension(), data.dimension, "the network and the data differ in dimension");
        let plain = device.clone().without_autodiff();
        Self {
            state: State {
                average: network.valid(),
                network,
                descent: Descent::default(),
                criterion: Criterion::new(&plain),
                rng,
                step: 0,
                turn_steps: 0,
            },
            weigher: Weigher::new(options.weighting, options.weighting_power, options.noise),
            config,
            options,
            data,
            device: plain,
        }
    }

    /// Where training is, to come back to.
    pub fn state(&self) -> State {
        self.state.clone()
    }

    /// Goes back to where training was: with the same options, the same steps follow. `state` must be of this network's shape.
    pub fn restore(&mut self, state: State) {
        self.state = state;
    }

    /// Puts `network` of shape `config` (from a file, without autodiff) in place of the one in training, with `step` steps behind it.
    pub fn replace(&mut self, config: NetworkConfig, network: Network, step: usize, turn_steps: usize) {
        self.config = config;
        self.state = State {
            average: network.clone(),
            network: network.train(),
            descent: Descent::default(),
            criterion: Criterion::new(&self.device),
            rng: self.state.rng.clone(),
            step,
            turn_steps,
        };
    }

    /// The network's shape.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// The network with averaged weights, without autodiff: the one to sample with.
    pub fn average(&self) -> &Network {
        &self.state.average
    }

    /// The averaged network as a denoiser.
    pub fn denoiser(&self) -> NetworkDenoiser {
        NetworkDenoiser::new(self.state.average.clone(), self.config.turn_cost())
    }

    /// The data set.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// Steps taken.
    pub fn step(&self) -> usize {
        self.state.step
    }

    /// Steps in which the turn head learned too.
    pub fn turn_steps(&self) -> usize {
        self.state.turn_steps
    }

    /// A step that trains the velocity alone: forwards, and twice as many multiplications backwards.
    pub fn work(&self) -> Work {
        let multiplications = 3.0 * self.config.multiplications() as f64 * self.options.batch as f64;
        Work { multiplications, numbers: self.state.network.num_params() }
    }

    /// The least loss of the noise that any network can reach on these points: that of their exact denoiser, which knows them all.
    /// Nothing where it isn't known: for images, where the weights follow the error, and where the divergence is learned from.
    pub fn loss_floor(&self) -> Option<f64> {
        floor::loss_floor(&self.data, &self.options, self.config.classes() > 0)
    }

    /// Points' `classes` as a condition, some dropped; none for an unconditional network.
    fn condition(&mut self, classes: &[u8]) -> Option<Classes> {
        let known = self.config.classes();
        let mut drop = |&class| (self.state.rng.random::<f64>() >= CLASS_DROPOUT).then_some(class);
        (known > 0).then(|| Classes::new(&classes.iter().map(&mut drop).collect::<Vec<_>>(), known, &self.device))
    }

    /// The batch of the next step: points of the data set with noise on them.
    pub fn draw(&mut self) -> Batch {
        let TrainingOptions { noise, weighting, weighting_power, batch, .. } = self.options;
        if self.weigher.made_from() != (weighting, weighting_power, noise) {
            self.weigher = Weigher::new(weighting, weighting_power, noise);
        }
        let (clean, classes) = self.data.draw(batch, &mut self.state.rng);
        let mut batch = Batch::new(&clean, self.data.dimension, &self.weigher, &mut self.state.rng, &self.device);
        batch.class = classes.and_then(|classes| self.condition(&classes));
        batch
    }

    /// One step on `batch`: its gradient, Adam, the average. Losses stay on the device until they are read.
    pub fn learn(&mut self, batch: &Batch) -> Losses {
        let share = self.shares(batch.clone(), 1).swap_remove(0);
        let State { network, average, criterion, .. } = &mut self.state;
        let gradient = share.gradient(network, average, criterion);
        self.apply(gradient)
    }

    /// `batch` in at most `count` shares.
    fn shares(&mut self, batch: Batch, count: usize) -> Vec<Share> {
        let TrainingOptions { objective, matching, turn_target, weighting, budget, .. } = self.options;
        let State { step, turn_steps, .. } = &mut self.state;
        let waits = turn_target.distils() && *turn_steps == 0 && *step < budget / 4;
        let turn = (objective != Objective::Simple && !waits).then_some(turn_target);
        *turn_steps += usize::from(turn.is_some());
        let options = LossOptions { matching, turn, adaptive: weighting.adapts() };
        Share::cut(batch, options, count)
    }

    /// Adam's step, and the average's.
    fn apply(&mut self, gradient: Gradient) -> Losses {
        let TrainingOptions { learning_rate, ema, .. } = self.options;
        let State { network, average, descent, step, .. } = &mut self.state;
        *step += 1;
        // A young average follows fast.
        let decay = ema.min((1 + *step) as f64 / (10 + *step) as f64);
        let rates = Rates { learning_rate, decay };
        [*network, *average] = descent.step(network.clone(), average.clone(), gradient.weights, rates);
        gradient.losses
    }

    /// One step like [`Iterator::next`], its batch split between this trainer and as many of `helpers` as are useful. The same number of
    /// helpers gives the same run; without any it is the run of the plain iterator.
    ///
    /// # Errors
    /// [`ShareError`] when the device fails or a helper does; the step is then not taken.
    pub async fn next_with(&mut self, helpers: &mut impl Helpers) -> Result<Losses, ShareError> {
        let batch = self.draw();
        let shares = self.shares(batch, 1 + helpers.useful(self.work()));
        let State { network, average, criterion, .. } = &mut self.state;
        for (index, share) in shares[1..].iter().enumerate() {
            let bytes = share.bytes(&self.config, network, average, criterion).await?;
            helpers.start(index, bytes);
        }
        let mut gradient = shares[0].gradient(network, average, criterion);
        for index in 0..shares.len() - 1 {
            gradient.add(&helpers.finish(index).await?, network)?;
        }
        Ok(self.apply(gradient))
    }
}

impl Iterator for Trainer {
    type Item = Losses;

    /// One step ([`Trainer::learn`]) on a batch of its own ([`Trainer::draw`]).
    fn next(&mut self) -> Option<Losses> {
        let batch = self.draw();
        Some(self.learn(&batch))
    }
}
