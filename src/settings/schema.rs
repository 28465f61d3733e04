//! The table of settings: names, bounds, words, and what each change costs.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::rungs::{self, Rung};
use super::{Settings, SettingsError, Source, Start};
use crate::denoiser::Guidance;
use crate::network::{Heads, Hidden, Output};
use crate::objective::{Matching, NoiseLevels, Objective, TurnTarget, Weighting};
use crate::parameters::Named;
use crate::{data, sampler, schedule};

/// What a setting can be.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind {
    /// One of a list.
    Choice { options: &'static [Named] },
    /// A whole number; `log` where factors matter rather than differences.
    Integer { min: u32, max: u32, log: bool },
    /// A number.
    Number { min: f64, max: f64, log: bool },
    /// Yes or no.
    Boolean,
    /// Some of the ten digits, in ascending order.
    Digits,
    /// A step grid.
    Grid,
    /// Samplers with what they run on.
    Lanes,
}

/// One setting.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
struct Field {
    /// Name in links, in JSON and in code.
    #[cfg_attr(test, ts(type = "keyof Settings"))]
    key: &'static str,
    /// Name for people.
    label: &'static str,
    /// One sentence, or two.
    help: &'static str,
    /// Unit for people; empty for pure numbers.
    unit: &'static str,
    /// What it changes: data, sampling, training or view.
    group: &'static str,
    /// Whether a change needs a fresh network.
    restart: bool,
    /// What it can be.
    #[serde(flatten)]
    kind: Kind,
}

/// One setting and its default.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "Field"))]
struct Entry {
    #[serde(flatten)]
    field: Field,
    #[cfg_attr(test, ts(type = "any"))]
    default: Value,
}

