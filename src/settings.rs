//! Everything a visitor can choose, defined once: the page's controls, the address bar, the worker and the checks on what
//! comes in all read the table in this file.

mod rungs;
mod schema;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::data::{DataKind, digits};
use crate::denoiser::Guidance;
use crate::level::Level;
use crate::network::{Heads, Hidden, Output};
use crate::objective::Objective;
use crate::parameters::{Choice, Values, options};
use crate::sampler::{self, Sampler, SamplerError};
use crate::schedule::{self, ScheduleError, TABLE_LEN};
use crate::state::State;
use crate::training::TrainingOptions;

pub use schema::schema;

/// Most lanes at once.
pub const MAX_LANES: usize = 4;

/// Largest noise level that single precision, in which lanes compute, holds for every sampler; and those samplers that lose it beyond:
/// they multiply what rounding leaves by the noise level more than once. `tests/precision.rs` holds all samplers to it.
pub const MOST_NOISE: f64 = 300.0;
const DELICATE: [&str; 9] = [
    "curved_gaussian_pc",
    "curved_gaussian",
    "curved_pc",
    "curved_denoised",
    "dpm_solver_2",
    "dpm_solver_3",
    "edm_heun",
    "edm_stochastic",
    "sde_heun",
];

options! {
    /// What computes a lane's velocity.
    pub enum Source {
        /// The network.
        Network = ("network", "Learned", "The trained network."),
        /// The exact denoiser of the distribution, where it is a Gaussian mixture.
        Mixture = (
            "mixture",
            "Ideal (formula)",
            "The exact denoiser of a Gaussian mixture, in closed form: nothing is learned. For eight gaussians and three peaks.",
        ),
        /// The exact denoiser of the data points.
        Dataset = (
            "dataset",
            "Ideal (points)",
            "The exact denoiser of the data’s own points: every path ends on one of them.",
        ),
    }
}

/// One lane of the stage.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// Name of the sampler.
    #[cfg_attr(test, ts(type = "Sampler"))]
    pub sampler: String,
    /// What it runs on.
    pub source: Source,
    /// The sampler's parameters; what is missing has its default.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<Values>", optional))]
    pub parameters: Values,
    /// A step grid of its own, or the one of all lanes.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub grid: Option<Choice>,
}

impl Lane {
    /// A lane on the grid of all lanes, with the sampler's default parameters.
    pub fn new(sampler: &str, source: Source) -> Self {
        Self { sampler: sampler.into(), source, parameters: Values::new(), grid: None }
    }

    /// The lane's sampler, before its first step.
    ///
    /// # Errors
    /// When there is no such sampler or a parameter is not allowed.
    pub fn build<S: State + 'static>(&self) -> Result<Box<dyn Sampler<S>>, SamplerError> {
        sampler::build(&self.sampler, &self.parameters)
    }
}

options! {
    /// Which weights a run begins with.
    #[derive(Default)]
    pub enum Start {
        /// A fresh network's.
        #[default]
        Scratch = ("scratch", "Fresh", "Training begins with random weights."),
        /// Those that come with the page: fine-tuning.
        Shipped = (
            "shipped",
            "Pretrained",
            "Training goes on from the weights that come with the page, its steps counted from zero. A small learning rate keeps more of them.",
        ),
    }
}

/// All settings. [`Settings::check`] holds them against the table. In JSON they are one flat object: what is missing has its default,
/// and a key that is no setting is refused.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, remote = "Self")]
#[allow(missing_docs)] // The table says what each is, in one place.
pub struct Settings {
    #[cfg_attr(test, ts(type = "DataName"))]
    pub data: String,
    pub digits: String,
    pub lanes: Vec<Lane>,
    pub steps: usize,
    pub points: usize,
    pub grid: Choice,
    pub morph: bool,
    #[cfg_attr(test, ts(type = "Digit"))]
    pub digit: String,
    pub guidance: f64,
    pub guidance_lowest: f64,
    pub guidance_highest: f64,
    pub start: Start,
    #[serde(flatten)]
    pub training: TrainingOptions,
    pub output: Output,
    pub heads: Heads,
    pub hidden: Hidden,
    pub width: usize,
    pub seed: u32,
    pub paths: bool,
    pub field: bool,
    pub turns: bool,
    pub density: bool,
    pub mesh: bool,
    pub predicted: bool,
    pub forward: bool,
    pub data_over: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let shown = Objective::default();
        Self {
            data: "eight_gaussians".into(),
            digits: "0123456789".into(),
            lanes: vec![Lane::new("ddim", Source::Network), Self::rung(shown, DataKind::Points)],
            steps: Self::rung_steps(shown),
            points: 2000,
            grid: Choice::new("log_linear", &[("sigma_max", 3.0), ("sigma_min", 0.03)]),
            morph: false,
            digit: "each".into(),
            guidance: 1.0,
            guidance_lowest: Guidance::EVERYWHERE.0,
            guidance_highest: Guidance::EVERYWHERE.1,
            start: Start::default(),
            training: TrainingOptions::points(),
            output: Output::default(),
            heads: Heads::default(),
            hidden: Hidden::default(),
            width: 128,
            seed: 1,
            paths: false,
            field: false,
            turns: false,
            density: false,
            mesh: false,
            predicted: false,
            forward: false,
            data_over: false,
        }
    }
}

