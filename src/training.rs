//! Training as an iterator: the caller owns the loop, the plots and the stopping.

mod average;

use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::data::Dataset;
use crate::network::{Network, NetworkConfig};
use crate::objective::{self, Baseline, Batch, Losses, NoiseLevels, Objective, TurnTarget, Weighting};

/// From this many coordinates on, errors count as errors of `v`, and the second head learns from central differences: the
/// single-sample target's noise grows with the dimension.
const MANY_DIMENSIONS: usize = 16;

/// What training can change from one step to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingOptions {
    /// What is asked of the network.
    pub objective: Objective,
    /// Distribution of noise levels.
    pub noise: NoiseLevels,
    /// Adam's step size.
    pub learning_rate: f64,
    /// Points a step.
    pub batch: usize,
    /// How much of the averaged weights is kept at a step.
    pub ema: f64,
    /// Steps after which training is done. With central differences, the second head starts after a quarter of them.
    pub budget: usize,
}

/// A network in training on a data set; each `next` is one step.
pub struct Trainer {
    /// May be changed between steps.
    pub options: TrainingOptions,
    config: NetworkConfig,
    network: Network,
    average: Network,
    optimizer: ModuleOptimizer,
    baseline: Baseline,
    data: Dataset,
    rng: ChaCha8Rng,
    device: Device,
    step: usize,
    turn_steps: usize,
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
            average: network.valid(),
            network,
            optimizer: optimizer(),
            baseline: Baseline::new(&plain),
            config,
            options,
            data,
            rng,
            device: plain,
            step: 0,
            turn_steps: 0,
        }
    }

    /// Puts `network` of shape `config` (from a file, without autodiff) in place of the one in training, with `step` steps behind it.
    pub fn replace(&mut self, config: NetworkConfig, network: Network, step: usize, turn_steps: usize) {
        self.config = config;
        self.average = network.clone();
        self.network = network.train();
        self.optimizer = optimizer();
        self.baseline = Baseline::new(&self.device);
        (self.step, self.turn_steps) = (step, turn_steps);
    }

    /// The network's shape.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// The averaged weights, without autodiff: the network to sample with.
    pub fn average(&self) -> &Network {
        &self.average
    }

    /// What is learned from.
    pub fn data(&self) -> &Dataset {
        &self.data
    }

    /// Steps taken.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Steps in which the second head learned too.
    pub fn turn_steps(&self) -> usize {
        self.turn_steps
    }

    fn losses(&mut self, batch: &Batch) -> Losses {
        let many = self.data.dimension >= MANY_DIMENSIONS;
        let weighting = match many {
            true => Weighting::Velocity,
            false => Weighting::Noise,
        };
        if self.options.objective == Objective::Simple || (many && self.step < self.options.budget / 4) {
            return objective::simple(&self.network, batch, weighting);
        }
        self.turn_steps += 1;
        let target = match many {
            true => TurnTarget::CentralDifference(&self.average),
            false => TurnTarget::ControlVariate(&mut self.baseline),
        };
        objective::accelerated(&self.network, batch, weighting, target)
    }
}

impl Iterator for Trainer {
    type Item = Losses;

    /// One step: a batch, its gradient, Adam, the average. Losses stay on the device until somebody reads them.
    fn next(&mut self) -> Option<Losses> {
        let TrainingOptions { noise, learning_rate, batch, ema, .. } = self.options;
        let clean = self.data.draw(batch, &mut self.rng);
        let batch = Batch::new(&clean, self.data.dimension, noise, &mut self.rng, &self.device);
        let losses = self.losses(&batch);
        let total = match &losses.turn {
            Some(turn) => losses.noise.clone() + turn.clone(),
            None => losses.noise.clone(),
        };
        let gradients = GradientsParams::from_grads(total.backward(), &self.network);
        self.network = self.optimizer.step(learning_rate, self.network.clone(), gradients);
        self.step += 1;
        // A young average follows fast.
        let kept = ema.min((1 + self.step) as f64 / (10 + self.step) as f64);
        self.average = match kept {
            0.0 => self.network.valid(),
            kept => average::blend(self.average.clone(), &self.network, kept),
        };
        let detached = Losses { noise: losses.noise.inner(), turn: losses.turn.map(|turn| turn.inner()) };
        Some(detached)
    }
}

fn optimizer() -> ModuleOptimizer {
    AdamConfig::new().with_epsilon(1e-8).init()
}
