//! Two things that HCL allows and the parser does not, made acceptable to it without moving a byte.
//!
//! - A line may end anywhere in the braces of a `for` expression: spaces take the places of line ends there.
//! - An object may have a key twice (the last counts): the second gets another name of the same length. Keys are taken from
//!   the file again when the parser's tree is turned into ours, so nobody ever sees that name.

use super::scan::Scan;
use hcl_edit::parser::{Error, parse_body};
use hcl_edit::structure::Body;

/// Most keys that may stand twice in one file, and most bytes that are parsed again because of them.
const MOST_TWINS: usize = 64;
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Parses `text`, of which the first `base` bytes are left out.
pub(super) fn parse(text: &str, base: usize, scan: &Scan) -> Result<Body, Error> {
    let whole = text.get(base..).unwrap_or("");
    let mut error = match parse_body(whole) {
        Ok(body) => return Ok(body),
        Err(error) => error,
    };
    let mut bytes = whole.as_bytes().to_vec();
    let mut is_changed = false;
    for idle in &scan.idle {
        let range = idle.start.saturating_sub(base)..idle.end.saturating_sub(base);
        if let Some(stretch) = bytes.get_mut(range) {
            stretch.fill(b' ');
            is_changed = true;
        }
    }
    let mut text = match String::from_utf8(bytes) {
        Ok(text) if is_changed => {
            match parse_body(&text) {
                Ok(body) => return Ok(body),
                Err(other) => error = other,
            }
            text
        }
        _ => whole.to_string(),
    };
    for attempt in 0..MOST_TWINS.min(MOST_BYTES / text.len().max(1) + 1) {
        if !error.message().contains("redefined object key") {
            break;
        }
        match renamed(&text, error.location().offset(), attempt) {
            Some(other) => text = other,
            None => break,
        }
        match parse_body(&text) {
            Ok(body) => return Ok(body),
            Err(other) => error = other,
        }
    }
    Err(error)
}

/// Whether the parser refuses nothing but a key that stands twice, which is no fault.
pub(super) fn is_harmless(error: &Error) -> bool {
    error.message().contains("redefined object key")
}

/// The text with the key at `at` renamed.
fn renamed(text: &str, at: usize, attempt: usize) -> Option<String> {
    let rest = text.get(at..)?;
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let range = match rest.strip_prefix('"') {
        Some(inside) => {
            let end = at + 1 + inside.find('"')?;
            let key = text.get(at + 1..end)?;
            // Of a key with parts to fill in, the text behind the last of them.
            let start = key.rfind('}').map_or(at + 1, |brace| at + 2 + brace);
            start..end
        }
        None => at..at + rest.bytes().take_while(is_word).count(),
    };
    let length = range.len();
    if length == 0 || !text.get(range.clone())?.is_ascii() {
        return None;
    }
    let mut number = attempt;
    let mut name = vec![b'_'; length];
    for letter in name.iter_mut().rev() {
        *letter = b'a' + u8::try_from(number % 26).ok()?;
        number /= 26;
        if number == 0 {
            break;
        }
    }
    let mut bytes = text.as_bytes().to_vec();
    bytes.get_mut(range)?.copy_from_slice(&name);
    String::from_utf8(bytes).ok()
}
