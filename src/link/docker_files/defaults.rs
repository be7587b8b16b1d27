//! The images of Dockerfiles and compose files as they are if nobody gives their variables a value: a default counts only
//! where nobody in sight gives another.

use super::stages;
use crate::model::Facts;
use crate::model::docker::{Dockerfile, variable_of};
use crate::model::pipeline::{Act, ActKind};
use crate::model::template::Template;
use crate::source::FileId;
use std::collections::{BTreeMap, BTreeSet};

/// Puts defaults in place in the facts that rules read by themselves.
pub(in crate::link) fn settle(facts: &mut Facts) {
    let given = Given::in_sight(facts);
    let by_file: BTreeMap<FileId, &Dockerfile> = facts
        .dockerfiles
        .iter()
        .map(|file| (file.origin.loc.file, file))
        .collect();
    let mut filled: BTreeMap<FileId, stages::Arguments<'_>> = BTreeMap::new();
    for base in &mut facts.base_images {
        let id = base.origin.loc.file;
        let Some(file) = by_file.get(&id) else {
            continue;
        };
        let arguments = filled
            .entry(id)
            .or_insert_with(|| stages::Arguments::defaults(file, &given.arguments));
        base.image.value = base.image.value.filled(&|hole| arguments.value(hole));
    }
    for service in &mut facts.compose_services {
        let path = service.origin.scope.label.clone();
        let settle = |text: &Template| with_defaults(text, &path, &given.variables);
        if let Some(image) = &mut service.image {
            image.value = settle(&image.value);
        }
        for (_, value) in &mut service.environment {
            value.value = settle(&value.value);
        }
    }
}

/// What commands and compose files in sight give.
#[derive(Default)]
struct Given {
    /// Names of build arguments.
    arguments: BTreeSet<String>,
    /// Names of variables that compose finds.
    variables: BTreeSet<String>,
}

impl Given {
    fn in_sight(facts: &Facts) -> Given {
        let mut given = Given::default();
        let jobs = facts.pipelines.iter().flat_map(|pipeline| &pipeline.jobs);
        for act in jobs.flat_map(|job| &job.steps).flat_map(|step| &step.acts) {
            given.by_act(act);
        }
        for build in facts
            .compose_services
            .iter()
            .filter_map(|service| service.build.as_ref())
        {
            given
                .arguments
                .extend(build.options.arguments.keys().cloned());
        }
        given
    }

    fn by_act(&mut self, act: &Act) {
        match &act.kind {
            ActKind::Build(build) => {
                let names = build.options.arguments.keys().cloned();
                self.arguments.extend(names);
            }
            ActKind::OutOfSight(unseen) => {
                if let Some(call) = &unseen.compose {
                    self.variables.extend(call.environment.keys().cloned());
                    let names = call.options.arguments.keys().cloned();
                    self.arguments.extend(names);
                }
            }
            _ => {}
        }
    }
}

/// The text with the defaults of its variables, but of those that somebody gives.
fn with_defaults(text: &Template, path: &str, given: &BTreeSet<String>) -> Template {
    text.filled(&|hole| {
        let (name, default) = variable_of(hole, path)?;
        let default = default.filter(|_| !given.contains(name))?;
        Some(Template::literal(default))
    })
}
