//! `path:line:col: severity[CODE]: message`: the line that editors and problem matchers read. Nothing else, never in
//! colour.

use super::Finding;
use std::io;

/// Writes a line for each finding that is heard.
///
/// # Errors
/// If the writer fails.
pub fn write(findings: &[Finding], out: &mut dyn io::Write) -> io::Result<()> {
    for one in findings.iter().filter(|one| one.suppressed.is_none()) {
        let at = one.primary.start;
        writeln!(
            out,
            "{}:{}:{}: {}[{}]: {}",
            one.primary.path,
            at.line,
            at.column,
            one.severity.word(),
            one.code,
            one.message
        )?;
    }
    Ok(())
}
