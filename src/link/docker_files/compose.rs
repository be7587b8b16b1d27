//! What a compose command moves: the images of the services it is about, and the base images of those it builds.
//!
//! <https://docs.docker.com/reference/compose-file/services/>

use super::{Composed, DockerFiles, Moved, moved_from, stages, starts};
use crate::link::script_path::Place;
use crate::link::tree_index::{joined, normal};
use crate::model::docker::{BuildOptions, ComposeBuild, ComposeService, variable_of};
use crate::model::pipeline::{ComposeCall, ComposeVerb};
use crate::model::template::{Hole, Template};
use crate::source::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// The files that compose reads where nobody names any, the first that is there, and the one it lays over it.
const DEFAULT_FILES: [(&str, &str); 4] = [
    ("compose.yaml", "compose.override.yaml"),
    ("compose.yml", "compose.override.yml"),
    ("docker-compose.yml", "docker-compose.override.yml"),
    ("docker-compose.yaml", "docker-compose.override.yaml"),
];

/// A service as all files of a command make it.
struct Service<'f> {
    image: Option<Spanned<Template>>,
    build: Option<(&'f ComposeBuild, &'f str)>,
    depends_on: BTreeSet<&'f str>,
    has_profiles: bool,
    pull_policy: Option<&'f str>,
    is_partial: bool,
}

impl<'f> DockerFiles<'f> {
    /// What a compose command moves, in the order of the file; `None` where its files are not found.
    pub(in crate::link) fn moved_by(
        &self,
        call: &ComposeCall,
        place: &Place,
    ) -> Option<Vec<Moved>> {
        let (files, folder) = self.files(call, place)?;
        let mut services = Services::default();
        for composed in &files {
            for service in &composed.services {
                services.add(service, &composed.file.origin.label, call);
            }
        }
        let wanted = services.wanted(call)?;
        let mut moved = Vec::new();
        let in_order = services.list.iter().enumerate();
        for (_, service) in in_order.filter(|(at, _)| wanted.contains(at)) {
            self.service(service, call, &folder, &mut moved);
        }
        Some(moved)
    }

    /// The files of a command, and the folder that their paths start from.
    fn files(&self, call: &ComposeCall, place: &Place) -> Option<(Vec<&Composed<'f>>, String)> {
        let starts = starts(&call.place, place)?;
        let [start] = starts.as_slice() else {
            return None;
        };
        let at = |path: &str| self.compose_files.get(&normal(&joined(start, path)));
        let mut files = Vec::new();
        if call.files.is_empty() {
            let (first, over) = DEFAULT_FILES
                .iter()
                .find_map(|(name, over)| Some((at(name)?, at(over))))?;
            files.push(first);
            files.extend(over);
        }
        for path in &call.files {
            let paths = moved_from(&starts, path, place)?;
            let [path] = paths.as_slice() else {
                return None;
            };
            files.push(self.compose_files.get(path)?);
        }
        let folder = match &call.project_directory {
            Some(folder) => moved_from(&starts, folder, place)?.pop()?,
            None => {
                let path = normal(&files.first()?.file.origin.label);
                path.rsplit_once('/')
                    .map_or(String::new(), |(folder, _)| folder.to_string())
            }
        };
        Some((files, folder))
    }

    fn service(
        &self,
        service: &Service<'f>,
        call: &ComposeCall,
        folder: &str,
        moved: &mut Vec<Moved>,
    ) {
        let may_be_there = service
            .image
            .as_ref()
            .is_some_and(|image| call.local.may_hold(&image.value));
        let is_never_pulled = matches!(service.pull_policy, Some("never" | "build"));
        let pull = |image: &Spanned<Template>| Moved {
            image: image.clone(),
            is_push: false,
        };
        match (call.verb, &service.build) {
            // What can be built need not be there to be pulled; and what is not in sight may say how it is built.
            (ComposeVerb::Pull, None) if !is_never_pulled && !service.is_partial => {
                moved.extend(service.image.as_ref().map(pull));
            }
            (ComposeVerb::Start, None)
                if !is_never_pulled && !service.is_partial && !may_be_there =>
            {
                moved.extend(service.image.as_ref().map(pull));
            }
            (ComposeVerb::Start, Some((build, path))) if !may_be_there => {
                self.build(build, path, call, folder, moved);
            }
            (ComposeVerb::Build { pushes }, Some((build, path))) => {
                self.build(build, path, call, folder, moved);
                if pushes {
                    push(service, build, path, call, moved);
                }
            }
            (ComposeVerb::Push, Some((build, path))) => push(service, build, path, call, moved),
            _ => {}
        }
    }

