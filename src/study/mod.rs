//! Measures of how far samples, or whole densities, are from where they should be.

pub mod cells;
pub mod change_of_variables;
pub mod divergence;
pub mod kernel;
pub mod memorisation;
pub mod metrics;
pub mod propagation;
