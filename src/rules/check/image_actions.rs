//! What a document allows on the way of an image: the ground on which ECR103, ECR104 and ECR401 judge.
//!
//! A document is judged one resource pattern at a time. An action counts as missing there only if no Allow of the
//! document reaches any part of the pattern with it, whatever holes hold; conditions are taken as met.

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::{reading, unknown_ecr_action};
use crate::catalog::Action;
use crate::iam::{Alone, Answer};
use crate::link::Workspace;
use crate::model::policy::{Policy, Statement};
use crate::model::template::Template;
use crate::source::Loc;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

/// The push policy that AWS documents, in its order
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html>).
pub(super) const PUSH: [&str; 6] = [
    "ecr:CompleteLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:InitiateLayerUpload",
    "ecr:BatchCheckLayerAvailability",
    "ecr:PutImage",
    "ecr:BatchGetImage",
];

/// Those of them that send a layer, which nothing but a push does.
pub(super) const UPLOAD: [&str; 3] = [
    "ecr:CompleteLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:InitiateLayerUpload",
];

/// The two halves of a pull
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html>).
pub(super) const PULL: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

/// A resource pattern of a document, and what the Allows that write it name.
pub(super) struct Ground<'p> {
    /// The statement that names most of it.
    pub(super) statement: &'p Statement,
    /// The pattern; `*` where a repository policy has none.
    pub(super) resource: Template,
    /// Where it stands in that statement, if it is written.
    pub(super) at: Option<Loc>,
    /// The actions asked for that some statement with this very pattern names.
    pub(super) named: Vec<&'static str>,
    /// How many of them the statement names by itself.
    own: usize,
}

/// Every resource pattern for which an Allow of the policy names some of these actions.
pub(super) fn grounds<'p>(policy: &'p Policy, wanted: &[&'static str]) -> Vec<Ground<'p>> {
    let mut grounds: Vec<Ground<'p>> = Vec::new();
    let mut known: BTreeMap<Template, usize> = BTreeMap::new();
    for statement in policy
        .document
        .statements
        .iter()
        .filter(|statement| statement.allows())
    {
        let meant = named(statement);
        let named: Vec<&'static str> = wanted
            .iter()
            .copied()
            .filter(|action| meant.contains(action))
            .collect();
        if named.is_empty() {
            continue;
        }
        for (resource, at) in resources(statement) {
            let Some(before) = known
                .get(&resource)
                .and_then(|index| grounds.get_mut(*index))
            else {
                known.insert(resource.clone(), grounds.len());
                grounds.push(Ground {
                    statement,
                    resource,
                    at,
                    own: named.len(),
                    named: named.clone(),
                });
                continue;
            };
            before.named.extend(&named);
            if before.own < named.len() {
                (before.statement, before.at, before.own) = (statement, at, named.len());
            }
        }
    }
    grounds
}

fn resources(statement: &Statement) -> Vec<(Template, Option<Loc>)> {
    match &statement.resource {
        None if statement.principal.is_some() => vec![(Template::literal("*"), None)],
        Some(resource) if !resource.negated => resource
            .values
            .iter()
            .map(|value| (value.value.clone(), Some(value.loc)))
            .collect(),
        _ => Vec::new(),
    }
}

/// The image actions that entries of the statement say they are about: the action itself, or a wildcard that reaches
/// nothing but image actions. `ecr:Put*` is about repository settings as well and shows no intent.
fn named(statement: &Statement) -> BTreeSet<&'static str> {
    let mut named = BTreeSet::new();
    let Some(element) = statement.action.as_ref().filter(|element| !element.negated) else {
        return named;
    };
    for value in &element.values {
        let Some(pattern) = value
            .value
            .as_literal()
            .and_then(|text| reading::name_of(text, "ecr"))
        else {
            continue;
        };
        let matched: Option<Vec<_>> = reading::matching_actions("ecr", pattern)
            .map(image_action)
            .collect();
        named.extend(matched.into_iter().flatten());
    }
    named
}

/// The action's name, if it is on the way of an image.
fn image_action(action: &Action) -> Option<&'static str> {
    PUSH.into_iter()
        .chain(PULL)
        .find(|name| name.strip_prefix("ecr:") == Some(action.name))
}

/// What a document forgets.
pub(super) struct Gaps<'p> {
    policy: &'p AskedPolicy<'p>,
    workspace: &'p Workspace,
    /// The other policies of those that this one is attached to.
    companions: OnceCell<Vec<Alone>>,
    /// Actions that are not forgotten: a Deny names them, or an Allow misspells them and the misspelling is the fault
    /// (ECR105).
    excused: OnceCell<BTreeSet<String>>,
}

impl<'p> Gaps<'p> {
    pub(super) fn of<'a: 'p>(cx: &Context<'a>, policy: &'p AskedPolicy<'a>) -> Gaps<'p> {
        Gaps {
            policy,
            workspace: cx.workspace,
            companions: OnceCell::new(),
            excused: OnceCell::new(),
        }
    }

    /// Whether the action is allowed on no part of the resource, and nobody meant otherwise.
    pub(super) fn has(&self, action: &str, resource: &Template) -> bool {
        self.policy.alone().allows_part(action, resource) == Answer::No
            && !self
                .excused
                .get_or_init(|| excused(self.policy))
                .contains(action)
            && !self.is_made_up_for(action, resource)
    }

    /// Whether another policy of the same principal may allow it.
    fn is_made_up_for(&self, action: &str, resource: &Template) -> bool {
        let companions = self.companions.get_or_init(|| {
            let is_this = |other: &Policy| std::ptr::eq(other, &raw const **self.policy);
            let sets = &self.workspace.principals.sets;
            sets.iter()
                .filter(|set| set.policies.iter().any(|one| is_this(&one.policy)))
                .flat_map(|set| &set.policies)
                .filter(|one| !is_this(&one.policy))
                .map(|one| Alone::new(&one.policy.document))
                .collect()
        });
        companions
            .iter()
            .any(|other| other.allows_part(action, resource) != Answer::No)
    }

    /// Those of the actions that are missing, in the same order.
    pub(super) fn among(&self, actions: &[&'static str], resource: &Template) -> Vec<&'static str> {
        actions
            .iter()
            .copied()
            .filter(|action| self.has(action, resource))
            .collect()
    }
}

fn excused(policy: &Policy) -> BTreeSet<String> {
    let mut excused = BTreeSet::new();
    for statement in &policy.document.statements {
        if statement.denies() {
            excused.extend(named(statement).into_iter().map(str::to_string));
        } else if statement.allows()
            && let Some(element) = statement.action.as_ref().filter(|element| !element.negated)
        {
            let entries = element
                .values
                .iter()
                .filter_map(|one| one.value.as_literal());
            excused.extend(entries.flat_map(unknown_ecr_action::meant_by_slip));
        }
    }
    excused
}

/// Grounds that share a statement and what is said about them: one finding for all of their resources.
pub(super) fn by_statement<'p, T: PartialEq>(
    judged: Vec<(Ground<'p>, T)>,
) -> Vec<(Vec<Ground<'p>>, T)> {
    let mut groups: Vec<(Vec<Ground<'p>>, T)> = Vec::new();
    for (ground, verdict) in judged {
        let same = groups.iter_mut().find(|(members, other)| {
            members
                .first()
                .is_some_and(|member| std::ptr::eq(member.statement, ground.statement))
                && *other == verdict
        });
        match same {
            Some((members, _)) => members.push(ground),
            None => groups.push((vec![ground], verdict)),
        }
    }
    groups
}
