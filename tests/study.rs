//! The native command for studies, as others would call it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

mod reference;

use reference::{numbers, reference};

fn study(argument: &str, input: &str) -> Output {
    // Examples lie beside the folder of the test's own program.
    let program = std::env::current_exe().expect("a path");
    let program = program.parent().and_then(|deps| deps.parent()).expect("a folder").join("examples/study");
    let mut child = Command::new(program)
        .arg(argument)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example, which `cargo test --release` without a test's name builds");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("a reader");
    child.wait_with_output().expect("an end")
}

fn outcome(description: &Value) -> Value {
    let output = study("-", &description.to_string());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn target(gmm: &Value) -> Value {
    json!({ "mixture": { "weights": gmm["w"], "means": gmm["mu"], "covariances": gmm["cov"] } })
}

fn worst(ours: &Value, expected: &Value) -> f64 {
    let (ours, expected) = (numbers(ours), numbers(expected));
    assert_eq!(ours.len(), expected.len());
    ours.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn a_description_gives_the_reference_in_both_precisions() {
    let reference = reference("deterministic");
    let entry = &reference["grids"]["loglin-4"];
    for (precision, tolerance) in [("f64", 1e-9), ("f32", 1e-4)] {
        let ours = outcome(&json!({
            "target": target(&reference["gmm"]), "schedule": { "alpha_bars": entry["abars"] }, "sampler": "deis_t2",
            "start": reference["xT"], "precision": precision,
        }));
        let off = worst(&ours["trajectory"], &entry["traj"]["deis_t2"]);
        assert!(off < tolerance, "{precision}: {off:e}");
        assert_eq!(ours["evaluations"], 4);
        assert!(worst(&ours["alpha_bars"], &entry["abars"]) < 1e-12);
    }
}

#[test]
fn given_noise_is_used_in_its_order() {
    let reference = reference("stochastic");
    let ours = outcome(&json!({
        "target": target(&reference["gmm"]), "schedule": { "alpha_bars": reference["abars_stop1"] },
        "sampler": { "name": "li_stochastic_accel", "form": "repo" },
        "start": reference["xT"], "noise": reference["noise"], "noise2": reference["noise2"],
    }));
    assert!(worst(&ours["trajectory"], &reference["traj"]["li_stochastic_accel_repo"]) < 1e-9);
}

#[test]
fn points_are_a_target_too_and_a_schedule_has_a_name() {
    let ours = outcome(&json!({
        "target": { "points": [[0.4, -0.7]] }, "schedule": { "name": "edm", "steps": 3, "sigma_max": 20 },
        "sampler": { "name": "edm_heun" }, "start": [[0.3, 1.1], [-0.8, 0.2]],
    }));
    assert_eq!(ours["evaluations"], 5);
    assert!(worst(&ours["trajectory"][3], &json!([[0.4, -0.7], [0.4, -0.7]])) < 1e-12);
}

#[test]
fn what_is_wrong_is_named() {
    let good = json!({
        "target": { "points": [[0.4, -0.7]] }, "schedule": { "name": "linear", "steps": 4 }, "sampler": "ddim",
        "start": [[0.3, 1.1]],
    });
    let error = |key: &str, value: Value| {
        let mut description = good.clone();
        description[key] = value;
        let output = study("-", &description.to_string());
        assert_eq!(output.status.code(), Some(2), "{key}");
        String::from_utf8(output.stderr).expect("text")
    };
    for (key, value, sentence) in [
        ("sampler", json!("warp"), "sampler: there is no sampler called “warp”"),
        ("sampler", json!({ "name": "ddim", "eta": 7 }), "sampler: ddim: eta must be a number from 0 to 1"),
        ("sampler", json!({ "name": "ddim", "zeta": 7 }), "sampler: ddim has no parameter “zeta”"),
        ("sampler", json!(3), "sampler: expected a name"),
        ("schedule", json!({ "name": "warp", "steps": 4 }), "schedule: there is no schedule called “warp”"),
        ("schedule", json!({ "name": "linear" }), "schedule: steps must be"),
        ("schedule", json!({ "alpha_bars": [0.9, 0.1] }), "schedule.alpha_bars: noise must fall"),
        ("schedule", json!({ "alpha_bars": [0.0, 0.1] }), "schedule.alpha_bars: one or more"),
        ("start", json!([[0.3, 1.1], [0.3]]), "start: point 1 has 1 coordinates and not 2"),
        ("start", json!([[0.3, "x"]]), "start[0][1]: invalid type"),
        ("start", json!([[0.3]]), "target.points: point 0 has 2 coordinates and not 1"),
        ("noise", json!([[[0.3]]]), "noise: point 0 has 1 coordinates and not 2"),
        ("target", json!({ "cloud": [] }), "target: unknown variant `cloud`"),
        ("speed", json!(1), "speed: unknown field `speed`"),
        ("precision", json!("f16"), "precision: unknown variant `f16`"),
    ] {
        let found = error(key, value);
        assert!(found.starts_with(sentence), "{key}: {found}");
    }
    let output = study("-", "{");
    assert_eq!(output.status.code(), Some(2));
    let output = study("no-such-file.json", "");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("no-such-file.json can't be read"));
}

#[test]
fn everything_is_listed() {
    let output = study("--list", "");
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let samplers = list["samplers"].as_array().expect("samplers");
    assert_eq!(samplers.len(), fewsteps::sampler::TABLE.len());
    for entry in samplers {
        assert!(entry["name"].is_string() && entry["source"].is_string());
        assert!(entry["order"].is_number() && entry["evaluations"].is_number());
    }
    assert_eq!(list["schedules"].as_array().map(Vec::len), Some(fewsteps::schedule::TABLE.len()));
}
