//! The syntax tree of a script as a flat list, so that no walk over a part of it needs recursion.

use std::ops::Range;

/// A node of the grammar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// What it is, in the grammar's words; a token is its own text.
    pub kind: &'static str,
    /// Which part of its parent it is.
    pub field: Option<&'static str>,
    /// First byte in the prepared text.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Index after the last node inside this one.
    pub subtree_end: usize,
}

/// What stands in for a node that does not exist: no kind, no text.
const NOTHING: Node = Node {
    kind: "",
    field: None,
    start: 0,
    end: 0,
    subtree_end: 0,
};

/// The nodes in order of appearance, parents first: the nodes inside node `n` are `n + 1..subtree_end`.
#[derive(Debug)]
pub(super) struct Syntax {
    nodes: Vec<Node>,
    /// Whether the grammar could not read everything.
    pub has_errors: bool,
}

impl Syntax {
    /// A tree without nodes.
    pub fn new(has_errors: bool) -> Self {
        Syntax {
            nodes: Vec::new(),
            has_errors,
        }
    }

    /// Adds a node; those added until it is closed lie inside it.
    pub fn open(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Ends a node.
    pub fn close(&mut self, at: usize) {
        let end = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(at) {
            node.subtree_end = end;
        }
    }

    /// The node with this index.
    pub fn node(&self, at: usize) -> &Node {
        self.nodes.get(at).unwrap_or(&NOTHING)
    }

    /// Its kind.
    pub fn kind(&self, at: usize) -> &'static str {
        self.node(at).kind
    }

    /// Its bytes.
    pub fn range(&self, at: usize) -> Range<usize> {
        self.node(at).start..self.node(at).end
    }

    /// Every node, parents first.
    pub fn all(&self) -> Range<usize> {
        0..self.nodes.len()
    }

    /// The node and all inside it.
    pub fn subtree(&self, at: usize) -> Range<usize> {
        at..self.node(at).subtree_end.max(at)
    }

    /// The nodes directly inside.
    pub fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.node(at).subtree_end;
        let mut next = at + 1;
        std::iter::from_fn(move || {
            let child = next;
            (child < end).then(|| {
                next = self.node(child).subtree_end.max(child + 1);
                child
            })
        })
    }

    /// The first child that is this part of the node.
    pub fn field(&self, at: usize, field: &str) -> Option<usize> {
        self.children(at)
            .find(|child| self.node(*child).field == Some(field))
    }

    /// The first child of this kind.
    pub fn child(&self, at: usize, kind: &str) -> Option<usize> {
        self.children(at).find(|child| self.kind(*child) == kind)
    }
}
