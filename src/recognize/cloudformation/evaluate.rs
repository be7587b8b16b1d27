//! Values of a template in one reading of it: calls are answered as far as the template tells.
//!
//! Nothing here fails and nothing runs for long: what cannot be said is a value of its own, with its reason, and so is
//! what would take too many steps.

use super::anatomy::Anatomy;
use super::call::{Argument, Call, rendered_call};
use super::readings::Choices;
use crate::model::origin::Scope;
use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::recognize::resource::Attribute;
use crate::source::Loc;
use crate::tree::{Entry, Node, NodeKind, Unknown, Why};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many calls and collections may be open at once: what is written out has at most
/// [`MAX_DEPTH`](crate::tree::MAX_DEPTH), references may add a little.
const DEEPEST: usize = 192;

/// How many nodes references may copy in one reading, where 64 bytes of made text count as one.
const MOST_COPIED: usize = 200_000;

/// Answers calls.
pub(super) struct Evaluator<'n, 's> {
    pub(super) anatomy: &'n Anatomy<'n, 's>,
    /// What is taken to hold.
    pub(super) choices: &'n Choices<'s>,
    /// Account, Region and partition.
    pub(super) scope: Arc<Scope>,
    depth: Cell<usize>,
    copied: Cell<usize>,
    /// Attributes that are being worked out, to notice when one needs itself.
    pub(super) open: RefCell<Vec<(String, Attribute)>>,
    /// Attributes that were worked out.
    pub(super) attributes: RefCell<BTreeMap<(String, Attribute), Template>>,
    /// Conditions that were worked out.
    pub(super) verdicts: RefCell<BTreeMap<String, Option<bool>>>,
}

/// One open call or collection; closes itself.
pub(super) struct Level<'a>(&'a Cell<usize>);

impl Drop for Level<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

impl<'n, 's> Evaluator<'n, 's> {
    /// An evaluator of the template in this reading.
    pub(super) fn new(
        anatomy: &'n Anatomy<'n, 's>,
        choices: &'n Choices<'s>,
        scope: Arc<Scope>,
    ) -> Self {
        Evaluator {
            anatomy,
            choices,
            scope,
            depth: Cell::new(0),
            copied: Cell::new(0),
            open: RefCell::default(),
            attributes: RefCell::default(),
            verdicts: RefCell::default(),
        }
    }

    /// The value of a node; `None` for what `AWS::NoValue` takes away.
    pub(super) fn value(&self, node: &Node<'s>) -> Option<Node<'s>> {
        let Some(_level) = self.level() else {
            return Some(self.too_complex(node.place()));
        };
        match Call::of(node) {
            Some(call) => self.call(call),
            None => Some(self.written(node)),
        }
    }

    /// The value of what a function is given.
    pub(super) fn argument(&self, argument: Argument<'_, 's>) -> Option<Node<'s>> {
        match argument.written() {
            Some(node) => {
                let Some(_level) = self.level() else {
                    return Some(self.too_complex(node.place()));
                };
                Some(self.written(node))
            }
            None if argument.is_tagged => {
                let bare = Node {
                    tag: None,
                    ..argument.node.clone()
                };
                self.value(&bare)
            }
            None => self.value(argument.node),
        }
    }

    /// A node that is no call, with everything in it worked out.
    fn written(&self, node: &Node<'s>) -> Node<'s> {
        let kind = match &node.kind {
            NodeKind::List(items) => {
                NodeKind::List(items.iter().filter_map(|item| self.value(item)).collect())
            }
            NodeKind::Map(entries) => {
                let entries = entries.iter().filter_map(|entry| {
                    Some(Entry {
                        key: entry.key.clone(),
                        value: self.value(&entry.value)?,
                    })
                });
                NodeKind::Map(entries.collect())
            }
            kind => kind.clone(),
        };
        Node {
            loc: node.loc,
            kind,
            tag: None,
            alias: node.alias,
        }
    }

    /// The text of a node; `None` for a list, a map, null and what `AWS::NoValue` takes away.
    pub(super) fn text(&self, node: &Node<'s>) -> Option<Template> {
        self.value(node)
            .and_then(|value| placeholders::of_node(&value, |text| Template::literal(text)))
    }

    /// The text of a node, if all of it is known.
    pub(super) fn known(&self, node: &Node<'s>) -> Option<String> {
        self.value(node)
            .and_then(|value| value.as_str().map(str::to_string))
    }

    /// Opens one more call or collection, if there is room.
    pub(super) fn level(&self) -> Option<Level<'_>> {
        let depth = self.depth.get();
        if depth >= DEEPEST {
            return None;
        }
        self.depth.set(depth + 1);
        Some(Level(&self.depth))
    }

    /// Notes that a value of this size was copied or made; whether that is still within bounds.
    pub(super) fn spend(&self, weight: usize) -> bool {
        let copied = self.copied.get().saturating_add(weight);
        self.copied.set(copied);
        copied <= MOST_COPIED
    }

    /// A value that is not known. `name` tells it from others in this template.
    pub(super) fn unknown(
        &self,
        loc: Loc,
        name: &str,
        text: impl Into<String>,
        why: Why,
    ) -> Node<'s> {
        let unknown = Unknown::new(self.anatomy.global(name), text, why);
        Node::new(loc, NodeKind::Unknown(Box::new(unknown)))
    }

    /// What a call gives that is not worked out.
    pub(super) fn open_call(&self, call: Call<'_, 's>, why: Why) -> Node<'s> {
        let name = rendered_call(call)
            .unwrap_or_else(|| format!("!{}@{}", call.name, call.loc.span.start));
        self.unknown(call.loc, &name, format!("!{} …", call.name), why)
    }

    /// A value that would take too many steps.
    pub(super) fn too_complex(&self, loc: Loc) -> Node<'s> {
        let name = format!("@{}", loc.span.start);
        self.unknown(loc, &name, "…", Why::TooComplex)
    }
}

/// How many nodes a tree has, long texts counted several times.
pub(super) fn weight(node: &Node<'_>) -> usize {
    match &node.kind {
        NodeKind::List(items) => items.iter().map(weight).fold(1, usize::saturating_add),
        NodeKind::Map(entries) => entries
            .iter()
            .map(|entry| weight(&entry.value))
            .fold(1, usize::saturating_add),
        NodeKind::Text(text) => 1 + text.value.len() / 64,
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Unknown(_) => 1,
    }
}
