//! Grids of noise levels, noisiest first, that samplers walk down. Pure `f64`, without tensors.
//!
//! [`log_linear`] is the one to begin with. [`levels`] makes a grid of [`TABLE`] from its name and parameters; tables of levels for
//! discrete training, and the ways to stride through them, are functions too.

mod continuous;
mod grid;
mod table;

use thiserror::Error;

use crate::parameters::ParameterError;

pub use continuous::{log_linear, vp_level, vp_time};
pub use grid::{Info, TABLE, check, levels, most_steps};
pub use table::{cosine_table, leading, li_table, linear_table, linspace, trailing};

/// Number of levels in the tables of [`linear_table`] and [`cosine_table`].
pub const TABLE_LEN: usize = 1000;

/// Why a grid can't be made.
#[derive(Debug, Error, PartialEq)]
pub enum ScheduleError {
    /// A name that no schedule has.
    #[error("there is no schedule called “{0}”")]
    Unknown(String),
    /// A parameter that the schedule does not have or can't take.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// Steps outside 1 to [`TABLE_LEN`].
    #[error("steps must be from 1 to {TABLE_LEN}, not {0}")]
    Steps(usize),
    /// More steps than a table's levels allow: down to its first level there is one less than there are levels.
    #[error(
        "a table of {TABLE_LEN} levels has {most} steps down to its first one, not {steps}: take fewer, or end without noise"
    )]
    Table {
        /// The number of steps.
        steps: usize,
        /// The most that there can be.
        most: usize,
    },
    /// Fewer steps than the theoretical schedule is defined for: its rate `c1 ln T / T` must stay below one.
    #[error("the theoretical schedule needs more steps than {steps} for c1 = {c1}, or a smaller c1")]
    TooFast {
        /// The number of steps.
        steps: usize,
        /// The rate's constant.
        c1: f64,
    },
    /// Bounds that are not `0 < sigma_min < sigma_max`.
    #[error("noise levels must satisfy 0 < sigma_min < sigma_max, not {min} and {max}")]
    Bounds {
        /// The smallest noise level.
        min: f64,
        /// The largest noise level.
        max: f64,
    },
}
