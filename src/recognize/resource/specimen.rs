//! Hand-made declarations for the tests of readers.
//!
//! Properties are written in YAML. In them `⟨name⟩` is something unknown, alone or inside of a text, as the dialects leave it;
//! a name that starts with `?` is the result of a function that may be anything.

use super::{Declared, read};
use crate::model::Facts;
use crate::model::origin::{Origin, Scope};
use crate::model::template::{Piece, Template};
use crate::recognize::Recognized;
use crate::source::{FileId, Loc, Spanned};
use crate::tree::{Entry, Node, NodeKind, Syntax, TextHole, Unknown, Why, parse};
use std::borrow::Cow;
use std::sync::Arc;

/// Reads declarations: each a kind and its properties. The first is called `r0` and has the id `t#r0`, and so on.
pub(super) fn recognized(resources: &[(&str, &'static str)]) -> Recognized {
    let scope = Arc::new(Scope::unknown("t"));
    let declared: Vec<Declared<'static>> = resources
        .iter()
        .enumerate()
        .map(|(at, (kind, text))| {
            let parsed = parse(FileId(0), text, Syntax::Yaml);
            assert!(parsed.problems.is_empty(), "{text}\n{:?}", parsed.problems);
            let root = parsed.documents.into_iter().next().map(|one| one.root);
            let properties = root.map_or(Node::new(Loc::NOWHERE, NodeKind::Null), with_unknowns);
            Declared {
                kind: (*kind).to_string(),
                origin: Origin {
                    loc: properties.loc,
                    label: format!("r{at}"),
                    scope: Arc::clone(&scope),
                    is_certain: true,
                },
                id: format!("t#r{at}"),
                properties,
            }
        })
        .collect();
    read(&declared)
}

/// As [`recognized`], of one declaration without problems.
pub(super) fn facts(kind: &str, text: &'static str) -> Facts {
    let recognized = recognized(&[(kind, text)]);
    assert_eq!(recognized.problems, []);
    recognized.facts
}

/// Whatever stands in the properties of this kind, reading it does no harm.
pub(super) fn survives(kind: &str, names: &[&str]) {
    const VALUES: [&str; 14] = [
        "~",
        "7",
        "true",
        "''",
        "text",
        "⟨x⟩",
        "⟨?x⟩",
        "'{'",
        "'[{}]'",
        "[]",
        "{}",
        "[[[]]]",
        "[~, 7, {}, ⟨x⟩, ⟨?x⟩]",
        "{Fn::Transform: {A: b}}",
    ];
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    for value in VALUES {
        recognized(&[(kind, leak(value.to_string()))]);
        for name in names {
            // The last name of a path gets the value; the levels above are maps, or lists of one.
            let nested = |open: &str, close: &str| {
                name.split('.')
                    .rev()
                    .fold(value.to_string(), |inside, name| {
                        format!("{{{name}: {open}{inside}{close}}}")
                    })
            };
            recognized(&[(kind, leak(nested("", "")))]);
            recognized(&[(kind, leak(nested("[", "]")))]);
        }
    }
}

/// A text with its holes as `⟨name⟩`.
pub(super) fn shown(template: &Template) -> String {
    let pieces = template.pieces().iter().map(|piece| match piece {
        Piece::Literal(text) => text.clone(),
        Piece::Hole(hole) => format!("⟨{}⟩", hole.name),
    });
    pieces.collect()
}

/// As [`shown`], where there is something.
pub(super) fn given(value: &Option<Spanned<Template>>) -> Option<String> {
    value.as_ref().map(|value| shown(&value.value))
}

/// As [`shown`], of a list.
pub(super) fn all(values: &[Spanned<Template>]) -> Vec<String> {
    values.iter().map(|value| shown(&value.value)).collect()
}

fn with_unknowns(node: Node<'static>) -> Node<'static> {
    let kind = match node.kind {
        NodeKind::Text(text) if text.value.contains('⟨') => return unknown(node.loc, text),
        NodeKind::List(items) => NodeKind::List(items.into_iter().map(with_unknowns).collect()),
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .into_iter()
                .map(|entry| Entry {
                    key: entry.key,
                    value: with_unknowns(entry.value),
                })
                .collect(),
        ),
        other => other,
    };
    Node { kind, ..node }
}

fn unknown(loc: Loc, mut text: crate::tree::Text<'static>) -> Node<'static> {
    let named = |name: &str| {
        let why = match name.starts_with('?') {
            true => Why::Function,
            false => Why::DeployTime,
        };
        Unknown::new(name, format!("${{{name}}}"), why)
    };
    let parts: Vec<&str> = text.value.split(['⟨', '⟩']).collect();
    if let ["", name, ""] = parts.as_slice() {
        return Node::new(loc, NodeKind::Unknown(Box::new(named(name))));
    }
    let mut value = String::new();
    let mut holes = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let start = value.len();
        if at % 2 == 0 {
            value.push_str(part);
            continue;
        }
        let unknown = named(part);
        value.push_str(&unknown.text);
        let offset = |at: usize| u32::try_from(at).expect("a short text");
        holes.push(TextHole {
            range: offset(start)..offset(value.len()),
            unknown,
        });
    }
    text.value = Cow::Owned(value);
    text.holes = holes.into_boxed_slice();
    Node::new(loc, NodeKind::Text(text))
}
