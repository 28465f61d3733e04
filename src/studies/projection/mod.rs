//! Denoising is projection: paths of points towards a set, distances against the noise level, and the steps that keep them together.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
