//! A denoiser of data on a curved surface in many dimensions, against the projection onto it.

mod run;
mod text;
mod torus;

pub(super) use run::begin;
pub(super) use text::INFO;
