//! How long a document is, as AWS counts: in characters, with or without white space.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>

use super::value;
use crate::model::policy::Size;
use crate::tree::{Node, NodeKind};

/// The size of a document as the shortest JSON that says the same; `None` if something in it is known at deploy time only.
pub fn of(node: &Node<'_>) -> Option<Size> {
    let mut size = Size {
        all: 0,
        without_white_space: 0,
    };
    add(node, &mut size)?;
    Some(size)
}

fn add(node: &Node<'_>, size: &mut Size) -> Option<()> {
    if value::is_intrinsic(node) {
        return None;
    }
    match &node.kind {
        NodeKind::Null => text("null", size),
        NodeKind::Bool(known) => text(if *known { "true" } else { "false" }, size),
        NodeKind::Number(number) => text(number, size),
        NodeKind::Unknown(_) => return None,
        NodeKind::Text(string) if !string.holes.is_empty() => return None,
        NodeKind::Text(string) => quoted(&string.value, size)?,
        NodeKind::List(items) => {
            text("[]", size);
            separators(items.len(), size);
            for item in items {
                add(item, size)?;
            }
        }
        NodeKind::Map(entries) => {
            text("{}", size);
            separators(entries.len(), size);
            for entry in entries {
                quoted(&entry.key.value, size)?;
                text(":", size);
                add(&entry.value, size)?;
            }
        }
    }
    Some(())
}

fn separators(items: usize, size: &mut Size) {
    for _ in 1..items {
        text(",", size);
    }
}

fn text(written: &str, size: &mut Size) {
    let characters = written.chars().count();
    size.all += characters;
    size.without_white_space += characters;
}

fn quoted(value: &str, size: &mut Size) -> Option<()> {
    if !value::template_of_text(value).is_known() {
        return None;
    }
    text("\"\"", size);
    for c in value.chars() {
        let length = match c {
            '"' | '\\' | '\n' | '\r' | '\t' => 2,
            c if c < ' ' => 6,
            _ => 1,
        };
        size.all += length;
        if !c.is_whitespace() || length > 1 {
            size.without_white_space += length;
        }
    }
    Some(())
}
