//! ECR108: a Deny that hits a declared login, pull or push.

use super::super::Context;
use super::denials::{self, Cause, is_or_are};
use crate::diag::Diagnostic;
use crate::link::flow::StepKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        if denial.cause != Cause::ExplicitDeny {
            continue;
        }
        let is_of_images = matches!(
            denial.step.kind,
            StepKind::Login(_) | StepKind::Pull(_) | StepKind::Push(_)
        );
        if !is_of_images {
            continue;
        }
        let message = format!(
            "{} is meant to {}, and {} denied here",
            denial.who(cx),
            denial.what(),
            is_or_are(&denial.actions()),
        );
        out.push(denial.finding(cx, message));
    }
}
