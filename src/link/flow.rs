//! Image flows: who moves which image, and everything that has to be allowed on the way.
//!
//! One function a source: tasks, jobs, functions, builds, App Runner services. A flow says what is declared; whether AWS
//! will allow it is asked later, in `prove`.

mod job;
mod machine;
pub mod question;
mod task;

use super::JobRun;
use super::machines::Machines;
use super::names::Candidates;
use super::principals::Principals;
use super::registries::Registries;
use super::repositories::Repositories;
use super::ways::Way;
use crate::model::Facts;
use crate::model::arn::Arn;
use crate::model::compute::{ImageFunction, ImagePuller};
use crate::model::image::{EcrRegistry, HostForm, ImageRef};
use crate::model::origin::{Origin, Scope};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use std::collections::BTreeSet;

/// Something that moves images, with every link of the chain in the order in which AWS asks.
#[derive(Clone, Debug)]
pub struct Flow {
    /// What people call it: "service `web`", "job `build`".
    pub title: String,
    /// What declares it.
    pub source: Source,
    /// Where it is declared.
    pub at: Loc,
    /// Who does it.
    pub actor: Actor,
    /// How its requests leave.
    pub way: Way,
    /// The links of the chain.
    pub steps: Vec<Step>,
}

/// What declares a [`Flow`]; indices are those of [`Facts`] and of the workspace's runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A task definition, run by a service or by nobody in sight.
    Task {
        /// The task definition.
        task: usize,
        /// The service.
        service: Option<usize>,
    },
    /// A job of a pipeline.
    Job(usize),
    /// A Lambda function.
    Function(usize),
    /// The environment of a CodeBuild project.
    Build(usize),
    /// An App Runner service.
    AppRunner(usize),
    /// Instances or a node group.
    Instances(usize),
    /// A pod of Kubernetes, or what makes pods.
    Pod(usize),
    /// Nothing: a person asks.
    Question,
}

impl Source {
    /// Where what declares the flow comes from; `None` for a job, which is in no deployment, unless CodeBuild runs it.
    #[must_use]
    pub fn origin<'f>(self, facts: &'f Facts, runs: &[JobRun]) -> Option<&'f Origin> {
        match self {
            Source::Task { task, .. } => facts.tasks.get(task).map(|one| &one.origin),
            Source::Job(at) => {
                let project = runs.get(at)?.project?;
                facts.build_projects.get(project).map(|one| &one.origin)
            }
            Source::Question => None,
            Source::Function(at) => facts.functions.get(at).map(|one| &one.origin),
            Source::Build(at) => facts.build_projects.get(at).map(|one| &one.origin),
            Source::AppRunner(at) => facts.app_runner_services.get(at).map(|one| &one.origin),
            Source::Instances(at) => facts.instances.get(at).map(|one| &one.origin),
            Source::Pod(at) => facts.pods.get(at).map(|one| &one.origin),
        }
    }
}

impl Actor {
    /// Leaves out principals that stand in another reading of the file that names the actor.
    pub fn keep_possible(&mut self, facts: &Facts, origin: &Origin) {
        self.keep_nearest(facts, Some(origin));
    }

    fn keep_nearest(&mut self, facts: &Facts, origin: Option<&Origin>) {
        if self.kind == ActorKind::InstanceRole {
            // Several machines may run it, each with its own role: the nearest is no likelier than the others.
            let scope_of = |at: usize| Some(&*facts.roles.get(at)?.origin.scope);
            let is_possible = |at: usize| {
                scope_of(at)
                    .zip(origin)
                    .is_none_or(|(scope, origin)| scope.can_meet(&origin.scope))
            };
            self.roles.keep(is_possible);
            if self.roles.indices.len() > MOST_CANDIDATES {
                self.roles = Candidates::default();
            }
            return;
        }
        let kept = nearest(&self.roles.indices, origin, |at| {
            Some(&*facts.roles.get(at)?.origin.scope)
        });
        self.roles.keep(|at| kept.contains(&at));
    }
}

/// Who asks AWS.
#[derive(Clone, Debug)]
pub struct Actor {
    /// In which part.
    pub kind: ActorKind,
    /// The role as it is named, if it is.
    pub reference: Option<Spanned<Template>>,
    /// The principals in sight that it may be, as indices of [`Facts::roles`].
    pub roles: Candidates,
    /// Its account, as far as that is known.
    pub account: Option<Template>,
}

