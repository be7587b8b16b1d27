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
        out.push(denial.finding_on_trust(cx, message));
    }
}
