//! Distributions whose ideal denoiser is known in closed form: Gaussian mixtures, and finite data sets as sums of Diracs.

mod empirical;
mod exact;
mod given;
pub mod line;
mod mixture;

pub use empirical::{Empirical, EmpiricalOnDevice};
pub use exact::{Exact, optimal_loss};
pub use given::Measurement;
pub use mixture::{Mixture, MixtureError};
