//! The table of settings: names, bounds, words, and what each change costs.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Settings, SettingsError};
use crate::data::points;
use crate::{sampler, schedule};

/// One entry of a list.
#[derive(Clone, Copy, Debug, Serialize)]
struct Choice {
    value: &'static str,
    label: &'static str,
    help: &'static str,
}

/// What a setting can be.
enum Kind {
    Choice(Vec<Choice>),
    Integer {
        min: f64,
        max: f64,
        log: bool,
    },
    Number {
        min: f64,
        max: f64,
        log: bool,
    },
    Boolean,
    /// Some of the ten digits, in ascending order.
    Digits,
    Grid,
    Lanes,
}

struct Field {
    key: &'static str,
    label: &'static str,
    help: &'static str,
    unit: &'static str,
    /// What it changes: data, sampling, training or view.
    group: &'static str,
    /// Whether a change needs a fresh network.
    restart: bool,
    kind: Kind,
}

fn choice(value: &'static str, label: &'static str, help: &'static str) -> Choice {
    Choice { value, label, help }
}

fn field(group: &'static str, key: &'static str, label: &'static str, help: &'static str, kind: Kind) -> Field {
    Field { key, label, help, unit: "", group, restart: false, kind }
}

impl Field {
    fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    fn restarts(self) -> Self {
        Self { restart: true, ..self }
    }
}

