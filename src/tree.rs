//! One spanned tree for every syntax: JSON and YAML; HCL has a syntax of its own in [`hcl`].
//!
//! A [`Node`] knows the bytes it was written with, and a [`Text`] knows, for every decoded byte, the byte of
//! the file behind it, so a finding inside an escaped string or a block scalar still points at the right
//! character. Recognizers read this tree and nothing else; no room after them sees syntax.

pub mod dockerfile;
pub mod embed;
pub mod hcl;
pub mod json;
mod runs;
pub mod script;
pub mod select;
mod template;
pub mod unknown;
pub mod yaml;

use crate::source::{FileId, Loc, Span, Spanned};
use std::borrow::Cow;
pub use unknown::{TextHole, Unknown, Why};

/// One value of a document.
///
/// Two nodes are equal when their content is equal: places, tags, anchors and quoting do not count
/// (selectors compare nodes with literals that stand nowhere).
#[derive(Clone, Debug)]
pub struct Node<'s> {
    /// The bytes of the value itself, quotes and brackets included. For a node reached through an alias these are
    /// the bytes of the definition.
    pub loc: Loc,
    /// What it is.
    pub kind: NodeKind<'s>,
    /// The YAML tag as written (`!Sub`), and where.
    pub tag: Option<Spanned<Cow<'s, str>>>,
    /// Where the alias (`*name`) stands, if the node was reached through one.
    pub alias: Option<Loc>,
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind<'s> {
    /// `null`, `~` or nothing at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written: `012345678901` is an account id and must keep its zero.
    Number(Cow<'s, str>),
    /// A string.
    Text(Text<'s>),
    /// A sequence.
    List(Vec<Node<'s>>),
    /// A mapping, in order, duplicates kept.
    Map(Vec<Entry<'s>>),
    /// A value that only deploy time knows. No parser makes one: dialects that compute values do.
    Unknown(Box<Unknown>),
}

/// A key and its value. Equality is that of [`Node`]: places do not count.
#[derive(Clone, Debug)]
pub struct Entry<'s> {
    /// The key; the place includes its quotes.
    pub key: Spanned<Cow<'s, str>>,
    /// The value. A key without a value has a [`NodeKind::Null`] that is empty and stands after the colon.
    pub value: Node<'s>,
}

/// How a string was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No quotes (YAML).
    Plain,
    /// `'…'` (YAML).
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|` (YAML).
    Literal,
    /// `>` (YAML).
    Folded,
}

/// Decoded text, with the way back to the file.
#[derive(Clone, Debug)]
pub struct Text<'s> {
    /// The text after unescaping and unfolding.
    pub value: Cow<'s, str>,
    /// How it was written.
    pub style: Style,
    /// Runs of bytes that were copied as they stand: `(offset in value, offset in file)`, ascending. A run ends where
    /// the next one starts; a byte between two runs (an escape) belongs to the start of its run. Where bytes of the file
    /// were left out (the indentation of a line), two runs have one offset in the value: the first says where the
    /// text before them ends, the second where the text after them starts.
    pub runs: Vec<(u32, u32)>,
    /// Stretches of `value` that are not known, ascending. Always empty in what a parser makes.
    pub holes: Box<[TextHole]>,
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.holes == other.holes
    }
}

impl PartialEq for Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.key.value == other.key.value && self.value == other.value
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl<'s> Text<'s> {
    /// Text that stands in the file exactly as decoded, starting at byte `start`.
    pub fn verbatim(value: impl Into<Cow<'s, str>>, style: Style, start: u32) -> Self {
        Text {
            value: value.into(),
            style,
            runs: vec![(0, start)],
            holes: Box::default(),
        }
    }

    /// The same text, of its own.
    pub fn into_static(self) -> Text<'static> {
        Text {
            value: Cow::Owned(self.value.into_owned()),
            style: self.style,
            runs: self.runs,
            holes: self.holes,
        }
    }

    /// The byte of the file behind the decoded byte `offset`.
    pub fn file_offset(&self, offset: usize) -> u32 {
        let offset = Span::new(offset, offset).start;
        let next = self.runs.partition_point(|(decoded, _)| *decoded <= offset);
        match next.checked_sub(1).and_then(|at| self.runs.get(at)) {
            None => self.runs.first().map_or(0, |run| run.1),
            Some((decoded, file)) => {
                let inside = file.saturating_add(offset - decoded);
                // An escape is longer in the file than its run is decoded; never run past the next run.
                self.runs
                    .get(next)
                    .map_or(inside, |(_, limit)| inside.min(*limit))
            }
        }
    }

    /// The span of the file behind a range of decoded bytes. An empty range gives an empty span.
    pub fn file_span(&self, range: std::ops::Range<usize>) -> Span {
        let start = self.file_offset(range.start);
        let end = if range.is_empty() {
            start
        } else {
            // The end is where the last byte's source ends: one past it, or the next run if it was an escape.
            let last = range.end - 1;
            let last32 = Span::new(last, last).start;
            let next = self.runs.partition_point(|(decoded, _)| *decoded <= last32);
            match self.runs.get(next) {
                Some((decoded, file)) if *decoded == last32 + 1 => *file,
                _ => self.file_offset(last).saturating_add(1),
            }
        };
        Span {
            start,
            end: end.max(start),
        }
    }
}

impl<'s> Node<'s> {
    /// A node without tag or alias.
    pub fn new(loc: Loc, kind: NodeKind<'s>) -> Self {
        Node {
            loc,
            kind,
            tag: None,
            alias: None,
        }
    }

    /// The same node with texts of its own, for what outlives the text of its file.
    pub fn into_static(self) -> Node<'static> {
        let owned = |text: Cow<'s, str>| Cow::Owned(text.into_owned());
        let kind = match self.kind {
            NodeKind::Null => NodeKind::Null,
            NodeKind::Bool(value) => NodeKind::Bool(value),
            NodeKind::Number(number) => NodeKind::Number(owned(number)),
            NodeKind::Text(text) => NodeKind::Text(text.into_static()),
            NodeKind::List(items) => {
                NodeKind::List(items.into_iter().map(Node::into_static).collect())
            }
            NodeKind::Map(entries) => NodeKind::Map(
                entries
                    .into_iter()
                    .map(|entry| Entry {
                        key: Spanned::new(owned(entry.key.value), entry.key.loc),
                        value: entry.value.into_static(),
                    })
                    .collect(),
            ),
            NodeKind::Unknown(unknown) => NodeKind::Unknown(unknown),
        };
        Node {
            loc: self.loc,
            kind,
            tag: self.tag.map(|tag| Spanned::new(owned(tag.value), tag.loc)),
            alias: self.alias,
        }
    }

    /// Where a reader should look: the alias if the node was reached through one, else the node.
    pub fn place(&self) -> Loc {
        self.alias.unwrap_or(self.loc)
    }

    /// The string, number or boolean as the text that was written; `None` for null, lists, maps, and for text of which
    /// only a part is known.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text) if text.holes.is_empty() => Some(&text.value),
            NodeKind::Number(number) => Some(number),
            NodeKind::Bool(true) => Some("true"),
            NodeKind::Bool(false) => Some("false"),
            NodeKind::Text(_)
            | NodeKind::Null
            | NodeKind::List(_)
            | NodeKind::Map(_)
            | NodeKind::Unknown(_) => None,
        }
    }

    /// The string with its way back to the file; `None` for anything but a string.
    pub fn as_text(&self) -> Option<&Text<'s>> {
        match &self.kind {
            NodeKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, also when it was written as the string `"true"` or `"false"`.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            NodeKind::Bool(value) => Some(*value),
            NodeKind::Text(text) if text.value == "true" => Some(true),
            NodeKind::Text(text) if text.value == "false" => Some(false),
            _ => None,
        }
    }

    /// The items of a list; empty for anything else.
    pub fn items(&self) -> &[Node<'s>] {
        match &self.kind {
            NodeKind::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list, or the node itself: IAM lets one value stand for a list of one.
    pub fn one_or_many(&self) -> &[Node<'s>] {
        match &self.kind {
            NodeKind::List(items) => items,
            NodeKind::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The entries of a map; empty for anything else.
    pub fn entries(&self) -> &[Entry<'s>] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Whether the node is a map.
    pub fn is_map(&self) -> bool {
        matches!(self.kind, NodeKind::Map(_))
    }

    /// Whether the node is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.kind, NodeKind::List(_))
    }

    /// Why the value is not known, if it is not.
    pub fn unknown(&self) -> Option<&Unknown> {
        match &self.kind {
            NodeKind::Unknown(unknown) => Some(unknown),
            _ => None,
        }
    }

    /// Whether the node is null or absent.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Null)
    }

    /// The entry with this key; the last one wins, as in every JSON reader AWS uses.
    pub fn entry(&self, key: &str) -> Option<&Entry<'s>> {
        self.entries()
            .iter()
            .rev()
            .find(|entry| entry.key.value == key)
    }

    /// The value with this key.
    pub fn get(&self, key: &str) -> Option<&Node<'s>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value whose key is one of `keys` (spellings of one field, such as `family` and `Family`).
    pub fn get_any(&self, keys: &[&str]) -> Option<&Node<'s>> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Whether the map has this key.
    pub fn has(&self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Text and place of a scalar.
    pub fn spanned(&self) -> Option<Spanned<String>> {
        self.as_str()
            .map(|text| Spanned::new(text.to_string(), self.place()))
    }

    /// The place behind a range of decoded bytes of a scalar; the whole node where that cannot be said
    /// (not a string, or reached through an alias).
    pub fn loc_of(&self, range: std::ops::Range<usize>) -> Loc {
        match (&self.kind, self.alias) {
            (NodeKind::Text(text), None) => Loc::new(self.loc.file, text.file_span(range)),
            _ => self.place(),
        }
    }
}

/// One document of a file: a JSON file has one, a YAML file may have several.
#[derive(Clone, Debug)]
pub struct Document<'s> {
    /// The file.
    pub file: FileId,
    /// The top value.
    pub root: Node<'s>,
}

/// A comment, without its marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The comment with its marker: `#`, or in JSON `//` or `/* */`.
    pub loc: Loc,
    /// The text after the marker.
    pub text: String,
    /// Whether nothing but white space stands before it on its line.
    pub own_line: bool,
}

/// Why a [`Problem`] is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The text does not follow its syntax.
    Syntax,
    /// Depth, expansion or size over the limit.
    Limit,
    /// The file could not be read or is not text.
    Unreadable,
}

