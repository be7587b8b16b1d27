//! Puts the nodes of a YAML stream together: which stands in which, which document is whole, and which is not.

use super::alias::{self, Anchors};
use super::fault;
use crate::source::{FileId, LineIndex, Loc, Span, Spanned};
use crate::tree::{
    Document, Entry, MAX_DEPTH, Node, NodeKind, Parsed, Problem, deeper_than_allowed, template,
};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A tag as written, and where.
pub(super) type NodeTag<'s> = Option<Spanned<Cow<'s, str>>>;

/// What a collection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Collection {
    List,
    Map,
}

/// A list or map whose end has not been seen.
struct Frame<'s> {
    start: usize,
    /// One past the last byte that belongs to it.
    end: usize,
    tag: NodeTag<'s>,
    /// The anchor's id; 0 for none.
    anchor: usize,
    inside: Inside<'s>,
}

enum Inside<'s> {
    List(Vec<Node<'s>>),
    Map {
        entries: Vec<Entry<'s>>,
        key: Option<Key<'s>>,
        /// Indexes of the entries whose key is a merge key.
        merges: Vec<usize>,
    },
}

struct Key<'s> {
    name: Spanned<Cow<'s, str>>,
    is_merge: bool,
}

/// A stream in the making.
pub(super) struct Assembly<'s> {
    file: FileId,
    text: &'s str,
    pub(super) parsed: Parsed<'s>,
    stack: Vec<Frame<'s>>,
    root: Option<Node<'s>>,
    anchors: Anchors<'s>,
    lines: Option<LineIndex>,
    /// The first thing that is wrong with the document although it has the form of one.
    rejected: Option<Problem>,
}

impl<'s> Assembly<'s> {
    pub(super) fn new(file: FileId, text: &'s str) -> Self {
        Assembly {
            file,
            text,
            parsed: Parsed::default(),
            stack: Vec::new(),
            root: None,
            anchors: Anchors::default(),
            lines: None,
            rejected: None,
        }
    }

    fn loc(&self, start: usize, end: usize) -> Loc {
        Loc::new(self.file, Span::new(start, end))
    }

    /// Whether the next node is the value of a key.
    pub(super) fn waits_for_value(&self) -> bool {
        let inside = self.stack.last().map(|frame| &frame.inside);
        matches!(inside, Some(Inside::Map { key: Some(_), .. }))
    }

    fn depth(&self) -> alias::Depth {
        alias::Depth {
            open: self.stack.len(),
            is_anchored: self.stack.iter().any(|frame| frame.anchor != 0),
        }
    }

