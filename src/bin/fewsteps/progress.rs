//! Progress on the standard error, of a terminal only.
//!
//! By hand because the usual crate, indicatif, turns on features of portable-atomic, which is below Burn: the command would compile a
//! Burn of its own.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

const WIDTH: usize = 30;
/// Shortest time between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// A bar, which its end clears.
pub struct Progress {
    shown: bool,
    start: Instant,
    drawn: Option<Instant>,
}

impl Progress {
    pub fn new() -> Self {
        Self { shown: stderr().is_terminal(), start: Instant::now(), drawn: None }
    }

    /// Says that a `part` from 0 to 1 is done, and what is going on.
    pub fn show(&mut self, part: f64, doing: &str) {
        if !self.shown || self.drawn.is_some_and(|drawn| drawn.elapsed() < PAUSE) {
            return;
        }
        self.drawn = Some(Instant::now());
        let done = (part.clamp(0.0, 1.0) * WIDTH as f64) as usize;
        let bar = "=".repeat(done) + &" ".repeat(WIDTH - done);
        let left = match part > 0.0 {
            true => format!("{:.0} s left", self.start.elapsed().as_secs_f64() * (1.0 / part - 1.0)),
            false => String::new(),
        };
        // A terminal that takes no more is no reason to stop.
        let _ = write!(stderr(), "\r\x1b[K[{bar}] {:3.0} %  {left}  {doing:.60}", 100.0 * part);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}
