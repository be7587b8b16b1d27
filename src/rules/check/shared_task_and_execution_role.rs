//! ECR304: one role for the application and for ECS.

use super::super::Context;
use super::denials;
use crate::diag::{Diagnostic, quote};
use crate::model::arn::Shape;
use crate::model::task::{ExecutionRoleUseKind, TaskDefinition};
use crate::model::template::Template;
use std::collections::BTreeSet;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    // One line of a module that is called twice is one fault, whatever the roles are called.
    let mut reported = BTreeSet::new();
    for task in &cx.workspace.facts.tasks {
        let (Some(execution), Some(application)) = (&task.execution_role, &task.task_role) else {
            continue;
        };
        if !are_one(&execution.value, &application.value) || !reported.insert(application.loc) {
            continue;
        }
        let role = application.value.to_string();
        let mut found = cx
            .diagnostic(
                application.loc,
                format!(
                    "the {} is the execution role {}: code in the containers can {}",
                    task.task_role_noun(),
                    quote(&name_of(cx, &application.value)),
                    reach(task)
                ),
            )
            .label("the containers run with this role")
            .related(
                execution.loc,
                "ECS pulls, logs and reads secrets with the same role",
            )
            .identity(role);
        if let Some(secret) = task
            .execution_role_uses()
            .iter()
            .find(|one| one.kind == ExecutionRoleUseKind::ReadsSecrets)
        {
            found = found.related(
                secret.loc,
                "every container of the task may read this secret again, at any time",
            );
        }
        out.push(found);
    }
}

/// Whether two values are surely one role: equal text, or one the short name of the other.
fn are_one(execution: &Template, application: &Template) -> bool {
    if execution == application {
        return !execution.is_empty() && !is_form(execution);
    }
    // ECS takes a role's short name for an ARN in the own account.
    let short = |template: &Template| {
        template
            .as_literal()
            .filter(|text| !text.contains([':', '/']))
            .map(str::to_string)
    };
    let long = |template: &Template| match Shape::of(template) {
        Shape::Arn(arn) => arn
            .resource
            .as_literal()?
            .strip_prefix("role/")
            .map(str::to_string),
        _ => None,
    };
    match (short(execution), short(application)) {
        (Some(name), None) => long(application) == Some(name),
        (None, Some(name)) => long(execution) == Some(name),
        _ => false,
    }
}

/// Whether the role's name is a blank that a person fills in (`<ROLE>`, `ROLE_NAME`), which may become two values; a
/// variable is one value.
fn is_form(role: &Template) -> bool {
    let name = role
        .rsplit_once('/')
        .map_or_else(|| role.clone(), |(_, name)| name);
    name.holes()
        .any(|hole| hole.text == hole.name || hole.text.starts_with(['<', '[']))
}

/// What the role surely lets the containers do, from what ECS does with it.
fn reach(task: &TaskDefinition) -> String {
    let uses = task.execution_role_uses();
    let does = |kind: ExecutionRoleUseKind| uses.iter().any(|one| one.kind == kind);
    let mut reach = Vec::new();
    if does(ExecutionRoleUseKind::PullsImage) {
        reach.push("pull its images");
    }
    if does(ExecutionRoleUseKind::WritesLogs) {
        reach.push("write to its log groups");
    }
    if does(ExecutionRoleUseKind::ReadsSecrets) || does(ExecutionRoleUseKind::ReadsRegistryPassword)
    {
        reach.push("read its secrets");
    }
    match reach.split_last() {
        None => "use every right that ECS has for the task".to_string(),
        Some((only, [])) => (*only).to_string(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// What people call the role: its name, or the label of its declaration where the cloud makes the name up.
fn name_of(cx: &Context<'_>, role: &Template) -> String {
    let mut declared = cx.workspace.facts.roles.iter();
    if let Some(declared) = declared.find(|one| one.arn == *role) {
        return denials::shown_name(&declared.name.value, &declared.origin.label);
    }
    let text = role.to_string();
    text.rsplit('/').next().unwrap_or(&text).to_string()
}
