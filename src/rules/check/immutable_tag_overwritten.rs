//! ECR519: a tag that every run pushes again, to a repository where no tag may move.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html>

use super::super::Context;
use super::key_sets::step_with_id;
use super::pipeline_reading::{self, JobReading, entrance};
use crate::diag::{Confidence, Diagnostic, quote};
use crate::iam::glob_matches;
use crate::link::RunAct;
use crate::link::flow::{Image, Source, StepKind};
use crate::model::image::{ImageRef, Registry};
use crate::model::pipeline::{Act, ActKind, LoginBy, PipelineKind};
use crate::model::repository::Repository;
use crate::model::template::Template;
use crate::source::Loc;
use std::collections::{BTreeMap, BTreeSet};

/// The tag of a name without one.
const USUAL_TAG: &str = "latest";

/// Operations that look whether a tag is there, or take it or the rule away.
const GUARDS: [&str; 6] = [
    "batch-delete-image",
    "batch-get-image",
    "delete-repository",
    "describe-images",
    "list-images",
    "put-image-tag-mutability",
];

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let repositories = Repositories::of(cx);
    if repositories.by_name.is_empty() {
        return;
    }
    let mut seen = BTreeSet::new();
    for job in pipeline_reading::jobs(cx) {
        let Some(habit) = habit(&job) else {
            continue;
        };
        for (at, act) in job.acts() {
            let ActKind::Push(written) = &act.act.kind else {
                continue;
            };
            if act.act.is_guarded || is_looked_after(job.before(at)) {
                continue;
            }
            let Some(image) = ImageRef::parse(&written.value) else {
                continue;
            };
            let Some(tag) = fixed_tag(&image) else {
                continue;
            };
            let is_version = is_version(&tag);
            if is_version && (habit == Habit::Seldom || act.is_conditional) {
                continue;
            }
            let Some(repository) = repositories.refusing(&job, written.loc, &image, &tag) else {
                continue;
            };
            if !seen.insert(written.loc) {
                continue;
            }
            let mut found = finding(cx, act, written.loc, repository, &tag);
            if is_version {
                found = found.confidence(Confidence::Medium);
            }
            out.push(found);
        }
    }
}

/// How often a job runs for the same files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// On pushes, requests, a schedule.
    Often,
    /// For releases only, each with files of its own.
    Seldom,
}

/// `None` for a job that a person starts by hand, and may have started once.
fn habit(job: &JobReading<'_>) -> Option<Habit> {
    match job.pipeline.kind {
        PipelineKind::GithubWorkflow => {
            let triggers: Vec<&str> = job
                .pipeline
                .triggers
                .iter()
                .map(|trigger| trigger.value.as_str())
                .filter(|trigger| *trigger != "workflow_dispatch")
                .collect();
            let is_for_tags = job
                .pipeline
                .push_refs
                .as_ref()
                .is_some_and(|refs| refs.branches.as_ref().is_some_and(Vec::is_empty));
            let is_seldom = |trigger: &str| match trigger {
                "release" | "create" | "workflow_call" | "repository_dispatch" => true,
                "push" => is_for_tags,
                _ => false,
            };
            match triggers.as_slice() {
                [] => None,
                all if all.iter().all(|trigger| is_seldom(trigger)) => Some(Habit::Seldom),
                _ => Some(Habit::Often),
            }
        }
        // Nobody knows who runs it, and how often.
        PipelineKind::Script => Some(Habit::Seldom),
        PipelineKind::GithubCompositeAction => None,
        PipelineKind::GitlabCi
        | PipelineKind::CircleCi
        | PipelineKind::Bitbucket
        | PipelineKind::Buildspec => Some(Habit::Often),
    }
}

/// Whether an earlier act asks for the tag or makes place for it.
fn is_looked_after(before: &[RunAct]) -> bool {
    before.iter().any(|act| is_guard(&act.act))
}

fn is_guard(act: &Act) -> bool {
    match &act.kind {
        ActKind::AwsCall(call) => {
            call.service == "ecr" && GUARDS.contains(&call.operation.as_str())
        }
        _ => false,
    }
}

/// The tag, if it is the same on every run.
fn fixed_tag(image: &ImageRef) -> Option<String> {
    if image.digest.is_some() {
        return None;
    }
    let tag = match &image.tag {
        Some(tag) => tag.as_literal()?,
        None if image.repository.is_known() => USUAL_TAG,
        None => return None,
    };
    (!tag.is_empty()).then(|| tag.to_string())
}

/// Whether a tag looks like the number of a release, which somebody writes anew for each.
fn is_version(tag: &str) -> bool {
    let number = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    number.starts_with(|c: char| c.is_ascii_digit())
}

