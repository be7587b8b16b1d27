//! Which build project of CodeBuild runs which buildspec: then the commands of the buildspec run with the project's service
//! role and variables, in its Region.
//!
//! A project holds its buildspec, or names a file of its source; where it names none, `buildspec.yml` at the root of the
//! source is meant (<https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec-ref-name-storage>).
//! What a project builds is rarely written in full, so a file is taken for its buildspec only if nothing else in the tree can
//! be meant.

use super::RunAct;
use super::tree_index::{TreeIndex, joined, normal};
use crate::model::Facts;
use crate::model::compute::BuildProject;
use crate::model::pipeline::{ActKind, CALLER_ACCOUNT, Pipeline, PipelineKind};
use crate::model::template::{Hole, Template};
use crate::source::{FileId, Loc};
use std::collections::{BTreeMap, BTreeSet};

/// The file that is meant where none is named.
const DEFAULT: &str = "buildspec.yml";

/// Most projects that one buildspec is followed through.
const MOST_PROJECTS: usize = 8;

/// Which projects run a pipeline, by its index.
#[derive(Debug, Default)]
pub(super) struct Builds {
    projects: BTreeMap<usize, Vec<usize>>,
}

impl Builds {
    /// Puts the buildspecs that stand in projects among the pipelines, and finds those that stand in files.
    pub(super) fn settle(facts: &mut Facts) -> Builds {
        let mut builds = Builds::default();
        let in_files = facts.pipelines.len();
        for (at, project) in facts.build_projects.iter_mut().enumerate() {
            if let Some(pipeline) = project.inline.take() {
                builds.projects.insert(facts.pipelines.len(), vec![at]);
                facts.pipelines.push(*pipeline);
            }
        }
        let files = facts.pipelines.get(..in_files).unwrap_or(&[]);
        for (pipeline, projects) in in_tree(&facts.build_projects, files) {
            builds.projects.insert(pipeline, projects);
        }
        builds
    }

    /// The projects that run a pipeline.
    pub(super) fn of(&self, pipeline: usize) -> &[usize] {
        self.projects.get(&pipeline).map_or(&[], Vec::as_slice)
    }
}

/// What tells projects apart: readings of one template hold the same project, calls of one module do not.
type Which<'p> = (&'p str, &'p str, Loc);

fn which(project: &BuildProject) -> Which<'_> {
    let origin = &project.origin;
    (&project.folder, &origin.label, origin.loc)
}

/// How a project names its buildspec.
enum Named {
    /// It holds the text of this file.
    File(Loc),
    /// By path in the source.
    Path(String),
    /// Not at all.
    Default,
}

fn named(project: &BuildProject) -> Option<Named> {
    let source = project.source_type.as_ref().map(|kind| &kind.value);
    if !project.source_is_read || source.is_some_and(|kind| kind.as_literal() == Some("NO_SOURCE"))
    {
        return None;
    }
    let Some(written) = project
        .buildspec
        .as_ref()
        .filter(|one| !one.value.is_empty())
    else {
        return Some(Named::Default);
    };
    if written.loc.file != project.origin.loc.file {
        return Some(Named::File(written.loc));
    }
    let path = written.value.as_literal()?;
    let is_path = !path.contains(['\n', '{', ' ']) && !path.starts_with("arn:");
    is_path.then(|| Named::Path(normal(path.trim_start_matches('/'))))
}

