//! Anything may come in from outside: bytes and texts changed at random from good ones. Nothing breaks, and what is accepted is sound.
//!
//! A thousand cases of each kind are tried here; `cargo xtask fuzz` tries as many as one likes. What once broke something is kept in
//! `tests/cases/fuzz`, and is tried first.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::Device;
use fewsteps::data::{Dataset, digits};
use fewsteps::network::NetworkConfig;
use fewsteps::network::weights::{Description, Precision, Weights, load, save};
use fewsteps::objective::Objective;
use fewsteps::session::{Inputs, Session};
use fewsteps::settings::Settings;
use fewsteps::sharing::{Helpers, ShareError, Work};
use fewsteps::studies::{self, Supplies, reverse_process};
use fewsteps::training::{Helper, TrainingOptions};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Cases of each kind, and the seed of the first.
fn wanted() -> (u64, u64) {
    let number = |name: &str, usual| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    (number("FEWSTEPS_FUZZ_CASES", 1000), number("FEWSTEPS_FUZZ_SEED", 1))
}

/// Tries the kept inputs called `kind-*`, then as many changed ones of `good` as are wanted.
fn fuzz(kind: &str, good: &[Vec<u8>], change: fn(&[u8], &mut ChaCha8Rng) -> Vec<u8>, check: impl Fn(&[u8])) {
    let folder = format!("{}/tests/cases/fuzz", env!("CARGO_MANIFEST_DIR"));
    let kept = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let kept = kept.filter(|entry| entry.file_name().to_string_lossy().starts_with(kind));
    kept.for_each(|entry| check(&std::fs::read(entry.path()).expect("a kept input")));
    let (cases, first) = wanted();
    for seed in first..first + cases {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut input = good[rng.random_range(0..good.len())].clone();
        for _ in 0..rng.random_range(1..4) {
            input = change(&input, &mut rng);
        }
        if catch_unwind(AssertUnwindSafe(|| check(&input))).is_err() {
            let file = format!("{folder}/{kind}-{seed}");
            std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, &input)).expect("a place to keep it");
            panic!("seed {seed} breaks it; its input is in {file}");
        }
    }
}

/// One change of bytes: some flipped, cut off, doubled, or of another value.
fn bytes(input: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut changed = input.to_vec();
    if changed.is_empty() {
        return vec![rng.random()];
    }
    // The header is where most can go wrong.
    let end = if rng.random::<bool>() { changed.len().min(2000) } else { changed.len() };
    let at = rng.random_range(0..end);
    match rng.random_range(0..5) {
        0 => changed[at] ^= 1 << rng.random_range(0..8),
        1 => changed[at] = [0, 0xff, b'0', b'9', b'"', b'{'][rng.random_range(0..6)],
        2 => changed.truncate(at),
        3 => {
            let piece = changed[at..(at + rng.random_range(1..40)).min(input.len())].to_vec();
            changed.splice(at..at, piece);
        }
        _ => {
            let last = (at + 4).min(changed.len());
            changed[at..last].fill(0xff);
        }
    }
    changed
}

/// One change of a JSON text: a number, a word or a list becomes another one, or some bytes change.
fn json(input: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    const VALUES: [&str; 20] = [
        "0",
        "-1",
        "1e999",
        "1e-320",
        "1e30",
        "0.5",
        "1",
        "2",
        "999",
        "1000",
        "1e18",
        "null",
        "\"\"",
        "\"ddim\"",
        "\"edm\"",
        "[]",
        "[[]]",
        "[0,0]",
        "{}",
        "{\"name\":\"li\"}",
    ];
    let text = String::from_utf8_lossy(input).into_owned();
    let starts: Vec<usize> = text.match_indices([':', ',', '[']).map(|(at, _)| at + 1).collect();
    if starts.is_empty() || rng.random_range(0..6) == 0 {
        return bytes(input, rng);
    }
    let from = starts[rng.random_range(0..starts.len())];
    let to = text[from..].find([',', ']', '}']).map_or(text.len(), |length| from + length);
    format!("{}{}{}", &text[..from], VALUES[rng.random_range(0..VALUES.len())], &text[to..]).into_bytes()
}

/// One change of bytes that hold JSON texts behind their lengths: of such a text, whose length follows it, or of any bytes.
fn framed(input: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let texts = |at: usize| {
        let length = u32::from_le_bytes(*input.get(at - 4..)?.first_chunk()?) as usize;
        let end = at.checked_add(length)?;
        (input[at] == b'{' && input.get(end - 1) == Some(&b'}')).then_some(at..end)
    };
    let texts: Vec<_> = (4..input.len().min(4000)).filter_map(texts).collect();
    if texts.is_empty() || rng.random_range(0..3) == 0 {
        return bytes(input, rng);
    }
    let place = texts[rng.random_range(0..texts.len())].clone();
    let text = json(&input[place.clone()], rng);
    [&input[..place.start - 4], &(text.len() as u32).to_le_bytes(), &text, &input[place.end..]].concat()
}

