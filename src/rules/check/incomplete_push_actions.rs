//! ECR103: part of a push is allowed on a repository, and the rest nowhere in the document.

use super::super::Context;
use super::super::asked::AskedPolicy;
use super::denials;
use super::image_actions::{self, Gaps, Ground, PULL, PUSH, UPLOAD};
use super::reading;
use crate::diag::{Confidence, Diagnostic, Severity};
use crate::iam::Answer;
use crate::model::policy::Layer;

/// The actions that show what a document is for.
const INTENT: [&str; 4] = [UPLOAD[0], UPLOAD[1], UPLOAD[2], "ecr:PutImage"];

/// What is missing, and how bad that is.
#[derive(PartialEq)]
struct Gap {
    missing: Vec<&'static str>,
    severity: Severity,
    confidence: Confidence,
}

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let explained = denials::explained(cx);
    for policy in cx.policies() {
        // A boundary, an SCP or an endpoint policy that allows a part is a limit and shows no intent to push.
        if !matches!(policy.layer, Layer::Identity | Layer::Repository) {
            continue;
        }
        if denials::is_among(&explained, &policy) {
            continue;
        }
        let gaps = Gaps::of(cx, &policy);
        let judged = image_actions::grounds(&policy, &INTENT)
            .into_iter()
            .filter_map(|ground| gap(&policy, &gaps, &ground).map(|gap| (ground, gap)))
            .collect();
        for (grounds, gap) in image_actions::by_statement(judged) {
            out.extend(finding(cx, &grounds, gap));
        }
    }
}

fn gap(policy: &AskedPolicy<'_>, gaps: &Gaps<'_>, ground: &Ground<'_>) -> Option<Gap> {
    let uploads = ground.named.iter().any(|action| UPLOAD.contains(action));
    let allows = |action: &str| policy.alone().allows_part(action, &ground.resource) == Answer::Yes;
    let writes_after_check = !uploads
        && ground.named.contains(&"ecr:PutImage")
        && allows("ecr:BatchCheckLayerAvailability");
    if !uploads && !writes_after_check {
        return None;
    }
    // The repository policy that AWS prints for a push from another account does without `ecr:BatchGetImage`.
    let wanted = if policy.layer == Layer::Repository {
        &PUSH[..5]
    } else {
        &PUSH[..]
    };
    let missing = gaps.among(wanted, &ground.resource);
    let (severity, confidence) = match missing.as_slice() {
        [] => return None,
        ["ecr:BatchGetImage"] => (Severity::Warning, Confidence::High),
        // The pull set that older pages print, with the right to move a tag: it pushes no layer, but may not want to.
        _ if !uploads
            && UPLOAD.iter().all(|action| missing.contains(action))
            && PULL.iter().all(|action| allows(action)) =>
        {
            (Severity::Warning, Confidence::Medium)
        }
        _ => (Severity::Error, Confidence::High),
    };
    Some(Gap {
        missing,
        severity,
        confidence,
    })
}

fn finding(cx: &Context<'_>, grounds: &[Ground<'_>], gap: Gap) -> Option<Diagnostic> {
    let first = grounds.first()?;
    let action = first.statement.action.as_ref()?;
    let texts: Vec<String> = grounds
        .iter()
        .map(|ground| ground.resource.to_string())
        .collect();
    let missing = reading::listed(&gap.missing);
    let message = match first.at {
        Some(_) => format!(
            "a push to {} lacks {missing}",
            reading::first_and_more(&texts)
        ),
        None => format!("a push to this repository lacks {missing}"),
    };
    let mut found = cx
        .diagnostic(action.key, message)
        .severity(gap.severity)
        .confidence(gap.confidence)
        .label("part of a push is allowed here")
        .help(format!("allow {missing} on the same repositories"))
        .identity(format!(
            "{} without {}",
            texts.join(" "),
            gap.missing.join(" ")
        ))
        .in_statement(reading::sid(first.statement));
    for at in grounds.iter().filter_map(|ground| ground.at).take(3) {
        found = found.related(at, "on this repository");
    }
    Some(found)
}
