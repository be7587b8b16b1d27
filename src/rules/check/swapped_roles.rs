//! ECR303: the two roles of a task in each other's place, by their names or by what they hold.

use super::super::Context;
use super::denials::{self, Cause, Denial};
use super::task_roles::{Part, TaskRole, application_rights, serves_ecs, starts_tasks};
use crate::diag::{Confidence, Diagnostic, quote};
use crate::link::flow::{ActorKind, Source};
use crate::model::task::{TaskDefinition, TaskRunner};
use crate::source::Loc;
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    report(cx, TaskRunner::Ecs, out);
}

/// The tasks of one service whose roles are swapped.
pub(super) fn report(cx: &Context<'_>, runner: TaskRunner, out: &mut Vec<Diagnostic>) {
    let denied = tasks_that_cannot_start(cx);
    // One line of a module that is called twice is one fault.
    let mut reported: BTreeSet<Loc> = BTreeSet::new();
    for (at, task) in cx.workspace.facts.tasks.iter().enumerate() {
        if task.runner != runner || denied.contains(&at) {
            continue;
        }
        if let Some(found) = finding(cx, task)
            && reported.insert(found.primary.loc)
        {
            out.push(found);
        }
    }
}

/// Tasks of which an error says already that the execution role lacks what it needs.
fn tasks_that_cannot_start(cx: &Context<'_>) -> BTreeSet<usize> {
    denials::denials(cx)
        .iter()
        .flat_map(Denial::links)
        .filter(|denial| denial.flow.actor.kind == ActorKind::ExecutionRole)
        .filter(|denial| denial.cause != Cause::Trust)
        .filter_map(|denial| match denial.flow.source {
            Source::Task { task, .. } => Some(task),
            _ => None,
        })
        .collect()
}

fn finding<'a>(cx: &Context<'a>, task: &'a TaskDefinition) -> Option<Diagnostic> {
    let (execution, application) = (task.execution_role.as_ref()?, task.task_role.as_ref()?);
    if execution.value == application.value {
        return None;
    }
    let execution = TaskRole::find(cx, task, execution);
    let application = TaskRole::find(cx, task, application);
    let noun = task.task_role_noun();
    let names_say_so =
        execution.part() == Some(Part::Application) && application.part() == Some(Part::Execution);
    let (one, other) = (quote(&execution.shown()), quote(&application.shown()));
    let (message, confidence) = match contents(&execution, &application) {
        Some(true) => (
            format!(
                "execution role {one} holds only rights of the application, and {noun} {other} those of ECS: they are \
                 swapped"
            ),
            Confidence::High,
        ),
        None if names_say_so => (
            format!(
                "the execution role is {one} and the {noun} is {other}: by their names they are swapped"
            ),
            Confidence::Medium,
        ),
        _ => return None,
    };
    let mut found = cx
        .diagnostic(execution.named.loc, message)
        .label("ECS pulls, logs and reads secrets with this role")
        .related(application.named.loc, "the application runs with this role")
        .identity(format!("{one} {other}"))
        .confidence(confidence);
    for (role, text) in [
        (&execution, "the execution role is declared here"),
        (&application, "the role of the application is declared here"),
    ] {
        if let Some((declared, _)) = role.declared {
            found = found.related(declared.name.loc, text);
        }
    }
    Some(found)
}

/// Whether what the roles hold says that they are swapped; `None` where it says nothing.
fn contents(execution: &TaskRole<'_>, application: &TaskRole<'_>) -> Option<bool> {
    let held = execution.closed();
    if held.is_some_and(serves_ecs) {
        return Some(false);
    }
    let (held, other) = (held?, application.closed()?);
    (!application_rights(held).is_empty() && starts_tasks(other)).then_some(true)
}
