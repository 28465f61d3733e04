//! Digits against evaluations: how good samples of handwriting are, by the number of network evaluations.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
