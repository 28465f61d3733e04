//! Diffusion models that train in the browser and learn how their sampling path turns.
//!
//! ```text
//! browser -> session -> training -> objective -> denoiser -> network, schedule, data
//!                    -> sampler  ------------^
//! ```
//!
//! | room | holds |
//! |---|---|
//! | [`schedule`] | noise levels and step grids, pure `f64` |
//! | [`state`] | what a sampler moves: points in `f64`, or a Burn tensor |
//! | [`denoiser`] | the socket, and three plugs: exact mixture, exact data set, network |
//! | [`sampler`] | reverse processes, one file a family, one table |
//! | [`network`] | one trunk, two heads |

#[cfg(target_family = "wasm")]
pub mod browser;
pub mod data;
pub mod denoiser;
pub mod network;
pub mod objective;
pub mod sampler;
pub mod schedule;
pub mod session;
pub mod settings;
pub mod state;
pub mod study;
pub mod training;
