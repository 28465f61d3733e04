//! The command, as others would call it.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use burn::tensor::Device;
use fewsteps::studies::reverse_process;
use serde_json::{Value, json};

mod reference;

use reference::{numbers, reference};

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fewsteps"));
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What `fewsteps words` says when `input` comes in.
fn output(words: &[&str], input: &[u8]) -> Output {
    let mut child = command(words).spawn().expect("the command");
    // A command that reads nothing has closed its end.
    let _ = child.stdin.take().expect("a pipe").write_all(input);
    child.wait_with_output().expect("an end")
}

/// What it prints, where that is no error.
fn printed(words: &[&str], input: &[u8]) -> String {
    let output = output(words, input);
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The sentence of an error, which has code 2 and prints nothing else.
fn fault(words: &[&str], input: &[u8]) -> String {
    let output = output(words, input);
    assert_eq!(output.status.code(), Some(2), "{words:?}");
    assert!(output.stdout.is_empty(), "{words:?}");
    String::from_utf8(output.stderr).expect("text")
}

/// A file of this test's own.
fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()))
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
        fault(&["run", "-"], description.to_string().as_bytes())
    };
    for (key, value, sentence) in [
        ("sampler", json!("warp"), "sampler: there is no sampler called “warp”"),
        ("sampler", json!({ "name": "ddim", "eta": 7 }), "sampler: ddim: eta must be a number from 0 to 1"),
        ("sampler", json!({ "name": "ddim", "zeta": 7 }), "sampler: ddim has no parameter “zeta”"),
        ("sampler", json!(3), "sampler: expected a name"),
        ("schedule", json!({ "name": "warp", "steps": 4 }), "schedule: there is no schedule called “warp”"),
        ("schedule", json!({ "name": "linear" }), "schedule: steps must be"),
        ("schedule", json!({ "alpha_bars": [0.9, 0.1] }), "schedule.alpha_bars: noise must fall"),
        ("schedule", json!({ "alpha_bars": [0.0, 0.1] }), "schedule.alpha_bars: number 0 is 0.0; each must be above 0"),
        ("schedule", json!({ "alpha_bars": [] }), "schedule.alpha_bars: there must be one number or more"),
        (
            "schedule",
            json!({ "alpha_bars": [0.1, 0.1] }),
            "schedule.alpha_bars: noise must fall from each level to the next, and from number 0",
        ),
        ("start", json!([[0.3, 1e300]]), "start: point 0 has a coordinate beyond"),
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
    assert!(fault(&["run", "-"], b"{").starts_with("the standard input is not JSON: EOF"));
    assert!(fault(&["run", "no-such-file.json"], b"").starts_with("no-such-file.json can't be read"));
}

