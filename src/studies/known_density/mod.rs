//! Sampling a density that is given as a function: how many draws its denoiser takes.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
