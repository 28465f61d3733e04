//! Files that tests write and hold current: `FEWSTEPS_UPDATE=1 cargo test --release` writes them anew.

use std::path::PathBuf;

use ts_rs::{Config, TS};

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

/// Fails unless `www/generated/NAME.d.ts` holds `types` after `imports`; writes it first where that was asked for.
pub(crate) fn check_types(name: &str, imports: &str, types: &str) {
    let head = "// Generated from the engine's types: FEWSTEPS_UPDATE=1 cargo test --release\n\n";
    check(&format!("www/generated/{name}.d.ts"), &format!("{head}{imports}{}\n", types.trim_end()));
}

/// `T` as serde writes it, as an exported TypeScript type.
pub(crate) fn declare<T: TS>() -> String {
    let config = Config::default();
    let text = format!("{}export {}\n\n", T::docs().unwrap_or_default(), T::decl(&config));
    // Comments of one line stay on one.
    text.replace("/**\n * ", "/** ").replace("\n */\n", " */\n")
}

/// An exported TypeScript type of names.
pub(crate) fn union(name: &str, values: impl IntoIterator<Item = &'static str>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| format!("\"{value}\"")).collect();
    format!("export type {name} = {};\n\n", values.join(" | "))
}
