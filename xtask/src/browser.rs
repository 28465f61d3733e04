//! The browsers that the tests drive: found, or installed.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::paths;
use crate::process::{Outcome, output, run, step};
use crate::setup::Environment;

const NONE: &str = "No Chromium found, and none could be installed. Install one (Debian: `apt-get install chromium`; macOS: \
                    `brew install --cask chromium`; elsewhere Google Chrome will do), or name it in CHROMIUM.";

const NO_FIREFOX: &str = "No Firefox found, and none could be installed. Install one (Debian: `apt-get install firefox-esr`; macOS: \
                          `brew install --cask firefox`), or name it in FIREFOX.";

/// The browser that CHROMIUM names, or this machine's, or a new one: from the system's package manager where that may install
/// one, else from Playwright.
pub fn chromium(environment: &Environment) -> Outcome<PathBuf> {
    if let Some(there) = present()? {
        return Ok(there);
    }
    // A failure has been told by then, and Playwright is asked next.
    let apt = apt();
    let _ = apt && packaged(&os_release()) && install("chromium", "Chromium").is_ok();
    match present()? {
        Some(there) => Ok(there),
        None => playwright(environment, apt).ok_or_else(|| NONE.into()),
    }
}

/// The Firefox that FIREFOX names, or this machine's, or a new one from the system's package manager where that may install one.
pub fn firefox() -> Outcome<PathBuf> {
    if let Some(named) = named("FIREFOX")? {
        return Ok(named);
    }
    let usual = ["/Applications/Firefox.app/Contents/MacOS/firefox", r"C:\Program Files\Mozilla Firefox\firefox.exe"];
    let find = || first(&["firefox-esr", "firefox"], &usual);
    if let Some(there) = find() {
        return Ok(there);
    }
    // A failure has been told by then.
    let _ = apt() && packaged(&os_release()) && install("firefox-esr", "Firefox").is_ok();
    find().ok_or_else(|| NO_FIREFOX.into())
}

/// The browser that a variable names, if it is set.
fn named(variable: &str) -> Outcome<Option<PathBuf>> {
    match env::var_os(variable).map(PathBuf::from) {
        Some(named) if !named.is_file() => Err(format!("{variable} names {}, which is not a file.", named.display())),
        named => Ok(named),
    }
}

/// The first program of these names on PATH, or file of these that is there.
fn first(names: &[&str], usual: &[&str]) -> Option<PathBuf> {
    paths::on_path(names).or_else(|| usual.iter().map(PathBuf::from).find(|file| file.is_file()))
}

/// Whether `apt-get` may install something here.
fn apt() -> bool {
    paths::on_path(&["apt-get"]).is_some() && output(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

fn os_release() -> String {
    std::fs::read_to_string("/etc/os-release").unwrap_or_default()
}

fn install(package: &str, name: &str) -> Outcome {
    step(&format!("installing {name}, which the tests drive (apt-get install {package})"), || {
        run(Command::new("apt-get").arg("update"))?;
        let words = ["install", "--yes", "--no-install-recommends", package];
        run(Command::new("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive"))
    })
}

/// The Chromium that is named or found, if any.
fn present() -> Outcome<Option<PathBuf>> {
    if let Some(named) = named("CHROMIUM")? {
        return Ok(Some(named));
    }
    let usual = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files\Chromium\Application\chrome.exe",
    ];
    Ok(first(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"], &usual))
}

/// Whether /etc/os-release is that of a system whose packages are the browsers. Ubuntu's are stubs for snapd, which containers do
/// not run.
fn packaged(release: &str) -> bool {
    let value = |key: &str| {
        let lines = release.lines().filter_map(|line| line.split_once('='));
        lines.filter(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"')).collect::<String>()
    };
    let is = |name: &str| value("ID") == name || value("ID_LIKE").split(' ').any(|word| word == name);
    is("debian") && !is("ubuntu")
}

/// Playwright's own Chromium with its headless shell, and by `apt` the system's libraries that it needs.
fn playwright(environment: &Environment, apt: bool) -> Option<PathBuf> {
    let libraries: &[&str] = if apt { &["--with-deps"] } else { &[] };
    let fetched = step("playwright install chromium (a download of some hundred megabytes)", || {
        let mut command = environment.command("playwright");
        command.arg("install").args(libraries).arg("chromium");
        run(command.env_remove("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD"))
    });
    fetched.ok()?;
    const PRINT: &str = "console.log(require('@playwright/test').chromium.executablePath())";
    let path = output(environment.command("node").args(["--eval", PRINT]))?;
    Some(PathBuf::from(path)).filter(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::packaged;

    #[test]
    fn debian_has_a_browser_among_its_packages_and_ubuntu_a_stub() {
        assert!(packaged("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"));
        assert!(packaged("ID=raspbian\nID_LIKE=debian\n"));
        assert!(!packaged("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(!packaged("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!packaged("ID=fedora\n") && !packaged(""));
    }
}
