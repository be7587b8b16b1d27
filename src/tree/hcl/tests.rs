//! Places, decoding, comments and faults.

use super::*;
use crate::tree::Text;
use proptest::prelude::*;

fn read(text: &str) -> Hcl {
    let read = parse(FileId(0), text);
    assert_eq!(read.problems, [], "{text}");
    read
}

fn source(text: &str, loc: Loc) -> &str {
    text.get(loc.span.range()).expect("a place in the text")
}

fn value<'h>(hcl: &'h Hcl, name: &str) -> &'h Expression {
    &hcl.body.attribute(name).expect("the attribute").value
}

fn text_of(expression: &Expression) -> &Text<'static> {
    match &expression.kind {
        ExpressionKind::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_piece_knows_its_bytes() {
    let text = "# one\nresource \"aws_x\" 'y' {\n".replace('\'', "\"")
        + "  name = \"a\\\"b\" // two\n  policy = jsonencode({ Action = [\"x\", var.a[0].b] })\n  inner {\n    on = !true\n  }\n}\n";
    let hcl = read(&text);
    let block = hcl.body.blocks.first().expect("a block");
    assert!(source(&text, block.loc).starts_with("resource \"aws_x\""));
    assert!(source(&text, block.loc).ends_with("\n}"));
    assert_eq!(source(&text, block.kind.loc), "resource");
    let labels: Vec<_> = block
        .labels
        .iter()
        .map(|one| (one.value.as_str(), source(&text, one.loc)))
        .collect();
    assert_eq!(labels, [("aws_x", "\"aws_x\""), ("y", "\"y\"")]);
    let name = block.body.attribute("name").expect("name");
    assert_eq!(source(&text, name.name.loc), "name");
    assert_eq!(source(&text, name.value.loc), r#""a\"b""#);
    let decoded = text_of(&name.value);
    assert_eq!(decoded.value, "a\"b");
    let slice = |range| {
        text.get(decoded.file_span(range).range())
            .expect("a place in the text")
    };
    assert_eq!(slice(1..2), "\\\"");
    assert_eq!(slice(2..3), "b");
    let ExpressionKind::Call { arguments, .. } =
        &block.body.attribute("policy").expect("policy").value.kind
    else {
        panic!("a call");
    };
    let ExpressionKind::Object(items) = &arguments.first().expect("an argument").kind else {
        panic!("an object");
    };
    let (Key::Name(key), list) = items.first().expect("an item") else {
        panic!("a key");
    };
    assert_eq!(source(&text, key.loc), "Action");
    assert_eq!(source(&text, list.loc), "[\"x\", var.a[0].b]");
    let ExpressionKind::List(list) = &list.kind else {
        panic!("a list");
    };
    assert_eq!(
        source(&text, list.last().expect("an item").loc),
        "var.a[0].b"
    );
    let comments: Vec<_> = hcl
        .comments
        .iter()
        .map(|one| (one.text.as_str(), source(&text, one.loc), one.own_line))
        .collect();
    assert_eq!(
        comments,
        [(" one", "# one", true), (" two", "// two", false)]
    );
    let inner = block.body.blocks_of("inner").next().expect("inner");
    assert_eq!(source(&text, inner.loc), "inner {\n    on = !true\n  }");
}

#[test]
fn heredocs_lose_their_indentation_and_keep_their_bytes() {
    let text = "a = <<-EOT\n    {\n      \"b\": \"$${c}\"\n    }\n    EOT\nb = <<X\n  keep ${var.x} me\nX\nc = <<E\nE\n";
    let hcl = read(text);
    let a = text_of(value(&hcl, "a"));
    assert_eq!(a.value, "{\n  \"b\": \"${c}\"\n}\n");
    let at = a.value.find("\"b\"").expect("b");
    let span = a.file_span(at..at + 3);
    assert_eq!(text.get(span.range()), Some("\"b\""));
    let at = a.value.find("${c}").expect("c");
    assert_eq!(text.get(a.file_span(at..at + 4).range()), Some("$${c}"));
    let ExpressionKind::Template(parts) = &value(&hcl, "b").kind else {
        panic!("a template");
    };
    let [
        Part::Text(before),
        Part::Value(inside, whole),
        Part::Text(after),
    ] = parts.as_slice()
    else {
        panic!("{parts:?}");
    };
    assert_eq!(before.value, "  keep ");
    assert_eq!(source(text, *whole), "${var.x}");
    assert_eq!(source(text, inside.loc), "var.x");
    assert_eq!(after.value, " me\n");
    assert_eq!(text_of(value(&hcl, "c")).value, "");
}

#[test]
fn marks_trim_the_text_beside_them() {
    let text =
        "a = <<EOT\nx\n%{ if true ~}\n  yes\n%{ else ~}\n  no\n%{ endif ~}\n  ${~ 1 ~}  z\nEOT\n";
    let hcl = read(text);
    let ExpressionKind::Template(parts) = &value(&hcl, "a").kind else {
        panic!("a template");
    };
    let shown: Vec<String> = parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => format!("{:?}", text.value),
            Part::If {
                then, otherwise, ..
            } => {
                let inside = |parts: &[Part]| match parts {
                    [Part::Text(text)] => format!("{:?}", text.value),
                    other => format!("{other:?}"),
                };
                format!("if {} else {}", inside(then), inside(otherwise))
            }
            Part::Value(..) => "value".to_string(),
            Part::For { .. } => "for".to_string(),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "\"x\\n\"",
            "if \"yes\\n\" else \"no\\n\"",
            "\"\"",
            "value",
            "\"z\\n\""
        ]
    );
}

