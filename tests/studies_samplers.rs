//! Studies of samplers: how fast their errors fall, and who is best at few evaluations.

use std::time::{Duration, Instant};

use burn::tensor::Device;
use fewsteps::studies::{self, Outcome, StudyError, Supplies};
use serde_json::Value;

fn supplies() -> Supplies {
    Supplies { device: Device::flex(), points: None, images: None, weights: None }
}

/// Runs a study to its end. Progress never goes back and ends at one.
fn run_with(description: &str, supplies: Supplies) -> Outcome {
    let mut run = studies::begin(description, supplies).expect("a study");
    let mut outcome = Outcome::new(run.outline());
    let (mut progress, mut longest, mut last) = (0.0, Duration::ZERO, Instant::now());
    while let Some(update) = pollster::block_on(run.next()).expect("no error") {
        assert!(update.progress >= progress, "{progress} to {}", update.progress);
        progress = update.progress;
        outcome.take(update);
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
    println!("longest without a rest: {} ms", longest.as_millis());
    assert_eq!(progress, 1.0);
    for finding in outcome.findings() {
        println!("{finding}");
    }
    outcome
}

fn run(description: &str) -> Outcome {
    run_with(description, supplies())
}

/// Names that a column of a table stands for.
fn names(outcome: &Outcome, table: usize, column: usize) -> Vec<String> {
    let names = outcome.json()["outline"]["tables"][table]["columns"][column]["names"].clone();
    serde_json::from_value(names).expect("names")
}

/// Errors of a ranking by sampler (in the order asked for), budget and grid: mean and uncertainty.
fn error(outcome: &Outcome, sampler: usize, grid: usize, budget: usize) -> Option<(f64, f64)> {
    let key = [sampler as f64, grid as f64, budget as f64];
    outcome.rows("errors").iter().find(|row| row[..3] == key).map(|row| (row[4], row[5]))
}

/// Slopes of a quality study in the order of its samplers, with their standard errors and what theory says.
fn slopes(outcome: &Outcome) -> Vec<[f64; 3]> {
    let mut slopes: Vec<&Vec<f64>> = outcome.rows("slopes").iter().collect();
    slopes.sort_by(|a, b| a[0].total_cmp(&b[0]));
    slopes.iter().map(|row| [row[1], row[2], row[3]]).collect()
}

/// Strong errors on the exact ring, root mean square distances per point from the exact distribution at 80 down to 0.01, as an
/// independent program printed them. Not in the table: few evaluations of DPM-Solver++, whose last step is of first order here
/// and was not there (0.234, 0.112 and 0.051 at 5, 7 and 10).
const STRONG: [(&str, [f64; 7]); 10] = [
    ("ddim", [0.207, 0.136, 0.092, 0.060, 0.044, 0.022, 0.011]),
    ("gradient_estimation", [0.161, 0.050, 0.040, 0.030, 0.024, 0.014, 0.0082]),
    ("deis_rho2", [0.171, 0.097, 0.057, 0.031, 0.020, 0.0066, 0.0020]),
    ("dpmpp_2m", [f64::NAN, f64::NAN, f64::NAN, 0.019, 0.011, 0.0035, 0.0011]),
    ("li_accel", [2.4, 0.95, 0.37, 0.14, 0.074, 0.018, 0.0048]),
    ("ddim_taylor2", [0.120, 0.057, 0.028, 0.014, 0.0086, 0.0028, 8.3e-4]),
    ("taylor2_log", [0.161, 0.059, 0.023, 0.0084, 0.0046, 0.0018, 5.5e-4]),
    ("curved_pc", [0.158, 0.036, 0.013, 0.0066, 0.0038, 8.8e-4, 1.5e-4]),
    ("curved_quadratic", [0.272, 0.108, 0.043, 0.011, 0.0042, 7.5e-4, 1.2e-4]),
    ("curved_hermite", [0.561, 0.280, 0.127, 0.034, 0.011, 5.8e-4, 2.6e-5]),
];

/// The errors agree with the independent program's within the uncertainty of both, and within what rounding to its printed
/// digits hides.
#[test]
fn strong_errors_are_those_of_an_independent_program() {
    const BUDGETS: [usize; 7] = [5, 7, 10, 15, 20, 40, 80];
    let samplers: Vec<&str> = STRONG.iter().map(|(name, _)| *name).collect();
    let outcome = run(&format!(
        r#"{{"study": "ranking", "error": "strong", "samplers": {samplers:?}, "budgets": {BUDGETS:?}, "sigma_max": 80,
            "sigma_min": 0.01, "points": 8192}}"#
    ));
    for (index, (name, expected)) in STRONG.iter().enumerate() {
        for (budget, expected) in BUDGETS.iter().zip(expected).filter(|(_, expected)| !expected.is_nan()) {
            let (found, uncertainty) = error(&outcome, index, 0, *budget).expect("a cell");
            // The other program's own chance is taken for that of half as many points; it prints two digits, or three from a
            // tenth on.
            let chance = 3.0_f64.sqrt() * uncertainty;
            let place = 10_f64.powf(expected.log10().floor() - if (0.1..1.0).contains(expected) { 2.0 } else { 1.0 });
            let off = (found - expected).abs();
            println!(
                "{name:20} {budget:3} {found:.3e} ± {uncertainty:.0e}, {expected:.3e}: {:.1}",
                (off - 0.5 * place).max(0.0) / chance
            );
            assert!(
                off < 0.5 * place + 4.0 * chance,
                "{name} at {budget}: {found:e} ± {uncertainty:e}, not {expected}"
            );
            assert!(chance < 0.1 * found, "{name} at {budget} is too uncertain to tell anything");
        }
    }
}

