//! What samplers must do, whatever their code: converge at their order, be exact where they are, survive the edges.

use fewsteps::denoiser::{DataSet, Denoiser, Mixture, Prediction};
use fewsteps::sampler::{self, Options, TABLE, Trajectory};
use fewsteps::schedule::{Grid, Level, linear_table, log_linear, trailing};
use fewsteps::state::Points;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

fn ring() -> Mixture {
    let place = |k: usize| (std::f64::consts::TAU * k as f64 / 8.0).sin_cos();
    let means: Vec<Vec<f64>> = (0..8).map(|k| vec![1.3 * place(k).1, 1.3 * place(k).0]).collect();
    let covariance = vec![vec![0.01, 0.0], vec![0.0, 0.01]];
    Mixture::new(&[1.0; 8], &means, &vec![covariance; 8]).expect("a mixture")
}

fn round_gaussian(variance: f64) -> Mixture {
    let covariance = vec![vec![variance, 0.0], vec![0.0, variance]];
    Mixture::new(&[1.0], &[vec![0.0, 0.0]], &[covariance]).expect("a Gaussian")
}

fn normal(count: usize, seed: u64) -> Points {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Points::new(2, (0..2 * count).map(|_| StandardNormal.sample(&mut rng)).collect())
}

fn run(name: &str, options: Options, denoiser: &dyn Denoiser<Points>, levels: Vec<Level>, x: &Points) -> Points {
    let mut seed = 100;
    let draw = || {
        seed += 1;
        normal(x.len(), seed)
    };
    let sampler = sampler::build(name, options).expect("a sampler");
    let steps = Trajectory::new(sampler, Box::new(denoiser), levels, x.clone(), draw);
    steps.last().expect("a step").state
}

fn rms(a: &Points, b: &Points) -> f64 {
    let sum: f64 = a.values().iter().zip(b.values()).map(|(x, y)| (x - y).powi(2)).sum();
    (sum / a.len() as f64).sqrt()
}

/// The slope of the strong error on an exact ring between 64 and 256 steps is the order that the table claims.
#[test]
fn deterministic_samplers_converge_at_their_order() {
    let (ring, x) = (ring(), normal(64, 1));
    let grid = |steps| log_linear(steps, 0.1, 10.0);
    let truth = run("curved_pc", Options::default(), &ring, grid(8192), &x);
    for info in TABLE.iter().filter(|info| !info.stochastic) {
        let error = |steps| rms(&run(info.value, Options::default(), &ring, grid(steps), &x), &truth);
        let (coarse, fine) = (error(64), error(256));
        let slope = (coarse / fine).log2() / 2.0;
        let expected = info.order as f64;
        println!("{:22} {coarse:.2e} {fine:.2e} slope {slope:.2}", info.value);
        assert!((slope - expected).abs() < 0.15, "{}: slope {slope:.2}, not {expected}", info.value);
    }
}

/// Few steps on the exact ring: the errors that the method notes give, in their order.
#[test]
fn curved_steps_beat_straight_ones_on_the_exact_ring() {
    let (ring, x) = (ring(), normal(2000, 2));
    let truth = run("curved_pc", Options::default(), &ring, log_linear(2000, 0.01, 80.0), &x);
    let error =
        |name: &str, steps| rms(&run(name, Options::default(), &ring, log_linear(steps, 0.01, 80.0), &x), &truth);
    for (name, steps, expected) in [
        ("ddim", 5, 0.207),
        ("ddim", 20, 0.044),
        ("gradient_estimation", 10, 0.040),
        ("ddim_taylor2", 5, 0.120),
        ("ddim_taylor2", 20, 0.0086),
        ("taylor2_log", 10, 0.023),
        ("curved_pc", 10, 0.013),
        ("curved_pc", 20, 0.0038),
        ("li_accel", 20, 0.074),
    ] {
        let found = error(name, steps);
        assert!((found / expected - 1.0).abs() < 0.35, "{name} at {steps}: {found:.4}, expected about {expected}");
    }
}

/// For one point every path is a straight line in the VE state, so one DDIM step arrives exactly; the turn is zero.
#[test]
fn a_single_point_is_reached_in_one_step() {
    let point = DataSet::new(Points::new(2, vec![0.4, -0.7]));
    let x = normal(16, 3);
    for name in ["ddim", "ddim_taylor2", "taylor2_log", "curved_pc", "plms4", "gradient_estimation", "ddpm"] {
        let end = run(name, Options::default(), &point, vec![Level::from_sigma(10.0), Level::CLEAN], &x);
        let off = end.rows().map(|row| (row[0] - 0.4).hypot(row[1] + 0.7)).fold(0.0, f64::max);
        assert!(off < 1e-9, "{name}: {off:e}");
    }
}

/// The path of a Gaussian is known: `y(sigma) = y(sigma_0) sqrt((c^2 + sigma^2) / (c^2 + sigma_0^2))`.
#[test]
fn a_gaussian_is_followed_to_its_end() {
    let variance = 0.3;
    let (gaussian, x) = (round_gaussian(variance), normal(16, 4));
    let levels = log_linear(200, 0.01, 20.0);
    let (first, last) = (levels[0], levels[200]);
    let spread = |level: Level| (variance + level.sigma().powi(2)).sqrt() * level.signal_scale();
    let scale = spread(last) / spread(first);
    let exact = Points::new(2, x.values().iter().map(|value| value * scale).collect());
    for (name, tolerance) in [("ddim", 3e-2), ("taylor2_log", 2e-3), ("curved_pc", 1e-4), ("plms4", 1e-4)] {
        let off = rms(&run(name, Options::default(), &gaussian, levels.clone(), &x), &exact);
        assert!(off < tolerance, "{name}: {off:e}");
    }
    let Prediction { noise, turn } = gaussian.noise_and_turn(&x, first);
    // eh = x sqrt(1 - alpha_bar) / (alpha_bar c^2 + 1 - alpha_bar), whose derivative along the path is known too.
    let total = first.alpha_bar() * variance + first.noise_power();
    let share = first.alpha_bar() * variance / total;
    for ((x, noise), turn) in x.values().iter().zip(noise.values()).zip(turn.values()) {
        assert!((noise - x * first.noise_scale() / total).abs() < 1e-12);
        assert!((turn - noise * share).abs() < 1e-12);
    }
}

/// The variance that DDPM leaves on a Gaussian is right to first order in the step.
#[test]
fn ddpm_keeps_the_variance_of_a_gaussian() {
    let (gaussian, x) = (round_gaussian(0.5), normal(4000, 5));
    let end = run("ddpm", Options::default(), &gaussian, trailing(&linear_table(), 1000, Level::CLEAN), &x);
    let variance = end.values().iter().map(|v| v * v).sum::<f64>() / end.values().len() as f64;
    assert!((variance - 0.5).abs() < 0.03, "{variance}");
}

#[test]
fn every_sampler_survives_the_edges() {
    let (ring, x) = (ring(), normal(8, 6));
    let (sigma_max, sigma_min) = (160.0, 0.002);
    for grid in
        [Grid::LogLinear { sigma_max, sigma_min }, Grid::Edm { sigma_max, sigma_min }, Grid::Linear, Grid::Cosine]
    {
        for steps in [1, 2, 1000] {
            let levels = grid.levels(steps).expect("a grid");
            for info in TABLE {
                let end = run(info.value, Options::default(), &ring, levels.clone(), &x);
                assert!(end.values().iter().all(|v| v.is_finite()), "{} with {steps} steps on {grid:?}", info.value);
            }
        }
    }
}
