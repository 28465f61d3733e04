//! Learning to turn: how well a second head knows how the path bends, and what makes it hard to learn.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
