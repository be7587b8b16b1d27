//! One file by itself: is it ours, what does it declare, what is wrong with it, and which comments speak to us?

use super::Settings;
use crate::diag::ignore::{Block, FileComments, IgnoreComment};
use crate::model::Facts;
use crate::recognize;
use crate::source::{FileId, SourceFile, Span};
use crate::tree::{self, Node, NodeKind, Parsed, Problem, Syntax};
use std::sync::Arc;

/// What came of one file.
#[derive(Default)]
pub(super) struct Read {
    pub(super) facts: Facts,
    pub(super) problems: Vec<Problem>,
    pub(super) comments: Option<FileComments>,
    pub(super) is_ours: bool,
}

/// Reads one file: parses it if it can be ours, and asks every dialect for its documents.
pub(super) fn read(id: FileId, file: &SourceFile, settings: &Settings) -> Read {
    let mut out = Read::default();
    if !recognize::prefilter::may_be_ours_at(&file.path, file.text.as_bytes()) {
        return out;
    }
    let parsed = tree::parse(id, &file.text, Syntax::of(&file.path, &file.text));
    for document in &parsed.documents {
        let subject = recognize::Subject {
            path: &file.path,
            text: &file.text,
            document,
        };
        if let Some((_, recognized)) = recognize::recognize(&subject) {
            out.is_ours = true;
            out.facts.append(recognized.facts);
            out.problems.extend(recognized.problems);
        }
    }
    if let Some((_, layer)) = settings
        .layers
        .iter()
        .find(|(pattern, _)| pattern.matches(&file.path))
    {
        for policy in &mut out.facts.policies {
            let policy = Arc::make_mut(policy);
            policy.layer = *layer;
            policy.layer_is_certain = true;
        }
    }
    if !parsed.problems.is_empty()
        && (out.is_ours || recognize::is_clearly_ours(&file.path, &file.text))
    {
        out.is_ours = true;
        out.problems.extend(parsed.problems.iter().cloned());
    }
    if out.is_ours && settings.inline_ignores {
        out.comments = ignore_comments(id, file, &parsed);
    }
    out
}

/// The comments of a file that speak to ecrlint, with the blocks they may cover.
fn ignore_comments(id: FileId, file: &SourceFile, parsed: &Parsed<'_>) -> Option<FileComments> {
    let comments: Vec<_> = parsed
        .comments
        .iter()
        .filter(|comment| comment.text.contains("ecrlint:"))
        .map(|comment| IgnoreComment {
            loc: comment.loc,
            text: comment.text.clone(),
            own_line: comment.own_line,
        })
        .collect();
    if comments.is_empty() {
        return None;
    }
    let mut blocks = Vec::new();
    for document in &parsed.documents {
        blocks_of(
            &document.root,
            document.root.loc.span.start,
            file,
            &mut blocks,
        );
    }
    Some(FileComments {
        file: id,
        comments,
        blocks,
    })
}

/// The line on which each map and list starts (with its key or dash), and its span.
fn blocks_of(node: &Node<'_>, opens_at: u32, file: &SourceFile, out: &mut Vec<Block>) {
    if node.alias.is_some() {
        return;
    }
    match &node.kind {
        NodeKind::Map(entries) => {
            out.push(block(node, opens_at, file));
            for entry in entries {
                blocks_of(&entry.value, entry.key.loc.span.start, file, out);
            }
        }
        NodeKind::List(items) => {
            out.push(block(node, opens_at, file));
            for item in items {
                blocks_of(item, item.loc.span.start, file, out);
            }
        }
        // A block scalar (`run: |`) is a block too: a finding inside the script lies in it.
        NodeKind::Text(_) => out.push(block(node, opens_at, file)),
        NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Unknown(_) => {}
    }
}

fn block(node: &Node<'_>, opens_at: u32, file: &SourceFile) -> Block {
    let span = node.loc.span;
    Block {
        line: file.lines.line_of(opens_at) + 1,
        span: Span {
            start: span.start.min(opens_at),
            end: span.end,
        },
    }
}
