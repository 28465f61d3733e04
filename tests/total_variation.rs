//! How fast samplers approach the exact distribution at the level where they stop, on the line and in the plane, without sampling error.

use burn::tensor::Device;
use fewsteps::denoiser::{Denoiser, Prediction};
use fewsteps::distribution::line::normal_mass;
use fewsteps::distribution::optimal_loss;
use fewsteps::distribution::{Exact, Mixture};
use fewsteps::estimate::Estimate;
use fewsteps::level::Level;
use fewsteps::metrics::cells::Cells;
use fewsteps::metrics::change_of_variables::{density_ratio, push_forward};
use fewsteps::metrics::divergence::Divergence;
use fewsteps::metrics::propagation::{NormalRule, Propagation};
use fewsteps::parameters::{Value, Values};
use fewsteps::prediction::derived;
use fewsteps::sampler::{self, Group, Info, Stride, TABLE, Trajectory};
use fewsteps::schedule::log_linear;
use fewsteps::state::{Points, State};
use fewsteps::studies::{self, Outcome, Supplies};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde_json::json;

fn line() -> Mixture {
    let variances = [vec![vec![0.04]], vec![vec![0.09]], vec![vec![0.02]]];
    Mixture::new(&[0.5, 0.3, 0.2], &[vec![-0.8], vec![0.5], vec![1.4]], &variances).expect("a mixture")
}

fn grid(steps: usize) -> Vec<Level> {
    log_linear(steps, 0.05, 10.0)
}

/// TV of `sampler` at the stop level within each of `budgets` evaluations, started from the exact distribution: the numbers
/// of the ranking study.
fn studied(sampler: &str, budgets: &[usize]) -> Vec<f64> {
    let description = json!({
        "study": "ranking", "target": "line", "error": "variation", "samplers": [sampler], "budgets": budgets, "sigma_max": 10, "sigma_min": 0.05
    });
    let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
    let mut run = studies::begin(&description.to_string(), supplies).expect("a study");
    let mut outcome = Outcome::new(run.outline());
    while let Some(update) = pollster::block_on(run.next()).expect("no error") {
        outcome.take(update);
    }
    outcome.rows("errors").iter().map(|row| row[4]).collect()
}

/// One step of a stochastic sampler, with `gamma` for the analytic ones, which would take a mean over the batch otherwise.
fn step(name: &str, x: &Points, levels: &[Level], index: usize, draw: &mut dyn FnMut() -> Points) -> Points {
    let mixture = line();
    let gamma = name.starts_with("analytic").then(|| mean_square_noise(&mixture, levels[index]));
    let values = gamma.map(|gamma| ("gamma".to_string(), Value::Numbers(vec![gamma])));
    let mut sampler = sampler::build(name, &values.into_iter().collect()).expect("a sampler");
    sampler.plan(levels.to_vec());
    let (from, to, last) = (levels[index], levels[index + 1], index + 2 == levels.len());
    pollster::block_on(sampler.step(Stride { denoiser: &mixture, x, from, to, last, draw })).state
}

/// `E|eh|^2` at a level, by the trapezoidal rule.
fn mean_square_noise(mixture: &Mixture, level: Level) -> f64 {
    let x = Points::new(1, (0..=13_000).map(|i| -6.5 + 1e-3 * f64::from(i)).collect());
    let noise = mixture.noise(&x, level);
    let density = Exact::log_density(mixture, &x, level);
    density.iter().zip(noise.values()).map(|(log, noise)| 1e-3 * log.exp() * noise * noise).sum()
}

