//! Places in files: byte spans, and the index that turns bytes into lines and columns.
//!
//! Everything inside ecrlint counts bytes. Lines and columns exist only at the edge, where a renderer
//! asks for them, so no room can mix the two.

use super::FileId;

/// A half-open byte range inside one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`; offsets past `u32::MAX` are clamped (files that large are never parsed).
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span {
            start: clamp(start),
            end: clamp(end.max(start)),
        }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the span covers no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The byte range, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies wholly inside this span.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn cover(self, other: Span) -> Span {
        Span {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// A byte range in a known file. Twelve bytes and `Copy`, so that no lifetime runs through the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loc {
    /// The file.
    pub file: FileId,
    /// Where in it.
    pub span: Span,
}

impl Loc {
    /// A place in no file: for values that a query or a test makes itself. It never reaches a diagnostic.
    pub const NOWHERE: Loc = Loc {
        file: FileId::NONE,
        span: Span { start: 0, end: 0 },
    };

    /// A place in `file`.
    pub fn new(file: FileId, span: Span) -> Self {
        Loc { file, span }
    }

    /// The smallest place that covers both; `other` in another file changes nothing.
    #[must_use]
    pub fn cover(self, other: Loc) -> Loc {
        if self.file == other.file {
            Loc::new(self.file, self.span.cover(other.span))
        } else {
            self
        }
    }

    /// An empty place at the start of this one.
    #[must_use]
    pub fn start(self) -> Loc {
        Loc::new(
            self.file,
            Span {
                start: self.span.start,
                end: self.span.start,
            },
        )
    }
}

/// A value and the place it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub loc: Loc,
}

impl<T> Spanned<T> {
    /// `value`, read at `loc`.
    pub fn new(value: T, loc: Loc) -> Self {
        Spanned { value, loc }
    }

    /// The same place with the value changed by `f`.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned {
            value: f(self.value),
            loc: self.loc,
        }
    }
}

/// A line and a column as people count them: both start at 1, the column counts Unicode characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// 1-based line.
    pub line: usize,
    /// 1-based column in Unicode characters.
    pub column: usize,
}

/// The byte at which each line of a text starts.
///
/// A line ends with LF, CRLF or a lone CR, as YAML 1.2 counts them.
#[derive(Clone, Debug, Default)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes `text`.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for (at, byte) in bytes.iter().enumerate() {
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
            if ends {
                starts.push(Span::new(at + 1, at + 1).start);
            }
        }
        LineIndex { starts }
    }

    /// How many lines the text has; an empty text has one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The 0-based index of the line that holds `offset`.
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1)
    }

    /// The byte at which the 0-based line `line` starts, or `None` past the end.
    pub fn line_start(&self, line: usize) -> Option<u32> {
        self.starts.get(line).copied()
    }

    /// Line and column of `offset` in `text`, which must be the text this index was made of.
    /// An offset inside a character counts as that character; one past the end as the end.
    /// A byte order mark takes no column.
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let line = self.line_of(offset);
        let start = self.line_start(line).unwrap_or(0) as usize;
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = text.get(start..end).unwrap_or("");
        let columns = before.chars().filter(|c| *c != '\u{feff}').count();
        Position {
            line: line + 1,
            column: columns + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_every_kind_of_line_end() {
        let text = "a\r\nbé\rc\nd";
        let index = LineIndex::new(text);
        assert_eq!(index.lines(), 4);
        let at = |needle: &str| {
            let offset = text.find(needle).expect("needle");
            index.position(text, offset as u32)
        };
        assert_eq!(at("b"), Position { line: 2, column: 1 });
        assert_eq!(at("é"), Position { line: 2, column: 2 });
        assert_eq!(at("c"), Position { line: 3, column: 1 });
        assert_eq!(at("d"), Position { line: 4, column: 1 });
    }

    #[test]
    fn a_byte_order_mark_takes_no_column() {
        let text = "\u{feff}x";
        let position = LineIndex::new(text).position(text, 3);
        assert_eq!(position, Position { line: 1, column: 1 });
    }
}
