//! Tests of the JSON reader: places, words and limits, one table for each kind of departure.

use super::*;
use crate::tree::MAX_DEPTH;

/// Each problem as `line:column 'source' message; hint`.
fn problems(text: &str) -> Vec<String> {
    let lines = crate::source::LineIndex::new(text);
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

fn root(text: &str) -> Node<'_> {
    let parsed = parse(FileId(0), text);
    let document = parsed.documents.into_iter().next();
    document.expect("a document").root
}

fn is_read(text: &str) -> bool {
    !parse(FileId(0), text).documents.is_empty()
}

#[test]
fn a_plain_document_has_places_and_no_problems() {
    let text = "\u{feff}{\r\n\t\"a\": [1.50, true, null], \"a\": \"é\"\r\n}\r\n";
    assert_eq!(problems(text), Vec::<String>::new());
    let root = root(text);
    assert_eq!(
        text.get(root.loc.span.range()),
        Some(text.trim_start_matches('\u{feff}').trim_end())
    );
    let keys: Vec<&str> = root
        .entries()
        .iter()
        .map(|entry| entry.key.value.as_ref())
        .collect();
    assert_eq!(keys, ["a", "a"], "duplicates are kept");
    let sources: Vec<_> = root
        .entries()
        .iter()
        .map(|entry| text.get(entry.key.loc.span.range()))
        .collect();
    assert_eq!(sources, [Some("\"a\""); 2], "a key's place has its quotes");
    let items = root.entries().first().expect("an entry").value.items();
    let kinds: Vec<_> = items.iter().map(|item| item.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            NodeKind::Number(Cow::Borrowed("1.50")),
            NodeKind::Bool(true),
            NodeKind::Null
        ]
    );
    assert_eq!(
        root.get("a").and_then(Node::as_str),
        Some("é"),
        "the last one wins"
    );
}

#[test]
fn nothing_is_neither_a_document_nor_a_problem() {
    for text in ["", " \r\n\t", "\u{feff}"] {
        let parsed = parse(FileId(0), text);
        assert!(
            parsed.documents.is_empty() && parsed.problems.is_empty(),
            "{text:?}"
        );
    }
}

#[test]
fn habits_are_problems_and_the_document_is_read() {
    let text = "{ // one\n// two\n// three\n\"a\": [1, 2,], /* four */\n\"b\": {},\n}";
    assert_eq!(
        problems(text),
        [
            "1:3 '// one' comments are not allowed in JSON; remove the comment, or keep the explanation outside of the file",
            "4:11 ',' trailing comma before `]`; remove the comma",
            "4:15 '/* four */' comments are not allowed in JSON; remove the comment, or keep the explanation outside of the file",
            "5:8 ',' trailing comma before `}`; remove the comma",
        ]
    );
    let parsed = parse(FileId(0), text);
    assert_eq!(parsed.documents.len(), 1);
    let comments: Vec<_> = parsed
        .comments
        .iter()
        .map(|c| (c.text.as_str(), c.own_line))
        .collect();
    assert_eq!(
        comments,
        [
            (" one", false),
            (" two", true),
            (" three", true),
            (" four ", false)
        ]
    );
}

