//! What others wrote: licences, sources, known faults.

use std::env;
use std::process::Command;

use crate::paths;
use crate::process::{Outcome, run, step};
use crate::setup;

/// Holds crates against deny.toml and packages against the registry's advisories. Databases that can't be reached are said, and are no failure.
pub fn audit() -> Outcome {
    let deny = setup::deny()?.join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
    let check = |what: &[&str]| {
        let mut command = Command::new(&deny);
        run(command.current_dir(paths::root()).args(["--locked", "check", "--hide-inclusion-graph"]).args(what))
    };
    step("licences, sources and bans of the crates (deny.toml)", || check(&["licenses", "sources", "bans"]))?;
    let fetched = run(Command::new(&deny).current_dir(paths::root()).args(["fetch", "db"]));
    if fetched.is_ok() {
        step("advisories of the crates", || check(&["advisories"]))?;
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
