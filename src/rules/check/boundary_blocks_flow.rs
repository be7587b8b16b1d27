//! ECR206: the boundary leaves out what the role's policies allow.

use super::super::Context;
use super::denials::{self, Cause, is_or_are};
use crate::diag::Diagnostic;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        if denial.cause != Cause::Limit {
            continue;
        }
        let Some(refusal) = denial.refusal() else {
            continue;
        };
        let message = format!(
            "the {} of {} does not allow what it needs: {} left out",
            refusal.layer.noun(),
            denial.who(cx),
            is_or_are(&denial.actions()),
        );
        let boundary = refusal
            .role
            .and_then(|at| cx.workspace.principals.sets.get(at))
            .and_then(|set| set.boundary.as_ref());
        let mut found = denial.finding(cx, message);
        if let Some(boundary) = boundary {
            if refusal.nearest.is_none() {
                found.primary.loc = boundary.at;
                found = found.label("this boundary does not allow it");
            } else {
                found = found.related(boundary.at, "the boundary is set here");
            }
        }
        out.push(found);
    }
}
