//! Builds and compose commands of a job, which move images that other files name: Dockerfiles and compose files.
//!
//! Recognizing them knows only paths; [`link`](crate::link) finds the files and puts pulls and pushes in place.

use super::LocalImages;
use crate::model::docker::BuildOptions;
use crate::model::platform::BuildPlatform;
use crate::model::template::Template;
use std::collections::BTreeMap;

/// Where a command runs, as far as its job tells.
#[derive(Clone, Debug, Default)]
pub struct CommandPlace {
    /// The directory in which the job's commands start, if the job names one.
    pub working_directory: Option<Template>,
    /// The directories that the commands before it changed to (`cd`), in order.
    pub directories: Vec<Template>,
}

impl CommandPlace {
    fn map(&self, change: &dyn Fn(&Template) -> Template) -> CommandPlace {
        CommandPlace {
            working_directory: self.working_directory.as_ref().map(change),
            directories: self.directories.iter().map(change).collect(),
        }
    }
}

/// The build of an image from a Dockerfile.
#[derive(Clone, Debug)]
pub struct Build {
    /// Where it runs.
    pub place: CommandPlace,
    /// The context: a path.
    pub context: Template,
    /// The Dockerfile; `None` for the default one in the context.
    pub dockerfile: Option<Template>,
    /// Whether `dockerfile` is a path from the context, not from where the command runs.
    pub is_in_context: bool,
    /// What the build is given.
    pub options: BuildOptions,
    /// The images it makes, by every name that they are given later on.
    pub tags: Vec<Template>,
    /// What they are made for.
    pub platform: BuildPlatform,
    /// The images that are on the machine before it.
    pub local: LocalImages,
}

impl Build {
    /// The same build with every text in it changed.
    #[must_use]
    pub fn map(&self, change: &dyn Fn(&Template) -> Template) -> Build {
        Build {
            place: self.place.map(change),
            context: change(&self.context),
            dockerfile: self.dockerfile.as_ref().map(change),
            is_in_context: self.is_in_context,
            options: self.options.map(change),
            tags: self.tags.iter().map(change).collect(),
            platform: self.platform.map(change),
            local: self.local.map(change),
        }
    }
}

/// What a compose command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComposeVerb {
    /// `pull`
    Pull,
    /// `push`
    Push,
    /// `build`, also `docker buildx bake`; the flag says whether it pushes what it built.
    Build {
        /// `--push`
        pushes: bool,
    },
    /// `up`, `create`, `run`: builds or pulls what is not there.
    Start,
}

/// A command of compose, or of bake on compose files.
#[derive(Clone, Debug)]
pub struct ComposeCall {
    /// Where it runs.
    pub place: CommandPlace,
    /// What it does.
    pub verb: ComposeVerb,
    /// The files it names; empty for the default ones.
    pub files: Vec<Template>,
    /// The directory that the paths in the files start from, where the command names one.
    pub project_directory: Option<Template>,
    /// The services it names; empty for all.
    pub services: Vec<Template>,
    /// Whether the services that these depend on are left out.
    pub without_dependencies: bool,
    /// Variables in force, as far as they are known: names that are missing here may be set or not.
    pub environment: BTreeMap<String, Template>,
    /// Build arguments that the command gives.
    pub options: BuildOptions,
    /// The images that are on the machine before it.
    pub local: LocalImages,
}

impl ComposeCall {
    /// The same call with every text in it changed.
    #[must_use]
    pub fn map(&self, change: &dyn Fn(&Template) -> Template) -> ComposeCall {
        ComposeCall {
            place: self.place.map(change),
            verb: self.verb,
            files: self.files.iter().map(change).collect(),
            project_directory: self.project_directory.as_ref().map(change),
            services: self.services.iter().map(change).collect(),
            without_dependencies: self.without_dependencies,
            environment: self
                .environment
                .iter()
                .map(|(name, value)| (name.clone(), change(value)))
                .collect(),
            options: self.options.map(change),
            local: self.local.map(change),
        }
    }
}
