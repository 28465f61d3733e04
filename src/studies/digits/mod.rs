//! Digits against evaluations: how good samples of handwriting are, by how often the network was asked.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
