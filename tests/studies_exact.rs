//! Studies of whole distributions: how they evolve, what their distance from the truth is made of, and when a model memorises its data.

use std::time::{Duration, Instant};

use burn::tensor::Device;
use fewsteps::distribution::Mixture;
use fewsteps::level::Level;
use fewsteps::state::Points;
use fewsteps::studies::{self, Outcome, Supplies};

/// Runs a study to its end. Progress never goes back and ends at one.
fn run(description: &str) -> Outcome {
    let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
    let mut run = studies::begin(description, supplies).expect("a study");
    let mut outcome = Outcome::new(run.outline());
    let (mut progress, mut longest, mut since) = (0.0, Duration::ZERO, Instant::now());
    while let Some(update) = pollster::block_on(run.next()).expect("no error") {
        longest = longest.max(since.elapsed());
        assert!(update.progress >= progress, "{progress} to {}", update.progress);
        progress = update.progress;
        outcome.take(update);
        since = Instant::now();
    }
    println!("longest without a rest: {} ms", longest.as_millis());
    assert_eq!(progress, 1.0);
    for finding in outcome.findings() {
        println!("{finding}");
    }
    assert!(!outcome.findings().is_empty());
    outcome
}

/// Runs a study until `seen` finds what it wants.
fn until<T>(description: &str, seen: impl Fn(&Outcome) -> Option<T>) -> T {
    let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
    let mut run = studies::begin(description, supplies).expect("a study");
    let mut outcome = Outcome::new(run.outline());
    loop {
        let update = pollster::block_on(run.next()).expect("no error").expect("it is seen before the end");
        outcome.take(update);
        if let Some(found) = seen(&outcome) {
            return found;
        }
    }
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
        let outcome = run(r#"{"study": "density", "seeds": 1, "known": 8, "training": 10, "stop": 0.01}"#);
        let (mixture, rows) = (line(), outcome.rows("density"));
        assert_eq!(rows.len(), 65 * 128);
        let width = 6.4 / 128.0;
        for moment in rows.chunks(128).step_by(8) {
            let level = Level::from_sigma((-moment[0][0]).exp());
            for row in moment {
                // The mean of the density over the cell, by another route.
                let places = (0..16).map(|k| row[1] + width * ((f64::from(k) + 0.5) / 16.0 - 0.5)).collect();
                let densities = mixture.log_density(&Points::new(1, places), level);
                let mean = densities.iter().map(|log| log.exp()).sum::<f64>() / 16.0;
                assert!((row[2] - mean).abs() < 2e-4, "{} against {mean} at {}", row[2], row[1]);
            }
            // All of the mass but the tails beyond the picture, of which the other distributions have nearly the same.
            let inside = mixture.mass(-3.2, 3.2, level);
            for (k, tolerance) in [(2, 1e-12), (3, 3e-3), (4, 3e-3)] {
                let total = width * moment.iter().map(|row| row[k]).sum::<f64>();
                assert!((total - inside).abs() < tolerance, "column {k} at σ = {}: {total}", level.sigma());
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
        let outcomes = [6, 48].map(|known| {
            run(&format!(r#"{{"study": "density", "seeds": 1, "known": {known}, "training": 10, "stop": 0.005}}"#))
        });
        let half = outcomes.map(|outcome| {
            let distribution = column(outcome.rows("variation"), |_| true, [0, 3]);
            assert!(distribution.windows(2).all(|pair| pair[1][1] > pair[0][1]), "it only ever gets worse");
            distribution.iter().find(|row| row[1] > 0.5).map_or(0.0, |row| row[0])
        });
        // Eight times as many points lie eight times as close.
        let ratio = half[0] / half[1];
        println!("half gone at {half:?}, ratio {ratio:.2}");
        assert!((ratio / 8.0).ln().abs() < 0.3, "{ratio}");
    }

    #[test]
    fn training_brings_the_learned_law_to_the_exact_one() {
        let off = [20, 400].map(|training| {
            let outcome = run(&format!(
                r#"{{"study": "density", "seeds": 1, "known": 2, "training": {training}, "stop": 0.05}}"#
            ));
            let last = outcome.rows("variation").last().expect("rows").clone();
            assert!(last[2] < 0.05 * last[1], "{} ± {}", last[1], last[2]);
            last[1]
        });
        println!("{off:?}");
        assert!(off[1] < 0.5 * off[0] && off[1] < 0.15, "{off:?}");
    }
}

mod budget {
    use super::*;

    /// Error of a part, with its uncertainty.
    fn part(outcome: &Outcome, part: usize) -> Option<(f64, f64)> {
        outcome.rows("parts").iter().find(|row| row[0] == part as f64).map(|row| (row[2], row[3]))
    }

    /// With the exact score and the exact start only the steps err, and they do so at their sampler's order.
    #[test]
    fn discretisation_has_the_order_of_the_sampler() {
        for (target, sampler, order, tolerance) in
            [("line", "ddim", 1.0, 0.05), ("line", "edm_heun", 2.0, 0.15), ("ring", "ddim", 1.0, 0.15)]
        {
            let off = [32, 64].map(|steps| {
                let settings = format!(r#""target": "{target}", "sampler": "{sampler}", "steps": {steps}"#);
                until(&format!(r#"{{"study": "budget", "seeds": 1, {settings}, "sigma_max": 10}}"#), |outcome| {
                    Some([0, 3, 1].map(|index| part(outcome, index))).filter(|parts| parts.iter().all(Option::is_some))
                })
            });
            let [few, many] = off.map(|parts| parts[2].map_or(f64::NAN, |part| part.0));
            let slope = (few / many).log2();
            println!("{target}, {sampler}: slope {slope:.3}");
            assert!((slope - order).abs() < tolerance, "{target}, {sampler}: {slope}");
            // The other parts know nothing of the steps.
            assert_eq!(off[0][..2], off[1][..2]);
        }
    }

    /// `KL = alpha_bar |mean|^2 / 2 + alpha_bar^2 (variance - 1)^2 / 4`, to the order of `alpha_bar^2`.
    #[test]
    fn initialisation_goes_as_the_signal_that_is_left() {
        let outcome = run(r#"{"study": "budget", "seeds": 1, "measure": "information", "training": 10}"#);
        let (mean, square) = (0.03, 0.5 * 0.68 + 0.3 * 0.34 + 0.2 * 1.98);
        let rows = outcome.rows("range");
        assert!(rows.windows(2).all(|pair| pair[1][1] < pair[0][1] && pair[1][3] > pair[0][3]));
        for row in rows.iter().filter(|row| row[0] >= 10.0) {
            let signal = Level::from_sigma(row[0]).alpha_bar();
            let expected = signal * mean * mean / 2.0 + (signal * (square - mean * mean - 1.0)).powi(2) / 4.0;
            assert!((row[1] / expected - 1.0).abs() < 0.05, "σ = {}: {} against {expected}", row[0], row[1]);
        }
    }

    /// Errors of different kinds partly cancel, so the sum is a bound that is not far off.
    #[test]
    fn the_sum_of_the_parts_bounds_the_whole_on_the_line() {
        for sampler in ["ddim", "edm_heun"] {
            let outcome =
                run(&format!(r#"{{"study": "budget", "seeds": 1, "sampler": "{sampler}", "training": 300}}"#));
            let parts: Vec<(f64, f64)> = (0..5).map(|index| part(&outcome, index).expect("a part")).collect();
            let ratio = parts[..4].iter().map(|part| part.0).sum::<f64>() / parts[4].0;
            println!("{sampler}: {ratio:.3}");
            assert!(ratio > 1.0 && ratio < 1.6, "{sampler}: {ratio}");
            assert!(parts.iter().all(|part| part.1 < 0.02 * part.0), "{parts:?}");
        }
    }

    /// The eight Gaussians of the ring hardly overlap, so noise widens each alone.
    #[test]
    fn early_stopping_in_the_plane_is_known() {
        let stop: f64 = 0.05;
        let description = format!(r#"{{"study": "budget", "seeds": 1, "target": "ring", "sigma_min": {stop}}}"#);
        let (found, error) = until(&description, |outcome| part(outcome, 3));
        // Two round Gaussians in the plane cross where r^2 (1/a^2 - 1/b^2) = 4 ln(b/a), and hold 1 - exp(-r^2 / (2 s^2)) within r.
        let (a, b) = (0.01_f64, 0.01 + stop * stop);
        let square = 2.0 * (b / a).ln() / (1.0 / a - 1.0 / b);
        let expected = (-square / (2.0 * b)).exp() - (-square / (2.0 * a)).exp();
        println!("{found} ± {error} against {expected}");
        assert!((found - expected).abs() < 4.0 * error && error < 0.1 * expected);
    }
}

mod memorisation {
    use super::*;

    /// The perfect solution of the training problem has memorised its points below their spacing: nothing is left of its training
    /// loss, and on fresh points it is worse than saying nothing, which scores 2.
    #[test]
    fn a_perfect_memory_is_worse_than_none() {
        // Step, training, ±, population, ±, of the perfect memory: training and population, the floor.
        let at = |sigma: f64| {
            let description =
                format!(r#"{{"study": "memorisation", "seeds": 1, "known": 100, "width": 16, "sigma": {sigma}}}"#);
            let small = |outcome: &Outcome| outcome.rows("small").first().cloned();
            until(&description, |outcome| small(outcome).map(|row| (row, outcome.rows("distances").to_vec())))
        };
        let [(fine, distances), (middle, _), (coarse, _)] = [0.003, 0.03, 1.0].map(at);
        println!("{fine:?}\n{middle:?}\n{coarse:?}");
        // Another point within a few σ is what makes it err on its own, and there are σ^2 as many.
        assert!(fine[5] < 0.05 * middle[5], "{} after {}", fine[5], middle[5]);
        // On fresh points it takes the way to the nearest known one for noise: E dist^2 / sigma^2, here from the curve of distances.
        let curve: Vec<[f64; 2]> = distances.iter().filter(|row| row[0] == 2.0).map(|row| [row[1], row[2]]).collect();
        let slice = |pair: &[[f64; 2]]| (pair[1][1] - pair[0][1]) * (pair[0][0].powi(2) + pair[1][0].powi(2)) / 2.0;
        let square: f64 = curve.windows(2).map(slice).sum();
        let expected = square / 0.003_f64.powi(2);
        assert!((fine[6] / expected - 1.0).abs() < 0.1, "{} against {expected}", fine[6]);
        assert!(middle[6] > 2.0 && fine[6] > 100.0, "worse than a guess");
        // The ring's Gaussians hardly overlap: each alone has the floor d s^2 / (s^2 + sigma^2).
        let floor = |sigma: f64| 2.0 * 0.01 / (0.01 + sigma * sigma);
        assert!((fine[7] - floor(0.003)).abs() < 1e-3 && (middle[7] - floor(0.03)).abs() < 1e-3, "{fine:?} {middle:?}");
        // In heavy noise a hundred points are nearly as good as the distribution itself.
        assert!((coarse[5] / coarse[7] - 1.0).abs() < 0.1 && (coarse[6] / coarse[7] - 1.0).abs() < 0.1, "{coarse:?}");
    }

    /// A network large enough for its few points memorises them, and with many points it learns their distribution.
    #[test]
    fn few_points_are_learned_by_heart() {
        let end = |known: usize| {
            let settings = format!(r#""known": {known}, "width": 64, "training": 1500, "sigma": 0.1"#);
            let outcome = run(&format!(r#"{{"study": "memorisation", "seeds": 1, {settings}}}"#));
            let losses = outcome.rows("small").last().expect("rows").clone();
            let copies = outcome.rows("copies").last().expect("rows").clone();
            println!("{known}: {losses:?} {copies:?}");
            (losses, copies)
        };
        let ((few, copied), (many, fresh)) = (end(10), end(2000));
        assert!(few[1] < 0.5 * few[7] && few[3] > 1.5 * few[7], "{few:?}");
        assert!((many[1] / many[3] - 1.0).abs() < 0.15 && many[3] < 1.5 * many[7], "{many:?}");
        // Copies: step, share, ±, the share among fresh points, ±.
        assert!(copied[1] > copied[3] + 5.0 * copied[2].hypot(copied[4]), "{copied:?}");
        assert!((fresh[1] - fresh[3]).abs() < 4.0 * fresh[2].hypot(fresh[4]), "{fresh:?}");
    }
}
