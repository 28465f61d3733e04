//! Small networks that a study trains for itself.

use burn::tensor::Device;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::points::single;
use crate::data::{DataKind, Dataset};
use crate::denoiser::NetworkDenoiser;
use crate::distribution::{Exact, Mixture};
use crate::network::NetworkConfig;
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
