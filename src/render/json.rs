//! One JSON object, `json-v1`: a stable interface. A change of its meaning takes a new version name.

use super::{Finding, Place, Point};
use crate::diag::{Applicability, Report, Severity, SuppressedBy};
use serde::Serialize;
use std::io;

#[derive(Serialize)]
struct Output<'a> {
    version: &'static str,
    tool: Tool,
    findings: Vec<One<'a>>,
    summary: Summary,
}

/// What printed an object.
#[derive(Serialize)]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    /// This program.
    pub(super) fn this() -> Tool {
        Tool {
            name: "ecrlint",
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

#[derive(Serialize)]
struct One<'a> {
    code: &'a str,
    name: &'a str,
    severity: &'static str,
    confidence: &'static str,
    message: &'a str,
    path: &'a str,
    start: At,
    end: At,
    related: Vec<Related<'a>>,
    help: &'a str,
    url: &'a str,
    fingerprint: &'a str,
    suppressed: Option<Suppressed<'a>>,
    fix: Option<Fix<'a>>,
}

/// A point, as programs get it.
#[derive(Serialize)]
pub(super) struct At {
    line: usize,
    column: usize,
    offset: u32,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    path: &'a str,
    start: At,
    end: At,
}

#[derive(Serialize)]
struct Suppressed<'a> {
    by: &'static str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    applicability: &'static str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    path: &'a str,
    start: At,
    end: At,
    replacement: &'a str,
}

#[derive(Serialize)]
struct Summary {
    files_seen: usize,
    files_linted: usize,
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
}

/// Writes the object and a line feed.
///
/// # Errors
/// If the writer fails.
pub fn write(findings: &[Finding], report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let output = Output {
        version: "json-v1",
        tool: Tool::this(),
        findings: findings.iter().map(one).collect(),
        summary: Summary {
            files_seen: report.files_seen,
            files_linted: report.files_linted,
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            notes: report.count(Severity::Note),
            suppressed: report.suppressed(),
        },
    };
    serde_json::to_writer_pretty(&mut *out, &output)?;
    writeln!(out)
}

fn one(one: &Finding) -> One<'_> {
    One {
        code: &one.code,
        name: &one.name,
        severity: one.severity.word(),
        confidence: one.confidence.word(),
        message: &one.message,
        path: &one.primary.path,
        start: at(one.primary.start),
        end: at(one.primary.end),
        related: one.related.iter().map(related).collect(),
        help: &one.help,
        url: &one.url,
        fingerprint: &one.fingerprint,
        suppressed: one.suppressed.as_ref().map(|(by, reason)| Suppressed {
            by: match by {
                SuppressedBy::Comment => "comment",
                SuppressedBy::Config => "config",
            },
            reason,
        }),
        fix: one.fix.as_ref().map(|fix| Fix {
            title: &fix.title,
            applicability: match fix.applicability {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
                Applicability::DisplayOnly => "display-only",
            },
            edits: fix
                .edits
                .iter()
                .map(|(place, replacement)| Edit {
                    path: &place.path,
                    start: at(place.start),
                    end: at(place.end),
                    replacement,
                })
                .collect(),
        }),
    }
}

fn related(place: &Place) -> Related<'_> {
    Related {
        message: &place.text,
        path: &place.path,
        start: at(place.start),
        end: at(place.end),
    }
}

pub(super) fn at(point: Point) -> At {
    At {
        line: point.line,
        column: point.column,
        offset: point.offset,
    }
}

/// Any serializable value as indented JSON with a line feed at the end; the empty text if it cannot be serialized.
pub(crate) fn to_text(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value)
        .map(|text| text + "\n")
        .unwrap_or_default()
}

/// Appends any serializable value as JSON without white space, and a line feed; nothing if it cannot be serialized.
pub(crate) fn push_line(value: &impl Serialize, out: &mut Vec<u8>) {
    let before = out.len();
    match serde_json::to_writer(&mut *out, value) {
        Ok(()) => out.push(b'\n'),
        Err(_) => out.truncate(before),
    }
}