fn fields() -> Vec<Field> {
    let log = |min, max| Kind::Number { min, max, log: true };
    let linear = |min, max| Kind::Number { min, max, log: false };
    let integer = |min, max, log| Kind::Integer { min, max, log };
    vec![
        field("data", "data", "Data", "What the model learns to make.", Kind::Choice(data())).restarts(),
        field("data", "digits", "Digits learned", "Which of the handwritten digits the model learns.", Kind::Digits)
            .restarts(),
        field("sampling", "lanes", "Lanes", "Samplers side by side, each on a denoiser of its own.", Kind::Lanes),
        field(
            "sampling",
            "steps",
            "Steps",
            "Network evaluations from noise to data, the same for all lanes.",
            integer(1.0, 1000.0, true),
        ),
        field("sampling", "points", "Points", "How many points each lane moves.", integer(100.0, 10_000.0, true)),
        field("sampling", "grid", "Grid", "Which noise levels the steps visit.", Kind::Grid),
        field(
            "sampling",
            "morph",
            "Morph",
            "Each row of digits goes from one noise to another, on the arc between them. Points are not moved by it.",
            Kind::Boolean,
        ),
        field(
            "sampling",
            "digit",
            "Digit",
            "What a network that has learned classes is asked for.",
            Kind::Choice(digits()),
        ),
        field(
            "sampling",
            "guidance",
            "Guidance",
            "How far beyond the class it goes (2207.12598): 0 forgets the class, 1 is the class as it is. All else asks the network twice a step, so that half the steps are left.",
            linear(0.0, 6.0),
        ),
        field(
            "training",
            "start",
            "Start from",
            "Which weights training begins with.",
            Kind::Choice(vec![
                choice("scratch", "Scratch", "Training begins with a fresh network."),
                choice("shipped", "Shipped weights", "Training goes on from the weights that come with the page, its steps counted from zero. A small learning rate keeps more of them."),
            ]),
        )
        .restarts(),
        field(
            "training",
            "objective",
            "Objective",
            "Simple learns the velocity. Accelerated also learns how it turns, in a second head.",
            Kind::Choice(vec![
                choice("simple", "Simple", "Learn the velocity only: every step is a straight line."),
                choice("accelerated", "Accelerated", "Learn how the velocity turns as well: every step is a curve."),
            ]),
        ),
        field(
            "training",
            "turn_target",
            "Turn’s target",
            "What the second head learns how the velocity turns from (after 2306.09251).",
            Kind::Choice(turn_targets()),
        ),
        field(
            "training",
            "matching",
            "Matching",
            "How the velocity is learned.",
            Kind::Choice(vec![
                choice("denoising", "Denoising", "From the noise that was put on the points (2006.11239)."),
                choice(
                    "implicit",
                    "Implicit",
                    "Without looking at that noise, from how the velocity spreads (1905.07088); for points, images are denoised.",
                ),
            ]),
        ),
        field(
            "training",
            "output",
            "Output",
            "What the network’s raw output means; the velocity is read from it.",
            Kind::Choice(vec![
                choice("velocity", "Velocity v", "A mixture of noise and data whose errors never grow (2202.00512)."),
                choice("noise", "Noise", "The noise in the point (2006.11239)."),
                choice(
                    "denoised",
                    "Denoised point",
                    "Where the point came from; errors grow towards the data (2202.00512).",
                ),
                choice("score", "Score", "The slope of the log density, which grows towards the data (2011.13456)."),
            ]),
        )
        .restarts(),
        field(
            "training",
            "heads",
            "Heads",
            "What the second head reads.",
            Kind::Choice(vec![
                choice("shared", "One trunk", "The velocity’s features, without changing them."),
                choice(
                    "separate",
                    "Two networks",
                    "A trunk of its own: two networks that share nothing, at twice the cost.",
                ),
            ]),
        )
        .restarts(),
        field(
            "training",
            "noise",
            "Noise levels",
            "Which noise levels training visits, and how often.",
            Kind::Choice(noises()),
        ),
        field(
            "training",
            "weighting",
            "Weighting",
            "How much an error counts at each noise level; but for v, the mean over training’s levels is one.",
            Kind::Choice(weightings()),
        ),
        field(
            "training",
            "weighting_power",
            "Weighting’s power",
            "Exponent of the power of σ, on the noise’s error: −2 is the score’s, 0 the noise’s, 2 the denoised point’s.",
            linear(-2.0, 2.0),
        ),
        field("training", "learning_rate", "Learning rate", "Adam’s step size.", log(1e-5, 1e-1)),
        field("training", "batch", "Batch", "Points in one training step.", integer(16.0, 2048.0, true)).unit("points"),
        field(
            "training",
            "width",
            "Width",
            "Units of each hidden layer of the network for points.",
            integer(16.0, 256.0, true),
        )
        .unit("units")
        .restarts(),
        field(
            "training",
            "ema",
            "Averaging",
            "How much of the averaged weights is kept at each step; samples come from the average.",
            linear(0.0, 0.9999),
        ),
        field("training", "budget", "Budget", "Steps until training stops by itself.", integer(100.0, 200_000.0, true))
            .unit("steps"),
        field(
            "training",
            "seed",
            "Seed",
            "Same seed, same settings, same device: the same run.",
            integer(0.0, 4_294_967_295.0, false),
        )
        .restarts(),
        field("view", "paths", "Trajectories", "Draw the way some of the points have come.", Kind::Boolean),
        field(
            "view",
            "field",
            "Velocity field",
            "Draw where the path leads from each place, at the noise level shown.",
            Kind::Boolean,
        ),
        field(
            "view",
            "predicted",
            "What it expects",
            "Draw beside each digit the clean one that the model expects by then.",
            Kind::Boolean,
        ),
    ]
}

fn digits() -> Vec<Choice> {
    const ONE: [(&str, &str); 10] = [
        ("0", "Zeros"),
        ("1", "Ones"),
        ("2", "Twos"),
        ("3", "Threes"),
        ("4", "Fours"),
        ("5", "Fives"),
        ("6", "Sixes"),
        ("7", "Sevens"),
        ("8", "Eights"),
        ("9", "Nines"),
    ];
    let all = [
        choice("each", "All in turn", "Those that are learned, again and again."),
        choice("any", "Any", "No digit in particular: the network chooses."),
    ];
    all.into_iter().chain(ONE.map(|(value, label)| choice(value, label, "This digit alone."))).collect()
}

fn data() -> Vec<Choice> {
    let mut choices: Vec<Choice> = points::TABLE.iter().map(|set| choice(set.value, set.label, set.help)).collect();
    choices.push(choice("digits", "Handwritten digits", "MNIST, 28 by 28 pixels; fetched when chosen."));
    choices.push(choice("images", "Your images", "Drawn here or uploaded, brought to 28 by 28 grey pixels."));
    choices.push(choice("drawn", "Draw points", "A set you draw."));
    choices.push(choice("uploaded", "Upload CSV", "Two columns of numbers."));
    choices
}

