//! Parallel sampling: all steps at once, guessed and corrected in rounds.

mod picard;
mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
