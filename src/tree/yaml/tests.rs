//! Tests of the YAML reader: places, words and aliases.

mod limits;

use super::*;
use crate::source::LineIndex;

/// Each problem as `line:column 'source' message; hint`.
fn problems(text: &str) -> Vec<String> {
    let lines = LineIndex::new(text);
    let show = |problem: &Problem| {
        let at = lines.position(text, problem.loc.span.start);
        let source = text
            .get(problem.loc.span.range())
            .expect("a place in the text");
        let hint = problem.hint.clone().unwrap_or_default();
        format!(
            "{}:{} '{source}' {}; {hint}",
            at.line, at.column, problem.message
        )
    };
    parse(FileId(0), text).problems.iter().map(show).collect()
}

fn roots(text: &str) -> Vec<Node<'_>> {
    let parsed = parse(FileId(0), text);
    parsed
        .documents
        .into_iter()
        .map(|document| document.root)
        .collect()
}

fn root(text: &str) -> Node<'_> {
    assert_eq!(problems(text), Vec::<String>::new());
    roots(text).into_iter().next().expect("a document")
}

fn source<'t>(text: &'t str, node: &Node<'_>) -> &'t str {
    text.get(node.loc.span.range())
        .expect("a place in the text")
}

/// The decoded text of `node` character by character, each with its bytes in the file.
fn pairs<'t>(text: &'t str, node: &Node<'_>) -> Vec<(char, &'t str)> {
    let decoded = node.as_text().expect("a string");
    let bytes = |at: usize, c: char| text.get(decoded.file_span(at..at + c.len_utf8()).range());
    let chars = decoded.value.char_indices();
    chars
        .map(|(at, c)| (c, bytes(at, c).expect("a slice")))
        .collect()
}

/// Decoded text and source of a range of it must be the same but for line breaks and indentation.
fn assert_copied(text: &str, node: &Node<'_>) {
    for (c, bytes) in pairs(text, node) {
        let is_break = c == '\n' && matches!(bytes, "\n" | "\r\n" | "\r" | "");
        let is_fold = c == ' ' && bytes.contains(['\n', '\r']) && bytes.trim().is_empty();
        assert!(
            is_break || is_fold || bytes == c.to_string(),
            "{c:?} is {bytes:?} in {text:?}"
        );
    }
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let text = "- null\n- ~\n-\n- true\n- FALSE\n- yes\n- on\n- 12\n- 012345678901\n- 0x1F\n- 1.5e3\n- .5\n- -0\n- 1_0\n- '1'\n- 0.5\n- 00\n- .inf\n- .\n- 1e\n- Null\n- nULL\n- !Ref 1\n- !!str 1\n- !!int 1\n";
    let root = root(text);
    let kind = |node: &Node<'_>| match &node.kind {
        NodeKind::Null => "null".to_string(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(number) => format!("#{number}"),
        NodeKind::Text(text) => format!("'{}'", text.value),
        other => format!("{other:?}"),
    };
    let kinds: Vec<String> = root.items().iter().map(kind).collect();
    assert_eq!(
        kinds,
        [
            "null",
            "null",
            "null",
            "true",
            "false",
            "'yes'",
            "'on'",
            "#12",
            "'012345678901'",
            "#0x1F",
            "#1.5e3",
            "#.5",
            "#-0",
            "'1_0'",
            "'1'",
            "#0.5",
            "'00'",
            "#.inf",
            "'.'",
            "'1e'",
            "null",
            "'nULL'",
            "'1'",
            "'1'",
            "#1"
        ]
    );
}

#[test]
fn keys_are_strings_whatever_they_look_like() {
    let root =
        root("on: 1\n12: 2\n~: 3\ntrue: 4\n'q': 5\n? [a, b]\n: 6\n{{ .Values.x }}: 7\n: 8\n");
    let keys: Vec<&str> = root
        .entries()
        .iter()
        .map(|entry| entry.key.value.as_ref())
        .collect();
    assert_eq!(
        keys,
        [
            "on",
            "12",
            "~",
            "true",
            "q",
            "[a, b]",
            "{{ .Values.x }}",
            ""
        ]
    );
    let values: Vec<_> = root
        .entries()
        .iter()
        .filter_map(|entry| entry.value.as_str())
        .collect();
    assert_eq!(values, ["1", "2", "3", "4", "5", "6", "7", "8"]);
}

