//! Handwritten digits, from the packed file that the page fetches.

use thiserror::Error;

use super::Dataset;

/// Pixels on a side.
pub const SIDE: usize = 28;
/// Coordinates of an image.
pub const PIXELS: usize = SIDE * SIDE;
/// Mean and width over all pixels of the training images, ink counted from 0 to 1.
const STANDARD: (f32, f32) = (0.1307, 0.3081);

/// Why bytes are no digits.
#[derive(Debug, Error, PartialEq)]
pub enum DigitsError {
    /// Another kind of file.
    #[error("this is not a file of digits")]
    Magic,
    /// A file of another length than its header says.
    #[error("the file of digits is cut: it should have {expected} bytes and has {found}")]
    Length {
        /// Bytes that the header announces.
        expected: usize,
        /// Bytes that are there.
        found: usize,
    },
}

/// The standardised data set in the unpacked file: "FSD1", three little-endian `u32` (images to train on, images held out,
/// pixels on a side), then a byte a pixel, training images first.
///
/// # Errors
/// [`DigitsError`] when the file is another or cut.
pub fn dataset(bytes: &[u8]) -> Result<Dataset, DigitsError> {
    let number = |at: usize| {
        bytes
            .get(at..at + 4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
    };
    let (Some(b"FSD1"), Some(train), Some(held_out), Some(SIDE)) =
        (bytes.get(..4), number(4), number(8), number(12))
    else {
        return Err(DigitsError::Magic);
    };
    let expected = 16 + (train + held_out) * PIXELS;
    if bytes.len() != expected {
        return Err(DigitsError::Length {
            expected,
            found: bytes.len(),
        });
    }
    let (train, held_out) = bytes[16..].split_at(train * PIXELS);
    Ok(Dataset {
        dimension: PIXELS,
        train: standardise(train),
        held_out: standardise(held_out),
        mixture: None,
    })
}

/// Pixels (0 paper, 255 ink) in the network's coordinates.
pub fn standardise(pixels: &[u8]) -> Vec<f32> {
    pixels
        .iter()
        .map(|&pixel| (f32::from(pixel) / 255.0 - STANDARD.0) / STANDARD.1)
        .collect()
}

/// Pixels of standardised coordinates.
pub fn pixels(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .map(|value| ((value * STANDARD.1 + STANDARD.0) * 255.0).clamp(0.0, 255.0) as u8)
        .collect()
}
