//! What the studies of loss, of the turn, of projection and of Langevin's walk must find, through the laboratory's public face.

use burn::tensor::Device;
use fewsteps::lab::{self, Outcome, Supplies};
use serde_json::{Value, json};

/// Runs the study that `description` describes to its end, and checks what every study owes its caller.
fn outcome(description: &Value) -> Outcome {
    let data = description["data"].as_str().unwrap_or("eight_gaussians");
    let path = format!("{}/www/weights/{data}.safetensors", env!("CARGO_MANIFEST_DIR"));
    let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: std::fs::read(path).ok() };
    let mut run = lab::begin(&description.to_string(), supplies).expect("a study");
    let mut outcome = Outcome::new(run.outline());
    let (mut progress, mut rests) = (0.0, 0);
    while let Some(update) = pollster::block_on(run.next()).expect("no error") {
        assert!(update.progress >= progress, "progress went back from {progress} to {}", update.progress);
        (progress, rests) = (update.progress, rests + 1);
        outcome.take(update);
    }
    assert!((progress - 1.0).abs() < 1e-9 && rests > 5, "{progress} after {rests} rests");
    assert!((1..=4).contains(&outcome.findings().len()), "{:?}", outcome.findings());
    outcome
}

/// Columns `keys` of the rows of `table`.
fn columns<const N: usize>(outcome: &Outcome, table: &str, keys: [&str; N]) -> Vec<[f64; N]> {
    let outline = &outcome.json()["outline"]["tables"];
    let table_of = |value: &&Value| value["key"] == table;
    let found = outline.as_array().expect("tables").iter().find(table_of).expect("the table");
    let names: Vec<&str> =
        found["columns"].as_array().expect("columns").iter().filter_map(|c| c["key"].as_str()).collect();
    let places = keys.map(|key| names.iter().position(|name| *name == key).expect("a column"));
    let rows = outcome.rows(table);
    assert!(!rows.is_empty(), "{table} is empty");
    rows.iter().map(|row| places.map(|place| row[place])).collect()
}

/// The second kind of score matching exceeds the first by the floor, level by level, and both are what they should be at the ends.
#[test]
fn denoising_adds_the_floor_to_score_matching() {
    let outcome = outcome(&json!({ "study": "loss", "count": 1000, "known": 100, "levels": 12 }));
    let keys = ["sigma", "denoising", "matching", "gap", "gap_error", "floor", "floor_error"];
    let rows = columns(&outcome, "gap", keys);
    assert_eq!(rows.len(), 12);
    let mut squares = 0.0;
    for [sigma, denoising, matching, gap, gap_error, floor, floor_error] in rows {
        let z = (gap - floor) / gap_error.hypot(floor_error);
        assert!(z.abs() < 4.0, "sigma {sigma}: {gap} ± {gap_error} against {floor} ± {floor_error}");
        assert!((denoising - matching - gap).abs() < 1e-12 && matching > 0.0);
        // Trained weights: what is left to learn is a small part of what can't be, where there is anything to see.
        assert!(sigma > 20.0 || matching < 0.05 * floor, "sigma {sigma}: {matching} above {floor}");
        // All components wide apart and narrower than the noise, or all data one lump: `L*` per coordinate is that of one Gaussian.
        let gaussian = |variance: f64| variance / (variance + sigma * sigma);
        let [narrow, wide] = [gaussian(0.1 * 0.1 * 0.84 / 0.7), gaussian(1.0)];
        assert!(floor > 0.9 * narrow && floor < 1.01 * wide, "sigma {sigma}: {floor}, {narrow}, {wide}");
        squares += z * z / 12.0;
    }
    assert!((0.2..2.5).contains(&squares), "standard errors are not those of the differences: {squares}");
}

/// A denoiser that knows a few points by heart: nothing is left of its loss on them, and it explodes elsewhere.
#[test]
fn what_is_known_by_heart_costs_elsewhere() {
    let outcome = outcome(&json!({ "study": "loss", "count": 512, "known": 100, "levels": 12 }));
    let rows = columns(&outcome, "loss", ["sigma", "loss", "floor", "by_heart", "elsewhere", "elsewhere_error"]);
    let [_, loss, floor, by_heart, elsewhere, _] = rows[0];
    assert!(by_heart < 0.5 * floor && elsewhere > 10.0 * floor && loss < 1.1 * floor, "{:?}", rows[0]);
    for [sigma, _, floor, by_heart, elsewhere, error] in rows {
        assert!(elsewhere > floor - 4.0 * error, "sigma {sigma}: {elsewhere} ± {error} beats the floor {floor}");
        if sigma > 1.0 {
            assert!((by_heart / floor - 1.0).abs() < 0.1 && (elsewhere / floor - 1.0).abs() < 0.1, "sigma {sigma}");
        }
    }
}