/// On the line, without sampling error: the second-order term buys an order. With fresh noise, the accelerated sampler stays at
/// the first where the distribution is no Gaussian, and the one with both moments right is of second order.
#[test]
fn total_variation_falls_at_the_orders_of_theory() {
    let grid =
        r#""target": "line", "error": "variation", "grid": {"name": "log_linear", "sigma_max": 10, "sigma_min": 0.05}"#;
    let samplers = r#""samplers": ["ddim", "li_plain", "li_accel", "ddim_taylor2", "taylor2_log"]"#;
    let quiet = run(&format!(r#"{{"study": "quality", {grid}, {samplers}, "most": 256}}"#));
    for (slope, order) in slopes(&quiet).iter().zip([-1.0, -1.0, -2.0, -2.0, -2.0]) {
        println!("{slope:?}");
        assert_eq!(slope[2], order);
        assert!((slope[0] - order).abs() < 0.05 && slope[1] < 0.01, "{slope:?}");
    }
    let samplers = r#""samplers": ["li_stochastic_plain", "li_stochastic_accel", "sde_heun"]"#;
    let noisy = run(&format!(r#"{{"study": "quality", {grid}, {samplers}, "most": 96}}"#));
    for (slope, order) in slopes(&noisy).iter().zip([-1.0, -1.0, -2.0]) {
        println!("{slope:?}");
        assert_eq!(slope[2], order);
        assert!((slope[0] - order).abs() < 0.2, "{slope:?}");
    }
}

/// On the schedule of the theorems the errors of 2306.09251 go as `log T / T` and its square, slowly.
#[test]
fn the_theorems_rate_is_in_log_t_over_t() {
    let outcome =
        run(r#"{"study": "quality", "target": "line", "error": "variation", "samplers": ["li_plain", "li_accel"],
            "grid": {"name": "li"}, "most": 1024}"#);
    let slopes = slopes(&outcome);
    println!("{slopes:?}");
    for (slope, order) in slopes.iter().zip([1.0, 2.0]) {
        assert_eq!(slope[2], order);
        // From below, as the last error is still some way from its limit.
        assert!(slope[0] > 0.85 * order && slope[0] < order, "{slope:?}");
    }
}

/// One table by the energy distance: the order of samplers and grids is that of the exact errors, fresh data are the floor, and
/// the cells that can't be are left out.
#[test]
fn the_ranking_ranks() {
    let description = r#"{"study": "ranking", "samplers": ["ddim", "taylor2_log", "dpm_solver_3", "ode_adaptive"],
        "grids": ["log_linear", "linear"], "budgets": [2, 5, 20], "points": 2048, "sigma_max": 20}"#;
    let outcome = run(description);
    assert_eq!(names(&outcome, 0, 0)[..2], ["DDIM", "Curve in ln sigma"]);
    assert_eq!(names(&outcome, 0, 1), ["Log-linear", "DDPM linear"]);
    let of = |sampler, grid, budget| error(&outcome, sampler, grid, budget).map(|(error, _)| error);
    assert!(of(0, 0, 5) > of(1, 0, 5) && of(0, 0, 5) > of(0, 0, 20) && of(0, 1, 5) > of(0, 0, 5));
    assert!(of(2, 0, 2).is_none() && of(2, 0, 5).is_some());
    assert!([2, 5, 20].iter().all(|&budget| of(3, 0, budget).is_none()));
    assert!(outcome.rows("errors").iter().all(|row| row[3] <= row[2]), "more spent than allowed");
    let findings = outcome.findings();
    assert_eq!(findings.len(), 4);
    assert!(findings[0].starts_with("Fresh data"));
    assert!(findings[2].starts_with("Within 5 evaluations “Curve in ln sigma” on “Log-linear” has"), "{}", findings[2]);
}

/// The trained model in the same table: the page's own weights.
#[test]
fn the_ranking_takes_the_model() {
    let weights = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/weights/eight_gaussians.safetensors"));
    let supplies = Supplies { weights: Some(weights.expect("weights")), ..supplies() };
    let description =
        r#"{"study": "ranking", "target": "model", "samplers": ["ddim", "curved_pc"], "budgets": [5], "points": 1024}"#;
    let outcome = run_with(description, supplies);
    let [ddim, curved] = [0, 1].map(|sampler| error(&outcome, sampler, 0, 5).expect("a cell"));
    assert!(ddim.0 > 0.005 && curved.0 < 0.3 * ddim.0, "{ddim:?} {curved:?}");
}

/// What is exported runs again, with its outcome in it, to the same outcome bit for bit; another seed to another.
#[test]
fn an_export_runs_again_to_the_same_outcome() {
    for description in [
        r#"{"study": "quality", "samplers": ["ddim", "curved_pc"], "most": 8, "points": 600, "seed": 3}"#,
        r#"{"study": "ranking", "samplers": ["ddpm", "curved_pc"], "budgets": [3, 8], "points": 256, "seed": 3}"#,
    ] {
        let mut export: Value = serde_json::from_str(description).expect("JSON");
        export["outcome"] = run(description).json();
        let again = run(&export.to_string()).json();
        assert_eq!(export["outcome"].to_string(), again.to_string());
        export["seed"] = 4.into();
        assert_ne!(export["outcome"]["rows"], run(&export.to_string()).json()["rows"]);
    }
}

/// What can't be run is said at once, in a sentence that begins with the field at fault.
#[test]
fn errors_name_their_field() {
    let error = |description: &str| match studies::begin(description, supplies()) {
        Ok(_) => panic!("{description} begins"),
        Err(error) => error,
    };
    for study in ["quality", "ranking"] {
        let said = |rest: &str| error(&format!(r#"{{"study": "{study}", {rest}}}"#)).to_string();
        for (rest, field) in [
            (r#""samplers": ["ddimm"]"#, "samplers: "),
            (r#""samplers": ["ddpm"], "error": "strong""#, "samplers: "),
            (r#""target": "model", "error": "energy""#, "weights: "),
            (r#""target": "model", "error": "strong""#, "error: "),
            (r#""target": "ring", "error": "variation""#, "error: "),
            (r#""points": 1"#, &format!("{study}: points ")),
            (r#""colour": 1"#, &format!("{study} has no parameter “colour”")),
        ] {
            let said = said(rest);
            assert!(said.starts_with(field), "{study} {rest}: {said}");
        }
    }
    assert!(matches!(error(r#"{"study": "ranking", "target": "model"}"#), StudyError::NoNetwork));
    for rest in [r#""grids": ["log"]"#, r#""sigma_max": 0.2, "sigma_min": 0.5"#] {
        let said = error(&format!(r#"{{"study": "ranking", {rest}}}"#)).to_string();
        assert!(said.starts_with("grid: "), "{said}");
    }
    assert!(error(r#"{"study": "quality", "grid": {"name": "log"}}"#).to_string().starts_with("grid: "));
    assert!(error(r#"{"study": "qualities"}"#).to_string().starts_with("study: "));
    for (description, code) in [
        ("{", "json"),
        (r#"{"study": "qualities"}"#, "study"),
        (r#"{"study": "quality", "points": 1}"#, "parameter"),
        (r#"{"study": "quality", "target": "ring", "error": "variation"}"#, "parameter"),
        (r#"{"study": "quality", "samplers": ["ddimm"]}"#, "sampler"),
        (r#"{"study": "quality", "grid": {"name": "log"}}"#, "schedule"),
        (r#"{"study": "ranking", "target": "model"}"#, "weights"),
    ] {
        assert_eq!(error(description).code(), code, "{description}");
    }
}
