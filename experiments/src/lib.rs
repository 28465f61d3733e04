//! What several research programs share: digits as a data set, and samples of them.

pub mod samples;
