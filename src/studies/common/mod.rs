//! Parts that several studies share: inputs, targets, samplers, samples, their errors, and numbers in sentences.

pub mod context;
pub mod errors;
pub mod found;
pub mod grids;
pub mod method;
pub mod nearest;
pub mod paths;
pub mod points;
pub mod seeds;
pub mod slope;
pub mod source;
pub mod targets;
pub mod trained;
pub mod variation;
pub mod words;
