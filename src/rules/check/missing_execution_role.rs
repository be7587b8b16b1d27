//! ECR301: a task that ECS must act for, and no role for ECS to act with.

use super::super::Context;
use crate::diag::{Diagnostic, Severity, quote};
use crate::model::task::{ExecutionRoleUse, ExecutionRoleUseKind, TaskDefinition, TaskRunner};

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    for task in &cx.workspace.facts.tasks {
        // Job definitions of Batch are the business of another rule.
        if task.execution_role.is_some() || task.is_fragment || task.runner != TaskRunner::Ecs {
            continue;
        }
        let mut uses = task.execution_role_uses();
        let host = task.host_without_rights();
        if host.is_none() && !uses.iter().any(|one| one.kind.is_on_every_launch_type()) {
            // On EC2 another role may do the rest, and without a launch type nothing is known.
            if let Some(at) = task.requires("EC2") {
                out.extend(note_on_ec2(cx, task, &uses).map(|mut found| {
                    found.primary.loc = at;
                    found
                }));
            }
            continue;
        }
        if host.is_none() {
            uses.retain(|one| one.kind.is_on_every_launch_type());
        }
        out.extend(missing(cx, task, &uses));
    }
}

fn missing(
    cx: &Context<'_>,
    task: &TaskDefinition,
    uses: &[ExecutionRoleUse],
) -> Option<Diagnostic> {
    let reasons = reasons(uses);
    let host = task.host_without_rights();
    let at = host
        .map(|(at, _)| at)
        .or_else(|| task.family.as_ref().map(|family| family.loc))
        .or_else(|| uses.first().map(|one| one.loc))?;
    let on = host.map_or(String::new(), |(_, name)| format!(" on {name}"));
    let needs = list(
        &reasons
            .iter()
            .map(|(kind, _)| need(*kind))
            .collect::<Vec<_>>(),
    )?;
    let mut found = cx
        .diagnostic(
            at,
            format!("task{}{on} has no execution role, but {needs}", name(task)),
        )
        .label(match host {
            Some((_, "Fargate")) => "Fargate uses the execution role for this",
            _ => "ECS uses the execution role for this",
        })
        .identity(identity(task));
    for (kind, one) in reasons {
        found = found.related(one.loc, explanation(kind));
    }
    if let Some(role) = &task.task_role {
        found = found.related(
            role.loc,
            "the task role is the application's; ECS never uses it for this",
        );
    }
    Some(found)
}

fn note_on_ec2(
    cx: &Context<'_>,
    task: &TaskDefinition,
    uses: &[ExecutionRoleUse],
) -> Option<Diagnostic> {
    let reasons = reasons(uses);
    let needs = list(
        &reasons
            .iter()
            .map(|(kind, _)| need(*kind))
            .collect::<Vec<_>>(),
    )?;
    let mut found = cx
        .diagnostic(
            uses.first()?.loc,
            format!(
                "task{} on EC2 has no execution role, so the role of the container instance {needs}",
                name(task)
            ),
        )
        .severity(Severity::Note)
        .identity(identity(task));
    for (kind, one) in reasons {
        found = found.related(one.loc, explanation(kind));
    }
    Some(found)
}

/// The first use of each kind.
pub(super) fn reasons(uses: &[ExecutionRoleUse]) -> Vec<(ExecutionRoleUseKind, ExecutionRoleUse)> {
    let mut reasons: Vec<(ExecutionRoleUseKind, ExecutionRoleUse)> = Vec::new();
    for one in uses {
        if reasons.iter().all(|(kind, _)| *kind != one.kind) {
            reasons.push((one.kind, *one));
        }
    }
    reasons.sort_by_key(|(kind, _)| *kind);
    reasons
}

pub(super) fn need(kind: ExecutionRoleUseKind) -> &'static str {
    match kind {
        ExecutionRoleUseKind::PullsImage => "pulls from a private ECR registry",
        ExecutionRoleUseKind::WritesLogs => "logs with `awslogs`",
        ExecutionRoleUseKind::ReadsSecrets => "injects secrets",
        ExecutionRoleUseKind::ReadsEnvironmentFiles => "reads environment files",
        ExecutionRoleUseKind::ReadsRegistryPassword => "pulls with the password of a registry",
    }
}

pub(super) fn explanation(kind: ExecutionRoleUseKind) -> &'static str {
    match kind {
        ExecutionRoleUseKind::PullsImage => "this image is pulled from a private ECR registry",
        ExecutionRoleUseKind::WritesLogs => "this log driver writes to CloudWatch Logs",
        ExecutionRoleUseKind::ReadsSecrets => "this secret is read before the container starts",
        ExecutionRoleUseKind::ReadsEnvironmentFiles => {
            "this file is read from S3 before the container starts"
        }
        ExecutionRoleUseKind::ReadsRegistryPassword => {
            "this password is read before the image is pulled"
        }
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[&str]) -> Option<String> {
    let (last, before) = items.split_last()?;
    Some(if before.is_empty() {
        (*last).to_string()
    } else {
        format!("{} and {last}", before.join(", "))
    })
}

pub(super) fn name(task: &TaskDefinition) -> String {
    match &task.family {
        Some(family) if !family.value.is_empty() => {
            format!(" {}", quote(&family.value.to_string()))
        }
        _ => String::new(),
    }
}

fn identity(task: &TaskDefinition) -> String {
    task.family
        .as_ref()
        .map_or(String::new(), |family| family.value.to_string())
}
