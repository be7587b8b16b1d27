//! Which repositories a tree declares, and what else may make some.

use super::super::super::Context;
use super::Registry;
use crate::link::registries::{CREATE_ON_PUSH, may_be_for};
use crate::link::repositories::differ;
use crate::model::image::ImageRef;
use crate::model::origin::Scope;
use crate::model::pipeline::{Act, ActKind};
use crate::model::policy::Policy;
use crate::model::repository::{RegistrySettingKind, Repository};
use crate::model::template::Template;
use crate::source::Loc;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Most declarations whose names are not known. Where there are more, anything may be declared.
const MOST_OPEN: usize = 64;

/// Modules of one well known source that make no repository, whatever they are given.
const HARMLESS_MODULES: [&str; 17] = [
    "acm",
    "alb",
    "autoscaling",
    "cloudfront",
    "dynamodb-table",
    "ec2-instance",
    "ecs",
    "efs",
    "iam",
    "kms",
    "rds",
    "route53",
    "s3-bucket",
    "security-group",
    "sns",
    "sqs",
    "vpc",
];

/// What a tree declares.
pub(super) struct Known<'a> {
    /// The names of the repositories of each registry, with the places of their declarations.
    registries: BTreeMap<Registry, BTreeMap<&'a str, Loc>>,
    /// Registries of which a snapshot shows every repository.
    closed: BTreeSet<Registry>,
    /// Names that are declared, looked up or made by a command, in whatever registry.
    names: BTreeSet<Cow<'a, str>>,
    /// Declarations whose names are not known.
    open: Vec<(&'a Scope, &'a Template)>,
    /// Whether something may make repositories of any name.
    is_open: bool,
}

impl<'a> Known<'a> {
    pub(super) fn of(cx: &Context<'a>) -> Known<'a> {
        let facts = &cx.workspace.facts;
        let mut known = Known {
            registries: BTreeMap::new(),
            closed: BTreeSet::new(),
            names: BTreeSet::new(),
            open: Vec::new(),
            is_open: facts
                .declared_elsewhere
                .iter()
                .any(|one| !is_harmless(&one.source)),
        };
        for repository in facts.repositories.iter().filter(|one| !one.is_public) {
            known.add(repository);
        }
        for found in &facts.found_repositories {
            known.name(&found.origin.scope, &found.name.value);
        }
        known.commands(cx);
        known.is_open |= known.open.len() > MOST_OPEN;
        known
    }

    fn add(&mut self, repository: &'a Repository) {
        let scope = &repository.origin.scope;
        self.name(scope, &repository.name.value);
        // One of which only the configuration tells says nothing of the others beside it.
        let is_certain = repository.origin.is_certain;
        let Some(name) = repository.name.value.as_literal().filter(|_| is_certain) else {
            return;
        };
        let registry = (scope.account.clone(), scope.region.clone());
        if scope.is_snapshot {
            self.closed.insert(registry.clone());
        }
        let names = self.registries.entry(registry).or_default();
        names.entry(name).or_insert(repository.name.loc);
    }

    fn name(&mut self, scope: &'a Scope, name: &'a Template) {
        match name.as_literal() {
            Some(name) => {
                self.names.insert(Cow::Borrowed(name));
            }
            None => self.open.push((scope, name)),
        }
    }

    /// `aws ecr create-repository`, wherever it stands; and what a job runs out of sight before it pushes.
    fn commands(&mut self, cx: &Context<'a>) {
        let workspace = cx.workspace;
        let written = workspace
            .facts
            .pipelines
            .iter()
            .flat_map(|pipeline| &pipeline.jobs)
            .flat_map(|job| &job.steps)
            .flat_map(|step| &step.acts);
        let run = workspace.runs.iter().flat_map(|run| &run.acts);
        for act in written.chain(run.map(|run| &run.act)) {
            if let Some(made) = made_by(act) {
                match made.and_then(Template::as_literal) {
                    Some(name) => {
                        self.names.insert(Cow::Borrowed(name));
                    }
                    None => self.is_open = true,
                }
            }
        }
        for run in &workspace.runs {
            let hides = |act: &Act| matches!(act.kind, ActKind::OutOfSight(_));
            if !run.acts.iter().any(|one| hides(&one.act)) {
                continue;
            }
            for one in &run.acts {
                if let ActKind::Push(image) = &one.act.kind {
                    self.names.extend(pushed_name(&image.value).map(Cow::Owned));
                }
            }
        }
    }

    /// Whether nothing can be said: no repository of a known name is declared, or anything may make one.
    pub(super) fn says_nothing(&self) -> bool {
        self.is_open || self.registries.is_empty()
    }

    /// Whether some repository of the registry is declared.
    pub(super) fn has(&self, registry: &Registry) -> bool {
        self.registries.contains_key(registry)
    }

    /// Whether a snapshot shows all of the registry.
    pub(super) fn is_closed(&self, registry: &Registry) -> bool {
        self.closed.contains(registry)
    }

    /// The repositories of the registry.
    pub(super) fn names(&self, registry: &Registry) -> Option<&BTreeMap<&'a str, Loc>> {
        self.registries.get(registry)
    }