/// What is wrong with a file as such. Becomes a finding of ECR901, ECR902 or ECR904.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which of the three.
    pub kind: ProblemKind,
    /// Where.
    pub loc: Loc,
    /// What is wrong: lower case, no full stop, one line.
    pub message: String,
    /// What to do about it, in the same form.
    pub hint: Option<String>,
    /// Whether the file is text that a template engine still has to fill in (`{{ … }}`, `<% … %>`), so that it cannot be
    /// expected to parse.
    pub is_templated: bool,
}

impl Problem {
    /// A problem of this kind at `loc`.
    pub fn new(kind: ProblemKind, loc: Loc, message: impl Into<String>) -> Self {
        Problem {
            kind,
            loc,
            message: message.into(),
            hint: None,
            is_templated: false,
        }
    }

    /// Sets what to do about it.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// JSON; comments and trailing commas are read and reported.
    Json,
    /// YAML 1.2.
    Yaml,
    /// A shell script.
    Shell,
    /// A Dockerfile.
    Dockerfile,
}

impl Syntax {
    /// Decides by the path's ending, and where that says nothing by the first character. In a `.yaml` file, JSON is read
    /// as JSON all the same, and so is a text in brackets that no YAML reader takes: the words on a comma that is missing
    /// in JSON are better.
    pub fn of(path: &str, text: &str) -> Syntax {
        if script::is_script(path, text) {
            return Syntax::Shell;
        }
        if dockerfile::is_dockerfile(path, text) {
            return Syntax::Dockerfile;
        }
        let lower = path.to_ascii_lowercase();
        if lower.ends_with(".json") || lower.ends_with(".jsonc") {
            return Syntax::Json;
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let start = text.trim_start();
        if !start.starts_with(['{', '[']) || start.starts_with("{{") || start.starts_with("{%") {
            return Syntax::Yaml;
        }
        let is_named_yaml = lower.ends_with(".yaml") || lower.ends_with(".yml");
        if is_named_yaml
            && !json::is_strict(text)
            && yaml::parse(FileId::NONE, text).problems.is_empty()
        {
            return Syntax::Yaml;
        }
        Syntax::Json
    }
}

/// What came of reading a file: every document that could be read, and everything that was wrong.
#[derive(Clone, Debug, Default)]
pub struct Parsed<'s> {
    /// The documents, in order.
    pub documents: Vec<Document<'s>>,
    /// The comments, in order; none for JSON that has none.
    pub comments: Vec<Comment>,
    /// What was wrong, in order of place.
    pub problems: Vec<Problem>,
}

