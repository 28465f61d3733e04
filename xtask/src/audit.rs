//! What others wrote: licences, sources, known faults.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use crate::paths;
use crate::process::{Outcome, run, step};
use crate::setup;

/// Holds crates against deny.toml and packages against the registry's advisories. Where the database of those can't be reached, the crates are held against
/// what was fetched of it before; where nothing was, that is said, and no failure.
pub fn audit() -> Outcome {
    let deny = setup::deny()?.join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
    let check = |network: &[&str], what: &[&str]| {
        let mut command = Command::new(&deny);
        command.current_dir(paths::root()).arg("--locked").args(network).args(["check", "--hide-inclusion-graph"]);
        run(command.args(what))
    };
    step("licences, sources and bans of the crates (deny.toml)", || check(&[], &["licenses", "sources", "bans"]))?;
    if run(Command::new(&deny).current_dir(paths::root()).args(["fetch", "db"])).is_ok() {
        step("advisories of the crates", || check(&[], &["advisories"]))?;
    } else if has_database() {
        println!(
            "The database of advisories can't be reached: what was fetched before is taken, if it is younger than 90 days."
        );
        step("advisories of the crates", || check(&["--offline"], &["advisories"]))?;
    } else {
        println!("The database of advisories can't be reached: the crates are not held against it.");
    }
    step("advisories of the page's packages (npm audit)", || {
        let mut command = Command::new("npm");
        let output = command.current_dir(paths::root()).args(["audit", "--audit-level=moderate"]).output();
        let output = output.map_err(|error| format!("could not start npm: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        println!("{}", text.trim());
        if text.contains("audit endpoint returned an error") {
            println!("This registry has no advisories: the packages are not held against them.");
            return Ok(());
        }
        if output.status.success() { Ok(()) } else { Err("packages have known faults.".into()) }
    })
}

/// Whether cargo-deny has fetched the database of advisories before.
fn has_database() -> bool {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    home.and_then(|home| fs::read_dir(home.join("advisory-dbs")).ok())
        .is_some_and(|databases| databases.flatten().any(|database| database.path().join("crates").is_dir()))
}
