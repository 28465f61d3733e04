//! How far samples, or whole densities, are from where they should be.

pub mod cells;
pub mod change_of_variables;
pub mod classify;
pub mod digits;
pub mod distances;
pub mod divergence;
pub mod frechet;
pub mod memorisation;
pub mod noise_scale;
pub mod plane;
pub mod propagation;
