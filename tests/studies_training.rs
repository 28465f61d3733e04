//! What the studies of loss, of the turn, of projection, of Langevin's walk, of grids and of the flow map's relatives must find, through the
//! laboratory's public face.

use burn::tensor::Device;
use fewsteps::studies::{self, Outcome, Outline, Supplies, View};
use serde_json::{Value, json};

/// Runs the study that `description` describes to its end, and checks what every study owes its caller.
fn outcome(description: &Value) -> Outcome {
    let data = description["data"].as_str().unwrap_or("eight_gaussians");
    let path = format!("{}/www/weights/{data}.safetensors", env!("CARGO_MANIFEST_DIR"));
    let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: std::fs::read(path).ok() };
    let mut run = studies::begin(&description.to_string(), supplies).expect("a study");
    views_draw_what_there_is(run.outline());
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

/// Every table and column that a view names, and every column that holds an uncertainty, is there.
fn views_draw_what_there_is(outline: &Outline) {
    for table in &outline.tables {
        for error in table.columns.iter().filter_map(|column| column.error) {
            assert!(table.columns.iter().any(|column| column.key == error), "{}: {error}", table.key);
        }
    }
    for view in &outline.views {
        let (table, columns) = match view {
            View::Lines { table, x, y, by, .. } => {
                (table, [vec![*x], y.clone(), by.iter().copied().collect()].concat())
            }
            View::Heat { table, x, y, values, .. } => (table, [vec![*x, *y], values.clone()].concat()),
            View::Bars { table, label, value, stack, .. } => {
                (table, [vec![*label, *value], stack.iter().copied().collect()].concat())
            }
            View::Dots { table, x, y, by, .. } => (table, [vec![*x, *y], by.iter().copied().collect()].concat()),
            View::Ranking { table, rows, columns, value, .. } => {
                (table, [rows.clone(), vec![*columns, *value]].concat())
            }
        };
        let found = outline.tables.iter().find(|found| found.key == *table).expect("the view's table");
        for key in columns {
            assert!(found.columns.iter().any(|column| column.key == key), "{table}: {key}");
        }
    }
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

/// A denoiser that has memorised a few points: nothing is left of its loss on them, and it explodes elsewhere.
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

/// Where the distribution is not known, nothing is called its floor.
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

/// One sample's noise over the turn, by control variate: none is worse without reason, and the best is far better in heavy noise.
#[test]
fn a_control_variate_calms_the_target() {
    let spec = json!({ "study": "turn", "target": "model", "count": 2000 });
    let outcome = outcome(&spec);
    let rows = columns(&outcome, "noise", ["target", "sigma", "ratio", "ratio_error"]);
    let curve = |target: f64| rows.iter().filter(|row| row[0] == target).copied().collect::<Vec<_>>();
    let (zero, trained, exact) = (curve(0.0), curve(3.0), curve(6.0));
    assert!(zero.len() == 15 && exact.len() == 15);
    for ((zero, trained), exact) in zero.iter().zip(&trained).zip(&exact) {
        assert!(zero[2] > trained[2] && trained[3] < 0.3 * trained[2], "{zero:?} {trained:?}");
        // The running mean does what the exact conditional moment does.
        assert!((trained[2] / exact[2] - 1.0).abs() < 0.25, "{trained:?} {exact:?}");
        if (0.1..10.0).contains(&zero[1]) {
            assert!((4.5..30.0).contains(&zero[2]) && (1.0..14.0).contains(&trained[2]), "{zero:?} {trained:?}");
        }
        if zero[1] > 4.0 {
            assert!(zero[2] > 8.0 * trained[2], "{zero:?} {trained:?}");
        }
    }
    // The printed y* has another mean at little noise only, and its samples are off by at least that.
    let (printed, bias) = (curve(5.0), curve(7.0));
    assert!(bias[0][2] > 0.5 && bias[14][2] < 0.05, "{:?} {:?}", bias[0], bias[14]);
    for (printed, bias) in printed.iter().zip(&bias) {
        assert!(printed[2] > bias[2] - 3.0 * printed[3].hypot(bias[3]), "{printed:?} {bias:?}");
    }
    // The shipped head: to be trusted in the middle, and the sizes agree where both know the truth.
    for [sigma, own, truth] in columns(&outcome, "head", ["sigma", "own", "truth"]) {
        if (0.1..8.0).contains(&sigma) {
            assert!(own < 0.9 && truth < 0.9, "sigma {sigma}: {own}, {truth}");
        }
        assert!(!(1.0..3.0).contains(&sigma) || own < 0.4, "sigma {sigma}: {own}");
    }
    for [sigma, change, exact] in columns(&outcome, "size", ["sigma", "change", "exact"]) {
        assert!(
            !(0.1..4.0).contains(&sigma) || (change / exact - 1.0).abs() < 0.15,
            "sigma {sigma}: {change} for {exact}"
        );
    }
}

/// Two networks that differ in the control variate alone: both learn, and in many coordinates the one without learns later.
#[test]
fn heads_learn_later_without_a_control_variate() {
    let spec = json!({ "study": "turn", "seeds": 1, "steps": 400, "dimension": 16, "count": 512 });
    let outcome = outcome(&spec);
    let rows = columns(&outcome, "training", ["network", "step", "error", "error_error"]);
    let error = |network: f64, step: f64| {
        let row = rows.iter().find(|row| row[0] == network && row[1] == step).expect("a look at the heads");
        (row[2], row[3])
    };
    let (first, on, off) = (error(0.0, 40.0), error(0.0, 400.0), error(1.0, 400.0));
    assert!(on.0 < 0.7 && on.0 < first.0 + 2.0 * first.1, "{first:?} to {on:?}");
    assert!(off.0 - on.0 > 2.0 * on.1.hypot(off.1), "{on:?} with, {off:?} without");
}

/// In many dimensions the noise level is the distance, for DDIM and for descent, and the denoiser becomes the projection.
#[test]
fn the_distance_is_the_noise_level() {
    for dimension in [64, 256] {
        let outcome = outcome(&json!({ "study": "projection", "dimension": dimension, "count": 128 }));
        for row in columns(&outcome, "path", ["descent", "sigma", "distance", "distance_error", "expected"]) {
            assert!((row[2] / row[4] - 1.0).abs() < 0.05 && row[3] < 0.02 * row[2], "d = {dimension}: {row:?}");
            assert!((row[4] / row[1] - f64::from(dimension).sqrt()).abs() < 1e-9);
        }
        let checks = columns(&outcome, "check", ["sigma", "eta", "nu"]);
        for [sigma, eta, nu] in &checks {
            assert!(*eta < 0.25 && (nu - 1.0).abs() < 0.07, "d = {dimension}, sigma {sigma}: eta {eta}, nu {nu}");
        }
        assert!(checks.iter().any(|row| row[1] > 0.1) && checks[checks.len() - 1][1] < 1e-9);
    }
}

/// With an error put in, what is left is what random errors leave on these steps, and least on log-linear ones.
#[test]
fn equal_factors_keep_errors_in_check() {
    let spec = json!({ "study": "projection", "dimension": 128, "known": 50, "count": 128, "error": 0.4, "steps": 15 });
    let rows = columns(&outcome(&spec), "grids", ["ratio", "ratio_error", "random", "bound", "factor"]);
    assert_eq!(rows.len(), 5);
    for row in &rows {
        assert!((row[0] / row[2] - 1.0).abs() < 0.08, "{row:?}");
        assert!(row[0] < row[3] && rows[0][3] <= row[3] && rows[0][4] <= row[4], "{row:?}");
    }
    for row in &rows[2..] {
        assert!(row[0] - rows[0][0] > 5.0 * row[1].hypot(rows[0][1]), "{row:?} against {:?}", rows[0]);
    }
    let perfect =
        json!({ "study": "projection", "known": 50, "count": 64, "error": 0, "grids": ["log_linear", "edm"] });
    for row in columns(&outcome(&perfect), "grids", ["ratio", "random"]) {
        assert!((row[0] - 1.0).abs() < 0.06 && row[1] == 1.0, "{row:?}");
    }
}

/// What can't be is said before anything is computed, with the field at fault.
#[test]
fn what_does_not_fit_is_named() {
    let fault = |description: &Value| {
        let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
        studies::begin(&description.to_string(), supplies).err().expect("an error").to_string()
    };
    assert!(fault(&json!({ "study": "loss" })).starts_with("weights:"));
    assert!(fault(&json!({ "study": "turn", "target": "model" })).starts_with("weights:"));
    assert!(fault(&json!({ "study": "loss", "weighting": "mine" })).contains("weighting"));
    assert!(fault(&json!({ "study": "projection", "grids": ["cosine"] })).starts_with("grids:"));
    assert!(fault(&json!({ "study": "projection", "sigma_max": 1, "sigma_min": 2 })).contains("sigma_min"));
    let nine = ["ddim"; 9];
    assert!(fault(&json!({ "study": "langevin", "samplers": nine })).starts_with("samplers:"));
}

/// Every preset is a description that can be begun.
#[test]
fn presets_can_be_begun() {
    let bytes = std::fs::read(format!("{}/www/weights/eight_gaussians.safetensors", env!("CARGO_MANIFEST_DIR"))).ok();
    for info in studies::TABLE.iter().filter(|info| ["loss", "turn", "projection", "langevin"].contains(&info.value)) {
        assert!((2..=4).contains(&info.presets.len()), "{}", info.value);
        for preset in info.presets {
            let mut spec: Value = serde_json::from_str(preset.values).expect("JSON");
            spec["study"] = json!(info.value);
            let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: bytes.clone() };
            let begun = studies::begin(&spec.to_string(), supplies);
            assert!(begun.is_ok(), "{} {}: {:?}", info.value, preset.label, begun.err());
        }
    }
}

