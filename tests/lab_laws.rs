//! Studies of whole laws: how they evolve, what their distance from the truth is made of, and when a model knows its data by heart.

use burn::tensor::Device;
use fewsteps::denoiser::Mixture;
use fewsteps::lab::{self, Outcome, Supplies};
use fewsteps::schedule::Level;
use fewsteps::state::Points;

/// Runs a study to its end. Progress never goes back and ends at one.
fn run(description: &str) -> Outcome {
    let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
    let mut run = lab::begin(description, supplies).expect("a study");
    let mut outcome = Outcome::new(run.outline());
    let mut progress = 0.0;
    while let Some(update) = pollster::block_on(run.next()).expect("no error") {
        assert!(update.progress >= progress, "{progress} to {}", update.progress);
        progress = update.progress;
        outcome.take(update);
    }
    assert_eq!(progress, 1.0);
    for finding in outcome.findings() {
        println!("{finding}");
    }
    assert!(!outcome.findings().is_empty());
    outcome
}

/// The laboratory's target on the line.
fn line() -> Mixture {
    let variances = [vec![vec![0.04]], vec![vec![0.09]], vec![vec![0.02]]];
    Mixture::new(&[0.5, 0.3, 0.2], &[vec![-0.8], vec![0.5], vec![1.4]], &variances).expect("a mixture")
}

mod density {
    use super::*;

    fn column<const K: usize>(rows: &[Vec<f64>], keep: impl Fn(&[f64]) -> bool, of: [usize; K]) -> Vec<[f64; K]> {
        rows.iter().filter(|row| keep(row)).map(|row| of.map(|k| row[k])).collect()
    }

    #[test]
    fn laws_and_paths_are_the_exact_ones() {
        let outcome = run(r#"{"study": "density", "known": 8, "training": 10, "stop": 0.01}"#);
        let (mixture, rows) = (line(), outcome.rows("density"));
        assert_eq!(rows.len(), 65 * 128);
        let width = 8.0 / 128.0;
        for moment in rows.chunks(128).step_by(8) {
            let level = Level::from_sigma((-moment[0][0]).exp());
            for row in moment {
                // The mean of the density over the cell, by another route.
                let places = (0..16).map(|k| row[1] + width * ((f64::from(k) + 0.5) / 16.0 - 0.5)).collect();
                let densities = mixture.log_density(&Points::new(1, places), level);
                let mean = densities.iter().map(|log| log.exp()).sum::<f64>() / 16.0;
                assert!((row[2] - mean).abs() < 2e-4, "{} against {mean} at {}", row[2], row[1]);
            }
            for k in [2, 3, 4] {
                let total = width * moment.iter().map(|row| row[k]).sum::<f64>();
                assert!((total - 1.0).abs() < 2e-4, "column {k} at σ = {}: {total}", level.sigma());
            }
        }
        // On the line a path keeps the share of mass below it.
        for [path, lambda, x] in column(outcome.rows("paths"), |row| row[0] == 0.0, [1, 2, 3]) {
            let share = mixture.mass(f64::NEG_INFINITY, x, Level::from_sigma((-lambda).exp()));
            assert!((share - (path + 0.5) / 20.0).abs() < 2e-3, "path {path} at {lambda}: {share}");
        }
    }

    #[test]
    fn the_empirical_law_lets_go_of_the_truth_below_its_spacing() {
        let outcomes = [6, 48]
            .map(|known| run(&format!(r#"{{"study": "density", "known": {known}, "training": 10, "stop": 0.005}}"#)));
        let half = outcomes.map(|outcome| {
            let law = column(outcome.rows("variation"), |_| true, [0, 3]);
            assert!(law.windows(2).all(|pair| pair[1][1] > pair[0][1]), "it only ever gets worse");
            law.iter().find(|row| row[1] > 0.5).map_or(0.0, |row| row[0])
        });
        // Eight times as many points lie eight times as close.
        let ratio = half[0] / half[1];
        println!("half gone at {half:?}, ratio {ratio:.2}");
        assert!((ratio / 8.0).ln().abs() < 0.3, "{ratio}");
    }

    #[test]
    fn training_brings_the_learned_law_to_the_exact_one() {
        let off = [20, 400].map(|training| {
            let outcome = run(&format!(r#"{{"study": "density", "known": 2, "training": {training}, "stop": 0.05}}"#));
            let last = outcome.rows("variation").last().expect("rows").clone();
            assert!(last[2] < 0.05 * last[1], "{} ± {}", last[1], last[2]);
            last[1]
        });
        println!("{off:?}");
        assert!(off[1] < 0.5 * off[0] && off[1] < 0.15, "{off:?}");
    }
}
