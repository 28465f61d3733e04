//! What several studies need: targets, methods, samples, their errors, and numbers in sentences.

pub mod bench;
pub mod judge;
pub mod method;
pub mod paths;
pub mod points;
pub mod pupil;
pub mod slope;
pub mod source;
pub mod variation;
pub mod words;
