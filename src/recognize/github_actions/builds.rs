//! What `docker/build-push-action` builds from: its context, its Dockerfile, what it gives to them.
//!
//! <https://docs.docker.com/build/ci/github-actions/>, <https://github.com/docker/build-push-action#inputs>

use super::actions::{Inputs, with_node};
use super::{JobState, StepFrame};
use crate::model::docker::BuildOptions;
use crate::model::pipeline::{ActKind, Build, CommandPlace, ROOT_DIRECTORY, Step};
use crate::model::platform::{Architecture, BuildPlatform};
use crate::model::template::{Piece, Template};
use crate::recognize::commands::{DEFAULT_PLATFORM, without_prefix};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// Most builds of one job that are followed: each holds the images that are there before it.
const MAX_BUILDS: usize = 100;

impl JobState {
    /// The build of a step; `None` where its files are not those of the checkout.
    pub(super) fn action_build(
        &mut self,
        inputs: &Inputs<'_>,
        step: &StepFrame<'_, '_>,
        tags: &[Spanned<Template>],
    ) -> Option<Build> {
        self.builds += 1;
        let is_plain = inputs.get("call").is_none() && !self.images.has_changed_files();
        if !is_plain || self.builds > MAX_BUILDS {
            return None;
        }
        // Without a path the action builds from the commit itself, of which a folder may be named.
        let (context, is_commit) = match inputs.get("context") {
            None => (Template::literal("."), true),
            Some(context) => match folder_of_commit(&context.value) {
                Some(folder) => (folder, true),
                None => (context.value.clone(), false),
            },
        };
        if context.contains("://") || context.prefix().starts_with("git@") {
            return None;
        }
        let (arguments, is_whole) = self.pairs(step, "build-args");
        let (contexts, knows_contexts) = self.pairs(step, "build-contexts");
        if !knows_contexts {
            return None;
        }
        Some(Build {
            // The action pays no heed to a working directory.
            place: CommandPlace {
                working_directory: Some(Template::hole(ROOT_DIRECTORY, "$GITHUB_WORKSPACE")),
                directories: Vec::new(),
            },
            context: below_root(&context),
            dockerfile: inputs.get("file").map(|file| below_root(&file.value)),
            is_in_context: is_commit,
            options: BuildOptions {
                target: inputs.get("target").map(|target| target.value.clone()),
                arguments,
                contexts,
                has_more_arguments: !is_whole,
            },
            tags: tags.iter().map(|tag| tag.value.clone()).collect(),
            platform: self.platform(inputs, step),
            local: self.images.clone(),
        })
    }

    /// What the images are made for: the input `platforms`, else that of the builder, which a variable may set.
    fn platform(&self, inputs: &Inputs<'_>, step: &StepFrame<'_, '_>) -> BuildPlatform {
        if inputs.get("builder").is_some() {
            return BuildPlatform::Unknown;
        }
        let platforms =
            with_node(step, "platforms").map_or_else(Vec::new, |node| self.lines(node, true));
        if !platforms.is_empty() {
            return BuildPlatform::Given(platforms);
        }
        match self.scope.variable(DEFAULT_PLATFORM) {
            Some(_) => BuildPlatform::Unknown,
            None => BuildPlatform::Machine(None),
        }
    }

    /// The lines `name=value` of an input, and whether these are all.
    fn pairs(
        &self,
        step: &StepFrame<'_, '_>,
        input: &str,
    ) -> (BTreeMap<String, Spanned<Template>>, bool) {
        let mut pairs = BTreeMap::new();
        let mut is_whole = true;
        let Some(node) = with_node(step, input) else {
            return (pairs, is_whole);
        };
        for line in self.lines(node, false) {
            let pair = line.value.split_once('=');
            match pair
                .as_ref()
                .and_then(|(name, value)| Some((name.as_literal()?, value)))
            {
                Some((name, value)) => {
                    pairs.insert(
                        name.trim().to_string(),
                        Spanned::new(value.trimmed(), line.loc),
                    );
                }
                None => is_whole = false,
            }
        }
        (pairs, is_whole)
    }
}

/// Tells builds for their machine which that is, unless a step puts another builder in place
/// (<https://github.com/docker/setup-buildx-action#inputs>).
pub(super) fn settle(steps: &mut [Step], machine: Option<Architecture>) {
    let is_elsewhere = steps.iter().any(|step| {
        let is_builder = step
            .uses
            .as_ref()
            .is_some_and(|uses| uses.value.contains("buildx") || uses.value.contains("builder"));
        let inputs = ["driver", "endpoint", "append", "platforms", "name"];
        is_builder
            && step
                .with
                .iter()
                .any(|input| inputs.contains(&input.name.value.as_str()))
    });
    for act in steps.iter_mut().flat_map(|step| &mut step.acts) {
        if let ActKind::Build(build) = &mut act.kind
            && build.platform == BuildPlatform::Machine(None)
            && !is_elsewhere
        {
            build.platform = BuildPlatform::Machine(machine);
        }
    }
}

/// A path with the root of the repository, where an expression names it, as such.
fn below_root(path: &Template) -> Template {
    path.filled(&|hole| {
        matches!(hole.name.as_str(), "github.workspace" | "GITHUB_WORKSPACE")
            .then(|| Template::hole(ROOT_DIRECTORY, hole.text.clone()))
    })
}

/// The folder in `{{defaultContext}}:folder`.
fn folder_of_commit(context: &Template) -> Option<Template> {
    const MARK: &str = "{{defaultContext}}";
    let rest = match context.pieces() {
        [Piece::Hole(hole), ..] if hole.text.replace(' ', "") == MARK => {
            let mut rest = Template::default();
            for piece in context.pieces().iter().skip(1) {
                match piece {
                    Piece::Literal(text) => rest.push_literal(text),
                    Piece::Hole(hole) => rest.push_hole(hole.name.clone(), hole.text.clone()),
                }
            }
            rest
        }
        _ => without_prefix(context, MARK)?,
    };
    if rest.is_empty() {
        return Some(Template::literal("."));
    }
    without_prefix(&rest, ":")
}
