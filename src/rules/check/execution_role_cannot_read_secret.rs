//! ECR307: a secret, parameter or file that the execution role may not read.

use super::super::Context;
use super::denials::{self, Cause};
use crate::diag::{Diagnostic, quote};
use crate::link::flow::StepKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let (StepKind::Secret(name) | StepKind::EnvironmentFile(name)) = &denial.step.kind else {
            continue;
        };
        if denial.cause == Cause::Endpoint {
            continue;
        }
        let Some((answer, _)) = denial.refused.first() else {
            continue;
        };
        let message = format!(
            "{} cannot read {}: {} is not allowed",
            denial.who(cx),
            quote(&name.to_string()),
            quote(&answer.action),
        );
        out.push(denial.finding(cx, message));
    }
}
