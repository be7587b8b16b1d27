//! Functions that encode and decode. What is encoded as JSON or YAML stays a tree: readers find a policy in it with its
//! places. Where it becomes part of a text it is written as JSON, which is YAML too.

use super::Outcome;
use crate::recognize::terraform::value::{self, Piece, Value};
use crate::source::{FileId, Loc, Spanned};
use crate::tree::{self, Entry, NodeKind, Syntax, embed};
use std::borrow::Cow;

/// The call, if the function encodes or decodes.
pub(super) fn call(name: &str, arguments: &[Value], loc: Loc) -> Option<Outcome> {
    Some(match (name, arguments) {
        ("jsonencode" | "yamlencode", [one]) => match &one.kind {
            // `jsonencode("a")` is a text with quotes in it; nobody reads it as a document.
            NodeKind::Text(_) | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Null => {
                Outcome::Is(value::from_pieces(value::json(one), loc))
            }
            _ => Outcome::Is(one.clone()),
        },
        ("jsondecode", [one]) => json_decoded(one),
        ("yamldecode", [one]) => yaml_decoded(one, loc),
        ("base64encode", [one]) => as_text(one)
            .map(|text| value::text(base64(text.as_bytes()), loc))
            .into(),
        ("base64decode", [one]) => match one.as_str().map(from_base64) {
            Some(Some(text)) => Outcome::Is(value::text(text, loc)),
            Some(None) => Outcome::Fails,
            None => Outcome::Open,
        },
        ("textencodebase64", [one, encoding]) if encoding.as_str() == Some("UTF-8") => as_text(one)
            .map(|text| value::text(base64(text.as_bytes()), loc))
            .into(),
        ("textdecodebase64", [one, encoding]) if encoding.as_str() == Some("UTF-8") => one
            .as_str()
            .and_then(from_base64)
            .map(|text| value::text(text, loc))
            .into(),
        ("csvdecode", [one]) => one.as_str().and_then(|text| rows(text, loc)).into(),
        ("textencodebase64" | "textdecodebase64" | "base64gzip", _) => Outcome::Open,
        _ => return None,
    })
}

/// The known text of a value, of what `jsonencode` gave its JSON.
fn as_text(one: &Value) -> Option<String> {
    if let Some(text) = one.as_str() {
        return Some(text.to_string());
    }
    if !(one.is_list() || one.is_map()) {
        return None;
    }
    match value::json(one).as_slice() {
        [Piece::Known(text)] => Some(text.clone()),
        _ => None,
    }
}

fn json_decoded(one: &Value) -> Outcome {
    match &one.kind {
        // It was encoded here.
        NodeKind::List(_) | NodeKind::Map(_) => Outcome::Is(one.clone()),
        NodeKind::Text(text) => match embed::json_in(one) {
            Some(parsed) if parsed.problems.is_empty() => {
                let root = parsed.documents.into_iter().next().map(|one| one.root);
                root.into()
            }
            Some(_) if text.holes.is_empty() => Outcome::Fails,
            Some(_) => Outcome::Open,
            None if !text.holes.is_empty() => Outcome::Open,
            None => scalar(text.value.trim(), one.loc).map_or(Outcome::Fails, Outcome::Is),
        },
        NodeKind::Unknown(_) | NodeKind::Null => Outcome::Open,
        NodeKind::Bool(_) | NodeKind::Number(_) => Outcome::Is(one.clone()),
    }
}

fn scalar(text: &str, loc: Loc) -> Option<Value> {
    match text {
        "true" | "false" => Some(value::boolean(text == "true", loc)),
        "null" => Some(value::null(loc)),
        _ => {
            let quoted = text
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            match quoted {
                Some(inside) => (!inside.contains(['"', '\\'])).then(|| value::text(inside, loc)),
                None => value::number_of(text.parse().ok()?, loc),
            }
        }
    }
}

/// YAML is read by itself; its values are at the place of the call, but their own where a file was read as it stands.
fn yaml_decoded(one: &Value, loc: Loc) -> Outcome {
    // It was encoded here.
    if one.is_map() || one.is_list() {
        return Outcome::Is(one.clone());
    }
    let Some(text) = one.as_text().filter(|text| text.holes.is_empty()) else {
        return Outcome::Open;
    };
    let parsed = tree::parse(FileId::NONE, &text.value, Syntax::Yaml);
    let is_verbatim = text.runs.len() == 1;
    match (parsed.documents.as_slice(), parsed.problems.is_empty()) {
        ([document], true) => {
            let place = |inner: Loc| {
                if is_verbatim {
                    Loc::new(one.loc.file, text.file_span(inner.span.range()))
                } else {
                    loc
                }
            };
            Outcome::Is(owned(&document.root, &place))
        }
        _ => Outcome::Open,
    }
}

/// A tree of its own, with every place mapped.
fn owned(node: &tree::Node<'_>, place: &dyn Fn(Loc) -> Loc) -> Value {
    let loc = place(node.loc);
    match &node.kind {
        NodeKind::Null => value::null(loc),
        NodeKind::Bool(is) => value::boolean(*is, loc),
        NodeKind::Number(number) => value::number(number.to_string(), loc),
        NodeKind::Text(text) => value::text(text.value.to_string(), loc),
        NodeKind::Unknown(unknown) => value::unknown(loc, (**unknown).clone()),
        NodeKind::List(items) => {
            value::list(items.iter().map(|item| owned(item, place)).collect(), loc)
        }
        NodeKind::Map(entries) => value::map(
            entries
                .iter()
                .map(|entry| Entry {
                    key: Spanned::new(
                        Cow::Owned(entry.key.value.to_string()),
                        place(entry.key.loc),
                    ),
                    value: owned(&entry.value, place),
                })
                .collect(),
            loc,
        ),
    }
}

/// The rows of a table as maps, by the names in its first line; `None` where it is no table.
fn rows(text: &str, loc: Loc) -> Option<Value> {
    let mut records = records(text)?.into_iter();
    let names = records.next()?;
    let rows = records.map(|record| {
        let is_whole = record.len() == names.len();
        let cells = names
            .iter()
            .zip(record)
            .map(|(name, cell)| value::entry(name.clone(), loc, value::text(cell, loc)));
        is_whole.then(|| value::map(cells.collect(), loc))
    });
    Some(value::list(rows.collect::<Option<Vec<Value>>>()?, loc))
}

/// The cells of each line. A cell in quotes may hold commas, lines and doubled quotes.
fn records(text: &str) -> Option<Vec<Vec<String>>> {
    let mut records = Vec::new();
    let mut record: Vec<String> = Vec::new();
    let mut cell = String::new();
    let mut in_quotes = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if in_quotes && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => in_quotes = !in_quotes,
            _ if in_quotes => cell.push(c),
            ',' => record.push(std::mem::take(&mut cell)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                if !(record.is_empty() && cell.is_empty()) {
                    record.push(std::mem::take(&mut cell));
                    records.push(std::mem::take(&mut record));
                }
            }
            _ => cell.push(c),
        }
    }
    if !(record.is_empty() && cell.is_empty()) {
        record.push(cell);
        records.push(record);
    }
    (!in_quotes).then_some(records)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(super) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = (bits >> (18 - 6 * at)) & 63;
            let c = ALPHABET.get(digit as usize).copied().unwrap_or(b'=');
            out.push(if at > chunk.len() { '=' } else { char::from(c) });
        }
    }
    out
}

fn from_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let digit = ALPHABET.iter().position(|one| *one == byte)?;
        bits = (bits << 6) | u32::try_from(digit).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}
