//! Whether a request gets to AWS at all: in subnets without a route out only the endpoints of the VPC lead there.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::words::Words;
use super::{Answered, Because, StepVerdict};
use crate::diag::{Label, quote};
use crate::link::Workspace;
use crate::link::flow::{Flow, Source, Step, StepKind};
use crate::link::ways::Reach;

/// Takes back what policies allow where no request gets to them. What they refuse stays refused: that is to be mended as well.
pub(super) fn cut_off(workspace: &Workspace, flow: &Flow, step: &Step, answers: &mut [Answered]) {
    if matches!(
        step.kind,
        StepKind::AssumedByService(_) | StepKind::AssumedByJob
    ) {
        return;
    }
    let goes_another_way =
        matches!(step.kind, StepKind::Login(_)) && is_old_platform(workspace, flow);
    for answer in answers {
        if answer.verdict == StepVerdict::Denied || answer.subject.endpoint.is_some() {
            continue;
        }
        let verdict = match flow.way.reach(&workspace.facts, answer.service) {
            Reach::Open => continue,
            Reach::Unseen => StepVerdict::Unknown,
            Reach::Cut if goes_another_way => StepVerdict::Unknown,
            Reach::Cut => StepVerdict::Denied,
        };
        answer.verdict = verdict;
        answer.because = Because::NoWay;
    }
}

/// Whether a task may run on Fargate before 1.4.0, which logs in through an interface of AWS's own.
#[must_use]
pub fn is_old_platform(workspace: &Workspace, flow: &Flow) -> bool {
    let Source::Task {
        service: Some(at), ..
    } = flow.source
    else {
        return false;
    };
    workspace
        .facts
        .services
        .get(at)
        .and_then(|service| service.platform_version.as_ref())
        .is_some_and(|version| match version.value.as_literal() {
            Some(version) => ["1.0.", "1.1.", "1.2.", "1.3."]
                .iter()
                .any(|old| version.starts_with(old)),
            None => true,
        })
}

/// A request that gets nowhere.
pub(super) fn words(workspace: &Workspace, flow: &Flow, answered: &Answered) -> Words {
    let service = quote(answered.service);
    let subnets = match flow.source {
        Source::Task { service, .. } => service
            .and_then(|at| workspace.facts.services.get(at))
            .and_then(|service| service.subnets.first()),
        _ => None,
    };
    Words {
        message: format!(
            "nothing leads to {service}: the VPC has no endpoint for it, and its subnets no route to the internet"
        ),
        places: subnets
            .map(|subnet| Label {
                loc: subnet.loc,
                text: "these subnets have no route out".to_string(),
            })
            .into_iter()
            .collect(),
        help: Some(format!("add an endpoint for {service} to the VPC")),
    }
}
