//! Trees inside strings: a policy as escaped JSON in JSON, or as text in a YAML block.
//!
//! The text of the string is read like a file of its own, and every place in it is mapped back through the string to the
//! file it is written in. So a finding deep in `{"Policy": "{\"Statement\": …}"}` points at the very bytes between the
//! backslashes, and a string inside of the inner document can be read in its turn.

use super::{Document, Entry, Node, NodeKind, Parsed, Text, TextHole, json, yaml};
use crate::source::{Loc, Spanned};
use std::borrow::Cow;

/// Reads the JSON that a string holds; `None` if the node is no string, or if its text starts with neither `{` nor `[`.
///
/// The document owns its text. Its places, and those of problems and comments, are places in the file of `node`; if
/// `node` was reached through an alias, so is everything in the document. Whether text that looks like JSON has to be
/// JSON is for the caller to know: a problem in it may be the answer that it is something else.
///
/// A stretch of the string that is not known stays one: inside of a string of the document it is a hole, and where it
/// stands for a whole value (`"cpu": ${var.cpu}`) that value is unknown.
pub fn json_in(node: &Node<'_>) -> Option<Parsed<'static>> {
    let text = node.as_text()?;
    if !text.value.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let filled = filled(text);
    let inner = json::parse_inside(node.loc.file, &filled);
    Some(outside(node, text, inner))
}

/// Reads the YAML that a string holds, as [`json_in`] does with JSON; `None` if the node is no string. Any text is YAML, so
/// the caller must know that it is a document.
pub fn yaml_in(node: &Node<'_>) -> Option<Parsed<'static>> {
    let text = node.as_text()?;
    let mut filled = String::with_capacity(text.value.len());
    let mut known = 0;
    for hole in &text.holes {
        let range = hole.range.start as usize..hole.range.end as usize;
        filled.push_str(text.value.get(known..range.start).unwrap_or(""));
        filled.extend(std::iter::repeat_n(FILLER, range.len()));
        known = range.end;
    }
    filled.push_str(text.value.get(known..).unwrap_or(""));
    let inner = yaml::parse(node.loc.file, &filled);
    Some(outside(node, text, inner))
}

/// What was read inside of a string, with its places in the file.
fn outside(node: &Node<'_>, text: &Text<'_>, inner: Parsed<'_>) -> Parsed<'static> {
    let outer = Outer::new(text, node.loc, node.alias);
    let documents = inner.documents.into_iter().map(|document| Document {
        file: document.file,
        root: outer.node(document.root),
    });
    Parsed {
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
    }
}

/// The text with each hole as something that JSON can hold at its place and that is as long: how a hole is shown may hold
/// quotes and brackets, which must not be taken for those of the document.
fn filled<'t>(text: &'t Text<'_>) -> Cow<'t, str> {
    if text.holes.is_empty() {
        return Cow::Borrowed(&text.value);
    }
    let mut filled = String::with_capacity(text.value.len());
    let mut known = 0;
    let mut is_in_string = false;
    for hole in &text.holes {
        let range = hole.range.start as usize..hole.range.end as usize;
        let before = text.value.get(known..range.start).unwrap_or("");
        filled.push_str(before);
        is_in_string = ends_in_string(before, is_in_string);
        // A byte stands for a byte, so that every place in the filled text is a place in the text.
        match range.len().checked_sub(2) {
            Some(inside) if !is_in_string => {
                filled.push('"');
                filled.extend(std::iter::repeat_n(FILLER, inside));
                filled.push('"');
            }
            _ => {
                let digit = if is_in_string { FILLER } else { '0' };
                filled.extend(std::iter::repeat_n(digit, range.len()));
            }
        }
        known = range.end;
    }
    filled.push_str(text.value.get(known..).unwrap_or(""));
    Cow::Owned(filled)
}

/// Stands for a byte of a hole. Any letter would do.
const FILLER: char = 'x';

/// Whether a piece of JSON ends inside of a string, given whether it starts in one.
fn ends_in_string(piece: &str, starts_in_string: bool) -> bool {
    let mut is_in_string = starts_in_string;
    let mut is_escaped = false;
    for byte in piece.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_in_string,
            b'"' => is_in_string = !is_in_string,
            _ => {}
        }
    }
    is_in_string
}

/// The string that holds the document.
pub(super) struct Outer<'a, 's> {
    text: &'a Text<'s>,
    loc: Loc,
    alias: Option<Loc>,
}

impl<'a, 's> Outer<'a, 's> {
    /// The string `text` of the node at `loc`, reached through `alias`.
    pub(super) fn new(text: &'a Text<'s>, loc: Loc, alias: Option<Loc>) -> Outer<'a, 's> {
        Outer { text, loc, alias }
    }
}

impl Outer<'_, '_> {
    /// A place in the decoded text as a place in the file.
    pub(super) fn loc(&self, inner: Loc) -> Loc {
        Loc::new(self.loc.file, self.text.file_span(inner.span.range()))
    }

    /// The same, but where a reader should look.
    fn place(&self, inner: Loc) -> Loc {
        self.alias.unwrap_or_else(|| self.loc(inner))
    }

    fn node(&self, node: Node<'_>) -> Node<'static> {
        let whole = self.hole_at(node.loc);
        let kind = match node.kind {
            _ if whole.is_some() => whole.map_or(NodeKind::Null, |hole| {
                NodeKind::Unknown(Box::new(hole.unknown.clone()))
            }),
            NodeKind::Null => NodeKind::Null,
            NodeKind::Bool(value) => NodeKind::Bool(value),
            NodeKind::Number(number) => NodeKind::Number(owned(number)),
            NodeKind::Text(text) => {
                let (holes, shown) = self.holes(&text, node.loc);
                let runs = self.runs(&text);
                let mut value = text.value.into_owned();
                for (hole, shown) in holes.iter().zip(shown) {
                    let range = hole.range.start as usize..hole.range.end as usize;
                    if value.get(range.clone()).is_some() {
                        value.replace_range(range, shown);
                    }
                }
                NodeKind::Text(Text {
                    value: Cow::Owned(value),
                    style: text.style,
                    runs,
                    holes,
                })
            }
            NodeKind::Unknown(unknown) => NodeKind::Unknown(unknown),
            NodeKind::List(items) => {
                NodeKind::List(items.into_iter().map(|item| self.node(item)).collect())
            }
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .into_iter()
                    .map(|entry| Entry {
                        key: Spanned::new(self.key(&entry.key), self.loc(entry.key.loc)),
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

    /// The hole that a value stands for as a whole.
    fn hole_at(&self, inner: Loc) -> Option<&TextHole> {
        let holes = &self.text.holes;
        let at = holes.partition_point(|hole| hole.range.start < inner.span.start);
        holes
            .get(at)
            .filter(|hole| hole.range == (inner.span.start..inner.span.end))
    }

    /// A key with its holes as they are shown. A key is no value, so it cannot have holes of its own.
    fn key(&self, key: &Spanned<Cow<'_, str>>) -> Cow<'static, str> {
        let span = key.loc.span;
        let at = (self.text.holes).partition_point(|hole| hole.range.start < span.start);
        match self.text.holes.get(at) {
            Some(hole) if hole.range.start < span.end => {
                let written = self.text.value.get(span.range()).unwrap_or("");
                let bare = written.strip_prefix('"').unwrap_or(written);
                Cow::Owned(bare.strip_suffix('"').unwrap_or(bare).to_string())
            }
            _ => owned(key.value.clone()),
        }
    }

    /// The holes of the outer string that lie in an inner one, and how each is shown there.
    fn holes(&self, inner: &Text<'_>, at: Loc) -> (Box<[TextHole]>, Vec<&str>) {
        let inside = |offset: u32| {
            let run = inner.runs.partition_point(|(_, middle)| *middle <= offset);
            let (decoded, middle) = inner.runs.get(run.checked_sub(1)?)?;
            Some(decoded + (offset - middle))
        };
        let len = u32::try_from(inner.value.len()).unwrap_or(u32::MAX);
        let first = (self.text.holes).partition_point(|hole| hole.range.start < at.span.start);
        let holes = self.text.holes.iter().skip(first);
        let (mut found, mut shown) = (Vec::new(), Vec::new());
        for hole in holes.take_while(|hole| hole.range.end <= at.span.end) {
            let Some(range) = inside(hole.range.start).zip(inside(hole.range.end)) else {
                continue;
            };
            if range.1 > len {
                continue;
            }
            found.push(TextHole {
                range: range.0..range.1,
                unknown: hole.unknown.clone(),
            });
            let outer = hole.range.start as usize..hole.range.end as usize;
            shown.push(self.text.value.get(outer).unwrap_or(""));
        }
        (found.into_boxed_slice(), shown)
    }

    /// The way from an inner string to the file: from the inner string to the outer one, and from there to the file.
    pub(super) fn runs(&self, inner: &Text<'_>) -> Vec<(u32, u32)> {
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
    use crate::tree::{Style, Syntax, Unknown, Why, parse};

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

    /// A node with this text, in which every `⟨…⟩` is a hole of that name.
    fn with_holes(text: &str) -> Node<'static> {
        let mut value = String::new();
        let mut holes = Vec::new();
        for (at, part) in text.split(['⟨', '⟩']).enumerate() {
            let start = u32::try_from(value.len()).expect("a short text");
            if at % 2 == 0 {
                value.push_str(part);
                continue;
            }
            let shown = format!("${{{part}}}");
            value.push_str(&shown);
            holes.push(TextHole {
                range: start..start + u32::try_from(shown.len()).expect("a short text"),
                unknown: Unknown::new(part, shown, Why::Input),
            });
        }
        let span = crate::source::Span::new(100, 100 + value.len());
        let mut text = Text::verbatim(value, Style::Literal, 100);
        text.holes = holes.into_boxed_slice();
        Node::new(Loc::new(FileId(0), span), NodeKind::Text(text))
    }

    #[test]
    fn holes_stay_holes_inside_and_outside_of_strings() {
        let text = r#"[{"image": "⟨f("a", "b")⟩/x:⟨tag⟩", "cpu": ⟨var.cpu⟩, "⟨oidc⟩:sub": "\"⟨y⟩\"",
            "env": [⟨z⟩, "k"]}]"#;
        let outer = with_holes(text);
        let parsed = json_in(&outer).expect("JSON");
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        let root = &parsed.documents.first().expect("a document").root;
        let container = root.items().first().expect("a container");
        let shown = |node: &Node<'_>| {
            let text = node.as_text().expect("a string");
            let holes: Vec<(String, String)> = text
                .holes
                .iter()
                .map(|hole| {
                    let range = hole.range.start as usize..hole.range.end as usize;
                    let place = node.loc_of(range.clone()).span.range();
                    let file = place.start - 100..place.end - 100;
                    let written = &outer.as_text().expect("a string").value;
                    assert_eq!(text.value.get(range), written.get(file));
                    (hole.unknown.name.clone(), hole.unknown.text.clone())
                })
                .collect();
            (text.value.to_string(), holes)
        };
        let hole = |name: &str| (name.to_string(), format!("${{{name}}}"));
        assert_eq!(
            shown(container.get("image").expect("an image")),
            (
                r#"${f("a", "b")}/x:${tag}"#.to_string(),
                vec![hole(r#"f("a", "b")"#), hole("tag")]
            )
        );
        assert_eq!(
            shown(container.get("${oidc}:sub").expect("a key")),
            ("\"${y}\"".to_string(), vec![hole("y")])
        );
        let name = |node: Option<&Node<'_>>| {
            node.and_then(Node::unknown)
                .map(|unknown| unknown.name.clone())
        };
        assert_eq!(name(container.get("cpu")).as_deref(), Some("var.cpu"));
        let env = container.get("env").expect("a list").items();
        assert_eq!(name(env.first()).as_deref(), Some("z"));
        assert_eq!(env.get(1).and_then(Node::as_str), Some("k"));
    }

    #[test]
    fn a_hole_that_may_be_anything_breaks_nothing_else() {
        for text in [
            "[⟨a⟩]",
            "{⟨entries⟩}",
            "[1⟨a⟩]",
            "{\"a\": \"⟨b⟩",
            "{\"a\\⟨b⟩\": 1}",
        ] {
            assert!(json_in(&with_holes(text)).is_some(), "{text}");
        }
        assert!(json_in(&with_holes("⟨a⟩[]")).is_none());
    }

    #[test]
    fn what_does_not_look_like_json_is_not_tried() {
        for text in ["a: hello", "a: 12", "a: {b: 1}", "a:", "a: ''"] {
            assert!(inside(text, Syntax::Yaml).is_none(), "{text}");
        }
        assert!(inside("a: '  [1]'", Syntax::Yaml).is_some());
    }

    #[test]
    fn yaml_in_a_block_points_at_its_own_lines() {
        let text = "spec: |\n  version: 0.2\n  phases:\n    build:\n      commands: [make]\n";
        let parsed = parse(FileId(0), text, Syntax::Yaml);
        let root = &parsed.documents.first().expect("a document").root;
        let mut node = root.get("spec").expect("the text").clone();
        let commands = |node: &Node<'_>| {
            let inner = yaml_in(node).expect("YAML");
            let root = &inner.documents.first().expect("a document").root;
            let build = root.get("phases").and_then(|phases| phases.get("build"));
            let commands = build.and_then(|build| build.get("commands"));
            commands
                .and_then(|list| list.items().first())
                .expect("a command")
                .clone()
        };
        let command = commands(&node);
        assert_eq!(command.as_str(), Some("make"));
        assert_eq!(source(text, command.loc), "make");
        // The same with a hole for the command.
        if let NodeKind::Text(text) = &mut node.kind {
            let at = text.value.find("make").expect("the command");
            text.holes = Box::new([TextHole {
                range: u32::try_from(at).expect("small")..u32::try_from(at + 4).expect("small"),
                unknown: Unknown::new("a", "make", Why::Input),
            }]);
        }
        let command = commands(&node);
        assert_eq!(command.unknown().map(|one| one.name.as_str()), Some("a"));
        assert!(yaml_in(root).is_none(), "no text");
    }
}
