//! Distributions whose ideal denoiser is known: Gaussian mixtures and finite data sets (sums of Diracs) in closed form, and densities that are
//! given as functions by Monte Carlo.

mod conditioning;
mod density;
mod empirical;
mod exact;
pub mod line;
mod mixture;

pub use conditioning::Measurement;
pub use density::Density;
pub use empirical::{Empirical, EmpiricalOnDevice};
pub use exact::{Exact, optimal_loss};
pub use mixture::{Mixture, MixtureError};
