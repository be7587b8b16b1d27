//! Trees inside strings: a policy as escaped JSON in JSON, or as text in a YAML block.
//!
//! The text of the string is read like a file of its own, and every place in it is mapped back through the string to the
//! file it is written in. So a finding deep in `{"Policy": "{\"Statement\": …}"}` points at the very bytes between the
//! backslashes, and a string inside of the inner document can be read in its turn.

use super::{Document, Entry, Node, NodeKind, Parsed, Text, TextHole, json};
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
                holes: self.holes(&text),
                style: text.style,
                value: owned(text.value),
            }),
            NodeKind::Unknown(unknown) => NodeKind::Unknown(unknown),
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

    /// The holes of the outer string that lie in an inner one.
    fn holes(&self, inner: &Text<'_>) -> Box<[TextHole]> {
        let inside = |offset: u32| {
            let run = inner.runs.partition_point(|(_, middle)| *middle <= offset);
            let (decoded, middle) = inner.runs.get(run.checked_sub(1)?)?;
            Some(decoded + (offset - middle))
        };
        let len = u32::try_from(inner.value.len()).unwrap_or(u32::MAX);
        self.text
            .holes
            .iter()
            .filter_map(|hole| {
                let range = inside(hole.range.start)?..inside(hole.range.end)?;
                (range.end <= len).then(|| TextHole {
                    range,
                    unknown: hole.unknown.clone(),
                })
            })
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::tree::{Syntax, parse};

    /// The JSON in the value of the first entry.
    fn inside(text: &str, syntax: Syntax) -> Option<Parsed<'static>> {
        let parsed = parse(FileId(0), text, syntax);
        let root = &parsed.documents.first().expect("a document").root;
        json_in(&root.entries().first().expect("an entry").value)
    }

    fn source(text: &str, loc: Loc) -> &str {
        text.get(loc.span.range()).expect("a place in the text")
    }

    fn action(root: &Node<'static>) -> Node<'static> {
        let statement = root
            .get("Statement")
            .and_then(|list| list.one_or_many().first());
        statement
            .and_then(|one| one.get("Action"))
            .expect("an action")
            .clone()
    }

    #[test]
    fn escaped_json_points_at_the_bytes_between_the_escapes() {
        let text = r#"{"Policy": "{\"Statement\": [\n{\"Action\": \"ecr:\u0047et*\"}]}"}"#;
        let parsed = inside(text, Syntax::Json).expect("JSON");
        assert!(parsed.problems.is_empty());
        let root = &parsed.documents.first().expect("a document").root;
        let entry = root.entry("Statement").expect("the statement");
        assert_eq!(source(text, entry.key.loc), r#"\"Statement\""#);
        let action = action(root);
        assert_eq!(action.as_str(), Some("ecr:Get*"));
        assert_eq!(source(text, action.loc), r#"\"ecr:\u0047et*\""#);
        assert_eq!(source(text, action.loc_of(4..8)), r"\u0047et*");
        assert_eq!(source(text, action.loc_of(5..8)), "et*");
    }

    #[test]
    fn a_string_in_a_string_in_a_string_still_maps_back() {
        let innermost = r#"{"Statement":{"Action":"a\"\u00e9\tz"}}"#;
        let quoted = |inner: &str| format!("{inner:?}");
        let middle = format!(r#"{{"Policy":{}}}"#, quoted(innermost));
        let text = format!(r#"{{"Outer":{}}}"#, quoted(&middle));
        let outer = inside(&text, Syntax::Json).expect("JSON");
        let policy = outer
            .documents
            .first()
            .and_then(|document| document.root.get("Policy"));
        let inner = json_in(policy.expect("the policy")).expect("JSON");
        let action = action(&inner.documents.first().expect("a document").root);
        assert_eq!(action.as_str(), Some("a\"é\tz"));
        let decoded = action.as_text().expect("a string");
        let sources: Vec<&str> = decoded
            .value
            .char_indices()
            .map(|(at, c)| source(&text, action.loc_of(at..at + c.len_utf8())))
            .collect();
        assert_eq!(sources, ["a", r#"\\\\\\\""#, r"\\\\u00e9", r"\\\\t", "z"]);
        assert_eq!(
            source(&text, action.loc_of(0..decoded.value.len())),
            r#"a\\\\\\\"\\\\u00e9\\\\tz"#
        );
    }

    #[test]
    fn json_in_yaml_scalars_of_every_style_maps_back() {
        for text in [
            "p: |\n  {\"Statement\":\n    {\"Action\":\n      \"ecr:Get*\"}}\n",
            "p: >\n  {\"Statement\":\n    {\"Action\":\n      \"ecr:Get*\"}}\n",
            "p: |\r\n  {\"Statement\":\r\n    {\"Action\":\r\n      \"ecr:Get*\"}}\r\n",
            "p: '{\"Statement\":\n  {\"Action\": \"ecr:Get*\"}}'\n",
            "p: \"{\\\"Statement\\\": {\\\"Action\\\": \\\n  \\\"ecr:Get*\\\"}}\"\n",
        ] {
            let parsed = inside(text, Syntax::Yaml).expect("JSON");
            assert!(parsed.problems.is_empty(), "{text} {:?}", parsed.problems);
            let action = action(&parsed.documents.first().expect("a document").root);
            assert_eq!(source(text, action.loc_of(0..8)), "ecr:Get*", "{text}");
            assert_eq!(
                source(text, action.loc).replace('\\', ""),
                "\"ecr:Get*\"",
                "{text}"
            );
        }
    }

    #[test]
    fn problems_and_comments_are_places_of_the_file() {
        let text = "p: |\n  {\"a\": [1 2], // c\n   }\n";
        let parsed = inside(text, Syntax::Yaml).expect("JSON");
        let problems: Vec<_> = parsed
            .problems
            .iter()
            .map(|problem| {
                (
                    text.get(..problem.loc.span.range().start).unwrap_or(""),
                    problem.message.as_str(),
                )
            })
            .collect();
        assert_eq!(
            problems,
            [
                ("p: |\n  {\"a\": [1", "expected `,` or `]` after this value"),
                ("p: |\n  {\"a\": [1 2]", "trailing comma before `}`"),
                (
                    "p: |\n  {\"a\": [1 2], ",
                    "comments are not allowed in JSON"
                ),
            ]
        );
        let comment = parsed.comments.first().expect("a comment");
        assert_eq!(source(text, comment.loc), "// c");
        let broken = inside("p: |\n\n  {\"a\": [1}\n", Syntax::Yaml).expect("an attempt");
        let problem = broken.problems.first().expect("a problem");
        assert!(broken.documents.is_empty());
        assert!(
            problem
                .hint
                .as_ref()
                .is_some_and(|hint| !hint.contains("line")),
            "lines are not known here"
        );
    }

    #[test]
    fn a_string_reached_through_an_alias_is_at_the_alias() {
        let text = "p: *x\n";
        let text = format!("d: &x '{{\"Statement\": {{\"Action\": \"a\"}}}}'\n{text}");
        let parsed = parse(FileId(0), &text, Syntax::Yaml);
        let root = &parsed.documents.first().expect("a document").root;
        let inner = json_in(root.get("p").expect("p")).expect("JSON");
        let action = action(&inner.documents.first().expect("a document").root);
        assert_eq!(source(&text, action.place()), "*x");
        assert_eq!(source(&text, action.loc), "\"a\"");
    }

    #[test]
    fn what_does_not_look_like_json_is_not_tried() {
        for text in ["a: hello", "a: 12", "a: {b: 1}", "a:", "a: ''"] {
            assert!(inside(text, Syntax::Yaml).is_none(), "{text}");
        }
        assert!(inside("a: '  [1]'", Syntax::Yaml).is_some());
    }
}
