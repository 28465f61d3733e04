//! Digits as a data set, samples of them, and sheets of samples.

use std::error::Error;
use std::fs;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::digits::{CLASSES, PIXELS, SIDE, pixels};
use fewsteps::data::{Dataset, mnist};
use fewsteps::denoiser::{Denoiser, Guided, NetworkDenoiser, Prediction};
use fewsteps::level::Level;
use fewsteps::network::Classes;
use fewsteps::parameters::Values;
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule::log_linear;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// All 60,000 images to train on and the 10,000 held out, with their digits.
pub fn images() -> Result<Dataset, Box<dyn Error>> {
    Ok(mnist::dataset(Path::new(mnist::FOLDER))?)
}

/// The noise level at which all grids end.
pub const CLEANEST: f64 = 0.02;
/// The one where they begin.
pub const NOISIEST: f64 = 80.0;

/// How samples are drawn.
#[derive(Clone, Debug)]
pub struct Draw {
    /// Name of the sampler.
    pub sampler: &'static str,
    /// Noise levels sigma, noisiest first: one more than steps.
    pub levels: Vec<f64>,
    /// Weight of the class in the velocity, if the network knows classes: 1 without guidance.
    pub guidance: f64,
    /// The same in whole steps.
    pub map_guidance: f64,
    /// Number of samples; their digits go round.
    pub count: usize,
}

impl Draw {
    /// In log-linear steps, guided alike throughout.
    pub fn new(sampler: &'static str, steps: usize, guidance: f64, count: usize) -> Self {
        let levels = log_linear(steps, CLEANEST, NOISIEST).iter().map(|level| level.sigma()).collect();
        Self { sampler, levels, guidance, map_guidance: guidance, count }
    }
}

/// Whole steps guided by one weight, the velocity by another.
struct WholeStepsGuided {
    whole: Guided,
    velocity: Guided,
}

impl Denoiser<Tensor<2>> for WholeStepsGuided {
    fn noise(&self, x: &Tensor<2>, level: Level) -> Tensor<2> {
        self.velocity.noise(x, level)
    }

    fn noise_and_turn(&self, x: &Tensor<2>, level: Level) -> Prediction<Tensor<2>> {
        self.velocity.noise_and_turn(x, level)
    }

    fn mean_noise(&self, x: &Tensor<2>, from: Level, to: Level) -> Tensor<2> {
        self.whole.mean_noise(x, from, to)
    }

    fn turn_cost(&self) -> f64 {
        self.velocity.turn_cost()
    }

    fn map_cost(&self) -> f64 {
        self.whole.map_cost()
    }

    fn passes(&self, level: Level) -> usize {
        self.velocity.passes(level)
    }
}

/// Samples, row-major `[count, 784]`, and the evaluations of the network that they took. `mean` is the images'.
pub fn samples(
    denoiser: &NetworkDenoiser,
    classes: usize,
    mean: &[f32],
    how: &Draw,
) -> Result<(Vec<f32>, usize), Box<dyn Error>> {
    samples_from(noise(mean, how.count, &mut ChaCha8Rng::seed_from_u64(100)), denoiser, classes, how)
}

/// States `[count, 784]` at the noisiest level, row-major: what lies beyond it is the images' `mean` and no more.
pub fn noise(mean: &[f32], count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let first = Level::from_sigma(NOISIEST).signal_scale() as f32;
    let mut noise = || -> f32 { StandardNormal.sample(rng) };
    (0..count * PIXELS).map(|i| first * mean[i % PIXELS] + noise()).collect()
}

/// [`samples`] from states of [`noise`].
pub fn samples_from(
    noise: Vec<f32>,
    denoiser: &NetworkDenoiser,
    classes: usize,
    how: &Draw,
) -> Result<(Vec<f32>, usize), Box<dyn Error>> {
    let device = Device::flex();
    let levels: Vec<Level> = how.levels.iter().map(|&sigma| Level::from_sigma(sigma)).collect();
    let start = Tensor::<2>::from_data(TensorData::new(noise, [how.count, PIXELS]), &device);
    let asked: Vec<Option<u8>> = (0..how.count).map(|i| Some((i % CLASSES) as u8)).collect();
    let guided = |guidance| {
        let guidance = if classes > 0 { guidance } else { 0.0 };
        Guided::new(denoiser.clone(), Classes::new(&asked, classes, &device), guidance)
    };
    let denoiser = WholeStepsGuided { whole: guided(how.map_guidance), velocity: guided(how.guidance) };
    let end = levels.last().ok_or("a grid without levels")?.signal_scale();
    let draw = || Tensor::zeros([how.count, PIXELS], &Device::flex());
    let sampler = sampler::build(how.sampler, &Values::new())?;
    let mut run = Trajectory::new(sampler, Box::new(denoiser), levels, start.clone(), draw);
    let mut state = start;
    while let Some(step) = pollster::block_on(run.next()) {
        state = step.state;
    }
    let values = state.div_scalar(end).into_data().iter::<f32>().collect();
    Ok((values, run.evaluations().0))
}

/// The first `columns * rows` images of `values` as a portable grey map.
pub fn draw_sheet(path: &str, values: &[f32], columns: usize, rows: usize) -> Result<(), Box<dyn Error>> {
    let pixels = pixels(values);
    let mut sheet = format!("P5 {} {} 255\n", columns * SIDE, rows * SIDE).into_bytes();
    for y in 0..rows * SIDE {
        for column in 0..columns {
            let at = (y / SIDE * columns + column) * PIXELS + y % SIDE * SIDE;
            sheet.extend_from_slice(&pixels[at..at + SIDE]);
        }
    }
    Ok(fs::write(path, sheet)?)
}
