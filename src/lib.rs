//! Diffusion models that train in the browser and learn how their sampling path turns.
//!
//! A diffusion model is a velocity field: `dy/dsigma = eps(y, sigma)` carries noise to data. A second head learns
//! `c = d eps / d ln sigma` along the path, and samplers that use it need a few steps where straight ones need many.
//!
//! ```
//! # #[cfg(feature = "cpu")] {
//! use burn::tensor::{Device, Distribution, Tensor};
//! use fewsteps::data::Dataset;
//! use fewsteps::network::NetworkConfig;
//! use fewsteps::sampler::{CurvedPc, sample};
//! use fewsteps::schedule::log_linear;
//! use fewsteps::training::{Trainer, TrainingOptions};
//!
//! let device = Device::flex();
//! let spiral = Dataset::named("spiral", None, None)?;
//! let network = NetworkConfig::for_data(&spiral, 32);
//! let mut trainer = Trainer::new(network, TrainingOptions::points(), spiral, 1, &device);
//! for (step, losses) in trainer.by_ref().take(200).enumerate() {
//!     println!("{step}: {}", losses.noise.into_scalar::<f32>());
//! }
//! let noise = || Tensor::<2>::random([1000, 2], Distribution::Normal(0.0, 1.0), &device);
//! let curved = CurvedPc::default();
//! let points = pollster::block_on(sample(curved, trainer.denoiser(), log_linear(6, 0.02, 10.0), noise)); // [1000, 2]
//! # assert_eq!(points.dims(), [1000, 2]);
//! # assert!(points.abs().max().into_scalar::<f32>() < 10.0);
//! # }
//! # Ok::<(), fewsteps::data::DataError>(())
//! ```
//!
//! A trained network and an exact distribution are both a [`Denoiser`](prediction::Denoiser); a [`Formula`](sampler::Formula) is one
//! step of a sampler, and a [`Trajectory`](sampler::Trajectory) the loop over its steps; grids of levels come from [`schedule`].
//! The chapter in [`guide`] derives all of it.
//!
//! # Layers
//!
//! Each layer may use those above it in this table and none below; `cargo xtask test lints` holds the code to it.
//!
//! | layer | holds |
//! |---|---|
//! | [`level`], [`state`], [`estimate`], `symmetric` | a noise level; a batch of points in `f64` or as a Burn tensor; a mean and its standard error; eigenvalues |
//! | [`parameters`] | named parameters of samplers, schedules and studies |
//! | [`schedule`] | grids of noise levels, pure `f64` |
//! | [`prediction`] | the denoiser trait, its predictions, and the score and bracket derived from them |
//! | [`distribution`] | exact distributions and their ideal denoisers: Gaussian mixture, finite data set, density as a function |
//! | [`data`] | points, digits, the visitor's own, all standardised |
//! | [`network`] | one trunk, two heads; weights as safetensors |
//! | [`denoiser`] | denoisers made of networks and of other denoisers: guidance, inpainting |
//! | [`objective`] | the simple objective, the accelerated one, level distributions, weightings |
//! | [`sampler`] | reverse processes: typed samplers, one file a family, and their table |
//! | [`sharing`] | work split among workers; reverse processes whose rows several of them run |
//! | [`training`] | the loop as an iterator |
//! | [`metrics`] | distances between samples and data, and between the density that a sampler makes and the exact one |
//! | [`settings`] | everything a visitor can choose, defined once |
//! | [`studies`] | experiments, each from a description, in slices, as tables and views |
//! | [`session`] | one visitor's run, without the browser |
//! | [`workload`] | the fixed work that benchmarks measure |
//! | [`guide`] | the mathematics, from noise to curved steps, as a chapter |
//! | `web` | the engine for JavaScript; in the browser's build only |
//!
//! Below them all lies a crate of its own, `fewsteps_kernels`: what networks are made of, on the CPU engine by vectorised
//! kernels and on WebGPU by few dispatches.
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
pub mod sharing;
pub mod state;
pub mod studies;
mod symmetric;
pub mod training;
#[cfg(target_family = "wasm")]
pub mod web;
pub mod workload;
