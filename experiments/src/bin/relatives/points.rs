//! The relatives at equal training, on sets of points.

use std::error::Error;

use burn::tensor::Device;
use fewsteps::studies::Supplies;
use serde_json::json;

use super::SEEDS;

/// Small networks, since ten rows learn: with 5,000 steps and a width of 128, as in the playground, a run takes five times as long.
pub const STEPS: usize = 2000;
pub const WIDTH: usize = 64;

pub fn study(set: &str) -> Result<(), Box<dyn Error>> {
    for seed in 1..=SEEDS {
        let description =
            json!({ "study": "relatives", "set": set, "steps": STEPS, "width": WIDTH, "seeds": 1, "seed": seed });
        let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
        super::run(&format!("points-{set}-{seed}"), &description, supplies)?;
    }
    Ok(())
}
