//! Small networks that a study trains for itself.

use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::method::Method;
use super::paths::follow;
use super::points::{normal, read, single};
use crate::data::{DataKind, Dataset};
use crate::denoiser::NetworkDenoiser;
use crate::distribution::{Exact, Mixture};
use crate::level::Level;
use crate::metrics::distances::ReferenceSet;
use crate::network::NetworkConfig;
use crate::studies::StudyError;
use crate::studies::report::Meter;
use crate::training::{Trainer, TrainingOptions};

/// `train` points of `mixture` to learn from and `held_out` others, by `seed`.
pub fn dataset(mixture: &Mixture, train: usize, held_out: usize, seed: u64) -> Dataset {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (train, held_out) = (mixture.draw(train, &mut rng), mixture.draw(held_out, &mut rng));
    Dataset {
        kind: DataKind::Points,
        dimension: mixture.dimension(),
        train: single(&train),
        held_out: single(&held_out),
        mixture: Some(mixture.clone()),
        labels: None,
    }
}

/// A fresh playground network of `width` for `data`, in training for `options.budget` steps.
pub fn trainer(data: Dataset, width: usize, options: TrainingOptions, seed: u64, device: &Device) -> Trainer {
    Trainer::new(NetworkConfig::for_data(&data, width), options, data, seed, device)
}

/// Trains `steps` steps, each one unit of `meter`.
pub async fn train_steps(trainer: &mut Trainer, steps: usize, meter: &Meter<'_>) {
    for _ in 0..steps {
        drop(trainer.next());
        meter.advance(1.0).await;
    }
}

/// The averaged network as a denoiser.
pub fn denoiser(trainer: &Trainer) -> NetworkDenoiser {
    trainer.denoiser()
}

/// Numbers of steps at which a network is measured on its way to `steps`: `count` of them, each twice the one before.
pub fn doublings(steps: usize, count: u32) -> Vec<usize> {
    let mut counts: Vec<usize> = (0..count).rev().map(|halved| (steps >> halved).max(1)).collect();
    counts.dedup();
    counts
}

/// Quality of a network's samples: their energy distance to held-out points.
pub struct SampleQuality {
    reference: ReferenceSet,
    dimension: usize,
    /// Samples of each measurement.
    count: usize,
    device: Device,
}

impl SampleQuality {
    /// Measures `count` samples at a time against row-major `held_out` points `[n, dimension]`.
    pub fn new(held_out: &[f32], dimension: usize, count: usize, device: &Device) -> Self {
        Self { reference: ReferenceSet::new(held_out, dimension), dimension, count, device: device.clone() }
    }

    /// The mean energy distance of as many of row-major `fresh` points `[n, dimension]`, over eight parts of them at most: what perfect samples score.
    pub fn floor(&self, fresh: &[f32]) -> f64 {
        let parts = fresh.chunks_exact(self.count * self.dimension).take(8);
        let floors: Vec<f64> = parts.map(|part| self.reference.energy_distance(part)).collect();
        floors.iter().sum::<f64>() / floors.len() as f64
    }

    /// Energy distance of samples of `denoiser`, whose data has mean zero, by `method` down `levels` from the noise that `seed` draws.
    ///
    /// # Errors
    /// When the method can't be built or the device fails.
    pub async fn energy(
        &self,
        denoiser: &NetworkDenoiser,
        method: &Method,
        levels: &[Level],
        seed: u64,
        meter: &Meter<'_>,
    ) -> Result<f64, StudyError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Not the stream that first weights and batches come from.
        rng.set_stream(7);
        let mut draw = || normal(self.count, self.dimension, &mut rng).to_device(&self.device);
        let start = draw();
        let end = follow(method, denoiser, levels, start, draw, meter).await?;
        let signal = levels[levels.len() - 1].signal_scale() as f32;
        let samples: Vec<f32> = read(end).await?.into_iter().map(|x| x / signal).collect();
        Ok(self.reference.energy_distance(&samples))
    }
}
