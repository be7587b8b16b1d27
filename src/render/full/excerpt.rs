//! The lines of one file that a drawing shows, fitted to the width of the terminal: lines that are too long are cut around
//! the places they are shown for, words beside a place are folded.
//!
//! An excerpt is a text of its own with its own offsets, so drawing costs the same in a file of a kilobyte and in a
//! minified one of megabytes.

use crate::source::{LineIndex, Span, redact};
use std::collections::BTreeMap;
use std::ops::Range;

/// Lines shown before and after a place.
pub(super) const CONTEXT: usize = 1;
/// What a tab is shown as.
const TAB: &str = "    ";
/// Words beside a place get at least this many columns, if need be by cutting more of the line before it.
const WORDS: usize = 26;
/// Kept on both sides of a place when a line is cut.
const SIDE: usize = 12;

/// A file as it is shown: control characters and secrets replaced, lengths in bytes kept.
pub(super) struct File {
    pub(super) path: String,
    text: String,
    lines: LineIndex,
}

impl File {
    pub(super) fn new(path: &str, text: &str, lines: &LineIndex) -> Self {
        File {
            path: path.to_string(),
            text: redact::visible_lines(&redact::redact(text)),
            lines: lines.clone(),
        }
    }

    /// The line's span without its end and without a byte order mark.
    fn line(&self, line: usize) -> Span {
        let start = self.lines.line_start(line).unwrap_or(0) as usize;
        let end = self
            .lines
            .line_start(line + 1)
            .map_or(self.text.len(), |at| at as usize);
        let text = self.text.get(start..end).unwrap_or("");
        let end = start + text.trim_end_matches(['\n', '\r', ' ']).len();
        // The mark is shown as a replacement character of its length.
        let mark = if start == 0 && text.starts_with('\u{fffd}') {
            3
        } else {
            0
        };
        Span::new((start + mark).min(end.max(start)), end)
    }

    /// The part of a place that is underlined: of a place over several lines the first, so that a block does not fill
    /// the screen.
    fn underlined(&self, span: Span) -> (usize, Span) {
        let line = self.lines.line_of(span.start);
        let whole = self.line(line);
        let start = span.start.clamp(whole.start, whole.end);
        let end = span.end.clamp(start, whole.end);
        (line, Span { start, end })
    }
}

/// A place to show with the words beside it.
pub(super) struct Mark<'a> {
    pub(super) span: Span,
    pub(super) text: &'a str,
    pub(super) is_primary: bool,
}

/// A mark, fitted: where it lies in the excerpt, and its words folded.
pub(super) struct Fitted {
    pub(super) range: Range<usize>,
    pub(super) text: Option<String>,
    pub(super) is_primary: bool,
}

/// A line of an excerpt.
struct Row {
    /// 0-based number in the file.
    line: usize,
    /// Where it starts in the excerpt's text; its line feed belongs to it.
    start: usize,
}

/// Some lines of a file.
pub(super) struct Excerpt {
    pub(super) path: String,
    pub(super) text: String,
    rows: Vec<Row>,
    pub(super) marks: Vec<Fitted>,
    /// The column in the file, counted from 0, of each mark by its start in the excerpt.
    columns: BTreeMap<usize, usize>,
}

/// Consecutive rows of an excerpt.
pub(super) struct Rows {
    pub(super) range: Range<usize>,
    /// 0-based number of the first line.
    pub(super) line: usize,
    pub(super) count: usize,
}

