//! What single precision holds: every sampler in it against itself in double precision.

use burn::tensor::Device;
use fewsteps::sampler;
use fewsteps::settings::{Lane, MOST_NOISE, Settings, SettingsError, Source};
use fewsteps::studies::reverse_process;
use serde_json::{Value, json};

/// Two targets: a mixture, and points of which two are close.
fn targets() -> [Value; 2] {
    let round = json!([[0.1, 0], [0, 0.1]]);
    [
        json!({ "mixture": { "weights": [1, 1], "means": [[-1, 0], [1, 0]], "covariances": [round, round] } }),
        json!({ "points": [[-1, 0], [1, 0], [0, 1], [0.3, -0.7], [0.31, -0.7]] }),
    ]
}

/// Where a run arrives, or why it is refused.
fn end(target: &Value, schedule: &Value, sampler: &str, precision: &str) -> Result<Vec<f64>, String> {
    let description = json!({
        "target": target, "schedule": schedule, "sampler": sampler, "start": [[0.3, -0.2], [1.1, 0.4], [-2, 1.5]], "seed": 3,
        "precision": precision,
    });
    let outcome = pollster::block_on(reverse_process::run(&description.to_string(), &Device::flex()));
    outcome.map(|outcome| outcome.trajectory.last().expect("an end").concat()).map_err(|error| error.to_string())
}

/// Up to the noise level that lanes and descriptions allow, all samplers agree with double precision.
#[test]
fn single_precision_holds_what_is_allowed() {
    for target in targets() {
        for info in sampler::TABLE.iter().filter(|info| !info.uses_map) {
            for (name, sigma_max) in [("log_linear", MOST_NOISE), ("edm", MOST_NOISE), ("vp_sde", 150.0)] {
                // Its long steps end far beyond the points, where rounding decides which of them is the nearest.
                if info.value == "sde_heun" && target["points"].is_array() {
                    continue;
                }
                for steps in [3, 20] {
                    let schedule = json!({ "name": name, "steps": steps, "end": "zero", "sigma_max": sigma_max });
                    let of = |precision| end(&target, &schedule, info.value, precision).expect("an end");
                    let off = of("f64")
                        .iter()
                        .zip(of("f32"))
                        .map(|(a, b)| (a - b).abs() / a.abs().max(1.0))
                        .fold(0.0, f64::max);
                    assert!(off < 0.2, "{} on {name} in {steps} steps: {off:.1e}", info.value);
                }
            }
        }
    }
}

/// Beyond it, the samplers that lanes still run on the cosine grid are those that hold it.
#[test]
fn lanes_refuse_what_single_precision_loses() {
    let cosine = |steps: usize| json!({ "name": "cosine", "steps": steps, "end": "zero" });
    let mut refused = 0;
    for info in sampler::TABLE.iter().filter(|info| !info.uses_map) {
        let lane = Lane::new(info.value, Source::Network);
        let settings = Settings {
            steps: 8,
            grid: fewsteps::parameters::Choice::new("cosine", &[]),
            lanes: vec![lane.clone()],
            ..Settings::default()
        };
        match settings.levels(&lane, |_| 1) {
            Err(SettingsError::Precision { sigma, .. }) if sigma > MOST_NOISE => refused += 1,
            levels => {
                assert!(levels.is_ok(), "{}", info.value);
                for target in targets() {
                    let double = end(&target, &cosine(5), info.value, "f64").expect("an end");
                    assert!(double.iter().all(|x| x.is_finite()));
                }
            }
        }
    }
    assert!((5..12).contains(&refused), "{refused}");
    let sentence = end(&targets()[0], &cosine(5), "ddim", "f32").expect_err("a refusal");
    assert!(sentence.starts_with("schedule: it begins at alpha_bar = ") && sentence.contains("f64"), "{sentence}");
}
