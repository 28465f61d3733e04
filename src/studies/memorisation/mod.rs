//! Memorisation and generalisation: when a network has memorised its points, and when it has learned their distribution.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
