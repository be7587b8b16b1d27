//! `Fn::ForEach`, written out.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html>

use super::call::{Call, referred};
use super::evaluate::weight;
use super::text::Builder;
use crate::source::Spanned;
use crate::tree::{Entry, Node, NodeKind, Style};
use std::borrow::Cow;

const PREFIX: &str = "Fn::ForEach::";

/// How many nodes loops may add to one template.
const MOST_ADDED: usize = 50_000;

/// The template without its loops; `None` if it has none. A loop over something that is not known, or one that would add
/// too much, is left out.
pub(super) fn unrolled<'s>(root: &Node<'s>, text: &str) -> Option<Node<'s>> {
    text.contains(PREFIX).then(|| {
        let mut unroller = Unroller { root, added: 0 };
        unroller.node(root)
    })
}

struct Unroller<'n, 's> {
    root: &'n Node<'s>,
    added: usize,
}

impl<'s> Unroller<'_, 's> {
    fn node(&mut self, node: &Node<'s>) -> Node<'s> {
        let kind = match &node.kind {
            NodeKind::List(items) => {
                NodeKind::List(items.iter().map(|item| self.node(item)).collect())
            }
            NodeKind::Map(entries) => {
                let mut out = Vec::with_capacity(entries.len());
                for entry in entries {
                    if entry.key.value.starts_with(PREFIX) {
                        self.unroll(&entry.value, &mut out);
                    } else {
                        out.push(Entry {
                            key: entry.key.clone(),
                            value: self.node(&entry.value),
                        });
                    }
                }
                NodeKind::Map(out)
            }
            kind => kind.clone(),
        };
        Node {
            kind,
            loc: node.loc,
            tag: node.tag.clone(),
            alias: node.alias,
        }
    }

    fn unroll(&mut self, given: &Node<'s>, out: &mut Vec<Entry<'s>>) {
        let [identifier, collection, body] = given.items() else {
            return;
        };
        let Some(identifier) = identifier.as_str() else {
            return;
        };
        let weight = weight(body);
        for value in self.collection(collection) {
            self.added = self.added.saturating_add(weight);
            if self.added > MOST_ADDED {
                return;
            }
            let value = Substitution {
                name: identifier,
                value: &value,
            };
            for entry in body.entries() {
                let entry = value.entry(entry);
                if entry.key.value.starts_with(PREFIX) {
                    self.unroll(&entry.value, out);
                } else {
                    out.push(Entry {
                        key: entry.key,
                        value: self.node(&entry.value),
                    });
                }
            }
        }
    }

    /// What a loop goes through: a list that is written out, or the default of a parameter.
    fn collection(&self, node: &Node<'s>) -> Vec<String> {
        if let Some(name) = referred(node) {
            let parameter = self.root.get("Parameters").and_then(|all| all.get(name));
            let default = parameter.and_then(|parameter| parameter.get("Default"));
            let text = default.and_then(|default| default.as_str()).unwrap_or("");
            let items = text.split(',').map(str::trim);
            return items
                .filter(|item| !item.is_empty())
                .map(str::to_string)
                .collect();
        }
        if Call::of(node).is_some() {
            return Vec::new();
        }
        let known: Option<Vec<String>> = node
            .items()
            .iter()
            .map(|item| match Call::of(item) {
                Some(_) => None,
                None => item.as_str().map(str::to_string),
            })
            .collect();
        known.unwrap_or_default()
    }
}

/// What one turn of a loop puts in.
struct Substitution<'a> {
    name: &'a str,
    value: &'a str,
}

impl Substitution<'_> {
    fn entry<'s>(&self, entry: &Entry<'s>) -> Entry<'s> {
        let key = match self.text(&entry.key.value) {
            None => entry.key.clone(),
            Some(text) => Spanned::new(Cow::Owned(text), entry.key.loc),
        };
        Entry {
            key,
            value: self.node(&entry.value),
        }
    }

    fn node<'s>(&self, node: &Node<'s>) -> Node<'s> {
        if referred(node) == Some(self.name) {
            let mut standing = Builder::default();
            standing.standing(self.value, node.place().span);
            let text = standing.finish(Style::Plain);
            let mut node = Node::new(node.loc, NodeKind::Text(text));
            node.alias = Some(node.loc);
            return node;
        }
        let kind = match &node.kind {
            NodeKind::List(items) => {
                NodeKind::List(items.iter().map(|item| self.node(item)).collect())
            }
            NodeKind::Map(entries) => {
                NodeKind::Map(entries.iter().map(|entry| self.entry(entry)).collect())
            }
            NodeKind::Text(_) => return self.scalar(node),
            kind => kind.clone(),
        };
        Node {
            kind,
            loc: node.loc,
            tag: node.tag.clone(),
            alias: node.alias,
        }
    }

    /// A text with the value put in, each literal part still at its bytes.
    fn scalar<'s>(&self, node: &Node<'s>) -> Node<'s> {
        let Some(text) = node.as_text() else {
            return node.clone();
        };
        let mut out = Builder::default();
        let mut literal = 0;
        while let Some((start, end)) = self.next(&text.value, literal) {
            out.part(text, literal..start);
            out.standing(self.value, node.loc_of(start..end).span);
            literal = end;
        }
        if literal == 0 {
            return node.clone();
        }
        out.part(text, literal..text.value.len());
        Node {
            kind: NodeKind::Text(out.finish(text.style)),
            loc: node.loc,
            tag: node.tag.clone(),
            alias: node.alias,
        }
    }

    fn text(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut literal = 0;
        while let Some((start, end)) = self.next(text, literal) {
            out.push_str(text.get(literal..start).unwrap_or(""));
            out.push_str(self.value);
            literal = end;
        }
        if literal == 0 {
            return None;
        }
        out.push_str(text.get(literal..).unwrap_or(""));
        Some(out)
    }

    /// Where `${name}` or `&{name}` stands next.
    fn next(&self, text: &str, from: usize) -> Option<(usize, usize)> {
        let mut at = from;
        loop {
            let found = at + text.get(at..)?.find(['$', '&'])?;
            let inside = text.get(found + 1..)?.strip_prefix('{');
            if let Some(rest) = inside.and_then(|rest| rest.strip_prefix(self.name))
                && rest.starts_with('}')
            {
                return Some((found, found + self.name.len() + 3));
            }
            at = found + 1;
        }
    }
}
