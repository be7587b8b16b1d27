//! Builds and compose commands: which files they read, and what they are given. What those files hold is not known here.

use super::Reader;
use super::arguments::{Arguments, Grammar};
use crate::model::docker::BuildOptions;
use crate::model::image::is_same_image;
use crate::model::pipeline::{ActKind, Build, CommandPlace, ComposeCall, ComposeVerb};
use crate::model::platform::BuildPlatform;
use crate::model::template::Template;
use crate::recognize::shell::{Command, Output, Word};
use crate::source::Spanned;
use std::collections::BTreeMap;

/// Most builds and compose commands of one script that are followed: each holds what is known before it.
const MAX_BUILDS: usize = 64;

/// Options with which a build takes its base images from elsewhere, with a login of its own, or takes none.
const OTHERWISE: &[&str] = &[
    "--from",
    "--creds",
    "--authfile",
    "--pull-never",
    "--check",
    "--call",
    "--print",
    "--config",
];

/// Options that choose a platform, or a builder with a platform of its own, in ways that are not read.
const OTHER_PLATFORMS: &[&str] = &[
    "--arch",
    "--os",
    "--variant",
    "--all-platforms",
    "--builder",
    "--customPlatform",
    "--custom-platform",
    "--manifest",
];

/// The variable that stands for `--platform` where that is not given
/// (<https://docs.docker.com/reference/cli/docker/#environment-variables>).
pub const DEFAULT_PLATFORM: &str = "DOCKER_DEFAULT_PLATFORM";

/// Most names of one image that are remembered.
const MAX_TAGS: usize = 100;

/// Options of compose before its command.
const COMPOSE: Grammar = Grammar::with_values(
    &[
        "--file",
        "--project-name",
        "--profile",
        "--env-file",
        "--project-directory",
        "--ansi",
        "--progress",
        "--parallel",
    ],
    "fp",
)
.stops_at_operand();

/// Options of the commands of compose.
const COMMAND: Grammar = Grammar::with_values(
    &[
        "--attach",
        "--build-arg",
        "--builder",
        "--cap-add",
        "--cap-drop",
        "--entrypoint",
        "--env",
        "--env-from-file",
        "--exit-code-from",
        "--label",
        "--memory",
        "--name",
        "--no-attach",
        "--parallel",
        "--policy",
        "--progress",
        "--publish",
        "--pull",
        "--scale",
        "--ssh",
        "--timeout",
        "--user",
        "--volume",
        "--wait-timeout",
        "--workdir",
    ],
    "evpuwlmt",
);

/// The same for those whose `--pull` is a switch.
const BUILD: Grammar = Grammar::with_values(
    &[
        "--build-arg",
        "--builder",
        "--memory",
        "--parallel",
        "--progress",
        "--provenance",
        "--sbom",
        "--ssh",
    ],
    "m",
);

