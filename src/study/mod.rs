//! Measures of how far samples, or whole densities, are from where they should be.

pub mod kernel;
pub mod memorisation;
pub mod metrics;
