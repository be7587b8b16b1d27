//! ECR505: `aws ecr get-login`, which AWS CLI version 2 does not have.

use super::pipeline_reading::{self as reading, Declared, known};
use crate::diag::{Confidence, Diagnostic, Severity};
use crate::model::pipeline::{ActKind, LegacyLogin, Runner};
use crate::rules::Context;
use crate::source::Loc;
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let fresh = reached_from_fresh_machines(cx);
    for declared in reading::declared_acts(cx) {
        let ActKind::LegacyLogin(login) = &declared.act.kind else {
            continue;
        };
        let loc = declared.act.loc;
        let finding = if login.for_cli_v1 {
            cx.diagnostic(loc, "`aws ecr get-login` works only with AWS CLI version 1")
                .severity(Severity::Note)
        } else if !is_on_fresh_machine(&declared, &fresh) {
            // The machine is the user's: it may hold the old version still.
            cx.diagnostic(
                loc,
                "`aws ecr get-login` fails where AWS CLI version 2 is installed",
            )
            .severity(Severity::Warning)
            .confidence(Confidence::Medium)
        } else {
            let finding = cx.diagnostic(
                loc,
                "`aws ecr get-login` does not exist in AWS CLI version 2",
            );
            if login.is_executed {
                finding.label("prints no command to run, so docker is never logged in")
            } else {
                finding.label("fails with `Invalid choice`")
            }
        };
        out.push(finding.help(rewrite(login)));
    }
}

/// The places of `get-login` that jobs on fresh machines come to, also in the scripts they run.
fn reached_from_fresh_machines(cx: &Context<'_>) -> BTreeSet<Loc> {
    reading::hosted_jobs(cx)
        .flat_map(|job| job.acts())
        .filter(|(_, act)| matches!(act.act.kind, ActKind::LegacyLogin(_)))
        .map(|(_, act)| act.act.loc)
        .collect()
}

/// Whether a command runs where version 2 is surely installed. The machine that a script runs on, or the image that a job
/// of GitLab runs in, may hold the old version still.
fn is_on_fresh_machine(declared: &Declared<'_>, fresh: &BTreeSet<Loc>) -> bool {
    match (declared.pipeline.kind, declared.job.runner) {
        (_, Runner::SelfHosted) => false,
        (_, Runner::Hosted) => true,
        (kind, Runner::Unknown) => kind.is_github() || fresh.contains(&declared.act.loc),
    }
}

/// The command that takes its place.
fn rewrite(login: &LegacyLogin) -> String {
    let region = login.region.as_ref();
    let shown = region.map_or_else(|| "REGION".to_string(), |region| region.value.to_string());
    // Text of the file goes into the help only where it is a plain word or variable.
    let is_plain = shown
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$' | '{' | '}' | '.' | ' '));
    let shown = if is_plain { shown.as_str() } else { "REGION" };
    let host_region = region
        .and_then(known)
        .map_or("REGION".to_string(), |region| region.value);
    format!(
        "run `aws ecr get-login-password --region {shown} | docker login --username AWS --password-stdin \
         ACCOUNT.dkr.ecr.{host_region}.amazonaws.com`"
    )
}
