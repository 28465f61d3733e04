//! What the shipped weights promise: with them, a few curved steps do what straight ones don't.

use burn::tensor::Device;
use fewsteps::data;
use fewsteps::session::{Inputs, Session};
use fewsteps::settings::{Lane, Settings, Source};

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
        for (index, total) in totals.iter_mut().enumerate() {
            let mut run = session.lane(index).expect("a lane");
            let mut last = f32::NAN;
            while !run.done() {
                let frames = pollster::block_on(run.advance(settings.steps)).expect("frames");
                last = frames.distances.last().copied().unwrap_or(last);
            }
            *total += f64::from(last) / f64::from(seeds);
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
