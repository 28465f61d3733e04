//! Agreement with the numbers in `references/`, which come from an independent implementation in double precision.

use burn::tensor::{Device, Tensor};
use fewsteps::denoiser::{Denoiser, Prediction};
use fewsteps::distribution::Empirical;
use fewsteps::distribution::EmpiricalOnDevice;
use fewsteps::level::Level;
use fewsteps::parameters::{Choice, Value as Parameter, Values as Parameters};
use fewsteps::sampler::{self, Trajectory};
use fewsteps::schedule::{
    self, TABLE_LEN, cosine_table, leading, li_table, linear_table, linspace, trailing, vp_level, vp_time,
};
use fewsteps::state::{Points, State};
use serde_json::Value;

mod reference;

use reference::{mixture, numbers, points, reference};

fn levels(value: &Value) -> Vec<Level> {
    numbers(value).into_iter().map(Level::from_alpha_bar).collect()
}

/// Fails when a number differs by more than `tolerance` times the largest expected one, 1 at least.
fn close(ours: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    reference::close(ours, expected, tolerance, 1.0, what);
}

fn read(tensor: Tensor<2>) -> Vec<f64> {
    tensor.into_data().iter::<f32>().map(f64::from).collect()
}

/// Walks down a part of a table.
type Way = fn(&[Level], usize, Level) -> Vec<Level>;

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
    let grid = |name: &str, numbers: &[(&str, f64)], end: &str, steps: usize| {
        let mut choice = Choice::new(name, numbers);
        choice.parameters.insert("end".into(), Parameter::Text(end.into()));
        sigmas(schedule::levels(name, &choice.parameters, steps).expect("a grid"))
    };
    for steps in [1, 4, 10, 18] {
        let expected = numbers(&reference["edm"][steps.to_string()]);
        close(&grid("edm", &[], "zero", steps), &expected, 1e-12, "edm");
    }
    let custom = &reference["edm_custom"];
    let bounds = [("rho", 5.0), ("sigma_min", 0.01), ("sigma_max", 50.0)];
    close(&grid("edm", &bounds, "zero", 4), &numbers(&custom["sigmas"]), 1e-12, "edm with other parameters");
    for steps in [1, 4, 10] {
        let key = steps.to_string();
        let bounds = [("sigma_min", 0.02), ("sigma_max", 40.0)];
        for (end, key_of) in [("first", "loglinear"), ("zero", "loglinear_zero")] {
            let expected = numbers(&reference[key_of][&key]);
            close(&grid("log_linear", &bounds, end, steps), &expected, 1e-12, key_of);
        }
        let table = linear_table();
        let ways: [(&str, Way); 3] = [("trailing", trailing), ("leading", leading), ("linspace", linspace)];
        for (name, way) in ways {
            let indices = numbers(&reference["timesteps"][format!("{name}-{steps}")]);
            let expected: Vec<f64> = indices.iter().map(|&t| table[t as usize - 1].sigma()).chain([0.0]).collect();
            close(&sigmas(way(&table, steps, Level::CLEAN)), &expected, 1e-12, name);
        }
    }
    for (t, expected) in numbers(&reference["vp_linear"]["t"]).into_iter().zip(numbers(&reference["vp_linear"]["abar"]))
    {
        close(&[vp_level(t).alpha_bar()], &[expected], 1e-12, "VP-SDE");
        close(&[vp_time(vp_level(t)) / t], &[1.0], 1e-12, "time of the VP-SDE");
    }
    for name in ["uniform", "quadratic", "geometric"] {
        let times = numbers(&reference["ou"][name]);
        let sigma = |t: f64| (2.0 * t).exp_m1().sqrt();
        let bounds = [("sigma_max", sigma(times[0])), ("sigma_min", sigma(times[1]))];
        let levels = grid(&format!("ou_{name}"), &bounds, "first", 1);
        close(&levels, &[sigma(times[0]), sigma(times[1])], 1e-9, name);
    }
    for len in [16, 50] {
        let expected = &reference["li"][len.to_string()];
        let table = li_table(len, 2.0, 4.0).expect("a table");
        let ratios = table.iter().scan(1.0, |before, level| {
            let beta = 1.0 - level.alpha_bar() / *before;
            *before = level.alpha_bar();
            Some(beta)
        });
        let ratios: Vec<f64> = ratios.zip(numbers(&expected["beta"])).map(|(ours, beta)| ours / beta).collect();
        close(&ratios, &vec![1.0; len], 1e-9, "Li et al.");
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
        let Prediction { noise, turn } = mixture.noise_and_turn(&x.to_device(&device), level);
        close(&read(noise), &eps, 1e-4, "noise in single precision");
        close(&read(turn), &c, 2e-4, "turn in single precision");
    }
}