/// On exact paths, refined levels bring DDIM nearer to where the paths end than any by hand, and coefficients nearer still.
#[test]
fn levels_and_coefficients_are_fitted_to_paths() {
    let outcome =
        outcome(&json!({ "study": "grids", "samplers": ["ddim"], "budgets": [4], "paths": 128, "points": 1024 }));
    let rows = columns(&outcome, "errors", ["sampler", "grid", "strong", "strong_error", "first"]);
    let strong = |sampler: f64, grid: f64| {
        let found = rows.iter().find(|row| row[0] == sampler && row[1] == grid);
        found.map_or(f64::NAN, |row| row[2])
    };
    let hand = (0..3).map(|grid| strong(0.0, f64::from(grid))).fold(f64::INFINITY, f64::min);
    let (programme, refined, fitted) = (strong(0.0, 3.0), strong(0.0, 4.0), strong(1.0, 5.0));
    println!("{hand} by hand, {programme}, {refined}, {fitted}");
    // The sum of single errors is not the error of the whole run: levels from the programme alone may be behind.
    assert!(programme < 1.5 * hand && refined < 0.7 * hand && fitted < 0.7 * refined);
    assert_eq!(rows.len(), 6);
    let levels = columns(&outcome, "levels", ["sampler", "step", "sigma"]);
    for sampler in 0..3 {
        let own: Vec<f64> = levels.iter().filter(|row| row[0] == f64::from(sampler)).map(|row| row[2]).collect();
        assert!(own.len() == 5 && own.windows(2).all(|pair| pair[0] > pair[1]), "{own:?}");
    }
}

