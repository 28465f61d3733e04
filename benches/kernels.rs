//! The CPU engine's kernels against plain Burn, by turns in one run: `cargo bench --bench kernels`. `RAYON_NUM_THREADS=1` in front of it leaves the
//! products one core, as in a browser.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::digits::{KIND, PIXELS, SIDE};
use fewsteps::data::{DataError, Dataset};
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::network::{MlpConfig, NetworkConfig};
use fewsteps::objective::Objective;
use fewsteps::sampler::{Ddim, sample};
use fewsteps::schedule::log_linear;
use fewsteps::training::{Trainer, TrainingOptions};
use fewsteps_kernels::use_plain_burn;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

fn main() -> Result<(), DataError> {
    println!("| workload | plain Burn, ms | kernels, ms | times as fast |");
    println!("|---|---|---|---|");
    compare("W1: 3 x 256, batch 1024, a step", 15, steps(points(1024, 256)?, 4));
    compare("W2: 3 x 128, batch 256, a step", 15, steps(points(256, 128)?, 20));
    compare("digits: U-Net, batch 64, a step", 7, steps(digits(), 1));
    compare("10,000 points x 50 steps of DDIM, 3 x 256", 5, drawing(points(1024, 256)?.denoiser()));
    Ok(())
}

/// Medians of milliseconds of `work`, which returns the share of them that counts, by plain Burn and by kernels in turns.
fn compare(name: &str, rounds: usize, mut work: impl FnMut() -> f64) {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=rounds {
        for (plain, times) in [true, false].into_iter().zip(&mut times) {
            use_plain_burn(plain);
            let start = Instant::now();
            let share = work();
            // The first round warms caches.
            if round > 0 {
                times.push(start.elapsed().as_secs_f64() * 1e3 * share);
            }
        }
    }
    let [plain, kernels] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    println!("| {name} | {plain:.2} | {kernels:.2} | {:.2} |", plain / kernels);
}

fn steps(mut trainer: Trainer, count: usize) -> impl FnMut() -> f64 {
    move || {
        let last = trainer.by_ref().take(count).last();
        assert!(last.is_some_and(|losses| losses.noise.into_scalar::<f32>().is_finite()));
        1.0 / count as f64
    }
}

fn drawing(denoiser: NetworkDenoiser) -> impl FnMut() -> f64 {
    move || {
        let start = || Tensor::<2>::from_data(TensorData::new(noise(20_000), [10_000, 2]), &Device::flex());
        let drawn = pollster::block_on(sample(Ddim::default(), denoiser.clone(), log_linear(50, 0.02, 10.0), start));
        assert!(drawn.square().mean().into_scalar::<f32>().is_finite());
        1.0
    }
}

/// As `web::Workload` has them in the browser.
fn points(batch: usize, width: usize) -> Result<Trainer, DataError> {
    let network =
        NetworkConfig::Mlp(MlpConfig { frequencies: Vec::new(), level_features: 64, ..MlpConfig::points(2, width) });
    let options = TrainingOptions { objective: Objective::Simple, batch, ema: 0.0, ..TrainingOptions::points() };
    Ok(Trainer::new(network, options, Dataset::built_in("two_moons")?, 1, &Device::flex()))
}

fn digits() -> Trainer {
    let network = NetworkConfig::images(SIDE, 128);
    let options = TrainingOptions { objective: Objective::Simple, batch: 64, ..TrainingOptions::images() };
    let images = noise(256 * PIXELS);
    let (train, held_out) = (images.clone(), images);
    let data = Dataset { kind: KIND, dimension: PIXELS, train, held_out, mixture: None, labels: None };
    Trainer::new(network, options, data, 1, &Device::flex())
}

fn noise(count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    (0..count).map(|_| StandardNormal.sample(&mut rng)).collect()
}
