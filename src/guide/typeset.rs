//! From TeX to MathML, which browsers draw by themselves: in Markdown for rustdoc, and as strings for the page.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::generated;

/// `tex` as a `<math>` element for a line of text or a table's cell.
pub(crate) fn inline(tex: &str) -> String {
    mathml(tex, MathDisplay::Inline)
}

/// `tex` as a `<math>` element that stands alone.
pub(crate) fn display(tex: &str) -> String {
    mathml(tex, MathDisplay::Block)
}

fn mathml(tex: &str, display: MathDisplay) -> String {
    let converter = LatexToMathML::new(MathCoreConfig::default()).expect("no macros, so none is wrong");
    match converter.convert_with_local_state(tex, display) {
        Ok(result) => opaque(&result.mathml.to_string()),
        Err(error) => panic!("`{tex}` is no TeX formula: {error:?}"),
    }
}

/// Writes what Markdown would take as its own (emphasis, links, cells of a table, typographic quotes) as character references,
/// and ends every element with a tag, as rustdoc wants it.
fn opaque(html: &str) -> String {
    let mut tag_start = None;
    let mut out = String::with_capacity(html.len());
    for c in html.chars() {
        match (c, tag_start) {
            ('<', _) => {
                tag_start = Some(out.len());
                out.push(c);
            }
            ('>', Some(start)) => {
                tag_start = None;
                if out.ends_with('/') {
                    out.pop();
                    let name: String = out[start + 1..].chars().take_while(char::is_ascii_alphanumeric).collect();
                    out += &format!("></{name}>");
                } else {
                    out.push(c);
                }
            }
            (_, None) if "*_[]|\\`~$'\"".contains(c) => out += &format!("&#{};", u32::from(c)),
            _ => out.push(c),
        }
    }
    out
}

/// The characters that `html` shows.
pub(super) fn text(html: &str) -> String {
    let visible: String = html.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    let mut parts = visible.split('&');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (name, rest) = part.split_once(';').expect("a reference ends in a semicolon");
        let character = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            _ => name.strip_prefix('#').and_then(|code| char::from_u32(code.parse().ok()?)).expect("a number"),
        };
        text + &character.to_string() + rest
    })
}

/// Markdown with `$…$` and `$$…$$` as MathML, and arXiv ids as links.
pub(super) fn markdown(source: &str) -> String {
    let mut out = String::with_capacity(4 * source.len());
    let mut done = 0;
    // Inside code and links, text is left as it is.
    let mut untouched = 0;
    for (event, range) in Parser::new_ext(source, Options::ENABLE_MATH | Options::ENABLE_TABLES).into_offset_iter() {
        let start = range.start.max(done);
        let mut end = range.end;
        let html = match event {
            Event::Start(Tag::Link { .. } | Tag::CodeBlock(_)) => {
                untouched += 1;
                continue;
            }
            Event::End(TagEnd::Link | TagEnd::CodeBlock) => {
                untouched -= 1;
                continue;
            }
            Event::InlineMath(tex) => {
                let after = punctuation(&source[end..]);
                end += after.len();
                let before = if out.ends_with('(') || source[done..start].ends_with('(') { "(" } else { "" };
                out += &source[done..start];
                done = start;
                out.truncate(out.len() - before.len());
                unbroken(before, &inline(&tex), after)
            }
            Event::DisplayMath(tex) => {
                let alone = source[..start].ends_with("\n\n") && source[end..].starts_with("\n\n");
                assert!(alone, "a displayed formula needs a paragraph of its own: {tex}");
                // They stand side by side where there is room.
                let parts: Vec<String> = parts(&tex, "\\qquad").into_iter().map(display).collect();
                format!("<div class=\"formula\">{}</div>", parts.join(" "))
            }
            Event::Text(_) if untouched == 0 && start < end => {
                let text = &source[start..end];
                assert!(!text.contains('$'), "a formula without end, or with a line that begins a list: {text}");
                link_papers(text)
            }
            _ => continue,
        };
        out += &source[done..start];
        out += &html;
        done = end;
    }
    out + &source[done..]
}

