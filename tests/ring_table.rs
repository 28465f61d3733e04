//! The guide's table of errors on an exact ring. `cargo test --release --test ring_table -- --nocapture` prints it.

use std::fs;

use fewsteps::distribution::Mixture;
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule::log_linear;
use fewsteps::state::Points;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

const STEPS: [usize; 7] = [5, 7, 10, 15, 20, 40, 80];

/// Rows of the table, without a turn and with it, and each row's label where it is not the sampler's short name.
const ROWS: &[&str] = &[
    "ddim",
    "ge_gamma2",
    "deis_rho2",
    "deis_logrho3",
    "deis_t4",
    "plms4",
    "dpmpp_2m",
    "unipc2_bh2",
    "unipc2_bh2_eps",
    "unipc3_bh2_eps",
    "li_accel",
    "ddim_taylor2",
    "ddim_taylor2_history",
    "taylor2_log",
    "taylor2_log_history",
    "curved_pc",
    "curved_pc_history",
    "curved_pc_none",
    "curved_gaussian_pc",
    "curved_gaussian_pc_history",
    "curved_quadratic",
    "curved_hermite",
];

/// A number of two digits or three, as the table writes it.
fn written(value: f64) -> String {
    let places = (1.0 - value.log10().floor()).max(0.0) as usize;
    format!("{value:.places$}").trim_start_matches('0').into()
}

#[test]
fn the_guides_table_is_what_its_samplers_do() {
    let place = |k: usize| (std::f64::consts::TAU * k as f64 / 8.0).sin_cos();
    let means: Vec<Vec<f64>> = (0..8).map(|k| vec![1.3 * place(k).1, 1.3 * place(k).0]).collect();
    let covariance = vec![vec![0.01, 0.0], vec![0.0, 0.01]];
    let ring = Mixture::new(&[1.0; 8], &means, &vec![covariance; 8]).expect("a mixture");
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let x = Points::new(2, (0..4000).map(|_| StandardNormal.sample(&mut rng)).collect());
    let run = |name: &str, steps| {
        let (name, values) = sampler::resolve(name).expect("a sampler's name");
        let sampler = sampler::build(name, &values).expect("a sampler");
        let draw = || unreachable!("no noise is drawn");
        pollster::block_on(Trajectory::new(sampler, &ring, log_linear(steps, 0.01, 80.0), x.clone(), draw).last())
    };
    let truth = run("curved_hermite", 2000);
    let error = |name: &str, steps| {
        let end = run(name, steps);
        let sum: f64 = end.values().iter().zip(truth.values()).map(|(a, b)| (a - b).powi(2)).sum();
        (sum / x.len() as f64).sqrt()
    };
    let guide = fs::read_to_string("docs/guide.md").expect("the guide");
    let rows = ROWS.iter().map(|name| {
        let cells: Vec<f64> = STEPS.iter().map(|&steps| error(name, steps)).collect();
        let written: Vec<String> = cells.iter().copied().map(written).collect();
        println!("| `{name}` | {} |", written.join(" | "));
        (name, cells)
    });
    for (name, cells) in rows.collect::<Vec<_>>() {
        let start = format!("| `{name}` | ");
        let shown = guide.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix(" |"));
        let shown = shown.unwrap_or_else(|| panic!("the guide's table has no row for {name}"));
        let shown: Vec<f64> = shown.split(" | ").map(|cell| cell.parse().expect("a number")).collect();
        assert_eq!(shown.len(), cells.len(), "{name}");
        for ((shown, found), steps) in shown.iter().zip(&cells).zip(STEPS) {
            assert!((shown / found - 1.0).abs() < 0.06, "{name} at {steps}: {found:.4}, the guide says {shown}");
        }
    }
}
