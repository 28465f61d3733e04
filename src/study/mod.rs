//! Measures of how far samples are from data.

pub mod metrics;
