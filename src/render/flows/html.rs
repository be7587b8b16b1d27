//! One page that shows the flows as a drawing: actors left, ways in the middle, repositories right. A link opens its
//! explanation with the lines of the files that decide it.
//!
//! The page is whole in itself: style and script stand in it, a content security policy allows these two by their digest and
//! nothing else, and nothing is ever fetched. Every text of a scanned file is escaped; no text reaches the script. Without
//! the script the drawing and the explanations (by their anchors) are there all the same.

mod graph;
mod layout;
mod lines;
mod why;

use crate::chart::{Chart, Group, Member, Tally, Verdict};
use crate::source::SourceMap;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// With more groups than this, those in which everything holds start closed.
const MANY: usize = 8;

/// Writes the page.
///
/// # Errors
/// If the writer fails.
pub fn write(chart: &Chart, sources: &SourceMap, out: &mut dyn io::Write) -> io::Result<()> {
    let groups = chart.groups();
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(SCRIPT),
        digest(STYLE)
    );
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"ecrlint {}\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>Image flows</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        env!("CARGO_PKG_VERSION")
    );
    page.push_str(graph::SYMBOLS);
    head(chart, &mut page);
    page.push_str("<div class=\"desk\">\n<main>\n");
    if groups.is_empty() {
        page.push_str("<p class=\"none\">No file in sight moves an image.</p>\n");
    }
    for (at, group) in groups.iter().enumerate() {
        section(chart, group, at, groups.len() > MANY, &mut page);
    }
    page.push_str("<p class=\"none\" id=\"nothing\" hidden>No link matches.</p>\n</main>\n");
    page.push_str(
        "<aside id=\"why\" aria-label=\"Explanation\" aria-live=\"polite\" tabindex=\"-1\">\n\
         <button type=\"button\" id=\"close\" aria-label=\"Close the explanation\">&times;</button>\n\
         <p class=\"hint\">Choose a link to see what decides it.</p>\n",
    );
    why::articles(chart, sources, &mut page);
    page.push_str(
        "<p class=\"keys\"><kbd>↑</kbd> <kbd>↓</kbd> from link to link, <kbd>d</kbd> to the next that is denied, \
         <kbd>/</kbd> to find, <kbd>Esc</kbd> to close</p>\n",
    );
    let _ = write!(
        page,
        "</aside>\n</div>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    out.write_all(page.as_bytes())
}

fn head(chart: &Chart, page: &mut String) {
    let tally = chart.tally();
    let _ = write!(
        page,
        "<header>\n<h1>Image flows</h1>\n<p class=\"sum\">{} {}, {} {}, in {} {}</p>\n\
         <div class=\"tools\" role=\"toolbar\" aria-label=\"Show\">\n",
        chart.flows.len(),
        plural(chart.flows.len(), "flow"),
        tally.all(),
        plural(tally.all(), "link"),
        chart.files_linted,
        plural(chart.files_linted, "file"),
    );
    for (verdict, count) in counts(tally) {
        let word = verdict.word();
        let _ = writeln!(
            page,
            "<button type=\"button\" class=\"chip {word}\" data-verdict=\"{word}\" aria-pressed=\"false\"{}>{}<span>{word}</span> <b>{count}</b></button>",
            if count == 0 { " disabled" } else { "" },
            graph::mark(verdict),
        );
    }
    page.push_str(
        "<input type=\"search\" id=\"find\" placeholder=\"Find a role, repository, file\" aria-label=\"Find\">\n\
         <button type=\"button\" id=\"theme\" aria-label=\"Change between light and dark\">◐</button>\n\
         </div>\n</header>\n",
    );
}

fn section(chart: &Chart, group: &Group<'_>, at: usize, are_many: bool, page: &mut String) {
    let links = group.members.iter().flat_map(Member::links);
    let tally = Tally::of(links.map(|(_, link)| link));
    let is_open = !are_many || tally.ok < tally.all();
    let (title, note, place) = match group.repository {
        Some(repository) => (
            escaped(&repository.name),
            escaped(&repository.registry.host),
            repository.at.as_ref().map(|at| escaped(&at.spot())),
        ),
        None => (
            "Besides images".to_string(),
            "what tasks need to start and run".to_string(),
            None,
        ),
    };
    let _ = write!(
        page,
        "<details class=\"group\"{}>\n<summary><h2 id=\"g{at}\"{}>{title}</h2><span class=\"note\">{note}</span>",
        if is_open { " open" } else { "" },
        if group.repository.is_none() {
            " class=\"plain\""
        } else {
            ""
        },
    );
    if let Some(place) = place {
        let _ = write!(page, "<span class=\"place\">{place}</span>");
    }
    page.push_str("<span class=\"tally\">");
    for (verdict, count) in counts(tally).into_iter().filter(|(_, count)| *count > 0) {
        let word = verdict.word();
        let _ = write!(
            page,
            "<span class=\"{word}\" title=\"{count} {word}\">{}{count}<span class=\"unseen\"> {word}</span></span>",
            graph::mark(verdict)
        );
    }
    page.push_str("</span></summary>\n");
    for band in layout::bands(chart, group) {
        graph::draw(&band, at, page);
    }
    page.push_str("</details>\n");
}

/// Verdicts with their counts, the worst first.
fn counts(tally: Tally) -> [(Verdict, usize); 4] {
    [
        (Verdict::Denied, tally.denied),
        (Verdict::Unknown, tally.unknown),
        (Verdict::Conditional, tally.conditional),
        (Verdict::Ok, tally.ok),
    ]
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.to_string()
    } else {
        format!("{word}s")
    }
}

/// Text for the inside of an element or of an attribute in quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// Prose in which names stand in backticks: the names as code.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 0 {
            out.push_str(&escaped(part));
        } else {
            let _ = write!(out, "<code>{}</code>", escaped(part));
        }
    }
    out
}

/// The SHA-256 of an inline style or script, as a content security policy names it
/// (<https://www.w3.org/TR/CSP3/#grammardef-hash-source>).
fn digest(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            let letter = LETTERS.get(index as usize).filter(|_| at <= three.len());
            out.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_rfc_4648() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn markup_of_files_is_text() {
        assert_eq!(
            escaped("</script><img src=x onerror='a()'>&\""),
            "&lt;/script&gt;&lt;img src=x onerror=&#39;a()&#39;&gt;&amp;&quot;"
        );
        assert_eq!(prose("role `<b>` is"), "role <code>&lt;b&gt;</code> is");
    }

    #[test]
    fn style_and_script_cannot_end_their_element() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
    }
}
