//! Sample quality against training steps: when is more than the simple objective worth it, and which levels for a network badly trained.

mod run;
mod text;

pub(super) use run::begin;
pub(super) use text::INFO;