/// The part that an [`Actor`] plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActorKind {
    /// The execution role of a task.
    ExecutionRole,
    /// The task role, for what the application and ECS Exec do.
    TaskRole,
    /// The role of an instance, a node or a Fargate profile of EKS. Where a task on an instance has an execution role too,
    /// either of them may be meant.
    InstanceRole,
    /// The role that a job assumes with an OIDC token.
    JobRole,
    /// A principal that a job reaches in another way: access keys, role chaining, a runner's own role.
    JobPrincipal,
    /// The service role of a CodeBuild project.
    BuildRole,
    /// The access role of an App Runner service.
    AccessRole,
    /// The Lambda service itself.
    LambdaService,
    /// CodeBuild itself, for the image of a build environment.
    BuildService,
}

impl ActorKind {
    /// The principal of a service that asks by itself, without a role of the user's.
    #[must_use]
    pub fn service(self) -> Option<&'static str> {
        match self {
            ActorKind::LambdaService => Some("lambda.amazonaws.com"),
            ActorKind::BuildService => Some("codebuild.amazonaws.com"),
            _ => None,
        }
    }
}

/// One link of a chain.
#[derive(Clone, Debug)]
pub struct Step {
    /// Where it is asked for: the image, the login, the log driver.
    pub at: Loc,
    /// What is asked for.
    pub kind: StepKind,
}

/// Kinds of [`Step`].
#[derive(Clone, Debug)]
pub enum StepKind {
    /// The actor's role is assumed by this service, such as `ecs-tasks.amazonaws.com`.
    AssumedByService(&'static str),
    /// The actor's role is assumed with the OIDC token of a job.
    AssumedByJob,
    /// Docker logs in to a registry.
    Login(EcrRegistry),
    /// An image is pulled.
    Pull(Image),
    /// An image is pushed.
    Push(Image),
    /// Layers are taken from the layer bucket of a Region, through the VPC's gateway endpoint.
    Layers(Template),
    /// A log stream is written.
    Logs(LogTarget),
    /// A secret or parameter is read: its ARN or name.
    Secret(Template),
    /// A file of variables is read from S3: its ARN.
    EnvironmentFile(Template),
    /// ECS Exec opens its channels.
    Exec,
    /// The AWS CLI calls ECR: the actions it needs and what they act on.
    ApiCall {
        /// The CLI operation, such as `describe-images`.
        operation: String,
        /// The repository's name, where it is given.
        repository: Option<Template>,
        /// Repositories in sight that may be meant, as indices of [`Facts::repositories`].
        repositories: Vec<usize>,
        /// Whether it runs only if something else did or did not, which the flow does not show.
        is_conditional: bool,
        /// The registry.
        registry: EcrRegistry,
    },
}

/// An image in a private ECR registry, and what is known of its repository.
#[derive(Clone, Debug)]
pub struct Image {
    /// As written.
    pub written: Spanned<Template>,
    /// Read.
    pub image: ImageRef,
    /// Its registry.
    pub registry: EcrRegistry,
    /// Repositories in sight that it may lie in, as indices of [`Facts::repositories`].
    pub repositories: Vec<usize>,
    /// The pull through cache rule that fetches it from elsewhere when it is pulled for the first time, as an index of
    /// [`Facts::registry_settings`].
    pub cache: Option<usize>,
}

/// Where a log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTarget {
    /// The log group's name, if given.
    pub group: Option<Template>,
    /// The Region, if given.
    pub region: Option<Template>,
    /// Whether the group is created if it does not exist.
    pub creates_group: bool,
}

/// What every source of flows needs.
pub(super) struct Links<'f> {
    pub(super) facts: &'f Facts,
    pub(super) runs: &'f [JobRun],
    pub(super) principals: &'f Principals,
    pub(super) repositories: &'f Repositories,
    pub(super) registries: &'f Registries,
    pub(super) machines: &'f Machines,
}

