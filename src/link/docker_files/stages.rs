//! Which images a build needs: those of the stages on the way to its target.

use crate::model::docker::{BuildOptions, Dockerfile, StageSource, variable_of};
use crate::model::template::{Hole, Template};
use crate::source::{Loc, Spanned};
use std::collections::{BTreeMap, BTreeSet};

/// Longest value of a build argument that is worked out, in bytes: defaults that name each other twice double with each.
const LONGEST: usize = 4096;

/// What `--build-context NAME=` starts with where it names an image.
const AN_IMAGE: &str = "docker-image://";

/// The images that a build pulls, in the order of the file.
///
/// BuildKit builds no stage that its target does not need
/// (<https://docs.docker.com/build/building/multi-stage/#differences-between-legacy-builder-and-buildkit>).
pub(super) fn images(file: &Dockerfile, options: &BuildOptions) -> Vec<Spanned<Template>> {
    let arguments = Arguments::new(file, options);
    let Some(target) = target(file, options) else {
        return Vec::new();
    };
    let mut images: BTreeMap<usize, Vec<Spanned<Template>>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![target];
    while let Some(at) = open.pop() {
        let Some(stage) = file.stages.get(at).filter(|_| seen.insert(at)) else {
            continue;
        };
        let given = stage.name.as_ref().and_then(|name| context(options, name));
        let found = images.entry(at).or_default();
        if let Some(given) = given {
            found.extend(given.image());
            continue;
        }
        for source in std::iter::once(&stage.base).chain(&stage.others) {
            match source {
                StageSource::Nothing => {}
                StageSource::Stage(other) => open.push(*other),
                StageSource::Image(image) => {
                    match context(options, &image.value.to_string()) {
                        Some(given) => found.extend(given.image()),
                        None => found.push(arguments.fill(image)),
                    };
                }
            }
        }
    }
    images.into_values().flatten().collect()
}

/// The stage to build; `None` where it is not known.
fn target(file: &Dockerfile, options: &BuildOptions) -> Option<usize> {
    let Some(target) = &options.target else {
        return file.stages.len().checked_sub(1);
    };
    let name = target.as_literal()?.to_ascii_lowercase();
    let is_named = |at: &usize| {
        file.stages
            .get(*at)
            .is_some_and(|stage| stage.name.as_deref() == Some(name.as_str()))
    };
    let by_name = (0..file.stages.len()).rev().find(is_named);
    by_name.or_else(|| name.parse().ok())
}

/// What a build context stands for.
struct Context<'o>(&'o Spanned<Template>);

impl Context<'_> {
    /// The image that it names, if it names one.
    fn image(&self) -> Option<Spanned<Template>> {
        let (before, image) = self.0.value.split_once_str(AN_IMAGE)?;
        before.is_empty().then(|| Spanned::new(image, self.0.loc))
    }
}

fn context<'o>(options: &'o BuildOptions, name: &str) -> Option<Context<'o>> {
    options.contexts.get(name).map(Context)
}

/// The build arguments that `FROM` sees.
pub(super) struct Arguments<'f> {
    path: &'f str,
    options: Option<&'f BuildOptions>,
    values: BTreeMap<&'f str, Option<Template>>,
}

impl<'f> Arguments<'f> {
    fn new(file: &'f Dockerfile, options: &'f BuildOptions) -> Self {
        let mut arguments = Arguments {
            path: &file.origin.label,
            options: Some(options),
            values: BTreeMap::new(),
        };
        for (name, default) in &file.arguments {
            let value = match (options.arguments.get(&name.value), default) {
                (Some(given), _) => Some(given.value.clone()),
                (None, Some(default)) if !options.has_more_arguments => arguments.default(default),
                (None, _) => None,
            };
            arguments.values.insert(&name.value, value);
        }
        arguments
    }

    /// The arguments of a file of which no build is known. Those that are given somewhere are not known either.
    pub(super) fn defaults(file: &'f Dockerfile, given: &BTreeSet<String>) -> Self {
        let mut arguments = Arguments {
            path: &file.origin.label,
            options: None,
            values: BTreeMap::new(),
        };
        for (name, default) in &file.arguments {
            let default = default.as_ref().filter(|_| !given.contains(&name.value));
            let value = default.and_then(|default| arguments.default(default));
            arguments.values.insert(&name.value, value);
        }
        arguments
    }

    /// A default with the arguments before it in place.
    fn default(&self, default: &Template) -> Option<Template> {
        let value = default.filled(&|hole| self.value(hole));
        (value.to_string().len() <= LONGEST).then_some(value)
    }

    /// The value that a hole of the file stands for.
    pub(super) fn value(&self, hole: &Hole) -> Option<Template> {
        let (name, default) = variable_of(hole, self.path)?;
        match (self.values.get(name)?, default) {
            (Some(value), Some(default)) if value.is_empty() => Some(Template::literal(default)),
            (Some(value), _) => Some(value.clone()),
            (None, Some(default))
                if self
                    .options
                    .is_some_and(|options| !options.has_more_arguments) =>
            {
                Some(Template::literal(default))
            }
            (None, _) => None,
        }
    }

    /// The image with the arguments in place. One that the command gave is where the name is to be looked for.
    fn fill(&self, image: &Spanned<Template>) -> Spanned<Template> {
        let given = |hole: &Hole| -> Option<Loc> {
            let (name, _) = variable_of(hole, self.path)?;
            Some(self.options?.arguments.get(name)?.loc)
        };
        let loc = image.value.holes().find_map(given).unwrap_or(image.loc);
        Spanned::new(image.value.filled(&|hole| self.value(hole)), loc)
    }
}
