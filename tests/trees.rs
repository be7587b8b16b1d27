//! Laws of the trees, tried on generated texts.
//!
//! - no text makes a parser panic, and every place it gives slices the text, each inside of its parent's;
//! - JSON is what serde_json takes for JSON, and strings decode to the same text;
//! - each character of a decoded string leads to bytes that decode to it;
//! - JSON read as YAML, or out of a string, is the same tree.

use ecrlint::source::{FileId, LineIndex, Span};
use ecrlint::tree::{self, Node, NodeKind, Parsed, Style, Text, embed, json, yaml};
use proptest::prelude::*;

const FILE: FileId = FileId(7);

fn slice(text: &str, span: Span) -> &str {
    text.get(span.range())
        .unwrap_or_else(|| panic!("{span:?} is no place in {text:?}"))
}

/// Every place of a tree slices the text and lies in its parent's.
fn check_places(text: &str, parsed: &Parsed<'_>) {
    for document in &parsed.documents {
        check_node(text, &document.root, Span::new(0, text.len()));
    }
    for comment in &parsed.comments {
        let source = slice(text, comment.loc.span);
        assert!(source.starts_with(['#', '/']), "{source:?}");
        assert!(source.contains(&comment.text));
    }
    let lines = LineIndex::new(text);
    for problem in &parsed.problems {
        slice(text, problem.loc.span);
        lines.position(text, problem.loc.span.start);
        for said in [Some(&problem.message), problem.hint.as_ref()]
            .into_iter()
            .flatten()
        {
            assert!(
                !said.contains(['\n', '\r']) && !said.ends_with('.'),
                "{said:?}"
            );
        }
    }
    let starts: Vec<_> = parsed
        .problems
        .iter()
        .map(|problem| problem.loc.span.start)
        .collect();
    assert!(starts.is_sorted(), "{starts:?}");
}

fn check_node(text: &str, node: &Node<'_>, parent: Span) {
    let span = node.place().span;
    slice(text, span);
    slice(text, node.loc.span);
    assert_eq!(node.loc.file, FILE);
    assert!(
        parent.contains(span),
        "{parent:?} does not hold {span:?} in {text:?}"
    );
    if let Some(tag) = &node.tag {
        assert_eq!(slice(text, tag.loc.span), tag.value);
    }
    if let Some(string) = node.as_text() {
        check_runs(text, string);
    }
    for item in node.items() {
        check_node(text, item, inside(node));
    }
    for entry in node.entries() {
        slice(text, entry.key.loc.span);
        check_node(text, &entry.value, inside(node));
    }
}

/// Where the children of a node may stand: anywhere, if it was reached through an alias or holds what a merge brought.
fn inside(node: &Node<'_>) -> Span {
    let copied = node
        .entries()
        .iter()
        .any(|entry| entry.value.alias.is_some());
    match node.alias.is_some() || copied {
        true => Span {
            start: 0,
            end: u32::MAX,
        },
        false => node.loc.span,
    }
}

fn check_runs(text: &str, string: &Text<'_>) {
    assert!(!string.runs.is_empty());
    assert!(string.runs.is_sorted(), "{:?}", string.runs);
    for (at, c) in string.value.char_indices() {
        slice(text, string.file_span(at..at + c.len_utf8()));
    }
    slice(text, string.file_span(0..string.value.len()));
}

/// Each character of a YAML string is written as it reads, is an escape, or comes of the layout.
fn check_yaml_text(text: &str, string: &Text<'_>) {
    for (at, c) in string.value.char_indices() {
        let source = slice(text, string.file_span(at..at + c.len_utf8()));
        let is_blank = source
            .chars()
            .all(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        let is_layout =
            is_blank && matches!(c, ' ' | '\n') && (c == '\n' || source.contains(['\n', '\r']));
        let is_escape = match string.style {
            Style::SingleQuoted => c == '\'' && source == "''",
            Style::DoubleQuoted => source.starts_with('\\'),
            _ => false,
        };
        assert!(
            source == c.to_string() || is_layout || is_escape,
            "{c:?} is {source:?} in {text:?}"
        );
    }
}

/// A JSON value.
#[derive(Clone, Debug)]
enum Value {
    Word(&'static str),
    Number(String),
    Text(Vec<Char>),
    List(Vec<Value>),
    Map(Vec<(Vec<Char>, Value)>),
}

/// A character of a string, and whether to write it as an escape.
type Char = (char, bool);

fn write_text(text: &[Char], out: &mut String) {
    out.push('"');
    for (c, escaped) in text {
        match (c, escaped) {
            ('"' | '\\', _) => out.extend(['\\', *c]),
            ('\n', true) => out.push_str("\\n"),
            ('\t', true) => out.push_str("\\t"),
            ('/', true) => out.push_str("\\/"),
            (c, false) if !c.is_control() => out.push(*c),
            (c, _) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
        }
    }
    out.push('"');
}

fn write(value: &Value, gap: &str, out: &mut String) {
    match value {
        Value::Word(word) => out.push_str(word),
        Value::Number(number) => out.push_str(number),
        Value::Text(text) => write_text(text, out),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(gap);
                write(item, gap, out);
            }
            out.push_str(gap);
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(gap);
                write_text(key, out);
                // YAML wants a space here after all.
                out.push_str(": ");
                write(value, gap, out);
            }
            out.push_str(gap);
            out.push('}');
        }
    }
}