/// Everything that the page knows of settings.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "SettingsTable"))]
#[serde(rename_all = "camelCase")]
struct Table {
    fields: Vec<Entry>,
    samplers: &'static [sampler::Info],
    /// Families of samplers, in the order in which lists show them.
    sampler_groups: &'static [Named],
    grids: &'static [schedule::Info],
    sources: &'static [Named],
    data_sets: &'static [data::Info],
    /// Defaults of a data set that differ from the general ones.
    #[cfg_attr(test, ts(type = "{ [data in DataName]?: Partial<Settings> }"))]
    variants: Map<String, Value>,
    /// What the objectives show on the stage.
    rungs: Vec<Rung>,
    /// Most lanes at once.
    max_lanes: usize,
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
    let choice = |options| Kind::Choice { options };
    let log = |min, max| Kind::Number { min, max, log: true };
    let linear = |min, max| Kind::Number { min, max, log: false };
    let integer = |min, max, log| Kind::Integer { min, max, log };
    vec![
        field("data", "data", "Data", "What the model learns: samples end up looking like it.", choice(data::OPTIONS))
            .restarts(),
        field(
            "data",
            "digits",
            "Digits learned",
            "Which of the handwritten digits the model learns; it never draws the others.",
            Kind::Digits,
        )
        .restarts(),
        field(
            "sampling",
            "lanes",
            "Lanes",
            "Samplers side by side, from the same noise, each with a denoiser of its own.",
            Kind::Lanes,
        ),
        field(
            "sampling",
            "steps",
            "Steps",
            "Network evaluations from noise to data, the same for all lanes: more of them end closer to the data and take longer.",
            integer(1, 1000, true),
        ),
        field("sampling", "points", "Points", "How many points each lane moves.", integer(100, 10_000, true)),
        field(
            "sampling",
            "grid",
            "Noise levels",
            "Which noise levels the steps visit: where steps are long, and where they are short.",
            Kind::Grid,
        ),
        field(
            "sampling",
            "morph",
            "Morph",
            "Blend the starting noise along each row of digits, so that one digit turns into another. Points stay as they are.",
            Kind::Boolean,
        ),
        field("sampling", "digit", "Digit", "Which digit the model is asked to draw.", choice(DIGITS)),
        field(
            "sampling",
            "guidance",
            "Guidance",
            "How strongly samples follow the digit asked for (Ho and Salimans 2022): 0 ignores it, 1 draws it as the data has it, more makes it clearer and less varied. Except at 0 and 1, each step takes two network evaluations, so half the steps are left.",
            linear(0.0, 6.0),
        ),
        field(
            "sampling",
            "guidance_lowest",
            "Guided from",
            "The least noise at which guidance holds (Kynkäänniemi et al. 2024). Below it a class is drawn as the data has it, in one network evaluation a step.",
            linear(Guidance::EVERYWHERE.0, Guidance::EVERYWHERE.1),
        )
        .unit("σ"),
        field(
            "sampling",
            "guidance_highest",
            "Guided up to",
            "The most noise at which guidance holds. Above it a class is drawn as the data has it, which keeps samples varied.",
            linear(Guidance::EVERYWHERE.0, Guidance::EVERYWHERE.1),
        )
        .unit("σ"),
        field("training", "start", "Initial weights", "Which weights training begins with.", choice(Start::TABLE))
            .restarts(),
        field(
            "training",
            "objective",
            "Objective",
            "What the network learns: the velocity, also how it turns along the path, or also where a whole step ends.",
            choice(Objective::TABLE),
        ),
        field(
            "training",
            "turn_target",
            "Turn target",
            "What the turn is learned from (after Li et al. 2023): the less noisy it is, the sooner steps curve rightly.",
            choice(TurnTarget::TABLE),
        ),
        field("training", "matching", "Score matching", "What the velocity is learned from.", choice(Matching::TABLE)),
        field(
            "training",
            "output",
            "Network output",
            "What the network’s raw output means; the velocity is read from it.",
            choice(Output::TABLE),
        )
        .restarts(),
        field("training", "heads", "Turn network", "Which network the turn is read from.", choice(Heads::TABLE))
            .restarts(),
        field(
            "training",
            "noise",
            "Training noise",
            "Which noise levels training visits, and how often: the model is best where it trains most.",
            choice(NoiseLevels::TABLE),
        ),
        field(
            "training",
            "weighting",
            "Loss weighting",
            "How much an error counts at each noise level: the model is best where errors count most.",
            choice(Weighting::TABLE),
        ),
        field(
            "training",
            "weighting_power",
            "Power of σ",
            "Exponent of σ where the loss weighting is a power of it: −2 counts errors of the score alike, 0 of the noise, 2 of the denoised point.",
            linear(-2.0, 2.0),
        ),
        field(
            "training",
            "learning_rate",
            "Learning rate",
            "Adam’s step size: a larger one learns faster and less steadily.",
            log(1e-5, 1e-1),
        ),
        field(
            "training",
            "batch",
            "Batch size",
            "Points in one training step: more of them make steps steadier and slower.",
            integer(16, 2048, true),
        )
        .unit("points"),
        field(
            "training",
            "width",
            "Network width",
            "Units of each hidden layer: a wider network learns finer detail and is slower.",
            integer(16, 256, true),
        )
        .unit("units")
        .restarts(),
        field(
            "training",
            "hidden",
            "Hidden layers",
            "What the network for points is made of: smooth layers, or one wide one with kinks.",
            choice(Hidden::TABLE),
        )
        .restarts(),
        field(
            "training",
            "ema",
            "EMA decay",
            "Share of the averaged weights that a training step keeps. Samples come from the average: nearer to 1 it is steadier and follows more slowly.",
            linear(0.0, 0.9999),
        ),
        field(
            "training",
            "budget",
            "Training steps",
            "Training stops by itself after so many.",
            integer(100, 200_000, true),
        )
        .unit("steps"),
        field(
            "training",
            "map_steps",
            "Map steps",
            "Training steps of the flow map, after those of the velocity, where whole steps are learned.",
            integer(100, 200_000, true),
        )
        .unit("steps"),
        field(
            "training",
            "seed",
            "Seed",
            "Where random numbers start: the same seed and settings on the same device repeat a run.",
            integer(0, u32::MAX, false),
        )
        .restarts(),
        field("view", "paths", "Trajectories", "Draw the paths that some of the points have taken.", Kind::Boolean),
        field(
            "view",
            "field",
            "Velocity field",
            "Draw where points are carried from each place, at the noise level shown.",
            Kind::Boolean,
        ),
        field(
            "view",
            "turns",
            "Turn",
            "Draw how the velocity turns at each place as the noise falls: where a straight step goes wrong.",
            Kind::Boolean,
        ),
        field("view", "density", "Density", "Draw how densely the points lie, in place of the points.", Kind::Boolean),
        field(
            "view",
            "mesh",
            "Mesh",
            "Draw what has become of a square mesh over the starting noise: how the map to the data bends space.",
            Kind::Boolean,
        ),
        field(
            "view",
            "predicted",
            "Denoised",
            "Draw where the model expects points, or digits, to end: the mean of all data that could have become so noisy.",
            Kind::Boolean,
        ),
        field(
            "view",
            "forward",
            "Forward process",
            "Draw the data with as much noise as the moment shown has: what samples there should look like.",
            Kind::Boolean,
        ),
        field("view", "data_over", "Data on top", "Draw some of the data over the samples.", Kind::Boolean),
    ]
}

