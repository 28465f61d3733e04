//! Processor time: what other programs on the machine take is not counted.

use std::fs;
use std::time::Instant;

/// A clock with laps.
pub struct Clock {
    last: f64,
    wall: Instant,
}

/// Ticks of `/proc` in a second, everywhere where Linux runs this.
const TICKS: f64 = 100.0;

impl Clock {
    pub fn start() -> Self {
        let wall = Instant::now();
        Self { last: seconds(wall), wall }
    }

    /// Seconds since the last lap.
    pub fn lap(&mut self) -> f64 {
        let now = seconds(self.wall);
        now - std::mem::replace(&mut self.last, now)
    }
}

/// Seconds of the processor that this program has had, or, where the system does not say so, since `wall`.
fn seconds(wall: Instant) -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").ok();
    let spent = stat.and_then(|stat| {
        // Fields are counted after the name, which is in parentheses: user time is the 12th, the system's the 13th.
        let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
        Some((ticks(11)? + ticks(12)?) / TICKS)
    });
    spent.unwrap_or_else(|| wall.elapsed().as_secs_f64())
}
