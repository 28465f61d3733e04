//! Running other programs, and saying so.

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A failure, as a sentence for whoever typed the command.
pub type Outcome<T = ()> = Result<T, String>;

/// Says what starts, runs it, and says how long it took.
pub fn step<T>(title: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("\n==> {title}");
    let start = Instant::now();
    let result = work();
    let verdict = if result.is_ok() { "done" } else { "FAILED" };
    println!("<== {title}: {verdict} in {}", duration(start));
    result
}

/// Runs to the end; anything but success is an error that names the program.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| unstartable(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", spoken(command))) }
}

/// What the program prints, or nothing if it fails or is not there.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The command as one would type it.
fn spoken(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn unstartable(command: &Command, error: &std::io::Error) -> String {
    format!("could not start `{}`: {error}", spoken(command))
}

fn duration(start: Instant) -> String {
    let seconds = start.elapsed().as_secs();
    if seconds < 90 {
        format!("{:.1} s", start.elapsed().as_secs_f64())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}
