//! ECR509: a job calls AWS before anything gives it credentials.

use super::pipeline_reading::{self as reading, entrance, needs_credentials};
use crate::diag::{Diagnostic, quote};
use crate::link::RunAct;
use crate::model::pipeline::{ActKind, StartingCredentials};
use crate::rules::Context;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // A build of CodeBuild has the role of its project; what variables GitLab, CircleCI and Bitbucket hand to a job stands
    // in no file.
    let jobs = reading::jobs(cx).filter(|job| job.job.credentials == StartingCredentials::Missing);
    for job in jobs {
        let source = job.first_credentials();
        let first = job
            .acts()
            .take_while(|(at, _)| Some(*at) != source)
            .find(|(_, act)| needs_credentials(&act.act) && !job.has_credentials_in_env(act));
        let Some((_, act)) = first else {
            continue;
        };
        let (primary, inside) = entrance(act, act.act.loc);
        let mut finding = cx
            .diagnostic(
                primary,
                format!("{} {} before it has AWS credentials", job.name(), does(act)),
            )
            .label("finds no credentials")
            .identity(&job.job.id.value);
        if let Some(inside) = inside {
            finding = finding.related(inside, "the call is here");
        }
        let later = source
            .and_then(|at| job.run.acts.get(at))
            .filter(|later| matches!(later.act.kind, ActKind::Credentials(_)));
        if let Some(later) = later {
            finding = finding
                .related(
                    entrance(later, later.act.loc).0,
                    "the credentials come only here",
                )
                .help("move the step that configures the credentials before it");
        }
        out.push(finding);
    }
}

/// What the act does, as a verb.
fn does(act: &RunAct) -> String {
    match &act.act.kind {
        ActKind::AwsCall(call) if call.operation.is_empty() => {
            format!("calls {}", quote(&call.service))
        }
        ActKind::AwsCall(call) => format!(
            "calls {}",
            quote(&format!("aws {} {}", call.service, call.operation))
        ),
        ActKind::LegacyLogin(_) => "calls `aws ecr get-login`".to_string(),
        _ => "logs in to Amazon ECR".to_string(),
    }
}
