//! The JSON form of a configuration (`.tf.json`), which generators write: the same blocks and arguments as in HCL.
//!
//! What is a block and what an argument only the schema of a resource tells. An argument that holds an object, or a list of
//! objects, comes to the same values as blocks would, so only those are blocks here that the evaluator itself looks into.
//!
//! <https://developer.hashicorp.com/terraform/language/syntax/json>

use super::inside::{parse_expression_in, parse_template_in};
use super::{Attribute, Block, Body, Expression, ExpressionKind, Hcl, Key};
use crate::source::{FileId, Loc, Spanned};
use crate::tree::{Entry, Node, NodeKind, Problem, Text, json};

/// Blocks of the configuration itself, and how many labels they have.
const BLOCKS: &[(&str, usize)] = &[
    ("resource", 2),
    ("data", 2),
    ("ephemeral", 2),
    ("module", 1),
    ("provider", 1),
    ("variable", 1),
    ("output", 1),
    ("check", 1),
    ("locals", 0),
    ("terraform", 0),
    ("moved", 0),
    ("import", 0),
    ("removed", 0),
];

/// Blocks inside of others that are evaluated by their own rules.
const INNER: &[&str] = &[
    "assume_role",
    "assume_role_with_web_identity",
    "condition",
    "content",
    "lifecycle",
    "not_principals",
    "principals",
    "statement",
];

/// Reads `text`, the whole text of `file`, as a configuration; with `is_values` as values of variables, which are what they
/// say and no templates.
pub fn parse_json(file: FileId, text: &str, is_values: bool) -> Hcl {
    let parsed = json::parse(file, text);
    let mut reader = Reader {
        problems: parsed.problems,
        is_literal: is_values,
    };
    let mut body = Body::default();
    for document in parsed.documents {
        let root = document.root;
        match is_values {
            true => reader.arguments(&root, &mut body),
            false => reader.configuration(&root, &mut body),
        }
    }
    Hcl {
        body,
        comments: parsed.comments,
        problems: reader.problems,
    }
}

struct Reader {
    problems: Vec<Problem>,
    /// Whether texts are what they say: values of variables.
    is_literal: bool,
}

/// The entries of an object but for comments.
fn entries<'n, 's>(node: &'n Node<'s>) -> impl Iterator<Item = &'n Entry<'s>> {
    node.entries()
        .iter()
        .filter(|entry| entry.key.value != "//")
}

fn name(entry: &Entry<'_>) -> Spanned<String> {
    Spanned::new(entry.key.value.to_string(), entry.key.loc)
}

impl Reader {
    fn configuration(&mut self, root: &Node<'_>, out: &mut Body) {
        // A list of objects stands for all of them, in order.
        for part in root.one_or_many() {
            for entry in entries(part) {
                let known = BLOCKS.iter().find(|(name, _)| entry.key.value == *name);
                if let Some((_, labels)) = known {
                    self.blocks(&name(entry), &entry.value, *labels, Vec::new(), out);
                }
            }
        }
    }

    /// The blocks of a type, below as many levels of labels.
    fn blocks(
        &mut self,
        kind: &Spanned<String>,
        node: &Node<'_>,
        labels_left: usize,
        labels: Vec<Spanned<String>>,
        out: &mut Body,
    ) {
        for part in node.one_or_many() {
            if labels_left > 0 {
                for entry in entries(part) {
                    let mut labels = labels.clone();
                    labels.push(name(entry));
                    self.blocks(kind, &entry.value, labels_left - 1, labels, out);
                }
            } else if part.is_map() {
                let body = match kind.value.as_str() {
                    "variable" => self.variable(part),
                    _ => self.body(part),
                };
                let place = labels.last().map_or(kind.loc, |label| label.loc);
                out.blocks.push(Block {
                    kind: kind.clone(),
                    labels: labels.clone(),
                    body,
                    loc: place.cover(part.loc),
                });
            }
        }
    }

    /// The type of a variable is an expression in a string, its default what it says.
    fn variable(&mut self, node: &Node<'_>) -> Body {
        let mut out = Body::default();
        for entry in entries(node) {
            let value = match (entry.key.value.as_ref(), entry.value.as_text()) {
                ("type", Some(text)) => self.expression_in(text, entry.value.loc),
                _ => {
                    let before = std::mem::replace(&mut self.is_literal, true);
                    let value = self.expression(&entry.value);
                    self.is_literal = before;
                    value
                }
            };
            out.attributes.push(Attribute {
                name: name(entry),
                value,
            });
        }
        out
    }

    fn body(&mut self, node: &Node<'_>) -> Body {
        let mut out = Body::default();
        for entry in entries(node) {
            let is_inner = INNER.contains(&entry.key.value.as_ref())
                && entry.value.one_or_many().iter().all(Node::is_map);
            match entry.key.value.as_ref() {
                "dynamic" if entry.value.is_map() || entry.value.is_list() => {
                    self.blocks(&name(entry), &entry.value, 1, Vec::new(), &mut out);
                }
                _ if is_inner => self.blocks(&name(entry), &entry.value, 0, Vec::new(), &mut out),
                _ => {
                    let value = self.expression(&entry.value);
                    out.attributes.push(Attribute {
                        name: name(entry),
                        value,
                    });
                }
            }
        }
        out
    }

    fn arguments(&mut self, node: &Node<'_>, out: &mut Body) {
        for entry in entries(node) {
            let value = self.expression(&entry.value);
            out.attributes.push(Attribute {
                name: name(entry),
                value,
            });
        }
    }

