//! ECR706: App Runner without a role to fetch a private image with.

use super::super::Context;
use super::denials::{self, Cause};
use crate::diag::{Diagnostic, quote};
use crate::link::flow::{Source, StepKind};
use crate::model::compute::AppRunnerService;
use crate::model::image::ImageRef;
use crate::source::Loc;
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut reported: BTreeSet<Loc> = BTreeSet::new();
    for service in &cx.workspace.facts.app_runner_services {
        if let Some(found) = missing(cx, service)
            && reported.insert(found.primary.loc)
        {
            out.push(found);
        }
    }
    for denial in denials::denials(cx) {
        let StepKind::AssumedByService(principal) = denial.step.kind else {
            continue;
        };
        if denial.cause != Cause::Trust || !matches!(denial.flow.source, Source::AppRunner(_)) {
            continue;
        }
        let message = format!("{} may not assume {}", quote(principal), denial.who(cx));
        out.push(denial.finding_on_trust(cx, message));
    }
}

fn missing(cx: &Context<'_>, service: &AppRunnerService) -> Option<Diagnostic> {
    if service.access_role.is_some() || !service.authentication_is_read {
        return None;
    }
    let kind = service.repository_type.as_ref();
    if kind.is_some_and(|kind| kind.value.as_literal() != Some("ECR")) {
        return None;
    }
    let written = service.image.as_ref()?;
    let image = ImageRef::parse(&written.value).filter(ImageRef::is_private_ecr)?;
    Some(
        cx.diagnostic(
            written.loc,
            format!(
                "App Runner service {} has no access role, but takes {} from a private ECR registry",
                quote(&service.origin.label),
                quote(&image.repository.to_string())
            ),
        )
        .label("App Runner pulls with `AccessRoleArn`, and has no rights of its own")
        .identity(service.origin.label.clone()),
    )
}