fn noises() -> Vec<Choice> {
    vec![
        choice("log_normal", "Log-normal", "Mostly the middle levels, where structure appears (2206.00364)."),
        choice("edm", "EDM", "Log-normal with EDM’s mean and width, made for narrower data (2206.00364)."),
        choice("log_uniform", "Log-uniform", "All levels alike, on a logarithmic scale."),
        choice("linear", "DDPM linear", "As often as DDPM’s linear schedule does."),
        choice("cosine", "Cosine", "As often as the cosine schedule does."),
    ]
}

fn turn_targets() -> Vec<Choice> {
    vec![
        choice("best", "Best variate", "Single samples less their running mean: the least noisy of them, for points."),
        choice("estimate", "Variate |ε̂|²", "Single samples less the estimate’s square."),
        choice("dimension", "Variate d", "Single samples less the number of coordinates."),
        choice("zero", "No variate", "Single samples as they are: the right mean and much noise."),
        choice("normalised", "y*, normalised", "The right-hand side of 2306.09251, free of scale."),
        choice("raw", "y*", "The right-hand side of 2306.09251 in its own units, where the least noise counts most."),
        choice("literal", "y*, as printed", "The same with the factor missing that one printing of it leaves out."),
        choice(
            "central",
            "Central difference",
            "How the averaged network’s own velocity changes, both ways; for images.",
        ),
        choice("one_sided", "One-sided difference", "The same towards the data only: cheaper and less exact."),
        choice(
            "derivative",
            "Derivative",
            "The same exactly, for points; images take the central difference (2210.05475).",
        ),
    ]
}

fn weightings() -> Vec<Choice> {
    vec![
        choice("uniform", "Uniform", "Errors of the noise, all alike (2006.11239)."),
        choice("velocity", "Velocity v", "Errors of v, all alike (2202.00512); for images."),
        choice("variational_bound", "Variational bound", "As the bound on the likelihood weighs them (2006.11239)."),
        choice("snr", "Signal-to-noise", "Errors of the score, all alike: little noise counts most (2011.13456)."),
        choice(
            "min_snr",
            "Min-SNR",
            "Errors of the denoised point by the signal-to-noise ratio, at most 5 (2303.09556).",
        ),
        choice("edm", "EDM", "Errors of EDM’s preconditioned network, all alike (2206.00364)."),
        choice("sigma_power", "Power of σ", "By a power of the noise level (1907.05600)."),
        choice("bell", "Bell", "Mostly the levels that decide how good samples are (2406.12839)."),
        choice("adaptive", "Adaptive", "By the bell over the running error, so that no level dominates (2406.12839)."),
    ]
}

fn sources() -> Vec<Choice> {
    vec![
        choice("network", "Learned", "The trained network."),
        choice("mixture", "Exact mixture", "The ideal answer for a Gaussian mixture, in closed form; no training."),
        choice("dataset", "Exact data set", "The ideal answer for these very points: every path ends on one of them."),
    ]
}

fn to_value(settings: &Settings) -> Value {
    serde_json::to_value(settings).unwrap_or(Value::Null)
}

/// Checks numbers and choices; lanes have a check of their own.
pub(super) fn check(settings: &Settings) -> Result<(), SettingsError> {
    let values = to_value(settings);
    for field in fields() {
        let value = &values[field.key];
        match field.kind {
            Kind::Integer { min, max, .. } | Kind::Number { min, max, .. } => {
                // JSON has no NaN: what is no number came from one.
                let number = value.as_f64().unwrap_or(f64::NAN);
                if !(min..=max).contains(&number) {
                    return Err(SettingsError::Range { label: field.label, min, max, value: number });
                }
            }
            Kind::Choice(choices) => {
                let chosen = value.as_str().unwrap_or_default();
                if !choices.iter().any(|choice| choice.value == chosen) {
                    return Err(SettingsError::Choice { label: field.label, value: chosen.into() });
                }
            }
            Kind::Digits => {
                let chosen = value.as_str().unwrap_or_default();
                let ascending = chosen.as_bytes().windows(2).all(|pair| pair[0] < pair[1]);
                if chosen.is_empty() || !ascending || chosen.bytes().any(|digit| !digit.is_ascii_digit()) {
                    return Err(SettingsError::Choice { label: field.label, value: chosen.into() });
                }
            }
            Kind::Boolean | Kind::Grid | Kind::Lanes => {}
        }
    }
    Ok(())
}

