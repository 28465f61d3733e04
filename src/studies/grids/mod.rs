//! Optimised grids: the noise levels that a few fine paths choose for each sampler, and coefficients fitted to their ends.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
