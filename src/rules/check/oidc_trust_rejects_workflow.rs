//! ECR513: a job whose token the role's trust policy does not accept.

use super::super::Context;
use super::denials::{self, Cause, Denial};
use crate::diag::{Diagnostic, quote};
use crate::iam::explain::Part;
use crate::iam::glob_matches;
use crate::link::flow::StepKind;
use crate::model::policy::{Condition, Statement};
use crate::model::template::Template;
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
    let statement = refusal.nearest.as_ref().and_then(denials::statement);
    let audience = oidc::audience(cx.workspace, denial.flow, denial.step.at);
    let foreign = statement.and_then(|statement| for_others(statement, &audience));
    if let Some(condition) = foreign {
        let message = format!(
            "the trust policy of {} does not accept the token of {}, whose `aud` is {}",
            denial.who(cx),
            denial.flow.title,
            quote(&audience.to_string()),
        );
        let mut found = denial.finding(cx, message);
        found.primary.loc = condition
            .values
            .first()
            .filter(|_| condition.values.len() == 1)
            .map_or(condition.loc, |value| value.loc);
        return Some(found.label("another audience").help(format!(
            "name {} here, or give this as `audience` to the step that assumes the role",
            quote(&audience.to_string())
        )));
    }
    let patterns = oidc::patterns(cx.workspace, denial.flow).unwrap_or_default();
    let presented: Vec<String> = patterns.iter().map(|one| oidc::shown(one)).collect();
    let message = format!(
        "the trust policy of {} does not accept the token of {}, whose `sub` is {}",
        denial.who(cx),
        denial.flow.title,
        listed(&presented),
    );
    let mut found = denial.finding(cx, message);
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

/// The condition on the audience that a token for `audience` does not meet.
fn for_others<'s>(statement: &'s Statement, audience: &Template) -> Option<&'s Condition> {
    let audience = audience.as_literal()?;
    statement.conditions.iter().find(|condition| {
        let wants = |value: &str| {
            value == audience
                || condition.operator.value.contains("Like") && glob_matches(value, audience)
        };
        let is_positive = !condition.operator.value.contains("Not");
        is_positive
            && condition.key.value.eq_ignore_ascii_case(oidc::AUDIENCE)
            && !condition.values.is_empty()
            && condition
                .values
                .iter()
                .all(|value| value.value.as_literal().is_some_and(|value| !wants(value)))
    })
}

fn listed(presented: &[String]) -> String {
    match presented {
        [] => "not known".to_string(),
        [one] => quote(one),
        [one, rest @ ..] => format!("{} or one of {} others", quote(one), rest.len()),
    }
}
