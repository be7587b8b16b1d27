//! Passes over a text that need no grammar: how deep is it, is it plain enough for a strict reading, and what lies before
//! the place at which a parser gave up?
//!
//! Parsers of nested text use the stack, so depth has to be known first. The same pass sees what the strict reading
//! would let through although JSON does not (RFC 8259): control characters inside strings, and white space other than
//! space, tab, LF and CR.

use crate::tree::MAX_DEPTH;

/// What the pass found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// The bracket that opens the first level too many.
    pub(super) too_deep: Option<usize>,
    /// Whether a strict reading would accept more than JSON allows.
    pub(super) is_irregular: bool,
}

pub(super) fn survey(text: &str) -> Survey {
    let bytes = text.as_bytes();
    let mut found = Survey::default();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' | b'\'' => {
                let end = string_end(bytes, at);
                let inside = bytes.get(at..end).unwrap_or(&[]);
                found.is_irregular |= inside.iter().any(|byte| *byte < b' ');
                at = end;
                continue;
            }
            b'/' => {
                if let Some(end) = comment_end(bytes, at) {
                    at = end;
                    continue;
                }
            }
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    found.too_deep = Some(at);
                    return found;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'\t' | b'\n' | b'\r' => {}
            other => found.is_irregular |= *other < b' ' || *other >= 0x80,
        }
        at += 1;
    }
    found
}

/// One past the closing quote of the string that starts at `at`, or the end of the text.
pub(super) fn string_end(bytes: &[u8], at: usize) -> usize {
    let quote = bytes.get(at);
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end) {
        match byte {
            b'\\' => end += 2,
            _ if Some(byte) == quote => return end + 1,
            _ => end += 1,
        }
    }
    bytes.len()
}

/// One past the comment that starts at `at`, or `None` if none does. A line comment ends before its line end.
pub(super) fn comment_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at + 2..)?;
    match bytes.get(at..at + 2)? {
        b"//" => Some(
            rest.iter()
                .position(|byte| matches!(byte, b'\n' | b'\r'))
                .map_or(bytes.len(), |line| at + 2 + line),
        ),
        b"/*" => Some(
            rest.windows(2)
                .position(|pair| pair == b"*/")
                .map_or(bytes.len(), |inside| at + 2 + inside + 2),
        ),
        _ => None,
    }
}

/// The text up to the place where a parser gave up.
pub(super) struct Before {
    /// The last character that is neither white space nor part of a comment.
    pub(super) last: Option<char>,
    /// Where that ends.
    pub(super) end: usize,
    /// The brackets that are open, with their places.
    pub(super) open: Vec<(usize, char)>,
}

impl Before {
    pub(super) fn new(text: &str, until: usize) -> Self {
        let mut found = Before {
            last: None,
            end: 0,
            open: Vec::new(),
        };
        each_token(text, until, |at, end, c| {
            match c {
                '{' | '[' => found.open.push((at, c)),
                '}' | ']' => {
                    found.open.pop();
                }
                _ => {}
            }
            found.last = Some(c);
            found.end = end;
        });
        found
    }

    pub(super) fn innermost(&self) -> Option<(usize, char)> {
        self.open.last().copied()
    }
}

/// The opening quote of the first string before `until` that runs over the end of its line.
pub(super) fn first_open_line(text: &str, until: usize) -> Option<usize> {
    let mut quote = None;
    each_token(text, until, |at, end, c| {
        if c == '"' && quote.is_none() {
            let inside = text.get(at..end).unwrap_or("");
            if inside.contains(['\n', '\r']) {
                quote = Some(at);
            }
        }
    });
    quote
}

/// Walks over a text up to `until`: every string and every other character that is not white space or in a comment, with
/// start, end and first character.
fn each_token(text: &str, until: usize, mut see: impl FnMut(usize, usize, char)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < until {
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else {
            return;
        };
        let end = match c {
            '"' => string_end(bytes, at),
            '/' => match comment_end(bytes, at) {
                Some(end) => {
                    at = end;
                    continue;
                }
                None => at + 1,
            },
            _ => at + c.len_utf8(),
        };
        if !c.is_whitespace() {
            see(at, end, c);
        }
        at = end;
    }
}
