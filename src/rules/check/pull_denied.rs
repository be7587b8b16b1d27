//! ECR201: a pull that the policies of its role do not allow.

use super::super::Context;
use super::denials::{self, Cause, is_or_are};
use crate::diag::Diagnostic;
use crate::link::flow::{ActorKind, StepKind};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let is_pull = matches!(denial.step.kind, StepKind::Pull(_));
        // The roles of machines are another rule's.
        let is_machine = denial.flow.actor.kind == ActorKind::InstanceRole;
        if !is_pull || is_machine || denial.cause != Cause::Plain {
            continue;
        }
        let message = format!(
            "{} cannot {}: {} not allowed",
            denial.who(cx),
            denial.what(),
            is_or_are(&denial.actions()),
        );
        out.push(denial.finding(cx, message));
    }
}
