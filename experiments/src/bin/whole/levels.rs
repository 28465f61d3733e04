//! Noise levels for few steps of digits, chosen on noise of their own: everything else is judged on other noise.

use std::error::Error;

use fewsteps_experiments::numbers::floats;
use fewsteps_experiments::samples::{CLEANEST, Draw, NOISIEST};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::KEPT;
use super::digits::{Subject, TOGETHER};

/// Name of the numbers.
const NAME: &str = "digit-levels";
/// The levels between the ends are geometric, from one of these to one of those.
const FIRST: [f64; 4] = [3.0, 5.0, 9.0, 16.0];
const LAST: [f64; 3] = [0.25, 0.4, 0.7];
/// Samples of a try, and the seed of their noise.
const SAMPLES: usize = 1000;
const SEED: u64 = 500;

/// Samplers and numbers of steps that get levels of their own.
pub const CHOSEN: [(&str, &[usize]); 3] =
    [("flow_map", &[2, 3, 4]), ("flow_map_2m", &[2, 3, 4, 6]), ("unipc", &[3, 4, 5, 6, 8])];

/// Tries all levels, and writes those that end nearest to the data.
pub fn choose() -> Result<(), Box<dyn Error>> {
    let subject = Subject::load()?;
    let mut chosen = json!({});
    for (sampler, budgets) in CHOSEN {
        for &steps in budgets {
            let log_linear = Draw::new(sampler, steps, 1.0, TOGETHER);
            let own = FIRST.iter().flat_map(|&first| LAST.map(|last| between(steps, first, last)));
            let mut best = (f64::INFINITY, Vec::new());
            for levels in own.chain([log_linear.levels.clone()]) {
                let draw = Draw { levels, ..log_linear.clone() };
                let one = std::slice::from_ref(&draw);
                let tried = subject.judged(one, SAMPLES, ChaCha8Rng::seed_from_u64(SEED), |_, _| Ok(()))?;
                // Both judges count alike, whatever their units.
                let distance: f64 = tried[0].1.iter().map(|score| score.distance.ln()).sum();
                if distance < best.0 {
                    best = (distance, draw.levels);
                }
            }
            eprintln!("{sampler}, {steps} steps: {:.3?}", best.1);
            chosen[sampler][steps.to_string()] = json!(best.1);
        }
    }
    KEPT.keep(NAME, &chosen)
}

/// `steps` steps between the ends of all grids, with geometric levels from `first` to `last` in between.
fn between(steps: usize, first: f64, last: f64) -> Vec<f64> {
    let inner = steps - 1;
    // One level alone lies in the middle.
    let part = |i: usize| if inner == 1 { 0.5 } else { i as f64 / (inner - 1) as f64 };
    let level = |i: usize| first * (last / first).powf(part(i));
    [NOISIEST].into_iter().chain((0..inner).map(level)).chain([CLEANEST]).collect()
}

/// The levels that [`choose`] wrote for so many steps of `sampler`.
pub fn chosen(sampler: &str, steps: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let levels = floats(&KEPT.kept(NAME)?[sampler][steps.to_string()]);
    if levels.len() == steps + 1 { Ok(levels) } else { Err(format!("no levels of {sampler}: whole -- levels").into()) }
}
