//! Where images run, and on which architecture.

use crate::diag::quote;
use crate::link::flow::Source;
use crate::model::Facts;
use crate::model::compute::BuildProject;
use crate::model::image::ImageRef;
use crate::model::platform::Architecture;
use crate::model::task::{TaskDefinition, TaskRunner};
use crate::model::template::Template;
use crate::rules::Context;
use crate::source::{Loc, Spanned};
use std::collections::BTreeSet;

/// An image of ECR that runs on a known architecture.
pub(super) struct Deployed<'a> {
    /// As written.
    pub(super) written: &'a Spanned<Template>,
    /// Read.
    pub(super) image: ImageRef,
    /// What it runs on.
    pub(super) wanted: Architecture,
    /// Where that is said, unless it is the default.
    pub(super) asked: Option<Loc>,
    /// What runs it.
    pub(super) who: String,
}

/// Everything in sight that runs an image of ECR on a known architecture.
pub(super) fn all<'a>(cx: &Context<'a>) -> Vec<Deployed<'a>> {
    let facts = &cx.workspace.facts;
    let mut found = Vec::new();
    tasks(cx, &mut found);
    for function in &facts.functions {
        let (wanted, asked) = match function.architectures.as_slice() {
            // <https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html>
            [] if function.architectures_are_read => (Architecture::Amd64, None),
            [one] => match one.value.as_literal() {
                Some(name) => (Architecture::of_name(name), Some(one.loc)),
                None => continue,
            },
            _ => continue,
        };
        let who = format!("function {}", quote(&function.origin.label));
        add(&mut found, &function.image, wanted, asked, who);
    }
    for project in &facts.build_projects {
        if let (Some(image), Some((wanted, asked))) = (&project.image, of_project(project)) {
            let who = format!("build project {}", quote(&project.origin.label));
            add(&mut found, image, wanted, Some(asked), who);
        }
    }
    pods(facts, &mut found);
    found
}

fn add<'a>(
    found: &mut Vec<Deployed<'a>>,
    written: &'a Spanned<Template>,
    wanted: Architecture,
    asked: Option<Loc>,
    who: String,
) {
    let Some(image) = ImageRef::parse(&written.value).filter(ImageRef::is_private_ecr) else {
        return;
    };
    if wanted != Architecture::Other && image.digest.is_none() {
        found.push(Deployed {
            written,
            image,
            wanted,
            asked,
            who,
        });
    }
}

fn tasks<'a>(cx: &Context<'a>, found: &mut Vec<Deployed<'a>>) {
    // Which services run a definition, the flows know.
    let on_fargate: BTreeSet<usize> = cx
        .workspace
        .flows
        .iter()
        .filter_map(|flow| match flow.source {
            Source::Task {
                task,
                service: Some(service),
            } => Some((task, cx.workspace.facts.services.get(service)?)),
            _ => None,
        })
        .filter(|(_, service)| {
            let launch = service.launch_type.as_ref();
            launch.is_some_and(|launch| launch.value.as_literal() == Some("FARGATE"))
        })
        .map(|(task, _)| task)
        .collect();
    for (at, task) in cx.workspace.facts.tasks.iter().enumerate() {
        let Some((wanted, asked)) = of_task(task, on_fargate.contains(&at)) else {
            continue;
        };
        let who = match task.runner {
            TaskRunner::Ecs => format!("task {}", quote(&task.origin.label)),
            TaskRunner::Batch => format!("job {}", quote(&task.origin.label)),
        };
        for image in task.containers.iter().filter_map(|one| one.image.as_ref()) {
            add(found, image, wanted, asked, who.clone());
        }
    }
}

/// What a task runs on. Fargate takes `X86_64` where nothing is said; on instances of the user's the scheduler takes any
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>).
fn of_task(task: &TaskDefinition, on_fargate: bool) -> Option<(Architecture, Option<Loc>)> {
    let system = task.operating_system.as_ref();
    let is_linux = system.is_none_or(|system| system.value.as_literal() == Some("LINUX"));
    if !is_linux || task.is_fragment {
        return None;
    }
    match &task.architecture {
        Some(given) => {
            let name = given.value.as_literal()?;
            Some((Architecture::of_name(name), Some(given.loc)))
        }
        None => (on_fargate || task.requires("FARGATE").is_some())
            .then_some((Architecture::Amd64, None)),
    }
}

/// <https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html>
fn of_project(project: &BuildProject) -> Option<(Architecture, Loc)> {
    let kind = project.environment_type.as_ref()?;
    let architecture = match kind.value.as_literal()? {
        "ARM_CONTAINER" => Architecture::Arm64,
        "LINUX_CONTAINER" | "LINUX_GPU_CONTAINER" => Architecture::Amd64,
        _ => return None,
    };
    Some((architecture, kind.loc))
}

/// Pods that a node selector or an affinity keeps on nodes of one architecture.
fn pods<'a>(facts: &'a Facts, found: &mut Vec<Deployed<'a>>) {
    for pod in &facts.pods {
        let [label] = pod.architectures.as_slice() else {
            continue;
        };
        let Some(name) = label.value.as_literal() else {
            continue;
        };
        let wanted = Architecture::of_name(name);
        for image in pod.images() {
            let who = format!("pod {}", quote(&pod.origin.label));
            add(found, image.pulled(), wanted, Some(label.loc), who);
        }
    }
}