impl Reader<'_> {
    /// Where the command at hand runs; `None` where that got out of sight.
    fn command_place(&mut self) -> Option<CommandPlace> {
        self.builds += 1;
        if self.builds > MAX_BUILDS || self.directories.len() >= super::calls::MAX_DIRECTORIES {
            return None;
        }
        Some(CommandPlace {
            working_directory: self
                .around
                .working_directory
                .as_ref()
                .map(|path| self.path(path)),
            directories: self.directories.clone(),
        })
    }

    /// `docker build`, told by its arguments.
    pub(super) fn build_act(&mut self, command: &Command, arguments: &Arguments) {
        // Another operand may be an option that a variable holds.
        let [context] = arguments.operands.as_slice() else {
            return;
        };
        let file = arguments
            .option(&["-f", "--file"])
            .map(|given| given.value.clone().unwrap_or_default());
        self.build_from(command, arguments, context.value.clone(), file, false);
    }

    /// The build of a context.
    pub(super) fn build_from(
        &mut self,
        command: &Command,
        arguments: &Arguments,
        context: Template,
        dockerfile: Option<Template>,
        is_in_context: bool,
    ) {
        if OTHERWISE.iter().any(|name| arguments.has(&[name])) || self.images.has_changed_files() {
            return;
        }
        let is_elsewhere =
            |path: &Template| matches!(path.as_literal(), Some("" | "-")) || is_remote(path);
        if is_elsewhere(&context) || dockerfile.as_ref().is_some_and(is_elsewhere) {
            return;
        }
        let Some(place) = self.command_place() else {
            return;
        };
        let build = Build {
            place,
            context: self.path(&context),
            dockerfile: dockerfile.map(|path| self.path(&path)),
            is_in_context,
            options: self.build_options(command, arguments),
            tags: arguments
                .all(&["-t", "--tag"])
                .filter_map(|given| given.value.clone())
                .collect(),
            platform: self.platform(command, arguments),
            local: self.images.clone(),
        };
        self.act(command, ActKind::Build(Box::new(build)));
    }

    /// What a build makes its images for: `--platform`, else what the environment says, else its machine
    /// (<https://docs.docker.com/reference/cli/docker/buildx/build/#platform>).
    fn platform(&self, command: &Command, arguments: &Arguments) -> BuildPlatform {
        if OTHER_PLATFORMS.iter().any(|name| arguments.has(&[name])) {
            return BuildPlatform::Unknown;
        }
        let mut given: Vec<Spanned<Template>> = Vec::new();
        for option in arguments.all(&["--platform"]) {
            let Some(value) = &option.value else {
                return BuildPlatform::Unknown;
            };
            let loc = self.at(&option.value_span);
            let platforms = super::split(value, ',').into_iter();
            given.extend(platforms.map(|one| Spanned::new(one.trimmed(), loc)));
        }
        if given.is_empty() {
            let usual = self.variable(DEFAULT_PLATFORM, self.index, command);
            let usual = usual.filter(|platform| !platform.is_empty());
            given.extend(usual.map(|platform| Spanned::new(platform, self.at(&command.span))));
        }
        match given.is_empty() {
            true => BuildPlatform::Machine(None),
            false => BuildPlatform::Given(given),
        }
    }

    /// `docker tag`: what was built gets another name.
    pub(super) fn name_built(&mut self, source: &Template, target: &Template) {
        let builds = self
            .acts
            .iter_mut()
            .rev()
            .filter_map(|act| match &mut act.kind {
                ActKind::Build(build) => Some(build),
                _ => None,
            });
        for build in builds.take(MAX_BUILDS) {
            if build.tags.iter().any(|tag| is_same_image(tag, source)) {
                if build.tags.len() < MAX_TAGS {
                    build.tags.push(target.clone());
                }
                return;
            }
        }
    }

    fn build_options(&self, command: &Command, arguments: &Arguments) -> BuildOptions {
        let mut options = BuildOptions {
            target: arguments
                .option(&["--target"])
                .and_then(|given| given.value.clone())
                .filter(|target| !target.is_empty()),
            ..BuildOptions::default()
        };
        for given in arguments.all(&["--build-arg", "--build-context"]) {
            let Some(value) = &given.value else { continue };
            let loc = self.at(&given.value_span);
            let (name, value) = match value.split_once('=') {
                Some((name, value)) => (name, value),
                // Its value is that of the variable of the same name.
                None => {
                    let found = value
                        .as_literal()
                        .map(|name| self.variable_or_hole(name, command));
                    (value.clone(), found.unwrap_or_default())
                }
            };
            match name.as_literal() {
                Some(name) if given.name == "--build-arg" => {
                    options
                        .arguments
                        .insert(name.to_string(), Spanned::new(value, loc));
                }
                Some(name) => {
                    options
                        .contexts
                        .insert(name.to_string(), Spanned::new(value, loc));
                }
                None => options.has_more_arguments = true,
            }
        }
        options
    }

    fn variable_or_hole(&self, name: &str, command: &Command) -> Template {
        self.variable(name, self.index, command)
            .unwrap_or_else(|| Template::hole(name, format!("${name}")))
    }

    /// `docker compose` and its older twin.
    pub(super) fn compose(&mut self, command: &Command, words: &[Word]) {
        let arguments = Arguments::sort(words, COMPOSE);
        if arguments.has(&["--dry-run"]) {
            return;
        }
        let Some(verb) = arguments.operands.first() else {
            return;
        };
        let rest = words.get(verb.word + 1..).unwrap_or(&[]);
        let (verb, grammar) = match verb.value.as_literal() {
            Some("push") => (ComposeVerb::Push, BUILD),
            Some("pull") => (ComposeVerb::Pull, COMMAND),
            Some("build") => (ComposeVerb::Build { pushes: false }, BUILD),
            Some("up" | "create") => (ComposeVerb::Start, COMMAND),
            Some("run") => (ComposeVerb::Start, COMMAND.stops_at_operand()),
            Some(_) => return,
            None => {
                self.out_of_sight(command);
                return;
            }
        };
        let is_run = grammar.stops_at_operand;
        let inner = Arguments::sort(rest, grammar);
        let verb = match verb {
            ComposeVerb::Build { .. } => ComposeVerb::Build {
                pushes: inner.has(&["--push"]),
            },
            verb => verb,
        };
        let names = inner.operands.iter().map(|operand| operand.value.clone());
        let services = if is_run {
            names.take(1).collect()
        } else {
            names.collect()
        };
        let pulls_nothing = inner
            .option(&["--pull"])
            .and_then(|given| given.value.as_ref()?.as_literal())
            .is_some_and(|policy| matches!(policy, "never" | "build"))
            || inner.has(&["--ignore-pull-failures"]);
        let files = arguments
            .all(&["-f", "--file"])
            .filter_map(|given| given.value.clone())
            .collect();
        let call = ComposeFiles {
            verb,
            files,
            services,
            without_dependencies: inner.has(&["--no-deps"]) || !matches!(verb, ComposeVerb::Start),
            project_directory: arguments
                .option(&["--project-directory"])
                .and_then(|given| given.value.clone()),
        };
        let call = if pulls_nothing {
            None
        } else {
            self.compose_call(command, call, &inner)
        };
        self.images.open();
        self.put_out_of_sight(command, None, call);
    }

    /// `docker buildx bake` on compose files; `false` where it reads other files too.
    pub(super) fn bake_compose(&mut self, command: &Command, arguments: &Arguments) -> bool {
        let files: Vec<Template> = arguments
            .all(&["-f", "--file"])
            .filter_map(|given| given.value.clone())
            .collect();
        let are_compose = !files.is_empty()
            && files.iter().all(|file| {
                [".yml", ".yaml"]
                    .iter()
                    .any(|end| file.suffix().ends_with(end))
            });
        if !are_compose || arguments.has(&["--set", "--print", "--check", "--call"]) {
            return false;
        }
        let call = ComposeFiles {
            verb: ComposeVerb::Build {
                pushes: arguments.has(&["--push"]),
            },
            files,
            services: arguments
                .operands
                .iter()
                .map(|operand| operand.value.clone())
                .filter(|target| target.as_literal() != Some("default"))
                .collect(),
            without_dependencies: true,
            project_directory: None,
        };
        let call = self.compose_call(command, call, &Arguments::default());
        self.images.open();
        self.put_out_of_sight(command, None, call);
        true
    }

    fn compose_call(
        &mut self,
        command: &Command,
        named: ComposeFiles,
        arguments: &Arguments,
    ) -> Option<ComposeCall> {
        let place = self.command_place()?;
        if self.images.has_changed_files() {
            return None;
        }
        let (environment, _) = self.environment_of(self.index, command, false);
        let mut files = named.files;
        if files.is_empty()
            && let Some(list) = environment
                .get("COMPOSE_FILE")
                .filter(|list| !list.is_empty())
        {
            files = super::split(list, ':');
        }
        // A variable may hold no service or several.
        let services = named.services;
        if services.iter().any(|service| !service.is_known()) {
            return None;
        }
        Some(ComposeCall {
            place,
            verb: named.verb,
            files: files.iter().map(|path| self.path(path)).collect(),
            project_directory: named.project_directory.map(|path| self.path(&path)),
            services,
            without_dependencies: named.without_dependencies,
            options: self.build_options(command, arguments),
            environment: relevant(environment),
            local: self.images.clone(),
        })
    }

    /// Notes a command that writes a Dockerfile or compose file, so that the one in the tree is not the one that is used.
    pub(super) fn note_changed_files(&mut self, command: &Command) {
        const EDITORS: &[&str] = &[
            "awk", "cp", "curl", "ed", "envsubst", "ex", "gawk", "gomplate", "install", "j2",
            "jinja2", "ln", "mv", "patch", "perl", "rm", "ruby", "sed", "gsed", "tee", "wget",
            "yq", "ytt",
        ];
        let is_docker = |path: &Template| {
            let text = path.to_string().to_ascii_lowercase();
            ["dockerfile", "containerfile", "compose"]
                .iter()
                .any(|word| text.contains(word))
        };
        let writes = match &command.stdout {
            Output::File(word) => is_docker(&word.value),
            _ => false,
        };
        let edits = || {
            let Some((program, words)) = super::program(command) else {
                return false;
            };
            EDITORS.contains(&program) && words.iter().any(|word| is_docker(&word.value))
        };
        if writes || edits() {
            self.images.note_changed_files();
        }
    }
}

