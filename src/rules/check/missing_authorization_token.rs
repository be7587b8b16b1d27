//! ECR102: a principal whose policies are for pulls or pushes and give no login.
//!
//! Where a flow of the principal is in sight, its login is proved there (ECR203). What is judged here is a principal that
//! nothing in sight uses, and of which every policy is in sight.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html>

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::denials::shown_name;
use super::image_actions::{self, PULL, UPLOAD};
use super::reading;
use super::unknown_ecr_action::meant_by_slip;
use crate::diag::quote;
use crate::iam::{Alone, Answer};
use crate::link::flow::StepKind;
use crate::link::principals::PolicySet;
use crate::model::policy::{Policy, Principal, Statement};
use crate::model::role::{PrincipalKind, Role};
use crate::model::template::Template;
use crate::source::{FileId, Loc};
use std::collections::{BTreeMap, BTreeSet};

const LOGIN: &str = "ecr:GetAuthorizationToken";

/// Services whose roles log in to registries. Others that are given the rights of a pull, as Lambda is, do it by themselves
/// or not at all.
const DOCKER_USERS: [&str; 6] = [
    "build.apprunner.amazonaws.com",
    "codebuild.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "eks-fargate-pods.amazonaws.com",
    "pods.eks.amazonaws.com",
];

/// What a statement is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Intent {
    Pull,
    Push,
}

/// Principals that hold one statement.
struct Lacking<'a> {
    statement: &'a Statement,
    action: Loc,
    intent: Intent,
    roles: Vec<&'a Role>,
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<crate::diag::Diagnostic>) {
    let facts = &cx.workspace.facts;
    let asked: BTreeMap<*const Policy, AskedPolicy<'_>> = cx
        .policies()
        .map(|policy| (&raw const *policy, policy))
        .collect();
    let proved = with_a_login(cx);
    let mut lacking: Vec<Lacking<'_>> = Vec::new();
    let mut known: BTreeMap<Loc, usize> = BTreeMap::new();
    let roles = facts.roles.iter().zip(&cx.workspace.principals.sets);
    for (at, (role, set)) in roles.enumerate() {
        if proved.contains(&at) || !set.open.is_empty() || !uses_docker(role) {
            continue;
        }
        let Some((statement, action, intent)) = intent(set) else {
            continue;
        };
        if may_log_in(set, &asked) {
            continue;
        }
        match known.get(&action).and_then(|at| lacking.get_mut(*at)) {
            Some(one) => one.roles.push(role),
            None => {
                known.insert(action, lacking.len());
                lacking.push(Lacking {
                    statement,
                    action,
                    intent,
                    roles: vec![role],
                });
            }
        }
    }
    out.extend(lacking.iter().filter_map(|one| finding(cx, one)));
}

/// The principals of which a flow in sight shows whether they may log in.
fn with_a_login(cx: &Context<'_>) -> BTreeSet<usize> {
    let flows = cx.workspace.flows.iter();
    flows
        .filter(|flow| {
            let mut steps = flow.steps.iter();
            steps.any(|step| matches!(step.kind, StepKind::Login(_)))
        })
        .flat_map(|flow| flow.actor.roles.indices.iter().copied())
        .collect()
}

/// Whether what assumes a role logs in to registries, as far as its trust policy tells.
fn uses_docker(role: &Role) -> bool {
    match role.kind {
        PrincipalKind::User => true,
        // A member may have the login from elsewhere.
        PrincipalKind::Group => false,
        PrincipalKind::Role => role.trust.as_ref().is_some_and(|trust| {
            let statements = trust.document.statements.iter();
            statements
                .filter(|statement| statement.allows())
                .filter_map(|statement| statement.principal.as_ref())
                .any(names_a_docker_user)
        }),
    }
}

fn names_a_docker_user(principal: &Principal) -> bool {
    principal.entries.iter().any(|entry| {
        entry.kind.value != "Service"
            || entry
                .value
                .value
                .as_literal()
                .is_some_and(|service| DOCKER_USERS.contains(&service))
    })
}

/// The statement that shows what the policies are for.
fn intent(set: &PolicySet) -> Option<(&Statement, Loc, Intent)> {
    let wanted: Vec<&'static str> = UPLOAD.into_iter().chain(PULL).collect();
    let mut found = None;
    for granted in &set.policies {
        if granted.policy.document.loc.file == FileId::NONE {
            continue;
        }
        for ground in image_actions::grounds(&granted.policy, &wanted) {
            let Some(action) = ground.statement.action.as_ref() else {
                continue;
            };
            let names = |actions: &[&'static str]| {
                let mut actions = actions.iter();
                actions.all(|action| ground.named.contains(action))
            };
            if names(&UPLOAD) {
                return Some((ground.statement, action.key, Intent::Push));
            }
            if names(&PULL) && found.is_none() {
                found = Some((ground.statement, action.key, Intent::Pull));
            }
        }
    }
    found
}

/// Whether some policy lets the principal log in, was meant to, or denies it by intent.
fn may_log_in(set: &PolicySet, asked: &BTreeMap<*const Policy, AskedPolicy<'_>>) -> bool {
    set.policies.iter().any(|granted| {
        let gives = |alone: &Alone| {
            alone.allows_part(LOGIN, &Template::literal("*")) != Answer::No
                || alone.names_in_allow(LOGIN)
        };
        let gives = match asked.get(&(&raw const *granted.policy)) {
            Some(policy) => gives(policy.alone()),
            None => gives(&Alone::new(&granted.policy.document)),
        };
        gives || granted.policy.document.statements.iter().any(is_about_it)
    })
}

/// A statement that denies the login, or that misspells it.
fn is_about_it(statement: &Statement) -> bool {
    let Some(action) = &statement.action else {
        return true;
    };
    let mut entries = action
        .values
        .iter()
        .filter_map(|value| value.value.as_literal());
    if statement.denies() {
        return entries.any(|entry| entry.eq_ignore_ascii_case(LOGIN));
    }
    entries.any(|entry| meant_by_slip(entry).iter().any(|meant| meant == LOGIN))
}

fn finding(cx: &Context<'_>, one: &Lacking<'_>) -> Option<crate::diag::Diagnostic> {
    let first = one.roles.first()?;
    let kind = match first.kind {
        PrincipalKind::User => "user",
        PrincipalKind::Group => "group",
        PrincipalKind::Role => "role",
    };
    let name = shown_name(&first.name.value, &first.origin.label);
    let verb = match one.intent {
        Intent::Pull => "pull",
        Intent::Push => "push",
    };
    let whom = match one.roles.len() {
        1 => format!("{kind} {} may", quote(&name)),
        more => format!("{kind} {} and {} more may", quote(&name), more - 1),
    };
    let mut found = cx
        .diagnostic(
            one.action,
            format!(
                "{whom} {verb} but not log in: no policy allows {}",
                quote(LOGIN)
            ),
        )
        .label(format!("what a {verb} needs, but the login"))
        .identity(name)
        .in_statement(reading::sid(one.statement));
    for role in one.roles.iter().take(3) {
        found = found.related(
            role.name.loc,
            "no policy of this principal allows the login",
        );
    }
    Some(found)
}