    /// Whether nothing in sight declares or makes a repository of this name.
    pub(super) fn lacks(&self, cx: &Context<'_>, registry: &Registry, name: &str) -> bool {
        let is_declared = self.names.contains(name)
            || self.open.iter().any(|(scope, open)| {
                !differ(&scope.account, &registry.0)
                    && !differ(&scope.region, &registry.1)
                    && may_be(open, name)
            });
        !is_declared && !is_made(cx, registry, name)
    }
}

/// Whether a text with holes may be this name.
fn may_be(open: &Template, name: &str) -> bool {
    name.len() >= open.prefix().len() + open.suffix().len()
        && name.starts_with(open.prefix())
        && name.ends_with(open.suffix())
}

/// Whether ECR itself may make a repository of this name: on a push, through a cache, by replication.
fn is_made(cx: &Context<'_>, (account, region): &Registry, name: &str) -> bool {
    let facts = &cx.workspace.facts;
    let settings = cx.workspace.registries.settings(facts, account, region);
    let by_setting = settings.iter().any(|(_, _, setting)| match &setting.kind {
        RegistrySettingKind::CreationTemplate {
            prefix,
            applied_for,
            ..
        } => {
            let is_for_pushes = applied_for.iter().any(|one| {
                one.value
                    .as_literal()
                    .is_none_or(|kind| kind == CREATE_ON_PUSH)
            });
            (is_for_pushes || applied_for.is_empty()) && may_be_for(&prefix.value, name)
        }
        RegistrySettingKind::PullThroughCache { prefix, .. } => may_be_for(&prefix.value, name),
        RegistrySettingKind::Policy(policy) => {
            policy.as_ref().is_none_or(|policy| lets_replicate(policy))
        }
        _ => false,
    });
    let is_target = || {
        facts
            .registry_settings
            .iter()
            .any(|setting| match &setting.kind {
                RegistrySettingKind::Replication(targets) => targets.iter().any(|target| {
                    !differ(&target.account, account) && !differ(&target.region, region)
                }),
                _ => false,
            })
    };
    by_setting || is_target()
}

/// Whether another registry may replicate into that of a policy.
fn lets_replicate(policy: &Policy) -> bool {
    let statements = policy.document.statements.iter();
    !policy.document.complete
        || statements
            .filter(|statement| statement.allows())
            .filter_map(|statement| statement.action.as_ref())
            .flat_map(|action| &action.values)
            .any(|value| {
                value.value.as_literal().is_none_or(|text| {
                    let text = text.to_ascii_lowercase();
                    text.contains('*') || text == "ecr:replicateimage"
                })
            })
}

/// The repository that a command makes: `None` if it makes none, `Some(None)` if its name is not known.
fn made_by(act: &Act) -> Option<Option<&Template>> {
    match &act.kind {
        ActKind::AwsCall(call)
            if call.service == "ecr" && call.operation == "create-repository" =>
        {
            Some(call.repository.as_ref().map(|name| &name.value))
        }
        _ => None,
    }
}

/// The repository of an image.
fn pushed_name(image: &Template) -> Option<String> {
    let repository = ImageRef::parse(image)?.repository;
    repository.as_literal().map(str::to_string)
}

/// Whether a module is one of those that make no repository.
fn is_harmless(source: &str) -> bool {
    let mut parts = source.split('/');
    let name = source
        .strip_prefix("terraform-aws-modules/")
        .or_else(|| source.strip_prefix("registry.terraform.io/terraform-aws-modules/"))
        .and_then(|_| {
            parts.find(|part| *part == "terraform-aws-modules")?;
            parts.next()
        });
    name.is_some_and(|name| HARMLESS_MODULES.contains(&name))
}