/// The declared repositories, as pushes find them.
struct Repositories<'a> {
    by_name: BTreeMap<&'a Template, Vec<&'a Repository>>,
    /// What linking found, by the place of the image.
    linked: BTreeMap<Loc, &'a Image>,
    all: &'a [Repository],
}

impl<'a> Repositories<'a> {
    fn of(cx: &Context<'a>) -> Repositories<'a> {
        let workspace = cx.workspace;
        let all = workspace.facts.repositories.as_slice();
        let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for repository in all.iter().filter(|one| !one.is_public) {
            by_name
                .entry(&repository.name.value)
                .or_default()
                .push(repository);
        }
        let linked = workspace
            .flows
            .iter()
            .filter(|flow| matches!(flow.source, Source::Job(_)))
            .flat_map(|flow| &flow.steps)
            .filter_map(|step| match &step.kind {
                StepKind::Push(image) => Some((image.written.loc, image)),
                _ => None,
            })
            .collect();
        Repositories {
            by_name,
            linked,
            all,
        }
    }

    /// The repository that refuses a second push of the tag, if all that may be meant do.
    fn refusing(
        &self,
        job: &JobReading<'_>,
        at: Loc,
        image: &ImageRef,
        tag: &str,
    ) -> Option<&'a Repository> {
        let linked: Vec<&Repository> = self
            .linked
            .get(&at)
            .map(|image| &image.repositories)
            .into_iter()
            .flatten()
            .filter_map(|at| self.all.get(*at))
            .collect();
        let found = if linked.is_empty() {
            self.by_image(job, image)
        } else {
            linked
        };
        let first = found.first()?;
        found
            .iter()
            .all(|repository| refuses(repository, tag))
            .then_some(*first)
    }

    /// The repositories of an image that nobody in sight logs in for.
    fn by_image(&self, job: &JobReading<'_>, image: &ImageRef) -> Vec<&'a Repository> {
        let named = self.by_name.get(&image.repository);
        let named = named.into_iter().flatten().copied();
        match &image.registry {
            Registry::Ecr(registry) => named
                .filter(|repository| {
                    let scope = &repository.origin.scope;
                    let differ = crate::link::repositories::differ;
                    !differ(&scope.account, &registry.account)
                        && !differ(&scope.region, &registry.region)
                })
                .collect(),
            Registry::Unknown(host) if is_of_ecr(job, host) => named.collect(),
            _ => Vec::new(),
        }
    }
}

/// Whether a host that is not known is a registry of ECR: what the login to ECR gives out, or a variable that is called so.
fn is_of_ecr(job: &JobReading<'_>, host: &Template) -> bool {
    host.holes().any(|hole| {
        let given_out = hole
            .name
            .strip_prefix("steps.")
            .and_then(|rest| rest.strip_suffix(".outputs.registry"))
            .and_then(|id| step_with_id(job.job, id));
        let is_login = given_out.is_some_and(|step| {
            step.acts.iter().any(|act| match &act.kind {
                ActKind::Login(login) => login.by == LoginBy::EcrLoginAction && !login.is_public,
                _ => false,
            })
        });
        is_login || hole.name.to_ascii_lowercase().contains("ecr")
    })
}

/// Whether a repository takes a tag only once.
fn refuses(repository: &Repository, tag: &str) -> bool {
    let Some(mutability) = repository
        .mutability
        .as_ref()
        .and_then(|one| one.value.as_literal())
    else {
        return false;
    };
    let matches = |filter: &Template| filter.as_literal().map(|text| glob_matches(text, tag));
    let mut filters = repository
        .mutable_tags
        .iter()
        .map(|one| matches(&one.value));
    match mutability {
        "IMMUTABLE" => true,
        "IMMUTABLE_WITH_EXCLUSION" => {
            !repository.mutable_tags.is_empty() && filters.all(|matched| matched == Some(false))
        }
        "MUTABLE_WITH_EXCLUSION" => filters.any(|matched| matched == Some(true)),
        _ => false,
    }
}

fn finding(
    cx: &Context<'_>,
    act: &RunAct,
    at: Loc,
    repository: &Repository,
    tag: &str,
) -> Diagnostic {
    let (primary, inside) = entrance(act, at);
    let name = super::denials::shown_name(&repository.name.value, &repository.origin.label);
    let mut found = cx
        .diagnostic(
            primary,
            format!(
                "every run pushes tag {} to {}, where a tag cannot be pushed twice",
                quote(tag),
                quote(&name)
            ),
        )
        .label("the second run fails here")
        .identity(format!("{name}:{tag}"));
    if let Some(inside) = inside {
        found = found.related(inside, "the image is pushed here");
    }
    if let Some(mutability) = &repository.mutability {
        found = found.related(mutability.loc, "tags are immutable by this");
    }
    found
}
