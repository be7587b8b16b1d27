//! ECR203: a login that the policies of its principal do not allow.

use super::super::Context;
use super::denials::{self, Cause};
use crate::diag::Diagnostic;
use crate::iam::explain::Part;
use crate::link::flow::{ActorKind, StepKind};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let is_login = matches!(denial.step.kind, StepKind::Login(_));
        // The roles of machines are another rule's.
        let is_machine = denial.flow.actor.kind == ActorKind::InstanceRole;
        if !is_login || is_machine || !matches!(denial.cause, Cause::Plain | Cause::CrossAccount) {
            continue;
        }
        // A statement that grants the token on an ARN: ECR101 speaks of it.
        let is_scoped = denial
            .refusal()
            .is_some_and(|refusal| refusal.failed == [Part::Resource] && refusal.nearest.is_some());
        if is_scoped {
            continue;
        }
        let message = format!(
            "{} cannot log in to ECR: `ecr:GetAuthorizationToken` is not allowed",
            denial.who(cx),
        );
        out.push(denial.finding(cx, message));
    }
}
