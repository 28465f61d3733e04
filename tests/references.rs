//! Agreement with the numbers in `references/`, which come from an independent implementation in double precision.

use burn::tensor::{Device, Tensor};
use fewsteps::denoiser::dataset::{DeviceDataSet, to_device};
use fewsteps::denoiser::{DataSet, Denoiser, Mixture, Prediction};
use fewsteps::sampler::{self, Options, Trajectory};
use fewsteps::schedule::{Level, TABLE_LEN, cosine_table, edm, linear_table, log_linear, trailing};
use fewsteps::state::{Points, State};
use serde_json::Value;

fn reference(name: &str) -> Value {
    let path = format!("{}/tests/references/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a reference file")).expect("JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().expect("a number")],
    }
}

fn points(value: &Value) -> Points {
    Points::new(value[0].as_array().expect("rows").len(), numbers(value))
}

fn levels(value: &Value) -> Vec<Level> {
    numbers(value).into_iter().map(Level::from_alpha_bar).collect()
}

fn mixture(value: &Value) -> Mixture {
    let rows = |value: &Value| -> Vec<Vec<f64>> { value.as_array().expect("rows").iter().map(numbers).collect() };
    let covariances: Vec<_> = value["cov"].as_array().expect("covariances").iter().map(rows).collect();
    Mixture::new(&numbers(&value["w"]), &rows(&value["mu"]), &covariances).expect("a mixture")
}

/// Largest difference as a part of the largest expected number (at least 1).
fn difference(ours: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(ours.len(), expected.len());
    let size = expected.iter().fold(1.0_f64, |max, value| max.max(value.abs()));
    let worst = ours.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(ours.iter().all(|value| value.is_finite()));
    worst / size
}

fn close(ours: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    let difference = difference(ours, expected);
    assert!(difference <= tolerance, "{what}: differs by {difference:e}");
}

fn read(tensor: Tensor<2>) -> Vec<f64> {
    tensor.into_data().iter::<f32>().map(f64::from).collect()
}

#[test]
fn schedules() {
    let reference = reference("schedules");
    for (name, table) in [("linear", linear_table()), ("cosine", cosine_table())] {
        assert_eq!(table.len(), TABLE_LEN);
        let expected = &reference[name];
        let at: Vec<Level> = numbers(&expected["t"]).iter().map(|&t| table[t as usize - 1]).collect();
        let relative = |ours: Vec<f64>, key: &str| {
            let ratio: Vec<f64> = ours.iter().zip(numbers(&expected[key])).map(|(a, b)| a / b).collect();
            close(&ratio, &vec![1.0; ratio.len()], 1e-9, &format!("{name} {key}"));
        };
        relative(at.iter().map(|level| level.sigma()).collect(), "sigma");
        relative(at.iter().map(|level| level.alpha_bar()).collect(), "abar");
    }
    let sigmas = |levels: Vec<Level>| -> Vec<f64> { levels.iter().map(|level| level.sigma()).collect() };
    for steps in [1, 4, 10, 18] {
        let expected = numbers(&reference["edm"][steps.to_string()]);
        close(&sigmas(edm(steps, 0.002, 80.0, 7.0)), &expected, 1e-12, "edm");
    }
    for steps in [1, 4, 10] {
        let expected = numbers(&reference["loglinear"][steps.to_string()]);
        close(&sigmas(log_linear(steps, 0.02, 40.0)), &expected, 1e-12, "log-linear");
        let table = linear_table();
        let indices = numbers(&reference["timesteps"][format!("trailing-{steps}")]);
        let expected: Vec<f64> = indices.iter().map(|&t| table[t as usize - 1].sigma()).chain([0.0]).collect();
        close(&sigmas(trailing(&table, steps, Level::CLEAN)), &expected, 1e-12, "trailing");
    }
}

#[test]
fn exact_mixture() {
    let reference = reference("exact");
    let mixture = mixture(&reference["gmm"]);
    for point in reference["points"].as_array().expect("points") {
        let level = Level::from_alpha_bar(point["abar"].as_f64().expect("a level"));
        let x = points(&point["x"]);
        let Prediction { noise, turn } = mixture.noise_and_turn(&x, level);
        let (eps, c) = (numbers(&point["eps"]), numbers(&point["c"]));
        close(noise.values(), &eps, 1e-9, "noise");
        close(turn.values(), &c, 1e-9, "turn");
        close(&mixture.log_density(&x, level), &numbers(&point["logpdf"]), 1e-9, "log density");

        let device = Device::flex();
        let Prediction { noise, turn } = mixture.noise_and_turn(&to_device(&x, &device), level);
        close(&read(noise), &eps, 1e-4, "noise in single precision");
        close(&read(turn), &c, 2e-4, "turn in single precision");
    }
}

#[test]
fn exact_data_set() {
    let reference = reference("empirical");
    let data = points(&reference["data"]);
    let exact = DataSet::new(data.clone());
    let device = Device::flex();
    let on_device = DeviceDataSet::new(to_device(&data, &device));
    for row in reference["rows"].as_array().expect("rows") {
        let level = Level::from_alpha_bar(row["abar"].as_f64().expect("a level"));
        let x = points(&row["x"]);
        let expected = numbers(&row["eps"]);
        let prediction = exact.noise_and_turn(&x, level);
        close(prediction.noise.values(), &expected, 1e-9, "noise");
        let single = on_device.noise_and_turn(&to_device(&x, &device), level);
        close(&read(single.noise), &expected, 2e-4, "noise in single precision");
        close(&read(single.turn), prediction.turn.values(), 1e-3, "turn in single precision");
    }
    let start = points(&reference["xT"]);
    let states = run("ddim", Options::default(), &exact, &levels(&reference["grid"]), start, Vec::new());
    close(&states, &numbers(&reference["ddim_loglin8"]), 1e-9, "ddim on data");
}

