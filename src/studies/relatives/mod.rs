//! Relatives of the flow map: other ways to few steps, each after as much training.
//!
//! Their training is here and not in `training`: the playground trains flow maps, and these are what that choice is compared with.

mod consistency;
mod learn;
mod measure;
mod reflow;
mod run;
mod shortcut;
mod text;

pub(super) use run::begin;
pub(super) use text::{INFO, SETS};
