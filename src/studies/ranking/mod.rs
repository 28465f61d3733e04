//! The table of all samplers: who is best at few evaluations, and by how much.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
