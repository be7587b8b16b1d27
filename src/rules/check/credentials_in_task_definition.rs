//! ECR311: AWS keys written into a task definition, where everyone who may describe it reads them.
//!
//! No message, label or identity holds any part of a value.

use super::super::Context;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::model::task::{Container, Variable};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for task in &cx.workspace.facts.tasks {
        for container in &task.containers {
            out.extend(judge(cx, container));
        }
    }
}

fn judge(cx: &Context<'_>, container: &Container) -> Option<Diagnostic> {
    if has_foreign_endpoint(container) {
        return None;
    }
    let secret = container.environment.iter().find(|one| is_secret_key(one));
    let id = container
        .environment
        .iter()
        .find(|one| key_id(one).is_some());
    let primary = secret.or(id)?;
    let is_temporary = id.and_then(key_id) == Some(KeyId::Temporary);
    let lacks_token = is_temporary && !has_variable(container, "AWS_SESSION_TOKEN");

    let what = match (secret, id) {
        (Some(_), Some(_)) if is_temporary => "temporary AWS keys",
        (Some(_), Some(_)) => "long-lived AWS keys",
        (Some(_), None) => "an AWS secret access key",
        _ => "an AWS access key id",
    };
    let place = match &container.name {
        Some(name) if !name.value.is_empty() => {
            format!("container {}", quote(&name.value.to_string()))
        }
        _ => "the container".to_string(),
    };
    let consequence = if lacks_token {
        ", and `AWS_SESSION_TOKEN` is missing, without which AWS refuses a temporary key"
    } else if is_temporary {
        ", and they expire within hours"
    } else {
        ""
    };
    let mut found = cx
        .diagnostic(
            primary.value.loc,
            format!("{what} in the environment of {place}{consequence}"),
        )
        .label(format!("value of {}", quote(&primary.name.value)))
        .identity(
            container
                .name
                .as_ref()
                .map_or(String::new(), |name| name.value.to_string()),
        );
    if let (Some(_), Some(id)) = (secret, id) {
        found = found.related(id.value.loc, format!("value of {}", quote(&id.name.value)));
    }
    if secret.is_none() && !lacks_token {
        // Without its secret an id opens nothing; it shows that the task runs on a user's keys.
        found = found
            .severity(Severity::Warning)
            .confidence(Confidence::Medium);
    }
    Some(found)
}

/// Whether the container talks to a store that only looks like AWS: its keys are that store's.
fn has_foreign_endpoint(container: &Container) -> bool {
    container.environment.iter().any(|variable| {
        let name = variable.name.value.to_ascii_uppercase();
        let is_endpoint =
            name.contains("ENDPOINT") && (name.contains("S3") || name.starts_with("AWS_"));
        is_endpoint
            && variable.value.value.as_literal().is_some_and(|url| {
                !url.is_empty() && !url.contains("amazonaws.") && !url.contains(".api.aws")
            })
    })
}

fn has_variable(container: &Container, name: &str) -> bool {
    container
        .environment
        .iter()
        .chain(&container.secrets)
        .any(|variable| variable.name.value == name)
}

/// Kinds of access key id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyId {
    /// `AKIA…`: a user's.
    LongLived,
    /// `ASIA…`: of a session.
    Temporary,
}

/// The kind of access key id that a variable holds, whatever its name
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>).
fn key_id(variable: &Variable) -> Option<KeyId> {
    let value = variable.value.value.as_literal()?;
    let (kind, rest) = match value.split_at_checked(4)? {
        ("AKIA", rest) => (KeyId::LongLived, rest),
        ("ASIA", rest) => (KeyId::Temporary, rest),
        _ => return None,
    };
    let is_id = rest.len() == 16
        && rest
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        && !is_filler(rest);
    is_id.then_some(kind)
}

/// Whether a variable holds a secret access key: its name says so, and its value has the form of one.
fn is_secret_key(variable: &Variable) -> bool {
    let name = variable.name.value.to_ascii_uppercase();
    let is_named = name.ends_with("AWS_SECRET_ACCESS_KEY") || name == "AWS_SECRET_KEY";
    is_named
        && variable.value.value.as_literal().is_some_and(|value| {
            value.len() == 40
                && value
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'='))
                && !is_filler(value)
        })
}

/// Whether a value of the right length is only a stand-in: the same few characters again and again.
fn is_filler(value: &str) -> bool {
    let mut seen: Vec<u8> = value.bytes().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 4
}
