//! Places as people and programs count them: the path, lines and columns, and words that are fit to be shown.

use super::{FileId, Loc, SourceMap, redact};

/// A point in a file as people and programs count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// 1-based line.
    pub line: usize,
    /// 1-based column in Unicode characters.
    pub column: usize,
    /// Byte offset.
    pub offset: u32,
}

/// A place with words, fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path.
    pub path: String,
    /// Where in the sources, for formats that show the text.
    pub loc: Loc,
    /// First point.
    pub start: Point,
    /// One past the last.
    pub end: Point,
    /// The words; may be empty.
    pub text: String,
}

impl Place {
    /// The place of `loc`, beside which stands `text`, which must be fit to be shown.
    #[must_use]
    pub fn new(sources: &SourceMap, loc: Loc, text: String) -> Place {
        let point = |offset: u32| {
            let at = sources.get(loc.file).map(|file| file.position(offset));
            Point {
                line: at.map_or(1, |at| at.line),
                column: at.map_or(1, |at| at.column),
                offset,
            }
        };
        Place {
            path: redact::visible(sources.path(loc.file)),
            loc,
            start: point(loc.span.start),
            end: point(loc.span.end),
            text,
        }
    }

    /// Whether it is in a file.
    #[must_use]
    pub fn is_somewhere(&self) -> bool {
        self.loc.file != FileId::NONE
    }

    /// `path:line:column`; empty for a place in no file.
    #[must_use]
    pub fn spot(&self) -> String {
        if !self.is_somewhere() {
            return String::new();
        }
        format!("{}:{}:{}", self.path, self.start.line, self.start.column)
    }
}