fn in_tree(projects: &[BuildProject], pipelines: &[Pipeline]) -> BTreeMap<usize, Vec<usize>> {
    let specs: Vec<usize> = pipelines
        .iter()
        .enumerate()
        .filter(|(_, pipeline)| pipeline.kind == PipelineKind::Buildspec)
        .map(|(at, _)| at)
        .collect();
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    if specs.is_empty() || projects.is_empty() {
        return found;
    }
    let index = TreeIndex::new(pipelines);
    let by_file: BTreeMap<FileId, usize> = specs
        .iter()
        .filter_map(|spec| Some((pipelines.get(*spec)?.loc.file, *spec)))
        .collect();
    let declared: BTreeSet<Which<'_>> = projects.iter().map(which).collect();
    let mut by_default: BTreeMap<usize, BTreeSet<Which<'_>>> = BTreeMap::new();
    for (at, project) in projects.iter().enumerate() {
        let Some(named) = named(project) else {
            continue;
        };
        let spec = match &named {
            Named::File(loc) => by_file.get(&loc.file).copied(),
            Named::Path(path) => below_a_root(project, path, pipelines, &index)
                .or_else(|| only_one(&declared, path, &specs, pipelines)),
            Named::Default => below_a_root(project, DEFAULT, pipelines, &index)
                .or_else(|| only_one(&declared, DEFAULT, &specs, pipelines)),
        };
        let Some(spec) = spec else { continue };
        if pipelines
            .get(spec)
            .is_none_or(|pipeline| overrules(project, pipeline))
        {
            continue;
        }
        if matches!(named, Named::Default) {
            by_default.entry(spec).or_default().insert(which(project));
        }
        found.entry(spec).or_default().push(at);
    }
    // Several projects that say nothing build several sources, of which this tree can be only one.
    for (spec, at_default) in by_default.iter().filter(|(_, which)| which.len() > 1) {
        if let Some(kept) = found.get_mut(spec) {
            kept.retain(|at| {
                projects
                    .get(*at)
                    .is_some_and(|project| !at_default.contains(&which(project)))
            });
        }
    }
    found.retain(|_, projects| (1..=MOST_PROJECTS).contains(&projects.len()));
    found
}

/// The buildspec of that path below a folder that holds the project, if there is just one.
fn below_a_root(
    project: &BuildProject,
    path: &str,
    pipelines: &[Pipeline],
    index: &TreeIndex,
) -> Option<usize> {
    let mut found = None;
    let mut root = project.folder.as_str();
    loop {
        let candidate = normal(&joined(root, path));
        if let Some(spec) = index.of_kind(pipelines, &candidate, PipelineKind::Buildspec) {
            if found.is_some() {
                return None;
            }
            found = Some(spec);
        }
        if root.is_empty() || root == "/" {
            return found;
        }
        root = root.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// The only buildspec of a tree, for its only project.
fn only_one(
    declared: &BTreeSet<Which<'_>>,
    path: &str,
    specs: &[usize],
    pipelines: &[Pipeline],
) -> Option<usize> {
    let [spec] = specs else { return None };
    let written = &pipelines.get(*spec)?.path;
    let is_meant = written == path || written.ends_with(&format!("/{path}"));
    (is_meant && declared.len() == 1).then_some(*spec)
}

/// Whether the project sets a variable to something else than the buildspec does: what the buildspec's commands do was read
/// with the buildspec's value, but the project's counts.
fn overrules(project: &BuildProject, pipeline: &Pipeline) -> bool {
    pipeline.env.iter().any(|variable| {
        project.environment.iter().any(|(name, value)| {
            name.value == variable.name.value && value.value != variable.value.value
        })
    })
}

/// The acts of a buildspec as this project runs them: with its variables, its Region, its account.
pub(super) fn filled(acts: &[RunAct], pipeline: &Pipeline, project: &BuildProject) -> Vec<RunAct> {
    let prefix = format!("{}: ", pipeline.path);
    // Whoever changes the credentials may change the account.
    let keeps_role = !acts
        .iter()
        .any(|run| matches!(run.act.kind, ActKind::Credentials(_)));
    let fill = |hole: &Hole| -> Option<Template> {
        if keeps_role
            && hole.name.ends_with(CALLER_ACCOUNT)
            && hole.name.starts_with(&pipeline.path)
        {
            return Some(project.origin.scope.account.clone());
        }
        let name = hole.name.strip_prefix(&prefix)?;
        let name = name.split_once(":-").map_or(name, |(name, _)| name);
        let set = project
            .environment
            .iter()
            .find(|(set, _)| set.value == name);
        match set {
            Some((_, value)) => Some(value.value.clone()),
            None if matches!(name, "AWS_REGION" | "AWS_DEFAULT_REGION") => {
                Some(project.origin.scope.region.clone())
            }
            None => None,
        }
    };
    acts.iter()
        .map(|run| RunAct {
            act: run.act.map(&|text| text.filled(&fill)),
            ..run.clone()
        })
        .collect()
}
