//! The layers of the code, held: an import may only go to an earlier layer.
//!
//! The crate's layers are the table in src/lib.rs, so that the docs and this check can't disagree. Sources are read by hand: a
//! parser such as syn would share its features with Burn's macros and have all of Burn compiled twice.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::process::Outcome;

/// Checks every file of the crate against the table in src/lib.rs.
///
/// # Errors
/// One line for each import that runs against the layers, and for each module that the table lacks.
pub fn check_crate(root: &Path) -> Outcome {
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let lib = read(&root.join("src/lib.rs"))?;
    let layers = table(&lib);
    let mut faults = missing(&lib, &layers);
    for path in sources(&root.join("src"))? {
        let inside = path.strip_prefix(root.join("src")).unwrap_or(&path);
        let first = inside.iter().next().map(|part| part.to_string_lossy().replace(".rs", "")).unwrap_or_default();
        if let Some(layer) = layers.get(&first) {
            let shown = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            let source = rooted(&read(&path)?, inside);
            faults.extend(against(&source, &shown, &first, *layer, &layers));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Module names and the index of their row in the table whose header is `| layer | holds |`.
fn table(lib: &str) -> BTreeMap<String, usize> {
    let docs = lib.lines().filter_map(|line| line.strip_prefix("//! "));
    let rows = docs.skip_while(|line| !line.starts_with("| layer |")).skip(2).take_while(|line| line.starts_with('|'));
    let mut layers = BTreeMap::new();
    for (index, row) in rows.enumerate() {
        let cell = row.split('|').nth(1).unwrap_or_default();
        for name in cell.split('`').skip(1).step_by(2) {
            layers.insert(name.to_owned(), index);
        }
    }
    layers
}

/// A sentence for each module of the crate that has no layer.
fn missing(lib: &str, layers: &BTreeMap<String, usize>) -> Vec<String> {
    let code = without_tests(&code(lib));
    let names = code.lines().filter_map(|line| match line.trim().split_once("mod ") {
        Some(("" | "pub " | "pub(crate) ", name)) => Some(name),
        _ => None,
    });
    let names = names.map(|name| name.trim_end_matches(';').trim().to_owned());
    names
        .filter(|name| !layers.contains_key(name))
        .map(|name| format!("src/lib.rs: module `{name}` has no layer"))
        .collect()
}

/// `source` with paths that leave its top-level module by `super::` written from the root; `file` is named from src on.
fn rooted(source: &str, file: &Path) -> String {
    let depth = file.with_extension("").iter().filter(|part| *part != "mod").count();
    source.replace(&"super::".repeat(depth), "crate::")
}

/// A sentence for each import in `source` that goes to a later layer.
fn against(source: &str, file: &str, module: &str, layer: usize, layers: &BTreeMap<String, usize>) -> Vec<String> {
    let mut faults = Vec::new();
    for (line, target) in imports(&without_tests(&code(source))) {
        if layers.get(&target).is_some_and(|other| *other > layer) {
            faults.push(format!("{file}:{line}: `{module}` may not use `{target}`, which is a later layer"));
        }
    }
    faults
}

/// Line and top-level module of every path that begins with `crate::`, those in the braces of `use crate::{…}` too.
fn imports(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let line = code[..at].matches('\n').count() + 1;
        match rest.strip_prefix('{') {
            Some(group) => found.extend(heads(group).into_iter().map(|(down, name)| (line + down, name))),
            None => found.push((line, identifier(rest))),
        }
    }
    found
}

/// First names of the entries of a group of imports, and how many lines down they stand; `group` begins behind its brace.
fn heads(group: &str) -> Vec<(usize, String)> {
    let (mut depth, mut down, mut fresh, mut names) = (0, 0, true, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            '\n' => down += 1,
            _ if fresh && !letter.is_whitespace() => {
                names.push((down, identifier(&group[at..])));
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// `source` with comments and literals blanked out; lines stay where they are.
fn code(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut i = 0;
    let blank = |out: &mut String, from: usize, to: usize| {
        out.extend(letters[from..to.min(letters.len())].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
    };
    while i < letters.len() {
        let end = match (letters[i], letters.get(i + 1)) {
            ('/', Some('/')) => (i..letters.len()).find(|&j| letters[j] == '\n').unwrap_or(letters.len()),
            ('/', Some('*')) => end_of_comment(&letters, i),
            ('r', Some('"' | '#')) if !out.ends_with(|c: char| c.is_alphanumeric() || c == '_') => raw_end(&letters, i),
            ('"', _) => string_end(&letters, i),
            ('\'', Some('\\')) => (i + 3..letters.len()).find(|&j| letters[j] == '\'').map_or(letters.len(), |j| j + 1),
            ('\'', Some(_)) if letters.get(i + 2) == Some(&'\'') => i + 3,
            _ => i,
        };
        if end == i {
            out.push(letters[i]);
            i += 1;
        } else {
            blank(&mut out, i, end);
            i = end;
        }
    }
    out
}

fn end_of_comment(letters: &[char], start: usize) -> usize {
    let (mut depth, mut i) = (0, start);
    while i + 1 < letters.len() {
        match (letters[i], letters[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    letters.len()
}

fn string_end(letters: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while i < letters.len() && letters[i] != '"' {
        i += if letters[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

/// The end of a raw string that begins at `start`, or `start` where none does: `r#type` is a name.
fn raw_end(letters: &[char], start: usize) -> usize {
    let hashes = letters[start + 1..].iter().take_while(|&&c| c == '#').count();
    let open = start + 1 + hashes;
    if letters.get(open) != Some(&'"') {
        return start;
    }
    let closes = |&i: &usize| letters[i] == '"' && letters[i + 1..].iter().take_while(|&&c| c == '#').count() >= hashes;
    (open + 1..letters.len()).find(closes).map_or(letters.len(), |i| i + 1 + hashes)
}

/// `code` without the items marked `#[cfg(test)]`; lines stay where they are.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        out.push_str(&rest[..at]);
        let item = &rest[at..];
        let body = item.find(['{', ';']).unwrap_or(item.len());
        let end = match item[body..].starts_with('{') {
            true => body + block(&item[body..]),
            false => (body + 1).min(item.len()),
        };
        out.extend(item[..end].chars().filter(|&c| c == '\n'));
        rest = &item[end..];
    }
    out + rest
}

/// Length of the block that `text` begins with, braces included.
fn block(text: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in text.char_indices() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

fn sources(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "//! # Layers\n//!\n//! | layer | holds |\n//! |---|---|\n//! | [`level`], `symmetric` | … |\n//! | [`data`] | … |\n\
                       //! | [`web`] | … |\n//!\n//! More.\n\npub mod data;\n#[cfg(test)]\nmod generated;\npub mod level;\nmod symmetric;\n\
                       #[cfg(target_family = \"wasm\")]\npub mod web;\n";

    fn faults(module: &str, source: &str) -> Vec<String> {
        let layers = table(LIB);
        against(source, "src/x.rs", module, layers[module], &layers)
    }

    #[test]
    fn the_table_is_read_and_must_be_complete() {
        let layers = table(LIB);
        assert_eq!((layers["level"], layers["symmetric"], layers["data"], layers["web"]), (0, 0, 1, 2));
        assert_eq!(missing(LIB, &layers), Vec::<String>::new());
        for stray in ["mod stray;\n", "pub(crate) mod stray;\n"] {
            let more = format!("{LIB}{stray}");
            assert_eq!(missing(&more, &table(&more)), ["src/lib.rs: module `stray` has no layer"]);
        }
    }

    #[test]
    fn imports_go_up_the_table_only() {
        assert_eq!(faults("data", "use crate::level::Level;\nuse crate::data::points;\n"), Vec::<String>::new());
        let told = ["src/x.rs:2: `level` may not use `data`, which is a later layer"];
        assert_eq!(faults("level", "\nuse crate::data::Dataset;\n"), told);
        assert_eq!(faults("level", "use crate::{\n    data::{points, Dataset},\n    level,\n};\n"), told);
        assert_eq!(faults("level", "fn f() {\n    crate::data::f();\n}\n"), told);
        assert_eq!(faults("level", "\npub(crate) use crate::data;\n"), told);
    }

    #[test]
    fn a_way_out_of_the_module_counts_and_one_inside_it_does_not() {
        let told = |file: &str, source: &str| faults("level", &rooted(source, Path::new(file))).len();
        assert_eq!((told("level.rs", "use super::data;"), told("level/mod.rs", "use super::data;")), (1, 1));
        assert_eq!((told("level/a.rs", "use super::data;"), told("level/a.rs", "use super::super::data;")), (0, 1));
    }

    #[test]
    fn what_is_no_import_does_not_count() {
        let quiet = r##"
//! [`crate::data`]
/* use crate::data; /* crate::web */ */
const A: &str = "crate::data \" crate::web";
const B: &str = r#"crate::data "quoted" crate::web"#;
const C: [char; 3] = ['"', '\'', '{'];
fn f<'a>(x: &'a str) -> &'a str { x }
macro_rules! m { () => { $crate::data::f() }; }
use other_crate::data;
#[cfg(test)]
use crate::web::x;
#[cfg(test)]
mod tests {
    use crate::data::Dataset;
    fn g() { let _ = "}"; crate::web::f(); }
}
"##;
        assert_eq!(faults("level", quiet), Vec::<String>::new());
        let after = format!("{quiet}use crate::data;\n");
        assert_eq!(faults("level", &after).len(), 1);
    }
}
