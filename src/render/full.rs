//! For people: each finding with the lines it is about, the place that fails and the places that explain it, across
//! files. The only user of miette.
//!
//! miette draws all labels of a report on one source, so a finding is drawn file by file: the primary place with its
//! neighbours first, then every other place as a remark of its own, then what to do. Sources are shown through a window
//! of our own, because miette's finds a line by reading from the first byte, and prints a line whole however long it is.

use super::{Finding, Place, Style};
use crate::diag::Severity;
use crate::source::{FileId, LineIndex, SourceMap, Span, redact};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::collections::BTreeMap;
use std::fmt;
use std::io;

/// Lines shown before and after a place.
const CONTEXT: usize = 1;

/// Places in one file that are at most this many lines apart are drawn in one snippet.
const NEAR: usize = 12;

/// Writes the findings that are heard, a blank line after each.
///
/// # Errors
/// If the writer fails.
pub fn write(
    findings: &[Finding],
    sources: &SourceMap,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let handler = handler(style);
    let mut files: BTreeMap<FileId, File> = BTreeMap::new();
    for one in findings.iter().filter(|one| one.suppressed.is_none()) {
        for place in std::iter::once(&one.primary).chain(&one.related) {
            if let Some(source) = sources.get(place.loc.file) {
                files.entry(place.loc.file).or_insert_with(|| {
                    File::new(&place.path, &source.text, &source.lines, style.width)
                });
            }
        }
        let mut text = String::new();
        for part in parts(one, &files) {
            if handler.render_report(&mut text, &part).is_err() {
                return Err(io::Error::other("a finding could not be drawn"));
            }
        }
        // miette pads some lines with spaces, which only show as noise when copied.
        for line in text.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn handler(style: &Style) -> GraphicalReportHandler {
    let theme = GraphicalTheme {
        characters: if style.unicode {
            ThemeCharacters::unicode()
        } else {
            ThemeCharacters::ascii()
        },
        styles: if style.colour {
            ThemeStyles::ansi()
        } else {
            ThemeStyles::none()
        },
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(style.links)
        .with_urls(style.links)
        .with_context_lines(CONTEXT)
        .with_link_display_text("")
        .with_break_words(false)
        .tab_width(4)
}

/// A file as it is shown: control characters and secrets replaced, byte lengths kept.
struct File {
    path: String,
    text: String,
    lines: LineIndex,
    widest: usize,
}

impl File {
    fn new(path: &str, text: &str, lines: &LineIndex, width: usize) -> Self {
        File {
            path: path.to_string(),
            text: redact::visible_lines(&redact::redact(text)),
            lines: lines.clone(),
            widest: width.max(60) * 2,
        }
    }

    /// The line's span without its end.
    fn line(&self, line: usize) -> Span {
        let start = self.lines.line_start(line).unwrap_or(0) as usize;
        let end = self
            .lines
            .line_start(line + 1)
            .map_or(self.text.len(), |at| at as usize);
        let text = self.text.get(start..end).unwrap_or("");
        Span::new(
            start,
            start + text.trim_end_matches(['\n', '\r', ' ']).len(),
        )
    }

    fn is_wide(&self, line: usize) -> bool {
        self.line(line).len() > self.widest
    }
}

/// One drawing: a message and the places of one file.
struct Part<'a> {
    finding: &'a Finding,
    is_first: bool,
    message: &'a str,
    file: Option<&'a File>,
    labels: Vec<(&'a Place, bool)>,
    is_last: bool,
}

fn parts<'a>(one: &'a Finding, files: &'a BTreeMap<FileId, File>) -> Vec<Part<'a>> {
    let file = |place: &Place| files.get(&place.loc.file);
    let is_wide = |place: &Place| {
        file(place).is_some_and(|file| file.is_wide(place.start.line.saturating_sub(1)))
    };
    let mut parts = vec![Part {
        finding: one,
        is_first: true,
        message: &one.message,
        file: file(&one.primary),
        labels: vec![(&one.primary, true)],
        is_last: false,
    }];
    for place in &one.related {
        let is_near = place.loc.file == one.primary.loc.file
            && place.start.line.abs_diff(one.primary.start.line) <= NEAR
            && place.loc != one.primary.loc
            && !is_wide(place)
            && !is_wide(&one.primary);
        match parts.first_mut().filter(|_| is_near) {
            Some(first) => first.labels.push((place, false)),
            None => parts.push(Part {
                finding: one,
                is_first: false,
                message: if place.text.is_empty() {
                    "see also"
                } else {
                    &place.text
                },
                file: file(place),
                labels: vec![(place, false)],
                is_last: false,
            }),
        }
    }
    if let Some(last) = parts.last_mut() {
        last.is_last = true;
    }
    parts
}

impl Part<'_> {
    /// The bytes to underline: of a place over several lines only the first line, so that a long block does not fill the
    /// screen.
    fn underlined(&self, file: &File, place: &Place) -> SourceSpan {
        let span = place.loc.span;
        let line = file.line(file.lines.line_of(span.start));
        let end = span.end.min(line.end.max(span.start));
        let length = (end - span.start) as usize;
        SourceSpan::from((span.start as usize, length))
    }
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for Part<'_> {}

impl Diagnostic for Part<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        if !self.is_first {
            return None;
        }
        let one = self.finding;
        Some(Box::new(format!(
            "{}[{}] {}",
            one.severity.word(),
            one.code,
            one.name
        )))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            _ if !self.is_first => miette::Severity::Advice,
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = &self.finding.help;
        (self.is_last && !help.is_empty()).then(|| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.is_first
            .then(|| Box::new(&self.finding.url) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.file.map(|file| file as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let file = self.file?;
        Some(Box::new(self.labels.iter().map(
            move |(place, is_primary)| {
                let said = !place.text.is_empty() && (self.is_first || *is_primary);
                let text = said.then(|| place.text.clone());
                let span = self.underlined(file, place);
                if *is_primary {
                    LabeledSpan::new_primary_with_span(text, span)
                } else {
                    LabeledSpan::new_with_span(text, span)
                }
            },
        )))
    }
}

impl SourceCode for File {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let start = Span::new(span.offset(), span.offset() + span.len());
        if start.end as usize > self.text.len() {
            return Err(MietteError::OutOfBounds);
        }
        let first = self.lines.line_of(start.start);
        let last = self
            .lines
            .line_of(start.end.saturating_sub(1).max(start.start));
        let (window, column, first) = if before == 0 && after == 0 {
            // miette asks without context only to say line and column of the place.
            let line = self.line(first);
            let head = self
                .text
                .get(line.start as usize..span.offset())
                .unwrap_or("");
            let columns = head.chars().filter(|c| *c != '\u{feff}').count();
            (span.offset()..start.end as usize, columns, first)
        } else if first == last && self.is_wide(first) {
            let line = self.line(first);
            let (from, to) = self.window(line, start);
            let head = self.text.get(line.start as usize..from).unwrap_or("");
            (from..to, head.chars().count(), first)
        } else {
            let first = self.narrow_from(first, before);
            let last = (last + after).min(self.lines.lines().saturating_sub(1));
            let last = if self.is_wide(last) {
                last.saturating_sub(1).max(first)
            } else {
                last
            };
            (
                self.line(first).start as usize..self.line(last).end as usize,
                0,
                first,
            )
        };
        let data = self
            .text
            .get(window.clone())
            .ok_or(MietteError::OutOfBounds)?;
        let lines = data.matches('\n').count() + 1;
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            data.as_bytes(),
            SourceSpan::from((window.start, window.len())),
            first,
            column,
            lines,
        )))
    }
}

impl File {
    /// The first line to show: `before` lines earlier, but none that is too wide.
    fn narrow_from(&self, first: usize, before: usize) -> usize {
        let mut from = first;
        while from > 0 && first - from < before && !self.is_wide(from - 1) {
            from -= 1;
        }
        from
    }

    /// The part of a too wide line to show: the span and some text on both sides, cut at character boundaries.
    fn window(&self, line: Span, span: Span) -> (usize, usize) {
        let side = self.widest / 4;
        let mut from = (span.start as usize)
            .saturating_sub(side)
            .max(line.start as usize);
        let mut to = (span.end as usize)
            .min(span.start as usize + self.widest)
            .saturating_add(side)
            .min(line.end as usize);
        while !self.text.is_char_boundary(from) {
            from -= 1;
        }
        while !self.text.is_char_boundary(to) {
            to += 1;
        }
        (from, to.max(from))
    }
}