/// Deepest nesting that is read. A document nested deeper ends in a [`ProblemKind::Limit`] problem.
pub const MAX_DEPTH: usize = 128;

/// Most nodes that aliases may add to one file.
pub const MAX_ALIAS_NODES: usize = 100_000;

fn deeper_than_allowed(loc: Loc) -> Problem {
    Problem::new(
        ProblemKind::Limit,
        loc,
        format!("nested deeper than {MAX_DEPTH} levels"),
    )
    .hint("nothing that AWS or GitHub reads is nested this deep; look for a generator gone wrong")
}

/// User text inside a message, as `diag::quote` shows it: the tree cannot import that room.
fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let clean = crate::source::redact::visible(text).replace('`', "'");
    match clean.char_indices().nth(LONGEST) {
        None => format!("`{clean}`"),
        Some((cut, _)) => format!("`{}…`", clean.get(..cut).unwrap_or("")),
    }
}

/// Reads `text`, which must be the whole text of `file`.
pub fn parse(file: FileId, text: &str, syntax: Syntax) -> Parsed<'_> {
    match syntax {
        Syntax::Json => json::parse(file, text),
        Syntax::Yaml => yaml::parse(file, text),
        Syntax::Shell => script::parse(file, text),
        Syntax::Dockerfile => dockerfile::parse(file, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_syntax_is_that_of_the_ending_or_of_the_text() {
        for (path, text, expected) in [
            ("a.json", "a: 1", Syntax::Json),
            ("a.JSONC", "", Syntax::Json),
            ("a.yaml", "a: 1", Syntax::Yaml),
            ("a.yaml", "\u{feff} {\"a\": 1, \"a\": 2}", Syntax::Json),
            ("a.yaml", "{\"a\": 1 \"b\": 2}", Syntax::Json),
            ("a.yml", "{a: b, \"c\": d} # flow", Syntax::Yaml),
            ("a.yml", "[push, pull]", Syntax::Yaml),
            ("a.yml", "{{ if x }}\na: 1", Syntax::Yaml),
            ("a.template", "\n{\"Resources\": {}}", Syntax::Json),
            ("a.template", "Resources: {}", Syntax::Yaml),
            ("policy", "[{\"a\": 1}]", Syntax::Json),
            ("policy", "", Syntax::Yaml),
        ] {
            assert_eq!(Syntax::of(path, text), expected, "{path} {text}");
        }
    }

    #[test]
    fn nodes_with_the_same_content_are_equal_wherever_they_stand() {
        let first = parse(FileId(0), "{\"a\": [1, \"x\"]}", Syntax::Json);
        let second = parse(FileId(1), "a:\n- 1\n- !t 'x'\n", Syntax::Yaml);
        let root = |parsed: &Parsed<'static>| parsed.documents.first().map(|one| one.root.clone());
        assert!(root(&first).is_some());
        assert_eq!(root(&first), root(&second));
        let third = parse(FileId(0), "{\"b\": [1, \"x\"]}", Syntax::Json);
        assert_ne!(root(&first), root(&third));
    }
}
