//! What samplers must do, whatever their code: converge at their order, be exact where they are, survive the edges.

use fewsteps::denoiser::{Denoiser, Prediction};
use fewsteps::distribution::{Empirical, Mixture};
use fewsteps::estimate::Estimate;
use fewsteps::level::Level;
use fewsteps::parameters::{Choice, Kind, Value, Values};
use fewsteps::sampler::{self, Group, TABLE, Trajectory};
use fewsteps::schedule::{self, linear_table, log_linear, trailing};
use fewsteps::state::{Points, State};
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

/// The run of the sampler that `name` means, short names included.
fn run(name: &str, denoiser: &dyn Denoiser<Points>, levels: Vec<Level>, x: &Points) -> Points {
    let (name, parameters) = sampler::resolve(name).expect("a sampler's name");
    run_with(name, &parameters, denoiser, levels, x)
}

fn run_with(name: &str, values: &Values, denoiser: &dyn Denoiser<Points>, levels: Vec<Level>, x: &Points) -> Points {
    let mut seed = 100;
    let draw = || {
        seed += 1;
        normal(x.len(), seed)
    };
    let sampler = sampler::build(name, values).expect("a sampler");
    pollster::block_on(Trajectory::new(sampler, Box::new(denoiser), levels, x.clone(), draw).last())
}

fn rms(a: &Points, b: &Points) -> f64 {
    let sum: f64 = a.values().iter().zip(b.values()).map(|(x, y)| (x - y).powi(2)).sum();
    (sum / a.len() as f64).sqrt()
}

/// The slope of the strong error on an exact ring is the order that the table claims, and those known of parameters' values.
#[test]
fn deterministic_samplers_converge_at_their_order() {
    let (ring, x) = (ring(), normal(64, 1));
    let grid = |steps| log_linear(steps, 0.1, 10.0);
    let tight = Values::from([("tolerance".into(), Value::Number(1e-12))]);
    let truth = run_with("ode_adaptive", &tight, &ring, grid(1), &x);
    let steps = |info: &&sampler::Info| !info.stochastic && !info.uses_map && info.value != "ode_adaptive";
    let defaults = TABLE.iter().filter(steps);
    let others = [
        ("ge_gamma1", 1),
        ("plms2", 2),
        ("plms4_heun", 2),
        ("plms4_prk", 2),
        ("deis_t1", 1),
        ("deis_t2", 2),
        // The first steps, of lower orders, keep it from 4.
        ("deis_t4", 3),
        ("deis_rho2", 2),
        ("deis_rho3", 3),
        ("deis_logrho2", 2),
        ("deis_logrho3", 3),
        ("deis_abar3", 3),
    ];
    let named = defaults.map(|info| (info.value, info.order)).chain(others).map(|(name, order)| {
        let (sampler, values) = sampler::resolve(name).expect("a sampler's name");
        (name, sampler, values, order)
    });
    // Without lower orders at the end, the corrector adds one to the predictor's.
    let unipc =
        [("unipc1_bh1", 2), ("unipc2_bh1", 3), ("unipc2_bh2_eps", 3), ("unipc3_bh2", 4)].map(|(name, order)| {
            let (sampler, mut values) = sampler::resolve(name).expect("a sampler's name");
            values.insert("last".into(), Value::Text("full".into()));
            (name, sampler, values, order)
        });
    for (name, sampler, values, order) in named.chain(unipc) {
        // High orders meet rounding on fine grids.
        let coarse = if order > 2 { 128 } else { 256 };
        let error = |steps| rms(&run_with(sampler, &values, &ring, grid(steps), &x), &truth);
        let (first, second) = (error(coarse), error(4 * coarse));
        let slope = (first / second).log2() / 2.0;
        println!("{name:22} {first:.2e} {second:.2e} slope {slope:.2}");
        assert!((slope - order as f64).abs() < 0.15, "{name}: slope {slope:.2}, not {order}");
    }
}

