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

/// On a Gaussian of width one an error that is the same everywhere moves all points alike, by a known length; elsewhere what is left is in proportion
/// to the error, and a rare one of the same mean square leaves less.
#[test]
fn an_error_of_the_score_leaves_what_theory_says() {
    let gaussian =
        run(r#"{"study": "score_error", "target": "normal", "samplers": ["li_tf_accel", "taylor2_log"], "most": 256}"#);
    let shifts: Vec<&Vec<f64>> = gaussian.rows("floors").iter().filter(|row| row[0] == 0.0).collect();
    assert_eq!(shifts.len(), 3);
    for row in shifts {
        println!("ε = {}: {} for {}", row[1], row[3], row[5]);
        assert!((row[3] / row[5] - 1.0).abs() < 0.02, "{row:?}");
    }
    let outcome = run(r#"{"study": "score_error", "error": 0.05}"#);
    for (row, order) in outcome.rows("rates").iter().zip([-1.0, -2.0]) {
        println!("{row:?}");
        assert!(row[3] == order && (row[1] - order).abs() < 0.15, "{row:?}");
    }
    let last = |shape: f64| {
        let mut rows = outcome.rows("floors").iter().filter(|row| row[0] == shape);
        rows.next_back().expect("a row").clone()
    };
    let [shift, rare] = [0.0, 2.0].map(last);
    assert!(rare[2] > 9.0 * shift[2] && rare[1] == shift[1], "equal mean squares: {shift:?} {rare:?}");
    assert!(rare[3] < 0.5 * shift[3], "{} against {}", rare[3], shift[3]);
    let slope = outcome.rows("sizes").iter().find(|row| row[0] == 0.0).expect("a slope");
    println!("over the size: {slope:?}");
    assert!(slope[3] == 1.0 && (slope[1] - 1.0).abs() < 0.1, "{slope:?}");
}

/// Without any smoothness the plain sampler keeps its rate, and the accelerated one is steeper; up to so many steps it has not come to its own.
#[test]
fn rates_need_no_density() {
    for (target, steeper) in [("diracs", -1.6), ("uniform", -1.4)] {
        let outcome = run(&format!(r#"{{"study": "score_error", "target": "{target}", "most": 128}}"#));
        let [plain, accelerated] = [0, 1].map(|sampler| outcome.rows("rates")[sampler][1]);
        println!("{target}: {plain} {accelerated}");
        assert!((plain + 1.0).abs() < 0.1 && (-2.2..steeper).contains(&accelerated), "{plain} {accelerated}");
    }
}

/// One round Gaussian in the plane: DDIM multiplies it by a known number, and two round Gaussians there have a known total variation.
#[test]
fn a_product_in_the_plane_is_known() {
    let outcome = run(
        r#"{"study": "dimension", "target": "gaussian", "samplers": ["ddim"], "steps": 16, "most": 16, "points": 100000}"#,
    );
    let row = outcome.rows("dimensions").iter().find(|row| row[1] == 2.0).expect("the plane");
    let sigma = |i: i32| 10.0 * (0.005_f64).powf(f64::from(i) / 16.0);
    let wide = |sigma: f64| (0.25 + sigma * sigma).sqrt();
    let end = (0..16).fold(wide(10.0), |wide, i| {
        let (from, to) = (sigma(i), sigma(i + 1));
        wide * (1.0 + (to - from) * from / (0.25 + from * from))
    });
    let (a, b) = (end.min(wide(0.05)).powi(2), end.max(wide(0.05)).powi(2));
    // Densities cross where r^2 (1/a - 1/b) = 2 ln(b/a); 1 - exp(-r^2 / 2a) lie within.
    let square = 2.0 * (b / a).ln() / (1.0 / a - 1.0 / b);
    let expected = (-square / (2.0 * b)).exp() - (-square / (2.0 * a)).exp();
    println!("{} ± {} for {expected}", row[2], row[3]);
    assert!((row[2] - expected).abs() < 4.0 * row[3] + 1e-4 && row[3] < 0.02 * expected);
    assert!(row[2] < row[4], "Pinsker’s bound {}", row[4]);
}

/// Independent errors add up like chance, so steps grow with the dimension to the power of half of one over the order.
#[test]
fn steps_grow_with_the_dimension_by_the_order() {
    let outcome = run(r#"{"study": "dimension", "samplers": ["li_plain", "li_accel"], "points": 4000}"#);
    for (sampler, expected) in [(0.0, 0.5), (1.0, 0.25)] {
        let row = outcome.rows("slopes").iter().find(|row| row[0] == sampler).expect("a slope");
        println!("{row:?}");
        assert!(row[3] == expected && (row[1] / expected - 1.0).abs() < 0.2, "{row:?}");
    }
    let unfit = studies::begin(r#"{"study": "dimension", "samplers": ["ddpm"]}"#, supplies());
    assert!(unfit.is_err_and(|error| error.to_string().starts_with("samplers: ")));
    let unfit = studies::begin(r#"{"study": "dimension", "steps": 64, "most": 32}"#, supplies());
    assert!(unfit.is_err_and(|error| error.to_string().starts_with("steps: ")));
}

/// γ = 1 is DDIM, and with many steps the best γ is the one that makes two velocities a method of second order.
#[test]
fn the_best_gamma_becomes_the_consistent_one() {
    let outcome = run(r#"{"study": "gamma", "budgets": [5, 200], "values": 41, "points": 512}"#);
    let best = outcome.rows("best").to_vec();
    println!("{best:?}");
    let [few, many] = [&best[0], &best[1]];
    assert!((many[2] - many[9]).abs() < 0.06, "γ = {} for {}", many[2], many[9]);
    assert!(few[2] > few[9] + 0.1, "γ = {} for {}", few[2], few[9]);
    let ddim = run(r#"{"study": "quality", "samplers": ["ddim"], "most": 4, "points": 512,
            "grid": {"name": "log_linear", "sigma_max": 40, "sigma_min": 0.01}}"#);
    let gamma = run(r#"{"study": "gamma", "budgets": [4], "values": 3, "points": 512}"#);
    let expected = ddim.rows("errors").iter().find(|row| row[1] == 4.0).expect("four steps")[3];
    assert!((gamma.rows("best")[0][5] / expected - 1.0).abs() < 1e-9);
}

/// Rounds are no more than steps, and a strict tolerance ends on the sequential run.
#[test]
fn rounds_are_fewer_than_steps() {
    let outcome = run(r#"{"study": "parallel", "seeds": 1, "budgets": [16, 64], "points": 64, "tolerance": 1e-6}"#);
    for row in outcome.rows("rounds").iter().filter(|row| row[0] < 3.0) {
        println!("{row:?}");
        assert!(row[2] <= row[1] && row[4] >= row[1] && row[6] < 1e-4, "{row:?}");
    }
    let rounds = |window: f64| {
        let row = outcome.rows("rounds").iter().find(|row| row[0] == window && row[1] == 64.0);
        row.expect("a window")[2]
    };
    assert!(rounds(2.0) < rounds(0.0) && rounds(2.0) < 64.0, "all at once: {}", rounds(2.0));
}

/// With many evaluations the exact posterior’s denoiser draws the exact posterior, and replacement does not.
#[test]
fn replacement_is_no_posterior() {
    let outcome = run(r#"{"study": "measured", "samplers": ["dpmpp_2m", "ddim"], "budgets": [8, 64], "points": 2000}"#);
    let at = |row: f64, budget: f64| {
        let found = outcome.rows("errors").iter().find(|found| found[0] == row && found[1] == budget).expect("a row");
        (found[2], found[3], found[4])
    };
    let (exact, replaced, floor) = (at(0.0, 64.0), at(1.0, 64.0), at(4.0, 64.0).2);
    println!("{exact:?} {replaced:?} {floor}");
    assert!(exact.0 < floor + 3.0 * exact.1, "{exact:?}");
    assert!(replaced.0 > 0.1, "{replaced:?}");
    assert!(at(2.0, 8.0).0 > at(2.0, 64.0).0);
}

/// A sampler that has no run within the budgets is not spoken of, and each other one with the budget of its last run.
#[test]
fn what_did_not_run_is_not_called_exact() {
    let outcome = run(
        r#"{"study": "measured", "samplers": ["ode_adaptive", "edm_heun", "ddim"], "budgets": [1, 4], "points": 200}"#,
    );
    let findings = outcome.findings();
    assert_eq!(findings.len(), 2, "{findings:?}");
    assert!(findings.iter().all(|said| said.contains("within 4 evaluations") && said.contains("draw by draw")));
}
