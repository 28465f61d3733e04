//! Loss by noise level: how much of it is left to learn, how much nobody can, and which levels a weighting favours.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
