//! The bound of the convergence theorems, part by part and exactly, beside the error that it bounds.

mod girsanov;
mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
