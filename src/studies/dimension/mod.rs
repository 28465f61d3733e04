//! More and more coordinates: how many steps the same accuracy takes.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