#[test]
fn weights() {
    let network = NetworkConfig::points(2, 8);
    let trained = network.init(&mut ChaCha8Rng::seed_from_u64(1), &Device::flex());
    let description = Description { network, data: "cat".into(), step: 7, turn_steps: 5, map_steps: 0 };
    let weights = Weights { network: trained, map: None, description };
    let good: Vec<Vec<u8>> = [Precision::Single, Precision::Half]
        .map(|precision| pollster::block_on(save(&weights, precision, precision)).expect("bytes"))
        .into();
    fuzz("weights", &good, bytes, |input| {
        // What is accepted can be saved again, which only finite numbers can.
        if let Ok(weights) = load(input, &Device::flex()) {
            pollster::block_on(save(&weights, Precision::Single, Precision::Single)).expect("sound weights");
        }
    });
}

#[test]
fn descriptions_of_runs() {
    let target = r#"{"mixture":{"weights":[1,2],"means":[[-1,0],[1,0]],"covariances":[[[0.1,0],[0,0.1]],[[0.2,0.1],[0.1,0.3]]]}}"#;
    let good: Vec<Vec<u8>> = [
        format!(r#"{{"target":{target},"schedule":{{"name":"log_linear","steps":5,"sigma_max":40}},"sampler":"deis","start":[[0.3,-0.2]]}}"#),
        format!(r#"{{"target":{target},"schedule":{{"alpha_bars":[0.1,0.5,1]}},"sampler":{{"name":"ddim","eta":0.5}},"start":[[0.3,-0.2],[1,2]],"seed":3}}"#),
        r#"{"target":{"points":[[-1,0],[1,0],[0.31,-0.7]]},"schedule":{"name":"cosine","steps":3,"spacing":"leading"},"sampler":{"name":"analytic_ddpm","gamma":[1,0.5,0.2]},"start":[[0.3,-0.2]],"precision":"f32"}"#.into(),
        r#"{"target":{"points":[[-1,0],[1,0]]},"schedule":{"name":"li","steps":30,"c1":2},"sampler":"li_stochastic_accel","start":[[0.3,-0.2]],"noise":[[[0.1,0.2]]]}"#.into(),
    ]
    .map(String::into_bytes)
    .into();
    fuzz("run", &good, json, |input| {
        let text = String::from_utf8_lossy(input);
        match pollster::block_on(reverse_process::run(&text, &Device::flex())) {
            Ok(outcome) => assert!(outcome.trajectory.iter().flatten().flatten().all(|x| x.is_finite())),
            Err(error) => assert!(!error.to_string().trim().is_empty()),
        }
    });
}

#[test]
fn settings() {
    let good: Vec<Vec<u8>> = ["eight_gaussians", "digits", "images", "drawn"]
        .map(|name| serde_json::to_vec(&Settings::for_data(name)).expect("JSON"))
        .into();
    fuzz("settings", &good, json, |input| {
        let Ok(settings) = serde_json::from_slice::<Settings>(input) else { return };
        if settings.check().is_err() {
            return;
        }
        for lane in &settings.lanes {
            for passes in [1, 2] {
                // Refused with a sentence, or levels that fall.
                if let Ok(levels) = settings.levels(lane, |_| passes) {
                    assert!(levels.len() >= 2 && levels.windows(2).all(|pair| pair[0].sigma() >= pair[1].sigma()));
                }
            }
        }
    });
}

#[test]
fn descriptions_of_studies() {
    let presets = studies::TABLE.iter().flat_map(|info| {
        info.presets.iter().map(|preset| {
            let mut description: serde_json::Value = serde_json::from_str(preset.values).expect("JSON");
            description["study"] = info.value.into();
            description.to_string().into_bytes()
        })
    });
    let good: Vec<Vec<u8>> = presets.collect();
    fuzz("study", &good, json, |input| {
        let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
        if let Err(error) = studies::begin(&String::from_utf8_lossy(input), supplies) {
            assert!(!error.code().is_empty() && !error.to_string().is_empty());
        }
    });
}

#[test]
fn points() {
    let ring: Vec<u8> = (0..200).flat_map(|i| (i as f32 * 0.7).sin().to_le_bytes()).collect();
    fuzz("points", &[ring], bytes, |input| {
        let values: Vec<f32> = input.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let whole = values.len() / 2 * 2;
        if let Ok(set) = Dataset::from_points(&values[..whole], 2, 1) {
            assert!(set.train.iter().chain(&set.held_out).all(|x| x.is_finite()));
        }
    });
}

/// A small network in training on points.
fn session(objective: Objective) -> Session {
    let training = TrainingOptions { objective, batch: 32, budget: 100, ..TrainingOptions::points() };
    let settings = Settings { width: 16, training, points: 100, ..Settings::for_data("circles") };
    let mut session = Session::new(Device::flex());
    session.configure(settings, Inputs::default()).expect("settings");
    session
}

/// What training goes on from, as a page keeps it: refused with the network as it was, or the next step is in order.
#[test]
fn saved_training() {
    let mut whole = session(Objective::Accelerated);
    pollster::block_on(whole.train(4)).expect("training");
    let weights = pollster::block_on(whole.save_weights()).expect("weights");
    let state = pollster::block_on(whole.save_training()).expect("a state");
    // It stands behind its own length.
    let own = u32::from_le_bytes(*state.first_chunk().expect("a length")) as usize;
    let one = RefCell::new(whole);
    fuzz("saved", &[state[4..4 + own].to_vec()], framed, |input| {
        let mut one = one.borrow_mut();
        let around = [&(input.len() as u32).to_le_bytes(), input, &state[4 + own..]].concat();
        for bytes in [input, &around] {
            one.load_weights(&weights).expect("weights");
            if one.go_on(bytes).is_err() {
                assert!(pollster::block_on(one.save_weights()).expect("weights") == weights);
            } else if let Ok(report) = pollster::block_on(one.train(1)) {
                assert!(report.noise.iter().all(|loss| loss.is_finite()));
            }
        }
    });
}

/// Keeps what it is sent, and answers what it is told to.
#[derive(Default)]
struct Between {
    sent: Vec<Vec<u8>>,
    answer: Option<Vec<u8>>,
}

impl Helpers for Between {
    fn count(&self) -> usize {
        1
    }

    fn useful(&self, _: Work) -> usize {
        1
    }

    fn start(&mut self, _: usize, share: Vec<u8>) {
        self.sent.push(share);
    }

    async fn finish(&mut self, _: usize) -> Result<Vec<u8>, ShareError> {
        self.answer.clone().ok_or(ShareError::Format)
    }
}

/// Shares of steps of the velocity and of the map, and of lanes, as one worker sends them to another.
fn shares() -> Vec<Vec<u8>> {
    let mut between = Between::default();
    let mut one = session(Objective::Whole);
    // It fails for want of an answer.
    assert!(pollster::block_on(one.train_with(1, &mut between)).is_err());
    for index in 0..one.settings().lanes.len() {
        let mut lane = one.lane_among(index, &between).expect("a lane");
        // The first part is the start alone.
        for _ in 0..2 {
            pollster::block_on(lane.advance_with(100, &mut between)).expect("a lane runs here without help");
        }
    }
    pollster::block_on(one.train(100)).expect("training");
    let before = between.sent.len();
    while between.sent.len() == before {
        // Its trajectories come first.
        let _ = pollster::block_on(one.train_with(1, &mut between));
    }
    between.sent
}

#[test]
fn shares_of_other_workers() {
    let good = shares();
    let kinds = [0, 1, 2].map(|kind| good.iter().filter(|share| share[0] == kind).count());
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?} shares of each kind");
    let helper = RefCell::new(Helper::new(&Device::flex()));
    fuzz("share", &good, framed, |input| {
        // Refused, or numbers.
        if let Ok(answer) = pollster::block_on(helper.borrow_mut().answer(input)) {
            assert!(answer.len().is_multiple_of(4));
        }
    });
}

/// What a helper answers: refused, and the step is not taken; or the losses are in order, or training has gone back to where they were.
#[test]
fn answers_of_other_workers() {
    let mut between = Between::default();
    let mut one = session(Objective::Accelerated);
    let weights = pollster::block_on(one.save_weights()).expect("weights");
    assert!(pollster::block_on(one.train_with(1, &mut between)).is_err());
    let good = pollster::block_on(Helper::new(&Device::flex()).answer(&between.sent[0])).expect("an answer");
    let one = RefCell::new(one);
    fuzz("answer", &[good], bytes, |input| {
        let mut one = one.borrow_mut();
        one.load_weights(&weights).expect("weights");
        let mut between = Between { answer: Some(input.to_vec()), ..Between::default() };
        if let Ok(report) = pollster::block_on(one.train_with(1, &mut between)) {
            assert!(report.noise.iter().chain(&report.turn).all(|loss| loss.is_finite()));
        }
    });
}

#[test]
fn files_of_digits() {
    let ink = |images: usize| (0..images * digits::PIXELS).map(|i| (i % 256) as u8).collect::<Vec<u8>>();
    let header = [&b"FSD2"[..], &2_u32.to_le_bytes(), &1_u32.to_le_bytes(), &28_u32.to_le_bytes()].concat();
    let idx = |numbers: &[u32], rest: Vec<u8>| {
        let header = numbers.iter().flat_map(|number| number.to_be_bytes());
        header.chain(rest).collect::<Vec<u8>>()
    };
    let good = [
        [header, ink(3), vec![7, 0, 9]].concat(),
        ink(2),
        idx(&[2051, 2, 28, 28], ink(2)),
        idx(&[2049, 3], vec![1, 2, 3]),
    ];
    fuzz("digits", &good, bytes, |input| {
        for set in [digits::dataset(input), digits::unlabelled(input)].into_iter().flatten() {
            assert!(set.train.len().is_multiple_of(digits::PIXELS) && !set.train.is_empty());
            assert!(set.train.iter().chain(&set.held_out).all(|value| value.is_finite()));
        }
        let images = digits::idx(input).map_or(0, <[u8]>::len);
        let labels = digits::idx_labels(input).unwrap_or_default();
        assert!(images.is_multiple_of(digits::PIXELS) && labels.iter().all(|label| *label < 10));
    });
}
