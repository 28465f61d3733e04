//! Numbers with a description of them, as bytes: shares of a step for other workers, and runs to go on with.

use burn::tensor::Tensor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state::cause;

/// The length of `header` (four bytes, the lowest first), itself as JSON, and `values`, four bytes each.
///
/// # Errors
/// A sentence of the device that did not hand the values over.
pub(super) async fn pack(header: &impl Serialize, values: Tensor<1>) -> Result<Vec<u8>, String> {
    let header = serde_json::to_vec(header).map_err(|error| error.to_string())?;
    let length = u32::try_from(header.len()).map_err(|error| error.to_string())?;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend(header);
    append(&mut bytes, values).await?;
    Ok(bytes)
}

/// What was packed; nothing where the bytes are cut, or of something else.
pub(super) fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, Vec<f32>)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (header, values) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    Some((serde_json::from_slice(header).ok()?, floats(values)?))
}

/// Adds `values`, four bytes each.
///
/// # Errors
/// As [`pack`].
pub(super) async fn append(bytes: &mut Vec<u8>, values: Tensor<1>) -> Result<(), String> {
    let data = values.into_data_async().await.map_err(|error| cause(&error))?;
    bytes.extend(data.iter::<f32>().flat_map(f32::to_le_bytes));
    Ok(())
}

/// Bytes as the numbers that they are; nothing where they are cut.
pub(super) fn floats(bytes: &[u8]) -> Option<Vec<f32>> {
    let (values, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| values.iter().map(|&value| f32::from_le_bytes(value)).collect())
}
