//! What docker reads: compose files, its own configuration, Dockerfiles.

use super::origin::Origin;
use super::template::{Hole, Template};
use crate::source::{Loc, Spanned};
use std::collections::BTreeMap;

/// A compose file as such; its services are facts of their own.
///
/// <https://docs.docker.com/reference/compose-file/>
#[derive(Clone, Debug)]
pub struct ComposeFile {
    /// Where it stands; the label is its path.
    pub origin: Origin,
    /// Whether services may stand in other files (`include`).
    pub includes: bool,
}

/// A service of a compose file.
///
/// <https://docs.docker.com/reference/compose-file/services/>
#[derive(Clone, Debug)]
pub struct ComposeService {
    /// Where it is declared; the label is the service's name.
    pub origin: Origin,
    /// Its image; variables are holes named by [`variable_hole`].
    pub image: Option<Spanned<Template>>,
    /// How it is built, if it is.
    pub build: Option<ComposeBuild>,
    /// `platform`.
    pub platform: Option<Spanned<Template>>,
    /// Its environment.
    pub environment: Vec<(Spanned<String>, Spanned<Template>)>,
    /// `pull_policy`, where it is known.
    pub pull_policy: Option<Spanned<Template>>,
    /// Whether `profiles` keep it from starting with the others.
    pub has_profiles: bool,
    /// The services it depends on, which are started with it.
    pub depends_on: Vec<String>,
    /// Whether a part of it stands in another service that is not in sight (`extends` with `file`).
    pub is_partial: bool,
}

/// `build` of a service.
///
/// <https://docs.docker.com/reference/compose-file/build/>
#[derive(Clone, Debug)]
pub struct ComposeBuild {
    /// The place of `build`.
    pub loc: Loc,
    /// The context: a path from the folder of the file, or a URL.
    pub context: Template,
    /// The Dockerfile, a path from the context; `None` for the default.
    pub dockerfile: Option<Template>,
    /// Whether the Dockerfile stands in the compose file itself.
    pub is_inline: bool,
    /// What the build is given.
    pub options: BuildOptions,
    /// Names besides `image`.
    pub tags: Vec<Spanned<Template>>,
    /// `platforms`.
    pub platforms: Vec<Spanned<Template>>,
}

/// What a build is given besides its files.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    /// The stage to stop at; the last one where none is named.
    pub target: Option<Template>,
    /// Build arguments.
    pub arguments: BTreeMap<String, Spanned<Template>>,
    /// Names of stages or images that the build takes from elsewhere (`--build-context`).
    pub contexts: BTreeMap<String, Spanned<Template>>,
    /// Whether arguments may be given that could not be read.
    pub has_more_arguments: bool,
}

impl BuildOptions {
    /// The same options with every text in them changed.
    #[must_use]
    pub fn map(&self, change: &dyn Fn(&Template) -> Template) -> BuildOptions {
        let map = |given: &BTreeMap<String, Spanned<Template>>| {
            given
                .iter()
                .map(|(name, value)| (name.clone(), Spanned::new(change(&value.value), value.loc)))
                .collect()
        };
        BuildOptions {
            target: self.target.as_ref().map(change),
            arguments: map(&self.arguments),
            contexts: map(&self.contexts),
            has_more_arguments: self.has_more_arguments,
        }
    }
}

/// A docker `config.json`.
///
/// <https://docs.docker.com/reference/cli/docker/login/#credential-helpers>
#[derive(Clone, Debug)]
pub struct DockerConfig {
    /// Where it stands.
    pub origin: Origin,
    /// `credHelpers`: registry and helper.
    pub helpers: Vec<(Spanned<String>, Spanned<Template>)>,
    /// `credsStore`.
    pub store: Option<Spanned<Template>>,
    /// Registries under `auths`.
    pub auths: Vec<StoredLogin>,
}

/// An entry under `auths`.
#[derive(Clone, Debug)]
pub struct StoredLogin {
    /// The registry as written.
    pub registry: Spanned<String>,
    /// Where a password or token stands; `None` where the entry holds none, because a helper keeps it.
    pub credential: Option<Loc>,
}

/// A Dockerfile.
///
/// <https://docs.docker.com/reference/dockerfile/>
#[derive(Clone, Debug)]
pub struct Dockerfile {
    /// Where it stands; the label is its path.
    pub origin: Origin,
    /// Build arguments declared before the first stage, the only ones that `FROM` sees, in order, with their defaults.
    pub arguments: Vec<(Spanned<String>, Option<Template>)>,
    /// Its stages, in order.
    pub stages: Vec<BuildStage>,
}

/// A stage of a [`Dockerfile`].
#[derive(Clone, Debug)]
pub struct BuildStage {
    /// Its name, in lower case.
    pub name: Option<String>,
    /// What it starts from.
    pub base: StageSource,
    /// What it copies or mounts from (`COPY --from`, `RUN --mount=from=`).
    pub others: Vec<StageSource>,
}

/// Where a stage takes files from.
#[derive(Clone, Debug)]
pub enum StageSource {
    /// Nowhere: `FROM scratch`.
    Nothing,
    /// Another stage of the same file, by its index.
    Stage(usize),
    /// An image, or a build context of that name.
    Image(Spanned<Template>),
}

/// An image that a Dockerfile builds on or copies from, with the defaults of its build arguments in place where nobody
/// in sight gives another.
#[derive(Clone, Debug)]
pub struct BaseImage {
    /// Where it stands; the label is the path of the Dockerfile.
    pub origin: Origin,
    /// The image.
    pub image: Spanned<Template>,
    /// `--platform`.
    pub platform: Option<Spanned<Template>>,
}

/// The name of the hole that stands for a variable of a compose file or a build argument of a Dockerfile. `default` is
/// what is used where nobody sets it.
pub fn variable_hole(path: &str, variable: &str, default: Option<&str>) -> String {
    match default {
        Some(default) => format!("{path}: {variable}:-{default}"),
        None => format!("{path}: {variable}"),
    }
}

/// The variable that a hole of this file stands for, and its default.
pub fn variable_of<'h>(hole: &'h Hole, path: &str) -> Option<(&'h str, Option<&'h str>)> {
    let name = hole.name.strip_prefix(path)?.strip_prefix(": ")?;
    Some(match name.split_once(":-") {
        Some((variable, default)) => (variable, Some(default)),
        None => (name, None),
    })
}
