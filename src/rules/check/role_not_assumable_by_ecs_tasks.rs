//! ECR305: a trust policy that leaves ECS out.

use super::super::Context;
use super::denials::{self, Cause};
use crate::diag::{Diagnostic, quote};
use crate::link::flow::{Source, StepKind};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let StepKind::AssumedByService(service) = denial.step.kind else {
            continue;
        };
        let is_task = matches!(denial.flow.source, Source::Task { .. });
        if denial.cause != Cause::Trust || !is_task {
            continue;
        }
        // Several roles may share a trust policy: one finding for all.
        let message = format!("{} may not assume the role of a task", quote(service));
        let mut found = denial.finding(cx, message);
        let trust = denial.role(cx).and_then(|role| role.trust.as_ref());
        let has_statement = denial
            .refusal()
            .is_some_and(|refusal| refusal.nearest.is_some());
        if let (Some(trust), false) = (trust, has_statement) {
            found.primary.loc = trust.document.loc;
            found = found.label("this trust policy leaves it out");
        }
        out.push(found);
    }
}
