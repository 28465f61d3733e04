//! Distributions whose ideal denoiser is known in closed form: Gaussian mixtures, and finite data sets as sums of Diracs.

mod conditioning;
mod empirical;
mod exact;
pub mod line;
mod mixture;

pub use conditioning::Measurement;
pub use empirical::{Empirical, EmpiricalOnDevice};
pub use exact::{Exact, optimal_loss};
pub use mixture::{Mixture, MixtureError};
