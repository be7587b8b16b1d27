//! Documents as trees: `fixtures/documents/<case>.json` or `.yaml` drawn next to its own bytes in `<case>.snap`.
//!
//! Under each line stands what the file holds at that place, so a wrong place is seen at once. `SNAPSHOTS=overwrite`
//! writes the drawings; read them then as if a colleague had sent them.

use ecrlint::source::{FileId, Loc, SourceFile};
use ecrlint::tree::{self, Node, NodeKind, Problem, Style, Syntax, embed};
use snapbox::{Assert, Data};
use std::fmt::Write;
use std::path::Path;

#[test]
fn documents_are_read_as_drawn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/documents");
    let mut cases: Vec<_> = std::fs::read_dir(&folder)
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending != "snap"))
        .collect();
    cases.sort();
    assert!(cases.len() > 10, "the fixtures are where they were");
    let assert = Assert::new().action_env("SNAPSHOTS");
    for path in cases {
        let text = std::fs::read_to_string(&path).expect("a text");
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let drawing = Drawing::new(SourceFile::new(name, text)).draw();
        assert.eq(
            drawing,
            Data::read_from(&path.with_extension("snap"), None).raw(),
        );
    }
}

struct Drawing {
    file: SourceFile,
    out: String,
}

impl Drawing {
    fn new(file: SourceFile) -> Self {
        Drawing {
            file,
            out: String::new(),
        }
    }

    fn draw(mut self) -> String {
        let file = self.file.clone();
        let parsed = tree::parse(FileId(0), &file.text, Syntax::of(&file.path, &file.text));
        for document in &parsed.documents {
            self.line(0, "document");
            self.node(1, "", &document.root);
        }
        for comment in &parsed.comments {
            let own = if comment.own_line {
                " on its own line"
            } else {
                ""
            };
            self.line(0, &format!("comment{own} {:?}", comment.text));
            self.source(1, comment.loc);
        }
        self.problems(0, &parsed.problems);
        self.out
    }

    fn line(&mut self, depth: usize, text: &str) {
        writeln!(self.out, "{}{text}", "  ".repeat(depth)).expect("memory");
    }

    /// The place, and what stands there.
    fn source(&mut self, depth: usize, loc: Loc) {
        let at = self.file.position(loc.span.start);
        let source = self
            .file
            .text
            .get(loc.span.range())
            .expect("a place in the text");
        self.line(depth, &format!("@{}:{} {source:?}", at.line, at.column));
    }

    fn problems(&mut self, depth: usize, problems: &[Problem]) {
        for problem in problems {
            let templated = if problem.is_templated {
                " (template)"
            } else {
                ""
            };
            self.line(
                depth,
                &format!("problem {:?}{templated}: {}", problem.kind, problem.message),
            );
            if let Some(hint) = &problem.hint {
                self.line(depth + 1, &format!("hint: {hint}"));
            }
            self.source(depth + 1, problem.loc);
        }
    }

    fn node(&mut self, depth: usize, label: &str, node: &Node<'_>) {
        let mut head = label.to_string();
        if let Some(tag) = &node.tag {
            write!(head, "{} ", tag.value).expect("memory");
        }
        match &node.kind {
            NodeKind::Null => head.push_str("null"),
            NodeKind::Bool(value) => write!(head, "{value}").expect("memory"),
            NodeKind::Number(number) => write!(head, "number {number}").expect("memory"),
            NodeKind::Text(text) => {
                write!(head, "{} {:?}", style(text.style), text.value).expect("memory")
            }
            NodeKind::List(_) => head.push_str("list"),
            NodeKind::Map(_) => head.push_str("map"),
            NodeKind::Unknown(unknown) => write!(head, "unknown {}", unknown.name).expect("memory"),
        }
        self.line(depth, &head);
        if let Some(alias) = node.alias {
            self.line(depth + 1, "by the alias");
            self.source(depth + 1, alias);
        }
        if !node.is_list() && !node.is_map() {
            self.source(depth + 1, node.loc);
        }
        self.words(depth + 1, node);
        for item in node.items() {
            self.node(depth + 1, "- ", item);
        }
        for entry in node.entries() {
            self.line(depth + 1, &format!("key {:?}", entry.key.value));
            self.source(depth + 2, entry.key.loc);
            self.node(depth + 2, "", &entry.value);
        }
        if let Some(inside) = embed::json_in(node) {
            for document in &inside.documents {
                self.node(depth + 1, "holds ", &document.root);
            }
            self.problems(depth + 1, &inside.problems);
        }
    }

    /// Each word of a string that is not written as it reads, with its bytes.
    fn words(&mut self, depth: usize, node: &Node<'_>) {
        let Some(text) = node.as_text() else { return };
        if text.runs.len() < 2 {
            return;
        }
        let mut at = 0;
        for word in text.value.split_inclusive([' ', '\n']) {
            let range = at..at + word.len();
            at = range.end;
            let source = self
                .file
                .text
                .get(text.file_span(range).range())
                .expect("a place in the text");
            if source != word {
                self.line(depth, &format!("{word:?} is {source:?}"));
            }
        }
    }
}

fn style(style: Style) -> &'static str {
    match style {
        Style::Plain => "plain",
        Style::SingleQuoted => "single",
        Style::DoubleQuoted => "double",
        Style::Literal => "literal",
        Style::Folded => "folded",
    }
}