    fn expression(&mut self, node: &Node<'_>) -> Expression {
        let kind = match &node.kind {
            NodeKind::Null | NodeKind::Unknown(_) => ExpressionKind::Null,
            NodeKind::Bool(is) => ExpressionKind::Bool(*is),
            NodeKind::Number(number) => ExpressionKind::Number(number.to_string()),
            NodeKind::Text(text) => return self.template(text, node.loc),
            NodeKind::List(items) => {
                ExpressionKind::List(items.iter().map(|item| self.expression(item)).collect())
            }
            NodeKind::Map(_) => ExpressionKind::Object(
                entries(node)
                    .map(|entry| (self.key(entry), self.expression(&entry.value)))
                    .collect(),
            ),
        };
        Expression {
            loc: node.loc,
            kind,
        }
    }

    /// A key is a template as well.
    fn key(&mut self, entry: &Entry<'_>) -> Key {
        let key = entry.key.value.as_ref();
        // Without its quotes, and so long as nothing in it is escaped, it stands there as it is.
        let inside = entry.key.loc.span.start + 1;
        let is_plain = entry.key.loc.span.len() == key.len() + 2;
        if self.is_literal || !is_template(key) || !is_plain {
            return Key::Name(name(entry));
        }
        let text = Text::verbatim(key, crate::tree::Style::DoubleQuoted, inside);
        Key::Computed(self.template(&text, entry.key.loc))
    }

    fn template(&mut self, text: &Text<'_>, loc: Loc) -> Expression {
        let plain = || ExpressionKind::Text(text.clone().into_static());
        let kind = if self.is_literal || !is_template(&text.value) {
            plain()
        } else {
            match parse_template_in(text, loc) {
                Ok(parts) => ExpressionKind::Template(parts),
                Err(problem) => {
                    self.problems.push(problem);
                    plain()
                }
            }
        };
        Expression { loc, kind }
    }

    fn expression_in(&mut self, text: &Text<'_>, loc: Loc) -> Expression {
        parse_expression_in(text, loc).unwrap_or_else(|problem| {
            self.problems.push(problem);
            Expression {
                loc,
                kind: ExpressionKind::Null,
            }
        })
    }
}

/// Whether there are marks of a template in the text, or escapes of them.
fn is_template(text: &str) -> bool {
    text.contains("${") || text.contains("%{")
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::*;

    fn source(text: &str, loc: Loc) -> &str {
        text.get(loc.span.range()).expect("a place in the text")
    }

    #[test]
    fn blocks_and_arguments_know_their_bytes() {
        let text = r#"{"//": "made", "resource": {"aws_x": {"a": [{"name": "n", "policy": "${jsonencode({\"Action\" = \"ecr:\\u0047et\"})}"}]}},
 "data": [{"aws_y": {"b": {"statement": {"actions": ["x"]}, "dynamic": {"statement": [{"for_each": "${var.l}", "content": {"sid": "q"}}]}}}}],
 "variable": {"l": {"type": "list(string)", "default": ["${x}"]}}, "other": 1}"#;
        let found = parse_json(FileId(0), text, false);
        assert_eq!(found.problems, []);
        let kinds: Vec<_> = found
            .body
            .blocks
            .iter()
            .map(|one| one.kind.value.as_str())
            .collect();
        assert_eq!(kinds, ["resource", "data", "variable"]);
        let block = found.body.blocks.first().expect("a block");
        let labels: Vec<_> = block.labels.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(labels, ["aws_x", "a"]);
        assert!(source(text, block.loc).starts_with("\"a\": [{\"name\""));
        let policy = &block.body.attribute("policy").expect("an argument").value;
        let ExpressionKind::Template(parts) = &policy.kind else {
            panic!("{policy:?}");
        };
        let Some(Part::Value(call, _)) = parts.first() else {
            panic!("{parts:?}");
        };
        assert_eq!(
            source(text, call.loc),
            r#"jsonencode({\"Action\" = \"ecr:\\u0047et\"})"#
        );
        let data = found.body.blocks.get(1).expect("a block");
        let inner: Vec<_> = data
            .body
            .blocks
            .iter()
            .map(|one| one.kind.value.as_str())
            .collect();
        assert_eq!(inner, ["statement", "dynamic"]);
        let variable = found.body.blocks.get(2).expect("a block");
        assert!(matches!(
            variable.body.attribute("type").map(|one| &one.value.kind),
            Some(ExpressionKind::Call { .. })
        ));
        let default = &variable.body.attribute("default").expect("a default").value;
        let ExpressionKind::List(items) = &default.kind else {
            panic!("{default:?}");
        };
        assert!(matches!(
            items.first().map(|one| &one.kind),
            Some(ExpressionKind::Text(_))
        ));
    }

    #[test]
    fn what_is_no_template_is_told_at_its_place() {
        let text = "{\"locals\": {\"a\": \"x\\n${[}\"}}";
        let found = parse_json(FileId(0), text, false);
        let problem = found.problems.first().expect("a problem");
        assert!(
            problem.loc.span.start >= 17 && problem.loc.span.end <= 25,
            "{problem:?}"
        );
        let broken = parse_json(FileId(0), "{\"locals\": ", false);
        assert!(!broken.problems.is_empty());
        for odd in [
            "[]",
            "1",
            "{\"resource\": 1}",
            "{\"resource\": {\"a\": [1, null]}}",
            "{\"dynamic\": {}}",
        ] {
            assert_eq!(parse_json(FileId(0), odd, false).problems, [], "{odd}");
        }
    }
}
