//! ECR106: a resource that can match no ECR repository.
//!
//! Only what is written out is judged: a wildcard, a policy variable, a hole or a placeholder makes its part of the ARN
//! unknown, and an unknown part is never at fault. The form of the ARNs:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>.

mod fields;
mod host;

use super::super::Context;
use super::reading;
use crate::diag::{Diagnostic, quote};
use crate::model::arn;
use crate::model::policy::Statement;
use crate::model::template::Template;

/// What is wrong with a resource.
struct Fault {
    /// What it is or lacks: "names a tag".
    what: String,
    /// What to write instead, if that can be told.
    instead: Option<String>,
}

impl Fault {
    fn new(what: impl Into<String>) -> Self {
        Fault {
            what: what.into(),
            instead: None,
        }
    }

    fn instead(mut self, text: impl Into<String>) -> Self {
        self.instead = Some(text.into());
        self
    }
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in &cx.workspace.facts.policies {
        for statement in &policy.document.statements {
            let Some(resource) = &statement.resource else {
                continue;
            };
            let is_for_repositories = acts_on_repositories_only(statement);
            for value in &resource.values {
                let Some(fault) = fault_of(&value.value, is_for_repositories) else {
                    continue;
                };
                let text = value.value.to_string();
                let mut found = cx
                    .diagnostic(
                        value.loc,
                        format!(
                            "{} {}, so it matches no repository",
                            quote(&text),
                            fault.what
                        ),
                    )
                    .identity(text)
                    .in_statement(reading::sid(statement));
                if let Some(instead) = fault.instead {
                    found = found.help(format!("write {}", quote(&instead)));
                }
                out.push(found);
            }
        }
    }
}

/// Whether every action of the statement is known to be one of private ECR, and at least one acts on a repository: then
/// a resource of another kind has no business there.
fn acts_on_repositories_only(statement: &Statement) -> bool {
    let Some(action) = &statement.action else {
        return false;
    };
    if action.negated || !action.complete {
        return false;
    }
    let mut acts_on_repository = false;
    for value in &action.values {
        let Some(name) = value
            .value
            .as_literal()
            .and_then(|action| reading::name_of(action, "ecr"))
        else {
            return false;
        };
        acts_on_repository |=
            reading::matching_actions("ecr", name).any(|known| known.has_resource_level());
    }
    acts_on_repository
}

fn fault_of(written: &Template, is_for_repositories: bool) -> Option<Fault> {
    let resource = &reading::opaque(written);
    if let Some(fault) = host::fault_of(resource) {
        return Some(fault);
    }
    let fields = arn::fields(resource);
    if fields.first().and_then(Template::as_literal) != Some("arn") {
        return is_for_repositories.then(|| bare_name(resource)).flatten();
    }
    let service = fields.get(2)?.as_literal()?;
    match service.trim() {
        "ecr" => fields::private_fault(resource, &fields),
        "ecr-public" => fields::public_fault(resource, &fields),
        other if other.eq_ignore_ascii_case("ecr") || other.eq_ignore_ascii_case("ecr-public") => {
            Some(
                Fault::new(format!("writes the service as {}", quote(other))).instead(
                    resource
                        .to_string()
                        .replacen(other, &other.to_ascii_lowercase(), 1),
                ),
            )
        }
        other if is_for_repositories && is_service_name(other) => {
            Some(Fault::new(format!("is an ARN of {}", quote(other))))
        }
        _ => None,
    }
}

/// A word that can be the service of an ARN: no wildcard, no placeholder.
fn is_service_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && text != "service"
}

/// A repository's name, with or without `repository/`, where an ARN belongs.
fn bare_name(resource: &Template) -> Option<Fault> {
    let text = resource.as_literal()?;
    let looks_like_a_name = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/".contains(&b))
        && text.bytes().any(|b| b.is_ascii_lowercase());
    if !looks_like_a_name {
        return None;
    }
    let name = text.strip_prefix("repository/").unwrap_or(text);
    Some(Fault::new("is not an ARN").instead(format!(
        "arn:<partition>:ecr:<region>:<account>:repository/{name}"
    )))
}