/// What can't be measured on fine paths is said at once.
#[test]
fn samplers_that_leave_the_paths_have_no_grid() {
    for name in ["ddpm", "edm_heun"] {
        let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
        let description = json!({ "study": "grids", "samplers": [name] }).to_string();
        let error = studies::begin(&description, supplies).err().expect("an error");
        assert!(error.to_string().starts_with("samplers: "), "{error}");
    }
}

/// Every row is measured at every number of evaluations, all that follow the velocity cost alike, and reflow straightens the paths.
#[test]
fn relatives_learn_for_equal_costs() {
    let outcome = outcome(&json!({ "study": "relatives", "seeds": 1, "set": "two_moons", "steps": 300, "width": 16 }));
    let rows = columns(&outcome, "distances", ["row", "evaluations", "distance", "cost"]);
    assert_eq!(rows.len(), 40);
    assert!(rows.iter().all(|row| row[2].is_finite()));
    let cost = |row: f64| rows.iter().find(|found| found[0] == row).map_or(f64::NAN, |found| found[3]);
    assert!((2..10).all(|row| cost(f64::from(row)) == cost(2.0)) && cost(0.0) == cost(1.0) && cost(0.0) < cost(2.0));
    let at_one =
        |row: f64| rows.iter().find(|found| found[0] == row && found[1] == 1.0).map_or(f64::NAN, |found| found[2]);
    assert!(at_one(3.0) < 0.2 * at_one(0.0), "the flow map needs one step: {} of {}", at_one(3.0), at_one(0.0));
    let straight = columns(&outcome, "straightness", ["straightness"]);
    assert!(straight[1][0] < 0.7 * straight[0][0], "{straight:?}");
}

/// Networks get better; a sampler without a turn takes more evaluations in the time of one with, and less time for the same step.
#[test]
fn quality_follows_training() {
    let outcome = outcome(&json!({
        "study": "progress", "steps": 320, "networks": 2, "width": 32, "points": 1000, "evaluations": 8,
        "samplers": ["ddim", "curved_pc_history", "curved_pc"],
    }));
    let rows = columns(&outcome, "steps", ["row", "step", "error", "spent"]);
    assert_eq!(rows.len(), 4 * 6);
    for row in 0..3 {
        let curve: Vec<f64> = rows.iter().filter(|found| found[0] == f64::from(row)).map(|found| found[2]).collect();
        println!("{curve:?}");
        assert!(curve[5] < 0.3 * curve[0], "{curve:?}");
    }
    assert!(rows.iter().filter(|row| row[0] < 3.0).all(|row| row[3] == 8.0));
    let timed = columns(&outcome, "time", ["row", "cost", "spent"]);
    assert!(timed.iter().filter(|row| row[0] < 2.0).all(|row| row[2] > 8.0 && row[1].fract() == 0.0), "{timed:?}");
    assert!(timed.iter().filter(|row| row[0] == 2.0).all(|row| row[2] == 8.0 && row[1].fract() != 0.0), "{timed:?}");
}

