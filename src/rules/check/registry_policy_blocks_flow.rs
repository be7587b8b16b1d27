//! ECR807: a Deny in the registry's policy that hits a declared pull or push.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>

use super::super::Context;
use super::denials::{self, Cause, is_or_are};
use crate::diag::Diagnostic;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        if denial.cause != Cause::Registry || denials::image(denial.step).is_none() {
            continue;
        }
        let who = denial.who(cx);
        let others = denial
            .links()
            .map(|link| link.who(cx))
            .filter(|other| *other != who)
            .count();
        let whom = match others {
            0 => who,
            _ => format!("{who} and others"),
        };
        let message = format!(
            "the registry's policy stops {whom}, which must {}: {} denied here",
            denial.what(),
            is_or_are(&denial.actions()),
        );
        let sid = denial
            .refusal()
            .and_then(|refusal| refusal.nearest.as_ref())
            .and_then(denials::statement)
            .and_then(super::reading::sid);
        out.push(denial.finding(cx, message).in_statement(sid));
    }
}
