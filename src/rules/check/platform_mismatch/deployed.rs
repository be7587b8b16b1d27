//! Where images run, and on which architecture.

use crate::diag::quote;
use crate::link::JobRun;
use crate::link::flow::Source;
use crate::model::Facts;
use crate::model::compute::BuildProject;
use crate::model::image::{ImageRef, Registry, is_same_image};
use crate::model::pipeline::ActKind;
use crate::model::platform::Architecture;
use crate::model::task::{TaskDefinition, TaskRunner};
use crate::model::template::{Piece, Template};
use crate::rules::Context;
use crate::source::{Loc, Spanned};
use std::collections::{BTreeMap, BTreeSet};

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
    rendered(cx, &mut found);
    found
}

/// Task definitions that a job puts an image into before it registers them
/// (<https://github.com/aws-actions/amazon-ecs-render-task-definition>).
fn rendered<'a>(cx: &Context<'a>, found: &mut Vec<Deployed<'a>>) {
    const ACTION: &str = "aws-actions/amazon-ecs-render-task-definition@";
    let facts = &cx.workspace.facts;
    let mut by_path: BTreeMap<&str, &TaskDefinition> = BTreeMap::new();
    for task in &facts.tasks {
        by_path.entry(&task.origin.scope.label).or_insert(task);
    }
    for run in &cx.workspace.runs {
        let Some(pipeline) = facts.pipelines.get(run.pipeline) else {
            continue;
        };
        let steps = pipeline.jobs.get(run.job).map_or(&[][..], |job| &job.steps);
        for step in steps {
            let uses = step.uses.as_ref();
            if !uses.is_some_and(|uses| uses.value.starts_with(ACTION)) {
                continue;
            }
            let input = |name: &str| {
                let mut inputs = step.with.iter();
                let found = inputs.find(|input| input.name.value == name);
                found.map(|input| &input.value)
            };
            let (Some(path), Some(written)) = (input("task-definition"), input("image")) else {
                continue;
            };
            let path = path.value.as_literal().unwrap_or("");
            let path = path.strip_prefix("./").unwrap_or(path);
            let path = match pipeline.repository_root.as_deref() {
                Some("") | None => path.to_string(),
                Some(root) => format!("{root}/{path}"),
            };
            let Some(task) = by_path.get(path.as_str()) else {
                continue;
            };
            let (Some((wanted, asked)), Some(image)) =
                (of_task(task, false), pushed_as(run, written))
            else {
                continue;
            };
            if wanted != Architecture::Other {
                found.push(Deployed {
                    written,
                    image,
                    wanted,
                    asked,
                    who: format!("task {}", quote(&task.origin.label)),
                });
            }
        }
    }
}

/// The image of a job that a text means: the one that is pushed by that name, or the only one where a step gives it on.
fn pushed_as(run: &JobRun, written: &Spanned<Template>) -> Option<ImageRef> {
    let mut pushed = run.acts.iter().filter_map(|act| match &act.act.kind {
        ActKind::Push(image) => Some(&image.value),
        _ => None,
    });
    if let Some(same) = pushed
        .clone()
        .find(|one| is_same_image(one, &written.value))
    {
        return ImageRef::parse(same);
    }
    let is_handed_on = matches!(written.value.pieces(), [Piece::Hole(_)]);
    let first = ImageRef::parse(pushed.next()?)?;
    let is_of_it = |other: &ImageRef| other.repository == first.repository;
    let is_it = |other: &Template| {
        ImageRef::parse(other)
            .is_some_and(|other| other.registry == first.registry && is_of_it(&other))
    };
    let may_be_there =
        |one: &ImageRef| matches!(one.registry, Registry::Ecr(_) | Registry::Unknown(_));
    let is_named = is_handed_on
        || ImageRef::parse(&written.value).is_some_and(|one| is_of_it(&one) && may_be_there(&one));
    // Of its tags it may be any.
    (is_named && pushed.all(is_it)).then(|| ImageRef {
        tag: None,
        ..first.clone()
    })
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
