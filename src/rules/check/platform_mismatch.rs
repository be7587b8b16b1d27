//! ECR314: an image that is built for one architecture and deployed to another.
//!
//! Said only where the image that is deployed is surely the one that is built: the same repository, and every push to it in
//! sight comes from a build whose platforms are known.

mod built;
mod deployed;

use super::super::Context;
use crate::diag::{Confidence, Diagnostic, quote};
use crate::model::platform::{Architecture, BuildPlatform};
use crate::source::Loc;
use built::{Builds, Found};
use deployed::Deployed;
use std::collections::BTreeMap;

/// Most deployments of one image of which a finding names the place.
const MOST_NAMED: usize = 6;

/// What makes findings one: the build, and what it should be for.
type Key = (Loc, Architecture);

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let deployed = deployed::all(cx);
    if deployed.is_empty() {
        return;
    }
    let builds = Builds::new(cx);
    let mut found: BTreeMap<Key, (Found<'_>, Vec<Deployed<'_>>)> = BTreeMap::new();
    for one in deployed {
        let Some(build) = builds.of(&one.image) else {
            continue;
        };
        if build.makes(one.wanted) {
            continue;
        }
        let key = (place(&build), one.wanted);
        found
            .entry(key)
            .or_insert_with(|| (build, Vec::new()))
            .1
            .push(one);
    }
    for (build, deployed) in found.into_values() {
        out.extend(finding(cx, &build, &deployed));
    }
}

/// Where the platform is chosen.
fn place(found: &Found<'_>) -> Loc {
    match &found.build.platform {
        BuildPlatform::Given(platforms) => platforms.first().map_or(found.build.loc, |one| one.loc),
        _ => found.build.loc,
    }
}

fn finding(cx: &Context<'_>, found: &Found<'_>, deployed: &[Deployed<'_>]) -> Option<Diagnostic> {
    let first = deployed.first()?;
    let made: Vec<String> = found
        .architectures
        .iter()
        .map(|one| format!("`{one}`"))
        .collect();
    let repository = quote(&first.image.repository.to_string());
    let message = format!(
        "image {repository} is built for {} and {} runs on `{}`",
        made.join(" and "),
        first.who,
        first.wanted
    );
    let label = match found.build.platform {
        BuildPlatform::Given(_) => "the platform of the build",
        _ => "a build without a platform is for the machine that it runs on",
    };
    let mut finding = cx
        .diagnostic(place(found), message)
        .label(label)
        .help(format!("build it for `{}`", first.wanted))
        .identity(format!("{} {}", first.image.repository, first.wanted));
    if !found.is_certain {
        finding = finding.confidence(Confidence::Medium);
    }
    for one in deployed.iter().take(MOST_NAMED) {
        let how = if one.asked.is_some() {
            ""
        } else {
            " on the architecture that is the default"
        };
        finding = finding.related(one.written.loc, format!("{} runs this{how}", one.who));
        if let Some(asked) = one.asked {
            finding = finding.related(asked, "the architecture is chosen here");
        }
    }
    Some(finding)
}