impl Links<'_> {
    /// Every flow, in the order of the facts.
    pub(super) fn flows(&self) -> Vec<Flow> {
        let mut flows = Vec::new();
        task::flows(self, &mut flows);
        job::flows(self, &mut flows);
        self.functions(&mut flows);
        self.builds(&mut flows);
        self.app_runner(&mut flows);
        machine::flows(self, &mut flows);
        for flow in &mut flows {
            self.keep_possible(flow);
        }
        forget_pushed(&mut flows);
        flows
    }

    /// Leaves out what stands in another reading of the file that declares the flow.
    fn keep_possible(&self, flow: &mut Flow) {
        let origin = flow.source.origin(self.facts, self.runs);
        flow.actor.keep_nearest(self.facts, origin);
        for step in &mut flow.steps {
            let repositories = match &mut step.kind {
                StepKind::Pull(image) | StepKind::Push(image) => {
                    image.cache = image.cache.filter(|at| {
                        let rule = self.facts.registry_settings.get(*at);
                        rule.zip(origin)
                            .is_none_or(|(rule, origin)| rule.origin.scope.can_meet(&origin.scope))
                    });
                    &mut image.repositories
                }
                StepKind::ApiCall { repositories, .. } => repositories,
                _ => continue,
            };
            *repositories = nearest(repositories, origin, |at| {
                Some(&*self.facts.repositories.get(at)?.origin.scope)
            });
        }
    }

    /// An actor that is named by a reference.
    fn actor(&self, kind: ActorKind, reference: Option<&Spanned<Template>>) -> Actor {
        let roles = reference.map_or_else(Candidates::default, |reference| {
            self.principals.find(&reference.value)
        });
        let named = reference.and_then(|reference| Arn::of(&reference.value));
        // The readings of one file are all deployed to one account.
        let declared = || {
            let roles = roles
                .indices
                .iter()
                .filter_map(|at| self.facts.roles.get(*at));
            let mut accounts = roles.map(|role| &role.origin.scope.account);
            let first = accounts.next()?;
            accounts
                .all(|account| account == first)
                .then(|| first.clone())
        };
        Actor {
            kind,
            reference: reference.cloned(),
            account: named
                .map(|arn| arn.account)
                .filter(|account| !account.is_empty())
                .or_else(declared),
            roles,
        }
    }

    /// An image, if it lies in a private ECR registry.
    fn image(&self, written: &Spanned<Template>) -> Option<Image> {
        let image = ImageRef::parse(&written.value)?;
        let registry = image.ecr()?.clone();
        Some(self.image_in(written, image, registry))
    }

    fn image_in(
        &self,
        written: &Spanned<Template>,
        image: ImageRef,
        registry: EcrRegistry,
    ) -> Image {
        let repositories = self
            .repositories
            .find(self.facts, &registry, &image.repository);
        let cache = self
            .registries
            .cache(self.facts, &registry, &image.repository);
        Image {
            written: written.clone(),
            image,
            registry,
            repositories,
            cache,
        }
    }

    /// Lambda itself pulls the image of a function
    /// (<https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions>).
    fn functions(&self, flows: &mut Vec<Flow>) {
        for (at, function) in self.facts.functions.iter().enumerate() {
            let Some(image) = self.image(&function.image) else {
                continue;
            };
            flows.push(Flow {
                title: format!("function `{}`", function.origin.label),
                source: Source::Function(at),
                at: function.origin.loc,
                actor: Actor {
                    kind: ActorKind::LambdaService,
                    reference: None,
                    roles: Candidates::default(),
                    account: Some(account_of_function(function)),
                },
                way: Way::default(),
                steps: vec![Step {
                    at: function.image.loc,
                    kind: StepKind::Pull(image),
                }],
            });
        }
    }

    /// The image of a build environment, pulled with the service role where the project says so, else by CodeBuild itself
    /// (<https://docs.aws.amazon.com/codebuild/latest/userguide/sample-ecr.html>).
    fn builds(&self, flows: &mut Vec<Flow>) {
        for (at, project) in self.facts.build_projects.iter().enumerate() {
            let Some(image) = project.image.as_ref().and_then(|image| self.image(image)) else {
                continue;
            };
            let (actor, steps) = match project.image_puller() {
                Some(ImagePuller::ServiceRole) => (
                    self.actor(ActorKind::BuildRole, project.role.as_ref()),
                    with_login("codebuild.amazonaws.com", project.origin.loc, image),
                ),
                Some(ImagePuller::CodeBuild) => (
                    Actor {
                        kind: ActorKind::BuildService,
                        reference: None,
                        roles: Candidates::default(),
                        account: Some(project.origin.scope.account.clone()),
                    },
                    vec![Step {
                        at: image.written.loc,
                        kind: StepKind::Pull(image),
                    }],
                ),
                None => continue,
            };
            flows.push(Flow {
                title: format!("build project `{}`", project.origin.label),
                source: Source::Build(at),
                at: project.origin.loc,
                actor,
                way: Way::default(),
                steps,
            });
        }
    }

    fn app_runner(&self, flows: &mut Vec<Flow>) {
        for (at, service) in self.facts.app_runner_services.iter().enumerate() {
            let Some(image) = service.image.as_ref().and_then(|image| self.image(image)) else {
                continue;
            };
            if service.access_role.is_none() {
                continue;
            }
            flows.push(Flow {
                title: format!("App Runner service `{}`", service.origin.label),
                source: Source::AppRunner(at),
                at: service.origin.loc,
                actor: self.actor(ActorKind::AccessRole, service.access_role.as_ref()),
                way: Way::default(),
                steps: with_login("build.apprunner.amazonaws.com", service.origin.loc, image),
            });
        }
    }
}

