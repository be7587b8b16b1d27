//! What the rules on flows share: every link that will be denied, and which one rule speaks of it.
//!
//! One cause gives one finding. A denied link has one cause, by the precedence of the rule table, and each rule reports
//! its own; links that break for the same reason at the same place become one finding with all their places.

mod fold;
mod words;

use super::super::Context;
use crate::iam::explain::Part;
use crate::link::flow::{Actor, ActorKind, Flow, Image, Source, Step, StepKind};
use crate::model::policy::{Layer, Policy, Statement};
use crate::model::role::Role;
use crate::model::task::TaskDefinition;
use crate::model::template::Template;
use crate::prove::requests::{CREATE, IMPORT};
use crate::prove::{Answered, Because, Place, Refusal, StepVerdict};
use crate::source::Spanned;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Why a link is denied, as the rule table cuts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A Deny in an identity policy.
    ExplicitDeny,
    /// A Deny in the registry policy.
    Registry,
    /// The permissions boundary or a service control policy, while the identity policies allow it.
    Limit,
    /// The policy of a VPC endpoint.
    Endpoint,
    /// A policy is there for it, for another account, Region or repository.
    OnlyResource,
    /// The other account's side is missing, or this one's for the other account.
    CrossAccount,
    /// The execution role cannot and the task role can.
    MixUp,
    /// The role cannot be assumed.
    Trust,
    /// The repository's policy leaves out a service that pulls by itself.
    Service,
    /// The image may be pulled, but not fetched through the cache that it is named under.
    Cache,
    /// None of these: it is not allowed.
    Plain,
}

/// A link that will be denied, with the others that will be denied for the same cause at the same place.
pub struct Denial<'a> {
    /// The flow.
    pub(super) flow: &'a Flow,
    /// The link.
    pub(super) step: &'a Step,
    /// The requests that are refused, and by what.
    pub(super) refused: Vec<(&'a Answered, &'a Refusal)>,
    /// Why.
    pub(super) cause: Cause,
    /// The other links, in order: what mends this one mends them.
    pub(super) others: Vec<Denial<'a>>,
}

/// Every denied link, in order, worked out once a run; those with one cause are one.
pub(super) fn denials<'c, 'a>(cx: &'c Context<'a>) -> &'c [Denial<'a>] {
    cx.denials.get_or_init(|| find(cx))
}

fn find<'a>(cx: &Context<'a>) -> Vec<Denial<'a>> {
    let mut found = Vec::new();
    let flows = cx.workspace.flows.iter().zip(&cx.proofs.flows);
    for (flow, proof) in flows {
        for (step, proof) in flow.steps.iter().zip(&proof.steps) {
            let is_denied = proof.verdict == StepVerdict::Denied;
            if !is_denied && !is_cached(step) {
                continue;
            }
            let refused: Vec<_> = proof
                .answers
                .iter()
                .filter(|answer| answer.verdict == StepVerdict::Denied)
                .filter_map(|answer| match &answer.because {
                    Because::Refused(refusal) => Some((answer, refusal.as_ref())),
                    _ => None,
                })
                .collect();
            let required = refused.iter().find(|(answer, _)| answer.is_required);
            let cause = match required {
                Some((_, first)) => cause(cx, flow, step, first, &refused),
                // What a pull needs only if it is the first one.
                None if !is_denied && is_for_the_cache(&refused) => Cause::Cache,
                None => continue,
            };
            found.push(Denial {
                flow,
                step,
                refused,
                cause,
                others: Vec::new(),
            });
        }
    }
    spread_mix_ups(cx, &mut found);
    fold::fold(cx, found)
}

/// A task whose roles are mixed up fails with all that its agent does and its task role could.
fn spread_mix_ups(cx: &Context<'_>, found: &mut [Denial<'_>]) {
    let mixed_up: BTreeSet<Source> = found
        .iter()
        .filter(|denial| denial.cause == Cause::MixUp)
        .map(|denial| denial.flow.source)
        .collect();
    for denial in found {
        if denial.cause == Cause::Plain
            && mixed_up.contains(&denial.flow.source)
            && is_by_other_role(cx, denial.flow, denial.step)
        {
            denial.cause = Cause::MixUp;
        }
    }
}

fn cause(
    cx: &Context<'_>,
    flow: &Flow,
    step: &Step,
    first: &Refusal,
    refused: &[(&Answered, &Refusal)],
) -> Cause {
    if matches!(
        step.kind,
        StepKind::AssumedByService(_) | StepKind::AssumedByJob
    ) {
        return Cause::Trust;
    }
    if flow.actor.kind.service().is_some() {
        return Cause::Service;
    }
    let misses = |layer: Layer| first.layers.contains(&layer);
    match first.layer {
        Layer::Endpoint => return Cause::Endpoint,
        Layer::Registry => return Cause::Registry,
        // Where the identity policies do not allow it either, they are the first to mend.
        Layer::Boundary | Layer::ServiceControl | Layer::ResourceControl | Layer::Session
            if first.is_explicit || !misses(Layer::Identity) =>
        {
            return Cause::Limit;
        }
        Layer::Identity if first.is_explicit => return Cause::ExplicitDeny,
        _ => {}
    }
    if is_mix_up(cx, flow, step) {
        return Cause::MixUp;
    }
    if is_cached(step) && is_for_the_cache(refused) {
        return Cause::Cache;
    }
    if crosses_accounts(flow, step) {
        return Cause::CrossAccount;
    }
    let only_resource = refused
        .iter()
        .filter(|(answer, _)| answer.is_required)
        .all(|(_, refusal)| refusal.failed == [Part::Resource] && refusal.nearest.is_some());
    if only_resource && image(step).is_some() {
        Cause::OnlyResource
    } else {
        Cause::Plain
    }
}

