//! The laboratory: studies that show why, with numbers, each from a description in JSON and in slices that its caller asks for.
//!
//! ```json
//! {"study": "quality", "target": "ring", "samplers": ["ddim", "curved_pc"], "grid": {"name": "log_linear", "sigma_max": 80}}
//! ```
//!
//! What is missing has its default. Studies of the model also take `data` (a data set's name, with `data_points` when it is "drawn"
//! or "uploaded"); the weights come beside the description. `outcome`, which an exported study has, is not read.

mod bench;
mod budget;
mod density;
mod langevin;
mod loss;
mod measure;
mod memorisation;
mod method;
mod outcome;
mod outline;
mod projection;
mod pupil;
mod quality;
mod ranking;
mod report;
mod slope;
mod turn;
mod words;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::data::DataError;
use crate::network::weights::WeightsError;
use crate::parameters::{self, Checked, Parameter, ParameterError, Values};
use crate::sampler::SamplerError;
use crate::schedule::ScheduleError;

pub use bench::{Bench, Supplies};
pub use outcome::Outcome;
pub use outline::{Column, Line, Outline, Table, View};
pub use report::{Report, Rows, Run, Update};

/// Why a study can't be begun, or could not go on.
#[derive(Debug, Error)]
#[allow(missing_docs)] // The messages say it.
pub enum LabError {
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
    #[error("{field}: {what}")]
    Unfit { field: &'static str, what: String },
    #[error("the device did not answer: {0}")]
    Device(String),
}

/// When a study needs the network and its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Needs {
    /// Never: its targets are its own.
    Nothing,
    /// When its parameter `target` is "model".
    Target,
    /// Always.
    Model,
}

/// Parameters that reproduce something, or show it best.
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

type Begin = fn(Checked<'_>, Bench) -> Result<Run, LabError>;

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
    loss,
    memorisation,
    projection,
    langevin,
    turn,
    ranking,
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
/// [`LabError`], whose sentence names what is at fault.
pub fn begin(description: &str, mut supplies: Supplies) -> Result<Run, LabError> {
    let mut reader = serde_json::Deserializer::from_str(description);
    let description: Description = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        LabError::Json(if path == "." { error.to_string() } else { format!("{path}: {error}") })
    })?;
    let Some(index) = TABLE.iter().position(|info| info.value == description.study) else {
        return Err(LabError::Unknown(description.study));
    };
    let values = parameters::check(TABLE[index].value, TABLE[index].parameters, &description.parameters)?;
    if let Some(points) = description.data_points {
        supplies.points = Some(points.concat());
    }
    BEGIN[index](values, Bench::new(description.data, supplies))
}

/// The table of studies as JSON, for the page.
pub fn schema() -> String {
    serde_json::to_string_pretty(TABLE).unwrap_or_default()
}