#[test]
fn exact_data_set() {
    let reference = reference("empirical");
    let data = points(&reference["data"]);
    let exact = Empirical::new(data.clone());
    let device = Device::flex();
    let on_device = EmpiricalOnDevice::new(data.to_device(&device));
    for row in reference["rows"].as_array().expect("rows") {
        let level = Level::from_alpha_bar(row["abar"].as_f64().expect("a level"));
        let x = points(&row["x"]);
        let expected = numbers(&row["eps"]);
        let prediction = exact.noise_and_turn(&x, level);
        close(prediction.noise.values(), &expected, 1e-9, "noise");
        let single = on_device.noise_and_turn(&x.to_device(&device), level);
        close(&read(single.noise), &expected, 2e-4, "noise in single precision");
        close(&read(single.turn), prediction.turn.values(), 1e-3, "turn in single precision");
    }
    let start = points(&reference["xT"]);
    let states = run("ddim", &[], &exact, &levels(&reference["grid"]), start, Vec::new());
    close(&states, &numbers(&reference["ddim_loglin8"]), 1e-9, "ddim on data");
}

/// The turn is the derivative of the noise along the path, for both exact denoisers.
#[test]
fn turn_is_a_derivative() {
    let mixture = mixture(&reference("exact")["gmm"]);
    let data = Empirical::new(points(&reference("empirical")["data"]));
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

/// The run that a reference's key names.
fn run<S: State + Values + 'static>(
    key: &str,
    more: &[(&str, Parameter)],
    denoiser: &dyn Denoiser<S>,
    levels: &[Level],
    start: S,
    noise: Vec<S>,
) -> Vec<f64> {
    let (name, mut parameters): (_, Parameters) =
        sampler::resolve(key).unwrap_or_else(|| panic!("no sampler is {key}"));
    parameters.extend(more.iter().map(|(key, value)| ((*key).into(), value.clone())));
    let mut noise = noise.into_iter();
    let draw = move || noise.next().expect("noise for every step");
    let sampler = sampler::build(name, &parameters).expect("a sampler");
    let mut states = start.values();
    let mut run = Trajectory::new(sampler, Box::new(denoiser), levels.to_vec(), start, draw);
    while let Some(step) = pollster::block_on(run.next()) {
        states.extend(step.state.values());
    }
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
    for (grid, entry) in reference["grids"].as_object().expect("grids") {
        let levels = levels(&entry["abars"]);
        for (key, expected) in entry["traj"].as_object().expect("trajectories") {
            let expected = numbers(expected);
            // These numbers come from 32 Gauss-Legendre nodes in sigma, which miss the logarithm's integral over this grid's last
            // step, a factor of 95 in sigma, by so much. With those nodes ours agree to rounding; we integrate in ln sigma.
            let rough = key.starts_with("deis_logrho") && grid == "trailing-4-stop1";
            let states = run(key, &[], &mixture, &levels, start.clone(), Vec::new());
            close(&states, &expected, if rough { 3e-8 } else { 1e-9 }, &format!("{key} on {grid}"));
            let third_order = ["unipc3_bh2", "dpm_solver_3"].contains(&key.as_str()) || key.ends_with("3");
            let tolerance = if third_order { 1e-3 } else { 1e-4 };
            let states = run(key, &[], &mixture, &levels, start.to_device(&device), Vec::new());
            close(&states, &expected, tolerance, &format!("{key} on {grid} in single precision"));
        }
    }
}

