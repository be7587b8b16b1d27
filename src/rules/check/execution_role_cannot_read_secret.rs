//! ECR307: a secret, parameter or file that the execution role may not read.

use super::super::Context;
use super::denials::{self, Cause, Denial, is_or_are};
use super::reading::listed;
use crate::diag::Diagnostic;
use crate::link::flow::StepKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let is_own = !matches!(denial.cause, Cause::Endpoint | Cause::Limit | Cause::MixUp);
        let mut names: Vec<String> = Vec::new();
        for name in denial.links().filter_map(read) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if !is_own || names.is_empty() {
            continue;
        }
        let message = format!(
            "{} cannot read {}: {} not allowed",
            denial.who(cx),
            listed(&names),
            is_or_are(&denial.actions()),
        );
        out.push(denial.finding(cx, message));
    }
}

/// The secret, parameter or file of a link.
fn read(denial: &Denial<'_>) -> Option<String> {
    match &denial.step.kind {
        StepKind::Secret(name) | StepKind::EnvironmentFile(name) => Some(name.to_string()),
        _ => None,
    }
}
