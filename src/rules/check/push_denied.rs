//! ECR202: a push that the policies of its principal do not allow.

use super::super::Context;
use super::denials::{self, Cause, is_or_are};
use crate::diag::{Diagnostic, quote};
use crate::link::flow::StepKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let StepKind::Push(image) = &denial.step.kind else {
            continue;
        };
        if denial.cause != Cause::Plain {
            continue;
        }
        let message = format!(
            "{} cannot push {}: {} not allowed",
            denial.who(cx),
            quote(&image.image.repository.to_string()),
            is_or_are(&denial.actions()),
        );
        out.push(denial.finding(cx, message));
    }
}
