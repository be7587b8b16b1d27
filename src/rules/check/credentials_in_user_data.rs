//! ECR705: a secret access key in the user data of an instance. No message of this check may hold any part of a key.

use super::super::Context;
use super::place::within;
use crate::diag::{Diagnostic, quote};
use crate::link::Workspace;
use crate::model::access_key::{is_access_key_id, written_secrets};
use crate::model::compute::{Instances, InstancesKind};
use crate::model::template::Template;
use crate::source::{Loc, Spanned};
use std::collections::BTreeSet;
use std::ops::Range;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // A launch template of a module that is called twice holds one key.
    let mut reported: BTreeSet<Loc> = BTreeSet::new();
    for instances in &cx.workspace.facts.instances {
        for secret in secrets_of(instances) {
            if !reported.insert(secret.secret) {
                continue;
            }
            let message = format!(
                "an AWS secret access key is written in the user data of {} {}",
                noun(instances.kind),
                quote(&instances.origin.label)
            );
            let mut found = cx
                .diagnostic(secret.secret, message)
                .label("everything that runs on the instance can read it, and everybody who may describe it")
                .identity(instances.origin.label.clone());
            if let Some(id) = secret.id.filter(|id| *id != secret.secret) {
                found = found.related(id, "with its access key id");
            }
            out.push(found);
        }
    }
}

/// The places of secrets in user data, which other rules leave to this one.
pub(super) fn secrets_in_user_data(workspace: &Workspace) -> BTreeSet<Loc> {
    let instances = workspace.facts.instances.iter();
    instances
        .flat_map(secrets_of)
        .map(|written| written.secret)
        .collect()
}

/// A secret that is written out, and the id beside it.
struct Written {
    secret: Loc,
    id: Option<Loc>,
}

fn secrets_of(instances: &Instances) -> Vec<Written> {
    let mut whole = String::new();
    let mut starts = Vec::new();
    for line in &instances.user_data_lines {
        starts.push(whole.len());
        whole.push_str(&line.value.to_string());
        whole.push('\n');
    }
    let place = |range: &Range<usize>| {
        let at = starts
            .partition_point(|start| *start <= range.start)
            .checked_sub(1)?;
        let (line, start) = (instances.user_data_lines.get(at)?, starts.get(at)?);
        Some(part_of(line, range.start - start..range.end - start))
    };
    let ids = access_key_ids(&whole);
    written_secrets(&whole)
        .iter()
        .filter_map(|secret| {
            let id = ids.iter().min_by_key(|id| id.start.abs_diff(secret.start));
            Some(Written {
                secret: place(secret)?,
                id: id.and_then(&place),
            })
        })
        .collect()
}

/// The place of a part of a line; the whole line where it is not written as it reads.
fn part_of(line: &Spanned<Template>, range: Range<usize>) -> Loc {
    match line.value.as_literal() {
        Some(text) => within(line.loc, text.len(), range),
        None => line.loc,
    }
}

fn access_key_ids(text: &str) -> Vec<Range<usize>> {
    let mut ids = Vec::new();
    let mut start = 0;
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_access_key_id(bare) {
            ids.push(start..start + bare.len());
        }
        start += word.len();
    }
    ids
}

fn noun(kind: InstancesKind) -> &'static str {
    match kind {
        InstancesKind::LaunchTemplate => "launch template",
        InstancesKind::LaunchConfiguration => "launch configuration",
        InstancesKind::NodeGroup | InstancesKind::FargateProfile => "node group",
        InstancesKind::Instance | InstancesKind::MetadataDefaults => "instance",
    }
}
