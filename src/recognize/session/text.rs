//! The text of a script that is put together from pieces of a file, and the way back to each of them.
//!
//! CI systems hand a list of commands to one shell; what one line sets, the next one uses. So they are read as one text,
//! each command on a line of its own.

use crate::source::{Loc, Span};
use crate::tree::{Node, NodeKind, Unknown};
use std::ops::Range;

/// Where a stretch of the text comes from.
enum Origin<'n, 's> {
    /// The text of a node from this byte of its value on.
    Node(&'n Node<'s>, usize),
    /// It stands for something else, written here.
    Place(Loc),
    /// It stands in the file as it is, at this byte.
    File(Loc),
}

/// A script with the places of its bytes.
pub(in crate::recognize) struct ScriptText<'n, 's> {
    text: String,
    /// Where each stretch starts in `text`, ascending.
    parts: Vec<(usize, Origin<'n, 's>)>,
    /// What is not known in it, in the order of the expressions that stand for them.
    unknown: Vec<Unknown>,
}

/// How an expression that stands for something unknown begins and ends; a number stands between.
const UNKNOWN: (&str, &str) = ("${{ unknown.", " }}");

impl<'n, 's> ScriptText<'n, 's> {
    /// No text yet.
    pub(in crate::recognize) fn new() -> Self {
        ScriptText {
            text: String::new(),
            parts: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// The whole text of a file.
    pub(in crate::recognize) fn of_file(text: &str, whole: Loc) -> Self {
        ScriptText {
            text: text.to_string(),
            parts: vec![(0, Origin::File(whole))],
            unknown: Vec::new(),
        }
    }

    /// Adds the commands of a node: a text, or a list of them, however deep.
    pub(in crate::recognize) fn push(&mut self, node: &'n Node<'s>) {
        match &node.kind {
            NodeKind::List(items) => items.iter().for_each(|item| self.push(item)),
            NodeKind::Unknown(unknown) => {
                self.push_unknown(unknown, node.loc);
                self.end_line();
            }
            NodeKind::Text(text) => {
                let mut known = 0;
                for hole in &text.holes {
                    let range = hole.range.start as usize..hole.range.end as usize;
                    let before = text.value.get(known..range.start).unwrap_or("");
                    self.push_part(before, node, known);
                    self.push_unknown(&hole.unknown, node.loc_of(range.clone()));
                    known = range.end;
                }
                self.push_part(text.value.get(known..).unwrap_or(""), node, known);
                self.end_line();
            }
            _ => {
                if let Some(text) = node.as_str() {
                    self.push_part(text, node, 0);
                    self.end_line();
                }
            }
        }
    }

    /// Adds a command in which another program puts values in place before the shell sees it: what stands between the
    /// marks `open` and `close` is replaced by its value; what is not known becomes an expression that the shell's reader
    /// takes for a hole.
    pub(in crate::recognize) fn push_marked(
        &mut self,
        node: &'n Node<'s>,
        (open, close): (&str, &str),
        value: &dyn Fn(&str) -> Option<String>,
    ) {
        let Some(text) = node.as_str() else { return };
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let mark = rest.find(open).and_then(|from| {
                let inner = rest.get(from + open.len()..)?;
                let length = inner.find(close)?;
                let name = inner.get(..length)?.trim();
                Some((from, from + open.len() + length + close.len(), name))
            });
            let Some((from, to, name)) = mark.filter(|(_, _, name)| is_reference(name)) else {
                // Not a mark: go on behind it.
                let next = mark.map_or(rest.len(), |(from, _, _)| from + open.len());
                self.push_part(rest.get(..next).unwrap_or(rest), node, at);
                at += next;
                if next == rest.len() {
                    break;
                }
                continue;
            };
            self.push_part(rest.get(..from).unwrap_or(""), node, at);
            let range = at + from..at + to;
            let loc = Origin::Node(node, 0).place(range);
            let value = value(name).unwrap_or_else(|| format!("${{{{ {name} }}}}"));
            self.push_instead(&value, loc);
            at += to;
        }
        self.end_line();
    }

    /// Adds a stretch of a node's text, which starts at this byte of it.
    pub(in crate::recognize) fn push_part(&mut self, text: &str, node: &'n Node<'s>, from: usize) {
        self.parts.push((self.text.len(), Origin::Node(node, from)));
        self.text.push_str(text);
    }

    /// Adds an expression that stands for something unknown.
    fn push_unknown(&mut self, unknown: &Unknown, loc: Loc) {
        let (open, close) = UNKNOWN;
        let text = format!("{open}{}{close}", self.unknown.len());
        self.unknown.push(unknown.clone());
        self.push_instead(&text, loc);
    }

    /// What an expression stands for, if it is one of those that stand for something unknown.
    pub(in crate::recognize) fn unknown(&self, expression: &str) -> Option<&Unknown> {
        let number = expression
            .strip_prefix(UNKNOWN.0)?
            .strip_suffix(UNKNOWN.1)?;
        self.unknown.get(number.parse::<usize>().ok()?)
    }

    /// Adds text that stands for something that is written at `loc`.
    pub(in crate::recognize) fn push_instead(&mut self, text: &str, loc: Loc) {
        self.parts.push((self.text.len(), Origin::Place(loc)));
        self.text.push_str(text);
    }

    /// Ends a command.
    pub(in crate::recognize) fn end_line(&mut self) {
        self.text.push('\n');
    }

    /// The text.
    pub(in crate::recognize) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is nothing to run.
    pub(in crate::recognize) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The place behind a range of the text. Where it reaches over several pieces of one file, it covers them.
    pub(in crate::recognize) fn place(&self, range: Range<usize>) -> Loc {
        let at = |offset: usize| {
            let next = self.parts.partition_point(|(start, _)| *start <= offset);
            next.saturating_sub(1)
        };
        let first = at(range.start);
        let last = at(range.end.saturating_sub(1).max(range.start));
        let part = |index: usize| {
            let (start, origin) = self.parts.get(index)?;
            let end = self
                .parts
                .get(index + 1)
                .map_or(self.text.len(), |(next, _)| *next);
            let inside = range.start.max(*start)..range.end.min(end).max(range.start.max(*start));
            Some(origin.place(inside.start - start..inside.end - start))
        };
        let Some(head) = part(first) else {
            return Loc::NOWHERE;
        };
        match part(last) {
            // A definition that is used further up stands behind what follows it.
            Some(tail) if tail.span.start >= head.span.start => head.cover(tail),
            _ => head,
        }
    }
}

/// Whether what stands between two marks names a value: `parameters.tag`, `inputs.image`.
fn is_reference(text: &str) -> bool {
    text.contains('.')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

impl Origin<'_, '_> {
    fn place(&self, range: Range<usize>) -> Loc {
        match self {
            Origin::Node(node, from) => {
                let range = range.start + from..range.end + from;
                match node.as_text() {
                    // Where it is written, also if an alias led there: one definition is one place.
                    Some(text) => {
                        let length = text.value.len();
                        let range = range.start.min(length)..range.end.min(length);
                        Loc::new(node.loc.file, text.file_span(range))
                    }
                    None => node.loc,
                }
            }
            Origin::Place(loc) => *loc,
            Origin::File(whole) => {
                let start = whole.span.start as usize;
                Loc::new(
                    whole.file,
                    Span::new(start + range.start, start + range.end),
                )
            }
        }
    }
}