/// Stochastic samplers that remember earlier steps.
fn stochastic_multistep() -> impl Iterator<Item = &'static sampler::Info> {
    TABLE.iter().filter(|info| info.stochastic && info.group == Group::Extrapolating)
}

/// The slope of the error of a Gaussian's variance is the order that the table claims. On a Gaussian the end is linear in the start and in
/// each draw, so that its variance is the sum of squares of what each adds.
#[test]
fn stochastic_multistep_samplers_converge_at_their_order() {
    const VARIANCE: f64 = 0.3;
    let gaussian = Mixture::new(&[1.0], &[vec![0.0]], &[vec![vec![VARIANCE]]]).expect("a Gaussian");
    let total = |level: Level| level.alpha_bar() * VARIANCE + level.noise_power();
    for info in stochastic_multistep() {
        let error = |steps: usize| {
            let levels = log_linear(steps, 0.05, 10.0);
            let only = |row: usize, value: f64| {
                Points::new(1, (0..=steps).map(|i| if i == row { value } else { 0.0 }).collect())
            };
            let mut drawn = 0;
            let draw = || {
                drawn += 1;
                only(drawn, 1.0)
            };
            let start = only(0, total(levels[0]).sqrt());
            let sampler = sampler::build(info.value, &Values::new()).expect("a sampler");
            let end = pollster::block_on(Trajectory::new(sampler, &gaussian, levels.clone(), start, draw).last());
            (end.values().iter().map(|x| x * x).sum::<f64>() - total(levels[steps])).abs()
        };
        let (first, second) = (error(64), error(256));
        let slope = (first / second).log2() / 2.0;
        println!("{:16} {first:.2e} {second:.2e} slope {slope:.2}", info.value);
        assert!((slope - info.order as f64).abs() < 0.15, "{}: slope {slope:.2}, not {}", info.value, info.order);
    }
}

/// The same order shows on a distribution that is no Gaussian, within the error of the mean: runs of 16 steps end elsewhere than those of 32
/// by that power more than those of 32 than those of 64. Runs of twice the steps share their noise, so that few points will do.
#[test]
fn stochastic_multistep_samplers_keep_their_order_off_gaussians() {
    const COUNT: usize = 50_000;
    let variances = [vec![vec![0.04]], vec![vec![0.09]], vec![vec![0.02]]];
    let line = Mixture::new(&[0.5, 0.3, 0.2], &[vec![-0.8], vec![0.5], vec![1.4]], &variances).expect("a mixture");
    let grid = |steps: usize| log_linear(steps, 0.05, 10.0);
    let run = |name: &str, steps: usize, start: &Points, noise: &[Points]| {
        let mut noise = noise.iter().cloned();
        let draw = || noise.next().expect("noise for every step");
        let sampler = sampler::build(name, &Values::new()).expect("a sampler");
        pollster::block_on(Trajectory::new(sampler, &line, grid(steps), start.clone(), draw).last())
    };
    // The noise that a step of twice the length draws where two draw these: what the first adds has shrunk by the second's end.
    let joined = |steps: usize, pair: &[Points]| {
        let kept = (grid(steps)[1].sigma() / grid(steps)[0].sigma()).powi(2);
        let renewed = (1.0 - kept).sqrt();
        let whole = (1.0 - kept * kept).sqrt();
        Points::combine(&[(kept.sqrt() * renewed / whole, &pair[0]), (renewed / whole, &pair[1])])
    };
    for info in stochastic_multistep() {
        let change = |steps: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let mut draw = || Points::new(1, (0..COUNT).map(|_| StandardNormal.sample(&mut rng)).collect());
            let start = draw();
            let fine: Vec<Points> = (0..2 * steps).map(|_| draw()).collect();
            let coarse: Vec<Points> = fine.chunks(2).map(|pair| joined(2 * steps, pair)).collect();
            let ends = (run(info.value, steps, &start, &coarse), run(info.value, 2 * steps, &start, &fine));
            let squares = ends.0.values().iter().zip(ends.1.values()).map(|(a, b)| a * a - b * b);
            Estimate::of(&squares.collect::<Vec<_>>())
        };
        let (first, second) = (change(16), change(32));
        let least = second.mean.abs() * 2.0_f64.powi(info.order as i32);
        let off = 3.0 * first.standard_error.hypot(second.standard_error * 2.0_f64.powi(info.order as i32));
        println!("{:16} {first:?} {second:?}", info.value);
        assert!(first.mean.abs() + off > least, "{}: {first:?}, then {second:?}", info.value);
    }
}

