//! Everything a command needs that rustup and Node do not bring: the wasm target, wasm-bindgen at the lock
//! file's version, Trunk, the page's packages.

use crate::paths;
use crate::process::{Outcome, output, run, step};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const TRUNK: &str = "0.22.1";
const DENY: &str = "0.20.2";

/// What the later commands run in.
pub struct Environment {
    path: OsString,
}

impl Environment {
    /// A command in the repository, with our tools first on PATH and the shared target folder.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(resolve(program, &self.path));
        command
            .current_dir(paths::root())
            .env("PATH", &self.path)
            .env("CARGO_TARGET_DIR", paths::target())
            // Set by the cargo that runs xtask; it would pin nested builds to that one's settings.
            .env_remove("RUSTC")
            // Trunk's own stack says nothing about what went wrong in ours.
            .env("RUST_LIB_BACKTRACE", "0")
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        command
    }
}

/// Sets up all of it, saying what it does whenever that takes time.
pub fn everything() -> Outcome<Environment> {
    compiler()?;
    tools()
}

/// What cargo needs to compile an engine: the wasm target, and a target folder of this clone's own.
pub fn compiler() -> Outcome {
    wasm_target()?;
    own_target()
}

/// Whether `tools` has nothing to compile.
pub fn has_tools() -> bool {
    paths::tool("trunk", TRUNK).join("bin").is_dir()
}

/// The programs and packages that build the page; `compiler` comes before it.
pub fn tools() -> Outcome<Environment> {
    let wasm_bindgen = cargo_tool(
        "wasm-bindgen",
        "wasm-bindgen-cli",
        &locked_version("wasm-bindgen")?,
        &["wasm-bindgen", "wasm-bindgen-test-runner"],
        // Three crates have all the work of a run: compiled without optimisation they would take four times as long.
        &[
            "--no-default-features",
            "--config=profile.release.package.walrus.opt-level=1",
            "--config=profile.release.package.wasmparser.opt-level=1",
            "--config=profile.release.package.wasm-bindgen-cli-support.opt-level=1",
        ],
        "1 to 4 minutes",
    )?;
    // It asks for a newer compiler than it needs, and by default for a newer version of itself.
    let flags = ["--ignore-rust-version", "--no-default-features", "--features=rustls"];
    let trunk = cargo_tool("trunk", "trunk", TRUNK, &["trunk"], &flags, "3 to 8 minutes")?;
    packages()?;
    let ours = [paths::root().join("node_modules/.bin"), wasm_bindgen, trunk];
    let inherited = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(ours.into_iter().chain(env::split_paths(&inherited)))
        .map_err(|error| format!("a folder's name does not fit on PATH: {error}"))?;
    Ok(Environment { path })
}

/// The folder of cargo-deny.
pub fn deny() -> Outcome<PathBuf> {
    cargo_tool("cargo-deny", "cargo-deny", DENY, &["cargo-deny"], &["--no-default-features"], "4 to 10 minutes")
}

