//! Text that a function makes of other text, with the way back to the file.
//!
//! What stands in the template literally keeps its bytes: the `role/app` of `!Sub arn:aws:iam::${Account}:role/app` can be
//! pointed at. What a reference stands for, known or not, points at the reference.

use crate::source::{Loc, Span};
use crate::tree::{Node, NodeKind, Style, Text, TextHole, Unknown};
use std::borrow::Cow;
use std::ops::Range;

/// The longest text that is made, in bytes. A template has at most a megabyte in all, so whoever makes longer texts does
/// it to see how long we take.
pub(super) const LONGEST: usize = 512 * 1024;

/// A text in the making. Pieces are added in the order in which they stand in the file.
#[derive(Default)]
pub(super) struct Builder {
    value: String,
    runs: Vec<(u32, u32)>,
    holes: Vec<TextHole>,
}

impl Builder {
    /// How many bytes it has so far.
    pub(super) fn len(&self) -> usize {
        self.value.len()
    }

    /// Adds the bytes `range` of a text that stands in the file at this place, holes included.
    pub(super) fn part(&mut self, text: &Text<'_>, range: Range<usize>) {
        let Some(part) = text.value.get(range.clone()) else {
            return;
        };
        let at = self.offset();
        let start = offset(range.start);
        self.mark(at, text.file_offset(range.start));
        for (decoded, file) in &text.runs {
            if *decoded > start && *decoded < offset(range.end) {
                self.mark(at + (decoded - start), *file);
            }
        }
        for hole in &text.holes {
            if hole.range.start >= start && hole.range.end <= offset(range.end) {
                self.holes.push(TextHole {
                    range: at + (hole.range.start - start)..at + (hole.range.end - start),
                    unknown: hole.unknown.clone(),
                });
            }
        }
        self.value.push_str(part);
        self.mark(self.offset(), text.file_span(range).end);
    }

    /// Adds known text that the bytes `span` of the file stand for.
    pub(super) fn standing(&mut self, text: &str, span: Span) {
        self.mark(self.offset(), span.start);
        self.value.push_str(text);
        self.mark(self.offset(), span.end);
    }

    /// Adds something unknown that the bytes `span` of the file stand for.
    pub(super) fn hole(&mut self, unknown: &Unknown, span: Span) {
        let start = self.offset();
        self.standing(&unknown.text, span);
        self.holes.push(TextHole {
            range: start..self.offset(),
            unknown: unknown.clone(),
        });
    }

    /// Adds the text of a scalar; whether it has one. `span` is where the reference to it stands, for one that is reached
    /// through a reference.
    pub(super) fn scalar(&mut self, node: &Node<'_>, span: Option<Span>) -> bool {
        let stands = span.or(node.alias.map(|alias| alias.span));
        match &node.kind {
            NodeKind::Unknown(unknown) => {
                self.hole(unknown, stands.unwrap_or(node.loc.span));
            }
            NodeKind::Text(text) => match stands {
                None => self.part(text, 0..text.value.len()),
                Some(span) => {
                    let start = self.offset();
                    self.standing(&text.value, span);
                    self.holes.extend(text.holes.iter().map(|hole| TextHole {
                        range: start + hole.range.start..start + hole.range.end,
                        unknown: hole.unknown.clone(),
                    }));
                }
            },
            _ => match node.as_str() {
                Some(text) => self.standing(text, stands.unwrap_or(node.loc.span)),
                None => return false,
            },
        }
        true
    }

    /// The text.
    pub(super) fn finish<'s>(self, style: Style) -> Text<'s> {
        Text {
            value: Cow::Owned(self.value),
            style,
            runs: self.runs,
            holes: self.holes.into_boxed_slice(),
        }
    }

    fn offset(&self) -> u32 {
        offset(self.value.len())
    }

    /// Says that the byte `decoded` of the text stands at `file`. Of more than two marks at one byte the first and the
    /// last count; a place before the last one (a function may take its arguments in any order) counts as that one.
    fn mark(&mut self, decoded: u32, file: u32) {
        let file = file.max(self.runs.last().map_or(0, |last| last.1));
        if self.runs.last() == Some(&(decoded, file)) {
            return;
        }
        let same = self
            .runs
            .iter()
            .rev()
            .take(2)
            .filter(|run| run.0 == decoded)
            .count();
        match self.runs.last_mut() {
            Some(last) if same > 1 || (same > 0 && decoded == 0) => *last = (decoded, file),
            _ => self.runs.push((decoded, file)),
        }
    }
}

/// The part of a text node, as a node of its own.
pub(super) fn part<'s>(node: &Node<'s>, range: Range<usize>) -> Node<'s> {
    let Some(text) = node.as_text() else {
        return node.clone();
    };
    let loc = Loc::new(node.loc.file, text.file_span(range.clone()));
    let mut builder = Builder::default();
    builder.part(text, range);
    Node {
        loc,
        kind: NodeKind::Text(builder.finish(text.style)),
        tag: None,
        alias: node.alias,
    }
}

/// Says of a whole tree that it was reached through a reference at `place`.
pub(super) fn reached_at(node: &mut Node<'_>, place: Loc) {
    node.alias = Some(place);
    match &mut node.kind {
        NodeKind::List(items) => {
            for item in items {
                reached_at(item, place);
            }
        }
        NodeKind::Map(entries) => {
            for entry in entries {
                reached_at(&mut entry.value, place);
            }
        }
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::Number(_)
        | NodeKind::Text(_)
        | NodeKind::Unknown(_) => {}
    }
}

fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
