//! ECR101: a login action on a resource that it can never match.
//!
//! The request for a login has the resource `*`
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html>). Repository policies are left to ECR109,
//! since no resource would help there.

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::reading;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::iam::{Answer, Grant};
use crate::model::policy::{Element, Layer, Statement};
use crate::model::template::{Piece, Template};
use crate::source::Spanned;

/// The actions of a login, none of which has a resource type.
const LOGIN: [(&str, &str); 3] = [
    ("ecr", "GetAuthorizationToken"),
    ("ecr-public", "GetAuthorizationToken"),
    ("sts", "GetServiceBearerToken"),
];

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in cx.policies() {
        if !matches!(
            policy.layer,
            Layer::Identity
                | Layer::Boundary
                | Layer::Session
                | Layer::ServiceControl
                | Layer::Endpoint
        ) {
            continue;
        }
        for (at, statement) in policy.document.statements.iter().enumerate() {
            if statement.allows() {
                in_statement(cx, &policy, at, statement, out);
            }
        }
    }
}

fn in_statement(
    cx: &Context<'_>,
    policy: &AskedPolicy<'_>,
    at: usize,
    statement: &Statement,
    out: &mut Vec<Diagnostic>,
) {
    let (Some(actions), Some(resources)) = (&statement.action, &statement.resource) else {
        return;
    };
    if actions.negated || resources.negated {
        return;
    }
    // What is called an ARN will hardly become `*`.
    let is_by_name = !resources.values.is_empty() && resources.values.iter().all(is_called_arn);
    if may_be_filled_in(resources) && !is_by_name {
        return;
    }
    for value in &actions.values {
        let Some(login) = value.value.as_literal().and_then(named_login) else {
            continue;
        };
        let everything = Template::literal("*");
        let touches = policy.alone().touches(at, &login, &everything);
        if touches == Answer::Yes || (touches == Answer::Maybe && !is_by_name) {
            continue;
        }
        let texts: Vec<String> = resources
            .values
            .iter()
            .map(|one| one.value.to_string())
            .collect();
        let written = value.value.to_string();
        let mut found = cx
            .diagnostic(
                value.loc,
                format!(
                    "{} is scoped to {}, so this statement never allows it",
                    quote(&written),
                    reading::first_and_more(&texts)
                ),
            )
            .label("is only ever asked for on `*`")
            .identity(written)
            .in_statement(reading::sid(statement));
        for resource in resources.values.iter().take(3) {
            found = found.related(resource.loc, "never equal to `*`");
        }
        let may_match = touches == Answer::Maybe;
        found = match policy.alone().grants(&login, &everything) {
            Grant::NotGranted | Grant::Denied { .. } => found,
            Grant::Unknown if may_match => found,
            Grant::Unknown => dead(found).confidence(Confidence::Medium),
            _ => dead(found),
        };
        if may_match && found.severity == Severity::Error {
            found = found
                .severity(Severity::Warning)
                .confidence(Confidence::Medium);
        }
        out.push(found);
    }
}

/// Whether a value is an ARN, or a hole whose name says that it is one: `var.repository_arn`.
fn is_called_arn(value: &Spanned<Template>) -> bool {
    match value.value.pieces() {
        [Piece::Hole(hole)] => {
            let name = hole.name.to_ascii_lowercase();
            let name = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            name.ends_with("arn") || name.ends_with("arns")
        }
        _ => value.value.prefix().starts_with("arn:"),
    }
}

/// A finding about an entry that another statement makes harmless.
fn dead(found: Diagnostic) -> Diagnostic {
    found
        .severity(Severity::Note)
        .help("remove the entry: another statement of this policy allows it on `*`")
}

/// The login action that an entry names: it and no other action.
fn named_login(entry: &str) -> Option<String> {
    LOGIN.into_iter().find_map(|(service, login)| {
        let name = reading::name_of(entry, service)?;
        let names = if name.contains(['*', '?']) {
            let mut matched = reading::matching_actions(service, name);
            let only = matched.next()?.name == login && matched.next().is_none();
            only && service != "sts"
        } else {
            name.eq_ignore_ascii_case(login)
        };
        names.then(|| format!("{service}:{login}"))
    })
}

/// Whether a resource is a placeholder that may yet become `*`.
fn may_be_filled_in(resources: &Element) -> bool {
    resources.values.iter().any(|resource| {
        let text = reading::masked(&resource.value);
        !text.starts_with("arn:") && reading::is_placeholder(&text)
    })
}
