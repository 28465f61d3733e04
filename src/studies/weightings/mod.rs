//! The same steps on the same points and noise under several weightings: which network samples best.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
