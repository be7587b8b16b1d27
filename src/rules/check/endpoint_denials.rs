//! Links that the policy of an endpoint refuses: which rule speaks of each, and how it joins what that rule says of the
//! document by itself. One cause gives one finding.

use super::super::Context;
use super::denials::{self, Cause, Denial};
use crate::diag::{Diagnostic, quote};
use crate::iam::explain::Part;
use crate::link::flow::StepKind;
use crate::model::endpoint::{EndpointPartKind, VpcEndpoint};
use crate::model::policy::{Policy, Statement};
use crate::prove::Refusal;
use crate::source::FileId;
use std::sync::Arc;

/// What is wrong with the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// It leaves out who asks.
    Actor,
    /// It leaves out the bucket of image layers.
    LayerBucket,
    /// It leaves out an action or a resource.
    Request,
}

/// What of an endpoint's policy leaves out a link.
pub(super) fn share(denial: &Denial<'_>) -> Option<Share> {
    if denial.cause != Cause::Endpoint {
        return None;
    }
    let refusal = denial.refusal()?;
    let statement = refusal.nearest.as_ref().and_then(denials::statement);
    Some(
        if statement.is_some_and(|statement| is_about_the_actor(refusal, statement)) {
            Share::Actor
        } else if matches!(denial.step.kind, StepKind::Layers(_)) {
            Share::LayerBucket
        } else {
            Share::Request
        },
    )
}

fn is_about_the_actor(refusal: &Refusal, statement: &Statement) -> bool {
    let by_condition = || {
        statement
            .conditions
            .iter()
            .any(|condition| is_of_the_actor(&condition.key.value))
    };
    if refusal.is_explicit {
        return by_condition();
    }
    !refusal.failed.is_empty()
        && refusal.failed.iter().all(|part| match part {
            Part::Principal => true,
            Part::Condition => by_condition(),
            Part::Action | Part::Resource => false,
        })
}

/// Whether a condition key says who asks, or of whose account or organization the resource is.
pub(super) fn is_of_the_actor(key: &str) -> bool {
    const KEYS: [&str; 9] = [
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:userid",
        "aws:username",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:resourceaccount",
    ];
    let key = key.to_ascii_lowercase();
    KEYS.contains(&key.as_str()) || key.starts_with("aws:principaltag/")
}

/// Adds the links that an endpoint's policy refuses for this reason: to what is said of the policy already, or as findings
/// of their own in the words of `message`.
pub(super) fn fold<'a>(
    cx: &Context<'a>,
    wanted: Share,
    mut said: Vec<(&Policy, Diagnostic)>,
    message: impl Fn(&Denial<'a>) -> String,
    out: &mut Vec<Diagnostic>,
) {
    let mut own = Vec::new();
    for denial in denials::denials(cx) {
        if share(denial) != Some(wanted) {
            continue;
        }
        let Some(policy) = denial.refusal().and_then(|refusal| policy(cx, refusal)) else {
            continue;
        };
        let mut is_said = false;
        for (_, found) in said
            .iter_mut()
            .filter(|(about, _)| std::ptr::eq(*about, &raw const **policy))
        {
            is_said = true;
            for link in denial.links() {
                let text = format!("{} is denied this", link.flow.title);
                let label = (link.step.at, text.as_str());
                if !found
                    .related
                    .iter()
                    .any(|one| (one.loc, one.text.as_str()) == label)
                {
                    *found = found.clone().related(link.step.at, text);
                }
            }
        }
        if !is_said {
            own.push(finding(cx, denial, policy, message(denial)));
        }
    }
    out.extend(said.into_iter().map(|(_, found)| found));
    out.extend(own);
}

fn finding<'a>(
    cx: &Context<'a>,
    denial: &Denial<'a>,
    policy: &Policy,
    message: String,
) -> Diagnostic {
    let refusal = denial.refusal();
    let mut found = denial.finding(cx, message);
    let nearest = refusal.and_then(|refusal| refusal.nearest.as_ref());
    if nearest.is_none() && policy.document.loc.file != FileId::NONE {
        found.primary.loc = policy.document.loc.start();
        found.primary.text = "no statement of this policy allows it".to_string();
    }
    if let Some(statement) = nearest.and_then(denials::statement) {
        found = found.in_statement(super::reading::sid(statement));
    }
    match refusal.and_then(|refusal| endpoint(cx, refusal)) {
        Some(endpoint) => found.related(endpoint.service.loc, "the endpoint's service"),
        None => found,
    }
}

fn endpoint<'a>(cx: &Context<'a>, refusal: &Refusal) -> Option<&'a VpcEndpoint> {
    cx.workspace.facts.endpoints.get(refusal.endpoint?)
}

/// The policy that refuses.
fn policy<'a>(cx: &Context<'a>, refusal: &'a Refusal) -> Option<&'a Arc<Policy>> {
    if let Some(place) = &refusal.nearest {
        return Some(&place.policy);
    }
    let endpoint = endpoint(cx, refusal)?;
    let apart = cx
        .workspace
        .facts
        .endpoint_parts
        .iter()
        .filter(|part| part.endpoint.value == endpoint.id)
        .find_map(|part| match &part.kind {
            EndpointPartKind::Policy(policy) => policy.as_ref(),
            _ => None,
        });
    apart.or(endpoint.policy.as_ref())
}

/// What to call the endpoint: "the endpoint `ecr.dkr`".
pub(super) fn named(denial: &Denial<'_>) -> String {
    match denial.refused.first() {
        Some((answer, _)) if !matches!(denial.step.kind, StepKind::Layers(_)) => {
            format!("the endpoint {}", quote(answer.service))
        }
        _ => "the S3 endpoint".to_string(),
    }
}

/// "the policy of the endpoint `ecr.dkr` does not allow `ecr:BatchGetImage` on `shop/app`".
pub(super) fn not_allowed(denial: &Denial<'_>) -> String {
    let actions = super::reading::listed(&denial.actions());
    let refusal = denial.refusal();
    let verb = match refusal {
        Some(refusal) if refusal.is_explicit => "denies",
        _ => "does not allow",
    };
    let by_action = refusal.is_some_and(|refusal| refusal.failed == [Part::Action]);
    let mut names = Vec::new();
    for image in denial.links().filter_map(|link| denials::image(link.step)) {
        let name = image.image.repository.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let on = if by_action || names.is_empty() {
        String::new()
    } else {
        format!(" on {}", super::reading::listed(&names))
    };
    format!("the policy of {} {verb} {actions}{on}", named(denial))
}