/// The same number without cells, push-forwards or Gauss-Hermite nodes, for samplers whose step is `m(x) + s z`: densities at
/// points, which each step integrates against its Gaussian kernel by the trapezoidal rule.
fn integrated(name: &str, steps: usize) -> f64 {
    const SPACING: f64 = 0.005;
    let (mixture, levels) = (line(), grid(steps));
    let x = Points::new(1, (0..=2600).map(|i| -6.5 + SPACING * f64::from(i)).collect());
    let exact = |level: Level| Exact::log_density(&mixture, &x, level).into_iter().map(f64::exp);
    let mut density: Vec<f64> = exact(levels[0]).collect();
    for index in 0..steps {
        let at = |z: f64| step(name, &x, &levels, index, &mut || Points::new(1, vec![z; x.len()]));
        let (mean, moved) = (at(0.0), at(1.0));
        let mut next = vec![0.0; density.len()];
        for (i, mass) in density.iter().enumerate().filter(|(_, mass)| **mass > 1e-16) {
            let (mean, width) = (mean.values()[i], moved.values()[i] - mean.values()[i]);
            let scale = SPACING * mass / (width * std::f64::consts::TAU.sqrt());
            // Eleven standard deviations hold the kernel.
            let place = |x: f64| ((x + 6.5) / SPACING).clamp(0.0, 2600.0) as usize;
            let near = place(mean - 11.0 * width)..=place(mean + 11.0 * width);
            for (next, x) in next[near.clone()].iter_mut().zip(&x.values()[near]) {
                *next += scale * (-0.5 * ((x - mean) / width).powi(2)).exp();
            }
        }
        density = next;
    }
    0.5 * SPACING * density.iter().zip(exact(levels[steps])).map(|(p, q)| (p - q).abs()).sum::<f64>()
}

/// The same number with other cells and nodes, for samplers that draw or evaluate several times a step.
fn propagated(name: &str, steps: usize, count: usize, nodes: usize) -> f64 {
    let (mixture, levels) = (line(), grid(steps));
    let cells = Cells::new(-6.5, 6.5, count);
    let at = |level: Level| cells.masses(|from, to| mixture.mass(from, to, level));
    let mut distribution = Propagation::new(cells, at(levels[0]), NormalRule::new(nodes));
    for index in 0..steps {
        distribution.step(|x, draw| step(name, x, &levels, index, draw));
    }
    Divergence::of_masses(distribution.masses(), &at(levels[steps])).total_variation
}

/// The slope of total variation on a distribution that is no Gaussian is the order that the table claims, and the study's numbers
/// agree with an integral that shares no code with them, or with finer cells and more nodes.
#[test]
fn stochastic_samplers_converge_at_their_order() {
    let single_step = |info: &&Info| info.stochastic && info.order > 0 && info.group != Group::Extrapolating;
    for info in TABLE.iter().filter(single_step) {
        let name = info.value;
        let sampler = || sampler::build::<()>(name, &Values::new()).expect("a sampler");
        let budgets = [32, 64, 128].map(|steps| sampler::evaluations(sampler(), grid(steps)));
        let errors = studied(name, &budgets);
        assert_eq!(errors.len(), 3, "{name}");
        let slope = (errors[1] / errors[2]).log2();
        println!("{name:20} {:.3e} {:.3e} {:.3e} slope {slope:.2}", errors[0], errors[1], errors[2]);
        assert!((slope - info.order as f64).abs() < 0.15, "{name}: slope {slope:.2}, not {}", info.order);
        let again = match (info.order, name) {
            (_, "ddpm" | "li_stochastic_plain") => integrated(name, 32),
            (1, _) => continue,
            _ => propagated(name, 32, 1350, 12),
        };
        println!("{:20} again: {:.3e} off", "", (again - errors[0]).abs());
        assert!((again - errors[0]).abs() < 1e-3 * errors[0], "{name}: {again:e} against {:e}", errors[0]);
    }
}

fn follow(mixture: &Mixture, start: &Points, levels: &[Level], name: &str) -> Points {
    let sampler = sampler::build(name, &Values::new()).expect("a sampler");
    let draw = || panic!("{name} draws no noise");
    pollster::block_on(Trajectory::new(sampler, Box::new(mixture), levels.to_vec(), start.clone(), draw).last())
}

