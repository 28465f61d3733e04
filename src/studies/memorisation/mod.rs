//! Memorisation and generalisation: when a network knows its points by heart, and when it has learned their law.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
