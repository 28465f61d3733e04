//! What the shipped weights promise: with them, a few curved steps do what straight ones don't.

use burn::tensor::Device;
use fewsteps::data;
use fewsteps::metrics::distances::ReferenceSet;
use fewsteps::session::{Inputs, Session};
use fewsteps::settings::{Lane, Settings, Source};

/// Points that an outcome is measured on, and held-out ones that it is measured against.
const MEASURED: usize = 1000;
const REFERENCE: usize = 2000;

fn weights(name: &str) -> Vec<u8> {
    let path = format!("{}/www/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Energy distance to held-out data where lane 0 and lane 1 end, mean over `seeds`.
fn distances(settings: &Settings, bytes: &[u8], seeds: u32) -> [f64; 2] {
    let mut session = Session::new(Device::flex());
    let mut totals = [0.0; 2];
    for seed in 1..=seeds {
        session.configure(Settings { seed, ..settings.clone() }, Inputs::default()).expect("settings");
        session.load_weights(bytes).expect("weights");
        let held_out = &session.trainer().expect("configured").data().held_out[..2 * REFERENCE];
        let reference = ReferenceSet::new(held_out, 2);
        for (index, total) in totals.iter_mut().enumerate() {
            let mut run = session.lane(index).expect("a lane");
            let size = 2 * run.shape().0;
            let mut states = Vec::new();
            while !run.done() {
                states.extend(pollster::block_on(run.advance(settings.steps)).expect("frames").states);
            }
            let outcome = &states[states.len() - size..][..size.min(2 * MEASURED)];
            *total += reference.energy_distance(outcome) / f64::from(seeds);
        }
    }
    totals
}

#[test]
fn a_few_curved_steps_end_three_times_closer_than_straight_ones() {
    for steps in [5, 8] {
        let mut won = 0;
        for set in data::built_ins() {
            let lanes = ["ddim", "curved_gaussian_pc"].map(|sampler| Lane::new(sampler, Source::Network)).into();
            let settings = Settings { data: set.value.into(), lanes, steps, ..Settings::default() };
            let [straight, curved] = distances(&settings, &weights(set.value), 4);
            println!("{:16} {steps} steps: DDIM {:6.2}e-3, curved {:6.2}e-3", set.value, straight * 1e3, curved * 1e3);
            won += usize::from(3.0 * curved < straight);
        }
        assert!(won >= 6, "at {steps} steps on {won} of {} sets only", data::built_ins().count());
    }
}

/// The map: one evaluation against ten of DDIM, and against six of a solver that extrapolates.
#[test]
fn one_whole_step_ends_closer_than_ten_straight_ones() {
    for set in data::built_ins() {
        let lanes = |sampler| vec![Settings::default().lanes[1].clone(), Lane::new(sampler, Source::Network)];
        let settings = Settings { data: set.value.into(), ..Settings::default() };
        let end = |sampler, steps| {
            let settings = Settings { lanes: lanes(sampler), steps, ..settings.clone() };
            distances(&settings, &weights(set.value), 4)
        };
        let ([whole, _], [_, ten], [_, six]) = (end("ddim", 1), end("ddim", 10), end("unipc", 6));
        println!(
            "{:16} whole {:6.2}e-3, DDIM {:6.2}e-3, UniPC {:6.2}e-3",
            set.value,
            whole * 1e3,
            ten * 1e3,
            six * 1e3
        );
        assert!(whole < 0.35 * ten, "{}: {whole} at one evaluation, {ten} at ten of DDIM", set.value);
    }
}

/// The same seed, settings and device give the same film, to the last bit; another seed another one.
#[test]
fn a_run_repeats() {
    let bytes = weights("two_moons");
    let settings = Settings { data: "two_moons".into(), points: 200, ..Settings::default() };
    let first = distances(&settings, &bytes, 1);
    assert_eq!(first, distances(&settings, &bytes, 1));
    let lanes = vec![Lane::new("ddpm", Source::Network); 2];
    let [a, b] = distances(&Settings { lanes, ..settings }, &bytes, 1);
    assert_eq!(a, b);
}

/// On the scale of the page noise is at one; more straight steps end nearer, and five, whose picture is plain to see, far below noise.
#[test]
fn straight_steps_come_from_noise_to_the_data_on_one_scale() {
    for set in data::built_ins() {
        let mut session = Session::new(Device::flex());
        let mut ends = Vec::new();
        for steps in [3, 5, 8, 40] {
            let lanes = vec![Lane::new("ddim", Source::Network)];
            let settings = Settings { data: set.value.into(), lanes, steps, ..Settings::default() };
            session.configure(settings, Inputs::default()).expect("settings");
            session.load_weights(&weights(set.value)).expect("weights");
            let mut run = session.lane(0).expect("a lane");
            let mut errors = Vec::new();
            while !run.done() {
                errors.extend(pollster::block_on(run.advance(steps)).expect("frames").errors);
            }
            let (start, end) = (errors[0], errors[errors.len() - 1]);
            assert!((start.mean - 1.0).abs() < 0.1 + 2.0 * start.standard_error, "{}: noise at {start:?}", set.value);
            ends.push(end);
        }
        let said: Vec<_> = ends.iter().map(|end| format!("{:.3} ± {:.3}", end.mean, end.standard_error)).collect();
        println!("{:16} {}", set.value, said.join(", "));
        assert!(ends.windows(2).all(|pair| pair[0].mean > pair[1].mean), "{}: {said:?}", set.value);
        assert!(ends[1].mean + 2.0 * ends[1].standard_error < 0.7, "{}: {said:?}", set.value);
        assert!(ends[3].mean < 3.0 * ends[3].standard_error + 0.03, "{}: {said:?}", set.value);
    }
}
