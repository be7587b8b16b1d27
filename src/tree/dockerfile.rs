//! Dockerfiles: the document is the list of their instructions, each a map of its name and what follows it.
//!
//! Lines that go on in the next one are joined, comments between them and the bodies of heredocs are left out, and every
//! byte keeps its way back to the file. What the instructions mean is not looked at here.
//!
//! <https://docs.docker.com/reference/dockerfile/#format>

use super::{Comment, Document, Entry, Node, NodeKind, Parsed, Style, Text};
use crate::source::{FileId, Loc, Span, Spanned, file_name};
use std::borrow::Cow;

/// Endings of other syntaxes, whose files are no Dockerfiles whatever they begin with.
const OTHER_SYNTAXES: &[&str] = &[
    ".json", ".jsonc", ".yaml", ".yml", ".tf", ".tofu", ".tfvars",
];

/// Most comment and empty lines before the first instruction that are looked at.
const LONGEST_HEAD: usize = 200;

/// Whether a file is a Dockerfile: one that is called so and has a `FROM`, or one whose first instruction is `FROM` or an
/// `ARG` before it.
pub fn is_dockerfile(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if file_name::is_dockerfile(name) {
        return text.lines().any(|line| is_instruction(line, "FROM"));
    }
    let lower = name.to_ascii_lowercase();
    if OTHER_SYNTAXES.iter().any(|ending| lower.ends_with(ending)) {
        return false;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text
        .lines()
        .take(LONGEST_HEAD)
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with('#'));
    match first {
        Some(line) if line.starts_with("FROM ") => true,
        Some(line) if line.starts_with("ARG ") => {
            text.lines().any(|line| line.starts_with("FROM "))
        }
        _ => false,
    }
}

fn is_instruction(line: &str, name: &str) -> bool {
    let line = line.trim_start_matches('\u{feff}').trim_start();
    line.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name))
        && line
            .get(name.len()..)
            .is_some_and(|rest| rest.starts_with([' ', '\t', '\\', '`']))
}

/// Reads a Dockerfile.
pub fn parse(file: FileId, text: &str) -> Parsed<'_> {
    let mut reader = Reader {
        file,
        text,
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        escape: '\\',
        heredocs_end: true,
        parsed: Parsed::default(),
        instructions: Vec::new(),
    };
    reader.directives();
    while reader.at < text.len() {
        reader.instruction();
    }
    let root = Node::new(
        Loc::new(file, Span::new(0, text.len())),
        NodeKind::List(reader.instructions),
    );
    reader.parsed.documents.push(Document { file, root });
    reader.parsed
}

struct Reader<'s> {
    file: FileId,
    text: &'s str,
    at: usize,
    escape: char,
    /// Whether every heredoc so far had an end. A file in which one has none is none that docker reads.
    heredocs_end: bool,
    parsed: Parsed<'s>,
    instructions: Vec<Node<'s>>,
}

/// One line without its end: where it starts, and its text.
#[derive(Clone, Copy)]
struct Line<'s> {
    start: usize,
    text: &'s str,
}

