//! ECR904: a document nests, expands or weighs more than ecrlint reads.

use super::super::Context;
use super::problems;
use crate::diag::Diagnostic;
use crate::tree::ProblemKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    problems::report(cx, ProblemKind::Limit, out);
}
