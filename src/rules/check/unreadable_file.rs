//! ECR902: a file that cannot be read as text.

use super::super::Context;
use super::problems;
use crate::diag::Diagnostic;
use crate::tree::ProblemKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    problems::report(cx, ProblemKind::Unreadable, out);
}
