//! Langevin, annealing, diffusion: which of them finds out how much lies in each of two modes far apart.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
