//! The images that the files of a run name, for rules that look at all of them.

use super::super::Context;
use crate::model::kubernetes::{Pod, PodImage};
use crate::model::template::Template;
use crate::source::Spanned;

/// Images that something declares and that no flow may move.
pub(super) fn declared<'a>(cx: &Context<'a>) -> impl Iterator<Item = &'a Spanned<Template>> {
    let facts = &cx.workspace.facts;
    let containers = facts.tasks.iter().flat_map(|task| &task.containers);
    let functions = facts.functions.iter().map(|one| &one.image);
    let builds = facts
        .build_projects
        .iter()
        .filter_map(|one| one.image.as_ref());
    let services = facts.app_runner_services.iter();
    containers
        .filter_map(|container| container.image.as_ref())
        .chain(functions)
        .chain(builds)
        .chain(services.filter_map(|one| one.image.as_ref()))
        .chain(
            facts
                .pods
                .iter()
                .flat_map(Pod::images)
                .map(PodImage::pulled),
        )
}
