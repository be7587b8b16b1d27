//! What a plan tells about the unknowns of the configuration it was made from.
//!
//! Equal names are equal values: where the configuration has an unknown and the plan a value, the unknown has that value
//! everywhere. An unknown that gets two different values (the key of an iteration that could not be counted) gets none.

use crate::model::template::{Piece, Template};
use crate::recognize::placeholders;
use crate::source::{Loc, Spanned};
use crate::tree::{Entry, Node, NodeKind, Text, TextHole, embed};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Unknowns by name, with the value they have; `None` for those with several.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings {
    values: BTreeMap<String, Option<String>>,
}

impl Bindings {
    /// Gives an unknown a value.
    pub(super) fn bind(&mut self, name: &str, value: &str) {
        // An unknown that stands for any number of values has none.
        if name.ends_with("[*]") {
            return;
        }
        self.values
            .entry(name.to_string())
            .and_modify(|known| {
                if known.as_deref() != Some(value) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(value.to_string()));
    }

    /// Gives what is unknown in `text` the value that it has in `known`, if there is but one unknown.
    pub(super) fn unify(&mut self, text: &Template, known: &str) {
        let text = self.fill(text);
        let mut holes = text
            .pieces()
            .iter()
            .enumerate()
            .filter(|(_, piece)| is_hole(piece));
        let (Some((at, Piece::Hole(hole))), None) = (holes.next(), holes.next()) else {
            return;
        };
        let literal = |piece: Option<&Piece>| match piece {
            Some(Piece::Literal(text)) => text.clone(),
            _ => String::new(),
        };
        let before = literal(at.checked_sub(1).and_then(|at| text.pieces().get(at)));
        let after = literal(text.pieces().get(at + 1));
        let value = known
            .strip_prefix(before.as_str())
            .and_then(|rest| rest.strip_suffix(after.as_str()));
        if let Some(value) = value {
            self.bind(&hole.name, value);
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_deref()
    }

    /// A template with what is bound.
    pub(super) fn fill(&self, text: &Template) -> Template {
        let mut filled = Template::default();
        for piece in text.pieces() {
            match piece {
                Piece::Literal(text) => filled.push_literal(text),
                Piece::Hole(hole) => match self.value(&hole.name) {
                    Some(value) => filled.push_literal(value),
                    None => filled.push_hole(hole.name.clone(), hole.text.clone()),
                },
            }
        }
        filled
    }

    /// Looks at a value of the configuration beside the same value of the plan.
    pub(super) fn learn(&mut self, written: &Node<'_>, planned: &Node<'_>) {
        match (&written.kind, &planned.kind) {
            (NodeKind::Map(entries), NodeKind::Map(_)) => {
                for entry in entries {
                    if let Some(planned) = planned.get(&entry.key.value) {
                        self.learn(&entry.value, planned);
                    }
                }
            }
            (NodeKind::List(items), NodeKind::List(_)) => {
                for (written, planned) in pairs(items, planned.items()) {
                    self.learn(written, planned);
                }
            }
            // Policies are printed with single values bare.
            (NodeKind::List(items), _) if planned.as_str().is_some() => {
                match (items.as_slice(), document(planned)) {
                    (_, Some(document)) => self.learn(written, &document),
                    ([one], None) => self.learn(one, planned),
                    _ => {}
                }
            }
            (NodeKind::Map(_), NodeKind::Text(_)) => {
                if let Some(document) = document(planned) {
                    self.learn(written, &document);
                }
            }
            (NodeKind::Text(_) | NodeKind::Unknown(_), _) => {
                let Some(known) = planned.as_str() else {
                    return;
                };
                match (document(written), document(planned)) {
                    (Some(written), Some(planned)) => self.learn(&written, &planned),
                    _ => {
                        let text = placeholders::of_node(written, |text| Template::literal(text));
                        self.unify(&text.unwrap_or_default(), known);
                    }
                }
            }
            _ => {}
        }
    }

    /// The node with what is bound. Bytes of the file stay behind the text that they are.
    pub(super) fn filled(&self, node: &Node<'static>) -> Node<'static> {
        let kind = match &node.kind {
            NodeKind::Unknown(unknown) => match self.value(&unknown.name) {
                Some(value) => {
                    let text = Text::verbatim(
                        value.to_string(),
                        crate::tree::Style::Plain,
                        node.loc.span.start,
                    );
                    return Node {
                        alias: Some(node.place()),
                        ..Node::new(node.loc, NodeKind::Text(text))
                    };
                }
                None => return node.clone(),
            },
            NodeKind::Text(text) if !text.holes.is_empty() => NodeKind::Text(self.text(text)),
            NodeKind::List(items) => {
                NodeKind::List(items.iter().map(|item| self.filled(item)).collect())
            }
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .iter()
                    .map(|entry| Entry {
                        key: entry.key.clone(),
                        value: self.filled(&entry.value),
                    })
                    .collect(),
            ),
            _ => return node.clone(),
        };
        Node {
            kind,
            ..node.clone()
        }
    }

    fn text(&self, text: &Text<'static>) -> Text<'static> {
        let mut value = String::with_capacity(text.value.len());
        let mut runs = Vec::new();
        let mut holes = Vec::new();
        let mut at = 0;
        let copy = |from: u32, to: u32, value: &mut String, runs: &mut Vec<(u32, u32)>| {
            let (from, to) = (from as usize, to as usize);
            let shift = length(value);
            runs.push((shift, text.file_offset(from)));
            let inside = text
                .runs
                .iter()
                .filter(|(offset, _)| (*offset as usize) > from && (*offset as usize) < to);
            runs.extend(inside.map(|(offset, file)| (offset - length_of(from) + shift, *file)));
            value.push_str(text.value.get(from..to).unwrap_or(""));
        };
        for hole in &text.holes {
            copy(at, hole.range.start, &mut value, &mut runs);
            let start = length(&value);
            runs.push((start, text.file_offset(hole.range.start as usize)));
            match self.value(&hole.unknown.name) {
                Some(known) => value.push_str(known),
                None => {
                    value.push_str(&hole.unknown.text);
                    holes.push(TextHole {
                        range: start..length(&value),
                        unknown: hole.unknown.clone(),
                    });
                }
            }
            at = hole.range.end;
        }
        copy(at, length(&text.value), &mut value, &mut runs);
        let end = text.file_span(0..text.value.len()).end;
        runs.push((length(&value), end));
        Text {
            value: Cow::Owned(value),
            style: text.style,
            runs,
            holes: holes.into_boxed_slice(),
        }
    }
}

/// Gives what is unknown in a value the names that `rename` gives them.
pub(super) fn rename(node: &mut Node<'static>, to: &dyn Fn(&str) -> Option<String>) {
    let rename_one = |name: &mut String| {
        if let Some(new) = to(name) {
            *name = new;
        }
    };
    match &mut node.kind {
        NodeKind::Unknown(unknown) => rename_one(&mut unknown.name),
        NodeKind::Text(text) => {
            for hole in &mut text.holes {
                rename_one(&mut hole.unknown.name);
            }
        }
        NodeKind::List(items) => items.iter_mut().for_each(|item| rename(item, to)),
        NodeKind::Map(entries) => {
            for entry in entries {
                rename(&mut entry.value, to);
            }
        }
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) => {}
    }
}

fn length(text: &str) -> u32 {
    length_of(text.len())
}

fn length_of(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn is_hole(piece: &Piece) -> bool {
    matches!(piece, Piece::Hole(_))
}

/// The JSON in a text.
fn document(node: &Node<'_>) -> Option<Node<'static>> {
    let parsed = embed::json_in(node)?;
    let document = parsed.documents.into_iter().next()?;
    parsed.problems.is_empty().then_some(document.root)
}

/// The items of two lists that are the same item. What stands in both is the same; of the rest, only one is told.
fn pairs<'a, 'b, 's, 'p>(
    written: &'a [Node<'s>],
    planned: &'b [Node<'p>],
) -> Vec<(&'a Node<'s>, &'b Node<'p>)> {
    if written.len() != planned.len() || written.iter().any(is_any_number) {
        return Vec::new();
    }
    let is_text = |node: &&Node<'_>| node.as_str().is_some();
    let is_same = |(written, planned): (&Node<'_>, &Node<'_>)| {
        written.as_str().is_none()
            || planned.as_str().is_none()
            || written.as_str() == planned.as_str()
    };
    let has_texts = planned.iter().any(|node| is_text(&node));
    if !has_texts && written.iter().zip(planned).all(is_same) {
        return written.iter().zip(planned).collect();
    }
    // Sets are printed in an order of their own.
    let mut rest: Vec<&'b Node<'p>> = planned.iter().collect();
    let mut open = Vec::new();
    for one in written {
        match rest
            .iter()
            .position(|planned| one.as_str().is_some() && one.as_str() == planned.as_str())
        {
            Some(at) => drop(rest.remove(at)),
            None => open.push(one),
        }
    }
    match (open.as_slice(), rest.as_slice()) {
        ([one], [planned]) => vec![(one, planned)],
        _ => Vec::new(),
    }
}

fn is_any_number(node: &Node<'_>) -> bool {
    node.unknown()
        .is_some_and(|unknown| unknown.name.ends_with("[*]"))
}

/// The value of the configuration, with what is still unknown in it taken from the plan. Everything that is taken stands
/// where the unknown stood.
pub(super) fn merged(written: Node<'static>, planned: &Node<'static>) -> Node<'static> {
    if planned.unknown().is_some() || planned.is_null() {
        return written;
    }
    let place = written.place();
    match &written.kind {
        NodeKind::Unknown(_) => return moved(planned, place),
        NodeKind::Text(text) if !text.holes.is_empty() && planned.as_str().is_some() => {
            let is_document = document(planned).is_some();
            return if is_document {
                // The known part keeps its places.
                match (document(&written), document(planned)) {
                    (Some(inner), Some(planned)) => merged(inner, &planned),
                    _ => moved(planned, place),
                }
            } else {
                moved(planned, place)
            };
        }
        _ => {}
    }
    let read = document(planned).filter(|_| written.is_map() || written.is_list());
    let planned = read.as_ref().unwrap_or(planned);
    let Node {
        loc,
        kind,
        tag,
        alias,
    } = written;
    let kind = match kind {
        NodeKind::Map(entries) if planned.is_map() => NodeKind::Map(
            entries
                .into_iter()
                .map(|entry| Entry {
                    value: match planned.get(&entry.key.value) {
                        Some(planned) => merged(entry.value, planned),
                        None => entry.value,
                    },
                    key: entry.key,
                })
                .collect(),
        ),
        NodeKind::List(items) if items.iter().any(is_any_number) && planned.is_list() => {
            return moved(planned, place);
        }
        NodeKind::List(items) if items.len() == planned.one_or_many().len() => {
            let others = planned.one_or_many();
            let partners: Vec<Option<&Node<'static>>> = {
                let pairs = pairs(&items, others);
                items
                    .iter()
                    .map(|item| {
                        pairs
                            .iter()
                            .find(|(one, _)| std::ptr::eq(*one, item))
                            .map(|(_, planned)| *planned)
                    })
                    .collect()
            };
            let items = items.into_iter().zip(partners);
            NodeKind::List(
                items
                    .map(|(item, planned)| match planned {
                        Some(planned) => merged(item, planned),
                        None => item,
                    })
                    .collect(),
            )
        }
        kind => kind,
    };
    Node {
        loc,
        kind,
        tag,
        alias,
    }
}

/// The node as something that stands at `place`.
fn moved(node: &Node<'static>, place: Loc) -> Node<'static> {
    let kind = match &node.kind {
        NodeKind::Text(text) => NodeKind::Text(Text {
            runs: vec![(0, place.span.start)],
            ..text.clone()
        }),
        NodeKind::List(items) => {
            NodeKind::List(items.iter().map(|item| moved(item, place)).collect())
        }
        NodeKind::Map(entries) => NodeKind::Map(
            entries
                .iter()
                .map(|entry| Entry {
                    key: Spanned::new(entry.key.value.clone(), place),
                    value: moved(&entry.value, place),
                })
                .collect(),
        ),
        other => other.clone(),
    };
    Node {
        loc: place,
        kind,
        tag: None,
        alias: Some(place),
    }
}
