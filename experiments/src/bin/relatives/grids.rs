//! Optimised grids and fitted coefficients with the shipped weights.

use std::error::Error;
use std::fs;
use std::path::Path;

use burn::tensor::Device;
use fewsteps::data::mnist;
use fewsteps::studies::Supplies;
use serde_json::json;

use super::SEEDS;

/// Network evaluations.
pub const BUDGETS: [usize; 3] = [3, 5, 8];
pub const SAMPLERS: &[&str] = &["ddim", "dpmpp_2m", "unipc", "curved_pc_history", "curved_pc", "flow_map"];
/// Of digits: their paths cost more.
pub const DIGIT_SAMPLERS: &[&str] = &["ddim", "unipc", "curved_pc_history"];
pub const DIGIT_BUDGETS: [usize; 2] = [3, 5];
pub const DIGIT_POINTS: usize = 1024;

fn weights(set: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let path = format!("www/weights/{set}.safetensors");
    Ok(fs::read(&path).map_err(|error| format!("{path}: {error}"))?)
}

pub fn study(set: &str) -> Result<(), Box<dyn Error>> {
    for seed in 1..=SEEDS {
        let description = json!({
            "study": "grids", "target": "model", "data": set, "samplers": SAMPLERS, "budgets": BUDGETS, "seed": seed
        });
        let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: Some(weights(set)?) };
        super::run(&format!("grids-{set}-{seed}"), &description, supplies)?;
    }
    Ok(())
}

pub fn digits() -> Result<(), Box<dyn Error>> {
    for seed in 1..=SEEDS {
        let description = json!({
            "study": "grids", "target": "model", "data": "digits", "samplers": DIGIT_SAMPLERS, "budgets": DIGIT_BUDGETS,
            "points": DIGIT_POINTS, "seed": seed
        });
        let images = Some(mnist::packed(Path::new(mnist::FOLDER), 10_000, 2000)?);
        let supplies = Supplies { device: Device::flex(), points: None, images, weights: Some(weights("digits")?) };
        super::run(&format!("grids-digits-{seed}"), &description, supplies)?;
    }
    Ok(())
}
