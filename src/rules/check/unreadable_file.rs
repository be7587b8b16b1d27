//! ECR902: a file that cannot be read as text.

use super::super::Context;
use crate::diag::Diagnostic;
use crate::tree::ProblemKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for problem in &cx.workspace.problems {
        if problem.kind != ProblemKind::Unreadable {
            continue;
        }
        let mut found = cx
            .diagnostic(problem.loc, problem.message.clone())
            .identity(problem.message.clone());
        if let Some(hint) = &problem.hint {
            found = found.help(hint.clone());
        }
        out.push(found);
    }
}
