//! The Dockerfiles and compose files of the tree, and what a build or a compose command takes from registries and sends
//! to them.
//!
//! A file is found by its path or not at all. Whether what a command gives to a file is known decides what is claimed: an
//! image whose name has a hole left is still an image, but no rule will say more of it than is known.

mod compose;
mod defaults;
mod stages;

pub(super) use defaults::settle;

use super::script_path::{Place, moved_from};
use super::tree_index::{TreeIndex, joined, normal};
use crate::model::Facts;
use crate::model::docker::{ComposeFile, ComposeService, Dockerfile};
use crate::model::pipeline::{Build, CommandPlace, Pipeline};
use crate::model::template::Template;
use crate::source::{FileId, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// The names of a Dockerfile that nobody names.
const DEFAULT_NAMES: [&str; 2] = ["Dockerfile", "Containerfile"];

/// The files that docker reads, by path.
pub(super) struct DockerFiles<'f> {
    dockerfiles: BTreeMap<String, &'f Dockerfile>,
    compose_files: BTreeMap<String, Composed<'f>>,
    /// How often more than a few lines the longest of them costs.
    cost: usize,
    /// Workflows that nobody in sight runs, as indices of pipelines: they check out the repository of their caller.
    foreign: BTreeSet<usize>,
}

/// How many services or stages cost as much as entering one script.
const CHEAP: usize = 64;

/// A compose file and its services.
struct Composed<'f> {
    file: &'f ComposeFile,
    services: Vec<&'f ComposeService>,
}

/// An image that a command moves.
pub(super) struct Moved {
    /// The image, where it is named.
    pub(super) image: Spanned<Template>,
    /// Whether it is pushed.
    pub(super) is_push: bool,
}

impl<'f> DockerFiles<'f> {
    pub(super) fn new(facts: &'f Facts, index: &TreeIndex) -> Self {
        let mut services: BTreeMap<FileId, Vec<&ComposeService>> = BTreeMap::new();
        for service in &facts.compose_services {
            services
                .entry(service.origin.loc.file)
                .or_default()
                .push(service);
        }
        let compose_files = facts.compose_files.iter().map(|file| {
            let services = services.get(&file.origin.loc.file).cloned();
            let composed = Composed {
                file,
                services: services.unwrap_or_default(),
            };
            (normal(&file.origin.label), composed)
        });
        let stages = facts.dockerfiles.iter().map(|file| file.stages.len());
        let longest = stages.chain(services.values().map(Vec::len)).max();
        let compose_files = compose_files.collect();
        DockerFiles {
            foreign: foreign(&facts.pipelines, index),
            cost: 1 + longest.unwrap_or(0) / CHEAP,
            dockerfiles: facts
                .dockerfiles
                .iter()
                .map(|file| (normal(&file.origin.label), file))
                .collect(),
            compose_files,
        }
    }

    /// Whether the paths in a pipeline lead to files of this tree.
    pub(super) fn are_read_by(&self, pipeline: usize) -> bool {
        !self.foreign.contains(&pipeline)
    }

    /// What reading one of them costs, in scripts entered.
    pub(super) fn cost(&self) -> usize {
        self.cost
    }

    /// The images that a build pulls; `None` where its Dockerfile is not found.
    pub(super) fn pulled_by(&self, build: &Build, place: &Place) -> Option<Vec<Spanned<Template>>> {
        let file = self.dockerfile(build, place)?;
        Some(stages::images(file, &build.options))
    }

    /// The Dockerfile of a build. Several may be meant where it is not known what paths start from; then all of them that
    /// exist must be one.
    pub(super) fn dockerfile(&self, build: &Build, place: &Place) -> Option<&'f Dockerfile> {
        let starts = starts(&build.place, place)?;
        let paths: Vec<String> = match &build.dockerfile {
            Some(path) if build.is_in_context => {
                let contexts = moved_from(&starts, &build.context, place)?;
                moved_from(&contexts, path, place)?
            }
            Some(path) => moved_from(&starts, path, place)?,
            None => {
                let contexts = moved_from(&starts, &build.context, place)?;
                return self.only(contexts.iter().map(|context| self.default_in(context)));
            }
        };
        self.only(paths.iter().map(|path| self.dockerfiles.get(path).copied()))
    }

    /// The Dockerfile of a folder.
    fn default_in(&self, folder: &str) -> Option<&'f Dockerfile> {
        DEFAULT_NAMES.iter().find_map(|name| {
            self.dockerfiles
                .get(&normal(&joined(folder, name)))
                .copied()
        })
    }

    /// The file that was found, if it is one.
    fn only(&self, found: impl Iterator<Item = Option<&'f Dockerfile>>) -> Option<&'f Dockerfile> {
        let mut found = found.flatten();
        let first = found.next()?;
        found
            .all(|other| other.origin.loc.file == first.origin.loc.file)
            .then_some(first)
    }
}

/// The reusable workflows that start only when another calls them, and that none in sight calls.
fn foreign(pipelines: &[Pipeline], index: &TreeIndex) -> BTreeSet<usize> {
    let callers = pipelines.iter().flat_map(|pipeline| {
        let root = pipeline.repository_root.as_deref();
        let calls = pipeline.jobs.iter().filter_map(|job| job.calls.as_ref());
        calls.filter_map(move |call| Some((root?, call.value.as_str())))
    });
    let called: BTreeSet<usize> = callers
        .filter_map(|(root, call)| index.workflow(pipelines, root, call))
        .collect();
    let waits =
        |(_, pipeline): &(usize, &Pipeline)| pipeline.is_reusable() && !pipeline.starts_by_itself();
    let waiting = pipelines.iter().enumerate().filter(waits);
    waiting
        .map(|(at, _)| at)
        .filter(|at| !called.contains(at))
        .collect()
}

/// The folders that a command may run in. A `cd` inside of parentheses does not last, so with one in sight the folder is
/// taken to be the one it went to: what is built there was built there before.
fn starts(command: &CommandPlace, place: &Place) -> Option<Vec<String>> {
    let mut starts = place.starts().to_vec();
    let directories = command.working_directory.iter().chain(&command.directories);
    for directory in directories {
        starts = moved_from(&starts, directory, place)?;
    }
    Some(starts)
}
