//! The command, as others would call it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

mod reference;

use reference::{numbers, reference};

/// Runs the command with these arguments and this standard input.
fn fewsteps(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fewsteps"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command");
    // What needs no input may have ended before it reads any.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("an end")
}

/// The text that the command prints.
fn printed(arguments: &[&str], input: &[u8]) -> String {
    let output = fewsteps(arguments, input);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The sentence that it ends with, having ended with code 2.
fn refused(arguments: &[&str], input: &[u8]) -> String {
    let output = fewsteps(arguments, input);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?} prints and fails");
    String::from_utf8(output.stderr).expect("text")
}

fn outcome(description: &Value) -> Value {
    serde_json::from_str(&printed(&["run", "-"], description.to_string().as_bytes())).expect("JSON")
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
        refused(&["run", "-"], description.to_string().as_bytes())
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
    assert!(refused(&["run", "-"], b"{").contains("EOF"));
    assert!(refused(&["study", "-"], good.to_string().as_bytes()).starts_with("study: this description names none"));
    assert!(refused(&["study", "-"], br#"{"study": "warp"}"#).starts_with("study: there is no study called"));
    assert!(refused(&["run", "no-such-file.json"], b"").starts_with("no-such-file.json can't be read"));
}

#[test]
fn everything_is_listed() {
    let list: Value = serde_json::from_str(&printed(&["list"], b"")).expect("JSON");
    let samplers = list["samplers"].as_array().expect("samplers");
    assert_eq!(samplers.len(), fewsteps::sampler::TABLE.len());
    for entry in samplers {
        assert!(entry["name"].is_string() && entry["source"].is_string());
        assert!(entry["order"].is_number() && entry["evaluations"].is_number());
    }
    assert_eq!(list["schedules"].as_array().map(Vec::len), Some(fewsteps::schedule::TABLE.len()));
}

/// A reader such as `head` closes the pipe while there is more to print.
#[test]
fn a_closed_pipe_is_no_fault() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fewsteps"))
        .arg("list")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("an end");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

/// Editors on Windows put one before JSON.
#[test]
fn a_byte_order_mark_is_read_over() {
    let description = r#"{"target": {"points": [[0.4]]}, "schedule": {"name": "edm", "steps": 2}, "sampler": "ddim", "start": [[0.3]]}"#;
    let marked = [b"\xef\xbb\xbf", description.as_bytes()].concat();
    assert_eq!(printed(&["run", "-"], &marked), printed(&["run", "-"], description.as_bytes()));
}

#[test]
fn a_study_gives_its_description_back_and_its_tables() {
    let description = br#"{"study": "langevin", "seed": 3}"#;
    let outcome: Value = serde_json::from_str(&printed(&["study", "-"], description)).expect("JSON");
    assert_eq!((&outcome["study"], &outcome["seed"]), (&json!("langevin"), &json!(3)));
    assert!(outcome["outcome"].is_object());
    let again = printed(&["study", "-"], outcome.to_string().as_bytes());
    assert_eq!(serde_json::from_str::<Value>(&again).expect("JSON"), outcome, "an export runs to the same numbers");
    let table = printed(&["study", "-", "--csv"], description);
    assert!(table.lines().count() > 5 && table.lines().any(|line| line.contains(',')), "{table}");
}

#[test]
fn weights_are_trained_inspected_and_sampled() {
    let file = std::env::temp_dir().join(format!("fewsteps-command-{}.safetensors", std::process::id()));
    let weights = file.to_str().expect("a path");
    let said = printed(
        &["train", "spiral", "--steps", "40", "--set", "width=16", "--set", "batch=32", "--output", weights],
        b"",
    );
    assert!(said.contains("40 steps on spiral"), "{said}");
    let inspected = printed(&["inspect", weights], b"");
    let line =
        |name: &str| inspected.lines().find_map(|line| line.strip_prefix(name)).map(str::trim).unwrap_or_default();
    assert_eq!((line("data"), line("steps ")), ("spiral", "40"));
    assert!(line("network").contains("16") && line("parameters").parse::<usize>().is_ok_and(|count| count > 500));
    let sample = ["sample", weights, "--count", "5", "--evaluations", "3", "--sampler", "ddim"];
    let drawn: Value = serde_json::from_str(&printed(&sample, b"")).expect("JSON");
    assert_eq!((&drawn["data"], &drawn["evaluations"]), (&json!("spiral"), &json!(3)));
    let drawn = numbers(&drawn["samples"]);
    assert!(drawn.len() == 10 && drawn.iter().all(|number| number.abs() < 20.0), "{drawn:?}");
    let table = printed(&[&sample[..], &["--csv"]].concat(), b"");
    assert_eq!((table.lines().next(), table.lines().count()), (Some("x1,x2"), 6));
    let first: Vec<f64> =
        table.lines().nth(1).expect("a row").split(',').map(|n| n.parse().expect("a number")).collect();
    assert!((first[0] - drawn[0]).abs() < 1e-5 && (first[1] - drawn[1]).abs() < 1e-5);
    assert!(refused(&["sample", weights, "--sampler", "warp"], b"").contains("no sampler called"));
    assert!(refused(&["train", "spiral", "--set", "speed=3"], b"").starts_with("speed: there is no such setting"));
    std::fs::remove_file(&file).expect("the file");
    assert!(refused(&["inspect", weights], b"").contains("can't be read"));
}
