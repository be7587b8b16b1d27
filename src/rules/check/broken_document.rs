//! ECR901: a file that is clearly ours does not follow its syntax.

use super::super::Context;
use super::problems;
use crate::diag::Diagnostic;
use crate::tree::ProblemKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    problems::report(cx, ProblemKind::Syntax, out);
}
