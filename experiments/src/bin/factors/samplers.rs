//! The ladder with its controls: every sampler on its best grid, at equal evaluations, on one set.
//!
//! The grid is chosen for each sampler and budget on a network of its own (seed 0), then judged on five others: nobody is judged
//! on the numbers that chose for them. All grids end at the same level, so that nobody wins by where it stops.

use std::error::Error;

use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::parameters::Choice;
use fewsteps::training::TrainingOptions;
use serde_json::{Value, json};

use super::KEPT;
use super::bench::{Bench, CHOOSING, CONTROLS, FREE, SAMPLES, TURN, grid, normal};

pub const BUDGETS: [usize; 5] = [3, 4, 5, 6, 8];
pub const SEEDS: u64 = 5;
/// Those that are also measured with their first evaluation saved: rivals, and what they are compared with.
pub const SAVED: &[&str] =
    &["ge_gamma2", "dpmpp_2m", "unipc2_bh2", "unipc3_bh2", "curved_pc", "curved_pc_history", "curved_gaussian_pc"];
/// Where all grids end.
const END: f64 = 0.03;

/// The controls of a curved sampler.
pub fn controls(name: &str) -> [String; 2] {
    CONTROLS.map(|control| format!("{name}{control}"))
}

/// All that are measured.
fn names() -> Vec<String> {
    let plain = FREE.iter().chain(TURN).map(|name| (*name).to_owned());
    let controls = TURN.iter().flat_map(|name| controls(name));
    plain.chain(controls).chain(SAVED.iter().map(|name| format!("{name}_analytic"))).collect()
}

/// What anyone may choose from.
pub fn grids() -> Vec<Choice> {
    let log_linear = |max| grid("log_linear", &[("sigma_max", max), ("sigma_min", END)], "first");
    let edm = |max| grid("edm", &[("sigma_max", max), ("sigma_min", END)], "first");
    [1.5, 2.0, 3.0, 5.0, 10.0].map(log_linear).into_iter().chain([edm(4.0)]).collect()
}

/// The networks of one set: that which chooses, then those that are measured.
pub fn networks(set: &str) -> Result<Vec<NetworkDenoiser>, Box<dyn Error>> {
    let bench = Bench::new(set)?;
    (0..=SEEDS).map(|seed| bench.network(TrainingOptions::points(), seed)).collect()
}

/// What the numbers of a set depend on; numbers of the same plan are not measured again.
fn plan() -> Value {
    json!({
        "names": names(),
        "budgets": BUDGETS,
        "seeds": SEEDS,
        "grids": grids(),
        "samples": [CHOOSING, SAMPLES],
        "options": TrainingOptions::points(),
    })
}

pub fn study(set: &str) -> Result<Value, Box<dyn Error>> {
    let plan = plan();
    if let Some(numbers) = KEPT.kept(set).ok().filter(|numbers| numbers["plan"] == plan) {
        return Ok(numbers);
    }
    let bench = Bench::new(set)?;
    let denoisers = networks(set)?;
    let choosing = normal(CHOOSING, 0);
    let starts: Vec<_> = (1..=SEEDS).map(|seed| normal(SAMPLES, 10 * seed)).collect();
    let grids = grids();
    let mut found = json!({});
    for budget in BUDGETS {
        let mut rows = json!({});
        for name in names() {
            let trial = |grid: &Choice| bench.distance(&denoisers[0], &name, grid, budget, &choosing);
            let tried = grids.iter().filter_map(|grid| Some((trial(grid)?, grid)));
            let Some((_, best)) = tried.min_by(|a, b| a.0.total_cmp(&b.0)) else { continue };
            let judged = denoisers[1..].iter().zip(&starts);
            let judged: Option<Vec<f64>> =
                judged.map(|(denoiser, start)| bench.distance(denoiser, &name, best, budget, start)).collect();
            rows[&name] = json!({ "distances": judged, "grid": best });
        }
        eprintln!("{set}: {budget} evaluations");
        found[budget.to_string()] = rows;
    }
    Ok(json!({ "set": set, "plan": plan, "budgets": found, "steps": TrainingOptions::points().budget }))
}
