//! ECR707: a build environment whose image CodeBuild cannot pull, or in which docker cannot run.

use super::super::Context;
use super::denials::{self, Cause, Denial};
use crate::diag::{Diagnostic, Severity, quote};
use crate::link::JobRun;
use crate::link::flow::{Source, StepKind};
use crate::link::repositories::RepositoryRule;
use crate::model::compute::{BuildProject, ImagePuller};
use crate::model::image::ImageRef;
use crate::source::{FileId, Loc};
use std::collections::BTreeSet;

const CODEBUILD: &str = "codebuild.amazonaws.com";

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut reported: BTreeSet<Loc> = BTreeSet::new();
    let mut report = |found: Option<Diagnostic>| {
        if let Some(found) = found
            && reported.insert(found.primary.loc)
        {
            out.push(found);
        }
    };
    for project in &cx.workspace.facts.build_projects {
        report(foreign_account(cx, project));
        report(registry_credential(cx, project));
    }
    for denial in denials::denials(cx) {
        report(match denial.cause {
            Cause::Service if matches!(denial.flow.source, Source::Build(_)) => {
                left_out(cx, denial)
            }
            Cause::Trust => not_assumable(cx, denial),
            _ => None,
        });
    }
    for run in &cx.workspace.runs {
        report(without_privileges(cx, run));
    }
}

/// The image of a project, if it lies in a private registry of ECR.
fn private_image(project: &BuildProject) -> Option<ImageRef> {
    let written = project.image.as_ref()?;
    ImageRef::parse(&written.value).filter(ImageRef::is_private_ecr)
}

/// CodeBuild itself pulls from no other account, whatever the repository allows.
fn foreign_account(cx: &Context<'_>, project: &BuildProject) -> Option<Diagnostic> {
    if !project.environment_is_read || project.image_puller() != Some(ImagePuller::CodeBuild) {
        return None;
    }
    let image = private_image(project)?;
    let owner = &image.ecr()?.account;
    let own = &project.origin.scope.account;
    if !(owner.is_known() && own.is_known()) || owner == own {
        return None;
    }
    let message = format!(
        "build project {} pulls its image from account {} without `SERVICE_ROLE`",
        quote(&project.origin.label),
        quote(&owner.to_string())
    );
    let mut found = cx
        .diagnostic(project.image.as_ref()?.loc, message)
        .label("an image of another account is pulled with the service role only")
        .identity(project.origin.label.clone());
    if let Some(kind) = &project.pull_credentials {
        found = found.related(kind.loc, "CodeBuild pulls with rights of its own");
    }
    Some(found)
}

/// A stored password, which ECR does not take.
fn registry_credential(cx: &Context<'_>, project: &BuildProject) -> Option<Diagnostic> {
    let credential = project.registry_credential?;
    let image = private_image(project)?;
    Some(
        cx.diagnostic(
            credential,
            format!(
                "build project {} has a registry credential for {}, which lies in a private ECR registry",
                quote(&project.origin.label),
                quote(&image.repository.to_string())
            ),
        )
        .severity(Severity::Warning)
        .label("ECR takes no stored password")
        .related(project.image.as_ref()?.loc, "this image is pulled with the service role")
        .identity(project.origin.label.clone()),
    )
}

/// CodeBuild pulls by itself, and the repository's policy leaves it out.
fn left_out<'a>(cx: &Context<'a>, denial: &Denial<'a>) -> Option<Diagnostic> {
    let image = denials::image(denial.step)?;
    let project = match denial.flow.source {
        Source::Build(at) => cx.workspace.facts.build_projects.get(at)?,
        _ => return None,
    };
    // That of another account is reported for that.
    let (owner, own) = (&image.registry.account, &project.origin.scope.account);
    if owner != own && owner.is_known() && own.is_known() {
        return None;
    }
    let [at] = image.repositories.as_slice() else {
        return None;
    };
    let repository = cx.workspace.facts.repositories.get(*at)?;
    let nearest = denial.refusal().and_then(|one| one.nearest.as_ref());
    let rule = cx.workspace.repositories.policies.get(*at);
    let (loc, label) = match (nearest, rule) {
        (Some(place), _) if place.at.file != FileId::NONE => (place.at, "the nearest statement"),
        (_, Some(RepositoryRule::Policy(policy))) => (
            policy.document.loc,
            "no statement of this policy names CodeBuild",
        ),
        _ => (
            denial.step.at,
            "CodeBuild pulls this with rights of its own",
        ),
    };
    let message = format!(
        "build project {} cannot pull its image {}: the repository does not allow `{CODEBUILD}`, and \
         `ImagePullCredentialsType` is not `SERVICE_ROLE`",
        quote(&project.origin.label),
        quote(&image.image.repository.to_string()),
    );
    let mut found = cx
        .diagnostic(loc, message)
        .label(label)
        .identity(project.origin.label.clone());
    if loc != denial.step.at {
        found = found.related(
            denial.step.at,
            "CodeBuild pulls this with rights of its own",
        );
    }
    if let Some(kind) = &project.pull_credentials {
        found = found.related(kind.loc, "as this says");
    }
    Some(found.related(repository.name.loc, "the repository is declared here"))
}

fn not_assumable<'a>(cx: &Context<'a>, denial: &Denial<'a>) -> Option<Diagnostic> {
    match denial.step.kind {
        StepKind::AssumedByService(CODEBUILD) => {}
        _ => return None,
    }
    let message = format!("`{CODEBUILD}` may not assume {}", denial.who(cx));
    Some(denial.finding_on_trust(cx, message))
}

/// A buildspec that needs a docker daemon, in a project that starts none
/// (<https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html>).
fn without_privileges(cx: &Context<'_>, run: &JobRun) -> Option<Diagnostic> {
    let project = cx.workspace.facts.build_projects.get(run.project?)?;
    let asked = cx.workspace.facts.pipelines.get(run.pipeline)?.docker?;
    if !project.environment_is_read || project.has_docker_server {
        return None;
    }
    let kind = project.environment_type.as_ref();
    let is_container = kind
        .and_then(|kind| kind.value.as_literal())
        .is_some_and(|kind| {
            matches!(
                kind,
                "LINUX_CONTAINER" | "ARM_CONTAINER" | "LINUX_GPU_CONTAINER"
            )
        });
    // An image of the user's own may bring something else that answers to `docker`.
    let is_of_codebuild = project
        .image
        .as_ref()
        .map(|image| image.value.prefix())
        // The early images for docker ran in privileged mode by themselves.
        .is_some_and(|image| {
            image.starts_with("aws/codebuild/") && !image.starts_with("aws/codebuild/docker:")
        });
    let is_privileged = match &project.privileged {
        None => Some(false),
        Some(value) => match value.value.as_literal() {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        },
    };
    if !is_container || !is_of_codebuild || is_privileged != Some(false) {
        return None;
    }
    let at = project
        .privileged
        .as_ref()
        .or(project.image.as_ref())
        .map(|value| value.loc)?;
    Some(
        cx.diagnostic(
            at,
            format!(
                "build project {} runs docker without privileged mode",
                quote(&project.origin.label)
            ),
        )
        .label("without privileged mode no docker daemon is started")
        .related(asked, "this command asks the daemon")
        .identity(project.origin.label.clone()),
    )
}
