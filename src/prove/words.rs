//! An answer in words: what is decided, the places that show it, and what would mend it.

use super::{Answered, Because, Place, Refusal, StepVerdict, oidc};
use crate::diag::{Label, quote};
use crate::iam::explain::{Edit, Part};
use crate::link::Workspace;
use crate::link::flow::{Actor, ActorKind, Flow, Step, StepKind};
use crate::link::repositories::RepositoryRule;
use crate::model::endpoint::VpcEndpoint;
use crate::model::origin::Origin;
use crate::model::policy::{Layer, Policy, Statement};
use crate::model::repository::Repository;
use crate::model::role::Role;
use crate::model::template::Template;
use crate::source::{FileId, Loc};
use std::sync::Arc;

/// What is to be said of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What is decided and why: lower case, one line, no full stop.
    pub message: String,
    /// The places that show it, the most telling first.
    pub places: Vec<Label>,
    /// What to do, if one small change would mend it.
    pub help: Option<String>,
}

/// Puts the answer to a request of `step` into words. `actor` is who asked.
#[must_use]
pub fn of(
    workspace: &Workspace,
    flow: &Flow,
    actor: &Actor,
    step: &Step,
    answered: &Answered,
) -> Words {
    let speaker = Speaker {
        workspace,
        flow,
        actor,
        step,
        answered,
    };
    match &answered.because {
        Because::Refused(refusal) => speaker.refused(refusal),
        Because::Allowed(place) => speaker.allowed(place.as_ref()),
        Because::Depends(on) => speaker.depends(on),
        Because::NoWay => super::reach::words(workspace, flow, answered),
    }
}

/// What people call a role: its name, or its label where AWS makes the name up.
#[must_use]
pub fn role_name(role: &Role) -> String {
    name_or_label(&role.name.value, &role.origin)
}

/// What people call a repository.
#[must_use]
pub fn repository_name(repository: &Repository) -> String {
    name_or_label(&repository.name.value, &repository.origin)
}

/// What people call an endpoint: its label, or the end of its service's name.
#[must_use]
pub fn endpoint_name(endpoint: &VpcEndpoint) -> String {
    if !endpoint.origin.label.is_empty() {
        return endpoint.origin.label.clone();
    }
    match endpoint.id.as_literal() {
        Some(id) if !id.is_empty() => id.to_string(),
        _ => endpoint.service.value.to_string(),
    }
}

fn name_or_label(name: &Template, origin: &Origin) -> String {
    match name.as_literal() {
        Some(name) if !name.is_empty() => name.to_string(),
        _ if !origin.label.is_empty() => origin.label.clone(),
        _ => name.to_string(),
    }
}

struct Speaker<'s> {
    workspace: &'s Workspace,
    flow: &'s Flow,
    actor: &'s Actor,
    step: &'s Step,
    answered: &'s Answered,
}