#[test]
fn each_node_has_the_bytes_it_was_written_with() {
    let text = "a: 'x'\nb:\n- 1\n-   - 2\n    - 3\nc: {d: [4, 5] , e: }\nf: |-\n  six\n  seven\n\ng:\nh: !Sub\n  - i\n# end\n";
    let root = root(text);
    assert_eq!(source(text, &root), text.trim_end_matches("\n# end\n"));
    let of = |key: &str| source(text, root.get(key).expect("the key"));
    assert_eq!(of("a"), "'x'");
    assert_eq!(of("b"), "- 1\n-   - 2\n    - 3");
    assert_eq!(of("c"), "{d: [4, 5] , e: }");
    assert_eq!(of("f"), "|-\n  six\n  seven");
    assert_eq!(of("h"), "- i");
    let nested = root
        .get("b")
        .and_then(|b| b.items().get(1))
        .expect("the second item");
    assert_eq!(source(text, nested), "- 2\n    - 3");
    let after = |node: &Node<'_>| text.get(..node.loc.span.range().end).expect("text before");
    assert!(after(root.get("g").expect("g")).ends_with("\ng:"));
    let e = root.get("c").and_then(|c| c.get("e")).expect("e");
    assert!(e.is_null() && after(e).ends_with("e:"));
    let tag = root.get("h").and_then(|h| h.tag.clone()).expect("a tag");
    assert_eq!(tag.value, "!Sub");
    assert_eq!(text.get(tag.loc.span.range()), Some("!Sub"));
}

#[test]
fn flow_scalars_map_back_to_the_file() {
    let text = "a: plain words\n  go on  \n\n\n  here # c\nb: 'it''s\n  folded\n\n   x '\nc: \"t\\tb\\\n   c\\u00e9 \\uD834\\uDD1E\\x41\\N\n  d \\\n\n  e\"\n";
    let root = root(text);
    let shown = |key: &str| {
        let node = root.get(key).expect("the key");
        let pairs = pairs(text, node);
        let changed = pairs
            .into_iter()
            .filter(|(c, bytes)| *bytes != c.to_string());
        let changed: Vec<(char, &str)> = changed.collect();
        (node.as_str().unwrap_or("").to_string(), changed)
    };
    assert_eq!(
        shown("a"),
        ("plain words go on\n\nhere".to_string(), vec![(' ', "\n  ")])
    );
    assert_eq!(
        shown("b"),
        (
            "it's folded\nx ".to_string(),
            vec![('\'', "''"), (' ', "\n  ")]
        )
    );
    assert_eq!(
        shown("c"),
        (
            "t\tbcé \u{1d11e}A\u{85} d \ne".to_string(),
            vec![
                ('\t', "\\t"),
                ('é', "\\u00e9"),
                ('\u{1d11e}', "\\uD834\\uDD1E"),
                ('A', "\\x41"),
                ('\u{85}', "\\N"),
                (' ', "\n  "),
            ]
        )
    );
}

#[test]
fn block_scalars_map_back_to_the_file() {
    for header in ["|", "|-", "|+", ">", ">-", ">+", "|2", ">2-", "|+2 # c"] {
        for body in [
            "  one\n",
            "  one\n\n   two\n  three\n\n\n  four\n",
            "\n\n  one\n  two\n\n",
            "  one\n \n  two\n\tthree\n",
            "  - [é, {x: y}]\n    more\n  less",
            "  one\n  ",
            "  one\n   \n\n",
            "",
        ] {
            for newline in ["\n", "\r\n"] {
                let text = format!("k: {header}\n{body}").replace('\n', newline);
                let text = text.replace("\tthree", "  \tthree");
                let root = root(&text);
                let node = root.get("k").expect("k");
                let decoded = node.as_text().expect("a string");
                let style = if header.starts_with('|') {
                    Style::Literal
                } else {
                    Style::Folded
                };
                assert_eq!(decoded.style, style);
                assert_copied(&text, node);
                assert!(source(&text, node).starts_with(header.get(..1).expect("a sign")));
                assert!(!decoded.value.contains('\r'));
            }
        }
    }
    let text = "a:\n  - >-\n    see ${{ x }}\n    there\n  - |\n   b\n";
    let root = root(text);
    let item = root
        .get("a")
        .and_then(|a| a.items().first())
        .expect("an item");
    assert_eq!(item.as_str(), Some("see ${{ x }} there"));
    assert_eq!(text.get(item.loc_of(4..12).span.range()), Some("${{ x }}"));
    assert_eq!(
        text.get(item.loc_of(4..18).span.range()),
        Some("${{ x }}\n    there")
    );
}