/// EDM's weights and levels together are a bell, highest at 5.2 and half as high at 1.1 and 21.8; all of a weight is one.
#[test]
fn weights_are_densities() {
    let weights = |weighting: &str, noise: &str| {
        let spec =
            json!({ "study": "loss", "count": 64, "known": 20, "levels": 64, "weighting": weighting, "noise": noise });
        columns(&outcome(&spec), "loss", ["sigma", "weight"])
    };
    let highest = |rows: &[[f64; 2]]| *rows.iter().max_by(|a, b| a[1].total_cmp(&b[1])).expect("rows");
    let edm = weights("edm", "edm");
    // With data of width one, the bell of EDM's own product is that of its weighting for width one half.
    let step = edm[1][0] / edm[0][0];
    let sum: f64 = edm.iter().map(|row| row[1] * step.ln()).sum();
    assert!((sum - 1.0).abs() < 0.02, "{sum}");
    let bell = weights("bell", "log_uniform");
    let top = highest(&bell);
    assert!((top[0] / 5.2).ln().abs() < step.ln(), "the bell peaks at {}", top[0]);
    let half: Vec<f64> = bell.iter().filter(|row| 2.0 * row[1] > top[1]).map(|row| row[0]).collect();
    assert!((half[0] / 1.1).ln().abs() < step.ln() && (half[half.len() - 1] / 21.8).ln().abs() < step.ln(), "{half:?}");
    let simple = weights("uniform", "linear");
    assert!((highest(&simple)[0] / 1.57).ln().abs() < step.ln(), "DDPM's levels peak at {}", highest(&simple)[0]);
}

/// Where the law is not known, nothing is called its floor.
#[test]
fn no_floor_is_claimed_that_is_not_known() {
    let outcome = outcome(&json!({ "study": "loss", "data": "spiral", "count": 128, "known": 50, "levels": 8 }));
    let tables = outcome.json()["outline"]["tables"].to_string();
    assert!(!tables.contains("floor") && !tables.contains("Floor") && outcome.rows("gap").is_empty());
    assert!(outcome.rows("loss").iter().all(|row| row[1].is_finite()));
}

fn occupancy(description: &Value) -> Vec<[f64; 5]> {
    columns(&outcome(description), "ends", ["share", "share_error", "off", "crossed", "evaluations"])
}

/// Plain Langevin keeps the shares of its start; annealing comes near the true ones, and diffusion finds them.
#[test]
fn only_noise_first_finds_the_weights() {
    let samplers = json!(["langevin", "annealed_langevin", "ddpm", "ddim", "reverse_sde_ei"]);
    for (start, kept) in [("left", 0.0), ("noise", 0.5)] {
        let spec = json!({ "study": "langevin", "samplers": samplers, "start": start, "count": 2000 });
        let [langevin, annealed, diffusion @ .., truth] = &occupancy(&spec)[..] else { panic!("five samplers") };
        assert!((truth[0] - 0.8).abs() < 1e-8, "{truth:?}");
        assert!((langevin[0] - kept).abs() < 0.04 && langevin[2] < -30.0 && langevin[3] < 0.03, "{langevin:?}");
        assert!((annealed[0] - truth[0]).abs() < 0.06, "{annealed:?}");
        for found in diffusion {
            assert!(found[2].abs() < 4.0 && found[4] == 500.0, "from {start}: {found:?}");
        }
    }
}

/// Where the valley can be crossed, Langevin finds the weights too, whatever it starts from; and cooling slowly beats cooling fast.
#[test]
fn patience_helps_where_points_still_cross() {
    let near = json!({ "study": "langevin", "samplers": ["langevin"], "distance": 3, "start": "left", "count": 2000, "evaluations": 1000 });
    let found = occupancy(&near)[0];
    assert!(found[2].abs() < 4.0 && found[3] > 0.5, "{found:?}");
    let cooled = |evaluations: usize, inner: usize| {
        let spec = json!({
            "study": "langevin", "samplers": ["annealed_langevin"], "count": 2000, "evaluations": evaluations, "inner": inner,
        });
        (occupancy(&spec)[0][0] - 0.8).abs()
    };
    let (fast, slow) = (cooled(24, 2), cooled(1000, 10));
    assert!(fast > 0.1 && slow < 0.05, "{fast} and {slow}");
}
