//! What all parts of the study measure with.

use std::error::Error;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::Dataset;
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::metrics::distances::ReferenceSet;
use fewsteps::network::NetworkConfig;
use fewsteps::parameters::{Choice, Value};
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule;
use fewsteps::training::{Trainer, TrainingOptions};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Samples of one run, and held-out points that they are measured against.
const SAMPLES: usize = 2000;
const HELD_OUT: usize = 4000;

/// Samplers that know nothing of the turn.
pub const FREE: &[&str] = &[
    "ddim",
    "ge_gamma2",
    "plms2",
    "plms4",
    "deis_t2",
    "deis_t3",
    "deis_logrho2",
    "dpmpp_2m",
    "unipc2_bh1",
    "unipc2_bh2",
    "unipc3_bh2",
    "edm_heun",
];

/// Samplers that use it.
pub const TURN: &[&str] = &["ddim_taylor2", "taylor2_log", "curved_pc", "curved_gaussian", "curved_gaussian_pc"];

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

    /// Energy distance of the samples that `name` makes with as many steps on `grid` as `budget` evaluations allow; `None` where
    /// they allow none. All samplers start from the seed's noise.
    pub fn distance(
        &self,
        denoiser: &NetworkDenoiser,
        name: &str,
        grid: &Choice,
        budget: usize,
        seed: u64,
    ) -> Option<f64> {
        let (sampler, parameters) = sampler::resolve(name)?;
        let levels = |steps| schedule::levels(&grid.name, &grid.parameters, steps).ok();
        let fits = |steps: &usize| {
            let sampler = sampler::build(sampler, &parameters).ok();
            sampler.zip(levels(*steps)).is_some_and(|(sampler, levels)| sampler::evaluations(sampler, levels) <= budget)
        };
        let levels = levels((1..=budget).rev().find(fits)?)?;
        let end = levels.last()?.signal_scale();
        let sampler = sampler::build(sampler, &parameters).ok()?;
        let start = normal(seed);
        let draw = || unreachable!("deterministic samplers draw no noise");
        let run = Trajectory::new(sampler, Box::new(denoiser), levels, start, draw);
        let samples = pollster::block_on(run.last()).div_scalar(end).into_data();
        Some(self.reference.energy_distance(&samples.iter::<f32>().collect::<Vec<_>>()))
    }
}

fn normal(seed: u64) -> Tensor<2> {
    let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
    let values: Vec<f32> = (0..2 * SAMPLES).map(|_| StandardNormal.sample(&mut rng)).collect();
    Tensor::from_data(TensorData::new(values, [SAMPLES, 2]), &Device::flex())
}

/// The grid `name` between two levels, ending as `end` says.
pub fn grid(name: &str, numbers: &[(&str, f64)], end: &str) -> Choice {
    let mut grid = Choice::new(name, numbers);
    grid.parameters.insert("end".into(), Value::Text(end.into()));
    grid
}

/// Mean, and standard error of the mean.
pub fn mean(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (spread / count).sqrt())
}
