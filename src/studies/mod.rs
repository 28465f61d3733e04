//! The laboratory: studies that show why, with numbers, each from a description in JSON and in slices that its caller asks for.
//!
//! ```json
//! {"study": "quality", "target": "ring", "samplers": ["ddim", "curved_pc"], "grid": {"name": "log_linear", "sigma_max": 80}}
//! ```
//!
//! What is missing has its default. Studies of the model also take `data` (a data set's name, with `data_points` when it is "drawn"
//! or "uploaded"); the weights come beside the description. `outcome`, which an exported study has, is not read.

mod bound;
mod budget;
mod common;
mod density;
mod digits;
mod dimension;
mod gamma;
mod grids;
mod known_density;
mod langevin;
mod loss;
mod measured;
mod memorisation;
mod numbers;
mod outcome;
mod outline;
mod parallel;
mod parts;
mod progress;
mod projection;
mod quality;
mod ranking;
mod reach;
mod relatives;
mod report;
pub mod reverse_process;
mod score_error;
mod split;
mod turn;
mod weightings;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

use crate::data::{self, DataError};
use crate::metrics::digits::QualityError;
use crate::network::weights::WeightsError;
use crate::parameters::{self, Checked, Kind, Parameter, ParameterError, Values};
use crate::sampler::{self, SamplerError};
use crate::schedule::{self, ScheduleError};

pub use common::context::{Context, Supplies};
pub use outcome::Outcome;
pub use outline::{Column, Line, Outline, Table, View};
pub use parts::Part;
pub use report::{Report, Rows, Run, Update};

/// Why a study can't begin or go on. Codes are stable; sentences begin with the field at fault and are for visitors.
#[derive(Debug, Error)]
#[allow(missing_docs)] // The messages say it.
pub enum StudyError {
    #[error("{0}")]
    Json(String),
    #[error("study: there is no study called “{0}”")]
    Unknown(String),
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    #[error("samplers: {0}")]
    Sampler(#[from] SamplerError),
    #[error("grid: {0}")]
    Schedule(#[from] ScheduleError),
    #[error("data: {0}")]
    Data(#[from] DataError),
    #[error("weights: {0}")]
    Weights(#[from] WeightsError),
    #[error("weights: this study is about the model, and no weights were given")]
    NoNetwork,
    #[error("weights: these are of a network for {found} coordinates, and the data has {expected}")]
    Dimension { found: usize, expected: usize },
    #[error(
        "weights: these were trained on “{trained}”, and the study is of “{data}”; its data can be \"data\": \"{trained}\""
    )]
    OtherData { trained: String, data: String },
    #[error("{field}: {what}")]
    Unfit { field: &'static str, what: String },
    #[error("the device did not answer: {0}")]
    Device(String),
    #[error("what another worker computed can't be read")]
    Part,
}

impl StudyError {
    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::Unknown(_) => "study",
            Self::Parameter(_) | Self::Unfit { .. } => "parameter",
            Self::Sampler(_) => "sampler",
            Self::Schedule(_) => "schedule",
            Self::Data(_) => "data",
            Self::Weights(_) | Self::NoNetwork | Self::Dimension { .. } | Self::OtherData { .. } => "weights",
            Self::Device(_) => "device",
            Self::Part => "part",
        }
    }
}

impl From<QualityError> for StudyError {
    fn from(error: QualityError) -> Self {
        match error {
            QualityError::Device(error) => Self::Device(error),
            QualityError::Reference => Self::Unfit { field: "data", what: error.to_string() },
        }
    }
}

/// When a study needs the network and its data.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// Never: its targets are its own.
    Nothing,
    /// When its parameter `target` is "model".
    Target,
    /// Always.
    Model,
    /// Always, and of handwritten digits.
    Digits,
}

/// Parameters that reproduce something, or show it best.
#[cfg_attr(test, derive(ts_rs::TS))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Preset {
    /// Name for people.
    pub label: &'static str,
    /// One sentence: what to look for.
    pub help: &'static str,
    /// Parameters as JSON; what is missing has its default.
    pub values: &'static str,
}

/// What the table of studies says of one.
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "StudyEntry"))]
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Info {
    /// Name in links, in JSON and in code.
    pub value: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// The question it answers, in a sentence.
    pub question: &'static str,
    /// What is measured and how to read it, in a paragraph or two (parted by a blank line).
    pub help: &'static str,
    /// arXiv ids and sections.
    pub source: &'static str,
    /// What it needs of the page.
    pub needs: Needs,
    /// What can be chosen.
    pub parameters: &'static [Parameter],
    /// Settings worth a button.
    pub presets: &'static [Preset],
}

/// The parameter that every study's draws come from; `help` says what is drawn.
const fn seed(help: &'static str) -> Parameter {
    Parameter { key: "seed", label: "Seed", help, kind: Kind::Integer { default: 1, min: 0, max: 1_000_000 } }
}

/// The parameter of studies that are repeated from seed to seed; `help` says what each draws anew.
const fn seeds(help: &'static str) -> Parameter {
    Parameter { key: "seeds", label: "Seeds", help, kind: Kind::Integer { default: 3, min: 1, max: 10 } }
}

