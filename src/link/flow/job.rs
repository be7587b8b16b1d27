//! What the jobs of pipelines ask AWS for: with which credentials they log in, and what they move under that login.

use super::{Actor, ActorKind, Flow, Links, Source, Step, StepKind, may_be_same, registry_of};
use crate::link::RunAct;
use crate::link::ways::Way;
use crate::model::compute::BuildProject;
use crate::model::home::{self, Home};
use crate::model::image::{EcrRegistry, ImageRef, Registry};
use crate::model::pipeline::{ActKind, AwsCall, Credentials, Job, Login, Pipeline};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};

pub(super) fn flows(links: &Links<'_>, flows: &mut Vec<Flow>) {
    for (at, run) in links.runs.iter().enumerate() {
        let Some(pipeline) = links.facts.pipelines.get(run.pipeline) else {
            continue;
        };
        let Some(job) = pipeline.jobs.get(run.job) else {
            continue;
        };
        let home = home::of_file(&links.facts.homes, pipeline.loc);
        let mut reading = Reading {
            links,
            job,
            region: region_of_env(pipeline, job)
                .or_else(|| home.and_then(|home| home.region.clone())),
            home,
            identity: None,
            identities: Vec::new(),
            logins: Vec::new(),
        };
        let project = run
            .project
            .and_then(|at| links.facts.build_projects.get(at));
        if let Some(project) = project {
            reading.start_as(project);
        }
        for act in &run.acts {
            reading.act(act);
        }
        flows.extend(reading.identities.into_iter().filter_map(|identity| {
            // An identity that moves nothing is no flow.
            let moves = identity.steps.iter().any(|step| {
                !matches!(
                    step.kind,
                    StepKind::AssumedByJob | StepKind::AssumedByService(_)
                )
            });
            moves.then(|| Flow {
                title: match project {
                    Some(project) => format!("build project `{}`", project.origin.label),
                    None => format!("job `{}`", job.id.value),
                },
                source: Source::Job(at),
                at: job.id.loc,
                actor: actor(links, &identity, home),
                way: project.map_or_else(Way::default, |project| {
                    Way::of(links.facts, &project.origin, &project.subnets)
                }),
                steps: identity.steps,
            })
        }));
    }
}

/// Who asks with these credentials. Keys say nothing of their account, and then the configuration may.
fn actor(links: &Links<'_>, identity: &Identity, home: Option<&Home>) -> Actor {
    let mut actor = links.actor(identity.kind, identity.role.as_ref());
    if actor.account.is_none() {
        actor.account = home.and_then(|home| home.account.clone());
    }
    actor
}

/// The Region that the `env:` blocks of a job set.
fn region_of_env(pipeline: &Pipeline, job: &Job) -> Option<Template> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .iter()
        .find_map(|name| {
            job.env
                .iter()
                .chain(&pipeline.env)
                .find(|variable| variable.name.value == *name)
                .map(|variable| variable.value.value.clone())
        })
}

/// Credentials that a job puts in place, and what it does with them.
struct Identity {
    kind: ActorKind,
    role: Option<Spanned<Template>>,
    steps: Vec<Step>,
}

/// A login that docker has stored.
struct Stored {
    registry: EcrRegistry,
    identity: usize,
    /// The `id` of the step that made it.
    step_id: Option<String>,
}

struct Reading<'l, 'f> {
    links: &'l Links<'f>,
    job: &'l Job,
    region: Option<Template>,
    /// What the configuration says of the file.
    home: Option<&'l Home>,
    /// Whose credentials are in place, if that is known.
    identity: Option<usize>,
    identities: Vec<Identity>,
    logins: Vec<Stored>,
}

impl Reading<'_, '_> {
    /// A build of CodeBuild has its project's service role from the start
    /// (<https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html>).
    fn start_as(&mut self, project: &BuildProject) {
        self.region = Some(project.origin.scope.region.clone());
        let Some(role) = &project.role else { return };
        self.identities.push(Identity {
            kind: ActorKind::BuildRole,
            role: Some(role.clone()),
            steps: vec![Step {
                at: role.loc,
                kind: StepKind::AssumedByService("codebuild.amazonaws.com"),
            }],
        });
        self.identity = Some(self.identities.len() - 1);
    }

    fn act(&mut self, run: &RunAct) {
        let is_certain = !run.is_conditional && !run.act.is_guarded;
        match &run.act.kind {
            ActKind::Credentials(credentials) => {
                self.credentials(credentials, run.act.loc, is_certain);
            }
            ActKind::Region(region) => {
                self.region = is_certain.then(|| region.value.clone());
            }
            ActKind::Login(login) => self.login(login, run),
            ActKind::Push(image) => self.transfer(image, true),
            ActKind::Pull(image) => self.transfer(image, false),
            ActKind::AwsCall(call) if call.service == "ecr" => {
                self.api_call(call, run);
            }
            ActKind::OutOfSight(_) => self.identity = None,
            ActKind::LegacyLogin(_) | ActKind::AwsCall(_) | ActKind::Build(_) => {}
        }
    }

