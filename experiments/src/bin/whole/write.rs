//! docs/whole.md from the numbers.

use std::error::Error;

pub fn document() -> Result<(), Box<dyn Error>> {
    super::kept("spiral").map(drop)
}
