//! ECR511: a secret access key written in the file. No message of this check may hold any part of a key.

use super::key_sets::{KeySet, Origin, key_sets};
use super::pipeline_reading::{holds, known};
use crate::diag::Diagnostic;
use crate::model::access_key::{is_access_key_id, is_secret_access_key};
use crate::rules::Context;
use crate::source::Loc;
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // A script sees the keys of its `env:` block, and the text of a script is looked at as a whole too: the same place
    // may come up again.
    let mut seen: BTreeSet<Loc> = BTreeSet::new();
    for set in key_sets(cx) {
        let Some(secret) = written_secret(&set) else {
            continue;
        };
        if !seen.insert(secret) {
            continue;
        }
        let mut finding = finding(cx, secret).identity(place_of(&set));
        if let Some(id) = set.id.filter(|id| known(id).is_some()) {
            finding = finding.related(id.loc, "with its access key id");
        }
        if let Some(token) = set.token.filter(|token| known(token).is_some()) {
            finding = finding.related(token.loc, "and its session token");
        }
        out.push(finding);
    }
    for secret in &cx.workspace.facts.written_secrets {
        if seen.insert(*secret) {
            out.push(finding(cx, *secret).identity("provider"));
        }
    }
    for pipeline in &cx.workspace.facts.pipelines {
        for job in &pipeline.jobs {
            for secret in job.steps.iter().flat_map(|step| &step.written_secrets) {
                if seen.insert(*secret) {
                    out.push(finding(cx, *secret).identity(format!("{} run", job.id.value)));
                }
            }
        }
    }
}

fn finding(cx: &Context<'_>, secret: Loc) -> Diagnostic {
    cx.diagnostic(secret, "an AWS secret access key is written in the file")
        .label("everybody who can read the repository has it")
}

/// The place of a secret access key that is written out.
fn written_secret(set: &KeySet<'_>) -> Option<Loc> {
    let secret = known(set.secret?)?;
    // An id that no AWS key can have: a stand-in, or another service.
    let is_foreign = set
        .id
        .and_then(known)
        .is_some_and(|id| !is_access_key_id(&id.value));
    if !is_secret_access_key(&secret.value) || is_foreign || set.may_not_be_aws() {
        return None;
    }
    // What stands in a script was judged together with the rest of it.
    match set.origin {
        Origin::Shell => set
            .step?
            .written_secrets
            .iter()
            .find(|place| holds(secret.loc, **place))
            .copied(),
        Origin::Env | Origin::ConfigureAction | Origin::OtherAction => Some(secret.loc),
    }
}

/// What tells this finding from others of the file without naming the key.
fn place_of(set: &KeySet<'_>) -> String {
    let job = set.job.map_or("", |job| job.id.value.as_str());
    let step = set.job.zip(set.step).and_then(|(job, step)| {
        job.steps
            .iter()
            .position(|other| other.loc == step.loc)
            .map(|at| at.to_string())
    });
    format!("{job} {}", step.unwrap_or_default())
}