type Begin = fn(Checked<'_>, Context) -> Result<Run, StudyError>;

macro_rules! table {
    ($($study:ident),* $(,)?) => {
        /// Every study, in the order in which lists show them.
        pub const TABLE: &[Info] = &[$($study::INFO),*];
        const BEGIN: &[Begin] = &[$($study::begin),*];
    };
}

table! {
    quality,
    density,
    budget,
    bound,
    score_error,
    dimension,
    progress,
    split,
    loss,
    weightings,
    memorisation,
    projection,
    reach,
    langevin,
    turn,
    ranking,
    gamma,
    grids,
    parallel,
    measured,
    known_density,
    relatives,
    digits,
}

#[derive(Deserialize)]
struct Description {
    study: String,
    data: Option<String>,
    data_points: Option<Vec<[f32; 2]>>,
    #[serde(default, rename = "outcome")]
    _outcome: IgnoredAny,
    #[serde(flatten)]
    parameters: Values,
}

/// Begins the study that `description` describes.
///
/// # Errors
/// [`StudyError`], whose sentence names what is at fault.
pub fn begin(description: &str, mut supplies: Supplies) -> Result<Run, StudyError> {
    let mut reader = serde_json::Deserializer::from_str(description);
    let description: Description = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        StudyError::Json(if path == "." { error.to_string() } else { format!("{path}: {error}") })
    })?;
    let Some(index) = TABLE.iter().position(|info| info.value == description.study) else {
        return Err(StudyError::Unknown(description.study));
    };
    let values = parameters::check(TABLE[index].value, TABLE[index].parameters, &description.parameters)?;
    // Named wrongly, it would otherwise be accepted in silence where it is not needed.
    description.data.as_deref().map_or(Ok(()), |name| data::info(name).map(drop))?;
    if let Some(points) = description.data_points {
        supplies.points = Some(points.concat());
    }
    BEGIN[index](values, Context::new(description.data, supplies))
}

/// The table of studies as JSON, for the page.
pub fn schema() -> String {
    serde_json::to_string_pretty(TABLE).unwrap_or_default() + "\n"
}

/// Every sampler, schedule and study as JSON: name, order, evaluations a step, formula, source and parameters.
pub fn list() -> String {
    let entries = |table: Value| -> Value {
        let entry = |mut entry: Value| {
            // Tables of people's choices say "value" for what a description calls a name.
            entry["name"] = entry["value"].take();
            entry.as_object_mut().map(|fields| fields.remove("value"));
            entry
        };
        table.as_array().into_iter().flatten().cloned().map(entry).collect()
    };
    let table = json!({
        "samplers": entries(json!(sampler::TABLE)),
        "short_names": sampler::short_names(),
        "schedules": entries(json!(schedule::TABLE)),
        "studies": entries(json!(TABLE)),
    });
    serde_json::to_string_pretty(&table).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::generated::{check_types, declare};

    /// The page's copy of the table, and the types of what a study says. `FEWSTEPS_UPDATE=1 cargo test --release` writes them anew.
    #[test]
    fn the_generated_files_are_current() {
        crate::generated::check("www/generated/studies.json", &schema());
        let types = [
            declare::<Needs>(),
            declare::<Preset>(),
            declare::<Info>(),
            declare::<Line>(),
            declare::<Column>(),
            declare::<Table>(),
            declare::<View>(),
            declare::<Outline>(),
            declare::<Rows>(),
            declare::<Update>(),
        ];
        check_types("studies", "import type { Parameter } from \"./settings\";\n\n", &types.concat());
    }

    /// Defaults and presets begin. What needs the model says that it is missing, and no more than that.
    #[test]
    fn defaults_and_presets_begin() {
        for info in TABLE {
            let presets = info.presets.iter().map(|preset| (preset.label, preset.values));
            for (label, values) in presets.chain([("the defaults", "{}")]) {
                let mut description: Value = serde_json::from_str(values).expect("JSON");
                let on_model = match info.needs {
                    Needs::Nothing => false,
                    Needs::Target => description["target"] == "model",
                    Needs::Model | Needs::Digits => true,
                };
                description["study"] = info.value.into();
                let supplies = Supplies { device: Device::flex(), points: None, images: None, weights: None };
                match begin(&description.to_string(), supplies) {
                    Ok(run) => {
                        assert!(!on_model, "{}, {label}: begins without a model", info.value);
                        assert!(!run.outline().views.is_empty(), "{}, {label}: shows nothing", info.value);
                    }
                    Err(StudyError::NoNetwork) if on_model => {}
                    Err(error) => panic!("{}, {label}: {error}", info.value),
                }
            }
        }
    }

    /// Every word for visitors is there, and no parameter has the name of something else.
    #[test]
    fn studies_explain_themselves() {
        for info in TABLE {
            let words = [info.label, info.question, info.help, info.source];
            assert!(words.iter().all(|word| !word.trim().is_empty()), "{} is silent", info.value);
            assert!(info.question.ends_with('?'), "{}: {}", info.value, info.question);
            for preset in info.presets {
                assert!(preset.help.ends_with(['.', '?']), "{}, {}: {}", info.value, preset.label, preset.help);
            }
            for (index, parameter) in info.parameters.iter().enumerate() {
                let again = info.parameters[..index].iter().any(|other| other.key == parameter.key);
                let taken = ["study", "data", "data_points", "outcome"].contains(&parameter.key);
                assert!(!again && !taken, "{}: {} is taken", info.value, parameter.key);
            }
        }
    }
}
