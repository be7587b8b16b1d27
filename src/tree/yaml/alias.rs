//! Anchors, aliases and merge keys.
//!
//! An alias becomes a copy of what it names. A few lines of aliases can name more nodes than memory holds, so copies are
//! made on a budget; the depth of a copy counts like any other.

use crate::source::Loc;
use crate::tree::{
    Entry, MAX_ALIAS_NODES, MAX_DEPTH, Node, NodeKind, Problem, ProblemKind, deeper_than_allowed,
};
use std::collections::BTreeSet;
use std::collections::HashMap;

/// Where in a document a node is about to stand.
pub(super) struct Depth {
    /// How many collections are open.
    pub(super) open: usize,
    /// Whether one of them has an anchor of its own.
    pub(super) is_anchored: bool,
}

/// What has been anchored in the document so far.
#[derive(Default)]
pub(super) struct Anchors<'s> {
    defined: HashMap<usize, Anchored<'s>>,
    /// What copies have cost in this file, in nodes.
    spent: usize,
}

struct Anchored<'s> {
    node: Node<'s>,
    size: Size,
}

impl<'s> Anchors<'s> {
    /// Remembers `node` under the anchor `id`; 0 is none.
    pub(super) fn define(
        &mut self,
        id: usize,
        node: &Node<'s>,
        depth: &Depth,
    ) -> Result<(), Problem> {
        if id == 0 {
            return Ok(());
        }
        let size = size_of(node);
        // What stands inside of another anchored node is copied once for each of them.
        if depth.is_anchored {
            self.spend(size.weight, node.loc)?;
        }
        self.defined.insert(
            id,
            Anchored {
                node: node.clone(),
                size,
            },
        );
        Ok(())
    }

    /// A copy of what the anchor `id` names, for the alias at `place`.
    pub(super) fn resolve(
        &mut self,
        id: usize,
        place: Loc,
        depth: &Depth,
    ) -> Result<Node<'s>, Problem> {
        let Some(Anchored { size, .. }) = self.defined.get(&id) else {
            return Ok(Node::new(place, NodeKind::Null));
        };
        if depth.open + size.height > MAX_DEPTH {
            return Err(deeper_than_allowed(place));
        }
        self.spend(size.weight, place)?;
        let mut copy = self.defined.get(&id).map_or_else(
            || Node::new(place, NodeKind::Null),
            |anchored| anchored.node.clone(),
        );
        reached_at(&mut copy, place);
        Ok(copy)
    }

    fn spend(&mut self, weight: usize, place: Loc) -> Result<(), Problem> {
        self.spent = self.spent.saturating_add(weight);
        if self.spent <= MAX_ALIAS_NODES {
            return Ok(());
        }
        Err(Problem::new(
            ProblemKind::Limit,
            place,
            format!("aliases expand to more than {MAX_ALIAS_NODES} nodes"),
        )
        .hint("write out what is meant, or split the file"))
    }

    /// Ends the document. What copies have cost is remembered: the budget is one for the file.
    pub(super) fn forget(&mut self) {
        self.defined.clear();
    }
}

#[derive(Clone, Copy)]
struct Size {
    /// Nodes, where long text of its own counts for several.
    weight: usize,
    /// How many collections are inside each other.
    height: usize,
}

fn size_of(node: &Node<'_>) -> Size {
    let children = |sizes: &mut dyn Iterator<Item = Size>| {
        let (weight, height) = sizes.fold((1usize, 0usize), |(weight, height), size| {
            (weight.saturating_add(size.weight), height.max(size.height))
        });
        Size {
            weight,
            height: height + 1,
        }
    };
    match &node.kind {
        NodeKind::List(items) => children(&mut items.iter().map(size_of)),
        NodeKind::Map(entries) => children(&mut entries.iter().map(|entry| size_of(&entry.value))),
        NodeKind::Text(text) => Size {
            weight: 1 + text.value.len() / 64 + text.runs.len() / 8,
            height: 0,
        },
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Unknown(_) => Size {
            weight: 1,
            height: 0,
        },
    }
}

fn reached_at(node: &mut Node<'_>, place: Loc) {
    node.alias = Some(place);
    match &mut node.kind {
        NodeKind::List(items) => items.iter_mut().for_each(|item| reached_at(item, place)),
        NodeKind::Map(entries) => entries
            .iter_mut()
            .for_each(|entry| reached_at(&mut entry.value, place)),
        _ => {}
    }
}

/// Applies the merge keys of a map, which are the entries at `merges`. A key of the map's own wins over a merged one,
/// wherever it stands, and of several merged maps the earlier wins; merged entries stand where the merge key stood. A
/// merge of anything but maps stays an entry.
pub(super) fn merge<'s>(entries: Vec<Entry<'s>>, merges: &[usize]) -> Vec<Entry<'s>> {
    if merges.is_empty() {
        return entries;
    }
    let is_merge =
        |at: usize, entry: &Entry<'_>| merges.binary_search(&at).is_ok() && can_merge(&entry.value);
    let mut taken: BTreeSet<String> = entries
        .iter()
        .enumerate()
        .filter(|(at, entry)| !is_merge(*at, entry))
        .map(|(_, entry)| entry.key.value.to_string())
        .collect();
    let mut merged = Vec::with_capacity(entries.len());
    for (at, entry) in entries.into_iter().enumerate() {
        if !is_merge(at, &entry) {
            merged.push(entry);
            continue;
        }
        let maps = match entry.value.kind {
            NodeKind::List(items) => items,
            _ => vec![entry.value],
        };
        for map in maps {
            if let NodeKind::Map(inner) = map.kind {
                merged.extend(
                    inner
                        .into_iter()
                        .filter(|entry| taken.insert(entry.key.value.to_string())),
                );
            }
        }
    }
    merged
}

fn can_merge(value: &Node<'_>) -> bool {
    match &value.kind {
        NodeKind::Map(_) => true,
        NodeKind::List(items) => items.iter().all(Node::is_map),
        _ => false,
    }
}
