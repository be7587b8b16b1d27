//! A document of JSON that is kept as its text: a lifecycle policy, which a template may write as a map.

use crate::model::template::Template;
use crate::recognize::placeholders;
use crate::source::Spanned;
use crate::tree::{Node, NodeKind};

/// The text of a document: of a string what it says, of a map or list the shortest JSON. `None` for null.
pub(super) fn json(node: &Node<'_>) -> Option<Spanned<Template>> {
    let text = match &node.kind {
        NodeKind::Null => return None,
        NodeKind::Map(_) | NodeKind::List(_) => {
            let mut out = Template::default();
            push(node, &mut out);
            out
        }
        _ => placeholders::of_node(node, |text| Template::literal(text))?,
    };
    Some(Spanned::new(text, node.place()))
}

fn push(node: &Node<'_>, out: &mut Template) {
    match &node.kind {
        NodeKind::Null => out.push_literal("null"),
        NodeKind::Bool(value) => out.push_literal(if *value { "true" } else { "false" }),
        NodeKind::Number(number) => out.push_literal(number),
        NodeKind::Unknown(unknown) => out.push_hole(unknown.name.clone(), unknown.text.clone()),
        NodeKind::Text(_) => {
            out.push_literal("\"");
            let inside = placeholders::of_node(node, |text| Template::literal(escaped(text)));
            out.push(&inside.unwrap_or_default());
            out.push_literal("\"");
        }
        NodeKind::List(items) => {
            out.push_literal("[");
            for (at, item) in items.iter().enumerate() {
                out.push_literal(if at > 0 { "," } else { "" });
                push(item, out);
            }
            out.push_literal("]");
        }
        NodeKind::Map(entries) => {
            out.push_literal("{");
            for (at, entry) in entries.iter().enumerate() {
                out.push_literal(if at > 0 { ",\"" } else { "\"" });
                out.push_literal(&escaped(&entry.key.value));
                out.push_literal("\":");
                push(&entry.value, out);
            }
            out.push_literal("}");
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{FileId, Loc};
    use crate::tree::{Syntax, Unknown, Why, parse};

    #[test]
    fn a_map_becomes_the_json_that_says_the_same() {
        let text = "rules:\n  - {rulePriority: 1, description: \"a \\\"b\\\"\\n\\u0001\", selection: {x: [true, null]}}\n";
        let parsed = parse(FileId(0), text, Syntax::Yaml);
        let root = &parsed.documents.first().expect("a document").root;
        let written = json(root).expect("a text");
        assert_eq!(
            written.value.as_literal(),
            Some(
                "{\"rules\":[{\"rulePriority\":1,\"description\":\"a \\\"b\\\"\\n\\u0001\",\"selection\":{\"x\":[true,null]}}]}"
            )
        );
    }

    #[test]
    fn unknown_parts_are_holes_and_text_stays() {
        let unknown = Unknown::new("f#Days", "!Ref Days", Why::Input);
        let days = Node::new(Loc::NOWHERE, NodeKind::Unknown(Box::new(unknown)));
        let list = Node::new(Loc::NOWHERE, NodeKind::List(vec![days]));
        let written = json(&list).expect("a text").value;
        assert_eq!(written.to_string(), "[!Ref Days]");
        assert_eq!(written.holes().count(), 1);
        assert!(json(&Node::new(Loc::NOWHERE, NodeKind::Null)).is_none());
    }
}
