//! Makes a [`Chart`] of the workspace and the proofs: numbers become names and places, texts become fit to be shown.

use super::{Actor, Chart, Flow, Link, LinkKind, Registry, Repository, Request, Through, Verdict};
use crate::iam::layer_name;
use crate::link::Workspace;
use crate::link::flow::{self, ActorKind, Image, Source, Step, StepKind};
use crate::link::ways::Egress;
use crate::model::arn::Arn;
use crate::model::image::EcrRegistry;
use crate::model::pipeline::Runner;
use crate::model::role::PrincipalKind;
use crate::model::template::Template;
use crate::prove::{Answered, Because, FlowProof, Proofs, StepProof, words};
use crate::source::redact::Censor;
use crate::source::shown::Place;
use crate::source::{Loc, SourceMap};

/// Draws the flows of a run.
#[must_use]
pub fn chart(workspace: &Workspace, proofs: &Proofs, sources: &SourceMap) -> Chart {
    let mut artist = Artist::new(workspace, sources);
    artist.repositories();
    let flows = workspace.flows.iter().zip(&proofs.flows);
    let flows = flows
        .map(|(flow, proof)| artist.flow(flow, proof))
        .collect();
    Chart {
        flows,
        repositories: artist.shown,
        files_seen: 0,
        files_linted: 0,
    }
}

/// What tells repositories apart: the one that is declared, or the host and the name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Declared(usize),
    Named(Template, Template, Template),
}

struct Artist<'a> {
    workspace: &'a Workspace,
    sources: &'a SourceMap,
    censor: Censor,
    keys: Vec<Key>,
    shown: Vec<Repository>,
}

impl<'a> Artist<'a> {
    fn new(workspace: &'a Workspace, sources: &'a SourceMap) -> Self {
        let mut censor = Censor::new();
        for (_, file) in sources.iter() {
            censor.learn(&file.text);
        }
        Artist {
            workspace,
            sources,
            censor,
            keys: Vec::new(),
            shown: Vec::new(),
        }
    }

    fn text(&self, text: &str) -> String {
        self.censor.line(text)
    }

    fn registry(&self, registry: &EcrRegistry) -> Registry {
        Registry {
            host: self.text(&registry.to_string()),
            account: self.text(&registry.account.to_string()),
            region: self.text(&registry.region.to_string()),
        }
    }

    fn place(&self, loc: Loc, text: &str) -> Place {
        Place::new(self.sources, loc, self.text(text))
    }

    /// Collects the repositories of all images, by name.
    fn repositories(&mut self) {
        let mut found: Vec<(Repository, Key)> = Vec::new();
        for step in self.workspace.flows.iter().flat_map(|flow| &flow.steps) {
            let Some(image) = image_of(step) else {
                continue;
            };
            let key = key_of(image);
            if found.iter().all(|(_, known)| *known != key) {
                let at = match key {
                    Key::Declared(at) => self.workspace.facts.repositories.get(at),
                    Key::Named(..) => None,
                };
                let shown = Repository {
                    name: self.text(&image.image.repository.to_string()),
                    registry: self.registry(&image.registry),
                    at: at.map(|one| self.place(one.origin.loc, "")),
                };
                found.push((shown, key));
            }
        }
        let by_name = |(one, _): &(Repository, Key)| (one.name.clone(), one.registry.clone());
        found.sort_by_key(by_name);
        for (shown, key) in found {
            self.shown.push(shown);
            self.keys.push(key);
        }
    }

    fn repository_of(&self, image: &Image) -> Option<usize> {
        let key = key_of(image);
        self.keys.iter().position(|known| *known == key)
    }

    fn flow(&self, flow: &flow::Flow, proof: &FlowProof) -> Flow {
        let mut last_image = None;
        let links = flow
            .steps
            .iter()
            .zip(&proof.steps)
            .map(|(step, proof)| {
                let image = image_of(step).and_then(|image| self.repository_of(image));
                last_image = image.or(last_image);
                let repository = match step.kind {
                    // The layers of the image that was pulled just before.
                    StepKind::Layers(_) => last_image,
                    _ => image,
                };
                self.link(flow, step, proof, repository)
            })
            .collect();
        Flow {
            title: self.text(&flow.title),
            kind: match flow.source {
                Source::Task { .. } => "task",
                Source::Job(_) => "job",
                Source::Function(_) => "function",
                Source::Build(_) => "build",
                Source::AppRunner(_) => "app-runner",
                Source::Instances(_) => "instances",
                Source::Pod(_) => "pod",
                Source::Question => "question",
            },
            at: self.place(flow.at, ""),
            actor: self.actor(&flow.actor),
            links,
        }
    }

    fn actor(&self, actor: &flow::Actor) -> Actor {
        let role = match actor.roles.indices.as_slice() {
            [one] => self.workspace.facts.roles.get(*one),
            _ => None,
        };
        let name = match (role, &actor.reference) {
            (Some(role), _) => Some(words::role_name(role)),
            (None, Some(named)) => Some(named.value.to_string()),
            (None, None) => None,
        };
        Actor {
            part: match actor.kind {
                ActorKind::ExecutionRole => "execution role",
                ActorKind::TaskRole => "task role",
                ActorKind::InstanceRole => "instance role",
                ActorKind::JobRole => "role",
                ActorKind::JobPrincipal => match (role.map(|role| role.kind), &actor.reference) {
                    (Some(PrincipalKind::User), _) => "user",
                    (Some(_), _) | (None, Some(_)) => "role",
                    (None, None) => "access key",
                },
                ActorKind::BuildRole => "service role",
                ActorKind::AccessRole => "access role",
                ActorKind::LambdaService => "the Lambda service",
                ActorKind::BuildService => "the CodeBuild service",
            },
            name: name.map(|name| self.text(&name)),
            at: role.map(|role| self.place(role.origin.loc, "")),
        }
    }