/// Li et al.'s accelerated sampler with the factor `1 / (1 - alpha_bar)` left out of its target's first term, as it was once
/// printed.
fn follow_literal(mixture: &Mixture, start: &Points, levels: &[Level]) -> Points {
    levels.windows(2).fold(start.clone(), |x, pair| {
        let (from, to) = (pair[0], pair[1]);
        let alpha = from.alpha_bar() / to.alpha_bar();
        let prediction = mixture.noise_and_turn(&x, from);
        let score = derived::score(&prediction.noise, from);
        let bracket = literal_bracket(mixture, &x, &prediction, from);
        let (scale, beta) = (alpha.sqrt().recip(), 1.0 - alpha);
        Points::combine(&[(scale, &x), (scale * beta / 2.0, &score), (scale * beta * beta / 8.0, &bracket)])
    })
}

/// On the line: `B` with `E[|eps|^2 (u + s) + u (u s) | x]` in the place of `y*`.
fn literal_bracket(mixture: &Mixture, x: &Points, prediction: &Prediction<Points>, level: Level) -> Points {
    let score = derived::score(&prediction.noise, level);
    let second = mixture.noise_power(x, level);
    let exact = derived::y_star(prediction, level);
    let power = level.noise_power();
    let numbers = score.values().iter().zip(&second).zip(exact.values()).map(|((s, second), y)| {
        let second = second / power; // E[u^2 | x]
        let literal = power * (y - s * second) + s * second;
        -(-s / power + s.powi(3) - literal)
    });
    Points::new(1, numbers.collect())
}

fn pushed(levels: &[Level], map: impl Fn(&Mixture, &Points, &[Level]) -> Points) -> Divergence {
    let (mixture, stop) = (line(), levels[levels.len() - 1]);
    let edges = Cells::new(-6.5, 6.5, 6000).edges();
    push_forward(
        &edges,
        |from, to| mixture.mass(from, to, levels[0]),
        |x| map(&mixture, x, levels),
        |from, to| mixture.mass(from, to, stop),
    )
    .expect("a rising map")
}