#[test]
fn what_can_be_understood_is_read() {
    for (text, expected) in [
        (
            "{\"Port\":\"443\"\n\"Host\": 1}",
            "1:14 '' expected `,` or `}` after this value; add a comma",
        ),
        (
            "[1 /* x */ 2]",
            "1:3 '' expected `,` or `]` after this value; add a comma",
        ),
        (
            "{a: 1}",
            "1:2 'a' the key `a` must stand in double quotes; put double quotes around the key",
        ),
        (
            "['x']",
            "1:2 ''x'' a JSON string must stand in double quotes; replace the single quotes by double quotes",
        ),
        (
            "[0x1F]",
            "1:2 '0x1F' `0x1F` is not a JSON number; write it in decimal digits, or put it in double quotes",
        ),
        (
            "[+1]",
            "1:2 '+1' `+1` is not a JSON number; write it in decimal digits, or put it in double quotes",
        ),
        (
            "[1.]",
            "1:2 '1.' `1.` is not a JSON number; write it in decimal digits, or put it in double quotes",
        ),
        (
            "[.5]",
            "1:2 '.5' `.5` is not a JSON number; write it in decimal digits, or put it in double quotes",
        ),
        (
            "[NaN]",
            "1:2 'NaN' `NaN` is not a JSON number; write it in decimal digits, or put it in double quotes",
        ),
        (
            "[\"a\\d\"]",
            "1:4 '\\d' `\\d` is not a JSON escape; write a backslash as `\\\\`",
        ),
        (
            "[\"a\\x41\"]",
            "1:4 '\\x41' `\\x41` is not a JSON escape; write a backslash as `\\\\`",
        ),
        (
            "[\"a\tb\"]",
            "1:4 '\t' a tab must not stand inside a JSON string; write it as `\\t`",
        ),
        (
            "[\"a\u{1}b\"]",
            "1:4 '\u{1}' the control character U+0001 must not stand inside a JSON string; write it as `\\u0001`",
        ),
        (
            "[\"a\nb\"]",
            "1:2 '\"' this string is not closed on its line; close it with a double quote; a line break inside a string is written `\\n`",
        ),
        (
            "[\"a\\\nb\"]",
            "1:2 '\"' this string is not closed on its line; close it with a double quote; a line break inside a string is written `\\n`",
        ),
        (
            "{\u{a0}\"a\": 1}",
            "1:2 '\u{a0}' U+00A0 is not white space in JSON; replace it by a plain space",
        ),
        (
            "[1]\u{b}",
            "1:4 '\u{b}' U+000B is not white space in JSON; replace it by a plain space",
        ),
    ] {
        let found = problems(text);
        let found: Vec<&String> = found
            .iter()
            .filter(|one| !one.contains("comments"))
            .collect();
        assert_eq!(found, [expected], "{text:?}");
        assert!(is_read(text), "{text:?}");
    }
}

#[test]
fn what_cannot_be_understood_is_one_problem_at_its_place() {
    for (text, expected) in [
        (
            "{\"a\": [1, 2}",
            "1:12 '}' expected `]` but found `}`; the `[` opened on line 1 is not closed yet",
        ),
        (
            "{\n \"a\": {\n  \"b\": 1\n",
            "2:7 '{' this `{` is never closed; add the missing `}`",
        ),
        (
            "[1, 2",
            "1:1 '[' this `[` is never closed; add the missing `]`",
        ),
        (
            "{\"a\": \"b",
            "1:7 '\"' this string is never closed; close it with a double quote",
        ),
        (
            "[1] /* x",
            "1:5 '/*' this comment is never closed; remove it",
        ),
        (
            "{\"a\": \"b,\n \"c\": 1}",
            "1:7 '\"' this string is not closed on its line; close it with a double quote; a line break inside a string is written `\\n`",
        ),
        (
            "{\"Version\": \"2012-10-17 \"Statement\": []}",
            "1:26 '' expected `,` or `}` after this value; add a comma",
        ),
        (
            "{\"a\" 1}",
            "1:5 '' expected `:` after this key; add a colon and a value",
        ),
        (
            "{\"a\"",
            "1:5 '' expected `:` after this key; add a colon and a value",
        ),
        (
            "{\"a\":}",
            "1:6 '' expected a value after `:`; add a value; an empty one is `\"\"` or `null`",
        ),
        (
            "{\"a\": ",
            "1:6 '' expected a value after `:`; add a value; an empty one is `\"\"` or `null`",
        ),
        (
            "{\"a\": , \"b\": 1}",
            "1:6 '' expected a value after `:`; add a value; an empty one is `\"\"` or `null`",
        ),
        ("[1,,2]", "1:4 ',' two commas in a row; remove one of them"),
        (
            "{\"a\": 1,, \"b\": 2}",
            "1:9 ',' two commas in a row; remove one of them",
        ),
        (
            "[,1]",
            "1:2 ',' expected a value before this comma; remove the comma",
        ),
        ("[1]]", "1:4 ']' this `]` closes nothing; remove it"),
        ("}", "1:1 '}' this `}` closes nothing; remove it"),
        (
            "{} {}",
            "1:4 '{' text after the end of the document; a JSON file holds one value: remove the rest, or make it a list",
        ),
        (
            "[\"a\": 1]",
            "1:5 ':' `:` inside a list; a list has no keys: write an object, `{ … }`, or remove the colon",
        ),
        (
            "{[1]: 2}",
            "1:2 '[' expected a key in double quotes but found `[`; an object holds `\"key\": value` pairs",
        ),
        (
            "{\"a\": 1 {}}",
            "1:8 '' expected `,` or `}` after this value; add a comma",
        ),
        ("[True]", "1:2 'True' `True` is not JSON; write `true`"),
        ("[None]", "1:2 'None' `None` is not JSON; write `null`"),
        (
            "hello world",
            "1:1 'hello' `hello` is not JSON; put a string in double quotes",
        ),
        (
            "[\"\\uZZZZ\"]",
            "1:3 '\\u' `\\u` is not a JSON escape; write `\\u` and four hex digits; a character above U+FFFF is a pair of them",
        ),
        (
            "[\"\\ud800\"]",
            "1:3 '\\ud800' `\\ud800` is not a JSON escape; write `\\u` and four hex digits; a character above U+FFFF is a pair of them",
        ),
        (
            "[1e]",
            "1:2 '1e' `1e` is not a JSON number; write it in decimal digits, or put it in double quotes",
        ),
        (
            "// c\n[1, 2",
            "2:1 '[' this `[` is never closed; add the missing `]`",
        ),
        (
            "/",
            "1:1 '/' `/` is not JSON; put a string in double quotes",
        ),
    ] {
        assert_eq!(problems(text), [expected], "{text:?}");
        assert!(!is_read(text), "{text:?}");
    }
}

