//! Handwritten digits: the MNIST database, from the packed file that the page fetches or from the original IDX files.
//!
//! Coordinates are pixels, ink counted from 0 to 1, shifted and scaled by one number each for all pixels. Their mean square is one,
//! as the network expects, but they are not centred: the images' mean is most of what they have in common.

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
    #[error("this is not a file of digits of 28 by 28 pixels")]
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
    let number = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let (Some(b"FSD1"), Some(train), Some(held_out), Some(SIDE)) = (bytes.get(..4), number(4), number(8), number(12))
    else {
        return Err(DigitsError::Magic);
    };
    let images = whole(bytes, train.saturating_add(held_out))?;
    let (train, held_out) = images.split_at(train * PIXELS);
    Ok(Dataset { dimension: PIXELS, train: standardise(train), held_out: standardise(held_out), mixture: None })
}

/// The pixels in an original IDX file of images, a byte each: a big-endian 2051, the number of images, rows and columns, then the
/// pixels.
///
/// # Errors
/// [`DigitsError`] when the file is another or cut.
pub fn idx(bytes: &[u8]) -> Result<&[u8], DigitsError> {
    let number = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let (Some(2051), Some(count), Some(SIDE), Some(SIDE)) = (number(0), number(4), number(8), number(12)) else {
        return Err(DigitsError::Magic);
    };
    whole(bytes, count)
}

/// The digits in an original IDX file of labels, a byte each: a big-endian 2049, the number of labels, then 0 to 9 for each.
///
/// # Errors
/// [`DigitsError`] when the file is another or cut.
pub fn labels(bytes: &[u8]) -> Result<&[u8], DigitsError> {
    let number = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let (Some(2049), Some(count)) = (number(0), number(4)) else {
        return Err(DigitsError::Magic);
    };
    let (expected, found) = (count.saturating_add(8), bytes.len());
    if found != expected {
        return Err(DigitsError::Length { expected, found });
    }
    let labels = &bytes[8..];
    if labels.iter().any(|&label| label > 9) { Err(DigitsError::Magic) } else { Ok(labels) }
}

/// What follows a header of 16 bytes, if it is `count` images.
fn whole(bytes: &[u8], count: usize) -> Result<&[u8], DigitsError> {
    let expected = count.saturating_mul(PIXELS).saturating_add(16);
    if bytes.len() != expected {
        return Err(DigitsError::Length { expected, found: bytes.len() });
    }
    Ok(&bytes[16..])
}

/// Pixels (0 paper, 255 ink) in the network's coordinates.
pub fn standardise(pixels: &[u8]) -> Vec<f32> {
    pixels.iter().map(|&pixel| (f32::from(pixel) / 255.0 - STANDARD.0) / STANDARD.1).collect()
}

/// Pixels of standardised coordinates.
pub fn pixels(values: &[f32]) -> Vec<u8> {
    values.iter().map(|value| ((value * STANDARD.1 + STANDARD.0) * 255.0).round() as u8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(train: u32, held_out: u32, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = b"FSD1".to_vec();
        for number in [train, held_out, 28] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(pixels);
        bytes
    }

    fn ink(images: usize) -> Vec<u8> {
        (0..images * PIXELS).map(|i| (i % 256) as u8).collect()
    }

    #[test]
    fn the_packed_file_is_split_and_standardised() {
        let set = dataset(&packed(2, 1, &ink(3))).expect("digits");
        assert_eq!((set.len(), set.held_out.len()), (2, PIXELS));
        assert_eq!(pixels(&[set.train, set.held_out].concat()), ink(3));
    }

    #[test]
    fn coordinates_beyond_paper_and_ink_are_shown_as_these() {
        assert_eq!(pixels(&[-1e9, 1e9, f32::NAN]), [0, 255, 0]);
    }

    #[test]
    fn other_files_and_cut_ones_are_told_apart() {
        let error = |bytes: &[u8]| dataset(bytes).err();
        assert_eq!(error(b""), Some(DigitsError::Magic));
        assert_eq!(error(b"GIF89a 28 28 1 1 1 1"), Some(DigitsError::Magic));
        let cut = packed(2, 1, &ink(2));
        let (expected, found) = (16 + 3 * PIXELS, 16 + 2 * PIXELS);
        assert_eq!(error(&cut), Some(DigitsError::Length { expected, found }));
        let absurd = error(&packed(u32::MAX, u32::MAX, &[]));
        assert!(matches!(absurd, Some(DigitsError::Length { .. })));
    }

    #[test]
    fn the_original_format_is_read() {
        let mut bytes: Vec<u8> = [2051_u32, 2, 28, 28].iter().flat_map(|n| n.to_be_bytes()).collect();
        bytes.extend(ink(2));
        assert_eq!(idx(&bytes), Ok(&ink(2)[..]));
        let (expected, found) = (bytes.len(), bytes.len() - 1);
        let cut = Err(DigitsError::Length { expected, found });
        assert_eq!(idx(&bytes[..found]), cut);
        bytes[3] = 1;
        assert_eq!(idx(&bytes), Err(DigitsError::Magic));
    }
    #[test]
    fn labels_are_digits() {
        let file = |labels: &[u8]| [&2049_u32.to_be_bytes()[..], &3_u32.to_be_bytes(), labels].concat();
        assert_eq!(labels(&file(&[7, 0, 9])), Ok(&[7, 0, 9][..]));
        assert_eq!(labels(&file(&[7, 0, 10])), Err(DigitsError::Magic));
        assert_eq!(labels(&file(&[7, 0])), Err(DigitsError::Length { expected: 11, found: 10 }));
        assert_eq!(labels(&[0, 0, 8, 3]), Err(DigitsError::Magic));
    }
}
