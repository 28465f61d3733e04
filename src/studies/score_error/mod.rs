//! Errors put into an exact score: what is left of them in the samples, by their size and by where they are.

pub(super) mod perturbed;
mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
