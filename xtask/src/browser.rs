//! The Chromium that the tests drive, and its WebDriver: found, or installed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::paths;
use crate::process::{Outcome, output, run, step};
use crate::setup::Environment;

const NONE: &str = "No Chromium found, and none could be installed. Install one (Debian: `apt-get install chromium chromium-driver`; \
                    macOS: `brew install --cask chromium`; elsewhere Google Chrome will do), or name it in CHROMIUM.";
const NO_DRIVER: &str = "No chromedriver found, and none could be installed. Install the one of your browser's version (Debian: \
                         `apt-get install chromium-driver`; macOS: `brew install --cask chromedriver`), or name it in CHROMEDRIVER.";

/// A browser and the driver of its version.
pub struct Browser {
    pub chromium: PathBuf,
    pub driver: PathBuf,
}

/// The browser and the driver that CHROMIUM and CHROMEDRIVER name, or those of this machine, or new ones: from the system's
/// package manager where that may install, else from Playwright.
pub fn browser(environment: &Environment) -> Outcome<Browser> {
    let named = chromium()?;
    if let (Some(chromium), Some(driver)) = (&named, driver()) {
        return Ok(Browser { chromium: chromium.clone(), driver });
    }
    if let Some(packages) = system_packages() {
        step(&format!("installing {} (the browser that the tests drive)", packages.join(" and ")), || {
            run(Command::new("apt-get").arg("update"))?;
            run(Command::new("apt-get")
                .args(["install", "--yes", "--no-install-recommends"])
                .args(packages)
                .env("DEBIAN_FRONTEND", "noninteractive"))
        })?;
    }
    let chromium = match chromium()? {
        Some(there) => there,
        None => playwright(environment).ok_or(NONE)?,
    };
    let driver = driver().or_else(|| matching_driver(environment, &chromium)).ok_or(NO_DRIVER)?;
    Ok(Browser { chromium, driver })
}

/// The Chromium that is named or found, if any.
fn chromium() -> Outcome<Option<PathBuf>> {
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

fn driver() -> Option<PathBuf> {
    env::var_os("CHROMEDRIVER")
        .map(PathBuf::from)
        .or_else(|| paths::on_path(&["chromedriver", "chromium.chromedriver"]))
}

/// What the system's package manager can install here: where it is apt and this is root.
fn system_packages() -> Option<[&'static str; 2]> {
    let root = output(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    // Ubuntu's packages are stubs that ask snapd for the browser.
    let snapd = PathBuf::from("/run/snapd.socket").exists();
    packages_of(&release, snapd).filter(|_| root && paths::on_path(&["apt-get"]).is_some())
}

fn packages_of(release: &str, snapd: bool) -> Option<[&'static str; 2]> {
    let value = |key: &str| {
        let lines = || release.lines().filter_map(|line| line.split_once('='));
        lines().find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"').to_owned()).unwrap_or_default()
    };
    let family = format!("{} {}", value("ID"), value("ID_LIKE"));
    let is = |name: &str| family.split_whitespace().any(|word| word == name);
    match (is("ubuntu"), is("debian")) {
        (true, _) => snapd.then_some(["chromium-browser", "chromium-chromedriver"]),
        (false, true) => Some(["chromium", "chromium-driver"]),
        _ => None,
    }
}

/// Playwright's own Chromium with its headless shell, fetched if need be.
fn playwright(environment: &Environment) -> Option<PathBuf> {
    let fetched = step("playwright install chromium (a download of some hundred megabytes)", || {
        run(environment
            .command("playwright")
            .args(["install", "chromium"])
            .env_remove("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD"))
    });
    fetched.ok()?;
    const PRINT: &str = "console.log(require('@playwright/test').chromium.executablePath())";
    let path = output(environment.command("node").args(["--eval", PRINT]))?;
    Some(PathBuf::from(path)).filter(|file| file.is_file())
}

/// The chromedriver of a browser's version, by the Chrome team's own installer.
fn matching_driver(environment: &Environment, chromium: &Path) -> Option<PathBuf> {
    let said = output(Command::new(chromium).arg("--version"))?;
    let version = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?.to_owned();
    let folder = paths::tool("chromedriver", &version);
    let mut found = String::new();
    step(&format!("fetching chromedriver {version}"), || {
        let mut command = environment.command("npx");
        command.args(["--yes", "@puppeteer/browsers@3", "install", &format!("chromedriver@{version}"), "--path"]);
        found = output(command.arg(&folder)).ok_or("it could not be fetched")?;
        Ok(())
    })
    .ok()?;
    // It prints "chromedriver@VERSION PATH".
    found
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(_, path)| PathBuf::from(path))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_manager_is_known_by_the_release() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n";
        let ubuntu = "ID=ubuntu\nID_LIKE=debian\n";
        let mint = "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(packages_of(debian, false), Some(["chromium", "chromium-driver"]));
        assert_eq!(packages_of(ubuntu, true), Some(["chromium-browser", "chromium-chromedriver"]));
        assert_eq!((packages_of(ubuntu, false), packages_of(mint, false)), (None, None));
        assert_eq!((packages_of("ID=fedora\n", false), packages_of("", true)), (None, None));
    }
}
