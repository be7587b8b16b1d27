//! What a plain scalar means: the core schema of YAML 1.2.2, §10.3.2.
//!
//! `yes`, `no`, `on` and `off` are strings there, as GitHub reads them. One thing is stricter than the schema: digits
//! with a leading zero stay text, because they are account ids far more often than numbers.

use crate::tree::NodeKind;
use std::borrow::Cow;

/// What the plain scalar `source` is, or `None` if it is text. `tag` is there if the scalar has a tag, and holds the
/// name of that tag if it is one of the core schema.
pub(super) fn resolve<'s>(source: &'s str, tag: Option<Option<&str>>) -> Option<NodeKind<'s>> {
    // `!Ref 1` and `!!str 1` are strings: what a tag of somebody else's makes of them is not ours to say.
    if let Some(tag) = tag
        && !matches!(tag, Some("null" | "bool" | "int" | "float"))
    {
        return None;
    }
    match source {
        "null" | "Null" | "NULL" | "~" => Some(NodeKind::Null),
        "true" | "True" | "TRUE" => Some(NodeKind::Bool(true)),
        "false" | "False" | "FALSE" => Some(NodeKind::Bool(false)),
        _ if is_number(source) => Some(NodeKind::Number(Cow::Borrowed(source))),
        _ => None,
    }
}

fn is_number(source: &str) -> bool {
    if let Some(digits) = source.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = source.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    }
    if matches!(source, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = source.strip_prefix(['-', '+']).unwrap_or(source);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_digit = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    let keeps_zero = whole.len() > 1 && whole.starts_with('0');
    has_digit
        && !keeps_zero
        && digits(whole)
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| {
            let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent)
        })
}
