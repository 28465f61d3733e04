//! Denoisers made of other things: a trained network, one guided towards a class, one that keeps known pixels.
//!
//! The exact ones, of Gaussian mixtures and of finite data sets, are in [`crate::distribution`].

mod guided;
mod inpainting;
mod network;

pub use guided::Guided;
pub use inpainting::Inpainting;
pub use network::NetworkDenoiser;

pub use crate::prediction::{Denoiser, Prediction};
