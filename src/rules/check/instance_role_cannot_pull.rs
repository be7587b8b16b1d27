//! ECR702: machines that pull images with a role that may not.

use super::super::Context;
use super::denials::{self, Cause, Denial, is_or_are, task};
use crate::diag::Diagnostic;
use crate::iam::explain::Part;
use crate::link::flow::{ActorKind, StepKind};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let is_machine = denial.flow.actor.kind == ActorKind::InstanceRole;
        if !is_machine || denial.cause != Cause::Plain || is_by_scope(denial) {
            continue;
        }
        if !matches!(denial.step.kind, StepKind::Login(_) | StepKind::Pull(_)) {
            continue;
        }
        let message = format!(
            "{} cannot {}: {} not allowed",
            denial.who(cx),
            denial.what(),
            is_or_are(&denial.actions()),
        );
        let mut found = denial.finding(cx, message);
        if let Some(execution) = task(cx, denial.flow).and_then(|task| task.execution_role.as_ref())
        {
            found = found.related(execution.loc, "this execution role may not either");
        }
        out.push(found);
    }
}

/// Whether a statement grants the token on an ARN, where it grants nothing: ECR101 speaks of it.
fn is_by_scope(denial: &Denial<'_>) -> bool {
    matches!(denial.step.kind, StepKind::Login(_))
        && denial
            .refusal()
            .is_some_and(|refusal| refusal.failed == [Part::Resource] && refusal.nearest.is_some())
}
