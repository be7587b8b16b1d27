//! ECR505: `aws ecr get-login`, which AWS CLI version 2 does not have.

use super::pipeline_reading::{self as reading, known};
use crate::diag::{Confidence, Diagnostic, Severity};
use crate::model::pipeline::{ActKind, LegacyLogin, Runner};
use crate::rules::Context;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for declared in reading::declared_acts(cx) {
        let ActKind::LegacyLogin(login) = &declared.act.kind else {
            continue;
        };
        let loc = declared.act.loc;
        let finding = if login.for_cli_v1 {
            cx.diagnostic(loc, "`aws ecr get-login` works only with AWS CLI version 1")
                .severity(Severity::Note)
        } else if declared.job.runner == Runner::SelfHosted {
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
