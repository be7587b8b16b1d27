//! What the rules on flows share: every link that will be denied, and which one rule speaks of it.
//!
//! One cause gives one finding. A denied link has one cause, by the precedence of the rule table, and each rule reports
//! its own; links that break for the same reason at the same place become one finding with all their places.

use super::super::Context;
use crate::diag::{Diagnostic, quote};
use crate::iam::explain::Part;
use crate::link::flow::{Actor, ActorKind, Flow, Image, Source, Step, StepKind};
use crate::link::names::How;
use crate::model::policy::{Layer, Policy, Statement};
use crate::model::role::Role;
use crate::model::task::TaskDefinition;
use crate::model::template::Template;
use crate::prove::{Answered, Because, Place, Refusal, StepVerdict};
use crate::source::{FileId, Loc, Spanned};
use std::sync::Arc;

/// Why a link is denied, as the rule table cuts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// None of these: it is not allowed.
    Plain,
}

/// A link that will be denied.
pub struct Denial<'a> {
    /// The flow.
    pub(super) flow: &'a Flow,
    /// The link.
    pub(super) step: &'a Step,
    /// The requests that are refused, and by what.
    pub(super) refused: Vec<(&'a Answered, &'a Refusal)>,
    /// Why.
    pub(super) cause: Cause,
}

/// Every denied link, in order, worked out once a run. A link behind another that is denied for a cause of its own is one
/// of its own.
pub(super) fn denials<'c, 'a>(cx: &'c Context<'a>) -> &'c [Denial<'a>] {
    cx.denials.get_or_init(|| find(cx))
}

