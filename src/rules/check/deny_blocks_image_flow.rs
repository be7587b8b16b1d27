//! ECR108: a Deny that hits a declared login, pull or push.

use super::super::Context;
use super::denials::{self, Cause, is_or_are};
use crate::diag::{Diagnostic, quote};
use crate::link::flow::StepKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        if denial.cause != Cause::ExplicitDeny {
            continue;
        }
        let what = match (&denial.step.kind, denials::image(denial.step)) {
            (StepKind::Push(_), Some(image)) => {
                format!("push {}", quote(&image.image.repository.to_string()))
            }
            (_, Some(image)) => format!("pull {}", quote(&image.image.repository.to_string())),
            (StepKind::Login(_), None) => "log in to ECR".to_string(),
            _ => continue,
        };
        let message = format!(
            "{} is meant to {what}, and {} denied here",
            denial.who(cx),
            is_or_are(&denial.actions()),
        );
        out.push(denial.finding(cx, message));
    }
}
