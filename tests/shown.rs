//! What the stage shows beside samples: where they are expected to end, and the data at the same noise level.

use burn::tensor::Device;
use fewsteps::session::{Inputs, Session, SessionError};
use fewsteps::settings::{Lane, Settings, Source};
use fewsteps::training::TrainingOptions;

fn settings() -> Settings {
    let training = TrainingOptions { batch: 128, ..TrainingOptions::points() };
    let lanes = ["ddim", "curved_gaussian_pc"].map(|sampler| Lane::new(sampler, Source::Network)).into();
    Settings { training, lanes, steps: 5, width: 64, points: 500, ..Settings::default() }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

/// One dimension learns, samples and is measured like two. What a lane expects at its end is where it ends: there is hardly any noise left.
#[test]
fn a_line_is_learned_and_denoised() {
    let mut session = Session::new(Device::flex());
    let line = Settings { data: "three_peaks".into(), ..settings() };
    session.configure(line, Inputs::default()).expect("settings");
    pollster::block_on(session.train(400)).expect("training");
    let mut run = session.lane(1).expect("a lane");
    assert_eq!(run.shape(), (500, 1));
    let (mut denoised, mut last) = (Vec::new(), Default::default());
    while !run.done() {
        last = pollster::block_on(run.advance(1)).expect("frames");
        denoised.push(last.denoised.clone());
    }
    let error = last.errors.last().expect("an end").mean;
    assert!(error < 0.5, "{error} of noise's");
    assert!(denoised[0].is_empty() && denoised[1..].iter().all(|expected| expected.len() == 500));
    let width = |values: &[f32]| mean(&values.iter().map(|x| x * x).collect::<Vec<_>>());
    // From noise, all of a distribution's ends are expected at once, near its middle.
    assert!(width(&denoised[1]) < 0.6 * width(&denoised[5]), "{} and {}", width(&denoised[1]), width(&denoised[5]));
    assert!((width(&denoised[5]) - 1.0).abs() < 0.2);
}

#[test]
fn the_forward_process_goes_from_data_to_noise_by_one_noise_a_point() {
    let mut session = Session::new(Device::flex());
    assert!(matches!(session.forward(&[1.0], 1), Err(SessionError::NotConfigured)));
    session.configure(settings(), Inputs::default()).expect("settings");
    let data = session.trainer().expect("a trainer").data().train[..2 * 500].to_vec();
    let found = session.forward(&[0.0, 0.5, 1e6], 500).expect("states");
    let [clean, middle, noise] = [0, 1, 2].map(|at| &found[at * 1000..(at + 1) * 1000]);
    assert_eq!(clean, data);
    let signal = (1.0_f32 + 0.25).sqrt().recip();
    for ((x, noise), middle) in data.iter().zip(noise).zip(middle) {
        assert!((signal * (x + 0.5 * noise) - middle).abs() < 1e-4, "{x}, {noise}: {middle}");
    }
    assert!(mean(noise).abs() < 0.1 && (mean(&noise.iter().map(|x| x * x).collect::<Vec<_>>()) - 1.0).abs() < 0.15);
    let all = session.trainer().expect("a trainer").data().len();
    assert_eq!(session.forward(&[1.0], all + 7).expect("states").len(), 2 * all);
}
