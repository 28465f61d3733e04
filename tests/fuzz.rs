//! Anything may come in from outside: bytes and texts changed at random from good ones. Nothing breaks, and what is accepted is sound.
//!
//! A thousand cases of each kind are tried here; `cargo xtask fuzz` tries as many as one likes. What once broke something is kept in
//! `tests/cases/fuzz`, and is tried first.

use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::tensor::Device;
use fewsteps::data::Dataset;
use fewsteps::network::NetworkConfig;
use fewsteps::network::weights::{Description, Precision, Weights, load, save};
use fewsteps::settings::Settings;
use fewsteps::studies::{self, Supplies, reverse_process};
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
                if let Ok(levels) = settings.levels(lane, passes) {
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
