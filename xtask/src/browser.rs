//! The Chromium that the tests drive: found, or installed.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::paths;
use crate::process::{Outcome, output, run, step};
use crate::setup::Environment;

const NONE: &str = "No Chromium found, and none could be installed. Install one (Debian: `apt-get install chromium`; macOS: \
                    `brew install --cask chromium`; elsewhere Google Chrome will do), or name it in CHROMIUM.";

/// The browser that CHROMIUM names, or this machine's, or a new one: from the system's package manager where that may install
/// one, else from Playwright.
pub fn chromium(environment: &Environment) -> Outcome<PathBuf> {
    if let Some(there) = present()? {
        return Ok(there);
    }
    let apt =
        paths::on_path(&["apt-get"]).is_some() && output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    if apt && packaged(&release) {
        // A failure has been told by then, and Playwright is asked next.
        let _ = step("installing Chromium, which the tests drive (apt-get install chromium)", || {
            run(Command::new("apt-get").arg("update"))?;
            let install = ["install", "--yes", "--no-install-recommends", "chromium"];
            run(Command::new("apt-get").args(install).env("DEBIAN_FRONTEND", "noninteractive"))
        });
    }
    match present()? {
        Some(there) => Ok(there),
        None => playwright(environment, apt).ok_or_else(|| NONE.into()),
    }
}

/// The Chromium that is named or found, if any.
fn present() -> Outcome<Option<PathBuf>> {
    if let Some(named) = env::var_os("CHROMIUM").map(PathBuf::from) {
        return match named.is_file() {
            true => Ok(Some(named)),
            false => Err(format!("CHROMIUM names {}, which is not a file.", named.display())),
        };
    }
    let usual = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files\Chromium\Application\chrome.exe",
    ];
    Ok(paths::on_path(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
        .or_else(|| usual.iter().map(PathBuf::from).find(|file| file.is_file())))
}

/// Whether /etc/os-release is that of a system whose package `chromium` is the browser. Ubuntu's is a stub for snapd, which
/// containers do not run.
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
