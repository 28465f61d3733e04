//! Work split among workers: what they send each other, and reverse processes whose rows several of them run.
//!
//! A share carries all that it needs, weights too, so that a worker remembers nothing that it could not be sent again: where one dies,
//! its share is computed again by another, and the result is the same.

mod rows;
mod task;

use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use crate::state::cause;

pub(crate) use rows::Rows;
pub use rows::{Shown, SplitRun};
pub use task::{Known, Noise, Task};

/// Multiplications in a share: below, handing it over takes as long as computing it.
const SHARE: f64 = 1e7;
/// Multiplications in the time that a number takes to another worker and back: 20 to 30 ns in Chromium, where a product takes 0.04 ns (`cargo
/// xtask bench`: W1 by one worker and by two).
const NUMBER: f64 = 720.0;

/// What there is to share.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Multiplications, of which each worker has a part.
    pub multiplications: f64,
    /// Numbers that go to each helper, and as many that come back.
    pub numbers: usize,
}

/// Why bytes are no share of some work, or no answer to one.
#[derive(Clone, Debug, Error)]
pub enum ShareError {
    /// They are cut, or of something else.
    #[error("these bytes are no share of any work")]
    Format,
    /// The device did not hand the numbers over.
    #[error("the device did not answer: {0}")]
    Device(String),
    /// No helper could compute a share.
    #[error("a helping worker failed: {0}")]
    Helper(String),
}

/// Workers that compute shares, each with a [`Helper`](crate::training::Helper).
pub trait Helpers {
    /// How many there are.
    fn count(&self) -> usize;

    /// How many of them would begin at once: the first ones. Others have to be started first.
    fn ready(&self) -> usize {
        self.count()
    }

    /// How many of them the work is worth: each is to spare more than it costs to ask it.
    fn useful(&self, Work { multiplications, numbers }: Work) -> usize {
        let gains = |workers: usize| {
            let share = multiplications / workers as f64;
            share >= SHARE && share / (workers - 1) as f64 >= NUMBER * numbers as f64
        };
        (2..).map_while(|workers| gains(workers).then_some(workers - 1)).take(self.count()).last().unwrap_or(0)
    }

    /// Sends worker `index` its share.
    fn start(&mut self, index: usize, share: Vec<u8>);

    /// What worker `index` answers.
    fn finish(&mut self, index: usize) -> impl Future<Output = Result<Vec<u8>, ShareError>>;
}

/// No helpers at all.
pub struct Alone;

impl Helpers for Alone {
    fn count(&self) -> usize {
        0
    }

    fn start(&mut self, _: usize, _: Vec<u8>) {}

    async fn finish(&mut self, _: usize) -> Result<Vec<u8>, ShareError> {
        Err(ShareError::Format)
    }
}

/// What a share is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A training step of the velocity.
    Step,
    /// A training step of a flow map.
    MapStep,
    /// Steps of a reverse process.
    Rows,
}

const KINDS: [Kind; 3] = [Kind::Step, Kind::MapStep, Kind::Rows];

/// A share of a kind: what `header` says, and the bytes that it speaks of.
pub(crate) fn share(kind: Kind, header: &impl Serialize, rest: &[u8]) -> Result<Vec<u8>, ShareError> {
    let mut bytes = vec![kind as u8];
    bytes.extend(packed(header, rest)?);
    Ok(bytes)
}

/// The kind of a share, and what follows it.
pub(crate) fn kind(share: &[u8]) -> Result<(Kind, &[u8]), ShareError> {
    let (kind, rest) = share.split_first().ok_or(ShareError::Format)?;
    Ok((*KINDS.get(usize::from(*kind)).ok_or(ShareError::Format)?, rest))
}

/// `header` and the bytes that it speaks of.
pub(crate) fn packed(header: &impl Serialize, rest: &[u8]) -> Result<Vec<u8>, ShareError> {
    let header = serde_json::to_vec(header).map_err(|_| ShareError::Format)?;
    let length = u32::try_from(header.len()).map_err(|_| ShareError::Format)?;
    Ok([&length.to_le_bytes(), &*header, rest].concat())
}