// `remote = "Self"` makes what serde derives methods of the type's own; the traits below call these.
impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

// serde's `deny_unknown_fields` does not go together with `flatten`.
impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Map::deserialize(deserializer)?;
        if let Some(key) = values.keys().find(|key| !schema::has(key)) {
            return Err(D::Error::custom(format_args!("there is no setting called “{key}”")));
        }
        Self::deserialize(Value::Object(values)).map_err(D::Error::custom)
    }
}

/// A setting that is not what the table allows.
#[derive(Debug, Error, PartialEq)]
pub enum SettingsError {
    /// A number outside its bounds.
    #[error("{label} must be from {min} to {max}, not {value}")]
    Range {
        /// The setting's name for people.
        label: &'static str,
        /// Smallest allowed value.
        min: f64,
        /// Largest allowed value.
        max: f64,
        /// What was asked for.
        value: f64,
    },
    /// A choice that does not exist.
    #[error("{label} can’t be “{value}”")]
    Choice {
        /// The setting's name for people.
        label: &'static str,
        /// What was asked for.
        value: String,
    },
    /// Too few or too many lanes.
    #[error("there can be 1 to {MAX_LANES} lanes, not {0}")]
    Lanes(usize),
    /// A sampler that does not exist or can't be so.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// A step grid that does not exist or can't be so.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A sampler that single precision is not enough for on a grid.
    #[error(
        "{label} is lost in single precision above the noise level {MOST_NOISE}, and these noise levels begin at {sigma:.0}: take \
         another sampler, or levels that begin lower"
    )]
    Precision {
        /// The sampler's name for people.
        label: &'static str,
        /// The first noise level.
        sigma: f64,
    },
    /// Not the shape of settings at all.
    #[error("these are no settings: {0}")]
    Shape(String),
}

impl Settings {
    /// The defaults for a data set: images want other noise levels, smaller batches and another loss than points. A visitor's own
    /// are few, so that training goes on from the shipped weights, more gently and for a short while; they have no classes to ask for.
    pub fn for_data(name: &str) -> Self {
        let base = Self { data: name.into(), ..Self::default() };
        let own = || Self::for_data("digits");
        match name {
            "digits" => Self {
                lanes: vec![base.lanes[0].clone(), Self::rung(base.training.objective, digits::KIND)],
                guidance: Self::rung_guidance(base.training.objective, digits::KIND),
                grid: Choice::new("log_linear", &[("sigma_max", 80.0), ("sigma_min", 0.02)]),
                training: TrainingOptions::images(),
                ..base
            },
            "images" => Self {
                data: base.data,
                start: Start::Shipped,
                digit: "any".into(),
                training: TrainingOptions { learning_rate: 1e-3, budget: 1000, ..own().training },
                ..own()
            },
            // A line has room for its paths, and is learned by less.
            "three_peaks" => Self { paths: true, width: 32, ..base },
            // What is left of their signal at the first level is missing from the noise that samples start from. For the built-in sets it is too
            // little to matter; a visitor's own may be lopsided: of two clusters far apart, one point in ten, a start at 3 leaves a fifth out.
            "drawn" | "uploaded" => {
                Self { grid: Choice::new("log_linear", &[("sigma_max", 10.0), ("sigma_min", 0.03)]), ..base }
            }
            _ => base,
        }
    }