/// The turn is the derivative of the noise along the path, for both exact denoisers.
#[test]
fn turn_is_a_derivative() {
    let mixture = mixture(&reference("exact")["gmm"]);
    let data = DataSet::new(points(&reference("empirical")["data"]));
    let x = Points::new(2, vec![0.3, -0.2, 1.1, 0.9, -1.4, 0.5]);
    let step = 1e-4_f64;
    for denoiser in [&mixture as &dyn Denoiser<Points>, &data] {
        for sigma in [0.3, 1.0, 4.0] {
            let level = Level::from_sigma(sigma);
            let Prediction { noise, turn } = denoiser.noise_and_turn(&x, level);
            let at = |factor: f64| {
                let to = Level::from_sigma(sigma * factor);
                let scale = to.signal_scale() / level.signal_scale();
                let moved = Points::combine(&[(scale, &x), (to.signal_scale() * (to.sigma() - sigma), &noise)]);
                denoiser.noise(&moved, to)
            };
            let slope = Points::combine(&[(0.5 / step, &at(step.exp())), (-0.5 / step, &at((-step).exp()))]);
            close(turn.values(), slope.values(), 1e-5, "turn against a central difference");
        }
    }
}

fn run<S: State + Values + 'static>(
    name: &str,
    options: Options,
    denoiser: &dyn Denoiser<S>,
    levels: &[Level],
    start: S,
    noise: Vec<S>,
) -> Vec<f64> {
    let mut noise = noise.into_iter();
    let draw = move || noise.next().expect("noise for every step");
    let sampler = sampler::build(name, options).expect("a sampler");
    let steps = Trajectory::new(sampler, Box::new(denoiser), levels.to_vec(), start.clone(), draw);
    let mut states = start.values();
    states.extend(steps.flat_map(|step| step.state.values()));
    states
}

trait Values {
    fn values(&self) -> Vec<f64>;
}

impl Values for Points {
    fn values(&self) -> Vec<f64> {
        Points::values(self).to_vec()
    }
}

impl Values for Tensor<2> {
    fn values(&self) -> Vec<f64> {
        read(self.clone())
    }
}

#[test]
fn deterministic_samplers() {
    let reference = reference("deterministic");
    let mixture = mixture(&reference["gmm"]);
    let start = points(&reference["xT"]);
    let device = Device::flex();
    let gamma = |gamma: f64| Options { gamma, ..Options::default() };
    let names = [
        ("ddim", "ddim", gamma(2.0)),
        ("ddim", "gradient_estimation", gamma(1.0)),
        ("li_plain", "li_plain", gamma(2.0)),
        ("li_accel", "li_accel", gamma(2.0)),
        ("ddim_taylor2", "ddim_taylor2", gamma(2.0)),
        ("taylor2_log", "taylor2_log", gamma(2.0)),
        ("curved_pc", "curved_pc", gamma(2.0)),
        ("plms4_lower", "plms4", gamma(2.0)),
        ("ge_gamma2", "gradient_estimation", gamma(2.0)),
        ("ge_gamma1.5", "gradient_estimation", gamma(1.5)),
    ];
    for (grid, entry) in reference["grids"].as_object().expect("grids") {
        let levels = levels(&entry["abars"]);
        for (key, name, options) in names {
            let Some(expected) = entry["traj"].get(key) else { panic!("{grid} has no {key}") };
            if expected.is_null() {
                continue;
            }
            let expected = numbers(expected);
            let states = run(name, options, &mixture, &levels, start.clone(), Vec::new());
            close(&states, &expected, 1e-9, &format!("{key} on {grid}"));
            let states = run(name, options, &mixture, &levels, to_device(&start, &device), Vec::new());
            close(&states, &expected, 1e-3, &format!("{key} on {grid} in single precision"));
        }
    }
}

#[test]
fn stochastic_samplers() {
    let reference = reference("stochastic");
    let mixture = mixture(&reference["gmm"]);
    let start = points(&reference["xT"]);
    let noise: Vec<Points> = reference["noise"].as_array().expect("noise").iter().map(points).collect();
    let options = Options::default();
    let cases = [
        ("ddpm_small", "ddpm", "abars_zero", options),
        ("ddpm_large", "ddpm", "abars_zero", Options { large_variance: true, ..options }),
        ("ge_gamma1_mu0.5", "gradient_estimation", "abars_stop1", Options { gamma: 1.0, mu: 0.5, ..options }),
        ("ge_gamma2_mu0.5", "gradient_estimation", "abars_stop1", Options { gamma: 2.0, mu: 0.5, ..options }),
    ];
    for (key, name, grid, options) in cases {
        let states = run(name, options, &mixture, &levels(&reference[grid]), start.clone(), noise.clone());
        close(&states, &numbers(&reference["traj"][key]), 1e-9, key);
    }
}
