//! Density evolving: how noise becomes data on the line, under three denoisers.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
