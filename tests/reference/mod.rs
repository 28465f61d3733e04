//! Reads the numbers in `references/`, and compares with them.
#![allow(dead_code, reason = "each test uses what it needs")]

use fewsteps::distribution::Mixture;
use fewsteps::state::Points;
use serde_json::Value;

/// The file `references/{name}.json`.
pub fn reference(name: &str) -> Value {
    let path = format!("{}/tests/references/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a reference file")).expect("JSON")
}

/// All numbers of an array of any depth, in order.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().expect("a number")],
    }
}

/// Rows as points.
pub fn points(value: &Value) -> Points {
    Points::new(value[0].as_array().expect("rows").len(), numbers(value))
}

/// `{ w, mu, cov }` as a mixture.
pub fn mixture(value: &Value) -> Mixture {
    let rows = |value: &Value| -> Vec<Vec<f64>> { value.as_array().expect("rows").iter().map(numbers).collect() };
    let covariances: Vec<_> = value["cov"].as_array().expect("covariances").iter().map(rows).collect();
    Mixture::new(&numbers(&value["w"]), &rows(&value["mu"]), &covariances).expect("a mixture")
}

/// Fails when a number differs by more than `tolerance` times the largest expected one (`floor` at least).
pub fn close(ours: &[f64], expected: &[f64], tolerance: f64, floor: f64, what: &str) {
    assert_eq!(ours.len(), expected.len(), "{what}");
    assert!(ours.iter().all(|value| value.is_finite()), "{what}: {ours:?}");
    let size = expected.iter().fold(floor, |max, value| max.max(value.abs()));
    let worst = ours.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance * size, "{what}: differs by {:e}", worst / size);
}
