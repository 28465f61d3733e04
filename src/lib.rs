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
//! Arrows go one way: `browser -> session, lab -> study, training -> sampler, objective -> denoiser -> network, schedule, data`.
//!
//! | room | holds |
//! |---|---|
//! | [`schedule`] | noise levels and step grids, pure `f64` |
//! | [`state`] | what a sampler moves: points in `f64`, or a Burn tensor |
//! | [`denoiser`] | the socket, and three plugs: exact mixture, exact data set, network |
//! | [`parameters`] | named parameters of samplers and schedules |
//! | [`sampler`] | reverse processes, one file a family, one table |
//! | [`network`] | one trunk, two heads; weights as safetensors |
//! | [`objective`] | the simple objective, the accelerated one, at which noise levels, and what errors weigh there |
//! | [`data`] | points, digits, the visitor's own: anything in becomes a standardised set |
//! | [`training`] | the loop as an iterator |
//! | [`study`] | distances between sets of points, and between the law that a sampler makes and the exact one |
//! | [`lab`] | studies that show why, each from a description, in slices, as tables and views |
//! | [`settings`] | everything a visitor can choose, defined once |
//! | [`session`] | one visitor's run, without the browser |
//! | [`guide`] | the mathematics, from noise to curved steps, as a chapter |
//!
//! One notation throughout: `alpha_bar` and `sigma` for the level, `x` for the VP state `sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar)
//! eps`, `y = x / sqrt(alpha_bar)` for the VE state, `eh` for `E[eps | x]`, `c` for its turn.

#[cfg(target_family = "wasm")]
pub mod browser;
pub mod data;
pub mod denoiser;
#[cfg(test)]
mod generated;
pub mod guide;
pub mod lab;
pub mod network;
pub mod objective;
pub mod parameters;
pub mod sampler;
pub mod schedule;
pub mod session;
pub mod settings;
pub mod state;
pub mod study;
mod symmetric;
pub mod training;
