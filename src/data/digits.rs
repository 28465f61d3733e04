//! Handwritten digits: the MNIST database, from the packed file that the page fetches or from the original IDX files; and a visitor's
//! own images of the same size.
//!
//! Coordinates are pixels, ink counted from 0 to 1, shifted and scaled by one number each for all pixels. Their mean square is one,
//! as the network expects, but they are not centred: the images' mean is most of what they have in common.

use thiserror::Error;

use super::{DataKind, Dataset, Labels};

/// Pixels on a side.
pub const SIDE: usize = 28;
/// What the rows of these sets are.
pub const KIND: DataKind = DataKind::Images { side: SIDE };
/// Coordinates of an image.
pub const PIXELS: usize = SIDE * SIDE;
/// Classes of images: the ten digits.
pub const CLASSES: usize = 10;
/// Fewest images of a visitor's own of which some are held out.
const HOLD_OUT_FROM: usize = 20;
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
    /// No images, or a part of one.
    #[error("images of 28 by 28 pixels have 784 bytes each, one at least; these are {0} bytes")]
    Pixels(usize),
    /// An image that shows nothing.
    #[error("image {0} is of one even shade, so there is nothing in it to learn")]
    Blank(usize),
    /// A label that is no digit.
    #[error("image {0} is labelled as something that is no digit")]
    Label(usize),
}

/// The standardised data set in the unpacked file: "FSD2", three little-endian `u32` (images to train on, images held out,
/// pixels on a side), then a byte a pixel, training images first, then a byte an image that says which digit it is.
///
/// # Errors
/// [`DigitsError`] when the file is another or cut.
pub fn dataset(bytes: &[u8]) -> Result<Dataset, DigitsError> {
    let number = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let (Some(b"FSD2"), Some(train), Some(held_out), Some(SIDE)) = (bytes.get(..4), number(4), number(8), number(12))
    else {
        return Err(DigitsError::Magic);
    };
    if train == 0 || held_out == 0 {
        return Err(DigitsError::Pixels(0));
    }
    let count = train.saturating_add(held_out);
    let (images, digits) = whole(bytes, 16, count.saturating_mul(PIXELS + 1))?.split_at(count * PIXELS);
    let (train_images, held_out_images) = images.split_at(train * PIXELS);
    let (train_digits, held_out_digits) = digits.split_at(train);
    labelled((train_images, train_digits), (held_out_images, held_out_digits))
}

/// The standardised data set of images, a byte a pixel, and the digits that they show, a byte each: those to learn from and those
/// held out.
///
/// # Errors
/// [`DigitsError`] when there is not one digit for each image.
pub fn labelled(train: (&[u8], &[u8]), held_out: (&[u8], &[u8])) -> Result<Dataset, DigitsError> {
    for (images, digits) in [train, held_out] {
        let (expected, found) = (images.len() / PIXELS, digits.len());
        if expected != found {
            return Err(DigitsError::Length { expected, found });
        }
        if let Some(index) = digits.iter().position(|&digit| usize::from(digit) >= CLASSES) {
            return Err(DigitsError::Label(index));
        }
    }
    let labels = Labels { classes: CLASSES, train: train.1.to_vec(), held_out: held_out.1.to_vec() };
    let (train, held_out) = (standardise(train.0), standardise(held_out.0));
    Ok(Dataset { kind: KIND, dimension: PIXELS, train, held_out, mixture: None, labels: Some(labels) })
}

/// The standardised data set of a visitor's own images, a byte a pixel (0 paper, 255 ink), without classes. From 20 on, every fifth
/// is held out; of fewer, all are learned from, and the held-out ones are the same ([`Dataset::holds_out`]).
///
/// # Errors
/// [`DigitsError::Pixels`] when there is no image, or not a whole number of them; [`DigitsError::Blank`] when one is of one even shade.
pub fn unlabelled(bytes: &[u8]) -> Result<Dataset, DigitsError> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(PIXELS) {
        return Err(DigitsError::Pixels(bytes.len()));
    }
    let even = |image: &[u8]| image.iter().all(|pixel| *pixel == image[0]);
    if let Some(index) = bytes.chunks_exact(PIXELS).position(even) {
        return Err(DigitsError::Blank(index));
    }
    let few = bytes.len() < HOLD_OUT_FROM * PIXELS;
    let pick = |held_out: bool| -> Vec<f32> {
        let images = bytes.chunks_exact(PIXELS).enumerate();
        images.filter(|(i, _)| few || (i % 5 == 4) == held_out).flat_map(|(_, image)| standardise(image)).collect()
    };
    let (train, held_out) = (pick(false), pick(true));
    Ok(Dataset { kind: KIND, dimension: PIXELS, train, held_out, mixture: None, labels: None })
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
    whole(bytes, 16, count.saturating_mul(PIXELS))
}

/// The digits in an original IDX file of labels, a byte each: a big-endian 2049, the number of labels, then 0 to 9 for each.
///
/// # Errors
/// [`DigitsError`] when the file is another or cut.
pub fn idx_labels(bytes: &[u8]) -> Result<&[u8], DigitsError> {
    let number = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let (Some(2049), Some(count)) = (number(0), number(4)) else {
        return Err(DigitsError::Magic);
    };
    let labels = whole(bytes, 8, count)?;
    if labels.iter().any(|&label| label > 9) { Err(DigitsError::Magic) } else { Ok(labels) }
}

