//! ECR209: a job calls the API of ECR with a role that may not.

use super::super::Context;
use super::denials::{self, Cause, Denial, image};
use crate::catalog::{self, Access};
use crate::diag::{Diagnostic, quote};
use crate::link::flow::StepKind;
use crate::source::Loc;
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // Where a role may do nothing at all, what it moves says so already.
    let said: BTreeSet<(Option<usize>, Loc)> = denials::denials(cx)
        .iter()
        .filter(|denial| image(denial.step).is_some() || is_login(denial))
        .filter_map(|denial| {
            let refusal = denial.refusal()?;
            refusal
                .nearest
                .is_none()
                .then(|| (refusal.role, denial.place(cx).0))
        })
        .collect();
    for denial in denials::denials(cx) {
        let is_said_elsewhere = matches!(denial.cause, Cause::Limit | Cause::Endpoint);
        if !matches!(denial.step.kind, StepKind::ApiCall { .. }) || is_said_elsewhere {
            continue;
        }
        let role = denial.refusal().and_then(|refusal| refusal.role);
        if said.contains(&(role, denial.place(cx).0)) {
            continue;
        }
        out.extend(finding(cx, denial));
    }
}

fn is_login(denial: &Denial<'_>) -> bool {
    matches!(denial.step.kind, StepKind::Login(_))
}

fn finding<'a>(cx: &Context<'a>, denial: &Denial<'a>) -> Option<Diagnostic> {
    let calls: Vec<String> = denial.links().filter_map(certain_call).collect();
    let mut names: Vec<&str> = calls.iter().map(String::as_str).collect();
    names.dedup();
    if names.is_empty() {
        return None;
    }
    let actions = denial.actions();
    let verb = match denial.refusal() {
        Some(refusal) if refusal.is_explicit => "denied",
        _ => "not allowed",
    };
    let message = format!(
        "{} calls {}, and {} {verb}",
        denial.who(cx),
        super::reading::listed(&names),
        denials::is_or_are(&actions),
    );
    let on = match &denial.step.kind {
        StepKind::ApiCall {
            repository: Some(repository),
            ..
        } => format!("on {}", quote(&repository.to_string())),
        _ => "in a policy of the role".to_string(),
    };
    Some(
        denial
            .finding(cx, message)
            .help(format!("allow {} {on}", super::reading::listed(&actions))),
    )
}

/// The command of a call that surely runs. One that a condition guards may be the answer to another call that failed: only
/// what reads is certain to run at all.
fn certain_call(link: &Denial<'_>) -> Option<String> {
    let StepKind::ApiCall {
        operation,
        is_conditional,
        ..
    } = &link.step.kind
    else {
        return None;
    };
    let reads = link.refused.iter().all(|(answer, _)| {
        catalog::qualified_action(&answer.action)
            .is_some_and(|action| matches!(action.access, Access::Read | Access::List))
    });
    (!is_conditional || reads).then(|| format!("aws ecr {operation}"))
}
