//! Gradient estimation’s gamma: how far to extrapolate, at several numbers of steps.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