/// What a network that knows the digits can be asked for.
const DIGITS: &[Named] = &[
    Named { value: "each", label: "One after another", help: "Those that are learned, in order and over again." },
    Named { value: "any", label: "Any", help: "No digit in particular: the noise decides." },
    only("0", "Zeros"),
    only("1", "Ones"),
    only("2", "Twos"),
    only("3", "Threes"),
    only("4", "Fours"),
    only("5", "Fives"),
    only("6", "Sixes"),
    only("7", "Sevens"),
    only("8", "Eights"),
    only("9", "Nines"),
];

const fn only(value: &'static str, label: &'static str) -> Named {
    Named { value, label, help: "This digit alone." }
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
            Kind::Integer { min, max, .. } => within(field.label, value, min.into(), max.into())?,
            Kind::Number { min, max, .. } => within(field.label, value, min, max)?,
            Kind::Choice { options } => {
                let chosen = value.as_str().unwrap_or_default();
                if !options.iter().any(|option| option.value == chosen) {
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

fn within(label: &'static str, value: &Value, min: f64, max: f64) -> Result<(), SettingsError> {
    // JSON has no NaN: what is no number came from one.
    let value = value.as_f64().unwrap_or(f64::NAN);
    if (min..=max).contains(&value) { Ok(()) } else { Err(SettingsError::Range { label, min, max, value }) }
}

/// Whether a setting is called `key`.
pub(super) fn has(key: &str) -> bool {
    fields().iter().any(|field| field.key == key)
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
    let different: Map<String, Value> = fields()
        .iter()
        .filter(|field| differs(field))
        .map(|field| (field.key.to_string(), own[field.key].clone()))
        .collect();
    (!different.is_empty()).then_some(Value::Object(different))
}

/// The table as JSON, for the page's build.
pub fn schema() -> String {
    let defaults = to_value(&Settings::default());
    let entry = |field: Field| Entry { default: defaults[field.key].clone(), field };
    let own = |set: &data::Info| Some((set.value.to_string(), variant(set.value, &defaults)?));
    let table = Table {
        fields: fields().into_iter().map(entry).collect(),
        samplers: sampler::TABLE,
        sampler_groups: sampler::Group::TABLE,
        grids: schedule::TABLE,
        sources: Source::TABLE,
        data_sets: data::TABLE,
        variants: data::TABLE.iter().filter_map(own).collect(),
        rungs: rungs::table(),
        max_lanes: super::MAX_LANES,
    };
    let mut table = json!(table);
    // The page fetches formulas later, and typeset.
    for list in ["samplers", "grids"] {
        for entry in table[list].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            entry.remove("formula");
        }
    }
    serde_json::to_string_pretty(&table).unwrap_or_default() + "\n"
}

/// The types of the table, of settings and of what they are made of, for the page's checker.
#[cfg(test)]
pub(super) fn declarations() -> String {
    use crate::generated::{declare, union};
    use crate::parameters::{self, Listed, Parameter};

    let words = |table: &[Named]| table.iter().map(|named| named.value).collect::<Vec<_>>();
    let parts = [
        union("Sampler", sampler::TABLE.iter().map(|info| info.value)),
        union("GridName", schedule::TABLE.iter().map(|info| info.value)),
        union("DataName", words(data::OPTIONS)),
        union("Digit", words(DIGITS)),
        declare::<parameters::Value>(),
        "/** Parameters by key; what is missing has its default. */\n".into(),
        "export type Parameters = NonNullable<Lane[\"parameters\"]>;\n\n".into(),
        declare::<parameters::Choice>(),
        declare::<Source>(),
        declare::<super::Lane>(),
        declare::<Start>(),
        declare::<Objective>(),
        declare::<TurnTarget>(),
        declare::<Matching>(),
        declare::<Output>(),
        declare::<Heads>(),
        declare::<Hidden>(),
        declare::<NoiseLevels>(),
        declare::<Weighting>(),
        declare::<Settings>(),
        declare::<Named>(),
        declare::<Listed>(),
        declare::<Parameter>(),
        declare::<sampler::Group>(),
        declare::<sampler::Info>(),
        declare::<schedule::Info>(),
        declare::<data::Info>(),
        declare::<Entry>(),
        declare::<Rung>(),
        declare::<Table>(),
    ];
    parts.concat()
}