fn wasm_target() -> Outcome {
    const TARGET: &str = "wasm32-unknown-unknown";
    let library = output(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    if library.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    step("adding Rust's wasm target (a small download)", || {
        run(Command::new("rustup").current_dir(paths::root()).args(["target", "add", TARGET]))
    })
}

/// Installs a cargo tool into its own folder of the cache unless it is there; returns its `bin`.
fn cargo_tool(
    name: &str,
    package: &str,
    version: &str,
    programs: &[&str],
    flags: &[&str],
    takes: &str,
) -> Outcome<PathBuf> {
    let folder = paths::tool(name, version);
    let bin = folder.join("bin");
    let file = |program: &&str| bin.join(format!("{program}{}", env::consts::EXE_SUFFIX)).is_file();
    let there = || programs.iter().all(file);
    if there() {
        return Ok(bin);
    }
    let wanted = format!("{package}@{version}");
    if paths::on_path(&["cargo-binstall"]).is_some() {
        let fetched = step(&format!("fetching {wanted}"), || {
            let mut command = Command::new("cargo");
            command.args(["binstall", "--no-confirm", "--root"]).arg(&folder).arg(&wanted);
            run(&mut command)
        });
        if fetched.is_ok() && there() {
            return Ok(bin);
        }
    }
    step(&format!("building {wanted}, once for this user ({takes})"), || {
        // They are run for seconds only, and compiling them is half of what a first page takes.
        let mut command = Command::new("cargo");
        command
            .args(["install", "--quiet", "--locked", "--root"])
            .arg(&folder)
            .args(flags)
            .arg(&wanted)
            .env_remove("RUSTC")
            .env("CARGO_TARGET_DIR", paths::cache().join("target-tools"))
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0");
        run(&mut command)
    })?;
    // Gigabytes that nothing uses again.
    let _ = fs::remove_dir_all(paths::cache().join("target-tools"));
    Ok(bin)
}

/// The version Cargo.lock holds: wasm-bindgen's program and library must be the same.
fn locked_version(package: &str) -> Outcome<String> {
    let file = paths::root().join("Cargo.lock");
    let lock = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let heading = format!("name = \"{package}\"");
    lock.lines()
        .skip_while(|line| *line != heading)
        .find_map(|line| line.strip_prefix("version = \""))
        .map(|version| version.trim_end_matches('"').to_owned())
        .ok_or_else(|| format!("Cargo.lock does not name {package}."))
}

/// The page's packages.
fn packages() -> Outcome {
    install(&paths::root(), "npm ci (the page's packages; under a minute)")
}

/// The libraries that the benchmark measures beside the engines: nothing else needs them.
pub fn peers() -> Outcome {
    install(&paths::root().join("benches/browser"), "npm ci (the benchmark's other libraries; under a minute)")
}

/// `npm ci` in `folder` when the lock file is not the one that was installed last.
fn install(folder: &Path, title: &str) -> Outcome {
    let lock = folder.join("package-lock.json");
    let stamp = folder.join("node_modules/.installed-lock");
    let wanted = fs::read(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step(title, || {
        let npm = paths::on_path(&["npm", "npm.cmd"]).ok_or("No npm found. Install Node 20 or newer.")?;
        run(Command::new(npm)
            .current_dir(folder)
            .args(["ci", "--no-audit", "--no-fund"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
    })?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Clears this project's own crates from the shared target folder when another clone used it last.
///
/// Cargo names a workspace's artifacts by their path inside the workspace and compares times, so it would take
/// what another clone compiled for its own. Dependencies are named by version and stay.
fn own_target() -> Outcome {
    let stamp = paths::target().join(".built-for");
    let root = paths::root().to_string_lossy().into_owned();
    if fs::read_to_string(&stamp).is_ok_and(|last| last == root) {
        return Ok(());
    }
    if paths::target().is_dir() {
        println!("Another clone used the target folder last: this one's own crates are compiled anew.");
        let wasm = ["--target", "wasm32-unknown-unknown"];
        for (folder, profile, target) in [
            (paths::target(), "release", &[][..]),
            (paths::target(), "release", &wasm),
            (paths::target(), "site", &wasm),
            (paths::webgpu_target(), "release", &wasm),
            (paths::webgpu_target(), "site-webgpu", &wasm),
        ] {
            run(Command::new("cargo")
                .current_dir(paths::root())
                .args([
                    "clean",
                    "--quiet",
                    "-p",
                    "fewsteps",
                    "-p",
                    "fewsteps-kernels",
                    "-p",
                    "fewsteps-experiments",
                    "-p",
                    "xtask",
                ])
                .args(["--profile", profile])
                .args(target)
                .env_remove("RUSTC")
                .env("CARGO_TARGET_DIR", folder))?;
        }
    }
    fs::create_dir_all(paths::target())
        .and_then(|()| fs::write(&stamp, root))
        .map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Programs from npm are scripts with another ending on Windows, which `Command` does not look for.
fn resolve(program: &str, path: &OsString) -> PathBuf {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    env::split_paths(path)
        .flat_map(|folder| endings.iter().map(move |ending| folder.join(format!("{program}{ending}"))))
        .find(|file| file.is_file())
        .unwrap_or_else(|| program.into())
}
