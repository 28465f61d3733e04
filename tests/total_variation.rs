//! How fast samplers approach the law at the level where they stop, on the line and in the plane, without sampling error.

use fewsteps::denoiser::exact::{Estimate, optimal_loss};
use fewsteps::denoiser::line::normal_mass;
use fewsteps::denoiser::{Denoiser, Exact, Mixture, Prediction, derived};
use fewsteps::schedule::{Level, log_linear};
use fewsteps::state::{Points, State};
use fewsteps::study::cells::Cells;
use fewsteps::study::change_of_variables::{density_ratio, push_forward};
use fewsteps::study::divergence::Divergence;
use fewsteps::study::propagation::{NormalRule, Propagation};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Noise on demand, as a sampler draws it.
type Draw<'a> = &'a mut dyn FnMut() -> Points;

/// One step of a sampler, from VP states at the first level to the second.
type Step = fn(&Mixture, &Points, Level, Level, Draw<'_>) -> Points;

fn line() -> Mixture {
    let variances = [vec![vec![0.04]], vec![vec![0.09]], vec![vec![0.02]]];
    Mixture::new(&[0.5, 0.3, 0.2], &[vec![-0.8], vec![0.5], vec![1.4]], &variances).expect("a mixture")
}

fn alpha(from: Level, to: Level) -> f64 {
    from.alpha_bar() / to.alpha_bar()
}

/// A step in the VE state with the score `g = -eh / sigma` there.
fn score(mixture: &Mixture, y: &Points, level: Level) -> Points {
    let x = Points::combine(&[(level.signal_scale(), y)]);
    Points::combine(&[(-1.0 / level.sigma(), &mixture.noise(&x, level))])
}

/// arXiv 2006.11239, Algorithm 2, small variance.
fn ddpm(mixture: &Mixture, x: &Points, from: Level, to: Level, draw: Draw<'_>) -> Points {
    let (alpha, noise) = (alpha(from, to), mixture.noise(x, from));
    let beta = 1.0 - alpha;
    let deviation = (beta * to.noise_power() / from.noise_power()).sqrt();
    Points::combine(&[
        (alpha.sqrt().recip(), x),
        (-beta / (alpha.sqrt() * from.noise_scale()), &noise),
        (deviation, &draw()),
    ])
}

/// `(x + (1 - alpha) s + sqrt(1 - alpha) z) / sqrt(alpha)` (arXiv 2403.03852).
fn li_plain(mixture: &Mixture, x: &Points, from: Level, to: Level, draw: Draw<'_>) -> Points {
    let (alpha, score) = (alpha(from, to), derived::score(&mixture.noise(x, from), from));
    let scale = alpha.sqrt().recip();
    Points::combine(&[(scale, x), (scale * (1.0 - alpha), &score), (scale * (1.0 - alpha).sqrt(), &draw())])
}

/// The accelerated form, with half of the noise before the score and half after it (arXiv 2403.03852).
fn li_accelerated(mixture: &Mixture, x: &Points, from: Level, to: Level, draw: Draw<'_>) -> Points {
    let alpha = alpha(from, to);
    let (scale, half) = (alpha.sqrt().recip(), ((1.0 - alpha) / 2.0).sqrt());
    let moved = Points::combine(&[(1.0, x), (half, &draw())]);
    let score = derived::score(&mixture.noise(&moved, from), from);
    Points::combine(&[(scale, &moved), (scale * (1.0 - alpha), &score), (scale * half, &draw())])
}

/// Heun's method for the reverse SDE in the VE state: both moments of the reverse kernel to second order.
fn heun(mixture: &Mixture, x: &Points, from: Level, to: Level, draw: Draw<'_>) -> Points {
    let change = from.sigma().powi(2) - to.sigma().powi(2);
    let y = Points::combine(&[(from.signal_scale().recip(), x)]);
    let first = score(mixture, &y, from);
    let noisy = Points::combine(&[(1.0, &y), (change.sqrt(), &draw())]);
    let second = score(mixture, &Points::combine(&[(1.0, &noisy), (change, &first)]), to);
    let signal = to.signal_scale();
    Points::combine(&[(signal, &noisy), (signal * change / 2.0, &first), (signal * change / 2.0, &second)])
}

fn grid(steps: usize) -> Vec<Level> {
    log_linear(steps, 0.05, 10.0)
}

/// TV at the stop level of a stochastic sampler started from the exact law.
fn propagated(step: Step, steps: usize, count: usize, nodes: usize) -> f64 {
    let (mixture, levels) = (line(), grid(steps));
    let cells = Cells::new(-6.5, 6.5, count);
    let at = |level: Level| cells.masses(|from, to| mixture.mass(from, to, level));
    let mut law = Propagation::new(cells, at(levels[0]), NormalRule::new(nodes));
    for pair in levels.windows(2) {
        law.step(|x, draw| step(&mixture, x, pair[0], pair[1], draw));
    }
    Divergence::of_masses(law.masses(), &at(levels[steps])).total_variation
}

/// Orders in total variation that METHODS' notes claim: 1 for ancestral sampling and both forms of Li et al. on a law that is no
/// Gaussian, 2 for Heun. Finer cells and more nodes do not change what is measured.
#[test]
fn stochastic_samplers_converge_at_their_order() {
    let samplers: [(&str, Step, f64); 4] = [
        ("ddpm", ddpm, 1.0),
        ("li_plain", li_plain, 1.0),
        ("li_accelerated", li_accelerated, 1.0),
        ("heun", heun, 2.0),
    ];
    for (name, step, order) in samplers {
        let (count, nodes) = if name == "li_accelerated" { (900, 8) } else { (1600, 12) };
        let errors: Vec<f64> = [32, 64, 128].iter().map(|&steps| propagated(step, steps, count, nodes)).collect();
        let slope = (errors[1] / errors[2]).log2();
        println!("{name:15} {:.3e} {:.3e} {:.3e} slope {slope:.2}", errors[0], errors[1], errors[2]);
        assert!((slope - order).abs() < 0.25, "{name}: slope {slope:.2}, not {order}");
        let finer = propagated(step, 64, count * 3 / 2, nodes * 3 / 2);
        println!("{:15} finer: {:.3e} off", "", (finer - errors[1]).abs());
        assert!((finer - errors[1]).abs() < 1e-6 + 1e-3 * errors[1], "{name}: {finer:e} against {:e}", errors[1]);
    }
}

/// A deterministic step of the notes: in sigma, in sigma squared, or the latter with its second-order term, whose bracket is built
/// from a second-order target.
#[derive(Clone, Copy, Debug)]
enum Path {
    Ddim,
    LiPlain,
    LiAccelerated,
    /// With the factor `1 / (1 - alpha_bar)` left out of the target's first term, as it was once printed.
    LiLiteral,
}

fn follow(mixture: &Mixture, start: &Points, levels: &[Level], path: Path) -> Points {
    levels.windows(2).fold(start.clone(), |x, pair| {
        let (from, to) = (pair[0], pair[1]);
        let alpha = alpha(from, to);
        let prediction = mixture.noise_and_turn(&x, from);
        let score = derived::score(&prediction.noise, from);
        let bracket = match path {
            Path::Ddim => {
                let change = to.signal_scale() * (to.sigma() - from.sigma());
                return Points::combine(&[(to.signal_scale() / from.signal_scale(), &x), (change, &prediction.noise)]);
            }
            Path::LiPlain => Points::combine(&[(0.0, &score)]),
            Path::LiAccelerated => derived::bracket(&prediction, from),
            Path::LiLiteral => literal_bracket(mixture, &x, &prediction, from),
        };
        let scale = alpha.sqrt().recip();
        let beta = 1.0 - alpha;
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

fn pushed(path: Path, levels: &[Level]) -> Divergence {
    let (mixture, stop) = (line(), levels[levels.len() - 1]);
    let edges = Cells::new(-6.5, 6.5, 6000).edges();
    push_forward(
        &edges,
        |from, to| mixture.mass(from, to, levels[0]),
        |x| follow(&mixture, x, levels, path),
        |from, to| mixture.mass(from, to, stop),
    )
    .expect("a rising map")
}

/// The second-order term buys an order, and loses it again when its target is built as it was once printed.
#[test]
fn deterministic_samplers_converge_at_their_order() {
    for (path, order) in [(Path::Ddim, 1.0), (Path::LiPlain, 1.0), (Path::LiAccelerated, 2.0), (Path::LiLiteral, 1.0)] {
        let laws: Vec<Divergence> = [64, 128, 256].iter().map(|&steps| pushed(path, &grid(steps))).collect();
        let slope = |of: fn(&Divergence) -> f64| (of(&laws[1]) / of(&laws[2])).log2();
        let (variation, information) = (slope(|law| law.total_variation), slope(|law| law.kullback_leibler));
        println!("{path:?}: {laws:?} slopes {variation:.2} {information:.2}");
        assert!((variation - order).abs() < 0.25, "{path:?}: TV slope {variation:.2}");
        assert!((information - 2.0 * order).abs() < 0.5, "{path:?}: KL slope {information:.2}");
    }
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
            |x| follow(mixture, x, levels, Path::Ddim),
            |x| Exact::log_density(mixture, x, levels[levels.len() - 1]),
            1e-4,
        )
    };
    let (found, expected) = (measure(&mixture, &levels, 20_000), pushed(Path::Ddim, &levels));
    let off = |found: Estimate, expected: f64| (found.mean - expected).abs() / found.standard_error;
    println!("{found:?} against {expected:?}");
    assert!(off(found.total_variation, expected.total_variation) < 4.0);
    assert!(off(found.kullback_leibler, expected.kullback_leibler) < 4.0);

    let covariances = [vec![vec![0.1, 0.05], vec![0.05, 0.08]], vec![vec![0.06, 0.0], vec![0.0, 0.3]]];
    let plane = Mixture::new(&[0.4, 0.6], &[vec![1.0, 0.7], vec![-0.5, -0.6]], &covariances).expect("a mixture");
    let laws = [32, 64].map(|steps| measure(&plane, &grid(steps), 4000));
    let slope = (laws[0].total_variation.mean / laws[1].total_variation.mean).log2();
    println!("{laws:?} slope {slope:.2}");
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
        let law = cells.masses(|from, to| mixture.mass(from, to, level));
        let found = Divergence::of_masses(&law, &cells.masses(normal_mass)).kullback_leibler;
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