impl<'s> Speaker<'s> {
    fn role(&self) -> Option<&'s Role> {
        self.workspace.facts.roles.get(self.answered.subject.role?)
    }

    fn repository(&self) -> Option<&'s Repository> {
        let at = self.answered.subject.repository?;
        self.workspace.facts.repositories.get(at)
    }

    fn endpoint(&self) -> Option<&'s VpcEndpoint> {
        let at = self.answered.subject.endpoint?;
        self.workspace.facts.endpoints.get(at)
    }

    /// "role `shop-exec`", as an actor.
    fn caller(&self) -> String {
        match (self.actor.kind, self.role(), &self.actor.reference) {
            (ActorKind::LambdaService, ..) => "the Lambda service".to_string(),
            (ActorKind::BuildService, ..) => "the CodeBuild service".to_string(),
            (_, Some(role), _) => format!("role {}", quote(&role_name(role))),
            (_, None, Some(named)) => format!("role {}", quote(&named.value.to_string())),
            (_, None, None) => "the caller".to_string(),
        }
    }

    /// Who asks AWS for it, where that is not the caller: the service or job that assumes the role.
    fn assumer(&self) -> Option<String> {
        match &self.step.kind {
            StepKind::AssumedByService(service) => Some(quote(service)),
            StepKind::AssumedByJob => Some(self.flow.title.clone()),
            _ => None,
        }
    }

    /// "the policy of endpoint `x`".
    fn layer(&self, layer: Layer) -> String {
        match layer {
            Layer::Endpoint => match self.endpoint() {
                Some(endpoint) => {
                    format!("the policy of endpoint {}", quote(&endpoint_name(endpoint)))
                }
                None => "the endpoint's policy".to_string(),
            },
            Layer::Repository => match self.repository() {
                Some(one) => format!("the policy of repository {}", quote(&repository_name(one))),
                None => "the repository policy".to_string(),
            },
            Layer::Identity => format!("the identity policy of {}", self.caller()),
            Layer::Boundary | Layer::Session | Layer::Trust => {
                format!("the {} of {}", layer.noun(), self.caller())
            }
            Layer::ServiceControl
            | Layer::ResourceControl
            | Layer::Registry
            | Layer::OtherResource => format!("the {}", layer.noun()),
        }
    }

    /// What is asked for, to stand behind "allow".
    fn asked(&self) -> String {
        match self.assumer() {
            Some(who) => format!("{who} to assume it"),
            None => quote(&self.answered.action),
        }
    }

    fn refused(&self, refusal: &Refusal) -> Words {
        let layer = self.layer(refusal.layer);
        let asked = self.asked();
        let mut places = Vec::new();
        let mut help = None;
        let message = if refusal.is_explicit {
            if let Some(place) = &refusal.nearest {
                places.push(label(place.at, "this Deny applies"));
            }
            match self.assumer() {
                Some(who) => format!("{layer} forbids {who} to assume it"),
                None => format!("{layer} denies {asked}"),
            }
        } else {
            match &refusal.nearest {
                Some(place) => {
                    let (label, advice) = self.near(place, refusal);
                    places.push(label);
                    help = advice;
                }
                None => places.extend(self.home(refusal.layer)),
            }
            match (refusal.layer, &refusal.nearest) {
                (Layer::Identity, _) => format!("no policy of {} allows {asked}", self.caller()),
                _ => format!("{layer} does not allow {asked}"),
            }
        };
        let resource = self.answered.resource.to_string();
        let message = if refusal.failed.contains(&Part::Resource) && resource != "*" {
            format!("{message} on {}", quote(&resource))
        } else {
            message
        };
        Words {
            message,
            places,
            help,
        }
    }

    /// The place of an Allow that comes closest, with what it lacks, and how to mend that.
    fn near(&self, place: &Place, refusal: &Refusal) -> (Label, Option<String>) {
        let Some(statement) = place.policy.document.statements.get(place.statement) else {
            return (label(place.at, "this comes closest"), None);
        };
        if statement.loc.file == FileId::NONE {
            let text = "what is attached here does not allow it";
            return (label(place.at, text), None);
        }
        let action = quote(&self.answered.action);
        let resource = quote(&self.answered.resource.to_string());
        match refusal.failed.as_slice() {
            [Part::Action] => {
                let (at, near) = match (&refusal.edit, &statement.action) {
                    (
                        Edit::AddAction {
                            instead_of: Some(entry),
                        },
                        Some(list),
                    ) => match list.values.get(*entry) {
                        Some(written) => (written.loc, Some(quote(&written.value.to_string()))),
                        None => (list.loc, None),
                    },
                    (_, Some(list)) => (list.loc, None),
                    (_, None) => (statement.loc, None),
                };
                match near {
                    Some(written) => (
                        label(at, format!("{written} is not {action}")),
                        Some(format!("write {action}")),
                    ),
                    None => (
                        label(at, format!("{action} is not among these actions")),
                        Some(format!("add {action} to the actions")),
                    ),
                }
            }
            [Part::Resource] => match (&refusal.edit, &statement.resource) {
                (Edit::ChangeResource { entry, field, to }, Some(list)) => {
                    let at = list.values.get(*entry).map_or(list.loc, |value| value.loc);
                    let text = format!("another {} than that of {resource}", arn_field(*field));
                    (label(at, text), Some(format!("write {}", quote(to))))
                }
                (_, Some(list)) => (
                    label(list.loc, format!("{resource} is not among these resources")),
                    Some(format!("add {resource} to the resources")),
                ),
                (_, None) => (label(statement.loc, "this is for other resources"), None),
            },
            [Part::Condition] => {
                let failed = refusal.conditions.first();
                match failed.and_then(|at| statement.conditions.get(*at)) {
                    Some(condition) => {
                        let at = match condition.values.as_slice() {
                            [one] => one.loc,
                            _ => condition.loc,
                        };
                        (label(at, self.unmet(&condition.key.value)), None)
                    }
                    None => (
                        label(
                            statement.condition_loc.unwrap_or(statement.loc),
                            "this condition does not hold",
                        ),
                        None,
                    ),
                }
            }
            [Part::Principal] => {
                let at = match &statement.principal {
                    None => statement.loc,
                    Some(principal) => match principal.entries.as_slice() {
                        [one] => one.value.loc,
                        _ => principal.loc,
                    },
                };
                let who = self.assumer().unwrap_or_else(|| self.caller());
                (label(at, format!("{who} is not meant by this")), None)
            }
            failed => (
                label(
                    statement.loc,
                    format!("this comes closest, but {}", list_of_parts(failed)),
                ),
                None,
            ),
        }
    }

    /// Why a condition on this key does not hold, as far as it is known what the request says.
    fn unmet(&self, key: &str) -> String {
        let says = if key.eq_ignore_ascii_case(oidc::SUBJECT) {
            oidc::patterns(self.workspace, self.flow).map(|subjects| {
                let subjects: Vec<String> = subjects
                    .iter()
                    .map(|one| quote(&oidc::shown(one)))
                    .collect();
                subjects.join(" or ")
            })
        } else {
            None
        };
        match says {
            Some(says) if !says.is_empty() => {
                format!("{} of the request is {says}", quote(key))
            }
            _ => format!("{} of the request is something else", quote(key)),
        }
    }

    /// Where a layer stands that has no Allow at all.
    fn home(&self, layer: Layer) -> Option<Label> {
        let one = |loc: Loc, text: &str| Some(label(loc, text));
        match layer {
            Layer::Identity | Layer::Session => {
                let role = self.role()?;
                one(role.origin.loc, "no policy of this role allows anything")
            }
            Layer::Boundary => {
                let set = self
                    .workspace
                    .principals
                    .sets
                    .get(self.answered.subject.role?)?;
                one(set.boundary.as_ref()?.at, "this boundary allows nothing")
            }
            Layer::Trust => {
                let role = self.role()?;
                let loc = role
                    .trust
                    .as_ref()
                    .map_or(role.origin.loc, |trust| trust.document.loc);
                one(loc, "this trust policy allows nothing")
            }
            Layer::Endpoint => {
                let endpoint = self.endpoint()?;
                let policy = endpoint.policy.as_ref().map(|policy| policy.document.loc);
                one(policy.unwrap_or(endpoint.loc), "this allows nothing")
            }
            Layer::Repository => {
                let at = self.answered.subject.repository?;
                match self.workspace.repositories.policies.get(at)? {
                    RepositoryRule::Policy(policy) => {
                        one(policy.document.loc, "this policy allows nothing")
                    }
                    _ => one(self.repository()?.origin.loc, "it has no policy"),
                }
            }
            Layer::ServiceControl
            | Layer::ResourceControl
            | Layer::Registry
            | Layer::OtherResource => None,
        }
    }

    fn allowed(&self, place: Option<&Place>) -> Words {
        let unmet = |message: String| Words {
            message,
            places: Vec::new(),
            help: None,
        };
        let Some(place) = place else {
            return unmet("nothing in sight stands in its way".to_string());
        };
        let written = place.policy.document.statements.get(place.statement);
        let Some(statement) = written.filter(|one| one.loc.file != FileId::NONE) else {
            return match self.managed_name(&place.policy) {
                Some(name) => Words {
                    message: format!("AWS's policy {} allows it", quote(&name)),
                    places: vec![label(place.at, "attached here")],
                    help: None,
                },
                None => match self.endpoint() {
                    Some(endpoint) => Words {
                        message: format!("{} lets it through", self.layer(Layer::Endpoint)),
                        places: vec![label(
                            endpoint
                                .policy
                                .as_ref()
                                .map_or(endpoint.loc, |policy| policy.document.loc),
                            if endpoint.policy.is_some() {
                                "this policy lets it through"
                            } else {
                                "an endpoint without a policy lets everything through"
                            },
                        )],
                        help: None,
                    },
                    None => unmet("nothing in sight stands in its way".to_string()),
                },
            };
        };
        Words {
            message: format!("{} allows it", self.layer(place.layer)),
            places: vec![label(place.at, sid(statement))],
            help: None,
        }
    }

    /// The name of one of AWS's own policies.
    fn managed_name(&self, policy: &Arc<Policy>) -> Option<String> {
        let set = self
            .workspace
            .principals
            .sets
            .get(self.answered.subject.role?)?;
        let granted = set
            .policies
            .iter()
            .find(|one| Arc::ptr_eq(&one.policy, policy))?;
        granted.name.as_ref().map(ToString::to_string)
    }

    fn depends(&self, on: &[String]) -> Words {
        let mut places = Vec::new();
        if let Some(set) = self
            .answered
            .subject
            .role
            .and_then(|at| self.workspace.principals.sets.get(at))
        {
            places.extend(
                set.open
                    .iter()
                    .map(|opening| label(opening.loc, opening.why.clone())),
            );
        }
        let message = match (self.role(), &self.actor.reference) {
            (None, Some(named)) if self.actor.kind.service().is_none() => {
                places.push(label(named.loc, "no file in sight declares this role"));
                format!("{} is not in sight", self.caller())
            }
            _ if on.is_empty() => "it cannot be told from these files".to_string(),
            _ => {
                let word = match self.answered.verdict {
                    StepVerdict::Conditional => "only if",
                    _ => "it depends on whether",
                };
                format!("{word} {}", on.join(", "))
            }
        };
        places.dedup();
        Words {
            message,
            places,
            help: None,
        }
    }
}

fn label(loc: Loc, text: impl Into<String>) -> Label {
    Label {
        loc,
        text: text.into(),
    }
}

fn sid(statement: &Statement) -> String {
    match &statement.sid {
        Some(sid) => format!("statement {}", quote(&sid.value.to_string())),
        None => "this statement".to_string(),
    }
}

/// What a field of an ARN holds, by its index.
fn arn_field(field: usize) -> &'static str {
    match field {
        1 => "partition",
        2 => "service",
        3 => "Region",
        4 => "account",
        _ => "name",
    }
}

fn list_of_parts(failed: &[Part]) -> String {
    let parts: Vec<&str> = failed
        .iter()
        .map(|part| match part {
            Part::Condition => "its condition does not hold",
            Part::Resource => "it is for other resources",
            Part::Action => "it is for other actions",
            Part::Principal => "it is for other principals",
        })
        .collect();
    if parts.is_empty() {
        "it does not apply".to_string()
    } else {
        parts.join(" and ")
    }
}
