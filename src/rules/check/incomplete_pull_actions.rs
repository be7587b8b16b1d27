//! ECR104: one half of a pull without the other.

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::denials;
use super::image_actions::{self, Gaps, Ground, PULL, UPLOAD};
use super::reading;
use crate::catalog;
use crate::diag::{Confidence, Diagnostic, Severity, quote};
use crate::iam::Answer;
use crate::model::policy::Layer;
use crate::model::template::Template;

/// Actions that only a client that goes on to the layers has a use for: the question which layers exist, and the import of
/// an image through a pull through cache rule.
const LAYER_READERS: [&str; 2] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchImportUpstreamImage",
];

/// The half that is there, the half that is not, and how bad that is.
#[derive(PartialEq)]
struct Half {
    has: &'static str,
    lacks: &'static str,
    severity: Severity,
    confidence: Confidence,
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let explained = denials::explained(cx);
    for policy in cx.policies() {
        if !matches!(policy.layer, Layer::Identity | Layer::Repository) {
            continue;
        }
        if denials::is_among(&explained, &policy) {
            continue;
        }
        let gaps = Gaps::of(cx, &policy);
        let judged = image_actions::grounds(&policy, &PULL)
            .into_iter()
            .filter_map(|ground| half(&policy, &gaps, &ground).map(|half| (ground, half)))
            .collect();
        for (grounds, half) in image_actions::by_statement(judged) {
            out.extend(finding(cx, &grounds, &half));
        }
    }
}

fn half(policy: &AskedPolicy<'_>, gaps: &Gaps<'_>, ground: &Ground<'_>) -> Option<Half> {
    let [manifest, layer] = PULL;
    let is_missing = |action| gaps.has(action, &ground.resource);
    if ground.named.contains(&manifest) && is_missing(layer) {
        let (severity, confidence) = manifest_only(policy, ground)?;
        return Some(Half {
            has: manifest,
            lacks: layer,
            severity,
            confidence,
        });
    }
    (ground.named.contains(&layer) && is_missing(manifest) && !pushes(gaps)).then_some(Half {
        has: layer,
        lacks: manifest,
        severity: Severity::Error,
        confidence: Confidence::High,
    })
}

/// How bad it is that layers cannot be read; `None` where what else is allowed explains it.
fn manifest_only(policy: &AskedPolicy<'_>, ground: &Ground<'_>) -> Option<(Severity, Confidence)> {
    let mut others = catalog::actions_of("ecr")
        .iter()
        .filter(|action| action.has_resource_level())
        .map(catalog::Action::qualified)
        .filter(|action| {
            action != PULL[0] && policy.alone().allows_part(action, &ground.resource) != Answer::No
        })
        .peekable();
    if others.peek().is_none() {
        // Clients that look at manifests only do exist.
        return Some((Severity::Warning, Confidence::Medium));
    }
    let (mut asks_for_layers, mut writes) = (false, false);
    for action in others {
        asks_for_layers |= LAYER_READERS.contains(&action.as_str());
        writes |= action == "ecr:PutImage" || UPLOAD.contains(&action.as_str());
    }
    // With `ecr:PutImage` it moves tags or pushes; without a question for layers it reads manifests or signatures.
    (asks_for_layers && !writes).then_some((Severity::Error, Confidence::High))
}

/// Whether the document may push somewhere: then reading layers serves to mount them into another repository
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/blob-mounting.html>).
fn pushes(gaps: &Gaps<'_>) -> bool {
    UPLOAD
        .iter()
        .chain(&["ecr:PutImage"])
        .any(|action| !gaps.has(action, &Template::literal("*")))
}

fn finding(cx: &Context<'_>, grounds: &[Ground<'_>], half: &Half) -> Option<Diagnostic> {
    let first = grounds.first()?;
    let action = first.statement.action.as_ref()?;
    let texts: Vec<String> = grounds
        .iter()
        .map(|ground| ground.resource.to_string())
        .collect();
    let (has, lacks) = (quote(half.has), quote(half.lacks));
    let message = match first.at {
        Some(_) => format!(
            "a pull from {} has {has} and lacks {lacks}",
            reading::first_and_more(&texts)
        ),
        None => format!("a pull from this repository has {has} and lacks {lacks}"),
    };
    let mut found = cx
        .diagnostic(action.key, message)
        .severity(half.severity)
        .confidence(half.confidence)
        .label("one half of a pull is allowed here")
        .help(format!("allow {lacks} on the same repositories"))
        .identity(format!("{} without {}", texts.join(" "), half.lacks))
        .in_statement(reading::sid(first.statement));
    for at in grounds.iter().filter_map(|ground| ground.at).take(3) {
        found = found.related(at, "on this repository");
    }
    Some(found)
}