#[test]
fn templates_are_known_as_such() {
    for text in [
        "{\"a\": {{ .Values.x }}}",
        "{\n{% if x %}\n\"a\": 1\n{% endif %}\n}",
        "{\"a\": <%= x %>}",
        "{\"a\": ${x}}",
        "{\"a\": $NAME, \"b\": 1}",
        "{\"a\": <PORT>}",
        "{\"a\": %PORT%}",
        "{\"a\": @PORT@}",
    ] {
        let parsed = parse(FileId(0), text);
        let problem = parsed.problems.first().expect("a problem");
        assert!(problem.is_templated, "{text}");
        assert!(
            problem
                .hint
                .as_ref()
                .is_some_and(|hint| hint.contains("templated text")),
            "{text}"
        );
    }
    let parsed = parse(FileId(0), "{\"a\": \"${x}\"}");
    assert!(
        parsed.problems.is_empty(),
        "a placeholder inside of a string is no problem"
    );
    let far = format!("{{\"a\": \"{{{{\",{}\"b\" 1}}", "\n".repeat(3));
    assert!(
        parse(FileId(0), &far)
            .problems
            .iter()
            .all(|problem| !problem.is_templated)
    );
}

#[test]
fn depth_ends_in_a_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(problems(&nested(MAX_DEPTH)).is_empty());
    assert!(is_read(&nested(MAX_DEPTH)));
    for depth in [MAX_DEPTH + 1, 100_000] {
        let parsed = parse(FileId(0), &nested(depth)).problems;
        let [problem] = parsed.as_slice() else {
            panic!("{parsed:?}")
        };
        assert_eq!(problem.kind, ProblemKind::Limit);
        assert_eq!(problem.loc.span, Span::new(MAX_DEPTH, MAX_DEPTH + 1));
    }
    let quoted = format!("[\"{}\"]", "[".repeat(1000));
    assert!(is_read(&quoted), "brackets in strings are text");
    // A quote that is never closed hides brackets from the survey; the parser's own limit takes over.
    let hidden = format!("[']{}", "[".repeat(5000));
    assert_eq!(parse(FileId(0), &hidden).problems.len(), 1);
}

fn text_of<'a, 's>(node: &'a Node<'s>, key: &str) -> &'a Text<'s> {
    node.get(key).and_then(Node::as_text).expect("a string")
}

#[test]
fn every_decoded_byte_knows_its_bytes_in_the_file() {
    let source = r#"{"t": "a\n\u00e9\ud834\udd1e\\z\"", "p": "plain", "e": ""}"#;
    let root = root(source);
    let text = text_of(&root, "t");
    assert_eq!(text.value, "a\né𝄞\\z\"");
    let sources: Vec<&str> = text
        .value
        .char_indices()
        .map(|(at, c)| {
            source
                .get(text.file_span(at..at + c.len_utf8()).range())
                .expect("a slice")
        })
        .collect();
    assert_eq!(
        sources,
        ["a", "\\n", "\\u00e9", "\\ud834\\udd1e", "\\\\", "z", "\\\""]
    );
    assert_eq!(
        source.get(text.file_span(0..text.value.len()).range()),
        Some(r#"a\n\u00e9\ud834\udd1e\\z\""#)
    );
    let plain = text_of(&root, "p");
    assert_eq!(source.get(plain.file_span(1..4).range()), Some("lai"));
    assert_eq!(
        source.get(text_of(&root, "e").file_span(0..0).range()),
        Some("")
    );
}
