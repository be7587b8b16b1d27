//! The way from the decoded text of a YAML scalar back to its bytes.
//!
//! The parser hands over decoded text. Here the source is walked again by the rules of YAML 1.2.2 (line folding §6.5,
//! double-quoted escapes §5.7, flow scalars §7.3, block scalars §8.1), and each byte of the value gets its place. The
//! walk trusts that the source was accepted, and is checked against the length of the parser's value: should they ever
//! disagree, the caller gets `None` and must do without.

use crate::source::Span;
use crate::tree::Style;
use crate::tree::runs::RunMap;

/// The runs of a plain or quoted scalar. `inside` is its source without quotes and starts at byte `start`.
pub(super) fn flow_runs(
    inside: &str,
    start: usize,
    style: Style,
    decoded_len: usize,
) -> Option<Vec<(u32, u32)>> {
    let mut walk = Walk::new(inside, start);
    while let Some(c) = walk.peek() {
        match c {
            ' ' | '\t' => {
                let blank = walk.blank_len();
                if walk.break_len_at(blank) > 0 {
                    walk.fold(blank);
                } else {
                    walk.copy(blank);
                }
            }
            '\n' | '\r' => walk.fold(0),
            '\'' if style == Style::SingleQuoted => walk.replace(2, 1),
            '\\' if style == Style::DoubleQuoted => walk.escape(),
            _ => {
                let stop = |c: char| {
                    matches!(c, ' ' | '\t' | '\n' | '\r')
                        || (c == '\'' && style == Style::SingleQuoted)
                        || (c == '\\' && style == Style::DoubleQuoted)
                };
                let len = walk.rest().find(stop).unwrap_or(walk.rest().len());
                walk.copy(len);
            }
        }
    }
    walk.finish(decoded_len)
}

/// The runs of a block scalar. `lines` is its source from the line after the header on and starts at byte `start`;
/// `indent` is how many spaces each line loses. Line breaks at the end that chomping takes away lie past `decoded_len`.
pub(super) fn block_runs(
    lines: &str,
    start: usize,
    style: Style,
    indent: usize,
    decoded_len: usize,
) -> Option<Vec<(u32, u32)>> {
    let mut walk = Walk::new(lines, start);
    walk.limit = decoded_len;
    // The line breaks since the last line with text: (blanks before it, its length).
    let mut breaks: Vec<(usize, usize)> = Vec::new();
    let mut skipped = 0;
    let mut last = None;
    loop {
        let line = walk.rest().get(skipped..).unwrap_or("");
        if line.is_empty() {
            break;
        }
        let text_len = line.find(['\n', '\r']).unwrap_or(line.len());
        let break_len = break_len(line.get(text_len..).unwrap_or(""));
        let spaces = line
            .bytes()
            .take(indent)
            .take_while(|byte| *byte == b' ')
            .count();
        if spaces >= text_len {
            // A line without text may be shorter than the indentation. Spaces at the end of the file are no line.
            if break_len == 0 {
                break;
            }
            breaks.push((text_len, break_len));
            skipped += text_len + break_len;
            continue;
        }
        let kind = match line.as_bytes().get(spaces) {
            Some(b' ' | b'\t') => Line::MoreIndented,
            _ => Line::Text,
        };
        let folds = style == Style::Folded && last == Some(Line::Text) && kind == Line::Text;
        if folds && breaks.len() == 1 {
            walk.replace(skipped, 1);
        } else {
            for (at, (blank, len)) in breaks.iter().enumerate() {
                if folds && at == 0 {
                    walk.skip(blank + len);
                } else {
                    walk.skip(*blank);
                    walk.line_break(*len);
                }
            }
        }
        breaks.clear();
        skipped = break_len;
        walk.skip(spaces);
        walk.copy(text_len - spaces);
        last = Some(kind);
        if break_len > 0 {
            breaks.push((0, break_len));
        } else {
            // The file ends within the last line, which counts as ended all the same.
            walk.replace(0, 1);
        }
    }
    for (blank, len) in breaks {
        walk.skip(blank);
        walk.line_break(len);
    }
    walk.finish(decoded_len)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Text,
    /// A line that starts with white space of its own, which folding leaves alone.
    MoreIndented,
}