impl<'s> Reader<'s> {
    /// The line at the cursor, which moves behind it.
    fn line(&mut self) -> Line<'s> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let line = Line {
            start: self.at,
            text: rest
                .get(..length)
                .unwrap_or(rest)
                .trim_end_matches(['\n', '\r']),
        };
        self.at += length;
        line
    }

    /// `# escape=` and its kin, which stand before everything else.
    fn directives(&mut self) {
        loop {
            let before = self.at;
            if before >= self.text.len() {
                return;
            }
            let line = self.line();
            let directive = line.text.trim().strip_prefix('#').and_then(|comment| {
                let (name, value) = comment.split_once('=')?;
                let name = name.trim();
                let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric());
                is_word.then_some((name, value.trim()))
            });
            let Some((name, value)) = directive else {
                self.at = before;
                return;
            };
            if name.eq_ignore_ascii_case("escape")
                && let Some(escape) = value.chars().next()
            {
                self.escape = escape;
            }
        }
    }

    /// Notes a comment; `false` if the line is none.
    fn comment(&mut self, line: Line<'s>) -> bool {
        let indent = line.text.len() - line.text.trim_start().len();
        let Some(comment) = line.text.trim_start().strip_prefix('#') else {
            return false;
        };
        let span = Span::new(line.start + indent, line.start + line.text.len());
        self.parsed.comments.push(Comment {
            loc: Loc::new(self.file, span),
            text: comment.to_string(),
            own_line: true,
        });
        true
    }

    fn instruction(&mut self) {
        let first = self.line();
        if first.text.trim().is_empty() || self.comment(first) {
            return;
        }
        let indent = first.text.len() - first.text.trim_start().len();
        let mut pieces = vec![Line {
            start: first.start + indent,
            text: first.text.trim_start(),
        }];
        while let Some(last) = pieces.last_mut()
            && let Some(kept) = last
                .text
                .trim_end_matches([' ', '\t'])
                .strip_suffix(self.escape)
        {
            last.text = kept;
            match self.next_piece() {
                Some(line) => pieces.push(line),
                None => break,
            }
        }
        let end = pieces
            .last()
            .map_or(self.at, |line| line.start + line.text.len());
        let whole = joined(&pieces);
        let name_end = whole
            .value
            .find(char::is_whitespace)
            .unwrap_or(whole.value.len());
        let name = whole
            .value
            .get(..name_end)
            .unwrap_or("")
            .to_ascii_uppercase();
        let rest = whole.value.get(name_end..).unwrap_or("");
        let from = name_end + (rest.len() - rest.trim_start().len());
        let value = part(&whole, from);
        let end = if matches!(name.as_str(), "RUN" | "COPY" | "ADD") {
            self.heredocs(&value.value).unwrap_or(end)
        } else {
            end
        };
        let start = pieces.first().map_or(0, |line| line.start);
        let key = Loc::new(self.file, whole.file_span(0..name_end));
        let value_span = value.file_span(0..value.value.len());
        let entry = Entry {
            key: Spanned::new(Cow::Owned(name), key),
            value: Node::new(Loc::new(self.file, value_span), NodeKind::Text(value)),
        };
        let loc = Loc::new(self.file, Span::new(start, end));
        self.instructions
            .push(Node::new(loc, NodeKind::Map(vec![entry])));
    }

    /// The next line of an instruction: comments and empty lines between are none.
    fn next_piece(&mut self) -> Option<Line<'s>> {
        while self.at < self.text.len() {
            let line = self.line();
            if !line.text.trim().is_empty() && !self.comment(line) {
                return Some(line);
            }
        }
        None
    }

    /// Leaves out the bodies of the heredocs that an instruction starts; gives the end of the last.
    fn heredocs(&mut self, arguments: &str) -> Option<usize> {
        let mut end = None;
        for word in arguments.split_whitespace() {
            let Some((name, strips_tabs)) = heredoc(word).filter(|_| self.heredocs_end) else {
                continue;
            };
            let start = self.at;
            loop {
                if self.at >= self.text.len() {
                    self.at = start;
                    self.heredocs_end = false;
                    break;
                }
                let line = self.line();
                let text = if strips_tabs {
                    line.text.trim_start_matches('\t')
                } else {
                    line.text
                };
                if text == name {
                    end = Some(line.start + line.text.len());
                    break;
                }
            }
        }
        end
    }
}

/// The name that ends the heredoc which a word (`<<EOF`, `3<<-"EOF"`) starts, and whether tabs before it count for nothing.
fn heredoc(word: &str) -> Option<(&str, bool)> {
    let rest = word
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .strip_prefix("<<")?;
    let (name, strips_tabs) = match rest.strip_prefix('-') {
        Some(name) => (name, true),
        None => (rest, false),
    };
    let name = ['"', '\'']
        .iter()
        .find_map(|quote| name.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(name);
    let is_name = !name.is_empty() && !name.contains(['<', '"', '\'']);
    is_name.then_some((name, strips_tabs))
}

/// Lines as one text.
fn joined<'s>(pieces: &[Line<'s>]) -> Text<'s> {
    if let [only] = pieces {
        return Text::verbatim(
            only.text,
            Style::Plain,
            Span::new(only.start, only.start).start,
        );
    }
    let mut value = String::new();
    let mut runs = Vec::new();
    for piece in pieces {
        let (from, to) = (Span::new(value.len(), value.len()).start, piece.start);
        runs.push((from, Span::new(to, to).start));
        value.push_str(piece.text);
        // Where the text ends before what was left out.
        let end = piece.start + piece.text.len();
        let from = Span::new(value.len(), value.len()).start;
        runs.push((from, Span::new(end, end).start));
    }
    Text {
        value: Cow::Owned(value),
        style: Style::Plain,
        runs,
        holes: Box::default(),
    }
}

