//! Denoisers made of networks and of other denoisers: a trained network, guidance towards a class, inpainting of known pixels.
//!
//! The exact ones, of Gaussian mixtures and of finite data sets, are in [`crate::distribution`].

mod guided;
mod inpainting;
mod network;

pub use guided::{Guidance, Guided};
pub use inpainting::Inpainting;
pub use network::NetworkDenoiser;

pub use crate::prediction::{Denoiser, Prediction};
