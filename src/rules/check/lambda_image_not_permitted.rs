//! ECR701: a function whose image Lambda may not fetch: of another account without the repository's leave, or in another
//! Region.

use super::super::Context;
use super::denials;
use crate::catalog;
use crate::diag::{Diagnostic, quote};
use crate::link::flow::{Actor, ActorKind, Flow, Image, Source, Step};
use crate::link::names::Candidates;
use crate::link::repositories::RepositoryRule;
use crate::model::compute::ImageFunction;
use crate::prove::{Because, StepProof, StepVerdict};
use crate::source::{FileId, Loc};
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut reported: BTreeSet<Loc> = BTreeSet::new();
    for (flow, proof) in cx.workspace.flows.iter().zip(&cx.proofs.flows) {
        let Source::Function(at) = flow.source else {
            continue;
        };
        let Some(function) = cx.workspace.facts.functions.get(at) else {
            continue;
        };
        for (step, proof) in flow.steps.iter().zip(&proof.steps) {
            let Some(image) = denials::image(step) else {
                continue;
            };
            let found = other_region(cx, function, image)
                .or_else(|| other_account(cx, function, flow, step, image, proof));
            if let Some(found) = found
                && reported.insert(found.primary.loc)
            {
                out.push(found);
            }
        }
    }
}

/// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#images-reqs>
fn other_region(cx: &Context<'_>, function: &ImageFunction, image: &Image) -> Option<Diagnostic> {
    let own = function.origin.scope.region.as_literal()?;
    let region = image.registry.region.as_literal()?;
    catalog::partition_of_region(own)?;
    if own == region {
        return None;
    }
    let message = format!(
        "function {} is deployed to {}, but its image {} lies in {}",
        quote(&function.origin.label),
        quote(own),
        quote(&image.image.repository.to_string()),
        quote(region)
    );
    Some(
        cx.diagnostic(function.image.loc, message)
            .label("Lambda takes images of its own Region only")
            .identity(function.origin.label.clone()),
    )
}

fn other_account(
    cx: &Context<'_>,
    function: &ImageFunction,
    flow: &Flow,
    step: &Step,
    image: &Image,
    by_service: &StepProof,
) -> Option<Diagnostic> {
    let own = flow.actor.account.as_ref()?.as_literal()?;
    let owner = image.registry.account.as_literal()?;
    let [at] = image.repositories.as_slice() else {
        return None;
    };
    if own == owner {
        return None;
    }
    // Whoever creates or updates the function needs it, too: some role of its account.
    let creator = Actor {
        kind: ActorKind::JobPrincipal,
        reference: None,
        roles: Candidates::default(),
        account: flow.actor.account.clone(),
    };
    let by_account = cx.proofs.step_by(cx.workspace, flow, &creator, step);
    let is_denied = |proof: &StepProof| proof.verdict == StepVerdict::Denied;
    let left_out = match (is_denied(&by_account), is_denied(by_service)) {
        (true, true) => format!(
            "allows neither account {} nor `lambda.amazonaws.com`",
            quote(own)
        ),
        (true, false) => format!("does not allow account {}", quote(own)),
        (false, true) => "does not allow `lambda.amazonaws.com`".to_string(),
        (false, false) => return None,
    };
    let repository = cx.workspace.facts.repositories.get(*at)?;
    let message = format!(
        "function {} cannot take its image from account {}: repository {} {left_out}",
        quote(&function.origin.label),
        quote(owner),
        quote(&repository.name.value.to_string())
    );
    let denied = if is_denied(by_service) {
        by_service
    } else {
        &by_account
    };
    let nearest = denied
        .answers
        .iter()
        .find_map(|answer| match &answer.because {
            Because::Refused(refusal) => refusal.nearest.as_ref(),
            _ => None,
        });
    let rule = cx.workspace.repositories.policies.get(*at);
    let (loc, label) = match (nearest, rule) {
        (Some(place), _) if place.at.file != FileId::NONE => (place.at, "the nearest statement"),
        (_, Some(RepositoryRule::Policy(policy))) => {
            (policy.document.loc, "no statement of this policy allows it")
        }
        _ => (repository.name.loc, "this repository has no policy"),
    };
    let found = cx
        .diagnostic(loc, message)
        .label(label)
        .related(function.image.loc, "the function takes its image from here")
        .identity(function.origin.label.clone());
    Some(if loc == repository.name.loc {
        found
    } else {
        found.related(repository.name.loc, "the repository is declared here")
    })
}
