//! Decodes the text of quoted strings and heredocs from the file's own bytes, with the way back.
//!
//! The parser decodes too, but forgets which byte came from where; so only its spans are used.

use crate::source::Span;
use crate::tree::runs::RunMap;
use crate::tree::{Style, Text};
use std::borrow::Cow;

/// How literal text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// Between quotes, with escapes.
    Quoted,
    /// In a heredoc or a file: only `$${` and `%%{` are escapes. So many spaces are taken off the start of each line.
    Plain {
        /// Spaces and tabs to leave out.
        indent: usize,
    },
}

/// Which sides of a text are trimmed by `~` marks beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Trim {
    /// White space and line ends at its start go.
    pub(super) start: bool,
    /// The same at its end.
    pub(super) end: bool,
}

/// Decodes `raw`, which starts at byte `start` of the file; `at_line_start` says whether a line starts there.
pub(super) fn decode(
    raw: &str,
    start: usize,
    written: Written,
    at_line_start: bool,
    trim: Trim,
) -> Text<'static> {
    let mut value = String::with_capacity(raw.len());
    let offset = Span::new(start, start).start;
    let mut runs = RunMap::new(offset);
    let mut rest = raw;
    if trim.start {
        let kept = rest.trim_start();
        runs.skip(rest.len() - kept.len());
        rest = kept;
    }
    if trim.end {
        rest = rest.trim_end();
    }
    let indent = match written {
        Written::Quoted => 0,
        Written::Plain { indent } => indent,
    };
    let mut line_starts = at_line_start && !trim.start;
    while !rest.is_empty() {
        if line_starts && indent > 0 {
            let blank = rest
                .bytes()
                .take(indent)
                .take_while(|byte| matches!(byte, b' ' | b'\t'))
                .count();
            runs.skip(blank);
            rest = rest.get(blank..).unwrap_or("");
            line_starts = false;
            continue;
        }
        line_starts = false;
        let (length, decoded) = piece(rest, written);
        let source = rest.get(..length).unwrap_or(rest);
        match decoded {
            None => {
                // Plain text up to the end of the line, so that the next line's indentation can go.
                let source = match source.find('\n') {
                    Some(end) => {
                        line_starts = true;
                        source.get(..=end).unwrap_or(source)
                    }
                    None => source,
                };
                value.push_str(source);
                runs.copy(source.len());
                rest = rest.get(source.len()..).unwrap_or("");
            }
            Some(decoded) => {
                value.push_str(&decoded);
                runs.replace(length, decoded.len());
                rest = rest.get(length..).unwrap_or("");
            }
        }
    }
    Text {
        value: Cow::Owned(value),
        style: match written {
            Written::Quoted => Style::DoubleQuoted,
            Written::Plain { .. } => Style::Literal,
        },
        runs: runs.finish(),
        holes: Box::default(),
    }
}

/// The next piece of a text that is not empty: its length, and what it decodes to unless it stands for itself.
fn piece(rest: &str, written: Written) -> (usize, Option<String>) {
    for (mark, decoded) in [("$${", "${"), ("%%{", "%{")] {
        if rest.starts_with(mark) {
            return (mark.len(), Some(decoded.to_string()));
        }
    }
    let is_quoted = written == Written::Quoted;
    if is_quoted && rest.starts_with('\\') {
        return escape(rest);
    }
    let end = rest
        .char_indices()
        .skip(1)
        .find(|(at, c)| {
            let tail = || rest.get(*at..).unwrap_or("");
            (is_quoted && *c == '\\')
                || (*c == '$' && tail().starts_with("$${"))
                || (*c == '%' && tail().starts_with("%%{"))
        })
        .map_or(rest.len(), |(at, _)| at);
    (end, None)
}

fn escape(rest: &str) -> (usize, Option<String>) {
    let mut chars = rest.chars().skip(1);
    let simple = |c: &str| (2, Some(c.to_string()));
    match chars.next() {
        Some('n') => simple("\n"),
        Some('r') => simple("\r"),
        Some('t') => simple("\t"),
        Some('"') => simple("\""),
        Some('\\') => simple("\\"),
        Some(kind @ ('u' | 'U')) => {
            let digits = if kind == 'u' { 4 } else { 8 };
            let code = rest
                .get(2..2 + digits)
                .and_then(|hex| u32::from_str_radix(hex, 16).ok())
                .and_then(char::from_u32);
            match code {
                Some(c) => (2 + digits, Some(c.to_string())),
                None => (1, None),
            }
        }
        _ => (1, None),
    }
}

/// The indentation that a `<<-` heredoc takes off: the least of all lines that are not blank. `body` is everything
/// between the line of the start mark and the end mark.
pub(super) fn indentation(body: &str) -> usize {
    body.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
        .min()
        .unwrap_or(0)
}
