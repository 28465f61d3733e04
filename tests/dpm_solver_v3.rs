//! DPM-Solver-v3: what its statistics must do for it, and its controls.

use fewsteps::distribution::Mixture;
use fewsteps::estimate::Estimate;
use fewsteps::level::Level;
use fewsteps::sampler::{
    Deis, DeisVariable, DpmSolverPlusPlus, DpmSolverV3, FinePaths, Formula, ModelCoefficients, ModelStatistics, Plms,
    SaSolver, Trajectory, UniPc, UniPcPrediction,
};
use fewsteps::schedule::log_linear;
use fewsteps::state::Points;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

mod reference;

use reference::{close, mixture, numbers, points, reference};

fn normal(count: usize, seed: u64) -> Points {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Points::new(2, (0..2 * count).map(|_| StandardNormal.sample(&mut rng)).collect())
}

fn ring() -> Mixture {
    let place = |k: usize| (std::f64::consts::TAU * k as f64 / 8.0).sin_cos();
    let means: Vec<Vec<f64>> = (0..8).map(|k| vec![1.3 * place(k).1, 1.3 * place(k).0]).collect();
    let covariance = vec![vec![0.01, 0.0], vec![0.0, 0.01]];
    Mixture::new(&[1.0; 8], &means, &vec![covariance; 8]).expect("a mixture")
}

/// VP states at the start and after each step, one after the other.
fn states(formula: impl Formula<Points> + 'static, denoiser: &Mixture, levels: &[Level], x: &Points) -> Vec<f64> {
    let draw = || unreachable!("none of these draws noise");
    let mut run = Trajectory::new(formula.start(), denoiser, levels.to_vec(), x.clone(), draw);
    let mut states = x.values().to_vec();
    while let Some(step) = pollster::block_on(run.next()) {
        states.extend(step.state.values());
    }
    assert_eq!(run.evaluations(), (levels.len() - 1, 0));
    states
}

fn end(formula: impl Formula<Points> + 'static, denoiser: &Mixture, levels: &[Level], x: &Points) -> Vec<f64> {
    states(formula, denoiser, levels, x).split_off(x.values().len() * (levels.len() - 1))
}

fn rms(a: &[f64], b: &[f64]) -> f64 {
    (a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / a.len() as f64).sqrt()
}

fn constant(row: ModelCoefficients) -> DpmSolverV3 {
    DpmSolverV3 { statistics: ModelStatistics::constant(vec![row; 2]), corrector: false }
}

/// Numbers of `dpm_solver_v3.py`, its own statistics among them.
#[test]
fn it_agrees_with_an_independent_program() {
    let (setting, expected) = (reference("stochastic"), reference("dpm_solver_v3"));
    let (mixture, start) = (mixture(&setting["gmm"]), points(&setting["xT"]));
    let levels: Vec<Level> = numbers(&setting["abars_stop1"]).into_iter().map(Level::from_alpha_bar).collect();
    let (first, last) = (levels[0].sigma(), levels[levels.len() - 1].sigma());
    let statistics =
        ModelStatistics::of(&mixture, &FinePaths::of(&mixture, log_linear(60, last, first), start.clone()));
    for (key, corrector) in [("predictor", false), ("corrector", true)] {
        let found = states(DpmSolverV3 { statistics: statistics.clone(), corrector }, &mixture, &levels, &start);
        close(&found, &numbers(&expected[key]), 1e-9, 1.0, key);
    }
}

/// Its controls: with the statistics of those it is the samplers that extrapolate denoised points or noise.
#[test]
fn constant_coefficients_make_it_dpm_solver() {
    let (ring, x) = (ring(), normal(64, 1));
    for levels in [log_linear(7, 0.02, 40.0), [log_linear(5, 0.1, 10.0), vec![Level::CLEAN]].concat()] {
        let denoised = end(SaSolver { tau: 0.0, order: 2, corrector: false }, &ring, &levels, &x);
        let off = rms(&end(constant(ModelCoefficients::DENOISED), &ring, &levels, &x), &denoised);
        assert!(off < 1e-12, "{off:e} from DPM-Solver++");
    }
    let levels = log_linear(7, 0.02, 40.0);
    let noise = end(Deis { order: 2, variable: DeisVariable::LogSigma }, &ring, &levels, &x);
    let off = rms(&end(constant(ModelCoefficients::NOISE), &ring, &levels, &x), &noise);
    assert!(off < 1e-12, "{off:e} from DPM-Solver");
}

/// The order is that of the polynomial, whatever the coefficients.
#[test]
fn it_is_of_second_order() {
    let (ring, x) = (ring(), normal(64, 1));
    let grid = |steps| log_linear(steps, 0.1, 10.0);
    let truth = end(Deis { order: 4, variable: DeisVariable::LogSigma }, &ring, &grid(8192), &x);
    let measured = ModelStatistics::of(&ring, &FinePaths::of(&ring, log_linear(60, 0.08, 12.0), normal(256, 2)));
    let arbitrary = ModelStatistics::constant(vec![
        ModelCoefficients { l: 0.4, s: -0.3, b: 0.2 },
        ModelCoefficients { l: 0.7, s: 0.5, b: -0.1 },
    ]);
    for (statistics, corrector) in [(&measured, false), (&measured, true), (&arbitrary, false), (&arbitrary, true)] {
        let error = |steps| {
            let solver = DpmSolverV3 { statistics: statistics.clone(), corrector };
            rms(&end(solver, &ring, &grid(steps), &x), &truth)
        };
        let (first, second) = (error(256), error(1024));
        let slope = (first / second).log2() / 2.0;
        println!("corrector {corrector}: {first:.2e} {second:.2e} slope {slope:.2}");
        assert!((slope - 2.0).abs() < 0.15, "slope {slope:.2}");
    }
}

