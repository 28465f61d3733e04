//! Files that tests write and hold current: `FEWSTEPS_UPDATE=1 cargo test --release` writes them anew.

use std::path::PathBuf;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), name].iter().collect()
}

/// The repository's file `name`.
pub(crate) fn read(name: &str) -> String {
    read_if_there(name).unwrap_or_else(|| panic!("{name} is missing"))
}

/// The repository's file `name`, if there is one.
pub(crate) fn read_if_there(name: &str) -> Option<String> {
    std::fs::read_to_string(path(name)).ok()
}

/// The bytes of the repository's file `name`.
pub(crate) fn read_bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Fails unless the file `name` holds `content`; writes it first where that was asked for.
pub(crate) fn check(name: &str, content: &str) {
    if std::env::var_os("FEWSTEPS_UPDATE").is_some() {
        std::fs::write(path(name), content).expect("a writable file");
    }
    let found = read_if_there(name).unwrap_or_default();
    assert!(found == content, "{name} is stale: run FEWSTEPS_UPDATE=1 cargo test --release");
}
