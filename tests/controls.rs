//! The controls of curved samplers, where the turn is replaced by history or by nothing: what each is without a turn, what it costs, its
//! order, and what an exact turn is worth against it.

use std::f64::consts::{PI, TAU};

use fewsteps::denoiser::{Denoiser, Prediction};
use fewsteps::distribution::Mixture;
use fewsteps::level::Level;
use fewsteps::metrics::distances::energy_distance;
use fewsteps::parameters::Value;
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule::{self, log_linear};
use fewsteps::state::Points;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// The samplers that have controls.
fn curved() -> Vec<&'static str> {
    let table = sampler::TABLE.iter().filter(|info| info.parameters.iter().any(|parameter| parameter.key == "slope"));
    table.map(|info| info.value).collect()
}

fn mixture(means: &[Vec<f64>], variance: f64) -> Mixture {
    let covariance = vec![vec![variance, 0.0], vec![0.0, variance]];
    Mixture::new(&vec![1.0; means.len()], means, &vec![covariance; means.len()]).expect("a mixture")
}

fn ring() -> Vec<Vec<f64>> {
    let place = |k: usize| (TAU * k as f64 / 8.0).sin_cos();
    (0..8).map(|k| vec![1.3 * place(k).1, 1.3 * place(k).0]).collect()
}

/// Two crescents of unit variance.
fn moons() -> Vec<Vec<f64>> {
    let arc = (0..40).map(|k| (PI * (f64::from(k) + 0.5) / 40.0).sin_cos());
    let both = arc.flat_map(|(sin, cos)| [[cos, sin], [1.0 - cos, 0.5 - sin]]);
    both.map(|[x, y]| vec![(x - 0.5) / 0.7, (y - 0.25) / 0.7]).collect()
}

fn normal(count: usize, seed: u64) -> Points {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    Points::new(2, (0..2 * count).map(|_| StandardNormal.sample(&mut rng)).collect())
}

/// Points of a mixture of round Gaussians.
fn drawn(means: &[Vec<f64>], variance: f64, count: usize) -> Vec<f64> {
    let noise = normal(count, 9);
    let places = noise.rows().enumerate().map(|(i, z)| (&means[i % means.len()], z));
    places.flat_map(|(mean, z)| [0, 1].map(|axis| mean[axis] + variance.sqrt() * z[axis])).collect()
}

/// The run's end and what it has spent, of the sampler that `name` means.
fn run(name: &str, denoiser: &dyn Denoiser<Points>, levels: &[Level], x: &Points) -> (Points, Trajectory<'static, ()>) {
    let (name, values) = sampler::resolve(name).expect("a sampler's name");
    let sampler = sampler::build(name, &values).expect("a sampler");
    let draw = || unreachable!("no noise is drawn");
    let end = pollster::block_on(Trajectory::new(sampler, Box::new(denoiser), levels.to_vec(), x.clone(), draw).last());
    let sampler = sampler::build(name, &values).expect("a sampler");
    let mut counted = Trajectory::new(sampler, Counter, levels.to_vec(), (), || ());
    while pollster::block_on(counted.next()).is_some() {}
    (end, counted)
}

/// A network whose turn costs half as much again.
struct Counter;

impl Denoiser<()> for Counter {
    fn noise(&self, (): &(), _: Level) {}

    fn noise_and_turn(&self, (): &(), _: Level) -> Prediction<()> {
        Prediction { noise: (), turn: () }
    }

    fn turn_cost(&self) -> f64 {
        1.5
    }
}

fn rms(a: &Points, b: &Points) -> f64 {
    let sum: f64 = a.values().iter().zip(b.values()).map(|(x, y)| (x - y).powi(2)).sum();
    (sum / a.len() as f64).sqrt()
}

#[test]
fn eight_samplers_have_controls_and_pay_for_the_velocity_alone() {
    let (ring, x) = (mixture(&ring(), 0.01), normal(4, 1));
    assert_eq!(curved().len(), 8);
    for name in curved() {
        for (ending, evaluations, cost) in [
            ("", (6, 6), 9.0),
            ("_history", (6, 0), 6.0),
            ("_none", (6, 0), 6.0),
            ("_analytic", (5, 5), 7.5),
            ("_history_analytic", (5, 0), 5.0),
        ] {
            let (_, counted) = run(&format!("{name}{ending}"), &ring, &log_linear(6, 0.03, 3.0), &x);
            assert_eq!((counted.evaluations(), counted.cost()), (evaluations, cost), "{name}{ending}");
        }
    }
    for name in ["ddim", "unipc2_bh2", "unipc3_bh1_eps", "deis_t4", "plms4", "dpmpp_2m", "ge_gamma2"] {
        let (_, counted) = run(&format!("{name}_analytic"), &ring, &log_linear(6, 0.03, 3.0), &x);
        assert_eq!(counted.evaluations(), (5, 0), "{name}");
    }
    for name in ["ddim_history", "edm_heun_analytic", "curved_pc_none_history", "_none"] {
        assert_eq!(sampler::resolve(name), None, "{name}");
    }
}

