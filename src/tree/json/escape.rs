//! What stands between the quotes of a JSON string, byte by byte.
//!
//! The reader of the syntax gives decoded text only; a finding must point at the bytes that were written, so the
//! escapes are walked once more here. This file trusts that the string was accepted before.

use crate::tree::runs::RunMap;

/// The runs of a string whose inside is `raw` and starts at byte `start` of the file; see
/// [`Text::runs`](crate::tree::Text::runs). `None` if the inside does not decode to `decoded_len` bytes.
pub(super) fn runs(raw: &str, start: u32, decoded_len: usize) -> Option<Vec<(u32, u32)>> {
    let mut map = RunMap::new(start);
    let mut rest = raw;
    while !rest.is_empty() {
        let literal = rest.find('\\').unwrap_or(rest.len());
        map.copy(literal);
        rest = rest.get(literal..).unwrap_or("");
        if !rest.is_empty() {
            let (written, decoded) = escape(rest);
            map.replace(written, decoded);
            rest = rest.get(written..).unwrap_or("");
        }
    }
    (map.decoded() == decoded_len).then(|| map.finish())
}

/// How many bytes the escape at the start of `text` takes, and how many it decodes to.
pub(super) fn escape(text: &str) -> (usize, usize) {
    let mut chars = text.chars();
    chars.next();
    match chars.next() {
        None => (text.len(), 0),
        Some('u') => {
            let first = hex(text.get(2..6));
            match first {
                Some(0xD800..=0xDBFF) if text.get(6..8) == Some("\\u") => (12.min(text.len()), 4),
                Some(code) => (6, char::from_u32(code).map_or(3, char::len_utf8)),
                None => (2, 1),
            }
        }
        Some('x') => match hex(text.get(2..4)) {
            Some(code) => (4, if code < 0x80 { 1 } else { 2 }),
            None => (2, 1),
        },
        Some('\r') if chars.next() == Some('\n') => (3, 0),
        Some(c @ ('\n' | '\r' | '\u{2028}' | '\u{2029}')) => (1 + c.len_utf8(), 0),
        Some(c @ ('b' | 'f' | 'n' | 'r' | 't' | 'v' | '0')) => (1 + c.len_utf8(), 1),
        Some(c) => (1 + c.len_utf8(), c.len_utf8()),
    }
}

/// Whether JSON knows the escape at the start of `text` (RFC 8259, section 7).
pub(super) fn is_json_escape(text: &str) -> bool {
    text.chars()
        .nth(1)
        .is_some_and(|c| matches!(c, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u'))
}

fn hex(digits: Option<&str>) -> Option<u32> {
    digits
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
}
