//! The three rules about files as such report what was wrong while they were read.

use super::super::Context;
use crate::diag::{Diagnostic, Severity};
use crate::tree::ProblemKind;

/// Reports the problems of this kind.
pub(super) fn report(cx: &Context<'_>, kind: ProblemKind, out: &mut Vec<Diagnostic>) {
    for problem in &cx.workspace.problems {
        if problem.kind != kind {
            continue;
        }
        let mut found = cx
            .diagnostic(problem.loc, problem.message.clone())
            .identity(problem.message.clone());
        if let Some(hint) = &problem.hint {
            found = found.help(hint.clone());
        }
        if problem.is_templated {
            // A template is not broken, it is only not yet a document; what it becomes is not in sight.
            found = found.severity(Severity::Note);
        }
        out.push(found);
    }
}