/// The rest of a text from a byte on.
fn part<'s>(whole: &Text<'s>, from: usize) -> Text<'s> {
    let offset = Span::new(from, from).start;
    let mut runs: Vec<(u32, u32)> = vec![(0, whole.file_offset(from))];
    let later = whole.runs.iter().filter(|(decoded, _)| *decoded > offset);
    runs.extend(later.map(|(decoded, file)| (decoded - offset, *file)));
    let value = match &whole.value {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(from..).unwrap_or("")),
        Cow::Owned(text) => Cow::Owned(text.get(from..).unwrap_or("").trim_end().to_string()),
    };
    let value = match value {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end()),
        owned => owned,
    };
    Text {
        value,
        style: Style::Plain,
        runs,
        holes: Box::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let parsed = parse(FileId::NONE, text);
        let root = &parsed.documents[0].root;
        root.items()
            .iter()
            .flat_map(Node::entries)
            .map(|entry| {
                let value = entry.value.as_str().unwrap_or("").to_string();
                (entry.key.value.to_string(), value)
            })
            .collect()
    }

    fn shown(text: &str) -> String {
        let lines: Vec<String> = read(text)
            .into_iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        lines.join(" | ")
    }

    #[test]
    fn instructions_are_told_apart() {
        for (text, expected) in [
            ("FROM a\nRUN b\n", "FROM a | RUN b"),
            ("from a\r\n\r\n  run  b  \r\n", "FROM a | RUN b"),
            ("# c\nFROM \\\n  # no\n\n  a AS b\n", "FROM a AS b"),
            ("RUN a && \\  \n b", "RUN a &&  b"),
            ("# escape=`\nFROM a\\\nRUN b `\n c", "FROM a\\ | RUN b  c"),
            ("# c\n# escape=`\nRUN a `\nFROM b", "RUN a ` | FROM b"),
            ("RUN <<EOF\nFROM x\nEOF\nFROM b", "RUN <<EOF | FROM b"),
            (
                "RUN <<-'E' cat\nFROM x\n\t\tE\nFROM b",
                "RUN <<-'E' cat | FROM b",
            ),
            (
                "COPY <<A <<B /x\n1\nA\nFROM 2\nB\nFROM b",
                "COPY <<A <<B /x | FROM b",
            ),
            ("RUN <<EOF\nFROM x\n", "RUN <<EOF | FROM x"),
            ("\u{feff}FROM a", "FROM a"),
            ("RUN a \\", "RUN a"),
            ("", ""),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_byte_knows_its_place() {
        let text = "FROM \\\n --platform=x \\\n  # why\n  host/im\\\nage AS b\n";
        let parsed = parse(FileId::NONE, text);
        let entry = &parsed.documents[0].root.items()[0].entries()[0];
        let value = entry.value.as_text().expect("a text");
        for word in ["--platform=x", "host/im", "AS", "b"] {
            let at = value.value.find(word).expect(word);
            let span = value.file_span(at..at + word.len());
            assert_eq!(text.get(span.range()), Some(word));
        }
        let at = value.value.find("host/image").expect("joined");
        let span = value.file_span(at..at + "host/image".len());
        assert_eq!(text.get(span.range()), Some("host/im\\\nage"));
        assert_eq!(parsed.comments.len(), 1);
    }

    #[test]
    fn dockerfiles_are_known_by_name_or_first_instruction() {
        for (path, text) in [
            ("a/Dockerfile", "# x\nfrom a"),
            ("Dockerfile.web", "{{ head }}\nFROM a"),
            ("web", "# syntax=docker/dockerfile:1\n\nFROM a"),
            ("web.tpl", "ARG A=1\nFROM a:$A"),
        ] {
            assert!(is_dockerfile(path, text), "{path}");
        }
        for (path, text) in [
            ("Dockerfile", "just words"),
            ("a.yaml", "FROM a"),
            ("notes", "From a to b"),
            ("notes", "ARG"),
        ] {
            assert!(!is_dockerfile(path, text), "{path}");
        }
    }

    #[test]
    fn hostile_texts_end_soon() {
        for text in [
            "RUN <<A\n".repeat(50_000),
            "\\\n".repeat(100_000),
            "# x\n".repeat(100_000),
            "FROM a \\\n".repeat(100_000),
            format!("RUN {}", "<<A ".repeat(50_000)),
        ] {
            parse(FileId::NONE, &text);
        }
    }
}