/// What follows the header, if it is `count` bytes.
fn whole(bytes: &[u8], header: usize, count: usize) -> Result<&[u8], DigitsError> {
    let expected = count.saturating_add(header);
    if bytes.len() != expected {
        return Err(DigitsError::Length { expected, found: bytes.len() });
    }
    Ok(&bytes[header..])
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
    use crate::data::DataError;
    use rand::SeedableRng;

    fn packed(train: u32, held_out: u32, pixels: &[u8], digits: &[u8]) -> Vec<u8> {
        let mut bytes = b"FSD2".to_vec();
        for number in [train, held_out, 28] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(pixels);
        bytes.extend(digits);
        bytes
    }

    fn ink(images: usize) -> Vec<u8> {
        (0..images * PIXELS).map(|i| (i % 256) as u8).collect()
    }

    #[test]
    fn the_packed_file_is_split_and_standardised() {
        let set = dataset(&packed(2, 1, &ink(3), &[7, 0, 9])).expect("digits");
        assert_eq!((set.len(), set.held_out.len()), (2, PIXELS));
        assert_eq!(set.labels, Some(Labels { classes: 10, train: vec![7, 0], held_out: vec![9] }));
        assert_eq!(pixels(&[set.train, set.held_out].concat()), ink(3));
    }

    #[test]
    fn chosen_digits_are_all_that_is_left() {
        let set = || dataset(&packed(4, 2, &ink(6), &[3, 1, 3, 0, 1, 3])).expect("digits");
        let threes = set().only(&[3]).expect("threes");
        assert_eq!(threes.labels, Some(Labels { classes: 10, train: vec![3, 3], held_out: vec![3] }));
        let image = |i: usize| ink(6)[i * PIXELS..(i + 1) * PIXELS].to_vec();
        assert_eq!(pixels(&threes.train), [image(0), image(2)].concat());
        assert_eq!(pixels(&threes.held_out), image(5));
        assert_eq!(set().only(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).expect("all").train, set().train);
        assert_eq!(set().only(&[9]).err(), Some(DataError::NoneChosen));
    }

    #[test]
    fn own_images_are_held_out_only_where_there_are_enough() {
        let few = unlabelled(&ink(19)).expect("images");
        assert!(!few.holds_out() && few.len() == 19 && few.labels.is_none());
        let many = unlabelled(&ink(20)).expect("images");
        assert!(many.holds_out() && many.len() == 16 && many.held_out.len() == 4 * PIXELS);
        assert_eq!(pixels(&many.held_out[..PIXELS]), ink(20)[4 * PIXELS..5 * PIXELS]);
        assert_eq!(unlabelled(&[]).err(), Some(DigitsError::Pixels(0)));
        assert_eq!(unlabelled(&[ink(1), vec![255; PIXELS]].concat()).err(), Some(DigitsError::Blank(1)));
        assert_eq!(unlabelled(&ink(2)[1..]).err(), Some(DigitsError::Pixels(2 * PIXELS - 1)));
    }

    /// An image keeps its digit when it is drawn.
    #[test]
    fn a_batch_has_the_digits_of_its_images() {
        let images: Vec<u8> = (0..5).flat_map(|image| [image * 60; PIXELS]).collect();
        let set = dataset(&packed(4, 1, &images, &[0, 1, 2, 3, 4])).expect("digits");
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let (batch, digits) = set.draw(40, &mut rng);
        let digits = digits.expect("labels");
        let shown: Vec<u8> = pixels(&batch).chunks_exact(PIXELS).map(|image| image[0] / 60).collect();
        assert_eq!(shown, digits);
        assert!((0..4).all(|digit| digits.contains(&digit)));
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
        let cut = packed(2, 1, &ink(2), &[1, 2]);
        let (expected, found) = (16 + 3 * PIXELS + 3, 16 + 2 * PIXELS + 2);
        assert_eq!(error(&cut), Some(DigitsError::Length { expected, found }));
        assert_eq!(error(&packed(2, 1, &ink(3), &[1, 10, 2])), Some(DigitsError::Label(1)));
        let absurd = error(&packed(u32::MAX, u32::MAX, &[], &[]));
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
        let mut labels = [2049_u32, 3].iter().flat_map(|n| n.to_be_bytes()).chain([5, 0, 4]).collect::<Vec<u8>>();
        assert_eq!(idx_labels(&labels), Ok(&[5, 0, 4][..]));
        assert_eq!(idx_labels(&labels[..10]), Err(DigitsError::Length { expected: 11, found: 10 }));
        labels[3] = 3;
        assert_eq!(idx_labels(&labels), Err(DigitsError::Magic));
    }

    #[test]
    fn labels_are_digits() {
        let file = |labels: &[u8]| [&2049_u32.to_be_bytes()[..], &3_u32.to_be_bytes(), labels].concat();
        assert_eq!(idx_labels(&file(&[7, 0, 9])), Ok(&[7, 0, 9][..]));
        assert_eq!(idx_labels(&file(&[7, 0, 10])), Err(DigitsError::Magic));
        assert_eq!(idx_labels(&file(&[7, 0])), Err(DigitsError::Length { expected: 11, found: 10 }));
        assert_eq!(idx_labels(&[0, 0, 8, 3]), Err(DigitsError::Magic));
    }
}
