//! Quality against steps: how fast errors fall as evaluations grow.

mod run;
mod text;

pub(super) use run::{Wanted, begin};
pub(super) use text::{ERRORS, INFO, TARGETS};
