//! Every sampler on its best grid, at equal evaluations, on one set.
//!
//! The grid is chosen for each sampler and budget on a network of its own (seed 0), then judged on five others: nobody is judged
//! on the numbers that chose for them.

use std::error::Error;

use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::network::NetworkConfig;
use fewsteps::parameters::Choice;
use fewsteps::training::TrainingOptions;
use serde_json::{Value, json};

use super::bench::{Bench, FREE, TURN, grid};

pub const BUDGETS: [usize; 6] = [3, 4, 5, 6, 8, 10];
pub const SEEDS: u64 = 5;
/// Runs that choose a grid.
const CHOOSING: u64 = 2;

/// What anyone may choose from.
pub fn grids() -> Vec<Choice> {
    let mut grids = Vec::new();
    for max in [1.5, 2.0, 3.0, 5.0, 10.0] {
        for min in [0.03, 0.06] {
            grids.push(grid("log_linear", &[("sigma_max", max), ("sigma_min", min)], "first"));
        }
    }
    for max in [2.0, 4.0] {
        grids.push(grid("log_linear", &[("sigma_max", max), ("sigma_min", 0.1)], "zero"));
    }
    for max in [4.0, 8.0] {
        grids.push(grid("edm", &[("sigma_max", max), ("sigma_min", 0.03)], "first"));
    }
    grids
}

pub fn study(set: &str) -> Result<Value, Box<dyn Error>> {
    let bench = Bench::new(set)?;
    let config = NetworkConfig::points(2, 128);
    let options = TrainingOptions::points();
    let denoisers = (0..=SEEDS).map(|seed| {
        let trainer = bench.train(&config, options, seed)?;
        eprintln!("{set}: trained {seed}");
        Ok(NetworkDenoiser::new(trainer.average().clone(), config.turn_cost()))
    });
    let denoisers: Vec<NetworkDenoiser> = denoisers.collect::<Result<_, Box<dyn Error>>>()?;
    let grids = grids();
    let mut found = json!({});
    for budget in BUDGETS {
        let mut rows = json!({});
        for &name in FREE.iter().chain(TURN) {
            let trial = |grid: &Choice| -> Option<f64> {
                (0..CHOOSING).map(|seed| bench.distance(&denoisers[0], name, grid, budget, seed)).sum()
            };
            let tried = grids.iter().filter_map(|grid| Some((trial(grid)?, grid)));
            let Some((_, best)) = tried.min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            let judged: Option<Vec<f64>> = (1..=SEEDS)
                .map(|seed| bench.distance(&denoisers[seed as usize], name, best, budget, 10 * seed))
                .collect();
            let (max, min) = (best.parameters.get("sigma_max"), best.parameters.get("sigma_min"));
            rows[name] = json!({ "distances": judged, "grid": best, "from": max, "to": min });
        }
        // The page's own comparison: everyone on one grid.
        let common = grid("log_linear", &[], "first");
        for &name in FREE.iter().chain(TURN) {
            let judged: Option<Vec<f64>> = (1..=SEEDS)
                .map(|seed| bench.distance(&denoisers[seed as usize], name, &common, budget, 10 * seed))
                .collect();
            rows[name]["common"] = json!(judged);
        }
        eprintln!("{set}: {budget} evaluations");
        found[budget.to_string()] = rows;
    }
    Ok(json!({ "set": set, "budgets": found, "steps": options.budget }))
}
