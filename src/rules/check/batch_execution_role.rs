//! ECR708: job definitions of AWS Batch without an execution role, or with the two roles in each other's place.

use super::super::Context;
use super::missing_execution_role::{explanation, list, name, need, reasons};
use super::swapped_roles;
use super::task_roles::{Part, TaskRole};
use crate::diag::{Diagnostic, Severity};
use crate::model::task::{ExecutionRoleUse, TaskDefinition, TaskRunner};
use crate::source::Loc;
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut reported: BTreeSet<Loc> = BTreeSet::new();
    for task in &cx.workspace.facts.tasks {
        if task.runner != TaskRunner::Batch || task.is_fragment || task.execution_role.is_some() {
            continue;
        }
        if let Some(found) = missing(cx, task)
            && reported.insert(found.primary.loc)
        {
            out.push(found);
        }
    }
    let mut swapped = Vec::new();
    swapped_roles::report(cx, TaskRunner::Batch, &mut swapped);
    // Names and contents warn, as they do for ECS.
    out.extend(
        swapped
            .into_iter()
            .map(|found| found.severity(Severity::Warning)),
    );
}

fn missing<'a>(cx: &Context<'a>, task: &'a TaskDefinition) -> Option<Diagnostic> {
    let mut uses: Vec<ExecutionRoleUse> = task.execution_role_uses();
    let fargate = task.requires("FARGATE");
    if fargate.is_none() {
        // On instances another role pulls and logs.
        uses.retain(|one| one.kind.is_on_every_launch_type());
    }
    let reasons = reasons(&uses);
    let at = fargate.or_else(|| uses.first().map(|one| one.loc))?;
    let needs: Vec<&str> = reasons.iter().map(|(kind, _)| need(*kind)).collect();
    let on = if fargate.is_some() { " on Fargate" } else { "" };
    let but = list(&needs).map_or_else(
        || ", which Batch refuses".to_string(),
        |needs| format!(", but {needs}"),
    );
    let mut found = cx
        .diagnostic(
            at,
            format!(
                "job definition{}{on} has no execution role{but}",
                name(task)
            ),
        )
        .label(match fargate {
            Some(_) => "every job on Fargate needs an execution role",
            None => "the execution role does this, also on instances",
        })
        .identity(name(task));
    for (kind, one) in reasons.into_iter().filter(|(_, one)| one.loc != at) {
        found = found.related(one.loc, explanation(kind));
    }
    if let Some(named) = &task.task_role {
        let text = match TaskRole::find(cx, task, named).part() {
            Some(Part::Execution) => {
                "this is named like an execution role, but it is the job role, which is the application's"
            }
            _ => "the job role is the application's; it never pulls the image",
        };
        found = found.related(named.loc, text);
    }
    Some(found)
}
