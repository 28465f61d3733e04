//! Whole steps: a flow map against the paths that it learns, and what a session keeps of it.

use burn::tensor::{Device, Tensor, TensorData};
use fewsteps::data::Dataset;
use fewsteps::denoiser::NetworkDenoiser;
use fewsteps::network::weights::load;
use fewsteps::objective::Objective;
use fewsteps::sampler::{DpmSolverPlusPlus, FlowMap, Formula, Trajectory};
use fewsteps::schedule::log_linear;
use fewsteps::session::{Inputs, Session};
use fewsteps::settings::{Lane, Settings, Source};
use fewsteps::training::{DistilOptions, Distiller, TrainingOptions};

fn shipped(name: &str) -> Vec<u8> {
    let path = format!("{}/www/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn noise(count: usize) -> Tensor<2> {
    let uniform = |i: usize, step: f64| ((i + 1) as f64 * step).fract();
    let point = |i: usize| {
        let (length, angle) =
            ((-2.0 * (1.0 - uniform(i, 0.7548777)).ln()).sqrt(), std::f64::consts::TAU * uniform(i, 0.5698403));
        [(angle.cos() * length) as f32, (angle.sin() * length) as f32]
    };
    Tensor::from_data(TensorData::new((0..count).flat_map(point).collect::<Vec<_>>(), [count, 2]), &Device::flex())
}

/// VP states at the end of `steps` steps from the same noise.
fn end(formula: impl Formula<Tensor<2>> + 'static, denoiser: &NetworkDenoiser, steps: usize) -> Tensor<2> {
    let draw = || unreachable!("no noise is drawn");
    pollster::block_on(
        Trajectory::new(formula.start(), denoiser, log_linear(steps, 0.02, 10.0), noise(500), draw).last(),
    )
}

/// The root mean square distance between points of two sets.
fn apart(a: &Tensor<2>, b: &Tensor<2>) -> f32 {
    (a.clone() - b.clone()).square().sum_dim(1).mean().sqrt().into_scalar()
}

/// Training brings one step, two and four to where the velocity's own path ends, and to each other: the semigroup property of the
/// map, which nothing asks for directly.
#[test]
fn whole_steps_end_where_the_path_does_and_agree_with_each_other() {
    let weights = load(&shipped("two_moons"), &Device::flex()).expect("weights");
    let data = Dataset::built_in("two_moons").expect("points");
    let options = DistilOptions { trajectories: 1024, budget: 500, ..DistilOptions::points() };
    let mut distiller = Distiller::new(&weights.description.network, &weights.network, &data, options, 1);
    let exact = end(DpmSolverPlusPlus, &distiller.denoiser(), 200);
    let errors = |distiller: &Distiller| {
        let ends = [1, 2, 4].map(|steps| end(FlowMap, &distiller.denoiser(), steps));
        let off = ends.each_ref().map(|end| apart(end, &exact));
        (off, apart(&ends[0], &ends[1]).max(apart(&ends[1], &ends[2])))
    };
    let (straight, disagreement) = errors(&distiller);
    distiller.by_ref().take(options.budget).for_each(drop);
    let (whole, agreement) = errors(&distiller);
    println!("off the path {straight:?}, then {whole:?}; from each other {disagreement}, then {agreement}");
    assert!(whole.iter().all(|off| *off < 0.2), "{whole:?}");
    assert!(whole.iter().zip(straight).all(|(after, before)| *after < 0.25 * before), "{whole:?} of {straight:?}");
    assert!(agreement < 0.2 * disagreement, "{agreement} of {disagreement}");
}

fn settings() -> Settings {
    let training = TrainingOptions {
        objective: Objective::Whole,
        batch: 64,
        budget: 100,
        map_steps: 100,
        ..TrainingOptions::points()
    };
    let lanes = vec![Lane::new("flow_map", Source::Network)];
    Settings { training, lanes, width: 16, points: 100, steps: 1, ..Settings::default() }
}

fn configured(settings: &Settings) -> Session {
    let mut session = Session::new(Device::flex());
    session.configure(settings.clone(), Inputs::default()).expect("settings");
    session
}

fn film(session: &Session) -> Vec<f32> {
    let mut run = session.lane(0).expect("a lane");
    let mut states = Vec::new();
    while !run.done() {
        states.extend(pollster::block_on(run.advance(9)).expect("frames").states);
    }
    states
}

/// First the velocity, then the trajectories, then the map, each counted; the file has it all, and another session goes on from it.
#[test]
fn a_session_learns_the_whole_step_after_the_velocity() {
    let settings = settings();
    let mut session = configured(&settings);
    let (mut noise, mut map, mut filling) = (0, 0, 0);
    let straight = film(&session);
    loop {
        let (step, end) = session.progress().expect("configured");
        assert_eq!(end, 200);
        if step == end {
            break;
        }
        let report = pollster::block_on(session.train(7.min(end - step))).expect("training");
        noise += report.noise.len();
        map += report.map.len();
        filling += usize::from(report.trajectories > 0.0 && report.trajectories < 1.0);
        assert_eq!((report.step, report.map_step), (noise, map));
        assert!(report.turn.len() == report.noise.len() && (report.map.is_empty() || report.step == 100));
    }
    assert!((noise, map) == (100, 100) && filling > 5, "{noise}, {map}, {filling}");
    let whole = film(&session);
    assert!(whole.iter().all(|value| value.is_finite()) && whole != straight);

    let bytes = pollster::block_on(session.save_weights()).expect("bytes");
    let mut other =
        configured(&Settings { training: TrainingOptions { map_steps: 150, ..settings.training }, ..settings });
    let found = other.load_weights(&bytes).expect("weights");
    assert_eq!((found.step, found.map_steps), (100, 100));
    assert_eq!(film(&other), whole);
    assert_eq!(other.progress().expect("configured"), (200, 250));
    while other.map_steps() == 100 {
        pollster::block_on(other.train(20)).expect("training");
    }
    assert!(film(&other) != whole);
    // A run that only begins with these weights has a velocity of its own, and no map yet.
    other.begin_with(&bytes).expect("weights");
    assert_eq!((other.progress().expect("configured"), other.map_steps()), ((0, 250), 0));
}

/// Guidance takes no second evaluation from a map, as it does from a velocity.
#[test]
fn a_map_is_guided_in_one_evaluation() {
    let mut images = b"FSD2".to_vec();
    images.extend([60_u32, 40, 28].iter().flat_map(|number| number.to_le_bytes()));
    images.extend((0..100 * 784).map(|i| (i % 251) as u8));
    images.extend((0..100).map(|i| (i % 10) as u8));
    let training = TrainingOptions {
        objective: Objective::Whole,
        batch: 16,
        budget: 100,
        map_steps: 100,
        ..TrainingOptions::images()
    };
    let lanes = vec![Lane::new("flow_map", Source::Network), Lane::new("ddim", Source::Network)];
    let settings = Settings { training, lanes, width: 16, steps: 2, guidance: 2.0, ..Settings::for_data("digits") };
    let mut session = Session::new(Device::flex());
    session.configure(settings, Inputs { images: Some(&images), ..Inputs::default() }).expect("settings");
    let spent = |index: usize| {
        let mut run = session.lane(index).expect("a lane");
        let mut last = (0, 0.0);
        while !run.done() {
            let frames = pollster::block_on(run.advance(9)).expect("frames");
            last = (frames.evaluations, frames.cost);
        }
        last
    };
    assert_eq!(spent(0).0, 2);
    assert_eq!(spent(1).0, 2, "one guided step of two evaluations");
}
