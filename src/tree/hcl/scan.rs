//! Reads HCL only as far as brackets, quotes and comments: finds the comments, and where a file does not parse, what was
//! left open.

use crate::source::{FileId, Loc, Span};
use crate::tree::Comment;

/// What the scan found.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The comments, in order.
    pub(super) comments: Vec<Comment>,
    /// The first thing that does not pair up.
    pub(super) unpaired: Option<Unpaired>,
    /// The deepest nesting of brackets, blocks and templates, and where it is reached.
    pub(super) deepest: (usize, usize),
    /// A brace with more lines or items directly in it than are read, as the parser compares each key with each other.
    pub(super) crowded: Option<usize>,
    /// Line ends and comments that stand directly in the braces of a `for` expression, where they mean nothing.
    pub(super) idle: Vec<std::ops::Range<usize>>,
}

/// Most lines and items directly in one pair of brackets.
pub(super) const MOST_LINES: usize = 10_000;

/// Something that does not pair up, and where it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unpaired {
    /// A bracket that is never closed.
    Opened(char, usize),
    /// A bracket that closes nothing, or something else than is open.
    Closed(char, usize),
    /// A quoted text that does not end on its line.
    Quote(usize),
    /// A heredoc whose end mark does not come.
    Heredoc(usize),
    /// A comment that does not end.
    Comment(usize),
}

/// What is open.
enum Open {
    Bracket(u8, usize),
    /// `{` before `for`.
    ForBrace(usize),
    /// `${` or `%{` inside of a text.
    Interpolation(usize),
    Quote(usize),
    Heredoc(String, usize),
}

/// Scans `text`.
pub(super) fn scan(file: FileId, text: &str) -> Scan {
    let mut scanner = Scanner {
        file,
        text,
        bytes: text.as_bytes(),
        at: 0,
        open: Vec::new(),
        lines: Vec::new(),
        found: Scan::default(),
    };
    while scanner.at < scanner.bytes.len() && scanner.found.unpaired.is_none() {
        match scanner.open.last() {
            Some(Open::Quote(start)) => {
                let start = *start;
                scanner.quoted(start);
            }
            Some(Open::Heredoc(..)) => scanner.heredoc(),
            _ => scanner.code(),
        }
    }
    // What was opened last and is still open is the nearest to the mistake.
    let left = scanner.open.iter().rev().find_map(|open| match open {
        Open::Heredoc(_, start) => Some(Unpaired::Heredoc(*start)),
        Open::Quote(start) => Some(Unpaired::Quote(*start)),
        Open::Bracket(..) | Open::ForBrace(_) | Open::Interpolation(_) => None,
    });
    let bracket = scanner.open.iter().rev().find_map(|open| match open {
        Open::Bracket(bracket, start) => Some(Unpaired::Opened(char::from(*bracket), *start)),
        Open::ForBrace(start) | Open::Interpolation(start) => Some(Unpaired::Opened('{', *start)),
        Open::Quote(_) | Open::Heredoc(..) => None,
    });
    scanner.found.unpaired = scanner.found.unpaired.or(left).or(bracket);
    scanner.found
}

struct Scanner<'t> {
    file: FileId,
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    open: Vec<Open>,
    /// For each that is open, how many lines and items have ended directly in it.
    lines: Vec<usize>,
    found: Scan,
}