/// One walk over the source of a scalar.
struct Walk<'t> {
    text: &'t str,
    at: usize,
    map: RunMap,
    /// Nothing is decoded past this many bytes.
    limit: usize,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str, start: usize) -> Self {
        Walk {
            text,
            at: 0,
            map: RunMap::new(Span::new(start, start).start),
            limit: usize::MAX,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn is_full(&self) -> bool {
        self.map.decoded() >= self.limit
    }

    fn copy(&mut self, len: usize) {
        if !self.is_full() {
            self.map.copy(len.min(self.limit - self.map.decoded()));
        }
        self.at += len;
    }

    fn replace(&mut self, written: usize, decoded: usize) {
        if !self.is_full() {
            self.map.replace(written, decoded);
        }
        self.at += written;
    }

    fn skip(&mut self, written: usize) {
        if !self.is_full() {
            self.map.skip(written);
        }
        self.at += written;
    }

    /// A line break of `len` bytes, which decodes to LF.
    fn line_break(&mut self, len: usize) {
        if self.rest().starts_with('\n') {
            self.copy(len);
        } else {
            self.replace(len, 1);
        }
    }

    fn blank_len(&self) -> usize {
        let rest = self.rest();
        rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }

    fn break_len_at(&self, ahead: usize) -> usize {
        break_len(self.rest().get(ahead..).unwrap_or(""))
    }

    /// A line break after `blank` bytes of white space, with the empty lines and the white space after it: one space, or
    /// as many line feeds as there are empty lines.
    fn fold(&mut self, blank: usize) {
        let first = blank + self.break_len_at(blank);
        let mut ahead = first;
        let mut empty = Vec::new();
        loop {
            let rest = self.rest().get(ahead..).unwrap_or("");
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            match self.break_len_at(ahead + blank) {
                0 => {
                    ahead += blank;
                    break;
                }
                len => {
                    empty.push((blank, len));
                    ahead += blank + len;
                }
            }
        }
        if empty.is_empty() {
            self.replace(ahead, 1);
            return;
        }
        let end = self.at + ahead;
        self.skip(first);
        for (blank, len) in empty {
            self.skip(blank);
            self.line_break(len);
        }
        self.skip(end - self.at);
    }

    fn escape(&mut self) {
        let after = self.rest().get(1..).unwrap_or("");
        let break_len = break_len(after);
        if break_len > 0 {
            // An escaped line break joins the lines; empty lines after it still count.
            self.skip(1 + break_len);
            loop {
                let blank = self.blank_len();
                let len = self.break_len_at(blank);
                self.skip(blank);
                if len == 0 {
                    return;
                }
                self.line_break(len);
            }
        }
        let digits =
            |len: usize| u32::from_str_radix(after.get(1..=len).unwrap_or(""), 16).unwrap_or(0);
        let utf8 = |code: u32| char::from_u32(code).map_or(3, char::len_utf8);
        let (written, decoded) = match after.chars().next() {
            Some('x') => (4, utf8(digits(2))),
            Some('u') => match digits(4) {
                0xD800..=0xDBFF => (12, 4),
                code => (6, utf8(code)),
            },
            Some('U') => (10, utf8(digits(8))),
            Some('N' | '_') => (2, 2),
            Some('L' | 'P') => (2, 3),
            _ => (2, 1),
        };
        self.replace(written, decoded);
    }

    fn finish(self, decoded_len: usize) -> Option<Vec<(u32, u32)>> {
        (self.map.decoded() == decoded_len).then(|| self.map.finish())
    }
}

/// How long the line break at the start of `text` is; 0 if there is none.
pub(super) fn break_len(text: &str) -> usize {
    match text.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}
