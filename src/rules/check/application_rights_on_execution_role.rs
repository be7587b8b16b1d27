//! ECR308: rights of the application on the role that the application never gets.

use super::super::Context;
use super::denials::{self, Cause, Denial};
use super::reading::first_and_more;
use super::task_roles::{ApplicationRight, TaskRole, application_rights, may_use, serves_ecs};
use crate::diag::{Diagnostic, quote};
use crate::model::Facts;
use crate::model::policy::Policy;
use crate::model::role::Role;
use crate::model::task::{TaskDefinition, TaskRunner};
use crate::model::template::Template;
use crate::source::Loc;
use std::collections::{BTreeMap, BTreeSet};

const TASKS: &str = "ecs-tasks.amazonaws.com";

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let facts = &cx.workspace.facts;
    // A role that anything else runs with may hold its rights for that.
    let mut used_otherwise: BTreeSet<usize> = BTreeSet::new();
    for named in other_uses(facts) {
        used_otherwise.extend(cx.workspace.principals.find(named).indices);
    }
    let mixed_up = roles_of_a_mix_up(cx);
    let mut reported: BTreeSet<Loc> = BTreeSet::new();
    for (at, tasks) in tasks_by_execution_role(cx) {
        let Some(role) = facts.roles.get(at) else {
            continue;
        };
        if mixed_up.contains(&at) {
            continue;
        }
        let is_only_for_tasks =
            role.trust.as_deref().is_some_and(trusts_only_tasks) && !used_otherwise.contains(&at);
        if !is_only_for_tasks {
            continue;
        }
        if let Some(found) = finding(cx, at, role, &tasks)
            && reported.insert(found.primary.loc)
        {
            out.push(found);
        }
    }
}

/// Execution roles of tasks of which an error says already that the two roles are mixed up.
fn roles_of_a_mix_up(cx: &Context<'_>) -> BTreeSet<usize> {
    denials::denials(cx)
        .iter()
        .flat_map(Denial::links)
        .filter(|link| link.cause == Cause::MixUp)
        .flat_map(|link| link.flow.actor.roles.indices.iter().copied())
        .collect()
}

/// What uses a role as anything but an execution role.
fn other_uses(facts: &Facts) -> impl Iterator<Item = &Template> {
    let tasks = facts.tasks.iter().map(|task| &task.task_role);
    let functions = facts.functions.iter().map(|function| &function.role);
    let builds = facts.build_projects.iter().map(|project| &project.role);
    let services = facts
        .app_runner_services
        .iter()
        .flat_map(|service| [&service.access_role, &service.instance_role]);
    let instances = facts.instances.iter().map(|instances| &instances.role);
    let profiles = facts.instance_profiles.iter().map(|profile| &profile.role);
    tasks
        .chain(functions)
        .chain(builds)
        .chain(services)
        .chain(instances)
        .chain(profiles)
        .flatten()
        .map(|named| &named.value)
}

/// The tasks of each role that is the execution role of some, by the role's index.
fn tasks_by_execution_role<'a>(cx: &Context<'a>) -> BTreeMap<usize, Vec<&'a TaskDefinition>> {
    let mut tasks: BTreeMap<usize, Vec<&TaskDefinition>> = BTreeMap::new();
    for task in &cx.workspace.facts.tasks {
        let Some(named) = &task.execution_role else {
            continue;
        };
        for at in denials::role_of_task(cx, task, named).roles.indices {
            tasks.entry(at).or_default().push(task);
        }
    }
    tasks
}

/// Whether a trust policy is known to let nobody but tasks of ECS have the role.
fn trusts_only_tasks(trust: &Policy) -> bool {
    let allows = trust.document.statements.iter().filter(|one| !one.denies());
    let mut principals = allows.map(|statement| statement.principal.as_ref());
    trust.document.complete
        && principals.all(|principal| {
            principal.is_some_and(|principal| {
                !principal.negated
                    && principal.complete
                    && principal.everyone.is_none()
                    && principal
                        .entries
                        .iter()
                        .all(|entry| entry.value.value.as_literal() == Some(TASKS))
            })
        })
}

fn finding<'a>(
    cx: &Context<'a>,
    at: usize,
    role: &'a Role,
    tasks: &[&'a TaskDefinition],
) -> Option<Diagnostic> {
    let set = cx.workspace.principals.sets.get(at)?;
    let mut rights = application_rights(set);
    let mut applications = Vec::new();
    for task in tasks {
        match &task.task_role {
            // Elsewhere the application may have the role of the instance.
            None => {
                task.host_without_rights().filter(|_| !task.is_fragment)?;
            }
            Some(named) => {
                let application = TaskRole::find(cx, task, named);
                let (_, held) = application.declared?;
                if !held.open.is_empty() {
                    return None;
                }
                // The two roles are swapped: another rule says so.
                if serves_ecs(held) && !serves_ecs(set) {
                    return None;
                }
                rights.retain(|right| !may_use(held, &right.service));
                applications.push(application);
            }
        }
    }
    let first = rights.first()?;
    let task = tasks.first()?;
    let execution = task.execution_role.as_ref()?;
    let noun = match task.runner {
        TaskRunner::Ecs => "task",
        TaskRunner::Batch => "job",
    };
    let lacking = match applications.first() {
        Some(one) => format!("the {noun} role {} does not hold", quote(&one.shown())),
        None => format!("no {noun} role holds"),
    };
    let name = denials::shown_name(&role.name.value, &role.origin.label);
    let mut actions: Vec<&str> = Vec::new();
    for right in &rights {
        if !actions.contains(&right.action.as_str()) {
            actions.push(&right.action);
        }
    }
    let mut found = cx
        .diagnostic(
            first.at,
            format!(
                "execution role {} holds {}, which ECS never uses and {lacking}",
                quote(&name),
                first_and_more(&actions)
            ),
        )
        .label("the application does not run with this role")
        .identity(actions.join(" "));
    for right in one_a_service(&rights) {
        found = found.related(right.at, format!("{} too", quote(&right.action)));
    }
    found = found
        .related(role.name.loc, "the execution role is declared here")
        .related(execution.loc, "ECS starts the task with it");
    if let Some(application) = applications.first() {
        found = found.related(application.named.loc, "the application runs with this role");
    }
    Some(found)
}

/// The first right of each service but that of the first.
fn one_a_service(rights: &[ApplicationRight]) -> Vec<&ApplicationRight> {
    let mut seen: Vec<&str> = Vec::new();
    let mut firsts = Vec::new();
    for right in rights {
        if !seen.contains(&right.service.as_str()) {
            seen.push(&right.service);
            firsts.push(right);
        }
    }
    firsts.into_iter().skip(1).collect()
}