/// Noise drawn on a step to no noise would stay in the samples. For one point the SDE samplers then leave nothing, and the exponential
/// integrator of the flow leaves half, as `li_plain`.
#[test]
fn no_noise_is_drawn_on_a_step_to_no_noise() {
    let point = Empirical::new(Points::new(2, vec![0.0, 0.0]));
    let levels = vec![Level::from_sigma(0.1), Level::CLEAN];
    let x = normal(16, 3);
    let y = Points::new(2, x.values().iter().map(|x| x / levels[0].signal_scale()).collect());
    // Churn raises the noise first and removes it with the rest; Langevin walks at the last noisy level.
    let reverse = |info: &&sampler::Info| info.stochastic && !["edm_stochastic", "langevin"].contains(&info.value);
    for info in TABLE.iter().filter(reverse) {
        let sampler = sampler::build(info.value, &Values::new()).expect("a sampler");
        let draw = || panic!("{} draws noise on its last step", info.value);
        let end = pollster::block_on(Trajectory::new(sampler, &point, levels.clone(), x.clone(), draw).last());
        let left = rms(&end, &Points::new(2, vec![0.0; 32])) / rms(&y, &Points::new(2, vec![0.0; 32]));
        assert!(left < 0.01, "{} leaves {left:.3} of the noise", info.value);
    }
    for name in ["li_plain", "pf_ode_ei"] {
        let end = run(name, &point, levels.clone(), &x);
        let left = rms(&end, &Points::new(2, vec![0.0; 32])) / rms(&y, &Points::new(2, vec![0.0; 32]));
        assert!((left - 0.5).abs() < 0.01, "{name} leaves {left:.3} of the noise");
    }
}