/// Whether an image is fetched through a pull through cache rule.
fn is_cached(step: &Step) -> bool {
    image(step).is_some_and(|image| image.cache.is_some())
}

/// Whether nothing is refused but what fetches an image from elsewhere, for want of a grant.
fn is_for_the_cache(refused: &[(&Answered, &Refusal)]) -> bool {
    !refused.is_empty()
        && refused.iter().all(|(answer, refusal)| {
            let is_grant = matches!(refusal.layer, Layer::Identity | Layer::Repository);
            matches!(answer.action.as_str(), IMPORT | CREATE) && is_grant && !refusal.is_explicit
        })
}

/// The image that a link moves.
pub(super) fn image(step: &Step) -> Option<&Image> {
    match &step.kind {
        StepKind::Pull(image) | StepKind::Push(image) => Some(image),
        _ => None,
    }
}

/// The task definition of a flow.
pub(super) fn task<'a>(cx: &Context<'a>, flow: &Flow) -> Option<&'a TaskDefinition> {
    match flow.source {
        Source::Task { task, .. } => cx.workspace.facts.tasks.get(task),
        _ => None,
    }
}

/// Whether the execution role lacks what the task role has.
fn is_mix_up(cx: &Context<'_>, flow: &Flow, step: &Step) -> bool {
    matches!(step.kind, StepKind::Login(_) | StepKind::Pull(_)) && is_by_other_role(cx, flow, step)
}

fn is_by_other_role(cx: &Context<'_>, flow: &Flow, step: &Step) -> bool {
    if flow.actor.kind != ActorKind::ExecutionRole {
        return false;
    }
    other_role(cx, flow).is_some_and(|actor| {
        actor.roles != flow.actor.roles
            && !actor.roles.is_empty()
            && cx.proofs.step_by(cx.workspace, flow, &actor, step).verdict == StepVerdict::Ok
    })
}

/// The task role of the same task, as an actor.
pub(super) fn other_role(cx: &Context<'_>, flow: &Flow) -> Option<Actor> {
    let task = task(cx, flow)?;
    let actor = role_of_task(cx, task, task.task_role.as_ref()?);
    Some(Actor {
        account: flow.actor.account.clone(),
        ..actor
    })
}

/// The role that a task names so, as an actor.
pub(super) fn role_of_task(
    cx: &Context<'_>,
    task: &TaskDefinition,
    named: &Spanned<Template>,
) -> Actor {
    let mut actor = Actor {
        kind: ActorKind::TaskRole,
        reference: Some(named.clone()),
        roles: cx.workspace.principals.find(&named.value),
        account: None,
    };
    actor.keep_possible(&cx.workspace.facts, &task.origin);
    actor
}

fn crosses_accounts(flow: &Flow, step: &Step) -> bool {
    let Some(image) = image(step) else {
        return false;
    };
    let owner = &image.registry.account;
    flow.actor
        .account
        .as_ref()
        .is_some_and(|account| account != owner && account.is_known() && owner.is_known())
}

impl<'a> Denial<'a> {
    /// This link and all others with its cause.
    pub(super) fn links(&self) -> impl Iterator<Item = &Denial<'a>> {
        std::iter::once(self).chain(&self.others)
    }

    /// The first refusal of a request that the link cannot do without.
    pub(super) fn refusal(&self) -> Option<&'a Refusal> {
        self.refused
            .iter()
            .find(|(answer, _)| answer.is_required)
            .or_else(|| self.refused.first())
            .map(|(_, refusal)| *refusal)
    }

    /// The refused actions, in order, each once.
    pub(super) fn actions(&self) -> Vec<&'a str> {
        let mut actions: Vec<&str> = Vec::new();
        // In the order in which AWS asks: the login is before all images.
        let mut links: Vec<&Denial<'a>> = self.links().collect();
        links.sort_by_key(|link| !matches!(link.step.kind, StepKind::Login(_)));
        let refused = links.into_iter().flat_map(|link| &link.refused);
        for (answer, _) in refused {
            if !actions.contains(&answer.action.as_str()) {
                actions.push(&answer.action);
            }
        }
        actions
    }

    /// The principal, if it is in sight.
    pub(super) fn role(&self, cx: &Context<'a>) -> Option<&'a Role> {
        let at = self.refusal()?.role?;
        cx.workspace.facts.roles.get(at)
    }
}

/// The statement at a place.
pub(super) fn statement(place: &Place) -> Option<&Statement> {
    place.policy.document.statements.get(place.statement)
}

/// A name, or the label of a declaration whose name the cloud makes up.
pub(super) fn shown_name(name: &Template, label: &str) -> String {
    name.as_literal()
        .map_or_else(|| label.to_string(), str::to_string)
}

/// `a is` or `a and b are`.
pub(super) fn is_or_are(actions: &[&str]) -> String {
    let listed = super::reading::listed(actions);
    if actions.len() == 1 {
        format!("{listed} is")
    } else {
        format!("{listed} are")
    }
}

/// The policies that findings on flows speak of already, so that a rule that reads a policy by itself has nothing to add
/// about them.
pub(super) fn explained<'a>(cx: &Context<'a>) -> Vec<&'a Arc<Policy>> {
    denials(cx)
        .iter()
        .flat_map(Denial::links)
        .filter(|link| image(link.step).is_some())
        .flat_map(|link| link.refused.iter())
        .filter_map(|(_, refusal)| Some(&refusal.nearest.as_ref()?.policy))
        .collect()
}

/// Whether one of the explained policies is this one.
pub(super) fn is_among(explained: &[&Arc<Policy>], policy: &Policy) -> bool {
    explained
        .iter()
        .any(|one| std::ptr::eq(&raw const ***one, policy))
}
