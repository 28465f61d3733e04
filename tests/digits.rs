//! Sessions of handwritten digits: what is drawn is kept, and what is expected is told.

use std::path::Path;

use burn::tensor::Device;
use fewsteps::data::digits::{PIXELS, dataset, pixels};
use fewsteps::data::mnist;
use fewsteps::session::{Frames, Inputs, Quality, Session, SessionError};
use fewsteps::settings::{Lane, Settings, Source};

/// A packed file of real digits.
fn packed() -> Vec<u8> {
    mnist::packed(Path::new(mnist::FOLDER), 300, 300).expect("digits: run `cargo xtask test`")
}

fn session() -> Session {
    let mut session = Session::new(Device::flex());
    let settings = Settings { steps: 4, guidance: 1.0, ..Settings::for_data("digits") };
    session.configure(settings, Inputs { images: Some(&packed()), ..Inputs::default() }).expect("settings");
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
    session.set_known_pixels(&given, &mask).expect("a drawing");
    for lane in 0..2 {
        let parts = film(&session, lane);
        let states = &parts.last().expect("frames").states;
        let samples: Vec<Vec<u8>> = states[states.len() - 36 * PIXELS..].chunks_exact(PIXELS).map(clean).collect();
        assert!(samples.iter().all(|sample| sample[..PIXELS / 2] == given[..PIXELS / 2]));
        assert!(samples.windows(2).all(|pair| pair[0][PIXELS / 2..] != pair[1][PIXELS / 2..]));
    }
    session.set_known_pixels(&[], &[]).expect("no drawing");
    let free = film(&session, 0).pop().expect("frames").states;
    assert_ne!(clean(&free[free.len() - PIXELS..])[..PIXELS / 2], given[..PIXELS / 2]);
}

/// Pixels of a VP state at the lanes' last level.
fn clean(state: &[f32]) -> Vec<u8> {
    let signal = fewsteps::level::Level::from_sigma(0.05).signal_scale() as f32;
    pixels(&state.iter().map(|x| x / signal).collect::<Vec<_>>())
}

#[test]
fn a_drawing_of_another_size_is_refused() {
    let mut session = session();
    for (pixels, mask) in [(1, 1), (PIXELS, 0), (PIXELS - 1, PIXELS)] {
        let error = session.set_known_pixels(&vec![0; pixels], &vec![1; mask]).expect_err("a size that is none");
        assert!(matches!(error, SessionError::KnownPixels) && error.code() == "known_pixels", "{error}");
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

/// A session without training, whose lanes are the training images themselves and an untrained network.
fn copies_and_nonsense(training: usize) -> Session {
    let mut session = Session::new(Device::flex());
    let lanes = vec![Lane::new("dpmpp_2m", Source::Dataset), Lane::new("ddim", Source::Network)];
    let settings = Settings { steps: 8, lanes, ..Settings::for_data("digits") };
    let packed = mnist::packed(Path::new(mnist::FOLDER), training, 200).expect("digits: run `cargo xtask test`");
    session.configure(settings, Inputs { images: Some(&packed), ..Inputs::default() }).expect("settings");
    session
}

/// Samples of the exact data set are copies, and a close look says so: the nearest image is next to nothing away, shows the same, and
/// the classifier reads that.
#[test]
fn a_close_look_finds_copies() {
    let mut session = copies_and_nonsense(300);
    let states = film(&session, 0).pop().expect("frames").states;
    let states = &states[states.len() - 36 * PIXELS..];
    let found = pollster::block_on(session.look(states, &[0.05; 36])).expect("a look");
    assert_eq!((found.searched, found.looks.len()), (300, 36));
    let copies: Vec<_> = found.looks.iter().filter(|look| look.distance < 0.3 * found.usual).collect();
    assert!(copies.len() > 24, "{} copies, usual {}", copies.len(), found.usual);
    let read = copies.iter().filter(|look| look.label == Some(look.digit)).count();
    assert!(10 * read >= 9 * copies.len(), "{read} of {}", copies.len());
    for look in &copies {
        let square: f32 = look.image.iter().zip(&look.nearest).map(|(a, b)| (a - b).powi(2)).sum();
        assert!((f64::from(square).sqrt() - look.distance).abs() < 1e-3, "{square} against {}", look.distance);
    }
    let error = pollster::block_on(session.look(&states[1..], &[0.05; 36])).expect_err("a pixel is missing");
    assert!(matches!(error, SessionError::Images), "{error}");
}

/// The quality number tells copies of real digits from what a network without training makes, and its floor is lower than both.
#[test]
fn quality_tells_copies_from_nonsense() {
    let mut session = copies_and_nonsense(1200);
    let mut quality = |lane: usize| -> Quality {
        session.measure(lane).expect("a lane");
        let mut progress = -1.0;
        loop {
            let measured = pollster::block_on(session.measured()).expect("a piece");
            assert!(measured.progress >= progress && measured.progress <= 1.0, "{progress}, then {measured:?}");
            progress = measured.progress;
            if let Some(quality) = measured.quality {
                return quality;
            }
        }
    };
    let (copies, nonsense) = (quality(0), quality(1));
    assert_eq!((copies.samples, copies.step), (260, 0));
    assert_eq!(copies.floor, nonsense.floor);
    assert!(copies.floor > 0.3 && copies.distance < 4.0 * copies.floor, "{copies:?}");
    assert!(nonsense.distance > 5.0 * copies.distance, "{nonsense:?}");
    assert!(copies.uncertainty > 0.0 && copies.uncertainty < copies.distance, "{copies:?}");
    assert!(session.measure(2).is_err());
}
