//! The lines of a file around a place, as they are shown on the page: secrets and control characters replaced, the place
//! marked, long lines cut around it.

use super::escaped;
use crate::source::shown::Place;
use crate::source::{FileId, SourceMap, Span, redact};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Lines shown before and behind a place.
const AROUND: usize = 2;
/// Lines shown of a place.
const MOST: usize = 10;
/// Bytes shown of a line.
const LONGEST: usize = 240;

/// Files as they are shown; their texts keep their lengths in bytes.
pub(super) struct Files<'s> {
    sources: &'s SourceMap,
    shown: BTreeMap<FileId, String>,
}

impl<'s> Files<'s> {
    pub(super) fn new(sources: &'s SourceMap) -> Self {
        Files {
            sources,
            shown: BTreeMap::new(),
        }
    }

    /// The lines around a place.
    pub(super) fn excerpt(&mut self, place: &Place, page: &mut String) {
        let Some(source) = self.sources.get(place.loc.file) else {
            return;
        };
        let text = self
            .shown
            .entry(place.loc.file)
            .or_insert_with(|| redact::visible_lines(&redact::redact(&source.text)));
        let first = place.start.line.saturating_sub(1 + AROUND);
        let end = place
            .end
            .line
            .clamp(place.start.line, place.start.line + MOST - 1);
        let last = (end + AROUND).min(source.lines.lines());
        page.push_str("<pre tabindex=\"0\"><code>");
        for line in first..last {
            let Some(start) = source.lines.line_start(line) else {
                break;
            };
            let end = source
                .lines
                .line_start(line + 1)
                .map_or(text.len(), |end| end as usize);
            let whole = text.get(start as usize..end).unwrap_or("");
            let whole = whole.trim_end();
            let marked = part_of(place.loc.span, start as usize, whole);
            let class = if marked.is_empty() {
                ""
            } else {
                " class=\"here\""
            };
            let _ = write!(page, "<span{class}><i>{}</i>", line + 1);
            // Of a place of many lines the lines are marked, not each word in them.
            let is_one_line = place.start.line == place.end.line;
            draw(whole, if is_one_line { marked } else { 0..0 }, page);
            page.push_str("\n</span>");
        }
        page.push_str("</code></pre>\n");
    }
}

/// The part of a line, without its indentation, that a span covers.
fn part_of(span: Span, start: usize, line: &str) -> std::ops::Range<usize> {
    let indent = line.len() - line.trim_start().len();
    let from = (span.start as usize)
        .saturating_sub(start)
        .max(indent)
        .min(line.len());
    let to = (span.end as usize).saturating_sub(start).min(line.len());
    from..to.max(from)
}

/// A line with its marked part; of a long one what stands around that.
fn draw(line: &str, marked: std::ops::Range<usize>, page: &mut String) {
    let (mut from, mut to) = (0, line.len());
    if line.len() > LONGEST {
        from = marked.start.saturating_sub(LONGEST / 4);
        to = (from + LONGEST).min(line.len());
        from = (from..=line.len())
            .find(|at| line.is_char_boundary(*at))
            .unwrap_or(0);
        to = (to..=line.len())
            .find(|at| line.is_char_boundary(*at))
            .unwrap_or(line.len());
    }
    if from > 0 {
        page.push('…');
    }
    let start = marked.start.clamp(from, to);
    let end = marked.end.clamp(start, to);
    page.push_str(&escaped(line.get(from..start).unwrap_or("")));
    if end > start {
        let _ = write!(
            page,
            "<mark>{}</mark>",
            escaped(line.get(start..end).unwrap_or(""))
        );
    }
    page.push_str(&escaped(line.get(end..to).unwrap_or("")));
    if to < line.len() {
        page.push('…');
    }
}
