//! Handwritten digits from the shipped weights, in letters: `cargo run --release --example digits`.

use burn::tensor::Device;
use fewsteps::data::digits::SIDE;
use fewsteps::denoiser::{Guided, NetworkDenoiser};
use fewsteps::network::{Classes, weights};
use fewsteps::sampler::{CurvedDenoised, sample};
use fewsteps::schedule::log_linear;

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let device = Device::flex();
    device.seed(7);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/www/weights/digits.safetensors");
    let weights = weights::load(&std::fs::read(file)?, &device)?;
    let wanted = Classes::new(&[Some(3), Some(8)], weights.description.network.classes(), &device);
    let denoiser = Guided::new(NetworkDenoiser::from(weights), wanted, 1.0);
    let noise =
        || burn::tensor::Tensor::random([2, SIDE * SIDE], burn::tensor::Distribution::Normal(0.0, 1.0), &device);
    let images = pollster::block_on(sample(CurvedDenoised::default(), denoiser, log_linear(8, 0.02, 80.0), noise));
    let ink: Vec<f32> = images.into_data().iter().collect();
    for row in ink.chunks_exact(SIDE) {
        let letter = |ink: &f32| [' ', '.', 'o', '@'][((ink + 0.5).clamp(0.0, 2.9) / 0.75) as usize];
        println!("{}", row.iter().map(letter).collect::<String>());
    }
    Ok(())
}