/// For one point every path is a straight line in the VE state, so one DDIM step arrives exactly; the turn is zero.
#[test]
fn a_single_point_is_reached_in_one_step() {
    let point = Empirical::new(Points::new(2, vec![0.4, -0.7]));
    let x = normal(16, 3);
    for name in [
        "ddim",
        "ddim_taylor2",
        "taylor2_log",
        "curved_pc",
        "curved_quadratic",
        "curved_hermite",
        "plms4",
        "deis_t3",
        "edm_heun",
        "dpm_solver_2",
        "dpm_solver_3",
        "dpm_solver_fast",
        "dpmpp_2m",
        "dpmpp_3m",
        "sde_dpmpp_2m",
        "sa_solver",
        "seeds_1",
        "restart",
        "unipc3_bh2",
        "gradient_estimation",
        "ddpm",
        "analytic_ddpm",
    ] {
        let end = run(name, &point, vec![Level::from_sigma(10.0), Level::CLEAN], &x);
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
        let off = rms(&run(name, &gaussian, levels.clone(), &x), &exact);
        assert!(off < tolerance, "{name}: {off:e}");
    }
    // These two know Gaussians: one step is as good as two hundred.
    for name in ["curved_gaussian", "curved_gaussian_pc"] {
        let off = rms(&run(name, &gaussian, vec![first, last], &x), &exact);
        assert!(off < 1e-12, "{name}: {off:e}");
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

/// One step of the sampler with the Jacobian in its noise has the mean of the reverse kernel of a Gaussian, `y_s` given `y_t` with `D` of the noise gone,
/// and its variance `D - D^2 / (c^2 + sigma^2)` up to `D^3`.
#[test]
fn the_jacobian_gives_a_step_the_kernels_variance() {
    let gaussian = Mixture::new(&[1.0], &[vec![0.0]], &[vec![vec![0.3]]]).expect("a Gaussian");
    let from = Level::from_sigma(1.0);
    let moments = |d: f64| {
        let to = Level::from_sigma((1.0 - d).sqrt());
        let x = Points::new(1, vec![0.8 * from.signal_scale(); 2]);
        let mut sampler = sampler::build("li_stochastic_jacobian", &Values::new()).expect("a sampler");
        let draw = &mut || Points::new(1, vec![0.0, 1.0]);
        let stride = sampler::Stride { denoiser: &gaussian, x: &x, from, to, last: true, draw };
        let end = pollster::block_on(sampler.step(stride)).state;
        let [mean, one] = [0, 1].map(|i| end.values()[i] / to.signal_scale());
        (mean, (one - mean).powi(2))
    };
    let errors = [0.2, 0.1].map(|d: f64| {
        let (mean, variance) = moments(d);
        assert!((mean - (0.8 - d * 0.8 / 1.3)).abs() < 1e-12);
        variance - (d - d * d / 1.3)
    });
    assert!((errors[0] / errors[1] - 8.0).abs() < 1e-6, "{errors:?}");
}

/// The variance that DDPM leaves on a Gaussian is right to first order in the step.
#[test]
fn ddpm_keeps_the_variance_of_a_gaussian() {
    let (gaussian, x) = (round_gaussian(0.5), normal(4000, 5));
    let end = run("ddpm", &gaussian, trailing(&linear_table(), 1000, Level::CLEAN), &x);
    let variance = end.values().iter().map(|v| v * v).sum::<f64>() / end.values().len() as f64;
    assert!((variance - 0.5).abs() < 0.03, "{variance}");
}

/// `eta = 1` is DDPM with the small variance, noise for noise; `gamma = 1` and order 1 are DDIM.
#[test]
fn samplers_that_are_one_under_two_names_agree() {
    let (ring, x) = (ring(), normal(16, 7));
    let grid = || trailing(&linear_table(), 12, Level::CLEAN);
    for (one, other) in [
        ("ddim_eta1", "ddpm_small"),
        ("ge_gamma1", "ddim"),
        ("ge_gamma1_mu0.5", "ddim_eta1"),
        ("deis_t1", "ddim"),
        ("deis_logrho1", "ddim"),
        ("edm_euler", "ddim"),
        ("edm_stochastic_churn0", "edm_heun"),
        ("deis_rho2", "ge_adaptive"),
        ("deis_abar2", "li_repo_ode"),
    ] {
        let off = rms(&run(one, &ring, grid(), &x), &run(other, &ring, grid(), &x));
        assert!(off < 1e-9, "{one} and {other} differ by {off:e}");
    }
}

#[test]
fn every_sampler_survives_the_edges() {
    let (ring, x) = (ring(), normal(4, 6));
    for grid in schedule::TABLE {
        for end in ["zero", "first"] {
            let parameters = Values::from([("end".into(), Value::Text(end.into()))]);
            let most = schedule::most_steps(&Choice { name: grid.value.into(), parameters: parameters.clone() });
            for steps in [1, 2, if ["linear", "edm"].contains(&grid.value) { most } else { 30 }] {
                let Ok(levels) = schedule::levels(grid.value, &parameters, steps) else {
                    assert_eq!((grid.value, steps < 10), ("li", true), "no grid");
                    continue;
                };
                for info in TABLE {
                    // Every choice of every parameter, one at a time.
                    let choices = info.parameters.iter().flat_map(|parameter| match parameter.kind {
                        Kind::Choice { options, .. } => {
                            let value = |text: &str| Values::from([(parameter.key.into(), Value::Text(text.into()))]);
                            options.iter().map(|option| value(option.value)).collect()
                        }
                        _ => vec![Values::new()],
                    });
                    for values in choices.chain(info.parameters.is_empty().then(Values::new)) {
                        let end = run_with(info.value, &values, &ring, levels.clone(), &x);
                        let finite = end.values().iter().all(|v| v.is_finite());
                        assert!(finite, "{} {values:?}: {steps} steps of {}", info.value, grid.value);
                    }
                }
            }
        }
    }
}