/// The second-order term buys an order, and loses it again when its target is built as it was once printed, though it is better at
/// first.
#[test]
fn second_order_targets_buy_an_order() {
    let check = |name: &str, order: f64, map: &dyn Fn(&Mixture, &Points, &[Level]) -> Points| {
        let distributions = [32, 64, 128, 256].map(|steps| pushed(&grid(steps), map));
        let slope = |of: fn(&Divergence) -> f64| (of(&distributions[2]) / of(&distributions[3])).log2();
        let (variation, information) =
            (slope(|divergence| divergence.total_variation), slope(|divergence| divergence.kullback_leibler));
        let variations = distributions.map(|divergence| divergence.total_variation);
        println!("{name}: {variations:?} slopes {variation:.2} {information:.2}");
        assert!((variation - order).abs() < 0.15, "{name}: TV slope {variation:.2}");
        assert!((information - 2.0 * order).abs() < 0.5, "{name}: KL slope {information:.2}");
        variations
    };
    for (name, order) in [("ddim", 1.0), ("li_plain", 1.0), ("ddim_taylor2", 2.0), ("taylor2_log", 2.0)] {
        check(name, order, &|mixture, x, levels| follow(mixture, x, levels, name));
    }
    let right = check("li_accel", 2.0, &|mixture, x, levels| follow(mixture, x, levels, "li_accel"));
    let literal = check("literal", 1.0, &follow_literal);
    assert!(literal[0] < right[0] && literal[3] > 5.0 * right[3]);
    // The table's own, whose covariance is a difference of the denoiser, and this one, by moments of the posterior.
    let (mixture, levels) = (line(), grid(32));
    let start = drawn(&mixture, levels[0], 500);
    let (found, expected) =
        (follow(&mixture, &start, &levels, "li_literal"), follow_literal(&mixture, &start, &levels));
    let off = found.values().iter().zip(expected.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("the table's literal sampler is off by {off:e}");
    assert!(off < 2e-3, "{off:e}");
    let accelerated = follow(&mixture, &start, &levels, "li_accel");
    let far = accelerated.values().iter().zip(expected.values()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    println!("the accelerated one is off by {far:e}");
    assert!(far > 10.0 * off, "{far:e} against {off:e}");
}

/// Densities by the Jacobian agree with masses of cells on the line, and see the same order in the plane.
#[test]
fn densities_by_the_jacobian_agree() {
    let (mixture, levels) = (line(), grid(32));
    let measure = |mixture: &Mixture, levels: &[Level], count: usize| {
        let start = drawn(mixture, levels[0], count);
        density_ratio(
            &start,
            &Exact::log_density(mixture, &start, levels[0]),
            |x| follow(mixture, x, levels, "ddim"),
            |x| Exact::log_density(mixture, x, levels[levels.len() - 1]),
            1e-4,
        )
        .expect("a map that does not fold")
    };
    let (found, expected) =
        (measure(&mixture, &levels, 20_000), pushed(&levels, |mixture, x, levels| follow(mixture, x, levels, "ddim")));
    let off = |found: Estimate, expected: f64| (found.mean - expected).abs() / found.standard_error;
    println!("{found:?} against {expected:?}");
    assert!(off(found.total_variation, expected.total_variation) < 4.0);
    assert!(off(found.kullback_leibler, expected.kullback_leibler) < 4.0);

    let covariances = [vec![vec![0.1, 0.05], vec![0.05, 0.08]], vec![vec![0.06, 0.0], vec![0.0, 0.3]]];
    let plane = Mixture::new(&[0.4, 0.6], &[vec![1.0, 0.7], vec![-0.5, -0.6]], &covariances).expect("a mixture");
    let distributions = [32, 64].map(|steps| measure(&plane, &grid(steps), 4000));
    let slope = (distributions[0].total_variation.mean / distributions[1].total_variation.mean).log2();
    println!("{distributions:?} slope {slope:.2}");
    assert!((slope - 1.0).abs() < 0.15, "{slope:.2}");
}

fn drawn(mixture: &Mixture, level: Level, count: usize) -> Points {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let clean = mixture.draw(count, &mut rng);
    let noise = (0..clean.values().len()).map(|_| StandardNormal.sample(&mut rng)).collect();
    let noise = Points::new(clean.dimension(), noise);
    Points::combine(&[(level.signal_scale(), &clean), (level.noise_scale(), &noise)])
}

/// Starting from pure noise costs `KL(q_T || N(0, 1)) = alpha_bar |mean|^2 / 2 + alpha_bar^2 (variance - 1)^2 / 4`, to the order
/// of `alpha_bar^2`.
#[test]
fn the_start_error_goes_as_the_signal() {
    let mixture = line();
    let (mean, square) = (0.03, 0.5 * 0.68 + 0.3 * 0.34 + 0.2 * 1.98);
    let cells = Cells::new(-9.0, 9.0, 6000);
    let mut last = f64::INFINITY;
    for sigma in [1.5, 3.0, 10.0, 40.0] {
        let level = Level::from_sigma(sigma);
        let distribution = cells.masses(|from, to| mixture.mass(from, to, level));
        let found = Divergence::of_masses(&distribution, &cells.masses(normal_mass)).kullback_leibler;
        let signal = level.alpha_bar();
        let expected = signal * mean * mean / 2.0 + (signal * (square - mean * mean - 1.0)).powi(2) / 4.0;
        println!("sigma {sigma}: {found:.3e}, leading order {expected:.3e}");
        assert!(found < last);
        assert!(sigma < 10.0 || (found / expected - 1.0).abs() < 0.05, "{found:e} against {expected:e}");
        last = found;
    }
}

/// The optimal loss from random points is the integral over the line.
#[test]
fn the_optimal_loss_is_an_integral() {
    let mixture = line();
    for sigma in [0.05, 0.5, 5.0] {
        let level = Level::from_sigma(sigma);
        let (low, high) = mixture.support(level, 8.0);
        let cells = Cells::new(low, high, 4000);
        let masses = cells.masses(|from, to| mixture.mass(from, to, level));
        let variance = mixture.noise_variance(&cells.centres(), level);
        let expected: f64 = masses.iter().zip(&variance).map(|(mass, variance)| mass * variance).sum();
        let found = optimal_loss(&mixture, level, 40_000, 8);
        println!("L*({sigma}) = {expected:.5}, {found:?}");
        assert!((found.mean - expected).abs() < 4.0 * found.standard_error);
        assert!(found.standard_error < 0.02 * expected);
    }
}
