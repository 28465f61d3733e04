//! Every form of the second head's target, on two sets: the head's error by noise level, and distances of the samples.

use std::error::Error;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::Dataset;
use fewsteps::denoiser::{Denoiser, NetworkDenoiser, Prediction};
use fewsteps::level::Level;
use fewsteps::network::{Heads, NetworkConfig, Output};
use fewsteps::objective::TurnTarget;
use fewsteps::training::TrainingOptions;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde_json::{Value, json};

use super::bench::{Bench, CHOOSING, FREE, TURN, grid, normal};

pub const SETS: [&str; 2] = ["eight_gaussians", "spiral"];
pub const SIGMAS: [f64; 7] = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];
pub const BUDGETS: [usize; 3] = [5, 10, 20];
const SEEDS: u64 = 2;
const STEPS: usize = 3000;

/// Name, target and heads of what is compared.
fn forms() -> Vec<(&'static str, TurnTarget, Heads)> {
    let shared = [
        ("y\\*, as printed", TurnTarget::Literal),
        ("y\\*", TurnTarget::Raw),
        ("y\\*, normalised", TurnTarget::Normalised),
        ("c, κ = 0", TurnTarget::Zero),
        ("c, κ = d", TurnTarget::Dimension),
        ("c, κ = \\|eh\\|²", TurnTarget::Estimate),
        ("c, κ = \\|eh\\|² + m", TurnTarget::Best),
        ("c, central difference", TurnTarget::Central),
        ("c, exact derivative", TurnTarget::Derivative),
    ];
    let shared = shared.into_iter().map(|(name, target)| (name, target, Heads::Shared));
    let separate = [
        ("c, κ = \\|eh\\|² + m, two networks", TurnTarget::Best, Heads::Separate),
        ("c, exact derivative, two networks", TurnTarget::Derivative, Heads::Separate),
    ];
    shared.chain(separate).collect()
}

pub fn study() -> Result<Value, Box<dyn Error>> {
    let mut sets = json!({});
    for set in SETS {
        let bench = Bench::new(set)?;
        let mut rows = Vec::new();
        let (mut free, mut ddim) = (vec![f64::INFINITY; BUDGETS.len()], vec![0.0; BUDGETS.len()]);
        for (name, turn_target, heads) in forms() {
            let config = NetworkConfig::points(2, 128).with(Output::Velocity, heads);
            let options = TrainingOptions { turn_target, budget: STEPS, ..TrainingOptions::points() };
            let mut errors = vec![0.0; SIGMAS.len()];
            let mut distances = vec![vec![0.0; BUDGETS.len()]; TURN.len()];
            let mut others = vec![vec![0.0; BUDGETS.len()]; FREE.len()];
            for seed in 1..=SEEDS {
                let trainer = bench.train(&config, options, seed)?;
                let denoiser = NetworkDenoiser::new(trainer.average().clone(), config.turn_cost());
                let part = 1.0 / SEEDS as f64;
                for (error, sigma) in errors.iter_mut().zip(SIGMAS) {
                    *error += part * head_error(set, &denoiser, sigma)?;
                }
                let start = normal(CHOOSING, seed);
                let log_linear = grid("log_linear", &[], "first");
                let measure = |names: &[&str], rows: &mut [Vec<f64>]| {
                    for (row, name) in rows.iter_mut().zip(names) {
                        for (cell, budget) in row.iter_mut().zip(BUDGETS) {
                            *cell +=
                                part * bench.distance(&denoiser, name, &log_linear, budget, &start).unwrap_or(f64::NAN);
                        }
                    }
                };
                measure(TURN, &mut distances);
                // The velocity learns the same whatever the head is asked for, as long as they share nothing that learns.
                if turn_target == TurnTarget::Best && heads == Heads::Shared {
                    measure(FREE, &mut others);
                }
            }
            if turn_target == TurnTarget::Best && heads == Heads::Shared {
                ddim.clone_from(&others[0]);
                for row in &others {
                    free.iter_mut().zip(row).for_each(|(best, value)| *best = best.min(*value));
                }
            }
            eprintln!("{set} {name}: {errors:.3?} {distances:.4?}");
            rows.push(json!({ "name": name, "errors": errors, "distances": distances }));
        }
        sets[set] = json!({ "rows": rows, "free": free, "ddim": ddim });
    }
    Ok(json!({ "sets": sets, "seeds": SEEDS, "steps": STEPS }))
}

/// Relative error of the head at one level, against the change of the network's own noise along its own path: what a sampler
/// wants to know. A root of mean squares over held-out points.
fn head_error(set: &str, denoiser: &NetworkDenoiser, sigma: f64) -> Result<f64, Box<dyn Error>> {
    const POINTS: usize = 2000;
    const HALF: f64 = 0.02;
    let data = Dataset::built_in(set)?;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let level = Level::from_sigma(sigma);
    let noisy = data.held_out[..2 * POINTS].iter().map(|&x| {
        let noise: f64 = StandardNormal.sample(&mut rng);
        (level.signal_scale() * (f64::from(x) + sigma * noise)) as f32
    });
    let x = Tensor::<2>::from_data(TensorData::new(noisy.collect(), [POINTS, 2]), &Device::flex());
    let Prediction { noise, turn } = denoiser.noise_and_turn(&x, level);
    let at = |shift: f64| {
        let to = Level::from_sigma(sigma * shift.exp());
        let y = x.clone().div_scalar(level.signal_scale()) + noise.clone().mul_scalar(to.sigma() - sigma);
        denoiser.noise(&y.mul_scalar(to.signal_scale()), to)
    };
    let own = (at(HALF) - at(-HALF)).div_scalar(2.0 * HALF);
    let power = |t: Tensor<2>| f64::from(t.square().mean().into_scalar::<f32>());
    Ok((power(turn - own.clone()) / power(own)).sqrt())
}
