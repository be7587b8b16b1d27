//! ECR306: the log that Fargate cannot open.

use super::super::Context;
use super::denials::{self, Cause, is_or_are};
use crate::diag::Diagnostic;
use crate::link::flow::StepKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let is_own = !matches!(denial.cause, Cause::Endpoint | Cause::Limit | Cause::MixUp);
        if !is_own || !matches!(denial.step.kind, StepKind::Logs(_)) {
            continue;
        }
        let message = format!(
            "{} cannot write the log of the task: {} not allowed",
            denial.who(cx),
            is_or_are(&denial.actions()),
        );
        out.push(denial.finding(cx, message));
    }
}
