//! One version in all the places that name it. The npm package and the page take theirs from Cargo.toml when they are built.

use std::fs;
use std::path::Path;

use crate::process::Outcome;

/// Holds the lock file, the kernels' crate, the citations and the changelog against Cargo.toml.
///
/// # Errors
/// One line for each file that names another version.
pub fn check(root: &Path) -> Outcome {
    let read =
        |name: &str| fs::read_to_string(root.join(name)).map_err(|error| format!("{name} can't be read: {error}"));
    let manifest = read("Cargo.toml")?;
    let version = value(&manifest, "version").ok_or("Cargo.toml has no version.")?;
    let mut faults = Vec::new();
    for (name, wanted) in places(version) {
        let text = read(name)?.replace("\r\n", "\n");
        if !wanted.iter().any(|words| text.contains(words)) {
            faults.push(format!("{name} does not say “{}”, as Cargo.toml has it.", wanted[0].replace('\n', " ")));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Files, and what one of them must hold: any of these.
fn places(version: &str) -> [(&'static str, Vec<String>); 6] {
    [
        ("Cargo.toml", vec![format!("fewsteps-kernels = {{ version = \"{version}\"")]),
        ("kernels/Cargo.toml", vec![format!("\nversion = \"{version}\"\n")]),
        ("Cargo.lock", vec![format!("name = \"fewsteps\"\nversion = \"{version}\"\n")]),
        ("CITATION.cff", vec![format!("\nversion: {version}\n")]),
        ("README.md", vec![format!("version = {{{version}}}")]),
        // Before a release its changes stand under another heading.
        ("CHANGELOG.md", vec![format!("\n## {version}\n"), format!("\n## {version} "), "\n## Unreleased\n".into()]),
    ]
}

/// The first value of a key, which in a manifest is the package's.
fn value<'a>(manifest: &'a str, key: &str) -> Option<&'a str> {
    manifest.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix("= \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use super::{check, value};

    #[test]
    fn a_file_that_was_forgotten_is_named() {
        let folder = std::env::temp_dir().join(format!("fewsteps-versions-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("kernels")).expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file");
        let manifest = "[package]\nname = \"fewsteps\"\nversion = \"0.2.0\"\nrust-version = \"1.95\"\n";
        write("Cargo.toml", &format!("{manifest}fewsteps-kernels = {{ version = \"0.2.0\" }}\n"));
        write("kernels/Cargo.toml", &manifest.replace("fewsteps", "fewsteps-kernels"));
        write("Cargo.lock", "[[package]]\nname = \"fewsteps\"\nversion = \"0.2.0\"\ndependencies = []\n");
        write("CITATION.cff", "type: software\nversion: 0.2.0\n");
        write("README.md", "  version = {0.2.0},\n");
        write("CHANGELOG.md", "# Changelog\n\n## 0.2.0\n");
        assert_eq!(check(&folder), Ok(()));
        write("CITATION.cff", "type: software\nversion: 0.1.0\n");
        write("CHANGELOG.md", "# Changelog\n\n## 0.1.0\n");
        write("kernels/Cargo.toml", &manifest.replace("0.2.0", "0.1.0"));
        let said = check(&folder).expect_err("three are stale");
        assert!(
            ["CITATION.cff", "CHANGELOG.md", "kernels/Cargo.toml"].iter().all(|name| said.contains(name))
                && !said.contains("README.md"),
            "{said}"
        );
        std::fs::remove_dir_all(folder).expect("a folder");
    }

    #[test]
    fn the_version_is_not_that_of_the_compiler() {
        assert_eq!(value("rust-version = \"1.95\"\nversion = \"0.1.0\"\n", "version"), Some("0.1.0"));
    }
}
