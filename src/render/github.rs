//! Workflow commands: GitHub shows each as an annotation on its line.
//!
//! GitHub keeps ten annotations of each severity a step and drops the rest without a word, so the worst come first and a
//! last notice counts what was left out. Values are escaped as the runner expects, so that no text can end a command and
//! begin another:
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>.

use super::Finding;
use crate::diag::Severity;
use std::io;

/// How many annotations of one severity GitHub shows for a step.
const LIMIT: usize = 10;

/// Writes the commands.
///
/// # Errors
/// If the writer fails.
pub fn write(findings: &[Finding], out: &mut dyn io::Write) -> io::Result<()> {
    let mut left_out = 0;
    let mut notices = 0;
    for (severity, command) in [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "notice"),
    ] {
        let ours: Vec<&Finding> = findings
            .iter()
            .filter(|one| one.suppressed.is_none() && one.severity == severity)
            .collect();
        // The last place among the notices is kept for the count of what was left out.
        let limit = if severity == Severity::Note {
            LIMIT - 1
        } else {
            LIMIT
        };
        left_out += ours.len().saturating_sub(limit);
        for one in ours.into_iter().take(limit) {
            notices += usize::from(severity == Severity::Note);
            annotation(command, one, out)?;
        }
    }
    if left_out > 0 {
        debug_assert!(notices < LIMIT, "no place left for the last notice");
        writeln!(
            out,
            "::notice title=ecrlint::{left_out} more {} not annotated, because GitHub shows {LIMIT} of each severity a step",
            if left_out == 1 {
                "finding is"
            } else {
                "findings are"
            }
        )?;
    }
    Ok(())
}

fn annotation(command: &str, one: &Finding, out: &mut dyn io::Write) -> io::Result<()> {
    let place = &one.primary;
    write!(
        out,
        "::{command} file={},line={},col={}",
        property(&place.path),
        place.start.line,
        place.start.column
    )?;
    // GitHub refuses a column range over several lines.
    if place.end.line == place.start.line {
        write!(
            out,
            ",endLine={},endColumn={}",
            place.end.line,
            place.end.column.max(place.start.column)
        )?;
    } else {
        write!(out, ",endLine={}", place.end.line)?;
    }
    let mut message = one.message.clone();
    if !one.help.is_empty() {
        message.push_str("\nhelp: ");
        message.push_str(&one.help);
    }
    for related in one
        .related
        .iter()
        .filter(|related| !related.text.is_empty())
    {
        message.push_str(&format!(
            "\n{}:{}: {}",
            related.path, related.start.line, related.text
        ));
    }
    writeln!(
        out,
        ",title={}::{}",
        property(&format!("{} {}", one.code, one.name)),
        data(&message)
    )
}

fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
