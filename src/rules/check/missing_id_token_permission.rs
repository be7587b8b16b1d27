//! ECR501: a job that assumes a role with OIDC may not ask GitHub for the token.

use super::pipeline_reading::{
    self as reading, JobReading, MOST_PLACES, entrance, given, provides_keys,
};
use crate::diag::{Confidence, Diagnostic};
use crate::link::{RunAct, TokenRight};
use crate::model::pipeline::{ActKind, CredentialsBy};
use crate::model::template::Template;
use crate::rules::Context;
use crate::source::{Loc, Spanned};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for job in reading::hosted_jobs(cx).filter(JobReading::is_github) {
        let TokenRight::Missing { block, caller } = job.run.id_token else {
            continue;
        };
        let mut asking = job
            .acts()
            .filter_map(|(at, act)| asks_for_token(&job, act).map(|role| (at, act, role)));
        let Some((at, first, role)) = asking.next() else {
            continue;
        };
        let Some(confidence) = confidence(&job, at) else {
            continue;
        };
        let (primary, inside) = entrance(first, role.loc);
        let mut finding = cx
            .diagnostic(primary, message(&job, caller))
            .label("needs a token that GitHub will not hand out")
            .confidence(confidence)
            .identity(&job.job.id.value)
            .help(help(&job, block, caller));
        if let Some(inside) = inside {
            finding = finding.related(inside, "the role is assumed here");
        }
        finding = explain(finding, &job, block, caller);
        for (_, act, role) in asking.take(MOST_PLACES) {
            finding = finding.related(entrance(act, role.loc).0, "and so does this step");
        }
        out.push(finding);
    }
}

fn message(job: &JobReading<'_>, caller: Option<Loc>) -> String {
    let name = job.name();
    match caller {
        None => format!("{name} assumes a role with OIDC but has no `id-token: write`"),
        Some(_) => format!(
            "{name} assumes a role with OIDC but its caller does not grant `id-token: write`"
        ),
    }
}

/// How sure it is that the act with this number finds no other credentials; `None` where it may well. Keys that are
/// already there are what the action then uses.
fn confidence(job: &JobReading<'_>, at: usize) -> Option<Confidence> {
    let mut confidence = Confidence::High;
    for earlier in job.before(at) {
        match &earlier.act.kind {
            ActKind::Credentials(credentials) if provides_keys(credentials) => return None,
            ActKind::OutOfSight(unseen) => {
                let step = job.job.steps.get(earlier.step);
                let is_action = step.is_some_and(|step| step.uses.is_some());
                if is_action || unseen.what.value.contains("GITHUB_ENV") {
                    return None;
                }
                // A script could write `~/.aws/credentials`, but seldom does before a step that assumes a role.
                confidence = Confidence::Medium;
            }
            _ => {}
        }
    }
    Some(confidence)
}

/// The role that an act assumes with a token of GitHub's, if it does.
fn asks_for_token<'a>(job: &JobReading<'_>, act: &'a RunAct) -> Option<&'a Spanned<Template>> {
    let ActKind::Credentials(credentials) = &act.act.kind else {
        return None;
    };
    let role = given(credentials.role.as_ref())?;
    let is_oidc = credentials.by == CredentialsBy::ConfigureAction
        && !credentials.without_oidc
        && given(credentials.access_key_id.as_ref()).is_none()
        && !job.has_credentials_in_env(act);
    is_oidc.then_some(role)
}

/// Adds the places that keep the token from the job.
fn explain(
    finding: Diagnostic,
    job: &JobReading<'_>,
    block: Option<Loc>,
    caller: Option<Loc>,
) -> Diagnostic {
    let mut finding = finding;
    if let Some(caller) = caller {
        finding = finding.related(caller, "this call does not grant it `id-token: write`");
    }
    match block {
        Some(block) => match named_scope(job, block) {
            Some(scope) => finding.related(scope, "only `write` is enough"),
            None => finding.related(block, "this block does not grant `id-token: write`"),
        },
        None if caller.is_none() => finding.related(
            job.job.id.loc,
            "without `permissions:` a job never gets `id-token`",
        ),
        None => finding,
    }
}

/// Where the block names `id-token`, if it is a block of this workflow and does.
fn named_scope(job: &JobReading<'_>, block: Loc) -> Option<Loc> {
    [
        job.job.permissions.as_ref(),
        job.pipeline.permissions.as_ref(),
    ]
    .into_iter()
    .flatten()
    .find(|permissions| permissions.key == block)?
    .id_token_loc
}

fn help(job: &JobReading<'_>, block: Option<Loc>, caller: Option<Loc>) -> String {
    match (block, caller) {
        (Some(_), None) => "add `id-token: write` to the `permissions:` block".to_string(),
        (Some(_), Some(_)) => {
            "add `id-token: write` to the `permissions:` block of the workflow that calls this one".to_string()
        }
        (None, Some(_)) => "give the calling job `permissions:` with `id-token: write` and what else it needs, such as \
                            `contents: read` (a block takes away what it leaves out)"
            .to_string(),
        (None, None) => format!(
            "give {} `permissions:` with `id-token: write` and what else it needs, such as `contents: read` (a block \
             takes away what it leaves out)",
            job.name()
        ),
    }
}