/// What [`packed`] has packed.
pub(crate) fn unpacked<H: DeserializeOwned>(bytes: &[u8]) -> Result<(H, &[u8]), ShareError> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(ShareError::Format)?;
    let (header, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or(ShareError::Format)?;
    Ok((serde_json::from_slice(header).map_err(|_| ShareError::Format)?, rest))
}

/// The numbers of `tensors`, one after the other, read from the device at once.
pub(crate) async fn bytes_of(tensors: Vec<Tensor<1>>) -> Result<Vec<u8>, ShareError> {
    // As they lie in memory: taken apart byte by byte they took as long as the rest of a small step.
    const { assert!(cfg!(target_endian = "little"), "shares and checkpoints are little-endian") };
    let data = Tensor::cat(tensors, 0).into_data_async().await;
    let data = data.map_err(|error| ShareError::Device(cause(&error)))?;
    Ok(data.convert::<f32>().as_bytes().to_vec())
}

/// The numbers of `tensor`, row by row.
pub(crate) fn flat(tensor: Tensor<2>) -> Tensor<1> {
    let count = tensor.shape().num_elements();
    tensor.reshape([count])
}

/// What [`bytes_of`] has written.
pub(crate) fn floats(bytes: &[u8]) -> Result<Vec<f32>, ShareError> {
    let (values, rest) = bytes.as_chunks::<4>();
    if rest.is_empty() {
        Ok(values.iter().map(|&value| f32::from_le_bytes(value)).collect())
    } else {
        Err(ShareError::Format)
    }
}

/// The first `count` of `values`, which then begin after them.
pub(crate) fn taken<'a>(values: &mut &'a [f32], count: usize) -> Result<&'a [f32], ShareError> {
    let (own, rest) = values.split_at_checked(count).ok_or(ShareError::Format)?;
    *values = rest;
    Ok(own)
}

/// The same as `rows` rows on `device`, of which a share has one at least.
pub(crate) fn taken_rows(
    values: &mut &[f32],
    [rows, columns]: [usize; 2],
    device: &Device,
) -> Result<Tensor<2>, ShareError> {
    if rows == 0 {
        return Err(ShareError::Format);
    }
    let own = taken(values, rows.checked_mul(columns).ok_or(ShareError::Format)?)?;
    Ok(Tensor::from_data(TensorData::new(own.to_vec(), [rows, columns]), device))
}

/// `count` parts of `rows` rows, equal within a row, of one row at least.
pub(crate) fn cut(rows: usize, count: usize) -> Vec<std::ops::Range<usize>> {
    let count = count.clamp(1, rows.max(1));
    (0..count).map(|index| index * rows / count..(index + 1) * rows / count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Many;

    impl Helpers for Many {
        fn count(&self) -> usize {
            7
        }

        fn start(&mut self, _: usize, _: Vec<u8>) {}

        async fn finish(&mut self, _: usize) -> Result<Vec<u8>, ShareError> {
            Err(ShareError::Format)
        }
    }

    /// As measured: a step of batch 1,024 and three layers of 256 gains by a second worker; one of 256 and 128 takes longer with it.
    #[test]
    fn helpers_are_asked_where_they_spare_more_than_they_cost() {
        let step = |batch: usize, numbers: usize| Work { multiplications: (3 * batch * numbers) as f64, numbers };
        assert_eq!(Many.useful(step(1024, 149_000)), 1);
        assert_eq!(Many.useful(step(2048, 149_000)), 2);
        assert_eq!(Many.useful(step(256, 42_000)), 0);
        assert_eq!(Many.useful(step(2048, 1_000)), 0, "too little to do");
        assert_eq!(Many.useful(Work { multiplications: 1e9, numbers: 0 }), 7);
        assert_eq!(Alone.useful(Work { multiplications: 1e12, numbers: 0 }), 0);
    }
}
