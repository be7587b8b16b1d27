//! Shell scripts, which have no tree: the document is the list of their lines, those that go on in the next one joined.
//!
//! What the lines mean is not looked at here. The list gives ignore comments something to cover: a comment before a
//! command of several lines covers all of them.

use super::{Comment, Document, Node, NodeKind, Parsed, Style, Text};
use crate::source::{FileId, Loc, Span};

/// Endings of the names of shell scripts.
const ENDINGS: &[&str] = &[".sh", ".bash", ".zsh", ".ksh"];

/// Whether a file is a shell script, by its name or by what its first line says runs it.
pub fn is_script(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let has_ending = |endings: &[&str]| {
        endings
            .iter()
            .any(|ending| lower.len() > ending.len() && lower.ends_with(ending))
    };
    if has_ending(ENDINGS) {
        return true;
    }
    let first = text
        .strip_prefix('\u{feff}')
        .unwrap_or(text)
        .lines()
        .next()
        .unwrap_or("");
    let Some(command) = first.strip_prefix("#!") else {
        return false;
    };
    let mut words = command
        .split_whitespace()
        .map(|word| word.rsplit('/').next().unwrap_or(word));
    let program = match words.next() {
        Some("env") => words.find(|word| !word.starts_with('-')),
        other => other,
    };
    matches!(
        program,
        Some("sh" | "bash" | "dash" | "zsh" | "ksh" | "ash")
    )
}

/// Reads a script.
pub fn parse(file: FileId, text: &str) -> Parsed<'_> {
    let mut parsed = Parsed::default();
    let mut lines: Vec<Node<'_>> = Vec::new();
    // Where the command starts that the next line goes on with.
    let mut open: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end_matches(['\n', '\r']);
        if let Some(comment) = comment(file, content, start) {
            parsed.comments.push(comment);
        }
        if content.trim().is_empty() || content.trim_start().starts_with('#') {
            open = None;
            continue;
        }
        let lead = content.len() - content.trim_start().len();
        let from = open.unwrap_or(start + lead);
        let to = start + content.len();
        if open.is_some() {
            lines.pop();
        }
        if let Some(whole) = text.get(from..to) {
            let span = Span::new(from, to);
            let value = Text::verbatim(whole, Style::Plain, span.start);
            lines.push(Node::new(Loc::new(file, span), NodeKind::Text(value)));
        }
        let end = content.trim_end();
        let goes_on =
            content.ends_with('\\') || ["|", "&&"].iter().any(|operator| end.ends_with(operator));
        open = goes_on.then_some(from);
    }
    let root = Node::new(
        Loc::new(file, Span::new(0, text.len())),
        NodeKind::List(lines),
    );
    parsed.documents.push(Document { file, root });
    parsed
}

/// A comment on a line that speaks to ecrlint; others are of no use here. A `#` inside a string does not matter to us
/// unless the string does speak to ecrlint.
fn comment(file: FileId, line: &str, start: usize) -> Option<Comment> {
    let (hash, _) = line.match_indices('#').find(|(at, _)| {
        let before = line.get(..*at).unwrap_or("");
        let after = line.get(at + 1..).unwrap_or("").trim_start();
        after.starts_with("ecrlint:") && (before.is_empty() || before.ends_with([' ', '\t', ';']))
    })?;
    Some(Comment {
        loc: Loc::new(file, Span::new(start + hash, start + line.len())),
        text: line.get(hash + 1..)?.to_string(),
        own_line: line.get(..hash)?.trim().is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_known_by_name_or_first_line() {
        for (path, text) in [
            ("a/push.sh", ""),
            ("PUSH.BASH", ""),
            ("bin/push", "#!/bin/sh\n"),
            ("bin/push", "#! /usr/bin/env bash\n"),
            ("bin/push", "#!/usr/bin/env -S bash -e\n"),
        ] {
            assert!(is_script(path, text), "{path} {text}");
        }
        for (path, text) in [
            (".sh", ""),
            ("push.py", "#!/usr/bin/env python3\n"),
            ("push", "sh\n"),
            ("a.yml", "#!/bin/fish\n"),
        ] {
            assert!(!is_script(path, text), "{path} {text}");
        }
    }

    #[test]
    fn lines_that_go_on_are_one() {
        let text = "#!/bin/sh\na \\\n  b |\n c\n\n# ecrlint: ignore[X] why\n  d # ecrlint: ignore[Y] so\n e && # no\n";
        let parsed = parse(FileId::NONE, text);
        let root = &parsed.documents[0].root;
        let lines: Vec<&str> = root.items().iter().filter_map(Node::as_str).collect();
        assert_eq!(
            lines,
            ["a \\\n  b |\n c", "d # ecrlint: ignore[Y] so", "e && # no"]
        );
        for line in root.items() {
            assert_eq!(text.get(line.loc.span.range()), line.as_str());
        }
        let comments: Vec<(&str, bool)> = parsed
            .comments
            .iter()
            .map(|comment| (comment.text.trim(), comment.own_line))
            .collect();
        assert_eq!(
            comments,
            [
                ("ecrlint: ignore[X] why", true),
                ("ecrlint: ignore[Y] so", false)
            ]
        );
    }
}