/// What of the text after a formula must stay on its line.
fn punctuation(text: &str) -> &str {
    let end = text.find(|c: char| !".,;:!?)".contains(c)).unwrap_or(text.len());
    &text[..end]
}

/// A browser may break a line on either side of a formula, even before a comma.
fn unbroken(before: &str, formula: &str, after: &str) -> String {
    if before.is_empty() && after.is_empty() {
        return formula.to_owned();
    }
    format!("<span class=\"unbroken\">{before}{formula}{after}</span>")
}

/// A formula's parts: what `gap`, outside of groups, separates.
pub(super) fn parts<'a>(tex: &'a str, gap: &str) -> Vec<&'a str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (index, _) in tex.match_indices(gap) {
        let count = |c| tex[..index].matches(c).count();
        if count("{") == count("}") && count("\\begin") == count("\\end") {
            parts.push(&tex[start..index]);
            start = index + gap.len();
        }
    }
    parts.push(&tex[start..]);
    parts
}

/// Every arXiv id of the form `2306.09251` as a link.
fn link_papers(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(dot) = rest.find('.') {
        match paper_around(rest, dot) {
            Some(id) => {
                out += &format!("{}[{id}](https://arxiv.org/abs/{id})", &rest[..dot - 4]);
                rest = &rest[dot + 6..];
            }
            None => {
                out += &rest[..=dot];
                rest = &rest[dot + 1..];
            }
        }
    }
    out + rest
}

/// The id whose point is at `dot`.
fn paper_around(text: &str, dot: usize) -> Option<&str> {
    let id = text.get(dot.checked_sub(4)?..dot + 6)?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    (digits(&id[..4]) && digits(&id[5..])).then_some(id)
}

/// The formulas' style sheet with its typeface inside, since rustdoc copies no files.
pub(super) fn style() -> String {
    let font = BASE64_STANDARD.encode(generated::read_bytes("docs/math/font.woff2"));
    let sheet =
        generated::read("docs/math/style.css").replace("font.woff2\"", &format!("data:font/woff2;base64,{font}\""));
    format!("<style>\n{sheet}</style>\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_elements_that_markdown_leaves_alone() {
        let result = markdown("where $a_i^* = [x|y]$ and\n\n$$\\frac{1}{2}$$\n\nend\n");
        assert!(result.contains("<mo>&#42;</mo>") || result.contains('∗'), "{result}");
        assert!(!result.contains('$') && !result.contains('|') && !result.contains('['), "{result}");
        assert!(result.contains("\n\n<div class=\"formula\"><math display=\"block\"><mfrac>"), "{result}");
        assert_eq!(parts("a{b \\qquad c}, \\qquad d", "\\qquad"), ["a{b \\qquad c}, ", " d"]);
        assert_eq!(opaque("<a/><b c=\"*\"/>*"), "<a></a><b c=\"*\"></b>&#42;");
        assert_eq!(text("<mo>&#91;</mo><mi>x</mi><mo>&lt;</mo>"), "[x<");
    }

    #[test]
    fn papers_become_links_outside_code_and_links() {
        assert_eq!(markdown("2306.09251, eq 3"), "[2306.09251](https://arxiv.org/abs/2306.09251), eq 3");
        assert_eq!(markdown("0.5 of `2306.09251`"), "0.5 of `2306.09251`");
        assert_eq!(markdown("[see 2306.09251](x)"), "[see 2306.09251](x)");
    }

    #[test]
    fn formulas_keep_their_punctuation() {
        let result = markdown("so ($x$), as 2306.09251 says");
        assert!(result.starts_with("so <span class=\"unbroken\">(<math>"), "{result}");
        assert!(result.contains("</math>),</span> as [2306.09251]"), "{result}");
    }

    #[test]
    #[should_panic(expected = "begins a list")]
    fn a_formula_that_markdown_cuts_is_refused() {
        markdown("text\n\n$$a\n- b$$\n\n");
    }

    #[test]
    #[should_panic(expected = "is no TeX formula")]
    fn what_is_no_formula_is_refused() {
        inline("\\frac{1}{");
    }
}