#[test]
fn faults_are_told_where_they_are() {
    for (text, at, message) in [
        ("a = {\n  b = 1\n", "{\n", "`{` is never closed"),
        ("a = [1, 2\nb = 3\n", "[1", "`[` is never closed"),
        (
            "a = \"x\nb = 1\n",
            "\"x",
            "quoted text does not end on its line",
        ),
        ("a = <<EOF\nx\n", "<<EOF", "heredoc has no end mark"),
        ("a = 1\n}\n", "}", "`}` closes nothing"),
        ("a = 1 /* x\n", "/* x", "comment does not end"),
        (
            "a = \n",
            "\n",
            "expected a value, found the end of the line",
        ),
        (
            "a = 1 b = 2\n",
            "b = 2",
            "expected the end of the line, found `b`",
        ),
        ("a b\n", "\n", ""),
        (
            "x {\n  a = 1\n  a = 2\n}\n",
            "a = 2",
            "`a` is set twice in this block",
        ),
    ] {
        let read = parse(FileId(0), text);
        let problem = read.problems.first().unwrap_or_else(|| panic!("{text}"));
        if message.is_empty() {
            continue;
        }
        assert_eq!(problem.message, message, "{text}");
        let rest = text.get(problem.loc.span.range().start..).expect("a place");
        assert!(rest.starts_with(at), "{text}: at {rest:?}");
        assert!(!problem.is_templated);
    }
    let templated = parse(FileId(0), "name = {{ cookiecutter.name }}\n");
    assert!(templated.problems.iter().all(|one| one.is_templated));
    assert!(!templated.problems.is_empty());
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("[", "]"), ("{a=", "}"), ("\"${", "}\""), ("f(", ")")] {
        let text = format!("a = {}1{}\n", open.repeat(5000), close.repeat(5000));
        let read = parse(FileId(0), &text);
        let kinds: Vec<_> = read.problems.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [ProblemKind::Limit], "{open}");
    }
}

#[test]
fn lines_end_nothing_in_the_braces_of_for() {
    let text = "a = {\n  for k, v in var.x : # each\n  k => v.b\n  ? { c = 1\n d = 2 }\n  : v\n}\nb = \"x\"\n";
    let hcl = read(text);
    let ExpressionKind::For(one) = &value(&hcl, "a").kind else {
        panic!("a for");
    };
    assert!(matches!(one.value.kind, ExpressionKind::Conditional(_)));
    assert_eq!(source(text, value(&hcl, "b").loc), "\"x\"");
    assert_eq!(hcl.comments.len(), 1);
}

#[test]
fn an_object_may_have_a_key_twice() {
    let text = "a = {\n  region = 1\n  b = \"é\"\n  region = 2\n  b = 2\n  \"x-${v}:sub\" = 3\n  \"x-${v}:sub\" = 4\n}\n";
    let hcl = read(text);
    let ExpressionKind::Object(items) = &value(&hcl, "a").kind else {
        panic!("an object");
    };
    let keys: Vec<&str> = items
        .iter()
        .map(|(key, _)| match key {
            Key::Name(name) => name.value.as_str(),
            Key::Computed(key) => source(text, key.loc),
        })
        .collect();
    let sub = "\"x-${v}:sub\"";
    assert_eq!(keys, ["region", "b", "region", "b", sub, sub]);
}