    fn credentials(&mut self, credentials: &Credentials, at: Loc, is_certain: bool) {
        if let Some(region) = &credentials.region {
            self.region = is_certain.then(|| region.value.clone());
        }
        let role = credentials
            .role
            .clone()
            .filter(|role| !role.value.is_empty());
        if !is_certain || (role.is_none() && credentials.access_key_id.is_none()) {
            self.identity = None;
            return;
        }
        let with_keys = credentials.access_key_id.is_some() || credentials.without_oidc;
        let kind = if role.is_some() && !with_keys {
            ActorKind::JobRole
        } else {
            ActorKind::JobPrincipal
        };
        let mut steps = Vec::new();
        if kind == ActorKind::JobRole {
            steps.push(Step {
                at: role.as_ref().map_or(at, |role| role.loc),
                kind: StepKind::AssumedByJob,
            });
        }
        self.identities.push(Identity { kind, role, steps });
        self.identity = Some(self.identities.len() - 1);
    }

    /// The own registry of the credentials in place: their account, in the Region in force.
    fn own_registry(&self, region: Option<Template>) -> Option<EcrRegistry> {
        let identity = self.identities.get(self.identity?)?;
        let account = actor(self.links, identity, self.home).account?;
        let region = region.or_else(|| self.region.clone())?;
        Some(registry_of(account, region))
    }

    fn login(&mut self, login: &Login, run: &RunAct) {
        if login.is_public {
            return;
        }
        let Some(identity) = self.identity else {
            return;
        };
        let registries: Vec<EcrRegistry> = match &login.registries {
            None => self.own_registry(None).into_iter().collect(),
            Some(hosts) => hosts
                .iter()
                .filter_map(|host| match Registry::parse_host(&host.value) {
                    Registry::Ecr(registry) => Some(registry),
                    // A bare account id, as `amazon-ecr-login` takes it.
                    _ => None,
                })
                .collect(),
        };
        let step_id = self
            .job
            .steps
            .get(run.step)
            .and_then(|step| step.id.as_ref())
            .map(|id| id.value.clone());
        for registry in registries {
            self.push(
                identity,
                Step {
                    at: run.act.loc,
                    kind: StepKind::Login(registry.clone()),
                },
            );
            self.logins.push(Stored {
                registry,
                identity,
                step_id: step_id.clone(),
            });
        }
    }

    fn push(&mut self, identity: usize, step: Step) {
        if let Some(identity) = self.identities.get_mut(identity) {
            identity.steps.push(step);
        }
    }

    fn transfer(&mut self, written: &Spanned<Template>, is_push: bool) {
        let Some(image) = ImageRef::parse(&written.value) else {
            return;
        };
        let found = match &image.registry {
            Registry::Ecr(registry) => self
                .logins
                .iter()
                .rev()
                .find(|login| login.registry == *registry)
                .or_else(|| {
                    self.logins
                        .iter()
                        .rev()
                        .find(|login| may_be_same(&login.registry, registry))
                })
                .map(|login| (registry.clone(), login.identity)),
            Registry::Unknown(host) => self.login_behind(host),
            _ => None,
        };
        let Some((registry, identity)) = found else {
            return;
        };
        let image = self.links.image_in(written, image, registry);
        let kind = if is_push {
            StepKind::Push(image)
        } else {
            StepKind::Pull(image)
        };
        self.push(
            identity,
            Step {
                at: written.loc,
                kind,
            },
        );
    }

    /// The login whose output (`steps.login.outputs.registry`) a host is.
    fn login_behind(&self, host: &Template) -> Option<(EcrRegistry, usize)> {
        let hole = host.holes().next()?;
        let id = hole
            .name
            .strip_prefix("steps.")?
            .strip_suffix(".outputs.registry")?;
        self.logins
            .iter()
            .rev()
            .find(|login| login.step_id.as_deref() == Some(id))
            .map(|login| (login.registry.clone(), login.identity))
    }

    fn api_call(&mut self, call: &AwsCall, run: &RunAct) {
        // The token belongs to the login; another profile has other credentials.
        let is_own = !call.operation.is_empty()
            && !call.operation.starts_with("get-login")
            && call.operation != "get-authorization-token"
            && !call.has_profile;
        let Some(identity) = self.identity.filter(|_| is_own) else {
            return;
        };
        let region = call.region.as_ref().map(|region| region.value.clone());
        let Some(mut registry) = self.own_registry(region) else {
            return;
        };
        if let Some(other) = &call.registry_id {
            registry.account = other.value.clone();
        }
        let repository = call.repository.as_ref().map(|name| name.value.clone());
        let repositories = repository.as_ref().map_or_else(Vec::new, |name| {
            let known = self.links.repositories;
            known.find(self.links.facts, &registry, name)
        });
        self.push(
            identity,
            Step {
                at: run.act.loc,
                kind: StepKind::ApiCall {
                    operation: call.operation.clone(),
                    repository,
                    repositories,
                    is_conditional: run.is_conditional || run.act.is_guarded,
                    registry,
                },
            },
        );
    }
}