#[test]
fn aliases_are_copies_that_know_where_they_stand() {
    let text = "a: &x {k: [1, 2]}\nb: *x\nc:\n  <<: *x\n  own: 3\nd:\n  k: mine\n  <<: [*x, {k: 4, z: 5}]\n*k : 1\n".replace("*k : 1\n", "");
    let root = root(&text);
    let (a, b) = (root.get("a").expect("a"), root.get("b").expect("b"));
    assert_eq!(a, b);
    assert_eq!(b.loc, a.loc, "the copy has the places of the definition");
    let deep = b.get("k").and_then(|k| k.items().first()).expect("1");
    for node in [b, deep] {
        assert_eq!(text.get(node.place().span.range()), Some("*x"));
    }
    assert!(a.alias.is_none());
    let keys = |key: &str| -> Vec<String> {
        let node = root.get(key).expect("the key");
        node.entries()
            .iter()
            .map(|entry| entry.key.value.to_string())
            .collect()
    };
    assert_eq!(keys("c"), ["k", "own"]);
    assert_eq!(keys("d"), ["k", "z"]);
    assert_eq!(
        root.get("d")
            .and_then(|d| d.get("k"))
            .and_then(Node::as_str),
        Some("mine")
    );
    let kept = roots("a: {<<: text}\nb: {'<<': {x: 1}}\n");
    let kept = kept.first().expect("a document");
    assert!(
        kept.get("a").is_some_and(|a| a.has("<<")),
        "a merge of no map is a key like any other"
    );
    assert!(
        kept.get("b").is_some_and(|b| b.has("<<")),
        "so is a quoted one"
    );
}

#[test]
fn an_alias_as_a_key_is_what_it_names() {
    let text = "- &k name\n- *k : 1\n";
    let root = root(text);
    assert_eq!(
        root.items()
            .get(1)
            .and_then(|item| item.get("name"))
            .and_then(Node::as_str),
        Some("1")
    );
}

#[test]
fn anchors_end_with_their_document() {
    let found = problems("a: &x 1\n---\nb: *x\n---\nc: 3\n");
    assert_eq!(
        found,
        [
            "3:4 '*x' no anchor `&x` is defined before this alias; put text that starts with `*` in quotes"
        ]
    );
    assert_eq!(roots("a: &x 1\n---\nb: *x\n---\nc: 3\n").len(), 2);
}

#[test]
fn a_broken_document_is_one_problem_and_the_others_are_read() {
    let text = "a: 1\n---\nb: [1, 2\n---\nc: 3\n...\n---\nd: 'x\n---\ne: 5\n";
    assert_eq!(
        problems(text),
        [
            "3:4 '[' this `[` is never closed; close it, or put the text in quotes",
            "8:4 ''' this quote is never closed; close it; inside of single quotes, `''` stands for one",
        ]
    );
    let keys: Vec<String> = roots(text)
        .iter()
        .flat_map(|root| {
            root.entries()
                .first()
                .map(|entry| entry.key.value.to_string())
        })
        .collect();
    assert_eq!(keys, ["a", "c", "e"]);
}

