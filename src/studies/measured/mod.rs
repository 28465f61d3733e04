//! Sampling what agrees with a measurement: the replacement of inpainting against the exact posterior.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
