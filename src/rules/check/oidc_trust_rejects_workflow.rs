//! ECR513: a job whose token the role's trust policy does not accept.

use super::super::Context;
use super::denials::{self, Cause, Denial};
use crate::diag::{Diagnostic, quote};
use crate::iam::explain::Part;
use crate::link::flow::StepKind;
use crate::prove::oidc;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for denial in denials::denials(cx) {
        let is_job = matches!(denial.step.kind, StepKind::AssumedByJob);
        if is_job && denial.cause == Cause::Trust {
            out.extend(finding(cx, denial));
        }
    }
}

fn finding<'a>(cx: &Context<'a>, denial: &Denial<'a>) -> Option<Diagnostic> {
    let refusal = denial.refusal()?;
    let patterns = oidc::patterns(cx.workspace, denial.flow).unwrap_or_default();
    let presented: Vec<String> = patterns.iter().map(|one| oidc::shown(one)).collect();
    let message = format!(
        "the trust policy of {} does not accept the token of {}, whose `sub` is {}",
        denial.who(cx),
        denial.flow.title,
        listed(&presented),
    );
    let mut found = denial.finding(cx, message);
    let statement = refusal.nearest.as_ref().and_then(denials::statement);
    let subject = statement.and_then(|statement| {
        statement
            .conditions
            .iter()
            .find(|condition| condition.key.value.eq_ignore_ascii_case(oidc::SUBJECT))
    });
    if let Some(subject) = subject.filter(|_| refusal.failed.contains(&Part::Condition)) {
        found.primary.loc = subject
            .values
            .first()
            .filter(|_| subject.values.len() == 1)
            .map_or(subject.loc, |value| value.loc);
        found = found.label("no `sub` of this job fits");
        let is_pattern = subject.values.iter().any(|value| value.value.contains("*"));
        if is_pattern && subject.operator.value.eq_ignore_ascii_case("StringEquals") {
            found = found.help("use `StringLike`: for `StringEquals` a star is a plain character");
        }
    } else if refusal.nearest.is_none()
        && let Some(trust) = denial.role(cx).and_then(|role| role.trust.as_ref())
    {
        found.primary.loc = trust.document.loc;
        found = found.label("nothing here accepts it");
    }
    Some(found)
}

fn listed(presented: &[String]) -> String {
    match presented {
        [] => "not known".to_string(),
        [one] => quote(one),
        [one, rest @ ..] => format!("{} or one of {} others", quote(one), rest.len()),
    }
}