    /// The base images of a service.
    fn build(
        &self,
        build: &ComposeBuild,
        path: &str,
        call: &ComposeCall,
        folder: &str,
        moved: &mut Vec<Moved>,
    ) {
        let fill = |text: &Template| text.filled(&|hole| value(hole, path, call));
        let context = fill(&build.context);
        let (Some(context), false) = (context.as_literal(), build.is_inline) else {
            return;
        };
        if context.starts_with(['/', '~']) || context.contains("://") || context.contains('@') {
            return;
        }
        let context = normal(&joined(folder, context));
        let file = match &build.dockerfile {
            None => self.default_in(&context),
            Some(file) => {
                let file = fill(file);
                let path = file.as_literal().filter(|path| !path.starts_with('/'));
                path.and_then(|path| {
                    let path = normal(&joined(&context, path));
                    self.dockerfiles.get(&path).copied()
                })
            }
        };
        let Some(file) = file else { return };
        let mut options: BuildOptions = build.options.map(&fill);
        let given = call.options.arguments.iter();
        options
            .arguments
            .extend(given.map(|(name, value)| (name.clone(), value.clone())));
        options.has_more_arguments |= call.options.has_more_arguments;
        for image in stages::images(file, &options) {
            if !call.local.may_hold(&image.value) {
                moved.push(Moved {
                    image,
                    is_push: false,
                });
            }
        }
    }
}

/// Compose pushes what it can build: `image` and the tags of the build.
fn push(
    service: &Service<'_>,
    build: &ComposeBuild,
    path: &str,
    call: &ComposeCall,
    moved: &mut Vec<Moved>,
) {
    let tags = build.tags.iter().map(|tag| {
        let filled = tag.value.filled(&|hole| value(hole, path, call));
        Spanned::new(filled, tag.loc)
    });
    let images = service.image.iter().cloned().chain(tags);
    moved.extend(images.map(|image| Moved {
        image,
        is_push: true,
    }));
}

/// The services of a command, in order.
#[derive(Default)]
struct Services<'f> {
    list: Vec<Service<'f>>,
    by_name: BTreeMap<&'f str, usize>,
}

impl<'f> Services<'f> {
    /// Lays a service over what the files before it say of it.
    fn add(&mut self, service: &'f ComposeService, path: &'f str, call: &ComposeCall) {
        let image = service.image.as_ref().map(|image| {
            let filled = image.value.filled(&|hole| value(hole, path, call));
            Spanned::new(filled, image.loc)
        });
        let build = service.build.as_ref().map(|build| (build, path));
        let depends_on = service.depends_on.iter().map(String::as_str);
        let policy = service
            .pull_policy
            .as_ref()
            .and_then(|policy| policy.value.as_literal());
        let name = service.origin.label.as_str();
        let earlier = self.by_name.get(name).copied();
        if let Some(earlier) = earlier.and_then(|at| self.list.get_mut(at)) {
            earlier.image = image.or(earlier.image.take());
            earlier.build = build.or(earlier.build);
            earlier.depends_on.extend(depends_on);
            earlier.has_profiles |= service.has_profiles;
            earlier.pull_policy = policy.or(earlier.pull_policy);
            earlier.is_partial |= service.is_partial;
            return;
        }
        self.by_name.insert(name, self.list.len());
        self.list.push(Service {
            image,
            build,
            depends_on: depends_on.collect(),
            has_profiles: service.has_profiles,
            pull_policy: policy,
            is_partial: service.is_partial,
        });
    }

    /// The services that a command is about, by their index.
    fn wanted(&self, call: &ComposeCall) -> Option<BTreeSet<usize>> {
        let mut open: Vec<usize> = Vec::new();
        if call.services.is_empty() {
            let without_profile = self.list.iter().enumerate();
            open.extend(
                without_profile
                    .filter(|(_, service)| !service.has_profiles)
                    .map(|(at, _)| at),
            );
        }
        for name in &call.services {
            open.extend(self.by_name.get(name.as_literal()?));
        }
        let mut wanted = BTreeSet::new();
        while let Some(at) = open.pop() {
            if !wanted.insert(at) || call.without_dependencies {
                continue;
            }
            if let Some(service) = self.list.get(at) {
                let names = service.depends_on.iter();
                open.extend(names.filter_map(|name| self.by_name.get(name)));
            }
        }
        Some(wanted)
    }
}

/// What a variable of a compose file holds for a command; `None` where that is not known.
fn value(hole: &Hole, path: &str, call: &ComposeCall) -> Option<Template> {
    let (name, default) = variable_of(hole, path)?;
    let found = call.environment.get(name)?;
    match default {
        Some(default) if found.is_empty() => Some(Template::literal(default)),
        _ => Some(found.clone()),
    }
}
