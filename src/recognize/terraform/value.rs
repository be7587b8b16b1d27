//! Values of expressions: nodes of the tree, made and looked at in the ways the language needs.
//!
//! Three conventions hold for values under evaluation. A list may hold an unknown item that stands for any number of
//! items ([`is_spread`]); a map may hold such an entry under a key that is none. What `jsonencode` gives stays the value it
//! was given. Numbers are kept as written.

use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::source::{Loc, Span, Spanned};
use crate::tree::{Entry, Node, NodeKind, Style, Text, TextHole, Unknown, Why};
use std::borrow::Cow;
use std::fmt::Write;

/// A value.
pub(super) type Value = Node<'static>;

/// Longest text that is computed, in bytes.
pub(super) const LONGEST_TEXT: usize = 1 << 20;

/// What the name of an unknown ends with if it stands for any number of items.
const SPREAD: &str = "[*]";

pub(super) fn null(loc: Loc) -> Value {
    Node::new(loc, NodeKind::Null)
}

pub(super) fn boolean(value: bool, loc: Loc) -> Value {
    Node::new(loc, NodeKind::Bool(value))
}

pub(super) fn number(value: impl Into<String>, loc: Loc) -> Value {
    Node::new(loc, NodeKind::Number(Cow::Owned(value.into())))
}

pub(super) fn list(items: Vec<Value>, loc: Loc) -> Value {
    Node::new(loc, NodeKind::List(items))
}

pub(super) fn map(entries: Vec<Entry<'static>>, loc: Loc) -> Value {
    Node::new(loc, NodeKind::Map(entries))
}

pub(super) fn entry(key: impl Into<String>, key_loc: Loc, value: Value) -> Entry<'static> {
    Entry {
        key: Spanned::new(Cow::Owned(key.into()), key_loc),
        value,
    }
}

pub(super) fn unknown(loc: Loc, unknown: Unknown) -> Value {
    Node::new(loc, NodeKind::Unknown(Box::new(unknown)))
}

/// A text that was computed by what stands at `loc`.
pub(super) fn text(value: impl Into<String>, loc: Loc) -> Value {
    from_pieces(vec![Piece::Known(value.into())], loc)
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Known(String),
    Hole(Unknown),
}

/// The text of a scalar in pieces; `None` for lists, maps and null.
pub(super) fn pieces(value: &Value) -> Option<Vec<Piece>> {
    match &value.kind {
        NodeKind::Unknown(unknown) => Some(vec![Piece::Hole((**unknown).clone())]),
        NodeKind::Text(text) => {
            let mut out = Vec::new();
            let mut at = 0;
            for hole in &text.holes {
                let (start, end) = (hole.range.start as usize, hole.range.end as usize);
                let known = text.value.get(at..start).unwrap_or("");
                if !known.is_empty() {
                    out.push(Piece::Known(known.to_string()));
                }
                out.push(Piece::Hole(hole.unknown.clone()));
                at = end;
            }
            let known = text.value.get(at..).unwrap_or("");
            if !known.is_empty() || out.is_empty() {
                out.push(Piece::Known(known.to_string()));
            }
            Some(out)
        }
        _ => value
            .as_str()
            .map(|text| vec![Piece::Known(text.to_string())]),
    }
}

/// A text of these pieces, computed by what stands at `loc`; a lone hole is an unknown value.
pub(super) fn from_pieces(pieces: Vec<Piece>, loc: Loc) -> Value {
    let known = |piece: &Piece| matches!(piece, Piece::Known(text) if text.is_empty());
    let mut pieces: Vec<Piece> = pieces.into_iter().filter(|piece| !known(piece)).collect();
    if let [Piece::Hole(_)] = pieces.as_slice()
        && let Some(Piece::Hole(hole)) = pieces.pop()
    {
        return unknown(loc, hole);
    }
    let mut value = String::new();
    let mut holes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Known(text) => value.push_str(&text),
            Piece::Hole(hole) => {
                let start = value.len();
                value.push_str(&hole.text);
                let range = Span::new(start, value.len());
                holes.push(TextHole {
                    range: range.start..range.end,
                    unknown: hole,
                });
            }
        }
    }
    let length = Span::new(value.len(), value.len()).start;
    let mut runs = vec![(0, loc.span.start)];
    if length > 0 {
        runs.push((length, loc.span.end));
    }
    Node::new(
        loc,
        NodeKind::Text(Text {
            value: Cow::Owned(value),
            style: Style::Plain,
            runs,
            holes: holes.into_boxed_slice(),
        }),
    )
}

