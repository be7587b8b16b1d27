//! ECR109: an action that a repository policy is never asked about
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html>), or that a registry policy does not
//! take.

use super::super::Context;
use super::reading;
use crate::catalog;
use crate::diag::{Diagnostic, quote};
use crate::model::policy::{Layer, Policy, Statement};
use crate::model::repository::RegistrySettingKind;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for policy in &cx.workspace.facts.policies {
        if policy.layer != Layer::Repository {
            continue;
        }
        let is_private = policy.document.statements.iter().any(names_private_action);
        for statement in &policy.document.statements {
            if is_private && (policy.layer_is_certain || is_only_of_a_repository(policy, statement))
            {
                in_statement(cx, statement, out);
            }
        }
    }
    in_registry_policies(cx, out);
}

/// What a registry policy may hold under scope `V1`; under `V2` it may hold any action of ECR
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>).
const IN_SCOPE_V1: [&str; 3] = [
    "ReplicateImage",
    "BatchImportUpstreamImage",
    "CreateRepository",
];

/// Registry policies beside which scope `V1` is set.
fn in_registry_policies(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let settings = &cx.workspace.facts.registry_settings;
    for one in settings {
        let RegistrySettingKind::Policy(Some(policy)) = &one.kind else {
            continue;
        };
        let home = &one.origin.scope;
        let scope = settings.iter().find_map(|other| match &other.kind {
            RegistrySettingKind::PolicyScope(scope)
                if other.origin.scope.account == home.account
                    && other.origin.scope.region == home.region
                    && other.origin.scope.can_meet(home) =>
            {
                Some(scope)
            }
            _ => None,
        });
        let Some(scope) = scope.filter(|scope| scope.value.as_literal() == Some("V1")) else {
            continue;
        };
        for statement in &policy.document.statements {
            let actions = statement.action.iter().filter(|actions| !actions.negated);
            for value in actions.flat_map(|actions| &actions.values) {
                let text = value.value.to_string();
                let is_foreign = value.value.is_known()
                    && reading::name_of(&text, "ecr").is_some_and(|name| {
                        reading::matching_actions("ecr", name).next().is_some()
                            && !name.contains(['*', '?'])
                            && !IN_SCOPE_V1.iter().any(|one| one.eq_ignore_ascii_case(name))
                    });
                if is_foreign {
                    out.push(
                        cx.diagnostic(
                            value.loc,
                            format!(
                                "{} may not stand in a registry policy of scope `V1`",
                                quote(&text)
                            ),
                        )
                        .related(scope.loc, "the scope is set here")
                        .help("set the scope to `V2`, or remove the action from this policy")
                        .identity(text)
                        .in_statement(reading::sid(statement)),
                    );
                }
            }
        }
    }
}

/// A document with a principal may belong to a VPC endpoint, where a login is in its place; but there `Resource` is
/// required.
fn is_only_of_a_repository(policy: &Policy, statement: &Statement) -> bool {
    statement.principal.is_some()
        && policy
            .document
            .statements
            .iter()
            .all(|statement| statement.resource.is_none())
}

/// Whether the statement speaks of private repositories: ECR Public has repository policies of its own.
fn names_private_action(statement: &Statement) -> bool {
    statement
        .action
        .iter()
        .flat_map(|action| &action.values)
        .any(|value| {
            value
                .value
                .as_literal()
                .is_some_and(|text| reading::name_of(text, "ecr").is_some())
        })
}

fn in_statement(cx: &Context<'_>, statement: &Statement, out: &mut Vec<Diagnostic>) {
    let Some(actions) = statement.action.as_ref().filter(|actions| !actions.negated) else {
        return;
    };
    for value in &actions.values {
        let Some((why, help)) = value.value.as_literal().and_then(fault_of) else {
            continue;
        };
        let text = value.value.to_string();
        let mut found = cx
            .diagnostic(value.loc, format!("{} {why}", quote(&text)))
            .identity(text)
            .in_statement(reading::sid(statement));
        if let Some(help) = help {
            found = found.help(help);
        }
        out.push(found);
    }
}

/// Why the entry is dead, and what to do if the rule's own advice does not fit.
fn fault_of(action: &str) -> Option<(String, Option<&'static str>)> {
    if let Some(name) = reading::name_of(action, "ecr") {
        let mut matched = reading::matching_actions("ecr", name).peekable();
        // An unknown action is ECR105's; a wildcard is fine as long as it reaches something that acts on a repository.
        let is_dead = matched.peek().is_some() && matched.all(|known| !known.has_resource_level());
        return is_dead.then(|| {
            let why = if name.eq_ignore_ascii_case("GetAuthorizationToken") {
                "cannot be allowed by a repository policy: a login names no repository"
            } else {
                "has no effect in a repository policy: its requests name no repository"
            };
            (why.to_string(), None)
        });
    }
    let (prefix, _) = action.split_once(':')?;
    let is_other = catalog::is_service_prefix(prefix) && !prefix.eq_ignore_ascii_case("ecr-public");
    is_other.then(|| {
        (
            "is no action of ECR and has no place in a repository policy".to_string(),
            Some("remove the action from this policy"),
        )
    })
}