/// For a Gaussian with independent coordinates the statistics leave nothing to extrapolate: one step is as good as the table of `l`.
#[test]
fn one_step_follows_a_gaussian() {
    let (mean, variance) = ([0.3, -0.5], [0.3, 0.04]);
    let covariance = vec![vec![variance[0], 0.0], vec![0.0, variance[1]]];
    let gaussian = Mixture::new(&[1.0], &[mean.to_vec()], &[covariance]).expect("a Gaussian");
    let (from, to) = (Level::from_sigma(20.0), Level::from_sigma(0.05));
    let x = normal(64, 3);
    let moved = |(i, x): (usize, &f64)| {
        let width = |level: Level| (variance[i % 2] + level.sigma().powi(2)).sqrt();
        let off = x / from.signal_scale() - mean[i % 2];
        to.signal_scale() * (mean[i % 2] + off * width(to) / width(from))
    };
    let exact: Vec<f64> = x.values().iter().enumerate().map(moved).collect();
    let error = |levels: usize| {
        // One level more, so that the table reaches the last.
        let paths = FinePaths::of(&gaussian, log_linear(levels, 0.04, 20.0), normal(64, 4));
        let solver = DpmSolverV3 { statistics: ModelStatistics::of(&gaussian, &paths), corrector: true };
        rms(&end(solver, &gaussian, &[from, to], &x), &exact)
    };
    let one = rms(&end(DpmSolverPlusPlus, &gaussian, &[from, to], &x), &exact);
    let (coarse, fine) = (error(60), error(240));
    println!("{one:.2e} without, {coarse:.2e} with 60 levels, {fine:.2e} with 240");
    assert!(coarse < 0.01 * one && fine < 0.1 * coarse);
}

/// How far runs end from fine ones that start with the same noise, beside those of the same predictor and corrector in the variables of
/// DPM-Solver++ and DPM-Solver. The statistics are of other noise.
#[test]
fn statistics_pay_at_five_evaluations_and_not_at_ten() {
    let ring = ring();
    let grid = |steps| log_linear(steps, 0.01, 80.0);
    let statistics = ModelStatistics::of(&ring, &FinePaths::of(&ring, grid(120), normal(256, 5)));
    let x = normal(2048, 6);
    let truth = end(Deis { order: 4, variable: DeisVariable::LogSigma }, &ring, &grid(2000), &x);
    let squares = |found: Vec<f64>| -> Vec<f64> {
        let pairs = found.chunks(2).zip(truth.chunks(2));
        pairs.map(|(a, b)| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)).collect()
    };
    for steps in [5, 7, 10, 15, 20, 40] {
        let levels = grid(steps);
        let v3 = |statistics: &ModelStatistics, corrector| {
            squares(end(DpmSolverV3 { statistics: statistics.clone(), corrector }, &ring, &levels, &x))
        };
        let neutral = |row, corrector| v3(&ModelStatistics::constant(vec![row; 2]), corrector);
        let unipc = |prediction| squares(end(UniPc { prediction, ..UniPc::default() }, &ring, &levels, &x));
        let third = UniPc { order: 3, prediction: UniPcPrediction::Noise, ..UniPc::default() };
        let own = v3(&statistics, true);
        let others = [
            ("not corrected", v3(&statistics, false)),
            ("denoised points", neutral(ModelCoefficients::DENOISED, true)),
            ("denoised points, not corrected", neutral(ModelCoefficients::DENOISED, false)),
            ("noise", neutral(ModelCoefficients::NOISE, true)),
            ("noise, not corrected", neutral(ModelCoefficients::NOISE, false)),
            ("DPM-Solver++(2M)", squares(end(DpmSolverPlusPlus, &ring, &levels, &x))),
            ("PLMS", squares(end(Plms::default(), &ring, &levels, &x))),
            ("UniPC", unipc(UniPcPrediction::Denoised)),
            ("UniPC of the noise", unipc(UniPcPrediction::Noise)),
            ("UniPC of the noise, order 3", squares(end(third, &ring, &levels, &x))),
        ];
        let alone = Estimate::root_mean(&own);
        println!("{steps} evaluations: {:.4} ± {:.4}", alone.mean, alone.standard_error);
        for (name, of) in &others {
            let Estimate { mean, standard_error } = Estimate::root_ratio(&own, of);
            let alone = Estimate::root_mean(of).mean;
            println!("  {alone:.4} {name}, ratio {mean:.3} ± {standard_error:.3}");
            match steps {
                5 if !name.ends_with('3') => assert!(mean + 3.0 * standard_error < 1.0, "{name}"),
                10 | 15 if *name == "UniPC of the noise" => assert!(mean - 3.0 * standard_error > 1.0),
                _ => (),
            }
        }
    }
}