#[test]
fn stochastic_samplers() {
    let reference = reference("stochastic");
    let mixture = mixture(&reference["gmm"]);
    let start = points(&reference["xT"]);
    let list = |key: &str| -> Vec<Points> { reference[key].as_array().expect("noise").iter().map(points).collect() };
    let (first, second) = (list("noise"), list("noise2"));
    let in_turn: Vec<Points> = first.iter().zip(&second).flat_map(|(a, b)| [a.clone(), b.clone()]).collect();
    let gamma = [("gamma", Parameter::Numbers(numbers(&reference["gamma"])))];
    for (key, expected) in reference["traj"].as_object().expect("trajectories") {
        let zero = ["ddpm", "ddim", "analytic", "edm_stochastic"].iter().any(|prefix| key.starts_with(prefix));
        let grid = levels(&reference[if zero { "abars_zero" } else { "abars_stop1" }]);
        let noise = if key.starts_with("li_stochastic_accel") { in_turn.clone() } else { first.clone() };
        let more = if key.starts_with("analytic") { &gamma[..] } else { &[] };
        let states = run(key, more, &mixture, &grid, start.clone(), noise);
        close(&states, &numbers(expected), 1e-9, key);
    }
    let times = numbers(&reference["ou_times"]);
    let grid: Vec<Level> = times.iter().map(|t| Level::from_log_alpha_bar(-2.0 * t)).collect();
    for (key, expected) in reference["ou_traj"].as_object().expect("trajectories") {
        let states = run(key, &[], &mixture, &grid, start.clone(), first.clone());
        close(&states, &numbers(expected), 1e-9, key);
    }
}

/// Numbers of `adams.py`, whose keys are a sampler's name, and of `sa_solver` also `tau`, order and corrector.
#[test]
fn adams_methods_and_reverse_sdes() {
    let (setting, expected) = (reference("stochastic"), reference("adams"));
    let mixture = mixture(&setting["gmm"]);
    let (start, grid) = (points(&setting["xT"]), levels(&setting["abars_stop1"]));
    let noise: Vec<Points> = setting["noise"].as_array().expect("noise").iter().map(points).collect();
    let runs = expected.as_object().expect("runs");
    assert_eq!(runs.len(), 30);
    for (key, expected) in runs {
        let words: Vec<&str> = key.split(' ').collect();
        let number = |word: &str| Parameter::Number(word.parse().expect("a number"));
        let more = match words[1..] {
            [tau, order, corrector] => {
                vec![("tau", number(tau)), ("order", number(order)), ("corrector", Parameter::Text(corrector.into()))]
            }
            _ => Vec::new(),
        };
        let states = run(words[0], &more, &mixture, &grid, start.clone(), noise.clone());
        close(&states, &numbers(expected), 1e-9, key);
    }
}

#[test]
fn langevin() {
    let reference = reference("stochastic");
    let mixture = mixture(&reference["gmm"]);
    let noise: Vec<Points> = reference["noise"].as_array().expect("noise").iter().map(points).collect();
    let plain = &reference["langevin"];
    let level = Level::from_alpha_bar(plain["abar"].as_f64().expect("a level"));
    let h = [("h", Parameter::Number(plain["h"].as_f64().expect("a step size")))];
    let states = run("langevin", &h, &mixture, &vec![level; noise.len() + 1], points(&reference["xT"]), noise);
    close(&states, &numbers(&plain["traj"]), 1e-9, "langevin");

    let annealed = &reference["annealed_langevin"];
    let sigmas = numbers(&annealed["sigmas"]);
    // The run starts at the first level and walks there too.
    let grid = [&sigmas[..1], &sigmas, &[0.0]].concat();
    let grid: Vec<Level> = grid.into_iter().map(Level::from_sigma).collect();
    let noise = annealed["noise"].as_array().expect("noise").iter().map(points).collect();
    let parameters = ["eps0", "steps"].map(|key| Parameter::Number(annealed[key].as_f64().expect("a number")));
    let [eps0, inner] = parameters;
    let scaled = |states: &[f64]| -> Vec<f64> {
        let rows = states.len() / grid.len();
        states
            .chunks(rows)
            .zip(&grid)
            .flat_map(|(state, level)| state.iter().map(|x| x / level.signal_scale()))
            .collect()
    };
    let start = points(&annealed["y0"]);
    let start = Points::combine(&[(grid[0].signal_scale(), &start)]);
    let states = run("annealed_langevin", &[("eps0", eps0), ("inner", inner)], &mixture, &grid, start, noise);
    close(&scaled(&states), &numbers(&annealed["states"]), 1e-9, "annealed_langevin");
}