    /// Opens a collection that starts at byte `start`; `sign` is where the parser saw it.
    pub(super) fn open(
        &mut self,
        collection: Collection,
        start: usize,
        sign: std::ops::Range<usize>,
        tag: NodeTag<'s>,
        anchor: usize,
    ) -> Result<(), Problem> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(deeper_than_allowed(self.loc(sign.start, sign.end)));
        }
        self.stack.push(Frame {
            start,
            end: sign.end.max(start),
            tag,
            anchor,
            inside: match collection {
                Collection::List => Inside::List(Vec::new()),
                Collection::Map => Inside::Map {
                    entries: Vec::new(),
                    key: None,
                    merges: Vec::new(),
                },
            },
        });
        Ok(())
    }

    /// Closes the innermost collection: a flow collection at `bracket_end`, a block collection after its last child.
    /// Gives back where it ended.
    pub(super) fn close(&mut self, bracket_end: Option<usize>) -> Result<usize, Problem> {
        let Some(frame) = self.stack.pop() else {
            return Ok(0);
        };
        let end = bracket_end.unwrap_or(frame.end);
        let kind = match frame.inside {
            Inside::List(items) => NodeKind::List(items),
            Inside::Map {
                entries, merges, ..
            } => {
                self.report_duplicates(&entries, &merges);
                NodeKind::Map(alias::merge(entries, &merges))
            }
        };
        let node = Node {
            loc: self.loc(frame.start, end),
            kind,
            tag: frame.tag,
            alias: None,
        };
        self.add(node, frame.anchor, false)?;
        Ok(end)
    }

    /// Hands a finished node, perhaps anchored, to the collection it stands in. Only a plain `<<` is a merge key.
    pub(super) fn add(
        &mut self,
        node: Node<'s>,
        anchor: usize,
        is_plain: bool,
    ) -> Result<(), Problem> {
        if anchor != 0 {
            let depth = self.depth();
            self.anchors.define(anchor, &node, &depth)?;
        }
        let place = node.place();
        // The tag of an alias's copy stands at the definition.
        let tag_end = match (&node.tag, node.alias) {
            (Some(tag), None) => tag.loc.span.end,
            _ => 0,
        };
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.end = frame.end.max(place.span.end.max(tag_end) as usize);
        match &mut frame.inside {
            Inside::List(items) => items.push(node),
            Inside::Map {
                entries,
                key,
                merges,
            } => match key.take() {
                Some(Key { name, is_merge }) => {
                    if is_merge {
                        merges.push(entries.len());
                    }
                    entries.push(Entry {
                        key: name,
                        value: node,
                    });
                }
                None => {
                    let name = key_name(node, self.text);
                    *key = Some(Key {
                        is_merge: is_plain && name == "<<",
                        name: Spanned::new(name, place),
                    });
                }
            },
        }
        Ok(())
    }

    /// The alias at `place`, for what the anchor `id` names.
    pub(super) fn alias(&mut self, id: usize, place: Loc) -> Result<(), Problem> {
        if self.stack.iter().any(|frame| frame.anchor == id) {
            let source = self.text.get(place.span.range()).unwrap_or("");
            self.reject(fault::alias_cycle(place, source));
            return self.add(Node::new(place, NodeKind::Null), 0, false);
        }
        let depth = self.depth();
        let node = self.anchors.resolve(id, place, &depth)?;
        self.add(node, 0, false)
    }

    /// An alias at `place` that names nothing.
    pub(super) fn unresolved_alias(&mut self, name: &str, place: Loc) -> Result<(), Problem> {
        self.reject(fault::unresolved_alias(place, name));
        self.add(Node::new(place, NodeKind::Null), 0, false)
    }

    fn report_duplicates(&mut self, entries: &[Entry<'s>], merges: &[usize]) {
        let mut seen: BTreeMap<&str, Loc> = BTreeMap::new();
        let mut found = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let key: &str = &entry.key.value;
            // Two merges are one list of merges, and what a templated key becomes is not in sight.
            if merges.binary_search(&at).is_ok() || key.starts_with("{{") {
                continue;
            }
            match seen.get(key) {
                Some(first) => found.push((key, *first, entry.key.loc)),
                None => {
                    seen.insert(key, entry.key.loc);
                }
            }
        }
        for (key, first, second) in found {
            let line = self.line_of(first.span.start);
            let mut problem = fault::duplicate_key(second, key, line);
            problem.is_templated = template::is_near(self.text, second.span.start as usize);
            self.parsed.problems.push(problem);
        }
    }

    fn line_of(&mut self, offset: u32) -> usize {
        let text = self.text;
        let lines = self.lines.get_or_insert_with(|| LineIndex::new(text));
        lines.line_of(offset) + 1
    }

    fn reject(&mut self, problem: Problem) {
        self.rejected.get_or_insert(problem);
    }

    /// Gives up on the document at hand.
    pub(super) fn abandon(&mut self, problem: Problem) {
        let first = self.rejected.take().unwrap_or(problem);
        self.parsed.problems.push(first);
        self.start_document();
    }

    /// Forgets whatever belongs to the document before.
    pub(super) fn start_document(&mut self) {
        self.stack.clear();
        self.root = None;
        self.rejected = None;
        self.anchors.forget();
    }

    /// Keeps the document if it is whole and holds anything.
    pub(super) fn end_document(&mut self) {
        let root = self.root.take();
        match self.rejected.take() {
            Some(problem) => self.parsed.problems.push(problem),
            None => {
                let file = self.file;
                let is_there = |root: &Node<'_>| !(root.is_null() && root.loc.span.is_empty());
                let document = root.filter(is_there).map(|root| Document { file, root });
                self.parsed.documents.extend(document);
            }
        }
        self.start_document();
    }

    /// Everything that was read, in order of place.
    pub(super) fn finish(mut self) -> Parsed<'s> {
        self.parsed.comments.sort_by_key(|comment| comment.loc);
        self.parsed.problems.sort_by_key(|problem| problem.loc);
        self.parsed
    }
}

/// The text of a key. What is no string is its source: a templated key, `{{ .Values.name }}`, is a map in a map to YAML.
fn key_name<'s>(node: Node<'s>, text: &'s str) -> Cow<'s, str> {
    match node.kind {
        NodeKind::Number(number) => number,
        NodeKind::Text(text) => text.value,
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::List(_)
        | NodeKind::Map(_)
        | NodeKind::Unknown(_) => Cow::Borrowed(text.get(node.loc.span.range()).unwrap_or("")),
    }
}
