//! ECR110: actions of ECR Public with a private repository, or the reverse.

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::reading;
use crate::catalog::Action;
use crate::diag::{Confidence, Diagnostic, quote};
use crate::iam::{Answer, Grant};
use crate::model::arn::{self, Shape};
use crate::model::policy::{Layer, Statement};
use crate::model::template::Template;

/// The two actions of a login to ECR Public
/// (<https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html>).
const PUBLIC_LOGIN: [&str; 2] = [
    "ecr-public:GetAuthorizationToken",
    "sts:GetServiceBearerToken",
];

/// The two registries: the service of the actions, that of the ARNs they cannot reach, and what those are.
const MIXUPS: [(&str, &str, &str); 2] = [
    ("ecr-public", "ecr", "a private repository"),
    ("ecr", "ecr-public", "a repository of ECR Public"),
];

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.policies() {
        for (at, statement) in policy.document.statements.iter().enumerate() {
            if !statement.allows() {
                continue;
            }
            for mixup in &MIXUPS {
                mixed_up(cx, &policy, at, statement, mixup, out);
            }
            if policy.layer == Layer::Identity {
                half_login(cx, &policy, statement, out);
            }
        }
    }
}

fn mixed_up(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
    at: usize,
    statement: &Statement,
    (service, other, what): &(&str, &str, &str),
    out: &mut Vec<Diagnostic>,
) {
    let (Some(actions), Some(resources)) = (&statement.action, &statement.resource) else {
        return;
    };
    let are_foreign = resources.complete
        && !resources.negated
        && !resources.values.is_empty()
        && resources
            .values
            .iter()
            .all(|resource| service_of(&resource.value).as_deref() == Some(*other));
    if !are_foreign || actions.negated {
        return;
    }
    let everything = Template::literal("*");
    let reaches_nothing =
        |known: &Action| policy.alone().touches(at, &known.qualified(), &everything) == Answer::No;
    // A login on an ARN is ECR101's, an unknown action ECR105's.
    let acts = |text: &str| {
        reading::name_of(text, service).is_some_and(|name| {
            let mut acting = reading::matching_actions(service, name)
                .filter(|known| known.has_resource_level())
                .peekable();
            acting.peek().is_some() && acting.all(reaches_nothing)
        })
    };
    let named: Vec<_> = actions
        .values
        .iter()
        .filter(|value| value.value.as_literal().is_some_and(acts))
        .collect();
    let Some(first) = named.first() else { return };
    let texts: Vec<String> = named.iter().map(|value| value.value.to_string()).collect();
    let verb = if texts.len() == 1 { "acts" } else { "act" };
    let mut found = cx
        .diagnostic(
            first.loc,
            format!("{} never {verb} on {what}", reading::first_and_more(&texts)),
        )
        .identity(texts.join(" "))
        .in_statement(reading::sid(statement));
    for resource in resources.values.iter().take(3) {
        found = found.related(resource.loc, format!("{what}, of service {}", quote(other)));
    }
    out.push(found.help(format!(
        "write actions of {}, or name ARNs of {}",
        quote(other),
        quote(service)
    )));
}

/// The service of an ARN, if it is written out.
fn service_of(resource: &Template) -> Option<String> {
    let resource = reading::opaque(resource);
    let fields = arn::fields(&resource);
    match Shape::of(&resource) {
        Shape::Arn(_) | Shape::Short { .. } => fields
            .get(2)
            .and_then(Template::as_literal)
            .map(str::to_string),
        _ => None,
    }
}

fn half_login(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
    statement: &Statement,
    out: &mut Vec<Diagnostic>,
) {
    let [token, bearer] = PUBLIC_LOGIN;
    let everything = Template::literal("*");
    let is_missing = || {
        matches!(
            policy.alone().grants(bearer, &everything),
            Grant::NotGranted
        )
    };
    let named = statement
        .action
        .iter()
        .filter(|action| !action.negated)
        .flat_map(|action| &action.values)
        .find(|value| {
            value
                .value
                .as_literal()
                .is_some_and(|text| text.eq_ignore_ascii_case(token))
        });
    let Some(value) = named else { return };
    // Where the bearer token is named on an ARN, ECR101 says so.
    if policy.alone().names_in_allow(bearer) || !is_missing() {
        return;
    }
    out.push(
        cx.diagnostic(
            value.loc,
            format!(
                "{} is allowed without {}, which the login also needs",
                quote(token),
                quote(bearer)
            ),
        )
        .confidence(Confidence::Medium)
        .help(format!("allow {} on `*` as well", quote(bearer)))
        .identity(bearer)
        .in_statement(reading::sid(statement)),
    );
}