/// With several grids each learned turn has its control on its own grid.
#[test]
fn each_grid_has_its_control() {
    let outcome = outcome(&json!({
        "study": "progress", "steps": 64, "networks": 2, "width": 32, "points": 500, "evaluations": 8,
        "samplers": ["curved_pc_history", "curved_pc"], "grids": ["log_linear", "edm"],
    }));
    let grids = ["Log-linear", "EDM polynomial"];
    let findings =
        outcome.findings().iter().filter(|said| said.starts_with("The learned turn is ahead of")).collect::<Vec<_>>();
    assert_eq!(findings.len(), 2, "{findings:?}");
    for (grid, said) in grids.iter().zip(findings) {
        assert!(said.contains(&format!(", {grid}”")), "{said}");
    }
}

/// The denoiser's distance from the projection follows the data's own dimension: below its root times σ, and with curvature's σ²√k/2 at little noise.
#[test]
fn a_torus_is_nearly_flat_at_little_noise() {
    let outcome = outcome(&json!({ "study": "reach", "points": 1000 }));
    for [k, sigma, error, bound, relative] in
        columns(&outcome, "errors", ["circles", "sigma", "error", "bound", "relative"])
    {
        let circles = [1.0_f64, 4.0, 16.0][k as usize];
        assert!(error < bound && relative < (circles / 64.0).sqrt(), "{circles} at {sigma}");
        if sigma < 0.1 {
            let curvature = 0.5 * sigma * sigma * circles.sqrt();
            assert!((error / curvature - 1.0).abs() < 0.05, "{circles} at {sigma}: {error} for {curvature}");
        }
    }
}

/// Networks that differ in the weighting alone: all learn their own few points by heart, and pay for it on fresh ones.
#[test]
fn weightings_are_compared_on_one_batch() {
    let outcome = outcome(&json!({
        "study": "weightings", "steps": 160, "known": 32, "draws": 8, "networks": 2, "width": 32,
    }));
    let rows = columns(&outcome, "steps", ["weighting", "step", "error", "own", "fresh", "least"]);
    let least = rows.iter().find(|row| row[0] == 5.0).expect("the exact denoiser")[5];
    assert_eq!(rows.len(), 6 * 4);
    for row in rows.iter().filter(|row| row[0] < 5.0 && row[1] == 160.0) {
        println!("{row:?}");
        assert!(row[3] < row[4] && row[4] > least, "{row:?} above {least}");
    }
    let own: Vec<f64> = rows.iter().filter(|row| row[0] == 0.0).map(|row| row[3]).collect();
    assert!(own[3] < 0.5 * own[0], "{own:?}");
    let levels = columns(&outcome, "levels", ["weighting", "sigma", "excess"]);
    assert_eq!(levels.len(), 5 * 16);
}

/// Two seeds together are what each finds alone: the mean, and its standard error.
#[test]
fn repeated_studies_are_means_over_seeds() {
    for (spec, table, keys) in [
        (json!({ "study": "density", "known": 2, "training": 10 }), "variation", ["learned", "learned_error"]),
        (json!({ "study": "budget", "training": 10 }), "parts", ["error", "uncertainty"]),
        (
            json!({ "study": "memorisation", "known": 10, "width": 16, "training": 50 }),
            "small",
            ["population", "population_error"],
        ),
        (json!({ "study": "turn", "steps": 20, "width": 16, "count": 64 }), "training", ["error", "error_error"]),
        (json!({ "study": "relatives", "steps": 50, "width": 16 }), "distances", ["distance", "uncertainty"]),
        (json!({ "study": "parallel", "budgets": [8], "windows": [4], "points": 16 }), "sweeps", ["off", "off_error"]),
    ] {
        let found = |seed: u64, seeds: u64| {
            let mut spec = spec.clone();
            (spec["seed"], spec["seeds"]) = (seed.into(), seeds.into());
            columns(&outcome(&spec), table, keys)
        };
        let (both, one, other) = (found(1, 2), found(1, 1), found(2, 1));
        let mut differing = 0;
        for ((both, one), other) in both.iter().zip(&one).zip(&other).filter(|((_, one), _)| one[0].is_finite()) {
            let same = one[0] == other[0];
            let error = if same { one[1] } else { 0.5 * (one[0] - other[0]).abs() };
            differing += usize::from(!same);
            for (found, expected) in [(both[0], 0.5 * (one[0] + other[0])), (both[1], error)] {
                let close =
                    (found - expected).abs() <= 1e-6 * expected.abs().max(1e-9) || found.is_nan() && expected.is_nan();
                assert!(close, "{spec}: {both:?} of {one:?} and {other:?}");
            }
        }
        assert!(differing > 0, "{spec}: its seeds are all alike");
    }
}
