//! What several research programs share: digits as a data set, samples of them, and numbers kept between programs.

pub mod numbers;
pub mod samples;
