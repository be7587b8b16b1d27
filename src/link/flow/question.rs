//! A question that a person asks: may this role log in, pull or push? It is a flow like those that files declare, so that it
//! is proved and shown like them.

use super::{Actor, ActorKind, Flow, Links, Source, Step, StepKind, registry_of};
use crate::catalog::nearest::nearest;
use crate::link::Workspace;
use crate::link::names::Candidates;
use crate::link::ways::Way;
use crate::model::image::{EcrRegistry, ImageRef, Registry};
use crate::model::role::{PrincipalKind, Role};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// To log in.
    Login,
    /// To log in and pull.
    Pull,
    /// To log in and push.
    Push,
}

impl Operation {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Operation::Login => "login",
            Operation::Pull => "pull",
            Operation::Push => "push",
        }
    }
}

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unasked {
    /// No role in sight has this name.
    NoRole {
        /// The name.
        name: String,
        /// The nearest that one has.
        near: Option<String>,
    },
    /// The image is in no private registry of ECR, and its name that of no repository in sight.
    NoRepository {
        /// As given.
        name: String,
        /// The nearest name of a repository in sight.
        near: Option<String>,
    },
    /// Repositories of several registries have this name.
    SeveralRepositories {
        /// The whole names.
        names: Vec<String>,
    },
}

/// An image in words: the whole name, or that of a repository in sight.
///
/// # Errors
/// If it is neither.
pub fn image(workspace: &Workspace, text: &str) -> Result<(ImageRef, EcrRegistry), Unasked> {
    let parsed = ImageRef::parse(&Template::literal(text));
    let no_repository = || {
        let names = workspace
            .facts
            .repositories
            .iter()
            .filter_map(|repository| repository.name.value.as_literal());
        Unasked::NoRepository {
            name: text.to_string(),
            near: nearest(text, names).map(str::to_string),
        }
    };
    let image = parsed.ok_or_else(no_repository)?;
    if let Some(registry) = image.ecr() {
        let registry = registry.clone();
        return Ok((image, registry));
    }
    if image.registry != Registry::DockerHub {
        return Err(no_repository());
    }
    let mut registries: Vec<EcrRegistry> = Vec::new();
    for repository in &workspace.facts.repositories {
        if repository.is_public || repository.name.value != image.repository {
            continue;
        }
        let scope = &repository.origin.scope;
        let registry = registry_of(scope.account.clone(), scope.region.clone());
        if !registries.contains(&registry) {
            registries.push(registry);
        }
    }
    match registries.as_slice() {
        [] => Err(no_repository()),
        [one] => {
            let registry = one.clone();
            let image = ImageRef {
                registry: Registry::Ecr(registry.clone()),
                ..image
            };
            Ok((image, registry))
        }
        several => Err(Unasked::SeveralRepositories {
            names: several
                .iter()
                .map(|registry| format!("{registry}/{}", image.repository))
                .collect(),
        }),
    }
}

/// The roles and users that a person means by a name, an ARN, or the label that a file gives them.
///
/// # Errors
/// If there is none.
pub fn roles(workspace: &Workspace, name: &str) -> Result<Vec<usize>, Unasked> {
    let known = &workspace.facts.roles;
    let mut found = workspace.principals.find(&Template::literal(name)).indices;
    if found.is_empty() {
        found = (0..known.len())
            .filter(|at| known.get(*at).is_some_and(|role| role.origin.label == name))
            .collect();
    }
    found.retain(|at| known.get(*at).is_some_and(asks));
    if found.is_empty() {
        let labels = known.iter().map(|role| role.origin.label.as_str());
        let names = known.iter().filter_map(|role| role.name.value.as_literal());
        return Err(Unasked::NoRole {
            name: name.to_string(),
            near: nearest(name, names.chain(labels)).map(str::to_string),
        });
    }
    Ok(found)
}

/// Whether requests come from it: a group has members that ask.
fn asks(role: &Role) -> bool {
    role.kind != PrincipalKind::Group
}

/// Everybody in sight who may ask.
#[must_use]
pub fn everybody(workspace: &Workspace) -> Vec<usize> {
    let roles = workspace.facts.roles.iter().enumerate();
    roles
        .filter(|(_, role)| asks(role))
        .map(|(at, _)| at)
        .collect()
}

/// The question of one role: one flow for each way that its requests take in the flows of the files; if they take none,
/// nothing is known of the way.
#[must_use]
pub fn flows(
    workspace: &Workspace,
    role: usize,
    operation: Operation,
    image: &ImageRef,
    registry: &EcrRegistry,
) -> Vec<Flow> {
    let Some(declared) = workspace.facts.roles.get(role) else {
        return Vec::new();
    };
    let mut ways: Vec<(Way, ActorKind)> = Vec::new();
    for flow in &workspace.flows {
        let way = (flow.way.clone(), flow.actor.kind);
        if flow.actor.roles.indices == [role] && ways.iter().all(|known| known.0 != way.0) {
            ways.push(way);
        }
    }
    if ways.is_empty() {
        ways.push((Way::default(), ActorKind::JobPrincipal));
    }
    let links = Links {
        facts: &workspace.facts,
        runs: &workspace.runs,
        principals: &workspace.principals,
        repositories: &workspace.repositories,
        registries: &workspace.registries,
        machines: &workspace.machines,
    };
    let written = Spanned::new(Template::literal(image.to_string()), Loc::NOWHERE);
    let step = |kind: StepKind| Step {
        at: Loc::NOWHERE,
        kind,
    };
    ways.into_iter()
        .map(|(way, kind)| {
            let image = || links.image_in(&written, image.clone(), registry.clone());
            let mut steps = vec![step(StepKind::Login(registry.clone()))];
            match operation {
                Operation::Login => {}
                Operation::Push => steps.push(step(StepKind::Push(image()))),
                Operation::Pull => {
                    steps.push(step(StepKind::Pull(image())));
                    if way.endpoint(&workspace.facts, "s3").is_some() {
                        steps.push(step(StepKind::Layers(registry.region.clone())));
                    }
                }
            }
            Flow {
                title: format!("{} {image}", operation.word(), image = written.value),
                source: Source::Question,
                at: declared.origin.loc,
                actor: Actor {
                    kind,
                    reference: None,
                    roles: Candidates {
                        indices: vec![role],
                        how: None,
                    },
                    account: Some(declared.origin.scope.account.clone()),
                },
                way,
                steps,
            }
        })
        .collect()
}
