//! Whether a job may ask GitHub for an OIDC token: its own `permissions:`, those of its workflow, and for a reusable
//! workflow what its callers grant.
//!
//! Permissions can only be kept or lowered on the way into a called workflow, never raised; a callee without a block of
//! its own gets those of the calling job:
//! <https://docs.github.com/en/actions/how-tos/reuse-automations/reuse-workflows#supported-keywords-for-jobs-that-call-a-reusable-workflow>.
//! Without any block the default applies, and no default includes `id-token`:
//! <https://docs.github.com/en/actions/reference/security/oidc#workflow-permissions-for-the-requesting-the-oidc-token>.

use super::TokenRight;
use super::tree_index::TreeIndex;
use crate::model::pipeline::{IdToken, Job, Pipeline};
use crate::source::Loc;
use std::collections::BTreeMap;

/// How deep workflows may call each other; GitHub's own limit:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/reusing-workflow-configurations>.
const MAX_DEPTH: usize = 10;

/// A job: index of the pipeline, index of the job in it.
type JobKey = (usize, usize);

/// A job that calls a workflow, and the place of its `uses:`.
type Call = (JobKey, Loc);

/// The right of every job of every pipeline.
///
/// Starts from what each file says alone and hands it down the calls, one level a round. A round only ever turns
/// [`TokenRight::Unknown`] into something else, so workflows that call each other in a circle stay unknown.
pub(super) fn rights(pipelines: &[Pipeline], index: &TreeIndex) -> BTreeMap<JobKey, TokenRight> {
    let calls = calls(pipelines, index);
    let none = Vec::new();
    let mut rights = BTreeMap::new();
    for _ in 0..MAX_DEPTH {
        let mut next = BTreeMap::new();
        for (at, pipeline) in pipelines.iter().enumerate() {
            let callers = calls.get(&at).unwrap_or(&none);
            for (job_at, job) in pipeline.jobs.iter().enumerate() {
                next.insert((at, job_at), right_of(pipeline, job, callers, &rights));
            }
        }
        let is_settled = next == rights;
        rights = next;
        if is_settled {
            break;
        }
    }
    rights
}

/// The calls of each workflow that stand in the tree.
fn calls(pipelines: &[Pipeline], index: &TreeIndex) -> BTreeMap<usize, Vec<Call>> {
    let mut calls: BTreeMap<usize, Vec<Call>> = BTreeMap::new();
    for (at, pipeline) in pipelines.iter().enumerate() {
        let Some(root) = pipeline.repository_root.as_deref() else {
            continue;
        };
        for (job_at, job) in pipeline.jobs.iter().enumerate() {
            let Some(uses) = &job.calls else { continue };
            if let Some(callee) = index.workflow(pipelines, root, &uses.value) {
                calls
                    .entry(callee)
                    .or_default()
                    .push(((at, job_at), uses.loc));
            }
        }
    }
    calls
}

fn right_of(
    pipeline: &Pipeline,
    job: &Job,
    callers: &[Call],
    rights: &BTreeMap<JobKey, TokenRight>,
) -> TokenRight {
    let own = own_block(pipeline, job);
    if let Some(missing @ TokenRight::Missing { .. }) = own {
        return missing;
    }
    if !pipeline.is_reusable() {
        return own.unwrap_or(TokenRight::Missing {
            block: None,
            caller: None,
        });
    }
    // Who calls it may grant the token, or that it has none may be why nobody calls it.
    if callers.is_empty() {
        return own.unwrap_or(TokenRight::Unknown);
    }
    let handed: Vec<TokenRight> = callers
        .iter()
        .map(|(caller, uses)| {
            let right = rights.get(caller).copied().unwrap_or(TokenRight::Unknown);
            as_allowed(own, handed_down(right, *uses))
        })
        .collect();
    let is_missing = |right: &&TokenRight| matches!(right, TokenRight::Missing { .. });
    let lacking = handed.iter().filter(is_missing).count();
    // A job behind an `if:` may be meant only for the callers that grant the token.
    let is_certain = lacking == handed.len() || (lacking > 0 && !job.is_conditional);
    if is_certain && let Some(first) = handed.iter().find(is_missing) {
        return *first;
    }
    if handed
        .iter()
        .all(|right| matches!(right, TokenRight::Granted(_)))
    {
        return own
            .or(handed.first().copied())
            .unwrap_or(TokenRight::Unknown);
    }
    TokenRight::Unknown
}

/// What a call hands down to a job that asks for the token itself. Where no block stands on the way, the default of the
/// repository is the ceiling, and the permissive one lets a workflow of the same owner ask:
/// <https://docs.github.com/en/actions/reference/security/oidc#workflow-permissions-for-the-requesting-the-oidc-token>.
/// Which one it is, no file says.
fn as_allowed(own: Option<TokenRight>, handed: TokenRight) -> TokenRight {
    match (own, handed) {
        (Some(TokenRight::Granted(_)), TokenRight::Missing { block: None, .. }) => {
            TokenRight::Unknown
        }
        (_, handed) => handed,
    }
}

/// What the block in force says: that of the job, else that of its workflow; `None` where there is none.
fn own_block(pipeline: &Pipeline, job: &Job) -> Option<TokenRight> {
    let block = job.permissions.as_ref().or(pipeline.permissions.as_ref())?;
    Some(match block.id_token {
        IdToken::Write => TokenRight::Granted(block.id_token_loc.unwrap_or(block.loc)),
        IdToken::None => TokenRight::Missing {
            block: Some(block.key),
            caller: None,
        },
        IdToken::Unknown => TokenRight::Unknown,
    })
}

/// The right of a calling job as its callee sees it: what is missing is missing for this call.
fn handed_down(right: TokenRight, uses: Loc) -> TokenRight {
    match right {
        TokenRight::Missing { block, caller } => TokenRight::Missing {
            block,
            caller: caller.or(Some(uses)),
        },
        other => other,
    }
}