impl Excerpt {
    /// The lines of `marks` with their neighbours, for a terminal of `width` columns.
    pub(super) fn new(file: &File, marks: &[Mark<'_>], width: usize, ellipsis: &str) -> Self {
        let mut by_line: BTreeMap<usize, Vec<(Span, &Mark<'_>)>> = BTreeMap::new();
        for mark in marks {
            let (line, span) = file.underlined(mark.span);
            by_line.entry(line).or_default().push((span, mark));
        }
        let last_line = file.lines.lines().saturating_sub(1);
        let mut shown: Vec<usize> = by_line
            .keys()
            .flat_map(|line| line.saturating_sub(CONTEXT)..=(line + CONTEXT).min(last_line))
            .collect();
        shown.dedup();
        shown.sort_unstable();
        shown.dedup();
        let digits = shown.last().map_or(1, |line| (line + 1).to_string().len());
        let room = width.saturating_sub(digits + 5).max(20);
        let mut excerpt = Excerpt {
            path: file.path.clone(),
            text: String::new(),
            rows: Vec::new(),
            marks: Vec::new(),
            columns: BTreeMap::new(),
        };
        for line in shown {
            let marks = by_line.remove(&line).unwrap_or_default();
            // A blank last line says nothing.
            if marks.is_empty() && line == last_line && file.line(line).is_empty() {
                continue;
            }
            excerpt.push(file, line, &marks, room, ellipsis);
        }
        excerpt
    }

    fn push(
        &mut self,
        file: &File,
        line: usize,
        marks: &[(Span, &Mark<'_>)],
        room: usize,
        ellipsis: &str,
    ) {
        let span = file.line(line);
        let text = file.text.get(span.range()).unwrap_or("");
        let cells = Cells::new(text);
        let places: Vec<Range<usize>> = marks
            .iter()
            .map(|(mark, _)| {
                let of = |at: u32| cells.at((at - span.start) as usize);
                of(mark.start)..of(mark.end)
            })
            .collect();
        let longest = marks
            .iter()
            .map(|(_, mark)| mark.text.chars().count())
            .max()
            .unwrap_or(0);
        let window = window(
            cells.count(),
            &places,
            room,
            longest,
            ellipsis.chars().count(),
        );
        let start = self.text.len();
        self.rows.push(Row { line, start });
        if window.start > 0 {
            self.text.push_str(ellipsis);
        }
        let body = self.text.len();
        let (shown, starts) = cells.slice(text, window.clone());
        self.text.push_str(&shown);
        if window.end < cells.count() {
            self.text.push_str(ellipsis);
        }
        let lead = if window.start > 0 {
            ellipsis.chars().count()
        } else {
            0
        };
        for (place, (mark, given)) in places.iter().zip(marks) {
            let offset = |cell: usize| {
                let inside = cell.clamp(window.start, window.end) - window.start;
                body + starts.get(inside).copied().unwrap_or(shown.len())
            };
            let range = offset(place.start)..offset(place.end);
            let before = file
                .text
                .get(span.start as usize..mark.start as usize)
                .unwrap_or("");
            self.columns.insert(range.start, before.chars().count());
            let middle = lead + (place.start.max(window.start) + place.end.min(window.end)) / 2
                - window.start.min(place.end);
            let words = room.saturating_sub(middle + 4).max(WORDS.min(room / 2));
            self.marks.push(Fitted {
                range,
                text: (!given.text.is_empty()).then(|| fold(given.text, words)),
                is_primary: given.is_primary,
            });
        }
        self.text.push('\n');
    }

    fn row_of(&self, offset: usize) -> usize {
        self.rows
            .partition_point(|row| row.start <= offset)
            .saturating_sub(1)
    }

    fn row_end(&self, row: usize) -> usize {
        self.rows
            .get(row + 1)
            .map_or(self.text.len(), |next| next.start)
    }

    /// The rows that hold a range of the excerpt, and up to so many before and after; `None` if lines of the file
    /// between them are left out.
    pub(super) fn rows(&self, range: Range<usize>, before: usize, after: usize) -> Option<Rows> {
        let number = |row: usize| self.rows.get(row).map(|row| row.line);
        let follows = |row: usize| number(row).map(|line| line + 1) == number(row + 1);
        let mut first = self.row_of(range.start);
        let mut last = self.row_of(range.end.saturating_sub(1).max(range.start));
        if !(first..last).all(follows) {
            return None;
        }
        for _ in 0..before {
            if first > 0 && follows(first - 1) {
                first -= 1;
            }
        }
        for _ in 0..after {
            if follows(last) {
                last += 1;
            }
        }
        let start = self.rows.get(first)?.start;
        Some(Rows {
            range: start..self.row_end(last),
            line: number(first)?,
            count: last + 1 - first,
        })
    }

    /// The 0-based column in the file of the mark that starts here.
    pub(super) fn column(&self, offset: usize) -> usize {
        self.columns.get(&offset).copied().unwrap_or(0)
    }
}

/// A line as columns of a terminal: a character each, a tab as several.
struct Cells {
    /// For each cell the byte its character starts at, ascending.
    bytes: Vec<usize>,
    length: usize,
}

impl Cells {
    fn new(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(text.len());
        for (at, character) in text.char_indices() {
            let count = if character == '\t' { TAB.len() } else { 1 };
            bytes.extend(std::iter::repeat_n(at, count));
        }
        Cells {
            bytes,
            length: text.len(),
        }
    }

    fn count(&self) -> usize {
        self.bytes.len()
    }

    /// The cell at which the byte is shown.
    fn at(&self, byte: usize) -> usize {
        self.bytes.partition_point(|start| *start < byte)
    }

    /// The cells as text, and for each cell its start in that text, with the end as the last.
    fn slice(&self, text: &str, window: Range<usize>) -> (String, Vec<usize>) {
        let mut shown = String::new();
        let mut starts = Vec::with_capacity(window.len() + 1);
        for cell in window {
            starts.push(shown.len());
            let start = self.bytes.get(cell).copied().unwrap_or(self.length);
            match text.get(start..).and_then(|rest| rest.chars().next()) {
                Some('\t') => shown.push(' '),
                Some(character) => shown.push(character),
                None => {}
            }
        }
        starts.push(shown.len());
        (shown, starts)
    }
}

/// Which of `count` cells to show in `room` columns so that the places are seen and the longest words beside them have
/// room.
fn window(
    count: usize,
    places: &[Range<usize>],
    room: usize,
    longest: usize,
    ellipsis: usize,
) -> Range<usize> {
    let Some(first) = places.iter().map(|place| place.start).min() else {
        return if count <= room {
            0..count
        } else {
            0..room - ellipsis
        };
    };
    let last = places.iter().map(|place| place.end).max().unwrap_or(first);
    // The words hang from the middle of the last place.
    let middle = places
        .iter()
        .map(|place| (place.start + place.end) / 2)
        .max()
        .unwrap_or(first);
    let words = if longest == 0 {
        0
    } else {
        longest.min(WORDS) + 4
    };
    let needed = last.max(middle + words);
    if count <= room && needed <= room {
        return 0..count;
    }
    let mut start = 0;
    if needed > room {
        let wanted =
            (needed + ellipsis * 2 + SIDE.min(count - last.min(count))).saturating_sub(room);
        start = wanted.min(first.saturating_sub(SIDE));
    }
    // To cut two or three characters saves nothing.
    if start <= ellipsis {
        start = 0;
    }
    let lead = if start > 0 { ellipsis } else { 0 };
    let end = start + room - lead;
    if end >= count {
        start..count
    } else {
        start..end - ellipsis
    }
}

/// `text` in lines of at most `width` characters, broken between words; a longer word has a line of its own.
pub(super) fn fold(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(text: &str, marks: &[(&str, &str)], width: usize) -> Excerpt {
        let file = File::new("a.yml", text, &LineIndex::new(text));
        let marks: Vec<Mark<'_>> = marks
            .iter()
            .map(|(needle, words)| {
                let start = text.find(needle).expect("the place");
                Mark {
                    span: Span::new(start, start + needle.len()),
                    text: words,
                    is_primary: true,
                }
            })
            .collect();
        Excerpt::new(&file, &marks, width, "…")
    }

    fn marked(excerpt: &Excerpt) -> Vec<&str> {
        excerpt
            .marks
            .iter()
            .map(|mark| excerpt.text.get(mark.range.clone()).expect("a mark"))
            .collect()
    }

    #[test]
    fn short_lines_stay_as_they_are() {
        let excerpt = excerpt("one\n\ttwo three\nfour\nfive\n", &[("three", "here")], 80);
        assert_eq!(excerpt.text, "one\n    two three\nfour\n");
        assert_eq!(marked(&excerpt), ["three"]);
        assert_eq!(excerpt.column(excerpt.marks[0].range.start), 5);
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}needle{}", "a".repeat(500), "b".repeat(500));
        let excerpt = excerpt(&text, &[("needle", "words beside it")], 60);
        assert_eq!(marked(&excerpt), ["needle"]);
        assert!(
            excerpt.text.starts_with('…') && excerpt.text.ends_with("…\n"),
            "{}",
            excerpt.text
        );
        assert!(
            excerpt.text.chars().count() <= 55,
            "{}",
            excerpt.text.chars().count()
        );
        assert_eq!(excerpt.column(excerpt.marks[0].range.start), 500);
    }

    #[test]
    fn words_are_folded_where_the_line_leaves_little_room() {
        let text = format!("{}needle", " ".repeat(60));
        let excerpt = excerpt(
            &text,
            &[(
                "needle",
                "one two three four five six seven eight nine ten eleven",
            )],
            80,
        );
        let mark = &excerpt.marks[0];
        let words = mark.text.as_deref().expect("words");
        assert!(words.contains('\n'), "{words}");
        let before = excerpt
            .text
            .get(..mark.range.start)
            .expect("text")
            .chars()
            .count();
        // A line number, its frame and the hook the words hang from take ten columns.
        assert!(
            words
                .lines()
                .all(|line| before + 3 + line.chars().count() + 10 <= 80),
            "{before} {words}"
        );
    }

    #[test]
    fn lines_with_others_between_them_are_not_joined() {
        let text = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let excerpt = excerpt(text, &[("a", ""), ("h", "")], 80);
        assert_eq!(excerpt.text, "a\nb\ng\nh\n");
        assert!(excerpt.rows(0..excerpt.text.len(), 0, 0).is_none());
        let rows = excerpt.rows(6..7, 1, 1).expect("rows");
        assert_eq!((rows.line, rows.count, rows.range), (6, 2, 4..8));
    }
}
