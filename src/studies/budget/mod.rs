//! The error budget: what a sampler's distance from the data is made of, one part switched on at a time.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
