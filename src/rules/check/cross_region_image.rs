//! ECR315: a task whose image comes from another Region than it runs in.
//!
//! It works, and it hangs on that other Region, costs a transfer on every start, and needs a way that no VPC endpoint is.
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::super::Context;
use super::denials::{self, Cause};
use crate::diag::{Diagnostic, quote};
use crate::link::flow::{Source, StepKind};
use crate::link::ways::Egress;
use crate::model::image::ImageRef;
use crate::model::task::TaskDefinition;
use crate::source::Loc;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let said = said_elsewhere(cx);
    let services = services(cx);
    for (at, task) in cx.workspace.facts.tasks.iter().enumerate() {
        let Some(at_home) = task.origin.scope.region.as_literal() else {
            continue;
        };
        for (region, images) in images_by_region(task) {
            if region == at_home {
                continue;
            }
            let images: Vec<&(Loc, String)> = images
                .iter()
                .filter(|(loc, _)| !said.contains(loc))
                .collect();
            let mut found = finding(cx, task, at_home, &region, &images);
            if let Some(service) = services.get(&at) {
                found = found.map(|found| found.related(*service, "the service that runs it"));
            }
            out.extend(found);
        }
    }
}

/// Images whose Region is the fault that another finding names: a policy that is for the right one (ECR204), endpoints of the
/// right one with no other way out (ECR406).
fn said_elsewhere(cx: &Context<'_>) -> BTreeSet<Loc> {
    let denied = denials::denials(cx)
        .iter()
        .flat_map(denials::Denial::links)
        .filter(|link| link.cause == Cause::OnlyResource)
        .map(|link| link.step.at);
    let closed = cx
        .workspace
        .flows
        .iter()
        .filter(|flow| matches!(flow.source, Source::Task { .. }))
        .filter(|flow| flow.way.egress == Egress::Closed && !flow.way.endpoints.is_empty())
        .flat_map(|flow| &flow.steps)
        .filter(|step| matches!(step.kind, StepKind::Pull(_)))
        .map(|step| step.at);
    denied.chain(closed).collect()
}

/// The services that run tasks, by the task.
fn services(cx: &Context<'_>) -> BTreeMap<usize, Loc> {
    let flows = cx.workspace.flows.iter();
    flows
        .filter_map(|flow| match flow.source {
            Source::Task {
                task,
                service: Some(service),
            } => {
                let service = cx.workspace.facts.services.get(service)?;
                let named = service.name.as_ref().map(|name| name.loc);
                Some((task, named.unwrap_or(service.origin.loc.start())))
            }
            _ => None,
        })
        .collect()
}

/// The images of a task in private registries of known Regions.
fn images_by_region(task: &TaskDefinition) -> BTreeMap<String, Vec<(Loc, String)>> {
    let mut found: BTreeMap<String, Vec<(Loc, String)>> = BTreeMap::new();
    for container in &task.containers {
        let Some(written) = &container.image else {
            continue;
        };
        let image = ImageRef::parse(&written.value);
        let region = image
            .as_ref()
            .and_then(|image| image.ecr()?.region_literal());
        if let (Some(region), Some(image)) = (region, &image) {
            found
                .entry(region.to_string())
                .or_default()
                .push((written.loc, image.repository.to_string()));
        }
    }
    found
}

fn finding(
    cx: &Context<'_>,
    task: &TaskDefinition,
    at_home: &str,
    region: &str,
    images: &[&(Loc, String)],
) -> Option<Diagnostic> {
    let (first, rest) = images.split_first()?;
    let mut found = cx
        .diagnostic(
            first.0,
            format!(
                "the image of task {} comes from {}, and the task runs in {}",
                quote(&task.origin.label),
                quote(region),
                quote(at_home)
            ),
        )
        .label("in another Region")
        .identity(format!("{} {region}", first.1));
    for image in rest {
        found = found.related(image.0, "and so is this");
    }
    Some(found)
}
