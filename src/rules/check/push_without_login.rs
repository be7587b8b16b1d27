//! ECR502: a job pushes to or pulls from a private registry before anything logs in to one.

use super::pipeline_reading::{
    self as reading, JobReading, MOST_PLACES, Transfer, entrance, may_serve_private_ecr, moved_here,
};
use crate::diag::{Diagnostic, quote};
use crate::link::RunAct;
use crate::model::image::ImageRef;
use crate::model::pipeline::{ActKind, PipelineKind};
use crate::rules::Context;
use crate::source::Loc;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for job in reading::hosted_jobs(cx) {
        out.extend(pulled_before_the_steps(cx, &job));
        let (lonely, login_after) = transfers_before_login(&job);
        let mut lonely = lonely.into_iter();
        let Some((act, transfer, image)) = lonely.next() else {
            continue;
        };
        let (primary, inside) = entrance(act, transfer.image.loc);
        let mut finding = cx
            .diagnostic(
                primary,
                format!(
                    "{} {} {} without a login",
                    job.name(),
                    transfer.verb(),
                    quote(&image.registry.to_string())
                ),
            )
            .label("docker holds no password for this registry")
            .identity(&job.job.id.value);
        if !job.is_github() {
            finding = finding.help(
                "pipe `aws ecr get-login-password` to `docker login --username AWS --password-stdin` before it",
            );
        }
        if let Some(inside) = inside {
            finding = finding.related(inside, moved_here(act));
        }
        let mut seen = vec![primary];
        for (act, transfer, _) in lonely.take(MOST_PLACES) {
            // One command may move several images that another file names.
            let (outer, inside) = entrance(act, transfer.image.loc);
            let place = if seen.contains(&outer) {
                inside.unwrap_or(outer)
            } else {
                outer
            };
            if !seen.contains(&place) {
                seen.push(place);
                finding = finding.related(place, "and here");
            }
        }
        if let Some(login) = login_after {
            finding = finding
                .related(login, "the login comes only here")
                .help("move the login before the first push or pull");
        } else if let Some((other, login)) = login_elsewhere(cx, &job) {
            finding = finding.related(
                login,
                format!(
                    "{} logs in, but every {} has a machine of its own",
                    other.name(),
                    if job.pipeline.kind == PipelineKind::Bitbucket {
                        "step"
                    } else {
                        "job"
                    }
                ),
            );
        }
        out.push(finding);
    }
}

/// Images of `container:` and `services:`: the runner pulls them before any step could log in.
fn pulled_before_the_steps(cx: &Context<'_>, job: &JobReading<'_>) -> Option<Diagnostic> {
    let mut images = job.job.images.iter().filter_map(|image| {
        let parsed = ImageRef::parse(&image.value)?;
        parsed.is_private_ecr().then_some((image, parsed))
    });
    let (image, parsed) = images.next()?;
    let (key, help) = credentials_of_image(job.pipeline.kind);
    let mut finding = cx
        .diagnostic(
            image.loc,
            format!(
                "{} runs an image of {} without `{}:`",
                job.name(),
                quote(&parsed.registry.to_string()),
                key
            ),
        )
        .label("pulled before the first step, so no step can log in for it")
        .identity(format!("{} image", job.job.id.value))
        .help(help);
    for (image, _) in images.take(MOST_PLACES) {
        finding = finding.related(image.loc, "and so is this one");
    }
    Some(finding)
}

/// The key that gives the image of a job its own credentials, and what to write there.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idcontainercredentials>,
/// <https://circleci.com/docs/private-images/>, <https://support.atlassian.com/bitbucket-cloud/docs/docker-image-options/>
fn credentials_of_image(kind: PipelineKind) -> (&'static str, &'static str) {
    match kind {
        PipelineKind::CircleCi => (
            "aws_auth",
            "add `aws_auth:` with the keys or the OIDC role that may pull it",
        ),
        PipelineKind::Bitbucket => (
            "aws",
            "add `aws:` with the keys or the OIDC role that may pull it",
        ),
        _ => (
            "credentials",
            "add `credentials:` with the user name `AWS` and, as password, an output of an earlier job that runs \
             `aws ecr get-login-password`",
        ),
    }
}

type Lonely<'a> = (&'a RunAct, Transfer<'a>, ImageRef);

/// The transfers that nothing logs in for, and the login that follows them. None where something that is not in sight
/// may have logged in.
fn transfers_before_login<'a>(job: &JobReading<'a>) -> (Vec<Lonely<'a>>, Option<Loc>) {
    let mut lonely = Vec::new();
    for (_, act) in job.acts() {
        match &act.act.kind {
            ActKind::OutOfSight(_) | ActKind::LegacyLogin(_) => return (lonely, None),
            ActKind::Login(login) if may_serve_private_ecr(login) => {
                return (lonely, Some(entrance(act, act.act.loc).0));
            }
            _ => {
                if let Some((transfer, image)) = Transfer::of(&act.act)
                    && !job.brings_login(act)
                {
                    lonely.push((act, transfer, image));
                }
            }
        }
    }
    (lonely, None)
}

/// A login in another job of the same workflow.
fn login_elsewhere<'a>(cx: &Context<'a>, job: &JobReading<'a>) -> Option<(JobReading<'a>, Loc)> {
    reading::jobs(cx)
        .filter(|other| other.run.pipeline == job.run.pipeline && other.run.job != job.run.job)
        .find_map(|other| {
            let login = other.acts().find_map(|(_, act)| match &act.act.kind {
                ActKind::Login(login) if may_serve_private_ecr(login) => {
                    Some(entrance(act, act.act.loc).0)
                }
                _ => None,
            })?;
            Some((other, login))
        })
}
