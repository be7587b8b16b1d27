//! ECR302: the grant hangs on the task role.

use super::super::Context;
use super::denials::{self, Cause, Denial};
use crate::diag::{Diagnostic, quote};
use crate::prove::Because;

pub(super) fn check(cx: &Context<'_>, out: &mut Vec<Diagnostic>) {
    let mut reported = Vec::new();
    for denial in denials::denials(cx) {
        if denial.cause != Cause::MixUp || reported.contains(&denial.flow.source) {
            continue;
        }
        // A task whose roles are mixed up fails at its login and at every image: one cause.
        reported.push(denial.flow.source);
        out.extend(finding(cx, denial));
    }
}

fn finding<'a>(cx: &Context<'a>, denial: &Denial<'a>) -> Option<Diagnostic> {
    let task = denials::task(cx, denial.flow)?;
    let (execution, task_role) = (task.execution_role.as_ref()?, task.task_role.as_ref()?);
    let other = denials::other_role(cx, denial.flow)?;
    let name = other
        .roles
        .indices
        .first()
        .and_then(|at| cx.workspace.facts.roles.get(*at))
        .map(|role| denials::shown_name(&role.name.value, &role.origin.label))
        .unwrap_or_else(|| task_role.value.to_string());
    let image = denial
        .flow
        .steps
        .iter()
        .find_map(denials::image)
        .map(|image| image.image.repository.to_string())?;
    let message = format!(
        "{} cannot pull {}; only the task role {} can",
        denial.who(cx),
        quote(&image),
        quote(&name)
    );
    let proof = cx
        .proofs
        .step_by(cx.workspace, denial.flow, &other, denial.step);
    let granted = proof
        .answers
        .iter()
        .find_map(|answer| match &answer.because {
            Because::Allowed(place) => place.as_ref(),
            _ => None,
        });
    let mut found = cx
        .diagnostic(execution.loc, message)
        .label("ECS pulls with this role")
        .related(task_role.loc, "the right to pull is on this role")
        .related(denial.step.at, "this image is pulled")
        .identity(image);
    if let Some(place) = granted {
        found = found.related(place.at, "it is granted here");
    }
    if let Some(role) = denial.role(cx) {
        found = found.related(role.name.loc, "the execution role is declared here");
    }
    Some(found)
}