/// The evaluation saved is spent on another step.
#[test]
fn a_saved_evaluation_buys_a_step() {
    let steps = |name: &str, budget| -> Result<usize, sampler::SamplerError> {
        let (name, values) = sampler::resolve(name).expect("a sampler's name");
        let cost = |steps| Ok(sampler::evaluations(sampler::build(name, &values)?, log_linear(steps, 0.03, 3.0)));
        sampler::steps_within(budget, schedule::TABLE_LEN, cost)
    };
    assert_eq!((steps("curved_pc", 5), steps("curved_pc_analytic", 5)), (Ok(5), Ok(6)));
    assert_eq!((steps("ddim", 1), steps("ddim_analytic", 1), steps("edm_heun", 5)), (Ok(1), Ok(2), Ok(2)));
}

/// Without a turn, single steps are straight, and the denoised curve is what its history says, whatever the share of the turn.
#[test]
fn without_a_turn_curves_are_what_they_are_made_of() {
    let (ring, x) = (mixture(&ring(), 0.01), normal(16, 2));
    let levels = log_linear(7, 0.03, 3.0);
    for name in ["ddim_taylor2_none", "taylor2_log_none", "curved_gaussian_none"] {
        let off = rms(&run(name, &ring, &levels, &x).0, &run("ddim", &ring, &levels, &x).0);
        assert!(off < 1e-12, "{name} is not DDIM: {off:e}");
    }
    // A quadratic through two points with the slope between them is a line.
    let (one, other) =
        (run("curved_quadratic_history", &ring, &levels, &x), run("taylor2_log_history", &ring, &levels, &x));
    assert!(rms(&one.0, &other.0) < 1e-9);
    for ending in ["_history", "_none"] {
        let (name, mut values) = sampler::resolve(&format!("curved_denoised{ending}")).expect("a sampler's name");
        let mut end = |share| {
            values.insert("share".into(), Value::Number(share));
            let sampler = sampler::build(name, &values).expect("a sampler");
            let draw = || unreachable!("no noise is drawn");
            pollster::block_on(Trajectory::new(sampler, &ring, levels.clone(), x.clone(), draw).last())
        };
        assert_eq!(end(0.0), end(0.9));
    }
}

/// For standard normal data the analytic first step is exact, and so is the first step of history.
#[test]
fn first_steps_without_a_network_are_exact_for_standard_normal_data() {
    let (gaussian, x) = (mixture(&[vec![0.0, 0.0]], 1.0), normal(16, 3));
    let levels = log_linear(1, 0.5, 3.0);
    for name in curved() {
        let exact = run(name, &gaussian, &levels, &x).0;
        for ending in ["_analytic", "_history", "_history_analytic"] {
            let off = rms(&run(&format!("{name}{ending}"), &gaussian, &levels, &x).0, &exact);
            assert!(off < 1e-12, "{name}{ending}: {off:e}");
        }
    }
}

/// The slope of history lacks one order against an exact turn, and a slope of zero two; the denoised curve keeps its history.
#[test]
fn controls_converge_at_their_order() {
    let (ring, x) = (mixture(&ring(), 0.01), normal(64, 1));
    let grid = |steps| log_linear(steps, 0.1, 10.0);
    let truth = run("curved_hermite", &ring, &grid(4000), &x).0;
    for name in curved() {
        for (ending, order) in [("_history", 2.0), ("_none", if name == "curved_denoised" { 2.0 } else { 1.0 })] {
            let name = format!("{name}{ending}");
            let error = |steps| rms(&run(&name, &ring, &grid(steps), &x).0, &truth);
            let (first, second) = (error(256), error(1024));
            let slope = (first / second).log2() / 2.0;
            println!("{name:30} {first:.2e} {second:.2e} slope {slope:.2}");
            assert!((slope - order).abs() < 0.2, "{name}: slope {slope:.2}, not {order}");
        }
    }
}

