//! From a report to bytes: one file a format, one table of formats.
//!
//! A renderer is given [`Finding`]s, in which every text is already fit to be shown (no control character, no secret) and
//! every place is already a line and a column. None of them decides what is said.

pub mod compact;
pub mod flows;
pub mod full;
pub mod github;
pub mod json;

use crate::diag::{
    Applicability, Confidence, Diagnostic, Label, Report, Severity, SuppressedBy, fingerprint,
};
use crate::source::redact::{self, Censor};
use crate::source::shown::{Place, Point};
use crate::source::{FileId, SourceMap};
use std::collections::BTreeMap;
use std::io;

/// The formats of `check`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: labelled snippets.
    Full,
    /// One line a finding, for editors and problem matchers.
    Compact,
    /// One JSON object, `json-v1`.
    Json,
    /// Workflow commands that GitHub turns into annotations.
    Github,
}

impl Format {
    /// Every format with its name on the command line.
    pub const ALL: &[(&str, Format)] = &[
        ("full", Format::Full),
        ("compact", Format::Compact),
        ("json", Format::Json),
        ("json-v1", Format::Json),
        ("github", Format::Github),
    ];
}

/// How the `full` format may draw. Machine formats take no notice of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// Whether to use colour.
    pub colour: bool,
    /// Whether to draw with characters outside ASCII.
    pub unicode: bool,
    /// Whether the terminal understands links.
    pub links: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style {
            width: 80,
            colour: false,
            unicode: true,
            links: false,
        }
    }
}

/// A finding, fit to be shown.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Code of the rule.
    pub code: String,
    /// Name of the rule.
    pub name: String,
    /// Page of the rule.
    pub url: String,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The place to change.
    pub primary: Place,
    /// Places that explain it.
    pub related: Vec<Place>,
    /// See [`fingerprint`].
    pub fingerprint: String,
    /// Who does not want to hear it, and why.
    pub suppressed: Option<(SuppressedBy, String)>,
    /// A repair.
    pub fix: Option<Repair>,
}

/// A repair, fit to be shown.
#[derive(Clone, Debug)]
pub struct Repair {
    /// What it does.
    pub title: String,
    /// How safe it is.
    pub applicability: Applicability,
    /// Each place and its new text.
    pub edits: Vec<(Place, String)>,
}

/// Writes a report.
///
/// # Errors
/// If the writer fails.
pub fn write(
    format: Format,
    report: &Report,
    sources: &SourceMap,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let findings = findings(report, sources);
    match format {
        Format::Full => full::write(&findings, sources, style, out),
        Format::Compact => compact::write(&findings, out),
        Format::Json => json::write(&findings, report, out),
        Format::Github => github::write(&findings, out),
    }
}

/// The findings of a report, fit to be shown, in its order; suppressed ones included.
pub fn findings(report: &Report, sources: &SourceMap) -> Vec<Finding> {
    let prints = fingerprint::fingerprints(&report.diagnostics, sources);
    let show = Show::new(report, sources);
    report
        .diagnostics
        .iter()
        .zip(prints)
        .map(|(one, print)| show.finding(one, print))
        .collect()
}

/// The last line for a person: what was found, in how many files.
pub fn summary(report: &Report) -> String {
    let count = |severity: Severity| report.count(severity);
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let mut parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|severity| count(*severity) > 0)
        .map(|severity| plural(count(severity), severity.word()))
        .collect();
    if parts.is_empty() {
        parts.push("nothing found".to_string());
    }
    let mut line = format!(
        "{} in {} ({} seen)",
        parts.join(", "),
        plural(report.files_linted, "file"),
        report.files_seen
    );
    if report.suppressed() > 0 {
        line.push_str(&format!(", {} ignored", report.suppressed()));
    }
    line
}

/// Makes texts fit to be shown, knowing the secrets of the files that are spoken of.
struct Show<'a> {
    sources: &'a SourceMap,
    censors: BTreeMap<FileId, Censor>,
}

impl<'a> Show<'a> {
    fn new(report: &Report, sources: &'a SourceMap) -> Self {
        let mut censors = BTreeMap::new();
        for one in &report.diagnostics {
            let related = one.related.iter().map(|label| label.loc.file);
            for file in std::iter::once(one.primary.loc.file).chain(related) {
                censors.entry(file).or_insert_with(|| {
                    let mut censor = Censor::new();
                    censor.learn(sources.get(file).map_or("", |source| &source.text));
                    censor
                });
            }
        }
        Show { sources, censors }
    }

    /// A text of a finding: whatever one of its files shows to be a secret is hidden in it.
    fn text(&self, one: &Diagnostic, text: &str) -> String {
        let mut shown = Censor::new().line(text);
        let mut done = Vec::new();
        let related = one.related.iter().map(|label| label.loc.file);
        for file in std::iter::once(one.primary.loc.file).chain(related) {
            if !done.contains(&file) {
                done.push(file);
                if let Some(censor) = self.censors.get(&file) {
                    shown = censor.line(&shown);
                }
            }
        }
        shown
    }

    fn finding(&self, one: &Diagnostic, fingerprint: String) -> Finding {
        Finding {
            code: one.rule.code.clone(),
            name: one.rule.name.clone(),
            url: one.rule.url.clone(),
            severity: one.severity,
            confidence: one.confidence,
            message: self.text(one, &one.message),
            help: self.text(one, one.help_text()),
            primary: self.place(one, &one.primary),
            related: one
                .related
                .iter()
                .map(|label| self.place(one, label))
                .collect(),
            fingerprint,
            suppressed: one
                .suppressed
                .as_ref()
                .map(|s| (s.by, self.text(one, &s.reason))),
            fix: one.fix.as_ref().map(|fix| Repair {
                title: self.text(one, &fix.title),
                applicability: fix.applicability,
                edits: fix
                    .edits
                    .iter()
                    .map(|edit| {
                        let label = Label {
                            loc: edit.loc,
                            text: String::new(),
                        };
                        let replacement =
                            redact::redact(&redact::visible_lines(&edit.replacement)).into_owned();
                        (self.place(one, &label), replacement)
                    })
                    .collect(),
            }),
        }
    }

    fn place(&self, one: &Diagnostic, label: &Label) -> Place {
        debug_assert!(
            label.loc.file != FileId::NONE,
            "a place of a query reached a report"
        );
        Place::new(self.sources, label.loc, self.text(one, &label.text))
    }
}
