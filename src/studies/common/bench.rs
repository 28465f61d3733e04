//! What a study works with: exact targets, and the network with its data.

use burn::tensor::Device;

use crate::data::Dataset;
use crate::denoiser::NetworkDenoiser;
use crate::distribution::Mixture;
use crate::network::weights;
use crate::studies::LabError;

/// The data set of a description that names none.
const DATA: &str = "eight_gaussians";

/// What comes beside a description.
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

/// What a study finds on its bench. Nothing is unpacked before it is asked for.
pub struct Bench {
    data: String,
    supplies: Supplies,
}

impl Bench {
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
    pub fn data(&self) -> Result<Dataset, LabError> {
        Ok(Dataset::named(&self.data, self.supplies.points.as_deref(), self.supplies.images.as_deref())?)
    }

    /// The network whose weights were given, the data set it was trained on, and how many classes it can be asked for.
    ///
    /// # Errors
    /// When there are no weights, or they are not of a network for that data.
    pub fn model(&self) -> Result<(NetworkDenoiser, Dataset, usize), LabError> {
        let bytes = self.supplies.weights.as_deref().ok_or(LabError::NoNetwork)?;
        let (network, description) = weights::load(bytes, &self.supplies.device)?;
        let data = self.data()?;
        let (found, expected) = (description.network.dimension(), data.dimension);
        if found != expected {
            return Err(LabError::Dimension { found, expected });
        }
        let classes = description.network.classes();
        Ok((NetworkDenoiser::new(network, description.network.turn_cost()), data, classes))
    }
}

/// Eight Gaussians of width .1 on a ring of radius 1.3, in the plane.
pub fn ring() -> Mixture {
    let place = |k: usize| {
        let (sin, cos) = (std::f64::consts::TAU * k as f64 / 8.0).sin_cos();
        vec![1.3 * cos, 1.3 * sin]
    };
    let means: Vec<Vec<f64>> = (0..8).map(place).collect();
    let covariances = vec![vec![vec![0.01, 0.0], vec![0.0, 0.01]]; 8];
    Mixture::new(&[1.0; 8], &means, &covariances).expect("a ring is a mixture")
}

/// Three Gaussians of different weights and widths, on the line.
pub fn line() -> Mixture {
    let variances = [vec![vec![0.04]], vec![vec![0.09]], vec![vec![0.02]]];
    Mixture::new(&[0.5, 0.3, 0.2], &[vec![-0.8], vec![0.5], vec![1.4]], &variances).expect("a mixture")
}