/// The text of a scalar as a template; `None` for lists, maps and null.
pub(super) fn template(value: &Value) -> Option<Template> {
    placeholders::of_node(value, |text| Template::literal(text))
}

/// Whether the value is an unknown that stands for any number of items.
pub(super) fn is_spread(value: &Value) -> bool {
    value
        .unknown()
        .is_some_and(|unknown| unknown.name.ends_with(SPREAD))
}

/// An unknown list as an item of a known one: any number of items.
pub(super) fn spread(mut value: Value) -> Value {
    if let NodeKind::Unknown(unknown) = &mut value.kind
        && !unknown.name.ends_with(SPREAD)
    {
        unknown.name.push_str(SPREAD);
    }
    value
}

/// Whether the map holds any number of entries that are not known.
pub(super) fn has_unknown_entries(value: &Value) -> bool {
    value.entries().iter().any(|entry| is_spread(&entry.value))
}

/// Whether how many items or entries there are is known.
pub(super) fn is_counted(value: &Value) -> bool {
    match &value.kind {
        NodeKind::List(items) => !items.iter().any(is_spread),
        NodeKind::Map(_) => !has_unknown_entries(value),
        _ => false,
    }
}

/// Whether nothing in the value is unknown.
pub(super) fn is_known(value: &Value) -> bool {
    match &value.kind {
        NodeKind::Unknown(_) => false,
        NodeKind::Text(text) => text.holes.is_empty(),
        NodeKind::List(items) => items.iter().all(is_known),
        NodeKind::Map(entries) => entries.iter().all(|entry| is_known(&entry.value)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => true,
    }
}

/// Whether the value is surely neither null nor the empty text: there is known text in it, or the cloud makes it.
pub(super) fn is_surely_given(value: &Value) -> bool {
    match &value.kind {
        NodeKind::Null => false,
        NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::List(_) | NodeKind::Map(_) => true,
        NodeKind::Unknown(unknown) => unknown.why == Why::DeployTime && !is_spread(value),
        NodeKind::Text(text) => {
            let holes: usize = text.holes.iter().map(|hole| hole.range.len()).sum();
            text.value.len() > holes
                || text
                    .holes
                    .iter()
                    .any(|hole| hole.unknown.why == Why::DeployTime)
        }
    }
}

/// A whole number.
pub(super) fn integer(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    text.parse().ok().or_else(|| {
        let float: f64 = text.parse().ok()?;
        let is_whole = float.fract() == 0.0 && float.abs() < 1e15;
        is_whole.then(|| format!("{float:.0}").parse().ok())?
    })
}

/// A number.
pub(super) fn float(value: &Value) -> Option<f64> {
    match &value.kind {
        NodeKind::Number(_) | NodeKind::Text(_) => value.as_str()?.parse().ok(),
        _ => None,
    }
}

/// A number in the form Terraform gives it.
pub(super) fn number_of(value: f64, loc: Loc) -> Option<Value> {
    value.is_finite().then(|| {
        let written = if value.fract() == 0.0 && value.abs() < 1e15 {
            format!("{value:.0}")
        } else {
            value.to_string()
        };
        let written = if written == "-0" {
            "0".to_string()
        } else {
            written
        };
        number(written, loc)
    })
}

/// How many nodes the value has.
pub(super) fn weight(value: &Value) -> usize {
    match &value.kind {
        NodeKind::List(items) => 1 + items.iter().map(weight).sum::<usize>(),
        NodeKind::Map(entries) => {
            1 + entries
                .iter()
                .map(|entry| 1 + weight(&entry.value))
                .sum::<usize>()
        }
        NodeKind::Text(text) => 1 + text.value.len() / 64,
        _ => 1,
    }
}

/// The entries of a map in the order in which Terraform goes through them: by key, the last of equal ones.
pub(super) fn sorted_entries(value: &Value) -> Vec<&Entry<'static>> {
    let mut entries: Vec<&Entry<'static>> = value.entries().iter().collect();
    entries.sort_by(|a, b| a.key.value.cmp(&b.key.value));
    let mut unique: Vec<&Entry<'static>> = Vec::with_capacity(entries.len());
    for entry in entries {
        match unique.last_mut() {
            Some(last) if last.key.value == entry.key.value && !is_spread(&last.value) => {
                *last = entry;
            }
            _ => unique.push(entry),
        }
    }
    unique
}