#[test]
fn a_study_and_a_run_are_told_apart() {
    assert!(fault(&["run", "-"], br#"{"study": "projection"}"#).starts_with("study: `fewsteps study`"));
    assert!(fault(&["study", "-"], br#"{"sampler": "ddim"}"#).starts_with("study: "));
    assert!(fault(&["study", "-"], br#"{"study": "warp"}"#).starts_with("study: there is no study called"));
    let sentence = fault(&["study", "-"], br#"{"study": "langevin", "warp": 1}"#);
    assert!(sentence.contains("has no parameter “warp”"), "{sentence}");
}

/// A file of `tests/cases`: inputs like those of public bug reports on other tools.
fn case(name: &str) -> String {
    format!("{}/tests/cases/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// What a description asks for and a run can't hold or has no place for is refused by field, and never carried out otherwise.
#[test]
fn descriptions_of_bug_reports_are_refused_by_field() {
    for (name, sentence) in [
        ("n-alpha-0", "schedule.alpha_bars: number 0 is 0.0; each must be above 0"),
        ("n-alpha-1e-320", "schedule.alpha_bars: number 0 is 1e-320, and double precision holds no signal below 1e-12"),
        ("n-alpha-1e-300", "schedule.alpha_bars: number 0 is 1e-300, and double precision holds no signal below 1e-12"),
        ("n-alpha-near-one", "schedule.alpha_bars: "),
        ("n-gamma-short", "sampler: analytic_ddpm: gamma has 2 numbers, and the run takes 5 steps"),
        ("n-linear-1000-first", "schedule: a table of 1000 levels has 999 steps down to its first one, not 1000"),
        (
            "n-curved-cosine-f32",
            "schedule: it begins at alpha_bar = 2.4e-9, and single precision holds no signal below 1e-5",
        ),
        ("n-sde-heun-cosine-f32", "schedule: it begins at alpha_bar = 2.4e-9, and single precision holds"),
    ] {
        let found = fault(&["run", &case(&format!("{name}.json"))], b"");
        assert!(found.starts_with(sentence), "{name}: {found}");
    }
    for name in ["n-curved-cosine-f64", "n-sde-heun-cosine-f64", "12-bom"] {
        printed(&["run", &case(&format!("{name}.json"))], b"");
    }
    // One step on both ends of a table is one from its noisiest level.
    let found: Value = serde_json::from_str(&printed(&["run", &case("n-linspace-1.json")], b"")).expect("JSON");
    let alpha_bars = numbers(&found["alpha_bars"]);
    assert!(alpha_bars.len() == 2 && alpha_bars[0] < 1e-4 && alpha_bars[1] == 1.0, "{alpha_bars:?}");
}

#[test]
fn other_encodings_are_named() {
    let utf16 = [0xff, 0xfe, b'{', 0, b'}', 0];
    assert!(fault(&["run", "-"], &utf16).starts_with("the standard input is in UTF-16"));
    assert!(
        fault(&["run", "-"], b"{\"a\": \"\xe9\"}").starts_with("the standard input is not in UTF-8, from byte 7 on")
    );
}

/// Weights of one data set say nothing of another, and a data set that does not exist is refused even where it is not needed.
#[test]
fn weights_and_data_fit_each_other() {
    let spiral = format!("{}/www/weights/spiral.safetensors", env!("CARGO_MANIFEST_DIR"));
    let words = ["study", "-", "--weights", &spiral];
    let found = fault(&words, br#"{"study": "quality", "target": "model", "data": "cat", "error": "energy"}"#);
    assert!(found.starts_with("weights: these were trained on “spiral”, and the study is of “cat”"), "{found}");
    let found = fault(&["study", "-"], br#"{"study": "projection", "data": "rabbit"}"#);
    assert!(found.starts_with("data: there is no data set called “rabbit”"), "{found}");
}

/// Training that goes wrong leaves a file that was there.
#[test]
fn a_bad_network_never_takes_the_place_of_a_good_one() {
    let path = file("good.safetensors");
    std::fs::write(&path, b"good").expect("a file");
    let wild = ["learning_rate=0.1", "batch=16", "width=16", "output=denoised", "weighting=snr", "turn_target=raw"];
    let mut words = vec!["train", "eight_gaussians", "--steps", "400", "-o", path.to_str().expect("a path")];
    words.extend(wild.iter().flat_map(|change| ["--set", change]));
    let found = fault(&words, b"");
    assert!(found.contains("training stopped, because the loss of the "), "{found}");
    assert_eq!(std::fs::read(&path).expect("the file"), b"good");
    std::fs::remove_file(path).expect("the file");
}

fn description() -> Value {
    json!({
        "target": { "points": [[0.4, -0.7], [1.0, 0.2]] }, "schedule": { "name": "edm", "steps": 3, "sigma_max": 20 },
        "sampler": "ddpm", "start": [[0.3, 1.1], [-0.8, 0.2]], "seed": 5,
    })
}

/// From the standard input or a file, with a byte-order mark or without, the command gives what the library does.
#[test]
fn a_run_is_the_librarys_and_a_byte_order_mark_is_no_fault() {
    let text = description().to_string();
    let expected = pollster::block_on(reverse_process::run(&text, &Device::flex())).expect("an outcome");
    let expected = serde_json::to_string(&expected).expect("JSON") + "\n";
    let marked = format!("\u{feff}{text}");
    let path = file("marked.json");
    std::fs::write(&path, &marked).expect("a file");
    for (argument, input) in [("-", text.as_str()), ("-", &marked), (path.to_str().expect("a path"), "")] {
        assert_eq!(printed(&["run", argument], input.as_bytes()), expected, "{argument}");
    }
    std::fs::remove_file(path).expect("the file");
}

#[test]
fn a_run_is_a_table_too() {
    let table = printed(&["run", "-", "--csv"], description().to_string().as_bytes());
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines[0], lines.len()), ("level,alpha_bar,point,x1,x2", 1 + 4 * 2));
    assert!(lines[2].starts_with("0,") && lines[2].ends_with(",1,-0.8,0.2"), "{}", lines[2]);
}

#[test]
fn a_study_is_its_description_with_its_outcome_or_tables() {
    let description = br#"{"study": "projection", "seed": 3}"#;
    let found: Value = serde_json::from_str(&printed(&["study", "-"], description)).expect("JSON");
    assert_eq!((&found["study"], &found["seed"]), (&json!("projection"), &json!(3)));
    let rows = found["outcome"]["rows"][0].as_array().expect("rows");
    let table = printed(&["study", "-", "--csv"], description);
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[0].starts_with("# ") && lines[1].contains(','), "{}", lines[..2].join(" "));
    assert_eq!(lines[2..].iter().take_while(|line| !line.is_empty()).count(), rows.len());
}

#[test]
fn a_closed_pipe_is_the_end_and_no_fault() {
    let mut child = command(&["list"]).spawn().expect("the command");
    let mut first = String::new();
    let mut output = BufReader::with_capacity(16, child.stdout.take().expect("a pipe"));
    output.read_line(&mut first).expect("a line");
    drop(output);
    assert_eq!(first, "{\n");
    let end = child.wait_with_output().expect("an end");
    assert!(end.status.success() && end.stderr.is_empty(), "{}", String::from_utf8_lossy(&end.stderr));
}

#[test]
fn weights_are_trained_inspected_and_sampled() {
    let path = file("weights.safetensors");
    let weights = path.to_str().expect("a path");
    let small = ["--set", "width=32", "--set", "batch=64", "--set", "map_steps=100"];
    let words = [&["train", "spiral", "--steps", "100", "-o", weights][..], &small].concat();
    let said = printed(&words, b"");
    assert!(said.contains("after 200 steps on spiral, loss of noise") && said.contains("of map 0."), "{said}");
    let said = printed(&["inspect", weights], b"");
    for line in [
        "data                spiral",
        "steps               100",
        "steps of the map    100",
        "\nMlp.velocity.weight      F32 [32, 2]",
        "\nmap.Mlp.velocity.weight  F32 [32, 2]",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    let sample = |words: &[&str]| printed(&[&["sample", weights, "--count", "5"], words].concat(), b"");
    let found: Value = serde_json::from_str(&sample(&["--evaluations", "4", "--sampler", "deis_t2"])).expect("JSON");
    assert_eq!((&found["sampler"], &found["evaluations"], &found["seed"]), (&json!("deis"), &json!(4), &json!(1)));
    let samples = numbers(&found["samples"]);
    assert!(samples.len() == 10 && samples.iter().all(|x| x.abs() < 10.0), "{samples:?}");
    let table = sample(&["--csv", "--sampler", r#"{"name": "ddim", "eta": 0.5}"#]);
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!((lines[0], lines.len(), lines[1].split(',').count()), ("x1,x2", 6, 2));
    assert_ne!(table, sample(&["--csv", "--seed", "2", "--sampler", r#"{"name": "ddim", "eta": 0.5}"#]));
    assert!(fault(&["sample", weights, "--sampler", "warp"], b"").starts_with("there is no sampler called “warp”"));
    std::fs::remove_file(path).expect("the file");
}

/// The page's classes, each in turn, and pixels from 0 to 255.
#[test]
fn digits_are_sampled_by_class() {
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/www/weights/digits.safetensors");
    let words = ["sample", weights, "--count", "3", "--evaluations", "2"];
    let found: Value = serde_json::from_str(&printed(&words, b"")).expect("JSON");
    assert_eq!(found["classes"], json!([0, 1, 2]));
    let pixels = numbers(&found["samples"]);
    assert_eq!(pixels.len(), 3 * 784);
    assert!(pixels.iter().all(|pixel| (0.0..=255.0).contains(pixel)) && pixels.iter().any(|pixel| *pixel > 200.0));
}

#[test]
fn settings_at_fault_are_named() {
    let train =
        |words: &[&str]| fault(&[&["train", "spiral", "-o", "/no/such/folder/w"], words].concat(), b"{\"x\": 1}");
    assert!(train(&["--settings", "-"]).starts_with("x: there is no such setting"));
    assert!(train(&["--set", "objective=warp"]).starts_with("objective: unknown variant `warp`"));
    assert!(train(&["--set", "data=cat"]).starts_with("data: "));
    assert!(train(&["--set", "ema=2"]).to_lowercase().contains("must be from 0 to"));
    assert!(train(&["--set", "ema"]).contains("KEY=VALUE"));
    assert!(fault(&["train", "rabbit"], b"").contains("eight_gaussians"));
    assert!(fault(&["inspect", "Cargo.toml"], b"").starts_with("this is not a safetensors file"));
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
