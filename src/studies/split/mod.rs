//! The score's error in three parts: what the network can't be, what its points don't say, what training has not reached.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