#[test]
fn crowds_are_bounded() {
    let items: String = (0..30_000).map(|at| format!("k{at} = 1\n")).collect();
    let read = parse(FileId(0), &format!("a = {{\n{items}}}\n"));
    let kinds: Vec<_> = read.problems.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [ProblemKind::Limit]);
}

#[test]
fn a_byte_order_mark_and_carriage_returns_do_no_harm() {
    let text = "\u{feff}a = \"b\"\r\nc = <<E\r\nx\r\nE\r\n# d\r\n";
    let hcl = read(text);
    assert_eq!(source(text, value(&hcl, "a").loc), "\"b\"");
    assert_eq!(text_of(value(&hcl, "c")).value, "x\r\n");
    assert_eq!(
        hcl.comments.first().map(|one| one.text.as_str()),
        Some(" d")
    );
}

#[test]
fn blocks_beside_a_fault_are_read() {
    let text = "provider \"aws\" {\n  region = \"eu-west-1\"\n}\n\nresource \"a\" \"b\" {\n  x =\n}\n\nlocals {\n  y = \"é\"\n}\n\nvariable \"z\" {\n  1\n}\n";
    let hcl = parse(FileId(0), text);
    let kinds: Vec<&str> = hcl
        .body
        .blocks
        .iter()
        .map(|one| one.kind.value.as_str())
        .collect();
    assert_eq!(kinds, ["provider", "locals"]);
    let locals = hcl.body.blocks.last().expect("the locals");
    let y = locals.body.attribute("y").expect("its value");
    assert_eq!(source(text, y.value.loc), "\"é\"");
    let at: Vec<&str> = hcl
        .problems
        .iter()
        .map(|one| source(text, one.loc))
        .collect();
    assert_eq!(at, ["\n", "1"]);
}

#[test]
fn a_block_that_is_never_closed_takes_no_other_with_it() {
    let text = "resource \"a\" \"b\" {\n  x = [\n\nmodule \"c\" {\n  source = \"./c\"\n}\n";
    let hcl = parse(FileId(0), text);
    let kinds: Vec<&str> = hcl
        .body
        .blocks
        .iter()
        .map(|one| one.kind.value.as_str())
        .collect();
    assert_eq!(kinds, ["module"]);
    assert_eq!(hcl.problems.len(), 1);
}

fn each_text<'e>(expression: &'e Expression, visit: &mut dyn FnMut(&'e Text<'static>)) {
    match &expression.kind {
        ExpressionKind::Text(text) => visit(text),
        ExpressionKind::Template(parts) => {
            for part in parts {
                match part {
                    Part::Text(text) => visit(text),
                    Part::Value(inside, _) => each_text(inside, visit),
                    _ => {}
                }
            }
        }
        ExpressionKind::List(items) => items.iter().for_each(|item| each_text(item, visit)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn text_without_escapes_stands_where_it_says(
        words in proptest::collection::vec("[a-zäé:/*. -]{0,12}", 1..6),
    ) {
        let list: Vec<String> = words
            .iter()
            .map(|word| format!("\"{word}${{var.x}}{word}\\n{word}\""))
            .collect();
        let text = format!("v = [\n  {},\n]\n", list.join(",\n  "));
        let hcl = read(&text);
        each_text(value(&hcl, "v"), &mut |decoded| {
            for (at, c) in decoded.value.char_indices() {
                let span = decoded.file_span(at..at + c.len_utf8());
                let expected = if c == '\n' { "\\n".to_string() } else { c.to_string() };
                assert_eq!(text.get(span.range()), Some(expected.as_str()));
            }
        });
    }

    #[test]
    fn nothing_panics(text in "[a-z =\\[\\]{}\"$%<>#/*\\n\\\\~é!?:.,()-]{0,60}") {
        let read = parse(FileId(0), &text);
        for problem in read.problems {
            prop_assert!(text.get(problem.loc.span.range()).is_some());
        }
        let _ = parse_template(FileId(0), &text, 0);
    }
}
