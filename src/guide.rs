//! A chapter to read from top to bottom: what a diffusion model learns, how samplers follow it, and why learning how the path
//! turns saves steps.
//!
#![doc = include_str!("../docs/generated/math.html")]
#![doc = include_str!("../docs/generated/guide.md")]

#[cfg(all(test, not(target_family = "wasm")))]
mod samplers;
#[cfg(all(test, not(target_family = "wasm")))]
pub(crate) mod typeset;

/// `docs/guide.md` with its formulas typeset and its tables filled in. `FEWSTEPS_UPDATE=1 cargo test --release` writes it anew.
#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::{samplers, typeset};
    use crate::generated;

    #[test]
    fn generated_files_are_current() {
        generated::check("docs/generated/math.html", &typeset::style());
        generated::check("docs/generated/guide.md", &chapter());
        generated::check("www/generated/formulas.json", &samplers::formulas());
    }

    /// The README's program is the crate's front page's, without the lines that rustdoc hides.
    #[test]
    fn the_readme_shows_the_program_of_the_front_page() {
        let (front, readme) = (generated::read("src/lib.rs"), generated::read("README.md"));
        let lines = front.lines().skip_while(|line| !line.starts_with("//! ```")).skip(1);
        let lines = lines.take_while(|line| *line != "//! ```").filter(|line| !line.starts_with("//! # "));
        let program: Vec<&str> = lines.map(|line| line.strip_prefix("//! ").unwrap_or_default()).collect();
        let (before, rest) = readme.split_once("```rust\n").expect("a program");
        let (_, after) = rest.split_once("\n```").expect("its end");
        generated::check("README.md", &format!("{before}```rust\n{}\n```{after}", program.join("\n")));
    }

    #[test]
    fn the_typeface_has_every_character_of_every_formula() {
        let characters = generated::read("docs/math/characters.txt");
        let formulas = chapter() + &samplers::formulas();
        for formula in formulas.split("<math").skip(1).filter_map(|rest| rest.split("</math>").next()) {
            let missing: String = typeset::text(formula).chars().filter(|c| !characters.contains(*c)).collect();
            assert!(missing.is_empty(), "docs/math/characters.txt lacks {missing:?}, needed by <math{formula}</math>");
        }
    }

    fn chapter() -> String {
        let studies = ["docs/factors.md", "docs/ladder.md", "docs/whole.md"];
        let source = studies.iter().fold(generated::read("docs/guide.md"), |source, path| {
            source.replace(&format!("<!-- {path} -->"), &study(path))
        });
        typeset::markdown(&source).replace("<!-- table of samplers -->", samplers::table().trim_end())
    }

    /// A study's tables, where the study has been run.
    fn study(path: &str) -> String {
        generated::read_if_there(path).unwrap_or_default().trim().to_owned()
    }
}
