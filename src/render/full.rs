//! For people: each finding with the lines it is about, the place that fails and the places that explain it, across
//! files. The only user of miette.
//!
//! miette draws all labels of a report on one source, so a finding is drawn file by file: the primary place with its
//! neighbours first, then every other place as a remark of its own, then what to do. What miette is given as source is an
//! [`Excerpt`]: its own sources find a line by reading from the first byte, and print a line whole however long it is.

mod excerpt;

use super::{Finding, Place, Style};
use crate::diag::Severity;
use crate::source::{FileId, SourceMap};
use excerpt::{CONTEXT, Excerpt, File, Mark, fold};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::collections::BTreeMap;
use std::fmt;
use std::io;

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
                files
                    .entry(place.loc.file)
                    .or_insert_with(|| File::new(&place.path, &source.text, &source.lines));
            }
        }
        let mut text = String::new();
        for part in parts(one, &files, style) {
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

/// One drawing: a message and the places of one file.
struct Part<'a> {
    finding: &'a Finding,
    is_first: bool,
    message: String,
    excerpt: Option<Excerpt>,
    help: Option<String>,
}

fn parts<'a>(one: &'a Finding, files: &BTreeMap<FileId, File>, style: &Style) -> Vec<Part<'a>> {
    let mut together = vec![(&one.primary, true)];
    let mut apart = Vec::new();
    for place in &one.related {
        let is_near = place.loc.file == one.primary.loc.file
            && match place.start.line.abs_diff(one.primary.start.line) {
                0 => is_beside(place, &one.primary),
                lines => lines <= NEAR,
            };
        if is_near {
            together.push((place, false));
        } else {
            apart.push(place);
        }
    }
    // miette breaks lines at hyphens, also inside commands and names; what is folded already it leaves alone.
    let message = |text: &str| fold(text, style.width.saturating_sub(7));
    let mut parts = vec![Part {
        finding: one,
        is_first: true,
        message: message(&one.message),
        excerpt: excerpt(&together, files, style),
        help: None,
    }];
    for place in apart {
        let text = if place.text.is_empty() {
            "see also"
        } else {
            &place.text
        };
        parts.push(Part {
            finding: one,
            is_first: false,
            message: message(text),
            excerpt: excerpt(&[(place, false)], files, style),
            help: None,
        });
    }
    if let Some(last) = parts.last_mut() {
        let help = fold(&one.help, style.width.saturating_sub(11));
        last.help = (!help.is_empty()).then_some(help);
    }
    parts
}

/// Whether a place on the line of the other is close enough to be seen with it, and not the same.
fn is_beside(place: &Place, other: &Place) -> bool {
    place.loc != other.loc && place.start.column.abs_diff(other.start.column) < 60
}

/// The places of one file, drawn together. Words of a place that is drawn apart are the message already.
fn excerpt(
    places: &[(&Place, bool)],
    files: &BTreeMap<FileId, File>,
    style: &Style,
) -> Option<Excerpt> {
    let file = files.get(&places.first()?.0.loc.file)?;
    let are_words_said = places.iter().any(|(_, is_primary)| *is_primary);
    let marks: Vec<Mark<'_>> = places
        .iter()
        .map(|(place, is_primary)| Mark {
            span: place.loc.span,
            text: if are_words_said { &place.text } else { "" },
            is_primary: *is_primary,
        })
        .collect();
    let ellipsis = if style.unicode { "…" } else { "..." };
    Some(Excerpt::new(file, &marks, style.width, ellipsis))
}

impl fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
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
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn url<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let url = &self.finding.url;
        (self.is_first && !url.is_empty()).then(|| Box::new(url) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt
            .as_ref()
            .map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        Some(Box::new(excerpt.marks.iter().map(|mark| {
            let span = SourceSpan::from((mark.range.start, mark.range.len()));
            if mark.is_primary {
                LabeledSpan::new_primary_with_span(mark.text.clone(), span)
            } else {
                LabeledSpan::new_with_span(mark.text.clone(), span)
            }
        })))
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let range = span.offset()..span.offset() + span.len();
        // To join marks, miette tries to read all lines between them; refused, it draws them one below the other.
        let rows = self
            .rows(range, before, after)
            .ok_or(MietteError::OutOfBounds)?;
        let data = self
            .text
            .get(rows.range.clone())
            .ok_or(MietteError::OutOfBounds)?;
        // Without neighbours it asks only for the place, to print it above the lines.
        let column = if before == 0 {
            self.column(span.offset())
        } else {
            0
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.path.clone(),
            data.as_bytes(),
            SourceSpan::from((rows.range.start, rows.range.len())),
            rows.line,
            column,
            rows.count,
        )))
    }
}