fn find<'a>(cx: &Context<'a>) -> Vec<Denial<'a>> {
    let mut found = Vec::new();
    let flows = cx.workspace.flows.iter().zip(&cx.proofs.flows);
    for (flow, proof) in flows {
        for (step, proof) in flow.steps.iter().zip(&proof.steps) {
            if proof.verdict != StepVerdict::Denied {
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
            let Some((_, first)) = refused.iter().find(|(answer, _)| answer.is_required) else {
                continue;
            };
            let cause = cause(cx, flow, step, first, &refused);
            found.push(Denial {
                flow,
                step,
                refused,
                cause,
            });
        }
    }
    found
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
    let is_pull = matches!(step.kind, StepKind::Login(_) | StepKind::Pull(_));
    if flow.actor.kind != ActorKind::ExecutionRole || !is_pull {
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
        for (answer, _) in &self.refused {
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

    /// What to call the one who asks: "role `exec`".
    pub(super) fn who(&self, cx: &Context<'a>) -> String {
        let part = match self.flow.actor.kind {
            ActorKind::ExecutionRole => "execution role",
            ActorKind::TaskRole => "task role",
            ActorKind::InstanceRole => "instance role",
            ActorKind::BuildRole => "service role",
            ActorKind::AccessRole => "access role",
            ActorKind::JobRole => "role",
            ActorKind::JobPrincipal => "principal",
            ActorKind::LambdaService => return "Lambda".to_string(),
            ActorKind::BuildService => return "CodeBuild".to_string(),
        };
        let name = self
            .role(cx)
            .map(|role| shown_name(&role.name.value, &role.origin.label))
            .or_else(|| {
                let named = self.flow.actor.reference.as_ref()?;
                Some(named.value.to_string())
            });
        match name {
            Some(name) => format!("{part} {}", quote(&name)),
            None => format!("the {part}"),
        }
    }

    /// Where to point: the part of the nearest statement that misses, else the principal.
    pub(super) fn place(&self, cx: &Context<'a>) -> (Loc, String) {
        let refusal = self.refusal();
        let near = refusal.and_then(|refusal| {
            let place = refusal.nearest.as_ref()?;
            Some((refusal, place, statement(place)?))
        });
        if let Some((refusal, place, statement)) = near {
            let in_file = statement.loc.file != FileId::NONE;
            if refusal.is_explicit {
                return (place.at, "this statement denies it".to_string());
            }
            match refusal.failed.as_slice() {
                [Part::Action] if in_file => {
                    let at = statement
                        .action
                        .as_ref()
                        .map_or(place.at, |action| action.key);
                    let label = format!("{} not in this list", is_or_are(&self.actions()));
                    return (at, label);
                }
                [Part::Resource] if in_file => {
                    let at = statement
                        .resource
                        .as_ref()
                        .map_or(place.at, |resource| resource.loc);
                    return (at, "this does not name it".to_string());
                }
                [Part::Condition] if in_file => {
                    let at = statement.condition_loc.unwrap_or(place.at);
                    return (at, "this condition is not met".to_string());
                }
                [Part::Principal] if in_file => {
                    let at = statement
                        .principal
                        .as_ref()
                        .map_or(place.at, |principal| principal.loc);
                    return (at, "this does not name the caller".to_string());
                }
                _ => {}
            }
        }
        if let Some(role) = self.role(cx) {
            return (
                role.name.loc,
                "no policy of this principal allows it".to_string(),
            );
        }
        (self.step.at, "this will be denied".to_string())
    }

    /// The finding at its place, with the chain as related places.
    pub(super) fn finding(&self, cx: &Context<'a>, message: String) -> Diagnostic {
        let (at, label) = self.place(cx);
        let mut identity = self.actions().join(" ");
        if let Some(image) = image(self.step) {
            identity = format!("{identity} {}", image.image.repository);
        }
        let mut found = cx.diagnostic(at, message).label(label).identity(identity);
        if self.flow.actor.roles.how == Some(How::ByName) {
            found = found.confidence(crate::diag::Confidence::Medium);
        }
        let mut seen = vec![at];
        for (loc, text) in self.chain(cx) {
            if loc.file != FileId::NONE && !seen.contains(&loc) {
                seen.push(loc);
                found = found.related(loc, text);
            }
        }
        found
    }

    /// The finding on a trust policy that lets a service not assume the role: at the policy, where no statement of it comes
    /// near.
    pub(super) fn finding_on_trust(&self, cx: &Context<'a>, message: String) -> Diagnostic {
        let mut found = self.finding(cx, message);
        let trust = self.role(cx).and_then(|role| role.trust.as_ref());
        let has_statement = self
            .refusal()
            .is_some_and(|refusal| refusal.nearest.is_some());
        if let (Some(trust), false) = (trust, has_statement) {
            found.primary.loc = trust.document.loc;
            found = found.label("this trust policy leaves it out");
        }
        found
    }

    /// The places of the chain: what is asked for, with which role, which policy.
    fn chain(&self, cx: &Context<'a>) -> Vec<(Loc, String)> {
        let verb = match &self.step.kind {
            StepKind::Login(_) => "logs in for this",
            StepKind::Pull(_) => "pulls this",
            StepKind::Push(_) => "pushes this",
            StepKind::Layers(_) => "takes the layers of this",
            StepKind::Logs(_) => "writes this log",
            StepKind::Secret(_) | StepKind::EnvironmentFile(_) => "reads this",
            StepKind::Exec => "has ECS Exec switched on here",
            StepKind::ApiCall { .. } => "calls ECR here",
            StepKind::AssumedByService(_) | StepKind::AssumedByJob => "names the role here",
        };
        let mut chain = vec![(self.step.at, format!("{} {verb}", self.flow.title))];
        if let Some(named) = &self.flow.actor.reference {
            chain.push((named.loc, "with this role".to_string()));
        }
        if let Some(role) = self.role(cx) {
            chain.push((role.name.loc, "the role is declared here".to_string()));
        }
        chain
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
        .filter(|denial| denials_of_images(denial))
        .flat_map(|denial| denial.refused.iter())
        .filter_map(|(_, refusal)| Some(&refusal.nearest.as_ref()?.policy))
        .collect()
}

fn denials_of_images(denial: &Denial<'_>) -> bool {
    image(denial.step).is_some()
}

/// Whether one of the explained policies is this one.
pub(super) fn is_among(explained: &[&Arc<Policy>], policy: &Policy) -> bool {
    explained
        .iter()
        .any(|one| std::ptr::eq(&raw const ***one, policy))
}