    /// Checks every setting against the table.
    ///
    /// # Errors
    /// The first setting that is not allowed.
    pub fn check(&self) -> Result<(), SettingsError> {
        schema::check(self)?;
        if !(1..=MAX_LANES).contains(&self.lanes.len()) {
            return Err(SettingsError::Lanes(self.lanes.len()));
        }
        schedule::check(&self.grid)?;
        for lane in &self.lanes {
            lane.build::<()>()?;
            lane.grid.as_ref().map_or(Ok(()), schedule::check)?;
        }
        Ok(())
    }

    /// Whether going from `self` to `new` needs a fresh network.
    pub fn needs_restart(&self, new: &Self) -> bool {
        schema::restarting(self) != schema::restarting(new)
    }

    /// The weight of the class, and the noise levels at which it holds.
    pub fn guidance(&self) -> Guidance {
        Guidance { weight: self.guidance, lowest: self.guidance_lowest, highest: self.guidance_highest }
    }

    /// The levels on which `lane` spends no more than [`Settings::steps`] evaluations, where it can, with a denoiser whose answer
    /// at a level takes `passes` of them; a flow map's takes one.
    ///
    /// # Errors
    /// When the sampler or the grid does not exist, or not for so few or so many steps.
    pub fn levels(&self, lane: &Lane, passes: impl Fn(Level) -> usize) -> Result<Vec<Level>, SettingsError> {
        let grid = lane.grid.as_ref().unwrap_or(&self.grid);
        let most = schedule::most_steps(grid);
        let levels = |steps| Ok::<_, SettingsError>(schedule::levels(&grid.name, &grid.parameters, steps)?);
        let cost = |steps| Ok::<_, SettingsError>(sampler::evaluations_with(lane.build()?, levels(steps)?, &passes));
        let steps = sampler::steps_within(self.steps, most, cost)?;
        let found = levels(steps)?;
        // Where the table ends before the evaluations do, that is said: the picture would show fewer steps than the setting.
        let another = found.iter().map(|level| passes(*level)).max().unwrap_or(1);
        if steps == most && most < TABLE_LEN && cost(steps)? + another <= self.steps {
            return Err(ScheduleError::Table { steps: self.steps / another, most }.into());
        }
        sampler::check_lists(&lane.sampler, &lane.parameters, steps)?;
        let sigma = found[0].sigma();
        if sigma > MOST_NOISE && DELICATE.contains(&lane.sampler.as_str()) {
            let label = sampler::info(&lane.sampler).map_or("", |info| info.label);
            return Err(SettingsError::Precision { label, sigma });
        }
        Ok(found)
    }

    /// The digits that are learned, in ascending order.
    pub fn chosen_digits(&self) -> Vec<u8> {
        self.digits.bytes().map(|digit| digit.wrapping_sub(b'0')).collect()
    }