/// What a flow pushes itself is fetched from nowhere, whatever its prefix.
fn forget_pushed(flows: &mut [Flow]) {
    let pushed: BTreeSet<Template> = flows
        .iter()
        .flat_map(|flow| &flow.steps)
        .filter_map(|step| match &step.kind {
            StepKind::Push(image) if image.cache.is_some() => Some(image.image.repository.clone()),
            _ => None,
        })
        .collect();
    for step in flows.iter_mut().flat_map(|flow| &mut flow.steps) {
        if let StepKind::Pull(image) | StepKind::Push(image) = &mut step.kind
            && pushed.contains(&image.image.repository)
        {
            image.cache = None;
        }
    }
}

/// Most things that one name may mean. A name that means more says nothing.
const MOST_CANDIDATES: usize = 8;

/// Of the things that a name may mean, those of the deployment it stands in, if there are any; else those that can exist
/// beside it.
pub(super) fn nearest<'f>(
    found: &[usize],
    origin: Option<&Origin>,
    scope_of: impl Fn(usize) -> Option<&'f Scope>,
) -> Vec<usize> {
    let keep = |fits: &dyn Fn(&Scope) -> bool| -> Vec<usize> {
        let fitting = found.iter().copied();
        fitting
            .filter(|at| scope_of(*at).is_some_and(fits))
            .collect()
    };
    let mut kept = match origin {
        Some(origin) => keep(&|scope| *scope == *origin.scope),
        None => found.to_vec(),
    };
    if let Some(origin) = origin.filter(|_| kept.is_empty()) {
        kept = keep(&|scope| scope.can_meet(&origin.scope));
    }
    if kept.len() > MOST_CANDIDATES {
        kept.clear();
    }
    kept
}

/// The account of a function: that of its deployment, or that of its execution role, which lies in the same one
/// (<https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>).
fn account_of_function(function: &ImageFunction) -> Template {
    let deployed = &function.origin.scope.account;
    let of_role = function
        .role
        .as_ref()
        .and_then(|role| Arn::of(&role.value))
        .map(|arn| arn.account)
        .filter(|account| !account.is_empty() && account.is_known());
    match (deployed.is_known(), of_role) {
        (false, Some(account)) => account,
        _ => deployed.clone(),
    }
}

/// A role is assumed, logs in, and pulls one image.
fn with_login(service: &'static str, at: Loc, image: Image) -> Vec<Step> {
    let image_at = image.written.loc;
    vec![
        Step {
            at,
            kind: StepKind::AssumedByService(service),
        },
        Step {
            at: image_at,
            kind: StepKind::Login(image.registry.clone()),
        },
        Step {
            at: image_at,
            kind: StepKind::Pull(image),
        },
    ]
}

/// The registry of an account in a Region, by its standard host.
fn registry_of(account: Template, region: Template) -> EcrRegistry {
    let suffix = region
        .as_literal()
        .and_then(crate::catalog::partition_of_region)
        .map_or("amazonaws.com", |partition| partition.dns_suffix);
    EcrRegistry {
        account,
        region,
        dns_suffix: Template::literal(suffix),
        form: HostForm::Standard,
    }
}

/// Whether two registries may be one: what is known of both does not differ.
#[must_use]
pub fn may_be_same(one: &EcrRegistry, other: &EcrRegistry) -> bool {
    let pairs = [(&one.account, &other.account), (&one.region, &other.region)];
    pairs
        .iter()
        .all(|(a, b)| a == b || !a.is_known() || !b.is_known())
}