fn any_text() -> impl Strategy<Value = Vec<Char>> {
    let c = prop_oneof![
        4 => prop::char::range(' ', '~'),
        1 => prop_oneof![Just('\n'), Just('\t'), Just('é'), Just('\u{1}'), Just('\u{2028}')],
        1 => prop::char::range('\u{10000}', '\u{1ffff}'),
    ];
    prop::collection::vec((c, any::<bool>()), 0..12)
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        prop_oneof![Just("null"), Just("true"), Just("false")].prop_map(Value::Word),
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,2})?([eE][+-]?[0-9])?".prop_map(Value::Number),
        any_text().prop_map(Value::Text),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::vec((any_text(), inner), 0..4).prop_map(Value::Map),
        ]
    })
}

/// White space that JSON and YAML both take between brackets.
fn any_gap() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just(""),
        Just(" "),
        Just("\n"),
        Just("\r\n  "),
        Just("\n\n ")
    ]
}

/// The value in brackets: at the top, YAML would read a bare string to the end of its line.
fn any_json() -> impl Strategy<Value = String> {
    (any_value(), any_gap()).prop_map(|(value, gap)| {
        let mut out = String::new();
        write(&Value::List(vec![value]), gap, &mut out);
        out
    })
}

/// Pieces that matter to the parsers, in any order.
fn any_soup(pieces: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

const JSON_PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"a\":",
    "\"b\"",
    ",",
    ":",
    "1",
    "-0.5e1",
    "01",
    "true",
    "nul",
    " ",
    "\n",
    "\t",
    "\r\n",
    "//c\n",
    "/*c*/",
    "/",
    "'x'",
    "\"",
    "\\",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\ud800",
    "\"\\n\"",
    "\"\\x\"",
    "é",
    "\u{a0}",
    "\u{feff}",
    "\u{0}",
    "\u{b}",
    "{{ x }}",
    "+",
    ".",
    "NaN",
    "\"a\tb\"",
];

