//! Trains a small network on a spiral and draws points with it: `cargo run --release --example train_and_sample`.

use burn::tensor::{Device, Distribution, Tensor};
use fewsteps::data::Dataset;
use fewsteps::network::NetworkConfig;
use fewsteps::sampler::{CurvedPc, sample};
use fewsteps::schedule::log_linear;
use fewsteps::training::{Trainer, TrainingOptions};

/// Training steps; a tenth of what the page takes.
const STEPS: usize = 500;

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::flex();
    device.seed(1);
    let spiral = Dataset::named("spiral", None, None)?;
    let network = NetworkConfig::for_data(&spiral, 64);
    let mut trainer = Trainer::new(network, TrainingOptions::points(), spiral, 1, &device);
    for (step, losses) in trainer.by_ref().take(STEPS).enumerate() {
        if step % 100 == 99 {
            println!("step {}: loss of the noise {:.3}", step + 1, losses.noise.into_scalar::<f32>());
        }
    }
    let noise = || Tensor::<2>::random([5, 2], Distribution::Normal(0.0, 1.0), &device);
    let curved = CurvedPc::default();
    let points = pollster::block_on(sample(curved, trainer.denoiser(), log_linear(6, 0.02, 10.0), noise));
    for point in points.into_data().iter::<f32>().collect::<Vec<_>>().chunks_exact(2) {
        println!("{:.3}, {:.3}", point[0], point[1]);
    }
    Ok(())
}
