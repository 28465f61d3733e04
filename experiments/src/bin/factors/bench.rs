//! What all parts of the study measure with.

use std::error::Error;
use std::fs;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::Dataset;
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::metrics::distances::ReferenceSet;
use fewsteps::network::NetworkConfig;
use fewsteps::network::weights::{Description, Precision, Weights, load, save};
use fewsteps::parameters::{Choice, Value};
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule::{self, TABLE_LEN};
use fewsteps::training::{Trainer, TrainingOptions};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Where trained networks are kept.
const NETWORKS: &str = "target/factors/networks";

/// Samples of one run where it counts, and where a grid is chosen.
pub const SAMPLES: usize = 4000;
pub const CHOOSING: usize = 2000;
/// Held-out points that samples are measured against.
const HELD_OUT: usize = 4000;

/// Samplers that know nothing of the turn.
pub const FREE: &[&str] = &[
    "ddim",
    "ge_gamma2",
    "plms4",
    "deis_t3",
    "deis_t4",
    "deis_logrho3",
    "dpmpp_2m",
    "unipc2_bh1",
    "unipc2_bh2",
    "unipc3_bh2",
    "unipc2_bh2_eps",
    "unipc3_bh2_eps",
];

/// Samplers that use it.
pub const TURN: &[&str] = &["ddim_taylor2", "taylor2_log", "curved_pc", "curved_gaussian", "curved_gaussian_pc"];

/// What follows a sampler's name in those of its controls.
pub const CONTROLS: [&str; 2] = ["_history", "_none"];

/// One set, and the distance of samples to it.
pub struct Bench {
    set: String,
    reference: ReferenceSet,
}

impl Bench {
    pub fn new(set: &str) -> Result<Self, Box<dyn Error>> {
        let data = Dataset::built_in(set)?;
        Ok(Self { set: set.into(), reference: ReferenceSet::new(&data.held_out[..2 * HELD_OUT], 2) })
    }

    /// The averaged network of a training run with `options` and `seed`, from its file where an earlier run has left one: runs can be cut
    /// off at any time and go on.
    pub fn network(&self, options: TrainingOptions, seed: u64) -> Result<NetworkDenoiser, Box<dyn Error>> {
        let config = NetworkConfig::points(2, 128);
        let path = format!("{NETWORKS}/{}-{seed}.safetensors", self.set);
        let kept = fs::read(&path).ok().and_then(|bytes| load(&bytes, &Device::flex()).ok());
        let kept =
            kept.filter(|Weights { description: found, .. }| found.network == config && found.step == options.budget);
        let network = if let Some(kept) = kept {
            kept.network
        } else {
            let trainer = self.train(&config, options, seed)?;
            let description = Description {
                network: config.clone(),
                data: self.set.clone(),
                step: trainer.step(),
                turn_steps: trainer.turn_steps(),
                map_steps: 0,
            };
            let weights = Weights { network: trainer.average().clone(), map: None, description };
            let bytes = pollster::block_on(save(&weights, Precision::Single, Precision::Single))?;
            fs::create_dir_all(NETWORKS)?;
            fs::write(&path, bytes)?;
            eprintln!("{}: trained {seed}", self.set);
            trainer.average().clone()
        };
        Ok(NetworkDenoiser::new(network, config.turn_cost()))
    }

    /// A network trained on the set.
    pub fn train(
        &self,
        config: &NetworkConfig,
        options: TrainingOptions,
        seed: u64,
    ) -> Result<Trainer, Box<dyn Error>> {
        let data = Dataset::built_in(&self.set)?;
        let mut trainer = Trainer::new(config.clone(), options, data, seed, &Device::flex());
        trainer.by_ref().take(options.budget).for_each(drop);
        Ok(trainer)
    }

    /// Energy distance of the samples that `name` makes from `start` with as many steps on `grid` as `budget` evaluations allow; `None`
    /// where they allow none.
    pub fn distance(
        &self,
        denoiser: &NetworkDenoiser,
        name: &str,
        grid: &Choice,
        budget: usize,
        start: &Tensor<2>,
    ) -> Option<f64> {
        let (sampler, parameters) = sampler::resolve(name)?;
        let levels = |steps| schedule::levels(&grid.name, &grid.parameters, steps).ok().ok_or(());
        let cost = |steps| {
            let run = sampler::build(sampler, &parameters).ok().ok_or(())?;
            Ok::<_, ()>(sampler::evaluations(run, levels(steps)?))
        };
        let steps = sampler::steps_within(budget, TABLE_LEN, cost).ok()?;
        if cost(steps).ok()? > budget {
            return None;
        }
        let levels = levels(steps).ok()?;
        let end = levels.last()?.signal_scale();
        let sampler = sampler::build(sampler, &parameters).ok()?;
        let draw = || unreachable!("deterministic samplers draw no noise");
        let run = Trajectory::new(sampler, Box::new(denoiser), levels, start.clone(), draw);
        let samples = pollster::block_on(run.last()).div_scalar(end).into_data();
        Some(self.reference.energy_distance(&samples.iter::<f32>().collect::<Vec<_>>()))
    }
}

/// `count` points of a standard normal, spread more evenly than independent ones: a sequence of low discrepancy (R2, the plane's
/// golden ratio), shifted by the seed, as radius and angle. It makes the energy distance of a run less noisy.
pub fn normal(count: usize, seed: u64) -> Tensor<2> {
    const PLASTIC: f64 = 1.324_717_957_244_746;
    let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
    let shift: [f64; 2] = [rng.random(), rng.random()];
    let point = |i: usize| {
        let along = |axis: usize| (shift[axis] + i as f64 * PLASTIC.powi(-1 - axis as i32)).fract();
        let radius = (-2.0 * (1.0 - along(0)).ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * along(1)).sin_cos();
        [radius * cos, radius * sin].map(|value| value as f32)
    };
    let values: Vec<f32> = (0..count).flat_map(point).collect();
    Tensor::from_data(TensorData::new(values, [count, 2]), &Device::flex())
}

/// The grid `name` between two levels, ending as `end` says.
pub fn grid(name: &str, numbers: &[(&str, f64)], end: &str) -> Choice {
    let mut grid = Choice::new(name, numbers);
    grid.parameters.insert("end".into(), Value::Text(end.into()));
    grid
}