/// What an exact turn buys that history does not, with exact denoisers. Corrected steps: at three evaluations the turn is ahead, from
/// four on the corrector makes the gain and history is level. Single steps: the turn is ahead where paths bend, on the moons. The
/// Gaussian model makes history better on the ring even at three.
#[test]
fn an_exact_turn_against_its_controls() {
    for (set, means, variance) in [("ring", ring(), 0.01), ("moons", moons(), 0.0073)] {
        let exact = mixture(&means, variance);
        let (x, reference) = (normal(4000, 2), drawn(&means, variance, 4000));
        let truth = run("curved_pc", &exact, &log_linear(400, 0.03, 3.0), &x).0;
        // Energy distance in thousandths above that of very many steps, and the strong error.
        let floor = energy_distance(truth.values(), &reference, 2);
        let found = |name: &str, steps| {
            let end = run(name, &exact, &log_linear(steps, 0.03, 3.0), &x).0;
            (1e3 * (energy_distance(end.values(), &reference, 2) - floor), rms(&end, &truth))
        };
        let row = |name: &str| -> Vec<(f64, f64)> {
            let row: Vec<_> = (3..=6).map(|steps| found(name, steps)).collect();
            println!("{set:5} {name:26} {row:6.3?}");
            row
        };
        let controlled = |name: &str| [row(name), row(&format!("{name}_history")), row(&format!("{name}_none"))];
        let [turn, history, none] = controlled("curved_pc");
        assert!(turn[0].0 < 0.7 * history[0].0, "{set}, three evaluations");
        for i in 1..4 {
            assert!((turn[i].0 - history[i].0).abs() < 0.15, "{set}, {} evaluations", i + 3);
        }
        assert!(turn[1].1 < 0.85 * history[1].1, "{set}, strong error at four evaluations");
        assert!(turn[1].0 + 0.2 < none[1].0, "{set}, no slope");
        let [turn, history, none] = controlled("taylor2_log");
        for i in 0..4 {
            assert!(set == "ring" || turn[i].0 < 0.7 * history[i].0, "single steps, {} evaluations", i + 3);
            assert!(history[i].0 < 0.3 * none[i].0, "single steps, {} evaluations", i + 3);
        }
        let [turn, history, _] = controlled("curved_gaussian_pc");
        assert_eq!(turn[0].0 < history[0].0, set == "moons", "the Gaussian curve at three evaluations");
        assert!((turn[3].0 - history[3].0).abs() < 0.15, "{set}, the Gaussian curve at six evaluations");
    }
}

/// A table in the docs that shows a curved sampler shows it beside both of its controls, in the same row or in rows of their own.
#[test]
fn every_curve_in_the_ladder_has_its_controls() {
    let text = std::fs::read_to_string("docs/ladder.md").expect("the ladder's tables");
    let mut found = 0;
    for table in text.split("\n\n").filter(|block| block.starts_with('|')) {
        let labels = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" |"));
        let labels: Vec<&str> = labels.map(|(label, _)| label).collect();
        for label in labels.iter().filter(|label| !label.contains("` against ")) {
            let (name, rest) = label.split_once('`').expect("a name in code");
            let (sampler, values) = sampler::resolve(name).unwrap_or_else(|| panic!("no sampler is {name}"));
            if curved().contains(&sampler) && !values.contains_key("slope") {
                found += 1;
                for control in ["_history", "_none"] {
                    let control = format!("{name}{control}`{rest}");
                    assert!(labels.contains(&control.as_str()), "docs/ladder.md shows {name} without {control}");
                }
            }
        }
    }
    assert!(found > 5, "{found} rows of curved samplers");
}

/// The table of whole steps has the history controls among the rivals, and under each row of the map its paired difference.
#[test]
fn every_row_of_the_map_has_its_control() {
    let text = std::fs::read_to_string("docs/whole.md").expect("the map's tables");
    let (rivals, _) = text.split_once(" take the learned turn").expect("the rivals");
    for name in ["ddim", "unipc2_bh2", "curved_pc_history", "curved_gaussian_pc_history"] {
        assert!(rivals.contains(&format!("`{name}`")), "docs/whole.md does not compare with {name}");
    }
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
    let own = rows.iter().enumerate().filter(|(_, row)| row.starts_with("| `flow_map` |"));
    let after = own.map(|(index, _)| rows[index + 1]).collect::<Vec<_>>();
    assert!(after.len() == 8 && after.iter().all(|row| row.starts_with("| difference |") && row.contains('±')));
}
