//! ECR901: a file that is clearly ours does not follow its syntax.

use super::super::Context;
use crate::diag::{Diagnostic, Severity};
use crate::tree::ProblemKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for problem in &cx.workspace.problems {
        if problem.kind != ProblemKind::Syntax {
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