impl Scanner<'_> {
    fn byte(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.at + offset).copied()
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, open: Open) {
        self.open.push(open);
        self.lines.push(0);
        if self.open.len() > self.found.deepest.0 {
            self.found.deepest = (self.open.len(), self.at);
        }
    }

    fn code(&mut self) {
        let Some(byte) = self.byte(0) else { return };
        match byte {
            b'#' => self.line_comment(1),
            b'/' if self.byte(1) == Some(b'/') => self.line_comment(2),
            b'/' if self.byte(1) == Some(b'*') => self.block_comment(),
            b'"' => {
                self.push(Open::Quote(self.at));
                self.at += 1;
            }
            b'{' if self.is_for() => {
                self.push(Open::ForBrace(self.at));
                self.at += 1;
            }
            b'(' | b'[' | b'{' => {
                self.push(Open::Bracket(byte, self.at));
                self.at += 1;
            }
            b'\n' | b'\r' | b',' => {
                if let Some(lines) = self.lines.last_mut() {
                    *lines += 1;
                    if *lines > MOST_LINES && self.found.crowded.is_none() {
                        self.found.crowded = Some(self.at);
                    }
                }
                if byte != b',' && matches!(self.open.last(), Some(Open::ForBrace(_))) {
                    self.found.idle.push(self.at..self.at + 1);
                }
                self.at += 1;
            }
            b')' | b']' | b'}' => self.close(byte),
            b'<' if self.byte(1) == Some(b'<') => self.heredoc_start(),
            _ => self.at += 1,
        }
    }

    fn close(&mut self, byte: u8) {
        let pairs = match self.open.last() {
            Some(Open::Bracket(open, _)) => {
                matches!((*open, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
            }
            Some(Open::ForBrace(_) | Open::Interpolation(_)) => byte == b'}',
            _ => false,
        };
        if pairs {
            self.open.pop();
            self.lines.pop();
            self.at += 1;
            return;
        }
        // A bracket that another one should have closed before: the one that was left open is the mistake.
        self.found.unpaired = Some(match self.open.last() {
            Some(Open::Bracket(open, start)) => Unpaired::Opened(char::from(*open), *start),
            Some(Open::ForBrace(start) | Open::Interpolation(start)) => {
                Unpaired::Opened('{', *start)
            }
            _ => Unpaired::Closed(char::from(byte), self.at),
        });
    }

    fn line_comment(&mut self, marker: usize) {
        let rest = self.rest();
        let end = rest.iter().position(|byte| *byte == b'\n');
        let end = self.at + end.unwrap_or(rest.len());
        let until = if self
            .bytes
            .get(..end)
            .is_some_and(|text| text.ends_with(b"\r"))
        {
            end - 1
        } else {
            end
        };
        self.comment(self.at, until, self.at + marker, until);
        self.at = end;
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let inside = self.text.get(start + 2..).unwrap_or("");
        match inside.find("*/") {
            Some(length) => {
                let end = start + 2 + length;
                self.comment(start, end + 2, start + 2, end);
                self.at = end + 2;
            }
            None => self.found.unpaired = Some(Unpaired::Comment(start)),
        }
    }

    /// Whether the brace here opens a `for` expression.
    fn is_for(&self) -> bool {
        let rest = self.text.get(self.at + 1..).unwrap_or("").trim_start();
        rest.strip_prefix("for")
            .is_some_and(|rest| rest.starts_with(char::is_whitespace))
    }

    fn comment(&mut self, start: usize, end: usize, text_start: usize, text_end: usize) {
        if let Some(Open::ForBrace(_)) = self.open.last() {
            self.found.idle.push(start..end);
        }
        let before = self.text.get(..start).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or("");
        self.found.comments.push(Comment {
            loc: Loc::new(self.file, Span::new(start, end)),
            text: self
                .text
                .get(text_start..text_end)
                .unwrap_or("")
                .to_string(),
            own_line: line.trim_start_matches('\u{feff}').trim().is_empty(),
        });
    }

    fn quoted(&mut self, start: usize) {
        match (self.byte(0), self.byte(1), self.byte(2)) {
            (Some(b'\\'), ..) => self.at += 2,
            (Some(b'"'), ..) => {
                self.open.pop();
                self.lines.pop();
                self.at += 1;
            }
            (Some(b'$'), Some(b'$'), Some(b'{')) | (Some(b'%'), Some(b'%'), Some(b'{')) => {
                self.at += 3;
            }
            (Some(b'$' | b'%'), Some(b'{'), _) => {
                self.push(Open::Interpolation(self.at + 1));
                self.at += 2;
            }
            (Some(b'\n'), ..) => self.found.unpaired = Some(Unpaired::Quote(start)),
            _ => self.at += 1,
        }
    }

    fn heredoc_start(&mut self) {
        let start = self.at;
        let rest = self.text.get(start + 2..).unwrap_or("");
        let name = rest.strip_prefix('-').unwrap_or(rest);
        let length = name
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .unwrap_or(name.len());
        let after = name.get(length..).unwrap_or("");
        let line_end = if after.starts_with("\r\n") { 2 } else { 1 };
        if length == 0 || !after.starts_with(['\n', '\r']) {
            self.at += 2;
            return;
        }
        let mark = name.get(..length).unwrap_or("").to_string();
        self.push(Open::Heredoc(mark, start));
        self.at += 2 + (rest.len() - name.len()) + length + line_end;
        self.heredoc_end_here();
    }

    /// Goes past the end mark if it stands on the line that starts here.
    fn heredoc_end_here(&mut self) {
        let Some(Open::Heredoc(mark, _)) = self.open.last() else {
            return;
        };
        let rest = self.text.get(self.at..).unwrap_or("");
        let line = rest.lines().next().unwrap_or("");
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let after = line.get(indent..).unwrap_or("").strip_prefix(mark.as_str());
        let ends = after.is_some_and(|after| {
            !after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
        });
        if ends {
            self.at += indent + mark.len();
            self.open.pop();
            self.lines.pop();
        }
    }

    fn heredoc(&mut self) {
        match (self.byte(0), self.byte(1), self.byte(2)) {
            (Some(b'$'), Some(b'$'), Some(b'{')) | (Some(b'%'), Some(b'%'), Some(b'{')) => {
                self.at += 3;
            }
            (Some(b'$' | b'%'), Some(b'{'), _) => {
                self.push(Open::Interpolation(self.at + 1));
                self.at += 2;
            }
            (Some(b'\n'), ..) => {
                self.at += 1;
                self.heredoc_end_here();
            }
            _ => self.at += 1,
        }
    }
}