/// What a command of compose names.
struct ComposeFiles {
    verb: ComposeVerb,
    files: Vec<Template>,
    services: Vec<Template>,
    without_dependencies: bool,
    project_directory: Option<Template>,
}

/// Without what no compose file asks for.
fn relevant(mut environment: BTreeMap<String, Template>) -> BTreeMap<String, Template> {
    const NEVER: &[&str] = &["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    environment.retain(|name, _| !NEVER.contains(&name.as_str()));
    environment
}

/// A context that is fetched: a repository of git, an archive.
fn is_remote(path: &Template) -> bool {
    path.contains("://")
        || ["git@", "github.com/"]
            .iter()
            .any(|start| path.prefix().starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::super::{LocalImages, Surroundings, acts};
    use crate::model::pipeline::{ActKind, Build, ComposeCall};
    use crate::model::template::Template;
    use crate::recognize::shell;
    use crate::source::Loc;
    use std::collections::BTreeMap;

    fn read(text: &str) -> Vec<ActKind> {
        let script = shell::parse(text, &|_| None);
        let around = Surroundings {
            place: &|_| Loc::NOWHERE,
            environment: &|_| None,
            known: &BTreeMap::new,
            working_directory: None,
            passwords: &BTreeMap::new(),
        };
        let acts = acts(&script, &around, &mut LocalImages::default());
        acts.into_iter().map(|act| act.kind).collect()
    }

    fn words(list: &[Template]) -> String {
        let shown: Vec<String> = list.iter().map(Template::to_string).collect();
        shown.join(" ")
    }

    fn build(build: &Build) -> String {
        let arguments: Vec<String> = build
            .options
            .arguments
            .iter()
            .map(|(name, value)| format!("{name}={}", value.value))
            .collect();
        let target = build.options.target.as_ref();
        format!(
            "{} in [{}] with {} to {} [{}]",
            build.context,
            words(&build.place.directories),
            build
                .dockerfile
                .as_ref()
                .map_or("-".into(), Template::to_string),
            target.map_or("-".into(), Template::to_string),
            arguments.join(" ")
        )
    }

    fn compose(call: &ComposeCall) -> String {
        format!(
            "{:?} [{}] of [{}]{}",
            call.verb,
            words(&call.services),
            words(&call.files),
            if call.without_dependencies {
                ""
            } else {
                " and more"
            }
        )
    }

    fn shown(text: &str) -> Vec<String> {
        read(text)
            .iter()
            .filter_map(|kind| match kind {
                ActKind::Build(one) => Some(build(one)),
                ActKind::OutOfSight(unseen) => Some(
                    unseen
                        .compose
                        .as_ref()
                        .map_or("unseen".into(), |call| compose(call)),
                ),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn every_way_to_build() {
        for (text, expected) in [
            ("docker build .", ". in [] with - to - []"),
            (
                "docker build -t x -f a/D --target t a",
                "a in [] with a/D to t []",
            ),
            (
                "cd app && docker buildx build --push -t x .",
                ". in [app] with - to - []",
            ),
            (
                "X=1 docker build --build-arg X --build-arg=Y=2 --build-arg Z=$Z -t $T .",
                ". in [] with - to - [X=1 Y=2 Z=$Z]",
            ),
            ("docker image build c", "c in [] with - to - []"),
            ("podman build c", "c in [] with - to - []"),
            (
                "/kaniko/executor --context \"$CI_PROJECT_DIR/a\" --dockerfile=D --destination x",
                "$CI_PROJECT_DIR/a in [] with D to - []",
            ),
        ] {
            let found: Vec<String> = shown(text)
                .into_iter()
                .filter(|line| line != "unseen")
                .collect();
            assert_eq!(found, [expected], "{text}");
        }
        for text in [
            "docker build - < Dockerfile",
            "docker build -f - .",
            "docker build $ARGS .",
            "docker build https://github.com/a/b.git",
            "docker build --check .",
            "podman build --creds a:b .",
            "sed -i s/a/b/ Dockerfile; docker build .",
            "envsubst < D.in > Dockerfile; docker build .",
        ] {
            assert!(shown(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn every_way_to_compose() {
        for (text, expected) in [
            ("docker compose up -d", "Start [] of [] and more"),
            (
                "docker-compose -f a.yml --file=b.yml up --build -d web db",
                "Start [web db] of [a.yml b.yml] and more",
            ),
            (
                "docker compose run --rm -e A=1 web make up",
                "Start [web] of [] and more",
            ),
            ("docker compose up --no-deps web", "Start [web] of []"),
            ("docker compose pull", "Pull [] of []"),
            (
                "docker compose build --push web",
                "Build { pushes: true } [web] of []",
            ),
            (
                "export COMPOSE_FILE=a.yml:b.yml; docker compose push",
                "Push [] of [a.yml b.yml]",
            ),
            (
                "docker buildx bake -f a.yml --push web",
                "Build { pushes: true } [web] of [a.yml]",
            ),
            ("docker compose up $SERVICES", "unseen"),
            ("docker compose up --pull never", "unseen"),
            ("docker compose pull --ignore-pull-failures", "unseen"),
            ("docker buildx bake --push", "unseen"),
        ] {
            assert_eq!(shown(text), [expected], "{text}");
        }
        assert!(shown("docker compose down; docker compose logs; docker-compose ps").is_empty());
    }

    #[test]
    fn another_configuration_may_hold_a_login() {
        assert_eq!(shown("docker --config ci push 1.dkr.ecr.a/b"), ["unseen"]);
        let own = "docker --config c login h; docker --config c push 1.dkr.ecr.a/b";
        assert!(shown(own).is_empty());
    }
}
