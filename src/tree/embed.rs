//! Trees inside strings: a policy as escaped JSON in JSON, or as text in a YAML block.
//!
//! The text of the string is read like a file of its own, and every place in it is mapped back through the string to the
//! file it is written in. So a finding deep in `{"Policy": "{\"Statement\": …}"}` points at the very bytes between the
//! backslashes, and a string inside of the inner document can be read in its turn.

use super::{Document, Entry, Node, NodeKind, Parsed, Text, json};
use crate::source::{Loc, Spanned};
use std::borrow::Cow;

/// Reads the JSON that a string holds; `None` if the node is no string, or if its text starts with neither `{` nor `[`.
///
/// The document owns its text. Its places, and those of problems and comments, are places in the file of `node`; if
/// `node` was reached through an alias, so is everything in the document. Whether text that looks like JSON has to be
/// JSON is for the caller to know: a problem in it may be the answer that it is something else.
pub fn json_in(node: &Node<'_>) -> Option<Parsed<'static>> {
    let text = node.as_text()?;
    if !text.value.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let outer = Outer {
        text,
        loc: node.loc,
        alias: node.alias,
    };
    let inner = json::parse_inside(node.loc.file, &text.value);
    let documents = inner.documents.into_iter().map(|document| Document {
        file: document.file,
        root: outer.node(document.root),
    });
    Some(Parsed {
        documents: documents.collect(),
        comments: inner
            .comments
            .into_iter()
            .map(|mut comment| {
                comment.loc = outer.place(comment.loc);
                comment
            })
            .collect(),
        problems: inner
            .problems
            .into_iter()
            .map(|mut problem| {
                problem.loc = outer.place(problem.loc);
                problem
            })
            .collect(),
    })
}

/// The string that holds the document.
struct Outer<'a, 's> {
    text: &'a Text<'s>,
    loc: Loc,
    alias: Option<Loc>,
}

impl Outer<'_, '_> {
    /// A place in the decoded text as a place in the file.
    fn loc(&self, inner: Loc) -> Loc {
        Loc::new(self.loc.file, self.text.file_span(inner.span.range()))
    }

    /// The same, but where a reader should look.
    fn place(&self, inner: Loc) -> Loc {
        self.alias.unwrap_or_else(|| self.loc(inner))
    }

    fn node(&self, node: Node<'_>) -> Node<'static> {
        let kind = match node.kind {
            NodeKind::Null => NodeKind::Null,
            NodeKind::Bool(value) => NodeKind::Bool(value),
            NodeKind::Number(number) => NodeKind::Number(owned(number)),
            NodeKind::Text(text) => NodeKind::Text(Text {
                runs: self.runs(&text),
                style: text.style,
                value: owned(text.value),
            }),
            NodeKind::List(items) => {
                NodeKind::List(items.into_iter().map(|item| self.node(item)).collect())
            }
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .into_iter()
                    .map(|entry| Entry {
                        key: Spanned::new(owned(entry.key.value), self.loc(entry.key.loc)),
                        value: self.node(entry.value),
                    })
                    .collect(),
            ),
        };
        Node {
            loc: self.loc(node.loc),
            kind,
            tag: None,
            alias: self.alias,
        }
    }

    /// The way from an inner string to the file: from the inner string to the outer one, and from there to the file.
    fn runs(&self, inner: &Text<'_>) -> Vec<(u32, u32)> {
        let len = u32::try_from(inner.value.len()).unwrap_or(u32::MAX);
        let mut composed: Vec<(u32, u32)> = Vec::with_capacity(inner.runs.len());
        for (at, (decoded, middle)) in inner.runs.iter().enumerate() {
            let next = inner.runs.get(at + 1);
            let until = next.map_or(len, |(next, _)| *next);
            if until == *decoded && *decoded > 0 {
                composed.push((*decoded, self.end_before(*middle)));
                continue;
            }
            composed.push((*decoded, self.text.file_offset(*middle as usize)));
            let is_copy = next.is_none_or(|(_, next)| next - middle == until - decoded);
            if is_copy {
                let end = middle.saturating_add(until - decoded);
                let first = self
                    .text
                    .runs
                    .partition_point(|(offset, _)| offset <= middle);
                let inside = self.text.runs.iter().skip(first);
                composed.extend(
                    inside
                        .take_while(|(offset, _)| *offset < end)
                        .map(|(offset, file)| (decoded + (offset - middle), *file)),
                );
            }
        }
        // Where the last byte ends is in no run of its own: it may be an escape of the outer string.
        if let Some((decoded, middle)) = inner.runs.last()
            && *decoded < len
        {
            composed.push((len, self.end_before(middle.saturating_add(len - decoded))));
        }
        composed
    }

    /// Where the byte before `middle` ends in the file.
    fn end_before(&self, middle: u32) -> u32 {
        let middle = middle as usize;
        match middle.checked_sub(1) {
            Some(last) => self.text.file_span(last..middle).end,
            None => self.text.file_offset(0),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}
