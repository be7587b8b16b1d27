//! JSONPath (RFC 9535) over the tree, for declarative rules. The only user of jsonpath-rust.
//!
//! Besides the functions of the RFC (`length`, `count`, `match`, `search`, `value`) five tests know IAM's patterns, where
//! `*` is any text, `?` one character, and case does not count, as in action names
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>). Each takes two arguments,
//! a text or a list of texts; an argument that selects nothing makes every one of them false:
//!
//! | test | true when |
//! |---|---|
//! | `in('ecr:putimage', @.Action)` | some pattern of the second covers the first text |
//! | `nin('ecr:putimage', @.Action)` | no pattern of the second does |
//! | `any_of(@.Action, ['ecr:put*'])` | some text of the first is covered by some pattern of the second |
//! | `none_of(@.Action, ['ecr:put*'])` | none is |
//! | `subset_of(@.Action, ['ecr:*'])` | every text of the first is |

use super::{Node, NodeKind, Style, Text};
use crate::source::Loc;
use jsonpath_rust::parser::model::JpQuery;
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use jsonpath_rust::query::queryable::Queryable;
use std::borrow::Cow;
use std::fmt;

/// A compiled JSONPath.
#[derive(Clone, Debug)]
pub struct Selector {
    query: JpQuery,
}

/// Why a text is not a JSONPath, in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelectorError(String);

impl fmt::Display for SelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Selector {
    /// Compiles a JSONPath.
    ///
    /// # Errors
    /// If the text is not one.
    pub fn new(path: &str) -> Result<Self, SelectorError> {
        parse_json_path(path)
            .map(|query| Selector { query })
            .map_err(|error| {
                SelectorError(
                    error
                        .to_string()
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" "),
                )
            })
    }

    /// The nodes it selects in `node`, in document order.
    pub fn select<'a, 's>(&self, node: &'a Node<'s>) -> Vec<&'a Node<'s>> {
        js_path_process(&self.query, node)
            .map(|found| found.into_iter().map(|one| one.val()).collect())
            .unwrap_or_default()
    }
}

impl Default for Node<'_> {
    fn default() -> Self {
        Node::new(Loc::NOWHERE, NodeKind::Null)
    }
}

impl From<&str> for Node<'_> {
    fn from(value: &str) -> Self {
        Node::from(value.to_string())
    }
}

impl From<String> for Node<'_> {
    fn from(value: String) -> Self {
        Node::new(
            Loc::NOWHERE,
            NodeKind::Text(Text::verbatim(value, Style::Plain, 0)),
        )
    }
}

impl From<bool> for Node<'_> {
    fn from(value: bool) -> Self {
        Node::new(Loc::NOWHERE, NodeKind::Bool(value))
    }
}

impl From<i64> for Node<'_> {
    fn from(value: i64) -> Self {
        Node::new(
            Loc::NOWHERE,
            NodeKind::Number(Cow::Owned(value.to_string())),
        )
    }
}

impl From<f64> for Node<'_> {
    fn from(value: f64) -> Self {
        Node::new(
            Loc::NOWHERE,
            NodeKind::Number(Cow::Owned(value.to_string())),
        )
    }
}

impl<'s> From<Vec<Node<'s>>> for Node<'s> {
    fn from(items: Vec<Node<'s>>) -> Self {
        Node::new(Loc::NOWHERE, NodeKind::List(items))
    }
}

impl<'s> Queryable for Node<'s> {
    fn get(&self, key: &str) -> Option<&Self> {
        Node::get(self, key)
    }

    fn as_array(&self) -> Option<&Vec<Self>> {
        match &self.kind {
            NodeKind::List(items) => Some(items),
            _ => None,
        }
    }

    fn as_object(&self) -> Option<Vec<(&str, &Self)>> {
        match &self.kind {
            NodeKind::Map(entries) => Some(
                entries
                    .iter()
                    .map(|entry| (entry.key.value.as_ref(), &entry.value))
                    .collect(),
            ),
            _ => None,
        }
    }

    fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) => Some(&text.value),
            _ => None,
        }
    }

    fn as_i64(&self) -> Option<i64> {
        match &self.kind {
            NodeKind::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        match &self.kind {
            NodeKind::Number(number) => number.parse().ok(),
            _ => None,
        }
    }

    fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            NodeKind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    fn null() -> Self {
        Node::default()
    }

    fn extension_custom(name: &str, args: Vec<Cow<'_, Self>>) -> Self {
        let [texts, patterns] = args.as_slice() else {
            return Node::from(false);
        };
        let texts: Vec<&str> = texts
            .one_or_many()
            .iter()
            .filter_map(Node::as_str)
            .collect();
        let patterns: Vec<&str> = patterns
            .one_or_many()
            .iter()
            .filter_map(Node::as_str)
            .collect();
        let covered = |text: &&str| patterns.iter().any(|pattern| covers(pattern, text));
        Node::from(match name {
            "in" | "any_of" => texts.iter().any(covered),
            "nin" | "none_of" => !texts.iter().any(covered),
            "subset_of" => texts.iter().all(covered),
            _ => false,
        })
    }
}

/// Whether an IAM action pattern covers a text: `*` any run, `?` one character, case does not count.
fn covers(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().flat_map(char::to_lowercase).collect();
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last star: the pattern behind it, and the text it has taken so far.
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(c) if *c == '?' || text.get(t) == Some(c) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((after, taken)) => {
                    retry = Some((after, taken + 1));
                    p = after;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::tree::json;

    fn hits(path: &str, text: &str) -> Vec<String> {
        let parsed = json::parse(FileId(0), text);
        let root = &parsed.documents.first().expect("a document").root;
        let selector = Selector::new(path).expect("a path");
        selector
            .select(root)
            .into_iter()
            .map(|node| text.get(node.loc.span.range()).unwrap_or("").to_string())
            .collect()
    }

    #[test]
    fn equality_does_not_ask_where_a_node_stands() {
        assert_eq!(
            hits("$[?@.a == 'x'].a", r#"[{"a": "x"}, {"a": "y"}]"#),
            [r#""x""#]
        );
        assert_eq!(
            hits(
                "$[?@.a == @.b].b",
                r#"[{"a": "x", "b": "x"}, {"a": 1, "b": 2}]"#
            ),
            [r#""x""#]
        );
    }

    #[test]
    fn tests_know_patterns_and_case() {
        let text =
            r#"[{"Action": ["ecr:Put*"]}, {"Action": "ecr:Get?uthorizationToken"}, {"Other": 1}]"#;
        assert_eq!(
            hits("$[?in('ecr:putimage', @.Action)].Action", text),
            [r#"["ecr:Put*"]"#]
        );
        assert_eq!(
            hits("$[?in('ecr:getauthorizationtoken', @.Action)].Action", text).len(),
            1
        );
        assert_eq!(hits("$[?nin('ecr:putimage', @.Action)]", text).len(), 1);
        assert_eq!(hits("$[?subset_of(@.Action, ['ecr:*'])]", text).len(), 2);
    }

    #[test]
    fn a_broken_path_is_an_error_in_one_line() {
        let error = Selector::new("$[?@.a = 1]").expect_err("not a path");
        assert!(!error.to_string().contains('\n'));
    }
}
