//! Where things lie: the repository, and the per-user cache that only speed depends on.

use std::env;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_path_buf()
}

/// `FEWSTEPS_CACHE`, or `fewsteps` in the user's cache folder.
pub fn cache() -> PathBuf {
    if let Some(folder) = folder_from("FEWSTEPS_CACHE") {
        return folder;
    }
    folder_from("XDG_CACHE_HOME")
        .or_else(|| folder_from("LOCALAPPDATA"))
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("fewsteps")
}

/// Cargo's target folder: outside the clone, so that a second clone does not compile Burn again.
pub fn target() -> PathBuf {
    folder_from("CARGO_TARGET_DIR").unwrap_or_else(|| cache().join("target"))
}

/// The WebGPU engine's target folder, which www/build/engines.mjs knows too. `serve` compiles both engines at once; in one folder
/// each would wait for the other, and take the other's fewsteps.wasm for its own.
pub fn webgpu_target() -> PathBuf {
    target().join("webgpu")
}

/// The folder of one tool at one version.
pub fn tool(name: &str, version: &str) -> PathBuf {
    cache().join("tools").join(format!("{name}-{version}"))
}

/// The first program of one of these names on PATH.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    names.iter().find_map(|name| {
        env::split_paths(&path)
            .map(|folder| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
            .find(|file| file.is_file())
    })
}

fn folder_from(variable: &str) -> Option<PathBuf> {
    let value = PathBuf::from(env::var_os(variable)?);
    value.is_absolute().then_some(value)
}
