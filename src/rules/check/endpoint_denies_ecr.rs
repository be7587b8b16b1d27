//! ECR401: a VPC endpoint policy that lets too little of ECR through for a pull
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>).

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::endpoint_denials::{self, Share, fold};
use super::image_actions::{PULL, UPLOAD};
use super::reading;
use crate::diag::{Diagnostic, quote};
use crate::iam::{Answer, Grant};
use crate::model::policy::{Layer, Policy, Statement};
use crate::model::template::Template;

/// The login, which goes through `ecr.api`.
const LOGIN: &str = "ecr:GetAuthorizationToken";

/// Which of ECR's endpoints a policy belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// `ecr.api`: the login.
    Api,
    /// `ecr.dkr`: manifests and layers.
    Dkr,
    /// Not said.
    Either,
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut said = Vec::new();
    let policies: Vec<AskedPolicy<'_>> = cx.policies().collect();
    for policy in &policies {
        let Some(door) = door(policy) else { continue };
        let missing: Vec<Gap> = needed(policy, door)
            .into_iter()
            .filter_map(|action| gap(policy, action))
            .collect();
        let denied: Vec<&Gap> = missing.iter().filter(|gap| gap.deny.is_some()).collect();
        let absent: Vec<&'static str> = missing
            .iter()
            .filter(|gap| gap.deny.is_none())
            .map(|gap| gap.action)
            .collect();
        if !absent.is_empty() {
            let found = not_allowed(cx, policy, door, &absent);
            said.extend(found.map(|found| (&**policy, found)));
        }
        for gap in denied {
            let found = gap
                .deny
                .map(|deny| refused(cx, policy, door, gap.action, deny));
            said.extend(found.map(|found| (&**policy, found)));
        }
    }
    fold(cx, Share::Request, said, endpoint_denials::not_allowed, out);
}

/// An action that does not come through, and the Deny that stops it, if one does.
struct Gap<'p> {
    action: &'static str,
    deny: Option<&'p Statement>,
}

/// The endpoint, if the policy is known to be that of one of ECR's.
fn door(policy: &Policy) -> Option<Door> {
    if policy.layer != Layer::Endpoint {
        return None;
    }
    if let Some(service) = &policy.endpoint_service {
        let name = service.value.suffix();
        return match name {
            _ if name.ends_with(".ecr.api") => Some(Door::Api),
            _ if name.ends_with(".ecr.dkr") => Some(Door::Dkr),
            _ => None,
        };
    }
    (has_principal(policy) && speaks_of_ecr(policy)).then_some(Door::Either)
}

/// Whether some statement names who may come: where only the path of the file says that this is an endpoint's policy, that
/// has to agree.
fn has_principal(policy: &Policy) -> bool {
    policy
        .document
        .statements
        .iter()
        .any(|statement| statement.principal.is_some())
}

fn speaks_of_ecr(policy: &Policy) -> bool {
    policy
        .document
        .statements
        .iter()
        .flat_map(|statement| &statement.action)
        .flat_map(|action| &action.values)
        .any(|value| {
            value
                .value
                .prefix()
                .to_ascii_lowercase()
                .starts_with("ecr:")
        })
}

/// What a pull needs through this endpoint, as far as the policy does not show that it serves something else.
fn needed(policy: &AskedPolicy<'_>, door: Door) -> Vec<&'static str> {
    let everything = Template::literal("*");
    let comes_through =
        |action: &&str| policy.alone().allows_part(action, &everything) != Answer::No;
    let pulls = PULL.iter().any(&comes_through);
    let pushes = UPLOAD.iter().any(&comes_through);
    match door {
        Door::Api => vec![LOGIN],
        // An endpoint of a subnet that only builds may let pushes through and nothing else.
        Door::Dkr if pushes && !pulls => Vec::new(),
        Door::Dkr => PULL.to_vec(),
        // It may be one of two policies that share the work.
        Door::Either if pulls => PULL.to_vec(),
        Door::Either => Vec::new(),
    }
}

fn gap<'p>(policy: &'p AskedPolicy<'_>, action: &'static str) -> Option<Gap<'p>> {
    let document = &policy.document;
    let everything = Template::literal("*");
    if document.statements.iter().any(Statement::denies)
        && let Grant::Denied { statement } = policy.alone().grants(action, &everything)
        && document.statements.iter().any(Statement::allows)
    {
        return Some(Gap {
            action,
            deny: document.statements.get(statement),
        });
    }
    // A statement of unknown effect may be the `Allow`.
    if document.statements.iter().any(|one| one.effect.is_none()) {
        return None;
    }
    // Named, but on a resource that cannot match: ECR101 says that of the login, ECR106 of a repository.
    let is_absent = policy.alone().allows_part(action, &everything) == Answer::No
        && !policy.alone().names_in_allow(action);
    is_absent.then_some(Gap { action, deny: None })
}

fn endpoint(door: Door) -> &'static str {
    match door {
        Door::Api => "the endpoint `ecr.api`",
        Door::Dkr => "the endpoint `ecr.dkr`",
        Door::Either => "the endpoint",
    }
}

fn not_allowed(
    cx: &Context<'_>,
    policy: &Policy,
    door: Door,
    absent: &[&'static str],
) -> Option<Diagnostic> {
    let statements = &policy.document.statements;
    let allow = statements.iter().find(|statement| statement.allows());
    let names = reading::listed(absent);
    let (at, message, sid) = match allow.or(statements.first()) {
        Some(statement) if allow.is_some() => (
            statement
                .action
                .as_ref()
                .map_or(statement.loc, |action| action.key),
            format!("the policy of {} does not allow {names}", endpoint(door)),
            reading::sid(statement),
        ),
        Some(statement) => (
            statement
                .effect
                .as_ref()
                .map_or(statement.loc, |effect| effect.loc),
            format!(
                "the policy of {} has no `Allow`, so nothing comes through it",
                endpoint(door)
            ),
            reading::sid(statement),
        ),
        None => return None,
    };
    let found = cx
        .diagnostic(at, message)
        .identity(absent.join(" "))
        .in_statement(sid)
        .help(match allow {
            Some(_) => format!("allow {names} in the policy"),
            None => "add a statement that allows what must come through, or remove the policy"
                .to_string(),
        });
    Some(with_service(found, policy))
}

fn refused(
    cx: &Context<'_>,
    policy: &Policy,
    door: Door,
    action: &str,
    deny: &Statement,
) -> Diagnostic {
    let at = deny.effect.as_ref().map_or(deny.loc, |effect| effect.loc);
    let found = cx
        .diagnostic(
            at,
            format!(
                "the policy of {} denies {} to everyone",
                endpoint(door),
                quote(action)
            ),
        )
        .identity(format!("deny {action}"))
        .in_statement(reading::sid(deny))
        .help("narrow the `Deny`, or give it a condition");
    with_service(found, policy)
}

fn with_service(found: Diagnostic, policy: &Policy) -> Diagnostic {
    match &policy.endpoint_service {
        Some(service) => found.related(service.loc, "the endpoint's service"),
        None => found,
    }
}