    fn link(
        &self,
        flow: &flow::Flow,
        step: &Step,
        proof: &StepProof,
        repository: Option<usize>,
    ) -> Link {
        let (kind, target) = described(step);
        Link {
            kind,
            target: self.text(&target),
            registry: match &step.kind {
                StepKind::Login(registry) | StepKind::ApiCall { registry, .. } => {
                    Some(self.registry(registry))
                }
                StepKind::Pull(image) | StepKind::Push(image) => {
                    Some(self.registry(&image.registry))
                }
                _ => None,
            },
            repository,
            through: self.through(flow, step, proof.answers.first()),
            at: self.place(step.at, ""),
            verdict: proof.verdict,
            requests: proof
                .answers
                .iter()
                .map(|answered| self.request(flow, step, answered))
                .collect(),
        }
    }

    fn request(&self, flow: &flow::Flow, step: &Step, answered: &Answered) -> Request {
        let words = words::of(self.workspace, flow, &flow.actor, step, answered);
        Request {
            action: self.text(&answered.action),
            resource: self.text(&answered.resource.to_string()),
            is_required: answered.is_required,
            verdict: answered.verdict,
            refused_by: match &answered.because {
                Because::Refused(refusal) => Some(layer_name(refusal.layer)),
                Because::NoWay if answered.verdict == Verdict::Denied => Some("network"),
                _ => None,
            },
            reason: self.text(&words.message),
            places: words
                .places
                .iter()
                .filter(|label| self.sources.get(label.loc.file).is_some())
                .map(|label| self.place(label.loc, &label.text))
                .collect(),
            help: words.help.map(|help| self.text(&help)),
        }
    }

    fn through(&self, flow: &flow::Flow, step: &Step, answered: Option<&Answered>) -> Through {
        if matches!(
            step.kind,
            StepKind::AssumedByService(_) | StepKind::AssumedByJob
        ) {
            return Through::Aws;
        }
        let facts = &self.workspace.facts;
        let endpoint = answered
            .and_then(|answered| Some((answered.service, answered.subject.endpoint?)))
            .and_then(|(service, at)| Some((service, facts.endpoints.get(at)?)));
        if let Some((service, endpoint)) = endpoint {
            return Through::Endpoint {
                name: self.text(&words::endpoint_name(endpoint)),
                service,
                at: self.place(endpoint.loc, ""),
            };
        }
        match flow.source {
            Source::Function(_) => Through::Aws,
            Source::Job(run) => {
                let runner = self.workspace.runs.get(run).and_then(|run| {
                    let pipeline = facts.pipelines.get(run.pipeline)?;
                    Some(pipeline.jobs.get(run.job)?.runner)
                });
                match runner {
                    Some(Runner::Hosted) => Through::Internet,
                    _ => Through::Unknown,
                }
            }
            _ => match (flow.way.egress, answered) {
                (Egress::Open, _) => Through::Internet,
                (Egress::Closed, Some(answered)) if !flow.way.is_guessed => Through::Nowhere {
                    service: answered.service,
                },
                _ => Through::Unknown,
            },
        }
    }
}

fn image_of(step: &Step) -> Option<&Image> {
    match &step.kind {
        StepKind::Pull(image) | StepKind::Push(image) => Some(image),
        _ => None,
    }
}

fn key_of(image: &Image) -> Key {
    match image.repositories.as_slice() {
        [one] => Key::Declared(*one),
        _ => Key::Named(
            image.registry.account.clone(),
            image.registry.region.clone(),
            image.image.repository.clone(),
        ),
    }
}

/// What a step is, and what it asks for in the words of people.
fn described(step: &Step) -> (LinkKind, String) {
    match &step.kind {
        StepKind::AssumedByService(service) => (LinkKind::Assume, (*service).to_string()),
        StepKind::AssumedByJob => (LinkKind::Assume, "OIDC token of the job".to_string()),
        StepKind::Login(registry) => (LinkKind::Login, registry.to_string()),
        StepKind::Pull(image) => (LinkKind::Pull, name_and_tag(image)),
        StepKind::Push(image) => (LinkKind::Push, name_and_tag(image)),
        StepKind::Layers(region) => (LinkKind::Layers, format!("layer bucket of {region}")),
        StepKind::Logs(target) => (
            LinkKind::Logs,
            target
                .group
                .as_ref()
                .map_or_else(|| "log group".to_string(), ToString::to_string),
        ),
        StepKind::Secret(secret) => (LinkKind::Secret, secret_name(secret)),
        StepKind::EnvironmentFile(file) => (LinkKind::EnvironmentFile, file.to_string()),
        StepKind::Exec => (LinkKind::Exec, "ECS Exec channels".to_string()),
        StepKind::ApiCall { operation, .. } => (LinkKind::ApiCall, format!("aws ecr {operation}")),
    }
}

/// `shop/app:v1`.
fn name_and_tag(image: &Image) -> String {
    let mut shown = image.image.repository.to_string();
    if let Some(tag) = &image.image.tag {
        shown.push_str(&format!(":{tag}"));
    }
    if let Some(digest) = &image.image.digest {
        shown.push_str(&format!("@{digest}"));
    }
    shown
}

/// The name of a secret or parameter: what stands behind the account in its ARN.
fn secret_name(secret: &Template) -> String {
    let Some(arn) = Arn::of(secret) else {
        return secret.to_string();
    };
    let name = match arn.resource.split_once(':') {
        Some((_, name)) => name,
        None => match arn.resource.split_once('/') {
            Some((_, name)) => name,
            None => arn.resource,
        },
    };
    name.to_string()
}