const YAML_PIECES: &[&str] = &[
    "a:",
    "b: ",
    "- ",
    "? ",
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\t",
    "x",
    "'",
    "''",
    "\"",
    "\\n",
    "\\\n",
    "|",
    ">",
    "|-\n",
    ">+2\n",
    "# c\n",
    " #",
    "&a ",
    "*a",
    "*b ",
    "!t ",
    "!!str ",
    "<<: ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "é",
    "\u{1F600}",
    "\u{feff}",
    "\u{0}",
    "{{ x }}",
    "~",
    "12",
    "@",
    "`",
    "\u{85}",
    "\r",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_too_strange(text in any::<String>()) {
        check_places(&text, &json::parse(FILE, &text));
        check_places(&text, &yaml::parse(FILE, &text));
    }

    #[test]
    fn no_json_soup_is_too_strange(text in any_soup(JSON_PIECES)) {
        check_places(&text, &json::parse(FILE, &text));
    }

    #[test]
    fn no_yaml_soup_is_too_strange(text in any_soup(YAML_PIECES)) {
        let parsed = yaml::parse(FILE, &text);
        check_places(&text, &parsed);
        for document in &parsed.documents {
            each_text(&document.root, &mut |string| check_yaml_text(&text, string));
        }
    }

    #[test]
    fn json_is_what_serde_json_takes_for_json(text in prop_oneof![any_soup(JSON_PIECES), any_json()]) {
        // A byte order mark is no part of the text; serde_json does not know.
        let text = format!("{}\n ", text.trim_start_matches('\u{feff}'));
        if text.trim().is_empty() {
            return Ok(());
        }
        let parsed = json::parse(FILE, &text);
        let known = serde_json::from_str::<serde_json::Value>(&text);
        prop_assert_eq!(
            parsed.problems.is_empty() && parsed.documents.len() == 1,
            known.is_ok(),
            "{:?} {:?}", parsed.problems, known
        );
    }

    #[test]
    fn json_decodes_as_serde_json_decodes(text in any_json()) {
        let parsed = json::parse(FILE, &text);
        check_places(&text, &parsed);
        let root = &parsed.documents.first().expect("a document").root;
        let known: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        same(root, &known);
        each_text(root, &mut |string| {
            for (at, c) in string.value.char_indices() {
                let source = slice(&text, string.file_span(at..at + c.len_utf8()));
                let decoded: String = serde_json::from_str(&format!("\"{source}\"")).expect("a string");
                assert_eq!(decoded, c.to_string());
            }
        });
    }

    #[test]
    fn json_out_of_a_string_is_the_same_tree(inner in any_json()) {
        let text = serde_json::json!({ "Policy": inner }).to_string();
        let outer = json::parse(FILE, &text);
        let policy = outer.documents.first().and_then(|document| document.root.get("Policy"));
        let held = embed::json_in(policy.expect("the string")).expect("JSON");
        check_places(&text, &held);
        let direct = json::parse(FILE, &inner);
        let (held, direct) = (&held.documents, &direct.documents);
        prop_assert_eq!(&held.first().expect("a document").root, &direct.first().expect("a document").root);
        each_text(&held.first().expect("a document").root, &mut |string| {
            for (at, c) in string.value.char_indices() {
                let source = slice(&text, string.file_span(at..at + c.len_utf8()));
                let once: String = serde_json::from_str(&format!("\"{source}\"")).expect("a string");
                let twice: String = serde_json::from_str(&format!("\"{once}\"")).expect("a string");
                assert_eq!(twice, c.to_string());
            }
        });
    }

    #[test]
    fn json_read_as_yaml_is_the_same_tree(text in any_json()) {
        let strict = json::parse(FILE, &text);
        let loose = yaml::parse(FILE, &text);
        check_places(&text, &loose);
        // YAML forbids keys twice in a map, and a merge key means something; both are none of JSON's business.
        if loose.problems.iter().any(|problem| problem.message.contains("already set")) {
            return Ok(());
        }
        prop_assert_eq!(&loose.problems, &Vec::new());
        let (strict, loose) = (&strict.documents, &loose.documents);
        prop_assert_eq!(&loose.first().expect("a document").root, &strict.first().expect("a document").root);
    }

    #[test]
    fn block_scalars_are_copied_byte_for_byte(
        sign in "[|>]", chomp in "[-+]?", explicit in any::<bool>(), newline in prop_oneof![Just("\n"), Just("\r\n")],
        lines in prop::collection::vec("|[ ]?[ ]?[a-zé$:#\"'\\\\{}]{1,4}( [a-z]{1,3})?", 0..8), ends in any::<bool>(),
    ) {
        let digit = if explicit { "2" } else { "" };
        let mut text = format!("k: {sign}{digit}{chomp}");
        // Without a digit, the first line decides on the indentation.
        let first = (!explicit).then_some("first".to_string());
        for line in first.iter().chain(&lines) {
            text.push_str(newline);
            if !line.is_empty() {
                text.push_str("  ");
                text.push_str(line);
            }
        }
        if ends {
            text.push_str(newline);
        }
        let parsed = yaml::parse(FILE, &text);
        check_places(&text, &parsed);
        prop_assert_eq!(&parsed.problems, &Vec::new());
        let root = &parsed.documents.first().expect("a document").root;
        let string = root.get("k").and_then(Node::as_text).expect("a string");
        for (at, c) in string.value.char_indices() {
            let source = slice(&text, string.file_span(at..at + c.len_utf8()));
            let is_break = matches!(source, "\n" | "\r\n" | "");
            match c {
                '\n' => assert!(is_break, "{source:?}"),
                ' ' if sign == ">" => assert!(source == " " || is_break, "{source:?}"),
                _ => assert_eq!(source, c.to_string()),
            }
        }
    }

    #[test]
    fn the_syntax_is_found_without_the_ending(text in any_json()) {
        let parsed = tree::parse(FILE, &text, tree::Syntax::of("policy.json", &text));
        prop_assert_eq!(parsed.documents.len(), 1);
    }
}

fn same(node: &Node<'_>, known: &serde_json::Value) {
    match (&node.kind, known) {
        (NodeKind::Null, serde_json::Value::Null) => {}
        (NodeKind::Bool(value), serde_json::Value::Bool(known)) => assert_eq!(value, known),
        (NodeKind::Number(number), serde_json::Value::Number(known)) => {
            let number: f64 = number.parse().expect("a number");
            assert_eq!(Some(number), known.as_f64());
        }
        (NodeKind::Text(string), serde_json::Value::String(known)) => {
            assert_eq!(&string.value, known)
        }
        (NodeKind::List(items), serde_json::Value::Array(known)) => {
            assert_eq!(items.len(), known.len());
            items
                .iter()
                .zip(known)
                .for_each(|(item, known)| same(item, known));
        }
        (NodeKind::Map(entries), serde_json::Value::Object(known)) => {
            for entry in entries {
                assert!(known.contains_key(entry.key.value.as_ref()));
            }
            for (key, known) in known {
                same(node.get(key).expect("the key"), known);
            }
        }
        other => panic!("{other:?}"),
    }
}

fn each_text(node: &Node<'_>, see: &mut dyn FnMut(&Text<'_>)) {
    if let Some(text) = node.as_text() {
        see(text);
    }
    node.items().iter().for_each(|item| each_text(item, see));
    node.entries()
        .iter()
        .for_each(|entry| each_text(&entry.value, see));
}