#[test]
fn what_is_wrong_is_said_where_it_is() {
    for (text, expected) in [
        (
            "a:\n  b: 1\n\tc: 2\n",
            "3:1 '\t' a tab is used as indentation; indent with spaces: YAML forbids tabs there",
        ),
        (
            "a:\n\tb: 1\n",
            "2:1 '\t' a tab is used as indentation; indent with spaces: YAML forbids tabs there",
        ),
        (
            "on: push\n  \ton: x\n",
            "2:3 '\t' a tab is used as indentation; indent with spaces: YAML forbids tabs there",
        ),
        (
            "a: b: c\n",
            "1:5 ':' `:` is not allowed here: the text before it is a value already; check the indentation of this line, or put the value in quotes",
        ),
        (
            "- a\nb: 1\n",
            "2:1 'b' expected `- ` here: this line is indented like the items of the list above; indent the line less or more, or make it an item",
        ),
        (
            "a: *\n",
            "1:4 '*' `*` without quotes starts an alias, and this one has no name; put the value in quotes: `\"*\"`",
        ),
        (
            "a: *.example.com\n",
            "1:4 '*.example.com' no anchor `&.example.com` is defined before this alias; put text that starts with `*` in quotes",
        ),
        (
            "a: @x\n",
            "1:4 '@' text without quotes cannot start with `@`; put the value in quotes",
        ),
        (
            "a: [b, c}\n",
            "1:4 '[' this `[` is closed by a `}`; brackets close in pairs: `[ ]` and `{ }`",
        ),
        (
            "a: \"\\d\"\n",
            "1:4 '\"' this string has an escape that YAML does not know; write a backslash as `\\\\`, or use single quotes, which know no escapes",
        ),
        (
            "a: 'b' c\n",
            "1:8 'c' text after the closing quote; put all of the value in quotes; inside of single quotes, `''` stands for one",
        ),
        (
            "a: x\0y\n",
            "1:5 '\0' the file holds a NUL character; is this a text file? remove the character",
        ),
        (
            "a: &a [*a]\n",
            "1:8 '*a' the alias `*a` stands inside of what it names; a value cannot contain itself: write out what is meant",
        ),
        (
            "a: 1\nb: 2\na: 3\n",
            "3:1 'a' the key `a` is already set on line 1; remove one of the two, or put them together",
        ),
        (
            "a: !x!y z\n",
            "1:4 '!' this tag has a prefix that is not declared; write a tag with one `!`, or put the text in quotes",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text:?}");
    }
}

#[test]
fn duplicate_keys_are_kept() {
    let found = roots("a: 1\n'a': 2\n");
    let root = found.first().expect("a document");
    assert_eq!(root.entries().len(), 2);
    assert_eq!(root.get("a").and_then(Node::as_str), Some("2"));
    assert_eq!(
        problems("x: {<<: {a: 1}, <<: {b: 2}, a: 3}\n"),
        Vec::<String>::new()
    );
    assert_eq!(problems("{{ .a }}: 1\n{{ .a }}: 2\n"), Vec::<String>::new());
}

#[test]
fn templates_are_known_as_such() {
    for text in [
        "a: 1\n{{- if .x }}\nb: 2\n{{- end }}\n",
        "{% if x %}\na: 1\n{% endif %}\n",
        "a: {{ .x }}: b\n",
        "a: <%= x %>: y: z\n",
    ] {
        let parsed = parse(FileId(0), text);
        let problem = parsed.problems.first().expect("a problem");
        assert!(problem.is_templated, "{text}: {problem:?}");
    }
    assert_eq!(problems("a: {{ .Values.x }}\n"), Vec::<String>::new());
}

#[test]
fn comments_are_read_with_their_places() {
    let text = "\u{feff}# top\na: 1 # right\n  # own\nb: |\n  # text\nc: '# text'\n# last";
    let parsed = parse(FileId(0), text);
    let comments: Vec<_> = parsed
        .comments
        .iter()
        .map(|c| {
            (
                c.text.as_str(),
                text.get(c.loc.span.range()).unwrap_or(""),
                c.own_line,
            )
        })
        .collect();
    assert_eq!(
        comments,
        [
            (" top", "# top", true),
            (" right", "# right", false),
            (" own", "# own", true),
            (" last", "# last", true)
        ]
    );
    let long = format!(
        "{}a: 1\n---\n{}b: [\n---\nc: 1",
        "# x\n".repeat(500),
        "# y\n".repeat(500)
    );
    let parsed = parse(FileId(0), &long);
    assert_eq!(
        (
            parsed.documents.len(),
            parsed.comments.len(),
            parsed.problems.len()
        ),
        (2, 1000, 1)
    );
}

#[test]
fn nothing_is_neither_a_document_nor_a_problem() {
    for text in ["", " \n", "# c\n", "---\n", "---\n---\n...\n", "\u{feff}"] {
        let parsed = parse(FileId(0), text);
        assert!(
            parsed.documents.is_empty() && parsed.problems.is_empty(),
            "{text:?}"
        );
    }
}
