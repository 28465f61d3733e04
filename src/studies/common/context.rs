//! The trained model of a study, with its data.

use burn::tensor::Device;

use crate::data::Dataset;
use crate::denoiser::NetworkDenoiser;
use crate::network::weights;
use crate::studies::StudyError;

/// The data set of a description that names none.
const DATA: &str = "eight_gaussians";

/// Inputs that come beside a description.
#[derive(Clone)]
pub struct Supplies {
    /// Where networks compute.
    pub device: Device,
    /// Row-major points `[n, 2]` of data that is "drawn" or "uploaded".
    pub points: Option<Vec<f32>>,
    /// The unpacked file of digits.
    pub images: Option<Vec<u8>>,
    /// The network's weights, as safetensors.
    pub weights: Option<Vec<u8>>,
}

/// What a study finds on its context. Nothing is unpacked before it is asked for.
pub struct Context {
    data: String,
    supplies: Supplies,
}

impl Context {
    pub(in crate::studies) fn new(data: Option<String>, supplies: Supplies) -> Self {
        Self { data: data.unwrap_or_else(|| DATA.into()), supplies }
    }

    /// Where networks compute.
    pub fn device(&self) -> &Device {
        &self.supplies.device
    }

    /// Name of the data set.
    pub fn data_name(&self) -> &str {
        &self.data
    }

    /// The data set.
    ///
    /// # Errors
    /// When there is none of that name or its points are missing.
    pub fn data(&self) -> Result<Dataset, StudyError> {
        Ok(Dataset::named(&self.data, self.supplies.points.as_deref(), self.supplies.images.as_deref())?)
    }

    /// The network whose weights came in, the data set it was trained on, and its number of classes.
    ///
    /// # Errors
    /// When there are no weights, or they were trained on other data.
    pub fn model(&self) -> Result<(NetworkDenoiser, Dataset, usize), StudyError> {
        let bytes = self.supplies.weights.as_deref().ok_or(StudyError::NoNetwork)?;
        let weights = weights::load(bytes, &self.supplies.device)?;
        if weights.description.data != self.data {
            return Err(StudyError::OtherData { trained: weights.description.data, data: self.data.clone() });
        }
        let data = self.data()?;
        let (found, expected) = (weights.description.network.dimension(), data.dimension);
        if found != expected {
            return Err(StudyError::Dimension { found, expected });
        }
        let classes = weights.description.network.classes();
        Ok((NetworkDenoiser::from(weights), data, classes))
    }
}
