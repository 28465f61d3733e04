//! Diffusion models that train in the browser and learn how their sampling path turns.
//!
//! A diffusion model is a velocity field: `dy/dsigma = eps(y, sigma)` carries noise to data. A second head learns
//! `c = d eps / d ln sigma` along the path, and samplers that use it need a few steps where straight ones need many.
//!
//! ```no_run
//! use burn::tensor::Device;
//! use fewsteps::{session::Session, settings::Settings};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # #[cfg(feature = "cpu")] {
//! let mut session = Session::new(Device::flex());
//! session.configure(Settings { data: "spiral".into(), steps: 6, ..Settings::default() }, None, None, false)?;
//! pollster::block_on(session.train(3000))?;
//! let mut lane = session.lane(1)?;
//! while !lane.done() {
//!     let film = pollster::block_on(lane.advance(6))?;
//!     println!("{:?}", film.distances.last());
//! }
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! # Layers
//!
//! Each layer may use those above it in this table and none below; `cargo xtask test lints` holds the code to it.
//!
//! | layer | holds |
//! |---|---|
//! | [`level`], [`state`], [`estimate`], `symmetric` | a noise level; what a sampler moves: points in `f64`, or a Burn tensor; a mean and its standard error; eigenvalues |
//! | [`parameters`] | named parameters of samplers, schedules and studies |
//! | [`schedule`] | grids of noise levels, pure `f64` |
//! | [`prediction`] | the denoiser trait, its answer, and what follows from it |
//! | [`distribution`] | exact distributions and their ideal denoisers: Gaussian mixture, finite data set |
//! | [`data`] | points, digits, the visitor's own: anything in becomes a standardised set |
//! | [`network`] | one trunk, two heads; weights as safetensors |
//! | [`denoiser`] | denoisers made of others: trained network, guidance, inpainting |
//! | [`objective`] | the simple objective, the accelerated one, level distributions, weightings |
//! | [`sampler`] | reverse processes, one file a family, one table |
//! | [`training`] | the loop as an iterator |
//! | [`metrics`] | distances between samples and data, and between the density that a sampler makes and the exact one |
//! | [`settings`] | everything a visitor can choose, defined once |
//! | [`studies`] | experiments that show why, each from a description, in slices, as tables and views |
//! | [`session`] | one visitor's run, without the browser |
//! | [`guide`] | the mathematics, from noise to curved steps, as a chapter |
//! | `web` | the engine for JavaScript; in the browser's build only |
//!
//! One notation throughout: `alpha_bar` and `sigma` for the level, `x` for the VP state `sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar)
//! eps`, `y = x / sqrt(alpha_bar)` for the VE state, `eh` for `E[eps | x]`, `c` for its turn.

pub mod data;
pub mod denoiser;
pub mod distribution;
pub mod estimate;
#[cfg(test)]
mod generated;
pub mod guide;
pub mod level;
pub mod metrics;
pub mod network;
pub mod objective;
pub mod parameters;
pub mod prediction;
pub mod sampler;
pub mod schedule;
pub mod session;
pub mod settings;
pub mod state;
pub mod studies;
mod symmetric;
pub mod training;
#[cfg(target_family = "wasm")]
pub mod web;