/// The values of the settings that shape the network.
pub(super) fn restarting(settings: &Settings) -> Vec<Value> {
    let values = to_value(settings);
    fields().iter().filter(|field| field.restart).map(|field| values[field.key].clone()).collect()
}

/// The defaults of data set `name` that differ from the general ones, if any do.
fn variant(name: &str, general: &Value) -> Option<Value> {
    let own = to_value(&Settings::for_data(name));
    let differs = |field: &Field| field.key != "data" && own[field.key] != general[field.key];
    let different: serde_json::Map<String, Value> = fields()
        .iter()
        .filter(|field| differs(field))
        .map(|field| (field.key.to_string(), own[field.key].clone()))
        .collect();
    (!different.is_empty()).then_some(Value::Object(different))
}

/// The table as JSON, for the page's build.
pub fn schema() -> String {
    let defaults = to_value(&Settings::default());
    let entry = |field: Field| {
        let mut entry = json!({
            "key": field.key, "label": field.label, "help": field.help, "unit": field.unit, "group": field.group,
            "restart": field.restart, "default": defaults[field.key],
        });
        match field.kind {
            Kind::Choice(options) => {
                entry["kind"] = json!("choice");
                entry["options"] = json!(options);
            }
            Kind::Integer { min, max, log } => {
                entry["kind"] = json!("integer");
                (entry["min"], entry["max"], entry["log"]) = (json!(min as u64), json!(max as u64), json!(log));
            }
            Kind::Number { min, max, log } => {
                entry["kind"] = json!("number");
                (entry["min"], entry["max"], entry["log"]) = (json!(min), json!(max), json!(log));
            }
            Kind::Boolean => entry["kind"] = json!("boolean"),
            Kind::Digits => entry["kind"] = json!("digits"),
            Kind::Grid => entry["kind"] = json!("grid"),
            Kind::Lanes => entry["kind"] = json!("lanes"),
        }
        entry
    };
    let fields: Vec<Value> = fields().into_iter().map(entry).collect();
    let variants: serde_json::Map<String, Value> =
        data().iter().filter_map(|set| Some((set.value.to_string(), variant(set.value, &defaults)?))).collect();
    let table = json!({ "fields": fields, "samplers": sampler::TABLE, "samplerGroups": sampler::Group::TABLE, "grids": schedule::TABLE, "sources": sources(), "variants": variants, "maxLanes": super::MAX_LANES });
    serde_json::to_string_pretty(&table).unwrap_or_default() + "\n"
}

fn names(values: impl Iterator<Item = &'static str>) -> String {
    values.map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(" | ")
}

/// The table as TypeScript types, for the page's checker.
pub fn declaration() -> String {
    let union = |choices: &[Choice]| names(choices.iter().map(|choice| choice.value));
    let mut text = String::from("// Generated from src/settings: FEWSTEPS_UPDATE=1 cargo test --release\n\n");
    text += &format!("export type Sampler = {};\n", names(sampler::TABLE.iter().map(|info| info.value)));
    text += &format!("export type Source = {};\n", union(&sources()));
    text += &format!("export type GridName = {};\n", names(schedule::TABLE.iter().map(|info| info.value)));
    text += "/** Parameters by key; what is missing has its default. */\n";
    text += "export type Parameters = Record<string, number | string>;\n";
    text += "export type Grid = { name: GridName } & Parameters;\n";
    text +=
        "export interface Lane { sampler: Sampler; source: Source; parameters?: Parameters; grid?: Grid | null; }\n\n";
    text += "export interface Settings {\n";
    for field in fields() {
        let kind = match &field.kind {
            Kind::Choice(choices) => union(choices),
            Kind::Integer { .. } | Kind::Number { .. } => "number".into(),
            Kind::Boolean => "boolean".into(),
            Kind::Digits => "string".into(),
            Kind::Grid => "Grid".into(),
            Kind::Lanes => "Lane[]".into(),
        };
        text += &format!("  /** {} */\n  {}: {kind};\n", field.help, field.key);
    }
    text + "}\n"
}
