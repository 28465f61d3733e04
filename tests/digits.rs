//! Sessions of handwritten digits: what is drawn is kept, and what is expected is told.

use burn::tensor::Device;
use fewsteps::data::digits::{PIXELS, dataset, pixels};
use fewsteps::session::{Frames, Session, SessionError};
use fewsteps::settings::Settings;

#[path = "../examples/mnist/mod.rs"]
mod mnist;

/// A packed file of real digits.
fn packed() -> Vec<u8> {
    mnist::packed(300, 300).expect("digits: run `cargo xtask test`")
}

fn session() -> Session {
    let mut session = Session::new(Device::flex());
    let settings = Settings { steps: 4, ..Settings::for_data("digits") };
    session.configure(settings, None, Some(&packed()), false).expect("settings");
    let weights =
        std::fs::read(format!("{}/www/weights/digits.safetensors", env!("CARGO_MANIFEST_DIR"))).expect("weights");
    session.load_weights(&weights).expect("weights");
    session
}

fn film(session: &Session, lane: usize) -> Vec<Frames> {
    let mut run = session.lane(lane).expect("a lane");
    let mut parts = Vec::new();
    while !run.done() {
        parts.push(pollster::block_on(run.advance(2)).expect("frames"));
    }
    parts
}

/// Every sample of both lanes keeps the given half to the last pixel, and they differ in the other.
#[test]
fn inpainting_keeps_the_given_pixels() {
    let mut session = session();
    let given = pixels(&dataset(&packed()).expect("digits").held_out[..PIXELS]);
    let mask: Vec<u8> = (0..PIXELS).map(|i| u8::from(i < PIXELS / 2)).collect();
    session.give(&given, &mask).expect("a drawing");
    for lane in 0..2 {
        let parts = film(&session, lane);
        let states = &parts.last().expect("frames").states;
        let samples: Vec<Vec<u8>> = states[states.len() - 36 * PIXELS..].chunks_exact(PIXELS).map(clean).collect();
        assert!(samples.iter().all(|sample| sample[..PIXELS / 2] == given[..PIXELS / 2]));
        assert!(samples.windows(2).all(|pair| pair[0][PIXELS / 2..] != pair[1][PIXELS / 2..]));
    }
    session.give(&[], &[]).expect("no drawing");
    let free = film(&session, 0).pop().expect("frames").states;
    assert_ne!(clean(&free[free.len() - PIXELS..])[..PIXELS / 2], given[..PIXELS / 2]);
}

/// Pixels of a VP state at the lanes' last level.
fn clean(state: &[f32]) -> Vec<u8> {
    let signal = fewsteps::schedule::Level::from_sigma(0.05).signal_scale() as f32;
    pixels(&state.iter().map(|x| x / signal).collect::<Vec<_>>())
}

#[test]
fn a_drawing_of_another_size_is_refused() {
    let mut session = session();
    for (pixels, mask) in [(1, 1), (PIXELS, 0), (PIXELS - 1, PIXELS)] {
        let error = session.give(&vec![0; pixels], &vec![1; mask]).expect_err("a size that is none");
        assert!(matches!(error, SessionError::Given) && error.code() == "given", "{error}");
    }
}

/// One expected image for each shown step, and each is nearer to where the sample ends than the noisy one is.
#[test]
fn what_is_expected_nears_the_outcome() {
    let parts = film(&session(), 0);
    let expected: Vec<f32> = parts.iter().flat_map(|part| part.denoised.clone()).collect();
    assert_eq!(expected.len(), 4 * 36 * PIXELS);
    let last = parts.last().expect("frames").states.rchunks_exact(36 * PIXELS).next().expect("a frame");
    let far = |image: &[f32]| image.iter().zip(last).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / image.len() as f32;
    let distances: Vec<f32> = expected.chunks_exact(36 * PIXELS).map(far).collect();
    assert!(distances.windows(2).all(|pair| pair[1] < pair[0]), "{distances:?}");
    assert!(distances[3] < 0.05, "{distances:?}");
}