    /// Which class each of `count` samples is asked to be of, where the network takes classes: those of `learned` in turn, one, or none in
    /// particular, which is also what a class is that was not learned. Rows that morph are of one class each, `row` long.
    pub fn classes(&self, count: usize, row: usize, learned: &[u8]) -> Option<Vec<Option<u8>>> {
        let wanted = self.digit.parse().ok();
        let of = |i: usize| match wanted {
            Some(class) => Some(class),
            None => learned.get(if self.morph { i / row } else { i } % learned.len().max(1)).copied(),
        };
        let there = wanted.is_none_or(|class| learned.contains(&class));
        (self.digit != "any" && there).then(|| (0..count).map(of).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bounds_and_names_hold() {
        assert_eq!(Settings::default().check(), Ok(()));
        let error = |change: fn(&mut Settings)| {
            let mut settings = Settings::default();
            change(&mut settings);
            settings.check().err()
        };
        assert!(matches!(error(|s| s.steps = 0), Some(SettingsError::Range { label: "Steps", .. })));
        assert!(matches!(error(|s| s.training.ema = f64::NAN), Some(SettingsError::Range { .. })));
        assert!(matches!(error(|s| s.data = "rabbit".into()), Some(SettingsError::Choice { .. })));
        for digits in ["", "31", "33", "1x", "x"] {
            let settings = Settings { digits: digits.into(), ..Settings::default() };
            assert!(matches!(settings.check(), Err(SettingsError::Choice { .. })), "{digits}");
        }
        assert!(matches!(error(|s| s.lanes[1].sampler = "warp".into()), Some(SettingsError::Sampler(_))));
        assert_eq!(error(|s| s.lanes.clear()), Some(SettingsError::Lanes(0)));
    }

    #[test]
    fn only_what_shapes_the_network_restarts_it() {
        let old = Settings::default();
        let with = |change: fn(&mut Settings)| {
            let mut settings = old.clone();
            change(&mut settings);
            old.needs_restart(&settings)
        };
        assert!(with(|s| s.width = 64) && with(|s| s.seed = 2) && with(|s| s.data = "cat".into()));
        assert!(with(|s| s.hidden = Hidden::Wide));
        assert!(
            !with(|s| s.steps = 50)
                && !with(|s| s.training.learning_rate = 1e-3)
                && !with(|s| s.training.objective = Objective::Simple)
        );
    }

    #[test]
    fn lanes_ask_for_the_digits_that_are_learned() {
        let settings = Settings { digits: "357".into(), ..Settings::for_data("digits") };
        let asked = |settings: &Settings| {
            settings.classes(5, 2, &settings.chosen_digits()).map(|all| all.into_iter().flatten().collect::<Vec<_>>())
        };
        assert_eq!(asked(&settings), Some(vec![3, 5, 7, 3, 5]));
        assert_eq!(asked(&Settings { morph: true, ..settings.clone() }), Some(vec![3, 3, 5, 5, 7]));
        assert_eq!(asked(&Settings { digit: "7".into(), ..settings.clone() }), Some(vec![7; 5]));
        assert_eq!(asked(&Settings { digit: "8".into(), ..settings.clone() }), None);
        assert_eq!(asked(&Settings { digit: "any".into(), ..settings }), None);
    }

    /// A link and the page's object have one level: training's options stand among the others.
    #[test]
    fn settings_are_one_flat_object() {
        let training = TrainingOptions { learning_rate: 0.01, batch: 32, ..TrainingOptions::images() };
        let settings = Settings { training, steps: 7, ..Settings::for_data("cat") };
        let values = serde_json::to_value(&settings).expect("JSON");
        assert_eq!(values["learning_rate"], 0.01);
        assert_eq!((&values["batch"], &values["turn_target"]), (&json!(32), &json!("central")));
        let table: Value = serde_json::from_str(&schema()).expect("JSON");
        let mut keys: Vec<&str> =
            table["fields"].as_array().expect("fields").iter().filter_map(|field| field["key"].as_str()).collect();
        keys.sort_unstable();
        assert!(values.as_object().expect("an object").keys().eq(keys), "the table has other keys than the settings");
        assert_eq!(serde_json::from_value::<Settings>(values).expect("settings"), settings);
        let sparse: Settings = serde_json::from_str(r#"{"steps": 9, "batch": 16}"#).expect("settings");
        let training = TrainingOptions { batch: 16, ..Settings::default().training };
        assert_eq!(sparse, Settings { steps: 9, training, ..Settings::default() });
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        let error = |text: &str| serde_json::from_str::<Settings>(text).expect_err("no settings").to_string();
        assert_eq!(error(r#"{"steps": 9, "speed": 1}"#), "there is no setting called “speed”");
        // The flat object has no level of that name.
        assert_eq!(error(r#"{"training": {"batch": 16}}"#), "there is no setting called “training”");
        assert!(error(r#"{"batch": "many"}"#).starts_with("invalid type: string \"many\""));
        assert!(error(r#"{"weighting": "heavy"}"#).starts_with("unknown variant `heavy`"));
    }

    /// Every choice of the table is a value of its type.
    #[test]
    fn every_choice_is_understood() {
        let table: Value = serde_json::from_str(&schema()).expect("JSON");
        let mut count = 0;
        for field in table["fields"].as_array().expect("fields") {
            for option in field["options"].as_array().into_iter().flatten() {
                let mut values = serde_json::to_value(Settings::default()).expect("JSON");
                values[field["key"].as_str().expect("a key")] = option["value"].clone();
                let settings: Settings = serde_json::from_value(values).expect("settings");
                assert_eq!(settings.check(), Ok(()));
                count += 1;
            }
        }
        assert!(count > 40, "{count}");
    }

    #[test]
    fn another_output_or_other_heads_restart() {
        assert!(Settings::default().needs_restart(&Settings { output: Output::Noise, ..Settings::default() }));
        assert!(Settings::default().needs_restart(&Settings { heads: Heads::Separate, ..Settings::default() }));
    }

    /// The page's copy of the table, and its types. `FEWSTEPS_UPDATE=1 cargo test --release` writes it anew.
    #[test]
    fn generated_files_are_current() {
        crate::generated::check("www/generated/settings.json", &schema());
        crate::generated::check_types("settings", "", &schema::declarations());
    }
}