/// The value as JSON text, in pieces: what `jsonencode` gives.
pub(super) fn json(value: &Value) -> Vec<Piece> {
    let mut out = Vec::new();
    write_json(value, &mut out);
    out
}

fn push_known(out: &mut Vec<Piece>, text: &str) {
    match out.last_mut() {
        Some(Piece::Known(last)) => last.push_str(text),
        _ => out.push(Piece::Known(text.to_string())),
    }
}

fn write_json(value: &Value, out: &mut Vec<Piece>) {
    match &value.kind {
        NodeKind::Null => push_known(out, "null"),
        NodeKind::Bool(value) => push_known(out, if *value { "true" } else { "false" }),
        NodeKind::Number(number) => push_known(out, number),
        NodeKind::Unknown(_) | NodeKind::Text(_) => {
            push_known(out, "\"");
            for piece in pieces(value).unwrap_or_default() {
                match piece {
                    Piece::Known(text) => push_known(out, &escaped(&text)),
                    Piece::Hole(hole) => out.push(Piece::Hole(hole)),
                }
            }
            push_known(out, "\"");
        }
        NodeKind::List(items) => {
            push_known(out, "[");
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    push_known(out, ",");
                }
                write_json(item, out);
            }
            push_known(out, "]");
        }
        NodeKind::Map(_) => {
            push_known(out, "{");
            for (at, entry) in sorted_entries(value).into_iter().enumerate() {
                if at > 0 {
                    push_known(out, ",");
                }
                push_known(out, &format!("\"{}\":", escaped(&entry.key.value)));
                write_json(&entry.value, out);
            }
            push_known(out, "}");
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The value as it is where something refers to it: a reader is to look at the reference, unless the value is one that
/// has findings in its own places.
pub(super) fn referred(mut value: Value, at: Loc) -> Value {
    let is_document = |text: &str| text.contains('\n') || text.trim_start().starts_with(['{', '[']);
    let follows = match &value.kind {
        NodeKind::Map(_) => false,
        NodeKind::List(items) => items.iter().all(|item| !item.is_map() && !item.is_list()),
        NodeKind::Text(text) => !is_document(&text.value),
        NodeKind::Unknown(_) => {
            value.loc = at;
            value.alias = None;
            false
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => true,
    };
    if follows && value.loc != at {
        value.alias = Some(at);
    }
    value
}

/// What two values agree on; the rest is unknown, under names that start with `name`, and shown as `text`.
pub(super) fn unified(one: Value, other: &Value, name: &str, text: &str, why: Why) -> Value {
    if one == *other {
        return one;
    }
    let loc = one.loc;
    match (one.kind, &other.kind) {
        (NodeKind::List(items), NodeKind::List(others)) if items.len() == others.len() => {
            let items = items.into_iter().zip(others).enumerate();
            let items = items.map(|(at, (item, other))| {
                let step = format!("[{at}]");
                unified(
                    item,
                    other,
                    &format!("{name}{step}"),
                    &behind(text, &step),
                    why,
                )
            });
            list(items.collect(), loc)
        }
        (NodeKind::Map(entries), NodeKind::Map(others))
            if entries.len() == others.len()
                && entries.iter().all(|entry| other.has(&entry.key.value)) =>
        {
            let entries = entries.into_iter().map(|mut entry| {
                let step = format!(".{}", entry.key.value);
                if let Some(other) = other.get(&entry.key.value) {
                    let text = behind(text, &step);
                    entry.value = unified(entry.value, other, &format!("{name}{step}"), &text, why);
                }
                entry
            });
            map(entries.collect(), loc)
        }
        _ => unknown(loc, Unknown::new(name, text, why)),
    }
}

/// `${text.step}` of `${text}`.
fn behind(text: &str, step: &str) -> String {
    match text.strip_suffix('}') {
        Some(open) => format!("{open}{step}}}"),
        None => format!("{text}{step}"),
    }
}
