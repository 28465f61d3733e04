//! Sets of points: a network and its map for each seed, and every rival on the grid that suits it best.

use std::error::Error;
use std::fs;
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::{self, Dataset};
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::metrics::plane::{PlaneReference, even_normal};
use fewsteps::network::weights::load;
use fewsteps::parameters::{Choice, Value as Parameter};
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule;
use fewsteps::training::{DistilOptions, Distiller};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use fewsteps_experiments::numbers::{mean, thousandths};

pub const BUDGETS: [usize; 6] = [1, 2, 3, 4, 6, 8];
pub const SEEDS: u64 = 5;
/// Samples of a run, from quasi-random noise, and fresh points that they are measured against.
const SAMPLES: usize = 8192;
const FRESH: usize = 40_000;

/// Where the networks are.
const NETWORKS: &str = "target/factors/networks";

/// Samplers that need no training beyond the velocity's: the curved ones with a slope from history are the controls of those below.
pub const FREE: &[&str] = &[
    "ddim",
    "ge_gamma2",
    "plms4",
    "deis_t3",
    "dpmpp_2m",
    "unipc2_bh1",
    "unipc2_bh2",
    "unipc2_bh2_eps",
    "unipc3_bh2",
    "unipc3_bh2_eps",
    "deis_t4",
    "curved_pc_history",
    "curved_gaussian_pc_history",
];

/// What is measured.
pub const MAP: &str = "flow_map";

/// Samplers that use the learned turn.
pub const CURVED: &[&str] = &["curved_pc", "curved_gaussian_pc"];

/// What every sampler may choose from.
fn grids() -> Vec<Choice> {
    let grid = |name, max| {
        let mut grid = Choice::new(name, &[("sigma_max", max), ("sigma_min", 0.02)]);
        grid.parameters.insert("end".into(), Parameter::Text("first".into()));
        grid
    };
    let mut grids: Vec<Choice> = [3.0, 5.0, 10.0].map(|max| grid("log_linear", max)).into();
    grids.push(grid("edm", 10.0));
    grids
}

/// The map's grid, for every set and number of steps.
fn whole() -> Choice {
    grids().swap_remove(2)
}

/// Noise that fills the plane evenly, by a seed.
fn noise(seed: u64) -> Tensor<2> {
    let mut rng = ChaCha8Rng::seed_from_u64(1000 + seed);
    let values = even_normal(SAMPLES, [rng.random(), rng.random()]);
    Tensor::from_data(TensorData::new(values, [SAMPLES, 2]), &Device::flex())
}

/// Energy distance of the samples of `name` with as many steps on `grid` as `budget` evaluations allow; `None` where they allow none.
fn distance(
    reference: &PlaneReference,
    denoiser: &NetworkDenoiser,
    name: &str,
    grid: &Choice,
    budget: usize,
    seed: u64,
) -> Option<f64> {
    let (sampler, parameters) = sampler::resolve(name)?;
    let build = || sampler::build(sampler, &parameters);
    let levels = |steps| schedule::levels(&grid.name, &grid.parameters, steps).ok();
    let fits = |steps: &usize| {
        build().ok().zip(levels(*steps)).is_some_and(|(run, levels)| sampler::evaluations(run, levels) <= budget)
    };
    let levels = levels((1..=budget).rev().find(fits)?)?;
    let end = levels.last()?.signal_scale();
    let draw = || unreachable!("deterministic samplers draw no noise");
    let run = Trajectory::new(sampler::build(sampler, &parameters).ok()?, denoiser, levels, noise(seed), draw);
    let samples = pollster::block_on(run.last()).div_scalar(end).into_data();
    let found = reference.energy_distance(&samples.iter::<f32>().collect::<Vec<_>>());
    Some(if found.is_finite() { found } else { f64::INFINITY })
}

/// The network that `cargo experiments factors -- networks` trained with `seed`, with a map of it, and the seconds that trajectories and
/// map took.
fn distilled(set: &str, seed: u64) -> Result<(NetworkDenoiser, [f64; 2]), Box<dyn Error>> {
    let path = format!("{NETWORKS}/{set}-{seed}.safetensors");
    let bytes = fs::read(&path).map_err(|error| format!("{path}: {error}; `cargo experiments factors -- networks`"))?;
    let weights = load(&bytes, &Device::flex())?;
    let options = DistilOptions::points();
    let data = Dataset::built_in(set)?;
    let mut distiller = Distiller::new(&weights.description.network, &weights.network, &data, options, seed);
    let start = Instant::now();
    while distiller.filled() < 1.0 {
        distiller.fill();
    }
    let trajectories = start.elapsed().as_secs_f64();
    let start = Instant::now();
    distiller.by_ref().take(options.budget).for_each(drop);
    Ok((distiller.denoiser(), [trajectories, start.elapsed().as_secs_f64()]))
}

pub fn study(set: &str) -> Result<Value, Box<dyn Error>> {
    let reference = PlaneReference::new(&Dataset::more(set, FRESH, 1)?);
    let mut denoisers = Vec::new();
    let mut seconds = Vec::new();
    for seed in 0..=SEEDS {
        let (denoiser, taken) = distilled(set, seed)?;
        let one = |budget| 1e3 * distance(&reference, &denoiser, MAP, &whole(), budget, seed).unwrap_or(f64::NAN);
        let shown: Vec<String> = BUDGETS.iter().map(|&budget| format!("{:.2}", one(budget))).collect();
        eprintln!("{set} {seed}: {taken:.1?} s, map {}", shown.join(" "));
        denoisers.push(denoiser);
        seconds.push(taken);
    }
    let mut budgets = json!({});
    for budget in BUDGETS {
        let mut rows = json!({});
        let judged = |name: &str, grid: &Choice| -> Option<Vec<f64>> {
            (1..=SEEDS).map(|seed| distance(&reference, &denoisers[seed as usize], name, grid, budget, seed)).collect()
        };
        for &name in FREE.iter().chain(CURVED) {
            // The grid is chosen on a network of its own.
            let tried = grids()
                .into_iter()
                .filter_map(|grid| Some((distance(&reference, &denoisers[0], name, &grid, budget, 0)?, grid)));
            let Some((_, best)) = tried.min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            rows[name] = json!({ "distances": judged(name, &best), "grid": best });
        }
        rows[MAP] = json!({ "distances": judged(MAP, &whole()), "grid": whole() });
        eprintln!("{set}: {budget} evaluations");
        budgets[budget.to_string()] = rows;
    }
    let data: Vec<f64> = (2..2 + SEEDS)
        .map(|seed| Dataset::more(set, SAMPLES, seed).map(|points| reference.energy_distance(&points)))
        .collect::<Result<_, _>>()?;
    Ok(json!({ "set": set, "budgets": budgets, "seconds": seconds, "data": data }))
}

/// Prints what each set's own training points score, and as many others: no network that learns its data is nearer in the mean.
pub fn data() -> Result<(), Box<dyn Error>> {
    for set in data::in_the_plane() {
        let reference = PlaneReference::new(&Dataset::more(set.value, FRESH, 1)?);
        let train = Dataset::built_in(set.value)?.train;
        let others =
            (2..=7).map(|seed| Ok(reference.energy_distance(&Dataset::more(set.value, train.len() / 2, seed)?)));
        let (mean, _) = mean(&others.collect::<Result<Vec<_>, Box<dyn Error>>>()?);
        println!("{:16} {:5}, others {}", set.value, thousandths(reference.energy_distance(&train)), thousandths(mean));
    }
    Ok(())
}
