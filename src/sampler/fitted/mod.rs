//! Samplers fitted to a denoiser's own fine paths: step grids by dynamic programming, and coefficients by least squares. Both learn a few
//! numbers in seconds, and no network.

mod grid;
mod paths;
mod solver;

pub use grid::{StepErrors, StraysOff, refined_grid};
pub use paths::FinePaths;
pub use solver::FittedSolver;
