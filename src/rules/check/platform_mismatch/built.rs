//! Who builds the images of a repository, and for what.

use crate::link::RunBuild;
use crate::link::flow::may_be_same;
use crate::model::Facts;
use crate::model::image::{ImageRef, Registry, is_same_image};
use crate::model::pipeline::ActKind;
use crate::model::platform::{Architecture, BuildPlatform};
use crate::model::template::Template;
use crate::rules::Context;
use std::collections::{BTreeMap, BTreeSet};

/// Most pushes of unknown repositories that are looked at for each image; with more, nothing is said.
const MOST_OPEN: usize = 200;

/// Every push in sight, by repository.
pub(super) struct Builds<'a> {
    by_repository: BTreeMap<Template, Vec<Pushed<'a>>>,
    /// Pushes to repositories whose name is not known: they may be any.
    open: Vec<Pushed<'a>>,
    /// Dockerfiles that build on an image of one architecture, with that architecture; `None` where it is not known.
    pinned: BTreeMap<&'a str, BTreeSet<Option<Architecture>>>,
}

/// A push of a job.
struct Pushed<'a> {
    image: ImageRef,
    /// The build that made it, if that is in sight.
    build: Option<&'a RunBuild>,
}

/// The build of an image.
pub(super) struct Found<'a> {
    pub(super) build: &'a RunBuild,
    /// What all builds of it make.
    pub(super) architectures: Vec<Architecture>,
    /// Whether the registry is surely the same.
    pub(super) is_certain: bool,
    pinned: BTreeSet<Option<Architecture>>,
}

impl Found<'_> {
    /// Whether some build of it makes, or may make, an image for this architecture.
    pub(super) fn makes(&self, wanted: Architecture) -> bool {
        self.architectures.contains(&wanted)
            || self.pinned.contains(&Some(wanted))
            || self.pinned.contains(&None)
    }
}

impl<'a> Builds<'a> {
    pub(super) fn new(cx: &Context<'a>) -> Builds<'a> {
        let mut builds = Builds {
            by_repository: BTreeMap::new(),
            open: Vec::new(),
            pinned: pinned(&cx.workspace.facts),
        };
        for run in &cx.workspace.runs {
            for act in &run.acts {
                let ActKind::Push(written) = &act.act.kind else {
                    continue;
                };
                let Some(image) = ImageRef::parse(&written.value) else {
                    continue;
                };
                if !matches!(image.registry, Registry::Ecr(_) | Registry::Unknown(_)) {
                    continue;
                }
                let made = |build: &&RunBuild| {
                    build
                        .tags
                        .iter()
                        .any(|tag| is_same_image(tag, &written.value))
                };
                let pushed = Pushed {
                    build: run.builds.iter().rev().find(made),
                    image,
                };
                match pushed.image.repository.is_known() {
                    true => {
                        let repository = pushed.image.repository.clone();
                        builds
                            .by_repository
                            .entry(repository)
                            .or_default()
                            .push(pushed);
                    }
                    false => builds.open.push(pushed),
                }
            }
        }
        builds
    }

    /// The build of a deployed image, if everything that may push it is in sight and known.
    pub(super) fn of(&self, deployed: &ImageRef) -> Option<Found<'a>> {
        if self.open.len() > MOST_OPEN {
            return None;
        }
        let mut found: Option<Found<'a>> = None;
        let named = self.by_repository.get(&deployed.repository);
        let named = named.into_iter().flatten();
        // A name with a hole is the same only if it is written alike.
        let open = self.open.iter();
        for pushed in named.chain(open) {
            if is_other(&pushed.image, deployed) {
                continue;
            }
            if pushed.image.repository != deployed.repository {
                return None;
            }
            let build = pushed.build?;
            let architectures = build.platform.architectures()?;
            let pinned = self.pinned(build)?;
            let is_certain = pushed.image.registry == deployed.registry;
            match &mut found {
                Some(found) => {
                    found.architectures.extend(architectures);
                    found.pinned.extend(pinned);
                    found.is_certain &= is_certain;
                }
                None => {
                    found = Some(Found {
                        build,
                        architectures,
                        is_certain,
                        pinned,
                    });
                }
            }
        }
        let mut found = found?;
        found.architectures.sort_unstable();
        found.architectures.dedup();
        Some(found)
    }

    /// What the base images of a build are pinned to. Where a build is for its machine, its Dockerfile may say otherwise,
    /// so it has to be in sight.
    fn pinned(&self, build: &RunBuild) -> Option<BTreeSet<Option<Architecture>>> {
        match (&build.dockerfile, &build.platform) {
            (Some(path), _) => Some(self.pinned.get(path.as_str()).cloned().unwrap_or_default()),
            (None, BuildPlatform::Given(_)) => Some(BTreeSet::new()),
            (None, _) => None,
        }
    }
}

/// Whether a push is surely of another image than the deployed one.
fn is_other(pushed: &ImageRef, deployed: &ImageRef) -> bool {
    let is_other_registry = match (&pushed.registry, &deployed.registry) {
        (Registry::Ecr(one), Registry::Ecr(other)) => !may_be_same(one, other),
        _ => false,
    };
    let differ =
        |one: &Template, other: &Template| one != other && one.is_known() && other.is_known();
    let tags = pushed.tag.as_ref().zip(deployed.tag.as_ref());
    is_other_registry
        || differ(&pushed.repository, &deployed.repository)
        || tags.is_some_and(|(one, other)| differ(one, other))
}

/// The base images that name an architecture, by the path of their Dockerfile: with `--platform`, or in their own name.
fn pinned(facts: &Facts) -> BTreeMap<&str, BTreeSet<Option<Architecture>>> {
    let mut pinned: BTreeMap<&str, BTreeSet<Option<Architecture>>> = BTreeMap::new();
    for base in &facts.base_images {
        let mut add = |architecture| {
            let known = pinned.entry(base.origin.label.as_str()).or_default();
            known.insert(architecture);
        };
        if let Some(platform) = &base.platform {
            match platform.value.as_literal() {
                Some(name) => add(Architecture::of_platform(name)),
                // Of the machine, or of the build itself: no other than these two.
                None if platform.value.holes().all(|hole| is_of_build(&hole.text)) => {}
                None => add(None),
            }
        }
        let name = base.image.value.to_string().to_ascii_lowercase();
        for word in name.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            match Architecture::of_name(word.trim_end_matches("v8")) {
                Architecture::Other => {}
                known => add(Some(known)),
            }
        }
        if base.image.value.contains("@sha256:") {
            add(None);
        }
    }
    pinned
}

/// Whether a variable of a Dockerfile is one that the build sets
/// (<https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope>).
fn is_of_build(text: &str) -> bool {
    text.contains("BUILDPLATFORM") || text.contains("TARGETPLATFORM")
}
